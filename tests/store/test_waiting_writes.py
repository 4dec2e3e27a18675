"""Writes whose outcome nobody asks for wait; whoever reads sees them all the same."""

from bot.method.terms import QuestionState
from bot.ports import Timer
from tests.store.made import NOW, THREAD, later, said, words


def test_what_is_written_to_one_row_is_one_write(store):
    with store.transaction() as tx:
        tx.save_contribution(said(), THREAD, "m1")
        tx.put_words(words(about="c1"))
        tx.save_contribution(said(state=QuestionState.answered))
        assert len(tx._unsent) == 2
    with store.reading() as tx:
        kept = tx.contribution("c1")
        assert kept is not None
        assert kept.state is QuestionState.answered
        # The second one gave no place: the message it is known to be stays.
        assert tx.contribution_said(THREAD, "m1") == kept


def test_whoever_reads_sees_what_was_written_before(store):
    with store.transaction() as tx:
        tx.set_timer(Timer("s1", "close", 1, NOW))
        assert tx._timers
        assert tx.timer("s1", "close") == Timer("s1", "close", 1, NOW)
        assert not tx._timers


def test_a_row_that_was_taken_back_between_is_written_again(store):
    with store.transaction() as tx:
        tx.set_timer(Timer("s1", "close", 1, NOW))
        tx.clear_timer("s1", "close")
        tx.set_timer(Timer("s1", "close", 2, later(hours=1)))
    with store.reading() as tx:
        assert tx.timer("s1", "close") == Timer("s1", "close", 2, later(hours=1))


def test_what_was_taken_back_last_is_gone(store):
    with store.transaction() as tx:
        tx.set_timer(Timer("s1", "close", 1, NOW))
        tx.clear_timer("s1", "close")
    with store.reading() as tx:
        assert tx.timer("s1", "close") is None


def test_nothing_is_left_of_what_waited_when_the_transaction_fails(store):
    try:
        with store.transaction() as tx:
            tx.set_timer(Timer("s1", "close", 1, NOW))
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    with store.reading() as tx:
        assert tx.timer("s1", "close") is None
