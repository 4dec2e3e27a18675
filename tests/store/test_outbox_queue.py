"""The lanes: order, collapse, leases, crashes (design.md, "One event, one transaction")."""

from contextlib import suppress
from dataclasses import replace

import pytest

from bot.method.effects import Nudge, Refuse, Whisper
from bot.ports import Posted, StoreBusy
from store import models
from tests.store.factories import HOME, LANE, NOW, THREAD, later, put, said, show

OTHER = "web/one/@bob"
SECONDS = 60


def claim(store, worker="w1", now=NOW, **more):
    return store.outbox.claim(worker, now, SECONDS, **more)


def cards(found):
    return [letter.card for letter in found.outbox_messages] if found else None


def deliver(store, now=NOW):
    """Deliver everything that is due; the cards in the order in which they went."""
    went = []
    while found := claim(store, now=now):
        for letter in found.outbox_messages:
            store.outbox.mark_sending([letter])
            store.outbox.mark_sent([letter], now)
            went.append(letter.card or letter.effect.ref)
        store.outbox.release([found])
    return went


def whisper(tx, ref, lane=LANE, at=NOW, **more):
    tx.outbox.enqueue(Whisper("ann", "tip", ref), lane, "set", "", more.get("not_before", at), at)


def test_a_letter_comes_back_as_written(store):
    with store.transaction() as tx:
        tx.outbox.enqueue(
            show(count=3, name="x"), LANE, "set", "session/session", NOW, later(hours=-1)
        )
        tx.outbox.enqueue(Refuse("ann", "members_only"), OTHER, None, "", NOW, NOW)
    first, second = claim(store), claim(store)
    assert {first.lane, second.lane} == {LANE, OTHER}
    one = next(c for c in (first, second) if c.lane == LANE)
    letter = one.outbox_messages[0]
    assert (letter.effect, letter.set, letter.lane) == (show(count=3, name="x"), "set", LANE)
    assert (letter.card, letter.not_before, letter.created) == (
        "session/session",
        NOW,
        later(hours=-1),
    )
    assert (letter.state, letter.attempts, one.worker) == ("waiting", 0, "w1")
    assert claim(store) is None


def test_a_lane_goes_in_the_order_of_writing(store):
    with store.transaction() as tx:
        for ref in "abc":
            whisper(tx, ref)
        whisper(tx, "x", OTHER)
    with store.transaction() as tx:
        whisper(tx, "d")
    assert [ref for ref in deliver(store) if ref != "x"] == list("abcd")


def test_the_lane_that_has_waited_longest_is_first(store):
    with store.transaction() as tx:
        whisper(tx, "new", "lane/a", at=NOW)
        whisper(tx, "old", "lane/b", at=later(seconds=-5))
    assert claim(store).lane == "lane/b"


def test_a_claim_takes_at_most_its_limit_and_the_rest_stays_due(store):
    with store.transaction() as tx:
        for ref in "abc":
            whisper(tx, ref)
    found = claim(store, limit=2)
    assert [letter.effect.ref for letter in found.outbox_messages] == ["a", "b"]
    for letter in found.outbox_messages:
        store.outbox.mark_sent([letter], NOW)
    store.outbox.release([found])
    assert store.outbox.next_due() == NOW
    assert deliver(store) == ["c"]
    assert store.outbox.next_due() is None


def test_a_waiting_card_is_written_over_in_its_place(store):
    with store.transaction() as tx:
        put(tx, "root", count=1)
        whisper(tx, "reply")
    with store.transaction() as tx:
        put(tx, "root", count=2, at=later(minutes=1))
    found = claim(store, now=later(minutes=1))
    assert cards(found) == ["root", ""]
    assert found.outbox_messages[0].effect.values == {"count": 2}


def test_a_card_written_over_keeps_the_earlier_time(store):
    with store.transaction() as tx:
        put(tx, "late", not_before=later(hours=1))
        put(tx, "late", not_before=later(minutes=1))
        put(tx, "late", not_before=later(hours=2))
    assert store.outbox.next_due() == later(minutes=1)
    assert claim(store) is None
    assert cards(claim(store, now=later(minutes=1))) == ["late"]


def test_only_the_same_card_of_the_same_lane_is_written_over(store):
    with store.transaction() as tx:
        put(tx, "a")
        put(tx, "b")
        put(tx, "a", lane=OTHER)
        whisper(tx, "x")
        whisper(tx, "y")
    assert sorted(deliver(store)) == ["a", "a", "b", "x", "y"]


