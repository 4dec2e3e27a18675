"""Each person's own page: what waits for them, their sets, their actions, their log."""

from __future__ import annotations

from bot.cards.card import Card, Closes, Divider, Facts, Part, Row, Words
from bot.cards.views import nudges, private
from bot.cards.views.context import Look
from bot.delivery.digest import gather, running
from bot.method.learning_set import LearningSet, turns
from bot.method.session import Session
from bot.worktime import Hours

SETS_SHOWN = 5


def at_home(look: Look) -> tuple[Card, ...]:
    """One card for each part of the page; an empty part is left out."""
    assert look.viewer is not None
    found = [_waits(look), *_sets(look), private.my_actions(look, "", {})]
    return tuple(c for c in (*found, private.log(look, "", {}), _settings(look)) if c is not None)


def together(cards: tuple[Card, ...]) -> Card:
    """The page as one card, for a platform where it is a message."""
    first, *others = cards
    parts: list[Part] = [*first.parts, *([Row(first.buttons)] if first.buttons else [])]
    for card in others:
        parts += [Divider(), Words(f"**{card.title}**"), *card.parts]
        parts += [Row(card.buttons)] if card.buttons else []
    return Card("home", first.title, first.summary, tuple(parts))


def welcome(look: Look) -> Card:
    """For somebody who has never used it."""
    return look.card("home_welcome", {}, (), [look.button("help")])


def _waits(look: Look) -> Card | None:
    """The same as the digest would say now, without using it up."""
    assert look.viewer is not None
    waiting = gather(look.tx, look.viewer, look.at)
    if not waiting:
        return look.card("home_free", {"name": look.viewer.name})
    return nudges.digest(look, waiting)


def _sets(look: Look) -> list[Card]:
    ids = look.tx.sets_of(look.me) if look.me else ()
    groups = map(look.group, ids)
    mine = [g for g in groups if g is not None and not g.over and look.me in g.people]
    return [_set(look, group) for group in mine[:SETS_SHOWN]]


def _set(look: Look, group: LearningSet) -> Card:
    """Where a set is, and when it is my turn."""
    parts: list[Part] = []
    now = running(look.tx, group)
    for staged in now:
        who = look.name(staged.presenter) if isinstance(staged, Session) else ""
        label = look.label("facts.now_session" if who else "facts.now_meeting", presenter=who)
        stage = look.stage_name(staged.stage.name) if staged.stage else ""
        parts.append(Facts(((label, stage or look.label("facts.gathering")),)))
        parts += look.closes(staged)
    if group.next_opens is not None and group.meeting is None and not group.paused:
        parts.append(Closes(look.label("facts.next_meeting"), group.next_opens))
    order = turns(group)
    place = order.index(look.me) + 1 if look.me in order else 0
    if place:
        parts.append(Facts(((look.label("facts.my_turn"), look.label("facts.nth", n=place)),)))
    pressed = [look.button("status", group.id)]
    if not now:
        pressed.insert(0, look.button("present", group.id, primary=True))
    return look.card("home_set", {"name": look.set_name(group.id)}, parts, pressed)


def _settings(look: Look) -> Card:
    """Hours and nudges in a line."""
    me = look.viewer
    assert me is not None
    hours: Hours = me.hours
    pairs = (
        (look.label("forms.settings.zone"), hours.zone),
        (look.label("facts.hours"), f"{_clock(hours.start)}–{_clock(hours.end)}"),
        (look.label("forms.settings.nudges"), look.label(f"facts.{'yes' if me.nudges else 'no'}")),
    )
    pressed = [look.button("settings")]
    return look.card("home_settings", {}, (Facts(pairs), Divider()), pressed)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
