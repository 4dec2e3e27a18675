from contextlib import suppress
from dataclasses import replace

import pytest

from bot.method.actions import Action
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Member
from store import StoreFailed, models
from tests.store.factories import HOME, NOW, THREAD, action, group, later, meeting, said, session

STATES = [
    group(invited=("cyd",), queue=("bob",), last_turn={"ann": 2}, next_opens=NOW),
    meeting(closes=NOW, reported=frozenset({"ann"}), waves=(("ann",), ("bob",))),
    session(counts={"ann": 2}, nudged={"bob": 1}, closes=NOW),
    action(confidence=7),
]


@pytest.mark.parametrize("state", STATES, ids=lambda s: type(s).__name__)
def test_a_state_comes_back_as_kept(store, state):
    with store.transaction() as tx:
        tx.machines.save(state)
        assert tx.machines.load(type(state), state.id) == state
    with store.reading() as tx:
        assert tx.machines.load(type(state), state.id) == state
        assert tx.machines.load(type(state), "nobody") is None


@pytest.mark.parametrize("state", STATES, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("loaded", [True, False])
def test_a_saved_state_replaces_the_old_one(store, state, loaded):
    changes = {"settled": True} if isinstance(state, Action) else {"over": True}
    with store.transaction() as tx:
        tx.machines.save(state)
    with store.transaction() as tx:
        if loaded:
            tx.machines.load(type(state), state.id)
        tx.machines.save(replace(state, **changes))
        assert tx.machines.load(type(state), state.id) == replace(state, **changes)
    with store.reading() as tx:
        assert tx.machines.load(type(state), state.id) == replace(state, **changes)


def test_an_id_is_looked_for_among_its_own_kind(store):
    with store.transaction() as tx:
        tx.machines.save(session())
        assert tx.machines.load(Meeting, "session") is None
        assert tx.machines.load(LearningSet, "session") is None


def test_a_format_is_kept_once_and_shared(process):
    with process().transaction() as tx:
        tx.machines.save(session("one"))
        tx.machines.save(session("two"))
        tx.machines.save(replace(session("other"), format=replace(session().format, strict=True)))
    fresh = process()
    with fresh.transaction() as tx:
        one, two, other = (tx.machines.load(Session, id) for id in ("one", "two", "other"))
        kept = tx.connection.fetch_all(models.frozen_format.select(), {})
    assert one.format is two.format
    assert other.format.strict
    assert not one.format.strict
    assert len(kept) == 2


def test_a_format_of_a_rolled_back_transaction_is_written_again(process):
    store = process()
    with suppress(ZeroDivisionError), store.transaction() as tx:
        tx.machines.save(session())
        raise ZeroDivisionError
    with store.transaction() as tx:
        tx.machines.save(session())
    with process().reading() as tx:
        assert tx.machines.load(Session, "session") == session()


def test_locking_a_set_loads_it(store):
    with store.transaction() as tx:
        assert tx.machines.lock_set("set") is None
        tx.machines.save(group())
        assert tx.machines.lock_set("set") == group()
    with store.reading() as tx:
        assert tx.machines.lock_set("set") == group()


def test_what_was_read_before_the_lock_is_read_again(process):
    one, other = process(), process()
    with one.transaction() as tx:
        tx.machines.save(group())
        tx.machines.save(session())
    if not one.postgres:
        return  # SQLite has one writer: nothing can change between
    with one.transaction() as tx:
        assert tx.machines.load(Session, "session").asked == 0
        with other.transaction() as elsewhere:
            elsewhere.machines.lock_set("set")
            elsewhere.machines.save(session(asked=1))
        tx.machines.lock_set("set")
        assert tx.machines.load(Session, "session").asked == 1


def test_the_set_of_everything(store):
    with store.transaction() as tx:
        tx.machines.save(group())
        tx.machines.save(meeting())
        tx.machines.save(session())
        tx.machines.save(action())
        tx.contributions.save(said("c1"))
        tx.contributions.save(said("c2", session="meeting"))
    with store.reading() as tx:
        for id in ("meeting", "session", "action", "c1", "c2"):
            assert tx.sets.owner_of(id) == "set", id
        assert tx.sets.owner_of("nothing") is None
        assert tx.sets.owner_of("set") is None


def test_a_conversation_has_at_most_one_live_set(store):
    with store.transaction() as tx:
        assert tx.sets.at(HOME) is None
        tx.machines.save(group("old"))
        assert tx.sets.home("old") is None
        tx.sets.set_home("old", HOME)
        assert tx.sets.home("old") == HOME
    with store.transaction() as tx:
        assert tx.sets.at(THREAD) == "old"
        assert tx.sets.at(replace(HOME, installation="two")) is None
        assert tx.sets.at(replace(HOME, platform="slack")) is None
        tx.machines.save(group("old", over=True))
        assert tx.sets.at(HOME) is None
        tx.machines.save(group("new"))
        tx.sets.set_home("new", HOME)
    with store.reading() as tx:
        assert tx.sets.at(HOME) == "new"
        assert tx.sets.home("old") == HOME


def test_a_home_moves_and_outlives_a_save(store):
    with store.transaction() as tx:
        tx.machines.save(group())
        tx.sets.set_home("set", HOME)
    elsewhere = replace(HOME, conversation="quiet")
    with store.transaction() as tx:
        assert tx.sets.home("set") == HOME
        tx.sets.set_home("set", elsewhere)
        assert tx.sets.home("set") == elsewhere
        tx.machines.save(tx.machines.lock_set("set"))
    with store.reading() as tx:
        assert tx.sets.home("set") == elsewhere
        assert tx.sets.at(HOME) is None


def test_the_live_sets_of_a_person_oldest_first(store):
    with store.transaction() as tx:
        tx.machines.save(group("z", ("ann",)))
        tx.machines.save(group("a", ("bob",), invited=("ann",)))
        tx.machines.save(group("m", ("bob",)))
        tx.machines.save(group("over", ("ann",), over=True))
        assert tx.sets.of_person("ann") == ("z", "a")
    with store.transaction() as tx:
        assert tx.sets.of_person("bob") == ("a", "m")
        assert tx.sets.of_person("cyd") == ()


def test_every_set_oldest_first_and_those_that_ended_too(store):
    with store.transaction() as tx:
        for one in (group("z"), group("a", over=True), group("m")):
            tx.machines.save(one)
    with store.reading() as tx:
        assert tx.sets.all() == ("z", "a", "m")


@pytest.mark.parametrize("loaded", [True, False])
def test_who_joins_and_leaves_changes_the_sets_of_a_person(store, loaded):
    with store.transaction() as tx:
        tx.machines.save(group(people=("ann", "bob"), invited=("cyd",)))
    with store.transaction() as tx:
        if loaded:
            tx.machines.lock_set("set")
        tx.machines.save(group(people=("ann", "cyd"), invited=("dan",)))
        assert tx.sets.of_person("bob") == ()
        tx.machines.save(replace(group(people=("ann", "cyd", "eve")), invited=()))
    with store.reading() as tx:
        found = {p: tx.sets.of_person(p) for p in ("ann", "bob", "cyd", "dan", "eve")}
    assert found == {"ann": ("set",), "bob": (), "cyd": ("set",), "dan": (), "eve": ("set",)}


def test_actions_by_owner_and_by_session_oldest_first(store):
    settled = action("z", settled=True)
    mine, elsewhere, hers = action("b"), action("a", session="two"), action("c", owner="bob")
    with store.transaction() as tx:
        for one in (settled, mine, elsewhere, hers):
            tx.machines.save(one)
    with store.reading() as tx:
        assert tx.actions.of_owner("ann") == (mine, elsewhere)
        assert tx.actions.of_owner("ann", unsettled=False) == (settled, mine, elsewhere)
        assert tx.actions.of_owner("cyd") == ()
        assert tx.actions.in_session("session") == (settled, mine, hers)
        assert tx.actions.get("b") == mine
        assert tx.actions.get("x") is None


def test_instants_keep_their_microseconds_and_are_utc(store):
    with store.transaction() as tx:
        tx.contributions.save(said(at=later(microseconds=1)))
    with store.reading() as tx:
        found = tx.contributions.get("c1").at
    assert found == later(microseconds=1)
    assert str(found.tzinfo) == "UTC"


def test_a_naive_instant_is_a_bug(store):
    with pytest.raises(StoreFailed, match="ValueError"), store.transaction() as tx:
        tx.contributions.save(said(at=NOW.replace(tzinfo=None)))


def test_sets_do_not_see_each_other(store):
    with store.transaction() as tx:
        tx.machines.save(LearningSet(id="other", format=group().format, members=(Member("zoe"),)))
        tx.machines.save(group())
        tx.machines.save(session("theirs", set="other"))
        assert tx.sets.owner_of("theirs") == "other"
        assert tx.sets.of_person("zoe") == ("other",)
