from dataclasses import replace

import pytest

from bot.method.terms import Place, QuestionState, Tally
from bot.ports import Posted
from tests.store.made import HOME, NOW, THREAD, action, group, later, said, session, words


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
        tx.save_contribution(full)
    with store.reading() as tx:
        assert tx.contribution("c1") == full
        assert tx.contribution("c2") is None


def test_a_contribution_is_found_by_its_message(store):
    with store.transaction() as tx:
        tx.save_contribution(said("c1"), THREAD, "m1")
        tx.save_contribution(said("c2"))
    with store.transaction() as tx:
        assert tx.contribution_said(THREAD, "m1") == said("c1")
        assert tx.contribution_said(HOME, "m1") == said("c1")
        assert tx.contribution_said(THREAD, "m2") is None
        assert tx.contribution_said(replace(THREAD, installation="two"), "m1") is None
        assert tx.contribution_said(replace(THREAD, conversation="two"), "m1") is None


def test_a_contribution_saved_without_a_place_keeps_the_one_it_had(store):
    with store.transaction() as tx:
        tx.save_contribution(said(), THREAD, "m1")
    answered = said(state=QuestionState.answered)
    with store.transaction() as tx:
        tx.save_contribution(answered)
        assert tx.contribution_said(THREAD, "m1") == answered
    with store.transaction() as tx:
        tx.save_contribution(answered, THREAD, "m2")
        assert tx.contribution_said(THREAD, "m1") is None
        assert tx.contribution_said(THREAD, "m2") == answered


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
            tx.save_contribution(one)
    asked = ("question", QuestionState.open, "accept", "question")
    with store.reading() as tx:
        assert set(tx.tally(["session", "two", "two"])) == {
            Tally("session", "ann", *asked, 2),
            Tally("session", "bob", *asked, 1),
            Tally("two", "ann", *asked, 1),
            Tally("session", "ann", "statement", QuestionState.not_counted, "nudge", "advice", 1),
        }
        assert tx.tally([]) == ()


def test_contributions_are_filtered_and_the_oldest_come_first(store):
    first = said("z", at=NOW)
    same_moment = said("a", at=NOW, by="bob", kind="said", state=QuestionState.not_counted)
    later_one = said("m", at=later(hours=1), entry=2)
    earlier = said("e", at=later(hours=-1), state=QuestionState.answered)
    with store.transaction() as tx:
        for one in (first, same_moment, later_one, earlier, said("x", session="other")):
            tx.save_contribution(one)
    with store.reading() as tx:
        assert tx.contributions("session") == (earlier, first, same_moment, later_one)
        assert tx.contributions("session", limit=2) == (earlier, first)
        assert tx.contributions("session", kind="said") == (same_moment,)
        assert tx.contributions("session", state="open") == (first, later_one)
        assert tx.contributions("session", state=QuestionState.open, entry=2) == (later_one,)
        assert tx.contributions("session", by="bob") == (same_moment,)
        assert tx.contributions("session", by="bob", kind="question") == ()


def test_a_nudge_waits_while_its_stage_is_open(store):
    nudged = said("c1", nudged=1, entry=2)
    with store.transaction() as tx:
        tx.save(session(entry=2))
        tx.save_contribution(nudged)
        tx.save_contribution(said("c2", nudged=1, entry=1))
        tx.save_contribution(said("c3", nudged=1, entry=2, acted=True))
        tx.save_contribution(said("c4", nudged=2, entry=2))
        tx.save_contribution(said("c5", nudged=1, entry=2, by="bob"))
        assert tx.unanswered_nudges("ann") == (nudged,)
        tx.save(session(entry=2, over=True))
        assert tx.unanswered_nudges("ann") == ()


def test_words_come_back_as_kept_and_are_replaced(store):
    with store.transaction() as tx:
        tx.put_words(words(text="Wie geht’s? 👀\x00\ud800"))
        assert tx.words("said", "c1") == words(text="Wie geht’s? 👀\x00\ud800")
        tx.put_words(words(text="new", at=later(hours=1), author="bob", set=None))
    with store.reading() as tx:
        assert tx.words("said", "c1") == words("said", "c1", "new", later(hours=1), None, "bob")
        assert tx.words("issue", "c1") is None


