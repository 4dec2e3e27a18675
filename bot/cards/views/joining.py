"""Coming into a set: greeting, joining, being asked which set, who is in it."""

from __future__ import annotations

from datetime import timedelta

from bot.cards.card import Card, Closes, Facts
from bot.cards.views.coaching import presenter_name
from bot.cards.views.context import Reader, Values, ViewContext
from bot.cards.views.errors import refusal
from bot.cards.views.generic import plain, with_set_name
from bot.method.learning_set import missing, next_opening, turns
from bot.method.session import Session
from bot.queries.waiting import running


def hello(context: ViewContext, ref: str, values: Values) -> Card:
    """Bare `/als`: at most three lines and two buttons that fit the place (method.md §9)."""
    group = context.group(ref) if ref else None
    if group is None:
        buttons = [context.button("present", primary=True), context.button("help")]
        return context.card("hello", {"state": "none", "presenter": "", "stage": ""}, (), buttons)
    if context.me not in group.people:
        buttons = [context.button("join", group.id, primary=True), context.button("help")]
        return context.card(
            "hello", {"state": "outside", "presenter": "", "stage": ""}, (), buttons
        )
    now = running(context.tx, group)
    if not now:
        buttons = [
            context.button("present", group.id, primary=True),
            context.button("status", group.id),
        ]
        return context.card("hello", {"state": "free", "presenter": "", "stage": ""}, (), buttons)
    staged = now[-1]
    stage = staged.stage.name if staged.stage else ""
    slots = {
        "state": "running" if stage else "waiting",
        "presenter": presenter_name(context, staged if isinstance(staged, Session) else None),
        "stage": context.stage_name(stage) if stage else "",
    }
    first = context.button("status", group.id, primary=True)
    asks = isinstance(staged, Session) and context.me != staged.presenter
    if asks and staged.stage and staged.stage.judged:
        first = context.button("ask", staged.id, staged.entry, primary=True)
    return context.card("hello", slots, context.closes(staged), [first, context.button("help")])


def not_understood(context: ViewContext, ref: str, values: Values) -> Card:
    nearest = str(values.get("nearest", ""))
    return context.card("not_understood", {"nearest": nearest}, (), [context.button("help")])


def which_set(context: ViewContext, ref: str, values: Values) -> Card:
    """A command away from home asks which set; `ref` is what was typed."""
    buttons = []
    for id in context.tx.sets.of_person(context.me) if context.me else ():
        name = context.set_name(id)
        buttons.append(context.button("in_set", f"{id}|{ref}", label=name))
    return context.card("which_set", {}, (), buttons)


def members(context: ViewContext, ref: str, values: Values) -> Card:
    group = context.group(ref)
    assert group is not None
    context.learn_names([*group.people, *group.invited])
    if context.me not in group.people and context.me not in group.invited:
        return refusal(context, "members_only", {})
    names = ", ".join(context.known_as(m.person) for m in group.members)
    facts = [(context.label("facts.members"), names)]
    if group.invited:
        facts.append(
            (context.label("facts.invited"), ", ".join(map(context.known_as, group.invited)))
        )
    facts.append((context.label("facts.host"), context.name(group.host)))
    if group.facilitator:
        facts.append((context.label("facts.facilitator"), context.name(group.facilitator)))
    return context.card("members", {"name": context.set_name(group.id)}, (Facts(tuple(facts)),))


def turn_queued(context: ViewContext, ref: str, values: Values) -> Card:
    """It is somebody else's turn, or not yet time: the issue is kept, and when it comes up."""
    group = context.group(ref)
    assert group is not None
    place = list(turns(group)).index(context.me) + 1 if context.me in turns(group) else 1
    if missing(group):
        return context.card("queued", {"place": place, "missing": missing(group)})
    when = group.next_opens or next_opening(group, context.at)[1]
    when += timedelta(days=group.calendar.days) * (place - 1)
    part = Closes(context.label("facts.about_when"), when)
    return context.card("queued", {"place": place, "missing": 0}, (part,))


def welcome_member(context: ViewContext, ref: str, values: Values) -> Card:
    staged = context.session(ref)
    asking = bool(staged and staged.stage and staged.stage.judged)
    buttons = []
    if staged is not None and asking and context.me != staged.presenter:
        buttons.append(context.button("ask", staged.id, staged.entry, primary=True))
    slots = {
        "presenter": presenter_name(context, staged) if staged else "",
        "questions": asking,
        "missing": staged.missing if staged else 0,
    }
    return context.card("joined", slots, (), buttons)


def asks_to_join(context: ViewContext, ref: str, values: Values) -> Card:
    """Somebody who was not invited would like to join; the host may let them in."""
    buttons = [context.button("let_in", f"{values['set']}:{ref}", primary=True)]
    return context.card("asks_to_join", {"name": context.name(ref)}, (), buttons)


def set_made(context: ViewContext, ref: str, values: Values) -> Card:
    """The set is there. Where the method needs a coach, naming one comes before an issue."""
    group = context.group(ref)
    assert group is not None
    coach = group.format.coach and group.facilitator is None
    first = ["name_coach"] if coach else []
    slots = {"name": context.set_name(group.id), "coach": coach}
    return context.card(
        "set_made", slots, (), [context.button(p, ref) for p in (*first, "present")]
    )


CARDS: dict[str, Reader] = {
    "hello": hello,
    "not_understood": not_understood,
    "which_set": which_set,
    "members": members,
    "queued": turn_queued,
    "joined": welcome_member,
    "asks_to_join": asks_to_join,
    "already_in": with_set_name("already_in"),
    "set_made": set_made,
    "set_is_large": with_set_name("set_is_large"),
    "set_is_small": with_set_name("set_is_small"),
    "too_few_to_meet": with_set_name("too_few_to_meet"),
    "no_coach_yet": with_set_name("no_coach_yet"),
    "you_facilitate": with_set_name("you_facilitate", "status"),
    "sure_leave": with_set_name("sure_leave", "leave_now"),
    "left_the_set": plain("left_the_set"),
}
