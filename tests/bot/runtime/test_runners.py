"""One thread for SQLite: calls in order, in groups where allowed, resolved after the commit."""

import asyncio
import threading
from contextlib import contextmanager

import pytest

from bot.ports import StoreBusy, StoreFull
from bot.ports.runner import batchable, inline
from bot.runtime.runners import GROUP, WriterThread, let_end, thread_pool


class Kept:
    """Stands for a database: what was done, and what was committed with what."""

    def __init__(self, fails=None):
        self.done, self.commits, self.fails = [], [], fails
        self._open = None
        self.gate = threading.Event()

    @contextmanager
    def group_commit(self):
        self._open = []
        try:
            yield
            if self.fails is not None:
                raise self.fails
            self.commits.append(self._open)
        finally:
            self._open = None

    @batchable
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
        assert self.gate.wait(300)


async def asked(kept, run, calls):
    """Ask for all of them while the thread is busy, then let it go on."""
    first = asyncio.ensure_future(run(kept.wait))
    await asyncio.sleep(0)
    rest = [asyncio.ensure_future(run(call, name)) for call, name in calls]
    await asyncio.sleep(0)
    kept.gate.set()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


def test_calls_that_wait_at_the_same_time_share_a_commit_in_their_order():
    kept = Kept()
    answers = asyncio.run(
        asked(kept, WriterThread(kept.group_commit), [(kept.take, n) for n in "abc"])
    )
    assert [name for name, _ in answers] == ["a", "b", "c"]
    assert kept.commits == [["a", "b", "c"]]


def test_no_result_is_returned_before_the_commit():
    kept, told = Kept(), []
    run = WriterThread(kept.group_commit)

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


def test_a_call_that_is_not_batchable_commits_alone_and_keeps_its_place():
    kept = Kept()
    calls = [(kept.take, "a"), (kept.take, "b"), (kept.alone, "c"), (kept.take, "d")]
    asyncio.run(asked(kept, WriterThread(kept.group_commit), calls))
    assert kept.done == ["a", "b", "c", "d"]
    assert kept.commits == [["a", "b"], ["c"], ["d"]]


def test_a_group_has_a_limit():
    kept = Kept()
    calls = [(kept.take, number) for number in range(GROUP + 3)]
    asyncio.run(asked(kept, WriterThread(kept.group_commit), calls))
    assert [len(commit) for commit in kept.commits] == [GROUP, 3]


def test_a_call_that_fails_fails_alone():
    kept = Kept()
    calls = [(kept.take, "a"), (kept.take, KeyError("b")), (kept.take, "c")]
    first, second, third = asyncio.run(asked(kept, WriterThread(kept.group_commit), calls))
    assert (first[0], third[0]) == ("a", "c")
    assert isinstance(second, KeyError)


@pytest.mark.parametrize("fault", [StoreBusy("sqlite"), StoreFull("sqlite")])
def test_a_group_that_could_not_be_committed_is_run_again_one_by_one(fault):
    kept = Kept(fails=fault)
    answers = asyncio.run(
        asked(kept, WriterThread(kept.group_commit), [(kept.take, n) for n in "ab"])
    )
    assert [name for name, _ in answers] == ["a", "b"]
    assert kept.done == ["a", "b", "a", "b"]
    assert kept.commits == [["a"], ["b"]]


def test_a_cancelled_call_does_not_keep_the_others_from_their_results():
    kept = Kept()
    run = WriterThread(kept.group_commit)

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


def test_a_pool_and_no_thread_at_all_run_a_call():
    async def both():
        run = thread_pool(2)
        return await run(divmod, 7, 2), await inline(divmod, 7, 2)

    assert asyncio.run(both()) == ((3, 1), (3, 1))


def test_unfinished_tasks_may_end_and_endless_ones_are_cancelled(
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
