"""Where a set stands, with what its facilitator and its presenter are offered there."""

from __future__ import annotations

from bot.cards.card import Button, Card, Closes, Facts, Part, Words
from bot.cards.views.coaching import presenter_name
from bot.cards.views.context import Reader, Values, ViewContext
from bot.method.learning_set import turns
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.queries.question_bank import suggested_check
from bot.queries.waiting import running


def status(context: ViewContext, ref: str, values: Values) -> Card:
    """Where the set stands, whose turn is next, when it meets again."""
    group = context.group(ref)
    assert group is not None
    now = running(context.tx, group)
    parts: list[Part] = []
    for staged in now:
        stage = context.stage_name(staged.stage.name) if staged.stage else ""
        who = presenter_name(context, staged) if isinstance(staged, Session) else ""
        label = context.label("facts.now_session" if who else "facts.now_meeting", presenter=who)
        waiting = context.label("facts.waiting_for", count=getattr(staged, "missing", 0))
        parts.append(Facts(((label, stage or waiting),)))
        parts += context.closes(staged)
        parts += _for_facilitator(context, staged)
        parts += _check_in(context, staged)
        parts += _to_think(context, staged)
    open_ended = group.paused and group.resumes is None
    if group.next_opens is not None and group.meeting is None and not open_ended:
        parts.append(Closes(context.label("facts.next_meeting"), group.next_opens))
    upcoming = turns(group)
    if upcoming:
        parts.append(Facts(((context.label("facts.next_turn"), context.name(upcoming[0])),)))
    slots = {
        "name": context.set_name(group.id),
        "members": len(group.members),
        "invited": len(group.invited),
        "running": bool(now),
        "number": group.number,
    }
    buttons: list[Button] = []
    if context.me in group.people and not now:
        buttons.append(context.button("present", group.id, primary=True))
    if context.me in group.people:
        buttons.append(context.button("elements", group.id))
    for staged in now:
        if context.me is not None and context.me == staged.steers and staged.stage is not None:
            press = "resume" if staged.paused else "pause"
            buttons.append(context.button(press, staged.id, staged.entry))
            if not staged.paused and not staged.extended:
                buttons.append(context.button("extend", staged.id, staged.entry))
            break
    if context.me in group.people and group.number:
        buttons.append(context.button("figures", group.id))
    return context.card("status", slots, parts, buttons)


def _for_facilitator(context: ViewContext, staged: Session | Meeting) -> list[Part]:
    """In the running stage, who has not been heard; of nudges only how often people insisted.

    The host has the process powers without this (method.md §3, Roles).
    """
    if context.me is None or context.me != staged.facilitator or staged.stage is None:
        return []
    facts = []
    quiet = staged.waiting_for(context.at)
    if quiet:
        facts.append((context.label("facts.not_spoken"), ", ".join(map(context.name, quiet))))
    if isinstance(staged, Session) and staged.insisted:
        facts.append((context.label("facts.insisted"), str(staged.insisted)))
    return [Facts(tuple(facts))] if facts else []


def _to_think(context: ViewContext, staged: Session | Meeting) -> list[Part]:
    """For the presenter whose issue was kept for this turn, and who has not been offered it yet."""
    if not isinstance(staged, Session) or not staged.presented or context.me != staged.presenter:
        return []
    thought = context.parts("intake", staged.id)
    return [] if thought else [context.row(context.button("think_through", staged.id))]


def _check_in(context: ViewContext, staged: Session | Meeting) -> list[Part]:
    """Whoever facilitates may put a question on the process to the set; they press, or not."""
    if not isinstance(staged, Session) or staged.stage is None or context.me != staged.facilitator:
        return []
    item = suggested_check(context.tx, staged, context.language)
    if item is None:
        return []
    ask = context.button("post_check_in", f"{staged.id}:{item.id}", staged.entry)
    return [Words(context.label("facts.you_could_ask", question=item.text)), context.row(ask)]


CARDS: dict[str, Reader] = {
    "status": status,
}
