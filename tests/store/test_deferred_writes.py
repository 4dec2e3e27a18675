"""Writes whose outcome nobody asks for wait; whoever reads sees them all the same."""

from bot.method.terms import QuestionState
from bot.ports import Timer
from tests.store.factories import NOW, THREAD, later, said, words


def test_what_is_written_to_one_row_is_one_write(store):
    with store.transaction() as tx:
        tx.contributions.save(said(), THREAD, "m1")
        tx.texts.put(words(about="c1"))
        tx.contributions.save(said(state=QuestionState.answered))
        assert tx.connection.deferred == 2
    with store.reading() as tx:
        kept = tx.contributions.get("c1")
        assert kept is not None
        assert kept.state is QuestionState.answered
        # The second one gave no place: the message it is known to be stays.
        assert tx.contributions.at_message(THREAD, "m1") == kept


def test_whoever_reads_sees_what_was_written_before(store):
    with store.transaction() as tx:
        tx.timers.set(Timer("s1", "close", 1, NOW))
        before = tx.connection.deferred
        assert tx.timers.get("s1", "close") == Timer("s1", "close", 1, NOW)
        assert before == tx.connection.deferred == 0, "sent by the read"


def test_a_row_that_was_taken_back_between_is_written_again(store):
    with store.transaction() as tx:
        tx.timers.set(Timer("s1", "close", 1, NOW))
        tx.timers.clear("s1", "close")
        tx.timers.set(Timer("s1", "close", 2, later(hours=1)))
    with store.reading() as tx:
        assert tx.timers.get("s1", "close") == Timer("s1", "close", 2, later(hours=1))


def test_what_was_taken_back_last_is_gone(store):
    with store.transaction() as tx:
        tx.timers.set(Timer("s1", "close", 1, NOW))
        tx.timers.clear("s1", "close")
    with store.reading() as tx:
        assert tx.timers.get("s1", "close") is None


def test_nothing_is_left_of_what_waited_when_the_transaction_fails(store):
    try:
        with store.transaction() as tx:
            tx.timers.set(Timer("s1", "close", 1, NOW))
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    with store.reading() as tx:
        assert tx.timers.get("s1", "close") is None
