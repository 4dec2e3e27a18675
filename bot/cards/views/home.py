"""Each person's own page: what waits for them, their sets, their actions, their log."""

from __future__ import annotations

from bot.cards.card import Card, Closes, Divider, Facts, Part, Row, Words
from bot.cards.views import actions, log, nudges
from bot.cards.views.context import ViewContext
from bot.method.learning_set import LearningSet, turns
from bot.method.session import Session
from bot.queries.waiting import gather, running
from bot.worktime import Hours

SETS_SHOWN = 5


def at_home(context: ViewContext) -> tuple[Card, ...]:
    """One card for each part of the page; an empty part is left out."""
    assert context.viewer is not None
    cards = [_waits(context), *_sets(context), actions.my_actions(context, "", {})]
    return tuple(c for c in (*cards, log.log(context, "", {}), _settings(context)) if c is not None)


def together(cards: tuple[Card, ...]) -> Card:
    """The page as one card, for a platform where it is a message."""
    first, *others = cards
    parts: list[Part] = [*first.parts, *([Row(first.buttons)] if first.buttons else [])]
    for card in others:
        parts += [Divider(), Words(f"**{card.title}**"), *card.parts]
        parts += [Row(card.buttons)] if card.buttons else []
    return Card("home", first.title, first.summary, tuple(parts), language=first.language)


def welcome(context: ViewContext) -> Card:
    """For somebody who has never used it."""
    return context.card("home_welcome", {}, (), [context.button("help")])


def _waits(context: ViewContext) -> Card | None:
    """The same as the digest would say now, without using it up."""
    assert context.viewer is not None
    waiting = gather(context.tx, context.viewer, context.at)
    if not waiting:
        return context.card("home_free", {"name": context.viewer.name})
    return nudges.digest(context, waiting)


def _sets(context: ViewContext) -> list[Card]:
    ids = context.tx.sets.of_person(context.me) if context.me else ()
    groups = map(context.group, ids)
    mine = [g for g in groups if g is not None and not g.over and context.me in g.people]
    return [_set(context, group) for group in mine[:SETS_SHOWN]]


def _set(context: ViewContext, group: LearningSet) -> Card:
    """Where a set is, and when it is my turn."""
    parts: list[Part] = []
    now = running(context.tx, group)
    for staged in now:
        who = context.name(staged.presenter) if isinstance(staged, Session) else ""
        label = context.label("facts.now_session" if who else "facts.now_meeting", presenter=who)
        stage = context.stage_name(staged.stage.name) if staged.stage else ""
        parts.append(Facts(((label, stage or context.label("facts.gathering")),)))
        parts += context.closes(staged)
    if group.next_opens is not None and group.meeting is None and not group.paused:
        parts.append(Closes(context.label("facts.next_meeting"), group.next_opens))
    order = turns(group)
    place = order.index(context.me) + 1 if context.me in order else 0
    if place:
        parts.append(
            Facts(((context.label("facts.my_turn"), context.label("facts.nth", n=place)),))
        )
    pressed = [context.button("status", group.id)]
    if not now:
        pressed.insert(0, context.button("present", group.id, primary=True))
    return context.card("home_set", {"name": context.set_name(group.id)}, parts, pressed)


def _settings(context: ViewContext) -> Card:
    """Hours and nudges in a line."""
    me = context.viewer
    assert me is not None
    hours: Hours = me.hours
    pairs = (
        (context.label("forms.settings.zone"), hours.zone),
        (context.label("facts.hours"), f"{_clock(hours.start)}–{_clock(hours.end)}"),
        (
            context.label("forms.settings.nudges"),
            context.label(f"facts.{'yes' if me.nudges else 'no'}"),
        ),
    )
    pressed = [context.button("settings")]
    return context.card("home_settings", {}, (Facts(pairs), Divider()), pressed)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
