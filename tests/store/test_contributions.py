from dataclasses import replace

import pytest

from bot.method.terms import Place, QuestionState, Tally
from bot.ports import Posted, Timer
from store import StoreRefused
from tests.store.factories import (
    HOME,
    NOW,
    THREAD,
    action,
    group,
    later,
    person,
    said,
    session,
    words,
)


def test_a_contribution_comes_back_as_kept(store):
    full = said(
        kind="answer",
        state=QuestionState.landed,
        entry=3,
        verdict="nudge",
        reason="advice",
        nudged=2,
        acted=True,
        ours=True,
        answers=("c7", "c8"),
    )
    with store.transaction() as tx:
        tx.contributions.save(full)
    with store.reading() as tx:
        assert tx.contributions.get("c1") == full
        assert tx.contributions.get("c2") is None


def test_a_contribution_is_found_by_its_message(store):
    with store.transaction() as tx:
        tx.contributions.save(said("c1"), THREAD, "m1")
        tx.contributions.save(said("c2"))
    with store.transaction() as tx:
        assert tx.contributions.at_message(THREAD, "m1") == said("c1")
        assert tx.contributions.at_message(HOME, "m1") == said("c1")
        assert tx.contributions.at_message(THREAD, "m2") is None
        assert tx.contributions.at_message(replace(THREAD, installation="two"), "m1") is None
        assert tx.contributions.at_message(replace(THREAD, conversation="two"), "m1") is None


def test_a_contribution_saved_without_a_place_keeps_the_one_it_had(store):
    with store.transaction() as tx:
        tx.contributions.save(said(), THREAD, "m1")
    answered = said(state=QuestionState.answered)
    with store.transaction() as tx:
        tx.contributions.save(answered)
        assert tx.contributions.at_message(THREAD, "m1") == answered
    with store.transaction() as tx:
        tx.contributions.save(answered, THREAD, "m2")
        assert tx.contributions.at_message(THREAD, "m1") is None
        assert tx.contributions.at_message(THREAD, "m2") == answered


def test_a_tally_counts_by_person_kind_state_and_verdict(store):
    nudged = {"kind": "statement", "state": QuestionState.not_counted, "verdict": "nudge"}
    with store.transaction() as tx:
        for one in (
            said("c1", reason="question"),
            said("c2", reason="question"),
            said("c3", by="bob", reason="question"),
            said("c4", reason="advice", **nudged),
            said("c5", session="two", reason="question"),
            said("c6", session="three"),
        ):
            tx.contributions.save(one)
    asked = ("question", QuestionState.open, "accept", "question")
    with store.reading() as tx:
        assert set(tx.contributions.tally(["session", "two", "two"])) == {
            Tally("session", "ann", *asked, 2),
            Tally("session", "bob", *asked, 1),
            Tally("two", "ann", *asked, 1),
            Tally("session", "ann", "statement", QuestionState.not_counted, "nudge", "advice", 1),
        }
        assert tx.contributions.tally([]) == ()


def test_contributions_are_filtered_and_the_oldest_come_first(store):
    first = said("z", at=NOW)
    same_moment = said("a", at=NOW, by="bob", kind="said", state=QuestionState.not_counted)
    later_one = said("m", at=later(hours=1), entry=2)
    earlier = said("e", at=later(hours=-1), state=QuestionState.answered)
    with store.transaction() as tx:
        for one in (first, same_moment, later_one, earlier, said("x", session="other")):
            tx.contributions.save(one)
    with store.reading() as tx:
        assert tx.contributions.in_session("session") == (earlier, first, same_moment, later_one)
        assert tx.contributions.in_session("session", limit=2) == (earlier, first)
        assert tx.contributions.in_session("session", kind="said") == (same_moment,)
        assert tx.contributions.in_session("session", state="open") == (first, later_one)
        assert tx.contributions.in_session("session", state=QuestionState.open, entry=2) == (
            later_one,
        )
        assert tx.contributions.in_session("session", by="bob") == (same_moment,)
        assert tx.contributions.in_session("session", by="bob", kind="question") == ()


def test_a_nudge_waits_while_its_stage_is_open(store):
    nudged = said("c1", nudged=1, entry=2)
    with store.transaction() as tx:
        tx.machines.save(session(entry=2))
        tx.contributions.save(nudged)
        tx.contributions.save(said("c2", nudged=1, entry=1))
        tx.contributions.save(said("c3", nudged=1, entry=2, acted=True))
        tx.contributions.save(said("c4", nudged=2, entry=2))
        tx.contributions.save(said("c5", nudged=1, entry=2, by="bob"))
        assert tx.contributions.unanswered_nudges("ann") == (nudged,)
        tx.machines.save(session(entry=2, over=True))
        assert tx.contributions.unanswered_nudges("ann") == ()


