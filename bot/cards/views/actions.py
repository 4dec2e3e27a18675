"""A person's own actions: all of them, one that was kept, and how it went."""

from __future__ import annotations

from bot.cards.card import Card, Part, Said
from bot.cards.views.context import Reader, Values, ViewContext
from bot.cards.views.stage_kinds import kind_of
from bot.method.actions import Action


def my_actions(context: ViewContext, ref: str, values: Values) -> Card:
    """Everything the person has undertaken, with what can be slots about each."""
    assert context.viewer is not None
    waiting = context.tx.actions.of_owner(context.viewer.id)
    parts: list[Part] = []
    for number, action in enumerate(waiting, 1):
        parts += action_parts(context, action, number=number)
    return context.card("my_actions", {"count": len(waiting)}, parts)


def action_parts(context: ViewContext, action: Action, *, number: int = 0) -> list[Part]:
    """An action in its owner's words, its date, and the four outcomes as buttons."""
    what = context.parts("action", action.id).get("what", "") or context.label("facts.erased")
    label = context.label("facts.by_when", day=context.day(action.due))
    if number:
        label = f"{number} · {label}"
    return [
        Said(what, label=label),
        context.row(
            context.button("done", action.id),
            context.button("partly", action.id),
            context.button("not_yet", action.id),
            context.button("changed", action.id),
            context.button("snooze", action.id),
        ),
    ]


def action_kept(context: ViewContext, ref: str, values: Values) -> Card:
    action = context.tx.machines.load(Action, ref)
    what = context.parts("action", ref).get("what", "")
    day = context.day(action.due) if action else ""
    parts: list[Part] = [Said(what)] if what else []
    session = context.session(action.session) if action else None
    kind = kind_of(session) if session else None
    choosing = kind is not None and kind.chooses_actions
    buttons = [context.button("more_action", ref)]
    if choosing and session is not None:
        buttons += [
            context.button("new_action", session.id, session.entry),
            context.button("actions_done", session.id, session.entry, primary=True),
        ]
    return context.card("action_kept", {"day": day, "choosing": choosing}, parts, buttons)


def about_action(name: str, *presses: str) -> Reader:
    """A short answer about one action."""

    def read(context: ViewContext, ref: str, values: Values) -> Card:
        action = context.tx.machines.load(Action, ref)
        waiting = [c.day for c in action.check_ins if c.state == "planned"] if action else []
        slots = {
            "outcome": str(values.get("outcome", "")),
            "day": context.day(min(waiting)) if waiting else "",
        }
        return context.card(name, slots, (), [context.button(p, ref) for p in presses])

    return read


CARDS: dict[str, Reader] = {
    "my_actions": my_actions,
    "action_kept": action_kept,
    "raise_confidence": about_action("raise_confidence", "more_action"),
    "checked_in": about_action("checked_in"),
    "snoozed": about_action("snoozed"),
}