def test_what_a_worker_has_read_is_not_written_over(store):
    with store.transaction() as tx:
        put(tx, "card", count=1)
    found = claim(store)
    with store.transaction() as tx:
        put(tx, "card", count=2)
        put(tx, "card", count=3)
    store.outbox.mark_sending([found.outbox_messages[0]])
    store.outbox.mark_sent([found.outbox_messages[0]], NOW)
    store.outbox.release([found])
    again = claim(store)
    assert [letter.effect.values for letter in again.outbox_messages] == [{"count": 3}]


@pytest.mark.parametrize("how", ["released", "deferred"])
def test_what_was_read_and_put_back_becomes_one_with_what_came_since(store, how):
    with store.transaction() as tx:
        put(tx, "card", count=1)
        whisper(tx, "reply")
    found = claim(store)
    with store.transaction() as tx:
        put(tx, "card", count=2, at=later(seconds=1))
    if how == "deferred":
        store.outbox.postpone(found.outbox_messages[0], later(seconds=30))
    store.outbox.release([found])
    if how == "deferred":
        assert [letter.effect.ref for letter in claim(store).outbox_messages] == ["reply"]
    again = claim(store, now=later(minutes=5))
    assert again.outbox_messages[0].effect.values == {"count": 2}
    assert again.outbox_messages[0].id == found.outbox_messages[0].id
    assert store.maintenance.counts()["letters_waiting"] == 2


def test_two_that_were_read_and_a_third_become_one(process):
    one, two = process(), process()
    with one.transaction() as tx:
        put(tx, "card", count=1)
    gone = claim(one)
    with one.transaction() as tx:
        put(tx, "card", count=2, at=later(seconds=1))
    found = claim(two, "w2", later(minutes=2))
    assert cards(found) == ["card", "card"]
    with one.transaction() as tx:
        put(tx, "card", count=3, at=later(seconds=2))
    two.outbox.postpone(found.outbox_messages[0], later(minutes=3))
    two.outbox.release([found])
    one.outbox.release([gone])
    again = claim(one, now=later(minutes=3))
    assert [(x.id, x.effect.values) for x in again.outbox_messages] == [
        (gone.outbox_messages[0].id, {"count": 3}),
    ]


def test_a_deferred_letter_lets_later_ones_pass(store):
    with store.transaction() as tx:
        put(tx, "edit")
        whisper(tx, "b")
    found = claim(store)
    store.outbox.postpone(found.outbox_messages[0], later(seconds=30))
    store.outbox.mark_sent([found.outbox_messages[1]], NOW)
    store.outbox.release([found])
    with store.transaction() as tx:
        whisper(tx, "c")
    assert deliver(store) == ["c"]
    assert store.outbox.next_due() == later(seconds=30)
    assert deliver(store, later(seconds=30)) == ["edit"]


def test_a_failed_letter_holds_its_lane_and_no_other(store):
    with store.transaction() as tx:
        whisper(tx, "a")
        whisper(tx, "b")
    found = claim(store)
    store.outbox.postpone(found.outbox_messages[0], later(seconds=20), failed=True)
    store.outbox.release([found])
    with store.transaction() as tx:
        whisper(tx, "c")
        whisper(tx, "x", OTHER)
    assert deliver(store, later(seconds=19)) == ["x"]
    held = claim(store, now=later(seconds=20))
    assert [x.effect.ref for x in held.outbox_messages] == ["a", "b", "c"]
    assert [x.attempts for x in held.outbox_messages] == [1, 0, 0]


@pytest.mark.parametrize(("sure", "state"), [(True, "waiting"), (False, "sending")])
def test_only_what_surely_had_no_effect_waits_as_if_it_were_new(store, sure, state):
    """Anything else stays marked as being sent, and is looked for before it is sent again."""
    with store.transaction() as tx:
        whisper(tx, "a")
    found = claim(store)
    store.outbox.mark_sending([found.outbox_messages[0]])
    store.outbox.postpone(found.outbox_messages[0], later(seconds=20), failed=True, sure=sure)
    store.outbox.release([found])
    [again] = claim(store, now=later(seconds=20)).outbox_messages
    assert (again.state, again.attempts) == (state, 1)


