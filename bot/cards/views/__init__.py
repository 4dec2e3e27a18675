"""What people see: effects become cards, and forms are laid out, from the newest state.

`look` reads and names, `shared` are the cards of a set, `private` those of one person,
`coaching` what is said about a message, `own` what a person takes along,
`helping` what can be done here, `closing` the end of a meeting, `figures` how a set is doing,
`nudges` the unprompted ones,
`forms` the forms. Words come from prompts/ only.
"""

from __future__ import annotations

from datetime import datetime

from bot.cards.card import Card
from bot.cards.views import (
    closing,
    coaching,
    figures,
    helping,
    learning_sets,
    privacy,
    private,
    shared,
)
from bot.cards.views.context import Reader, ViewContext
from bot.method import effects as fx
from bot.method.terms import Person, SetId
from bot.ports import Tx

__all__ = ["CARDS", "draw"]

CARDS: dict[str, Reader] = {
    **shared.CARDS,
    **private.CARDS,
    **coaching.CARDS,
    **learning_sets.CARDS,
    **privacy.CARDS,
    **helping.CARDS,
    **closing.CARDS,
    **figures.CARDS,
}
"""Every card that an effect or a reply may name, and who lays it out."""


def draw(
    tx: Tx,
    effect: fx.Show | fx.Whisper | fx.Refuse,
    viewer: Person | None,
    at: datetime,
    set: SetId | None = None,
) -> Card:
    """The card of an effect as it is now.

    In the viewer's language; in the language of `set` where there is no viewer, because the
    whole set sees it. Raises KeyError for an effect that names no card: a bug.
    """
    context = ViewContext(tx, viewer, at, set)
    if isinstance(effect, fx.Refuse):
        return private.refusal(context, effect.code, effect.values)
    return CARDS[effect.card](context, effect.ref, effect.values)
