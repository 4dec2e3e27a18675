"""What the play scripts share: words that people type, and steps that take several acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.method.session import Session
from tests.play import Play

ADVICE = "You should just talk to them."
TRIED = "What have you tried so far?"
TOUCHED = "Who else is touched by this?"
MONTH = "How would you like this to look in a month?"


def founds(play: Play, method: str, *others: str, coach: str = "") -> None:
    """Ana begins a set with the others, and chooses its method."""
    play.does("ana", "/als set new").fills(people=others, name="The night shift")
    for who in others:
        play.joins(who)
    if coach:
        play.does("ana", "/als set facilitator").fills(people=[coach])
    chosen = play.does(coach or "ana", "/als set format").fills(format=method)
    assert chosen.codes == ()


def session_of(play: Play, who: str) -> Session:
    """The newest session in which this person presents."""
    own = [play._load(Session, s) for s in play.meeting.sessions]
    return [s for s in own if s.presenter == play.id_of(who)][-1]


def stage_of(play: Play, who: str) -> str:
    """The name of the stage that runs there; "" when none does."""
    stage = session_of(play, who).stage
    return stage.name if stage else ""


def says(play: Play, who: str, text: str, *, to: str) -> str:
    """Write into the thread of somebody's session."""
    title = f"{to.capitalize()} presents"
    posts = [p for p in play.platform.posts.values() if p.card and p.card.name == "session"]
    [root] = [p.id for p in posts if p.card and p.card.title == title]
    place = replace(play.place, thread=root)
    message = play.platform.person_writes(place, text, who)
    play._typed(who, message)
    return message


def acts(play: Play, who: str, what: str = "Walk with Helen and only listen") -> None:
    """The presenter commits to one action and finishes."""
    play.presses(who, "Add an action", on="[Finish]").fills(what=what)
    play.presses(who, "Finish")


def looks_back(play: Play, *people: str) -> None:
    for who in people:
        play.presses(who, "Look back").fills(self="I like to solve.")


def reports(play: Play, who: str) -> None:
    play.presses(who, "Report back").fills(learned="I was guarding myself.")


def next_meeting(play: Play) -> None:
    """To the opening of the next meeting, as the card of the last one says."""
    number, opens = play.group.number, play.group.next_opens
    assert opens is not None
    play.wind(to=f"{opens + timedelta(minutes=5):%Y-%m-%d %H:%M}")
    assert play.group.number == number + 1


def coached(play: Play) -> None:
    """A set of four with Zoe as its coach; Ana brings a problem."""
    founds(play, "two_rules", "bo", "cem", "dee", "zoe", coach="zoe")
    play.does("ana", "/als present").fills(issue="We lose every second tender")
