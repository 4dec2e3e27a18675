"""What people see: effects become cards, and forms are laid out, from the newest state.

`context` reads, names and chooses the language. `shared` holds the cards that a whole set sees;
`forms` the forms. What one person sees stands by subject: `presenter`, `contributions`, `coaching`
(about a message), `joining`, `status`, `actions`, `log`, `privacy` (what a person takes along),
`helping` (what can be done here), `closing` (the end of a meeting), `figures`, `unreachable`,
`errors`; `nudges` are the unprompted messages, `home` each person's own page. `stage_kinds` says
what each kind of stage offers. Words come from prompts/ only.
"""

from __future__ import annotations

from datetime import datetime

from bot.cards.card import Card
from bot.cards.views import (
    actions,
    closing,
    coaching,
    contributions,
    errors,
    figures,
    helping,
    joining,
    learning_sets,
    log,
    presenter,
    privacy,
    shared,
    status,
    unreachable,
)
from bot.cards.views.context import Reader, ViewContext
from bot.method import effects as fx
from bot.method.terms import Person, SetId
from bot.ports import Tx

__all__ = ["CARDS", "draw"]

CARDS: dict[str, Reader] = {
    **shared.CARDS,
    **presenter.CARDS,
    **contributions.CARDS,
    **joining.CARDS,
    **status.CARDS,
    **actions.CARDS,
    **log.CARDS,
    **unreachable.CARDS,
    **errors.CARDS,
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
        return errors.refusal(context, effect.code, effect.values)
    return CARDS[effect.card](context, effect.ref, effect.values)
