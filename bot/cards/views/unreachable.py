"""Where the bot cannot write, or others can read: told to whoever can do something about it."""

from __future__ import annotations

from bot.cards.card import Card
from bot.cards.views.context import Reader, Values, ViewContext
from bot.cards.views.generic import about_session
from bot.method.terms import PersonId, SetId
from bot.queries.waiting import running


def cannot_reach_home(context: ViewContext, ref: str, values: Values) -> Card:
    """The host is told how to let the bot in, in the platform's own way if it has one."""
    assert context.viewer is not None
    group = context.group(ref)
    slots = {
        "name": context.set_name(group.id) if group else "",
        "how": context.wording.label_or(f"invite.{context.viewer.address.platform}", ""),
    }
    return context.card("cannot_reach_home", slots)


def cannot_reach_person(context: ViewContext, ref: str, values: Values) -> Card:
    """Who leads the set hears that somebody in it gets nothing in private; not what it was."""
    person, group = context.tx.people.get(PersonId(ref)), str(values["set"])
    how = context.wording.label_or(f"let_write.{person.address.platform}", "") if person else ""
    values = {"name": context.name(ref), "set_name": context.set_name(SetId(group)), "how": how}
    return context.card("cannot_reach_person", values)


def cannot_reach_you(context: ViewContext, ref: str, values: Values) -> Card:
    """The person themselves is told how, where they can see it."""
    assert context.viewer is not None
    how = context.wording.label_or(f"let_write_me.{context.viewer.address.platform}", "")
    return context.card("cannot_reach_you", {"how": how})


def readers(context: ViewContext, ref: str, values: Values) -> Card:
    """Who else can read where the set meets (method.md §8); they may pause, or let it be."""
    group = context.group(ref)
    now = [s for s in running(context.tx, group) if s.stage is not None] if group else []
    staged = now[-1] if now else None
    pressed = [context.button("pause", staged.id, staged.entry)] if staged else []
    slots = {
        "name": context.set_name(group.id) if group else "",
        "names": values["names"],
        "more": values["more"],
        "public": values["public"],
    }
    return context.card("readers", slots, (), pressed)


CARDS: dict[str, Reader] = {
    "did_it_arrive": about_session("did_it_arrive"),
    "cannot_reach_home": cannot_reach_home,
    "cannot_reach_person": cannot_reach_person,
    "cannot_reach_you": cannot_reach_you,
    "readers": readers,
}