def test_a_transaction_can_resume_a_lane_and_says_why_it_is_suspended(store):
    with store.transaction() as tx:
        whisper(tx, "a")
    lane = claim(store).lane
    store.outbox.suspend(lane, "blocked")
    with store.reading() as tx:
        assert tx.outbox.suspension(lane) == "blocked"
        assert tx.outbox.suspension("nobody's") == ""
    with store.transaction() as tx:
        tx.outbox.resume(lane)
        tx.outbox.resume("nobody's")
    with store.reading() as tx:
        assert tx.outbox.suspension(lane) == ""


def test_what_failed_is_not_written_over(store):
    """It may have been posted: it is looked for by its key, and what is new comes after it."""
    with store.transaction() as tx:
        put(tx, "card", count=1)
    found = claim(store)
    store.outbox.mark_sending([found.outbox_messages[0]])
    store.outbox.postpone(found.outbox_messages[0], later(seconds=20), failed=True)
    store.outbox.release([found])
    with store.transaction() as tx:
        put(tx, "card", count=2)
    again = claim(store, now=later(seconds=20))
    assert [(x.effect.values, x.attempts) for x in again.outbox_messages] == [
        ({"count": 1}, 1),
        ({"count": 2}, 0),
    ]
    store.outbox.postpone(again.outbox_messages[0], later(seconds=30))
    store.outbox.release([again])
    assert [x.attempts for x in claim(store, now=later(seconds=30)).outbox_messages] == [1, 0]


def test_a_lane_is_held_by_one_worker(process):
    one, two = process(), process()
    with one.transaction() as tx:
        whisper(tx, "a")
        whisper(tx, "x", OTHER)
    first, second = claim(one, "w1"), claim(two, "w2")
    assert {first.lane, second.lane} == {LANE, OTHER}
    assert claim(one, "w1") is None
    two.outbox.release([second])
    assert claim(one, "w3").lane == second.lane


def test_a_lease_that_has_ended_is_anyones(process):
    one, two = process(), process()
    with one.transaction() as tx:
        whisper(tx, "a")
    claim(one)
    assert one.outbox.next_due() == later(seconds=SECONDS)
    assert claim(two, "w2", later(seconds=SECONDS - 1)) is None
    assert claim(two, "w2", later(seconds=SECONDS)).outbox_messages[0].state == "waiting"


def test_who_lost_the_lease_cannot_give_the_lane_away(process):
    one, two = process(), process()
    with one.transaction() as tx:
        whisper(tx, "a")
    lost = claim(one)
    claim(two, "w2", later(seconds=SECONDS))
    one.outbox.release([lost])
    assert claim(one, "w1", later(seconds=SECONDS + 1)) is None


def test_a_crash_between_sending_and_sent_leaves_a_trace(process):
    one, two = process(), process()
    with one.transaction() as tx:
        put(tx, "card", count=1)
    one.outbox.mark_sending([claim(one).outbox_messages[0]])
    one.close()
    with two.transaction() as tx:
        put(tx, "card", count=2)
    after = later(seconds=SECONDS)
    found = claim(two, "w2", after)
    assert [(x.state, x.effect.values) for x in found.outbox_messages] == [
        ("sending", {"count": 1}),
        ("waiting", {"count": 2}),
    ]
    two.outbox.postpone(
        found.outbox_messages[0], later(minutes=9)
    )  # deferred, it still may have been posted
    two.outbox.release([found])
    assert claim(two, "w2", later(minutes=9)).outbox_messages[0].state == "sending"


def test_sent_notes_where_the_card_stands_and_runs_what_belongs_to_it(store):
    with store.transaction() as tx:
        put(tx, "card")
    letter = claim(store).outbox_messages[0]
    store.outbox.mark_sending([letter])
    stands = Posted("card", THREAD, "m1", NOW)
    store.outbox.mark_sent(
        [letter], NOW, [stands], lambda tx: tx.contributions.save(said(), THREAD, "m1")
    )
    with store.reading() as tx:
        assert tx.cards.get("card") == stands
        assert tx.contributions.at_message(HOME, "m1") == said()
    assert store.maintenance.counts()["letters_sent"] == 1


def test_sent_is_one_transaction(store):
    with store.transaction() as tx:
        put(tx, "card")
    letter = claim(store).outbox_messages[0]

    def fails(tx):
        tx.contributions.save(said())
        raise ZeroDivisionError

    store.outbox.mark_sending([letter])
    with pytest.raises(ZeroDivisionError):
        store.outbox.mark_sent([letter], NOW, [Posted("card", THREAD, "m1", NOW)], fails)
    with store.reading() as tx:
        assert tx.cards.get("card") is None
        assert tx.contributions.get("c1") is None
    assert claim(store, "w2", later(seconds=SECONDS)).outbox_messages[0].state == "sending"


