"""One thread for SQLite: in order, together where it may be, and told only when it is kept."""

import asyncio
import threading
from contextlib import contextmanager

import pytest

from bot.haste import NotYet, hasty
from bot.ports import StoreBusy, StoreFull
from bot.runtime.runners import TOGETHER, Interleaved, OneThread, inline, joins, let_end, threads


class Kept:
    """Stands for a database: what was done, and what was committed with what."""

    def __init__(self, fails=None):
        self.done, self.commits, self.fails = [], [], fails
        self._open = None
        self.gate = threading.Event()

    @contextmanager
    def together(self):
        self._open = []
        try:
            yield
            if self.fails is not None:
                raise self.fails
            self.commits.append(self._open)
        finally:
            self._open = None

    @joins
    def take(self, name):
        """May share its commit."""
        self.done.append(name)
        if isinstance(name, Exception):
            raise name
        if self._open is None:
            self.commits.append([name])
        else:
            self._open.append(name)
        return name, [list(one) for one in self.commits]

    def alone(self, name):
        """May not."""
        assert self._open is None
        self.done.append(name)
        self.commits.append([name])
        return name

    def wait(self):
        """Keep the thread busy, so that the others have to wait."""
        assert self.gate.wait(10)


async def asked(kept, run, calls):
    """Ask for all of them while the thread is busy, then let it go on."""
    first = asyncio.ensure_future(run(kept.wait))
    await asyncio.sleep(0)
    rest = [asyncio.ensure_future(run(call, name)) for call, name in calls]
    await asyncio.sleep(0)
    kept.gate.set()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


def test_what_waits_together_is_kept_by_one_commit_in_its_order():
    kept = Kept()
    answers = asyncio.run(asked(kept, OneThread(kept.together), [(kept.take, n) for n in "abc"]))
    assert [name for name, _ in answers] == ["a", "b", "c"]
    assert kept.commits == [["a", "b", "c"]]


def test_nobody_is_told_before_the_commit():
    kept, told = Kept(), []
    run = OneThread(kept.together)

    async def all_of_them():
        first = asyncio.ensure_future(run(kept.wait))
        await asyncio.sleep(0)
        for name in "ab":
            future = asyncio.ensure_future(run(kept.take, name))
            future.add_done_callback(lambda f: told.append((f.result()[0], list(kept.commits))))
        await asyncio.sleep(0)
        kept.gate.set()
        await first
        await run(kept.alone, "end")

    asyncio.run(all_of_them())
    assert [name for name, _ in told] == ["a", "b"]
    assert all(["a", "b"] in commits for _, commits in told)


def test_what_may_not_join_stands_alone_and_keeps_its_place():
    kept = Kept()
    calls = [(kept.take, "a"), (kept.take, "b"), (kept.alone, "c"), (kept.take, "d")]
    asyncio.run(asked(kept, OneThread(kept.together), calls))
    assert kept.done == ["a", "b", "c", "d"]
    assert kept.commits == [["a", "b"], ["c"], ["d"]]


def test_a_turn_has_an_end():
    kept = Kept()
    calls = [(kept.take, number) for number in range(TOGETHER + 3)]
    asyncio.run(asked(kept, OneThread(kept.together), calls))
    assert [len(commit) for commit in kept.commits] == [TOGETHER, 3]


def test_one_that_fails_fails_alone():
    kept = Kept()
    calls = [(kept.take, "a"), (kept.take, KeyError("b")), (kept.take, "c")]
    first, second, third = asyncio.run(asked(kept, OneThread(kept.together), calls))
    assert (first[0], third[0]) == ("a", "c")
    assert isinstance(second, KeyError)


@pytest.mark.parametrize("fault", [StoreBusy("sqlite"), StoreFull("sqlite")])
def test_what_could_not_be_kept_together_is_done_again_each_for_itself(fault):
    kept = Kept(fails=fault)
    answers = asyncio.run(asked(kept, OneThread(kept.together), [(kept.take, n) for n in "ab"]))
    assert [name for name, _ in answers] == ["a", "b"]
    assert kept.done == ["a", "b", "a", "b"]
    assert kept.commits == [["a"], ["b"]]


def test_whoever_has_gone_does_not_keep_the_others_from_their_answer():
    kept = Kept()
    run = OneThread(kept.together)

    async def one_goes():
        first = asyncio.ensure_future(run(kept.wait))
        await asyncio.sleep(0)
        gone = asyncio.ensure_future(run(kept.take, "gone"))
        stays = asyncio.ensure_future(run(kept.take, "stays"))
        await asyncio.sleep(0)
        gone.cancel()
        kept.gate.set()
        await first
        return await stays

    assert asyncio.run(one_goes())[0] == "stays"


def test_several_threads_and_none_do_what_they_are_asked():
    async def both():
        run = threads(2)
        return await run(divmod, 7, 2), await inline(divmod, 7, 2)

    assert asyncio.run(both()) == ((3, 1), (3, 1))


def test_what_is_under_way_may_end_and_what_never_ends_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.runtime.runners.ENDING", 0.05)
    done = []

    async def soon():
        done.append(await asyncio.sleep(0, "soon"))

    async def both():
        tasks = {asyncio.ensure_future(soon()), asyncio.ensure_future(asyncio.Event().wait())}
        await let_end(tasks)
        await asyncio.sleep(0)
        return sorted(task.cancelled() for task in tasks)

    assert asyncio.run(both()) == [False, True]
    assert done == ["soon"]
    asyncio.run(let_end(set()))


def test_what_joins_runs_beside_the_loop_and_all_else_elsewhere():
    async def play():
        ran = []

        async def beside(call, *args):
            ran.append("beside")
            return call(*args)

        async def elsewhere(call, *args):
            ran.append("elsewhere")
            return call(*args)

        kept = Kept()
        run = Interleaved(beside, 2, elsewhere)
        for call in (kept.take, kept.alone, kept.take):
            await run(call, "a")
        return ran

    assert asyncio.run(play()) == ["beside", "elsewhere", "beside"]


def test_only_so_many_run_beside_the_loop_at_once():
    async def play():
        running, most, gate = 0, 0, asyncio.Event()

        async def beside(call, *args):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await gate.wait()
            running -= 1

        run = Interleaved(beside, 3, inline)
        asked = [asyncio.ensure_future(run(Kept().take, "a")) for _ in range(8)]
        for _ in range(5):
            await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*asked)
        return most

    assert asyncio.run(play()) == 3


def test_what_takes_long_is_done_elsewhere_first_and_the_rest_again():
    """The loop's own thread never builds a judge; the message is then taken as if it had been."""
    done = []

    class House:
        ready = False

        def prepare(self):
            done.append("prepared")
            self.ready = True

        @joins
        def take(self, name):
            if not self.ready:
                assert hasty.get()
                raise NotYet(self.prepare)
            done.append(name)
            return name

    async def beside(call, *args):
        return call(*args)

    async def play():
        house = House()
        run = Interleaved(beside, 1, threads(1))
        taken = [await run(house.take, name) for name in "ab"]
        assert not hasty.get()
        return taken

    assert asyncio.run(play()) == ["a", "b"]
    assert done == ["prepared", "a", "b"]
