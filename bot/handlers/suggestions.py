"""Something for whoever is stuck: questions of the bank, offered beside a form, never filled in.

What was shown is noted with the session or meeting (a row of kind "shown": ids, nobody's words,
nobody's name), so that nothing is offered there twice.
"""

from __future__ import annotations

from bot.handlers.request_context import RequestContext
from bot.method.meeting import Meeting
from bot.method.question_bank import Bank, Item, bank, moment, pick
from bot.method.session import Session
from bot.method.terms import PersonId
from bot.ports import UserText
from bot.queries.question_bank import items_shown

AT_ONCE = 2  # questions beside the form for asking
IN_THE_FORM = {"intake_influence", "intake_known", "intake_now", "intake_support"}
NOBODY = PersonId("")  # who leaves the set takes nothing of this along


def to_ask(context: RequestContext, session: Session) -> dict[str, str]:
    """Up to two questions to the presenter, of two kinds, for the stage that runs."""
    if session.stage is None:
        return {}
    known = items_shown(context.tx, session.meeting) | items_shown(context.tx, session.id)
    found: list[Item] = []
    rest: Bank = bank(context.me.language)
    for _ in range(AT_ONCE):
        item = pick(
            rest,
            stage=moment(session.stage),
            audience="presenter",
            format=session.format.name,
            used=known,
            seed=f"{session.id}/{len(known)}",
        )
        if item is not None:
            found.append(item)
            rest = tuple(i for i in rest if i.category != item.category)
    return record_shown(context, session, found)


def to_think(context: RequestContext, session: Session) -> dict[str, str]:
    """One question for thinking an issue through, beside those that its form asks anyway."""
    known = items_shown(context.tx, session.meeting) | items_shown(context.tx, session.id)
    item = pick(
        bank(context.me.language),
        stage="intake",
        audience="presenter",
        format=session.format.name,
        used=known | IN_THE_FORM,
        seed=f"{session.id}/{len(known)}",
    )
    return record_shown(context, session, [item] if item else [])


def to_look_back(context: RequestContext, meeting: Meeting) -> dict[str, str]:
    """One more prompt for the end of a meeting."""
    return _one(context, meeting, "reflection")


def to_report(context: RequestContext, meeting: Meeting) -> dict[str, str]:
    """One prompt for reporting back."""
    return _one(context, meeting, "report_back")


def _one(context: RequestContext, meeting: Meeting, stage: str) -> dict[str, str]:
    known = items_shown(context.tx, meeting.id).union(
        *(items_shown(context.tx, s) for s in meeting.sessions)
    )
    item = pick(
        bank(context.me.language),
        stage=stage,
        audience="self",
        format=meeting.format.name,
        used=known,
        seed=f"{meeting.id}/{len(known)}",
    )
    return record_shown(context, meeting, [item] if item else [])


def record_shown(
    context: RequestContext, staged: Session | Meeting, found: list[Item]
) -> dict[str, str]:
    """Never again here; the values for the form that shows them."""
    if not found:
        return {}
    parts = dict.fromkeys([*sorted(items_shown(context.tx, staged.id)), *(i.id for i in found)], "")
    context.tx.texts.put(UserText("shown", staged.id, staged.set, NOBODY, parts, context.at))
    return {"stuck": " ".join(item.id for item in found)}
