"""What a set sees about itself: counts of whole meetings, nobody by name (method.md §7)."""

from __future__ import annotations

from bot.cards.card import Card, Facts
from bot.cards.views.context import Look, Reader, Values
from bot.insights import held_by, reported_back

SHOWN = 6  # meetings for which the share of open questions is shown side by side


def figures(look: Look, ref: str, values: Values) -> Card:
    """A private card for a member who asks how the set is doing."""
    group = look.group(ref)
    assert group is not None
    held = held_by(look.tx, group)
    said = {"name": look.set_name(group.id), "held": len(held), "counted": group.counted}
    if not held:
        return look.card("figures", said)
    last = held[-1]
    pairs = [
        (look.label("figures.held"), str(len(held))),
        (look.label("figures.turns"), str(sum(h.turns for h in held))),
    ]
    if last.balance is not None:
        pairs.append((look.label("figures.balance"), f"{last.balance:.1f}"))
    shares = [
        look.label("figures.share_of", number=h.number, percent=round(100 * h.open_share))
        for h in held[-SHOWN:]
        if h.open_share is not None
    ]
    if shares:
        pairs.append((look.label("figures.open_share"), " · ".join(shares)))
    pairs.append((look.label("figures.unanswered"), str(last.unanswered)))
    part, whole = reported_back(held)
    if whole:
        told = look.label("figures.part_of", part=part, whole=whole)
        pairs.append((look.label("figures.reported"), told))
    return look.card("figures", said, (Facts(tuple(pairs)),))


CARDS: dict[str, Reader] = {"figures": figures}
