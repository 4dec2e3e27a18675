"""What a set sees about itself: counts of whole meetings, nobody by name (method.md §7)."""

from __future__ import annotations

from bot.cards.card import Card, Facts
from bot.cards.views.context import Reader, Values, ViewContext
from bot.method.insights import reported_back_share
from bot.queries.insights import meetings_held

SHOWN = 6  # meetings for which the share of open questions is shown side by side


def figures(context: ViewContext, ref: str, values: Values) -> Card:
    """A private card for a member who asks how the set is doing."""
    group = context.group(ref)
    assert group is not None
    held = meetings_held(context.tx, group)
    slots = {"name": context.set_name(group.id), "held": len(held), "counted": group.counted}
    if not held:
        return context.card("figures", slots)
    last = held[-1]
    pairs = [
        (context.label("figures.held"), str(len(held))),
        (context.label("figures.turns"), str(sum(h.turns for h in held))),
    ]
    if last.balance is not None:
        pairs.append((context.label("figures.balance"), f"{last.balance:.1f}"))
    shares = [
        context.label("figures.share_of", number=h.number, percent=round(100 * h.open_share))
        for h in held[-SHOWN:]
        if h.open_share is not None
    ]
    if shares:
        pairs.append((context.label("figures.open_share"), " · ".join(shares)))
    pairs.append((context.label("figures.unanswered"), str(last.unanswered)))
    part, whole = reported_back_share(held)
    if whole:
        share = context.label("figures.part_of", part=part, whole=whole)
        pairs.append((context.label("figures.reported"), share))
    return context.card("figures", slots, (Facts(tuple(pairs)),))


CARDS: dict[str, Reader] = {"figures": figures}