def test_many_words_at_once(store):
    with store.transaction() as tx:
        for i in range(1100):
            tx.put_words(words(about=f"c{i}", text=str(i)))
    with store.reading() as tx:
        found = tx.many_words("said", (f"c{i}" for i in range(1050, 1200)))
    assert {about: w.parts["text"] for about, w in found.items()} == {
        f"c{i}": str(i) for i in range(1050, 1100)
    }


def test_the_words_of_a_person_newest_first(store):
    with store.transaction() as tx:
        for i in range(5):
            tx.put_words(words("log", f"l{i}", at=later(hours=i), set=None))
        tx.put_words(words("log", "hers", author="bob"))
        tx.put_words(words("said", "c1"))
    with store.reading() as tx:
        found = tx.words_by("ann", "log", limit=3)
    assert [w.about for w in found] == ["l4", "l3", "l2"]


def test_erased_words_are_gone(store):
    with store.transaction() as tx:
        tx.put_words(words())
        tx.put_words(words("issue", "session"))
        tx.erase_words("said", "c1")
        tx.erase_words("said", "never there")
    with store.reading() as tx:
        assert tx.words("said", "c1") is None
        assert tx.words("issue", "session") is not None


def test_how_much_of_a_person_is_kept_where(store):
    with store.transaction() as tx:
        tx.put_words(words())
        tx.put_words(words("issue", "session"))
        tx.put_words(replace(words("log", "entry"), set=None))
        tx.put_words(replace(words("said", "c2"), author="somebody"))
        tx.put_words(words("rules", "set"))  # the set's, whoever wrote them down
        tx.put_words(words("set", "set"))
    kept = words()
    with store.reading() as tx:
        assert tx.written_by(kept.author) == {kept.set: 2, None: 1}
        assert tx.written_by("somebody") == {kept.set: 1}
        assert tx.written_by("nobody") == {}
    with store.transaction() as tx:
        tx.erase_person("set", kept.author)
        assert tx.written_by(kept.author) == {None: 1}
        assert tx.words("rules", "set") is not None


def test_erasing_a_person_names_the_cards_that_showed_their_words(store):
    with store.transaction() as tx:
        tx.save(group())
        tx.save(session())
        tx.save(action())
        tx.save_contribution(said("c1"))
        tx.put_words(words("said", "c1"))
        tx.put_words(words("action", "action"))
        tx.put_words(words("report", "meeting:ann"))
        tx.put_words(words("draft", "set/ann"))
        tx.put_words(words("said", "c2", author="bob"))
        tx.put_words(words("said", "c3", set="other"))
        for key in ("said/c1", "said/c2", "session/session", "meeting/meeting", "invite/set/1"):
            tx.save_posted(Posted(key, THREAD, f"m-{key}", NOW))
    with store.transaction() as tx:
        keys = tx.erase_person("set", "ann")
    assert sorted(keys) == ["meeting/meeting", "said/c1", "session/session"]
    with store.reading() as tx:
        assert tx.words("said", "c1") is None
        assert tx.words("draft", "set/ann") is None
        assert tx.words("said", "c2") is not None
        assert tx.words("said", "c3") is not None
        assert tx.contribution("c1") == said("c1")


def test_a_card_is_found_by_key_and_by_message(store):
    stands = Posted("session/session", THREAD, "m1", NOW)
    with store.transaction() as tx:
        assert tx.posted("session/session") is None
        tx.save_posted(stands)
    with store.reading() as tx:
        assert tx.posted("session/session") == stands
        assert tx.card_at(HOME, "m1") == "session/session"
        assert tx.card_at(HOME, "m2") is None
        assert tx.card_at(replace(HOME, installation="two"), "m1") is None
    moved = Posted("session/session", Place("web", "one", "quiet"), "m9", later(hours=1))
    with store.transaction() as tx:
        tx.save_posted(moved)
    with store.reading() as tx:
        assert tx.posted("session/session") == moved
        assert tx.card_at(HOME, "m1") is None


@pytest.mark.parametrize("write", ["put_words", "save_contribution", "save"])
def test_a_transaction_for_reading_keeps_nothing(store, write):
    value = {"put_words": words(), "save_contribution": said(), "save": session()}[write]
    with pytest.raises(Exception, match="reading_only"), store.reading() as tx:
        getattr(tx, write)(value)
