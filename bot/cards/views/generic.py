"""Readers for cards that need little: a name, a set's name, or a session's presenter."""

from __future__ import annotations

from bot.cards.card import Card
from bot.cards.views.coaching import presenter_name
from bot.cards.views.context import Reader, Values, ViewContext
from bot.method.session import Session


def plain(name: str, *presses: str) -> Reader:
    return lambda context, ref, values: context.card(
        name, values, (), [context.button(p, ref) for p in presses]
    )


def with_set_name(name: str, *presses: str) -> Reader:
    """A card that only needs to know which set it speaks of."""

    def read(context: ViewContext, ref: str, values: Values) -> Card:
        group = context.group(ref)
        slots = {
            "name": context.set_name(group.id) if group else "",
            "members": len(group.peers) if group else 0,
            "least": group.format.size.least if group else 0,
            "good": group.format.size.good[0] if group else 0,
        }
        return context.card(name, slots, (), [context.button(p, ref) for p in presses])

    return read


def about_session(name: str, *presses: str) -> Reader:
    def read(context: ViewContext, ref: str, values: Values) -> Card:
        staged = context.staged(ref)
        session = staged if isinstance(staged, Session) else None
        contribution = context.contribution(ref) if staged is None else None
        if contribution is not None:
            session = context.session(contribution.session)
        entry = staged.entry if staged else None
        slots = {"presenter": presenter_name(context, session), **values}
        return context.card(name, slots, (), [context.button(p, ref, entry) for p in presses])

    return read
