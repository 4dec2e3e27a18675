"""Somebody who cannot be written to: nothing is tried again and again, and nothing is lost."""

from __future__ import annotations

from bot.handlers import workspace_events
from bot.method.terms import Place
from bot.ports.lanes import lane_of
from tests.memory_platform import INSTALLATION, NAME
from tests.play import Play


def own(who: str) -> Place:
    return Place(NAME, INSTALLATION, f"@{who}")


def shut(play: Play, who: str) -> bool:
    with play.store.reading() as tx:
        return bool(tx.outbox.suspension(lane_of(own(who))))


def test_after_the_first_refusal_nothing_more_is_tried(play: Play) -> None:
    play.platform.closed = {"bo"}
    play.begins()
    play.types("bo", "You should talk to Helen.")  # advice: a private line
    play.types("bo", "My boss was just the same.")
    assert play.platform.turned_away == {"bo": 1}
    assert shut(play, "bo")
    play.wind(days=3)
    play.does("ana", "/als status")
    assert play.platform.turned_away == {"bo": 1}, "no digest and no last call is tried either"
    assert "You have" not in " ".join(play.sees("bo", "digest"))


def test_the_set_goes_on_without_them(play: Play) -> None:
    play.platform.closed = {"bo"}
    play.begins()
    play.types("bo", "You should talk to Helen.")
    play.types("bo", "What have you tried so far?")
    assert len(play.session.open) == 1
    assert "1 of 3 done" in play.card()
    assert play.store.maintenance.counts()["letters_parked"] == 0


def test_the_host_hears_of_it_once_and_not_what_it_was_about(play: Play) -> None:
    play.platform.closed = {"bo"}
    play.begins()
    play.types("bo", "You should talk to Helen.")
    play.types("bo", "My boss was just the same.")
    [told] = play.sees("ana", "cannot_reach_person")
    assert "Bo" in told
    assert "Helen" not in told
    for who in ("bo", "cem", "dee"):
        assert play.sees(who, "cannot_reach_person") == []


def test_a_facilitator_hears_of_it_instead_of_the_host(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set facilitator").fills(people=["dee"])
    play.platform.closed = {"bo"}
    play.types("bo", "You should talk to Helen.")
    assert len(play.sees("dee", "cannot_reach_person")) == 1
    assert play.sees("ana", "cannot_reach_person") == []


def test_of_a_host_the_facilitator_hears_and_of_the_only_one_nobody(play: Play) -> None:
    play.platform.closed = {"ana"}
    play.begins()
    play.types("bo", "What have you tried so far?")
    play.presses("cem", "Pass")
    play.presses("dee", "Pass")
    play.wind(days=5)
    for who in ("ana", "bo", "cem", "dee"):
        assert play.sees(who, "cannot_reach_person") == []
    assert play.platform.turned_away["ana"] == 1


def test_whoever_writes_to_the_bot_is_back_and_what_is_still_true_is_told(play: Play) -> None:
    play.platform.closed = {"bo"}
    play.begins()
    play.types("bo", "You should talk to Helen.")
    play.platform.closed = set()
    play.does("bo", "/als status", where=own("bo"))
    assert not shut(play, "bo")
    assert any("talk to Helen" in said for said in play.sees("bo")), "what waited has come"


def test_a_command_brings_them_back_too_and_one_refusal_more_is_all(play: Play) -> None:
    play.platform.closed = {"bo"}
    play.begins()
    play.types("bo", "You should talk to Helen.")
    play.does("bo", "/als status")
    assert play.platform.turned_away == {"bo": 2}
    assert shut(play, "bo")
    assert len(play.sees("ana", "cannot_reach_person")) == 1, "the host is not told again"


def test_the_bot_being_let_in_again_is_a_reason_to_try(play: Play) -> None:
    play.platform.closed = {"bo"}
    play.begins()
    play.types("bo", "You should talk to Helen.")
    play.platform.closed = set()
    workspace_events.conversation_reached(play.store, own("bo"))
    play.wind(minutes=1)
    assert any("talk to Helen" in said for said in play.sees("bo"))


def test_what_has_waited_until_it_is_no_longer_true_is_not_told(play: Play) -> None:
    play.platform.closed = {"bo"}
    play.begins()
    play.types("bo", "You should talk to Helen.")
    play.does("ana", "/als withdraw")
    play.presses("ana", "Take it back")
    play.wind(days=3)
    play.platform.closed = set()
    workspace_events.conversation_reached(play.store, own("bo"))
    play.wind(minutes=1)
    assert not any("talk to Helen" in said for said in play.sees("bo"))


def test_a_command_that_is_refused_brings_them_back_as_well(play: Play) -> None:
    play.platform.closed = {"bo"}
    play.begins()
    play.types("bo", "You should talk to Helen.")
    play.platform.closed = set()
    assert play.does("bo", "/als pause", where=own("bo")).codes
    assert any("talk to Helen" in said for said in play.sees("bo"))