def test_a_parked_or_dropped_letter_lets_the_lane_go_on(store):
    with store.transaction() as tx:
        for ref in "abc":
            whisper(tx, ref)
    found = claim(store)
    store.outbox.park(found.outbox_messages[0], "too_long")
    store.outbox.drop(found.outbox_messages[1], "stale")
    store.outbox.release([found])
    assert deliver(store) == ["c"]
    counts = store.maintenance.counts()
    assert (counts["letters_parked"], counts["letters_dropped"]) == (1, 1)


def test_a_suspended_lane_is_left_alone_until_it_is_resumed(store):
    with store.transaction() as tx:
        whisper(tx, "a")
    found = claim(store)
    store.outbox.postpone(found.outbox_messages[0], NOW)
    store.outbox.suspend(LANE, "archived")
    store.outbox.release([found])
    with store.transaction() as tx:
        whisper(tx, "b")
    assert claim(store) is None
    assert store.outbox.next_due() is None
    assert store.maintenance.counts()["suspended"] == 1
    store.outbox.resume(LANE)
    assert store.outbox.next_due() == NOW
    assert deliver(store) == ["a", "b"]
    assert store.maintenance.counts()["suspended"] == 0


def test_a_lane_may_be_suspended_before_its_first_letter(store):
    store.outbox.suspend(LANE, "not_in_channel")
    with store.transaction() as tx:
        whisper(tx, "a")
    assert claim(store) is None
    store.outbox.resume("a lane that nobody knows")


def test_the_next_letter_knows_of_holds_and_leases(store):
    assert store.outbox.next_due() is None
    with store.transaction() as tx:
        whisper(tx, "a", not_before=later(minutes=5))
        whisper(tx, "x", OTHER, not_before=later(minutes=7))
    assert store.outbox.next_due() == later(minutes=5)
    found = claim(store, now=later(minutes=5))
    assert store.outbox.next_due() == later(minutes=6)
    store.outbox.postpone(found.outbox_messages[0], later(hours=2), failed=True)
    store.outbox.release([found])
    assert store.outbox.next_due() == later(minutes=7)


def test_a_lane_whose_letters_have_all_gone_is_passed_over(store):
    with store.transaction() as tx:
        whisper(tx, "a", at=later(seconds=-9))
        whisper(tx, "x", OTHER)
    first = claim(store)
    store.outbox.drop(
        first.outbox_messages[0], "stale"
    )  # and the worker is gone before it gives the lane back
    assert claim(store, "w2", later(seconds=SECONDS)).lane == OTHER


def test_a_rolled_back_letter_is_not_there(store):
    with suppress(ZeroDivisionError), store.transaction() as tx:
        whisper(tx, "a")
        raise ZeroDivisionError
    assert claim(store) is None
    assert store.outbox.next_due() is None


def test_a_nudge_of_a_kind_and_person_waits_once(store):
    with store.transaction() as tx:
        for _ in range(3):
            tx.outbox.enqueue(Nudge("ann", "digest"), OTHER, None, "nudge/digest/ann/", NOW, NOW)
    assert len(claim(store).outbox_messages) == 1


def test_a_letter_of_a_newer_schema_is_left_for_the_newer_process(store):
    with store.transaction() as tx:
        whisper(tx, "a")
        whisper(tx, "b", OTHER, at=later(seconds=1))
        tx.connection.execute(
            models.outbox.update().values(schema=99).where(models.outbox.c.lane == LANE), {}
        )
    assert cards(claim(store, now=later(seconds=2))) == [""], "other lanes go on"
    assert claim(store, now=later(seconds=2)) is None
    assert store.outbox.next_due() == later(seconds=2 + SECONDS), "only the other lane's lease"


def test_a_lane_that_was_left_is_free_for_a_newer_process_at_once(process):
    old, new = process(), process()
    with old.transaction() as tx:
        whisper(tx, "a")
    found = claim(old)
    old.outbox.defer_to_newer(found, NOW)
    assert claim(old, now=later(seconds=59)) is None
    assert old.outbox.next_due() is None
    assert new.outbox.next_due() == NOW
    assert cards(claim(new, "new")) == [""]