def test_words_come_back_as_kept_and_are_replaced(store):
    with store.transaction() as tx:
        tx.texts.put(words(text="Wie geht’s? 👀\x00\ud800"))
        assert tx.texts.get("said", "c1") == words(text="Wie geht’s? 👀\x00\ud800")
        tx.texts.put(words(text="new", at=later(hours=1), author="bob", set=None))
    with store.reading() as tx:
        assert tx.texts.get("said", "c1") == words("said", "c1", "new", later(hours=1), None, "bob")
        assert tx.texts.get("issue", "c1") is None


def test_many_words_at_once(store):
    with store.transaction() as tx:
        for i in range(1100):
            tx.texts.put(words(about=f"c{i}", text=str(i)))
    with store.reading() as tx:
        found = tx.texts.get_many("said", (f"c{i}" for i in range(1050, 1200)))
    assert {about: w.parts["text"] for about, w in found.items()} == {
        f"c{i}": str(i) for i in range(1050, 1100)
    }


def test_the_words_of_a_person_newest_first(store):
    with store.transaction() as tx:
        for i in range(5):
            tx.texts.put(words("log", f"l{i}", at=later(hours=i), set=None))
        tx.texts.put(words("log", "hers", author="bob"))
        tx.texts.put(words("said", "c1"))
    with store.reading() as tx:
        found = tx.texts.by_author("ann", "log", limit=3)
    assert [w.about for w in found] == ["l4", "l3", "l2"]


def test_erased_words_are_gone(store):
    with store.transaction() as tx:
        tx.texts.put(words())
        tx.texts.put(words("issue", "session"))
        tx.texts.erase("said", "c1")
        tx.texts.erase("said", "never there")
    with store.reading() as tx:
        assert tx.texts.get("said", "c1") is None
        assert tx.texts.get("issue", "session") is not None


def test_how_much_of_a_person_is_kept_where(store):
    with store.transaction() as tx:
        tx.texts.put(words())
        tx.texts.put(words("issue", "session"))
        tx.texts.put(replace(words("log", "entry"), set=None))
        tx.texts.put(replace(words("said", "c2"), author="somebody"))
        tx.texts.put(words("rules", "set"))  # the set's, whoever wrote them down
        tx.texts.put(words("set", "set"))
    kept = words()
    with store.reading() as tx:
        assert tx.texts.count_by_author(kept.author) == {kept.set: 2, None: 1}
        assert tx.texts.count_by_author("somebody") == {kept.set: 1}
        assert tx.texts.count_by_author("nobody") == {}
    with store.transaction() as tx:
        tx.texts.erase_person("set", kept.author)
        assert tx.texts.count_by_author(kept.author) == {None: 1}
        assert tx.texts.get("rules", "set") is not None


def test_erasing_a_person_names_the_cards_that_showed_their_words(store):
    with store.transaction() as tx:
        tx.machines.save(group())
        tx.machines.save(session())
        tx.machines.save(action())
        tx.contributions.save(said("c1"))
        tx.texts.put(words("said", "c1"))
        tx.texts.put(words("action", "action"))
        tx.texts.put(words("report", "meeting:ann"))
        tx.texts.put(words("draft", "set/ann"))
        tx.texts.put(words("said", "c2", author="bob"))
        tx.texts.put(words("said", "c3", set="other"))
        for key in ("said/c1", "said/c2", "session/session", "meeting/meeting", "invite/set/1"):
            tx.cards.save(Posted(key, THREAD, f"m-{key}", NOW))
    with store.transaction() as tx:
        keys = tx.texts.erase_person("set", "ann")
    assert sorted(keys) == ["meeting/meeting", "said/c1", "session/session"]
    with store.reading() as tx:
        assert tx.texts.get("said", "c1") is None
        assert tx.texts.get("draft", "set/ann") is None
        assert tx.texts.get("said", "c2") is not None
        assert tx.texts.get("said", "c3") is not None
        assert tx.contributions.get("c1") == said("c1")


def test_a_card_is_found_by_key_and_by_message(store):
    stands = Posted("session/session", THREAD, "m1", NOW)
    with store.transaction() as tx:
        assert tx.cards.get("session/session") is None
        tx.cards.save(stands)
    with store.reading() as tx:
        assert tx.cards.get("session/session") == stands
        assert tx.cards.key_at(HOME, "m1") == "session/session"
        assert tx.cards.key_at(HOME, "m2") is None
        assert tx.cards.key_at(replace(HOME, installation="two"), "m1") is None
    moved = Posted("session/session", Place("web", "one", "quiet"), "m9", later(hours=1))
    with store.transaction() as tx:
        tx.cards.save(moved)
    with store.reading() as tx:
        assert tx.cards.get("session/session") == moved
        assert tx.cards.key_at(HOME, "m1") is None


@pytest.mark.parametrize("role", ["texts", "contributions", "machines", "people", "timers"])
def test_a_transaction_for_reading_keeps_nothing(store, role):
    values = {
        "texts": words(),
        "contributions": said(),
        "machines": session(),
        "people": person(),
        "timers": Timer("session", "close", 1, NOW),
    }
    write = {"texts": "put", "timers": "set"}.get(role, "save")
    with pytest.raises(StoreRefused, match="reading_only"), store.reading() as tx:
        getattr(getattr(tx, role), write)(values[role])