def test_a_lane_that_nobody_newer_has_served_is_tried_again(store):
    with store.transaction() as tx:
        whisper(tx, "a")
    store.outbox.defer_to_newer(claim(store), NOW)
    assert claim(store, now=later(seconds=59)) is None
    assert cards(claim(store, now=later(seconds=60))) == [""]


def test_whoever_has_lost_a_lane_gives_nothing_back(process):
    """What the next holder has taken stays taken: it may be drawn already."""
    one, two = process(), process()
    with one.transaction() as tx:
        put(tx, "card", count=1)
    lost = claim(one)
    held = claim(two, "w2", now=later(seconds=SECONDS))
    assert cards(held) == ["card"]
    one.outbox.release([lost])
    with one.transaction() as tx:
        put(tx, "card", count=2, at=later(seconds=SECONDS + 1))
    two.outbox.mark_sent([held.outbox_messages[0]], later(seconds=SECONDS + 2))
    two.outbox.release([held])
    newest = claim(one, now=later(seconds=SECONDS + 3))
    assert [letter.effect.values for letter in newest.outbox_messages] == [{"count": 2}]


def test_a_letter_that_is_done_stays_done(store):
    with store.transaction() as tx:
        put(tx, "card")
    found = claim(store)
    store.outbox.mark_sent([found.outbox_messages[0]], NOW)
    store.outbox.postpone(found.outbox_messages[0], NOW)
    store.outbox.park(found.outbox_messages[0], "late")
    store.outbox.mark_sending([replace(found.outbox_messages[0], state="sending")])
    store.outbox.release([found])
    assert claim(store) is None
    assert store.maintenance.counts()["letters_sent"] == 1


def test_a_record_of_what_was_delivered_is_tried_again(store):
    tries = []

    def busy(tx):
        tries.append(tx)
        raise StoreBusy("40P01")

    with pytest.raises(StoreBusy):
        store.outbox.mark_sent([], NOW, also=busy)
    assert len(tries) == 5


def test_a_held_lane_waits_and_keeps_its_order(store):
    with store.transaction() as tx:
        put(tx, "session/a")
        put(tx, "session/b")
    found = claim(store)
    store.outbox.mark_sending([found.outbox_messages[0]])
    store.outbox.mark_sent([found.outbox_messages[0]], NOW)
    store.outbox.pause(found.lane, later(seconds=1))
    store.outbox.release([found])
    assert claim(store) is None
    assert store.outbox.next_due() == later(seconds=1)
    again = claim(store, now=later(seconds=1))
    assert cards(again) == ["session/b"]


# Several at once


def test_several_lanes_are_claimed_the_longest_overdue_first(process):
    one, two = process(), process()
    with one.transaction() as tx:
        for n in range(5):
            for ref in "abc":
                whisper(tx, f"{ref}{n}", f"lane/{n}", at=later(seconds=-n))
    found = one.outbox.claims("w1", NOW, SECONDS, 3, limit=2)
    assert [c.lane for c in found] == ["lane/4", "lane/3", "lane/2"]
    assert [[x.effect.ref for x in c.outbox_messages] for c in found] == [
        ["a4", "b4"],
        ["a3", "b3"],
        ["a2", "b2"],
    ]
    assert [c.lane for c in two.outbox.claims("w2", NOW, SECONDS, 9)] == ["lane/1", "lane/0"]
    assert one.outbox.claims("w1", NOW, SECONDS, 9) == ()
    one.outbox.release(found)
    again = two.outbox.claims("w2", NOW, SECONDS, 9)
    assert [len(c.outbox_messages) for c in again] == [3, 3, 3], "what was not sent waits again"


def test_one_lane_that_only_a_newer_process_can_read_keeps_no_other(store):
    with store.transaction() as tx:
        whisper(tx, "a")
        whisper(tx, "b")
        whisper(tx, "x", OTHER)
        newest = models.outbox.update().where(models.outbox.c.lane == LANE)
        tx.connection.execute(newest.values(schema=99), {})
    assert [c.lane for c in store.outbox.claims("w", NOW, SECONDS, 9)] == [OTHER]
    assert store.outbox.claims("w", NOW, SECONDS, 9) == ()
    with store.transaction() as tx:
        tx.connection.execute(models.outbox.update().values(schema=1), {})
    again = store.outbox.claims("w", later(seconds=61), SECONDS, 9)
    assert [len(c.outbox_messages) for c in again if c.lane == LANE] == [2]


def test_several_that_were_sent_are_one_transaction(store):
    with store.transaction() as tx:
        put(tx, "a")
        put(tx, "b", lane=OTHER)
    found = store.outbox.claims("w", NOW, SECONDS, 9)
    letters = [letter for c in found for letter in c.outbox_messages]
    store.outbox.mark_sending(letters)

    def fails(tx):
        tx.contributions.save(said())
        raise ZeroDivisionError

    stands = [Posted("a", THREAD, "m1", NOW), Posted("b", HOME, "m2", NOW)]
    with pytest.raises(ZeroDivisionError):
        store.outbox.mark_sent(letters, NOW, stands, fails)
    with store.reading() as tx:
        assert (tx.cards.get("a"), tx.contributions.get("c1")) == (None, None)
    store.outbox.mark_sent(letters, NOW, stands, lambda tx: tx.contributions.save(said()))
    with store.reading() as tx:
        assert [tx.cards.get("a"), tx.cards.get("b")] == stands
        assert tx.contributions.get("c1") == said()
    assert store.maintenance.counts()["letters_sent"] == 2


def test_what_went_out_is_noted_even_if_another_process_is_in_the_way_at_first(store):
    with store.transaction() as tx:
        put(tx, "a")
    found = claim(store)
    tries = []

    def busy_once(tx):
        tries.append(tx)
        if len(tries) == 1:
            raise StoreBusy("40P01")

    store.outbox.mark_sent(found.outbox_messages, NOW, (), busy_once)
    assert (len(tries), store.maintenance.counts()["letters_sent"]) == (2, 1)


def test_lanes_are_given_back_with_their_pace_and_only_those_that_are_held(process):
    one, two = process(), process()
    with one.transaction() as tx:
        whisper(tx, "a")
        whisper(tx, "x", OTHER)
    lost = one.outbox.claims("w1", NOW, SECONDS, 9)
    held = two.outbox.claims("w2", later(seconds=SECONDS), SECONDS, 1)
    one.outbox.release(lost, later(seconds=SECONDS + 5))
    assert one.outbox.claims("w1", later(seconds=SECONDS + 4), SECONDS, 9) == ()
    [free] = one.outbox.claims("w1", later(seconds=SECONDS + 5), SECONDS, 9)
    assert {free.lane, held[0].lane} == {LANE, OTHER}, "the other's lease still runs"


def test_a_lane_is_never_held_for_less_than_it_is(store):
    with store.transaction() as tx:
        whisper(tx, "a")
    found = claim(store)
    store.outbox.pause(found.lane, later(minutes=9))
    store.outbox.release([found], later(seconds=1))
    assert store.outbox.next_due() == later(minutes=9)


def test_a_claim_of_which_all_is_dealt_with_is_given_back_without_its_letters(store):
    with store.transaction() as tx:
        whisper(tx, "a")
    found = claim(store)
    store.outbox.mark_sent([found.outbox_messages[0]], NOW)
    with store.transaction() as tx:
        whisper(tx, "b", at=later(seconds=1))
    store.outbox.release([replace(found, outbox_messages=())])
    assert store.outbox.next_due() == later(seconds=1)
    assert [x.effect.ref for x in claim(store, now=later(seconds=1)).outbox_messages] == ["b"]


@pytest.mark.parametrize("many", [3, 30])
def test_a_few_letters_or_many_are_written_alike(store, many):
    with store.transaction() as tx:
        put(tx, "card0", count=1, not_before=later(minutes=1))
        whisper(tx, "first")
    with store.transaction() as tx:
        for n in range(many):
            put(tx, f"card{n}", count=2, at=later(seconds=1))
            whisper(tx, f"ref{n}")
            put(tx, f"card{n}", count=3, at=later(seconds=2), not_before=later(hours=1))
            put(tx, f"other{n}", lane=f"lane/{n:03}", at=later(seconds=n))
    claims = store.outbox.claims("w", later(seconds=90), SECONDS, 99, limit=99)
    [found] = [c for c in claims if c.lane == LANE]
    told = [
        getattr(x.effect, "values", {}).get("count") or x.effect.ref for x in found.outbox_messages
    ]
    refs = [x for n in range(1, many) for x in (3, f"ref{n}")]
    assert told == [3, "first", "ref0", *refs]
    assert [c.lane for c in claims if c is not found] == [f"lane/{n:03}" for n in range(many)]
