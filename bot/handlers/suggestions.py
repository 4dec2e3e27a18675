"""Something for whoever is stuck: questions of the bank, offered beside a form, never filled in.

What was shown is noted with the session or meeting (a row of kind "shown": ids, nobody's words,
nobody's name), so that nothing is offered there twice.
"""

from __future__ import annotations

from bot.handlers.request_context import Desk
from bot.method.meeting import Meeting
from bot.method.question_bank import Bank, Item, bank, moment, pick
from bot.method.session import Session
from bot.method.terms import PersonId
from bot.ports import Tx, Words

AT_ONCE = 2  # questions beside the form for asking
IN_THE_FORM = {"intake_influence", "intake_known", "intake_now", "intake_support"}
NOBODY = PersonId("")  # who leaves the set takes nothing of this along


def to_ask(desk: Desk, session: Session) -> dict[str, str]:
    """Up to two questions to the presenter, of two kinds, for the stage that runs."""
    if session.stage is None:
        return {}
    known = shown(desk.tx, session.meeting) | shown(desk.tx, session.id)
    found: list[Item] = []
    rest: Bank = bank(desk.me.language)
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
    return note(desk, session, found)


def to_think(desk: Desk, session: Session) -> dict[str, str]:
    """One question for thinking an issue through, beside those that its form asks anyway."""
    known = shown(desk.tx, session.meeting) | shown(desk.tx, session.id)
    item = pick(
        bank(desk.me.language),
        stage="intake",
        audience="presenter",
        format=session.format.name,
        used=known | IN_THE_FORM,
        seed=f"{session.id}/{len(known)}",
    )
    return note(desk, session, [item] if item else [])


def to_look_back(desk: Desk, meeting: Meeting) -> dict[str, str]:
    """One more prompt for the end of a meeting."""
    return _one(desk, meeting, "reflection")


def to_report(desk: Desk, meeting: Meeting) -> dict[str, str]:
    """One prompt for reporting back."""
    return _one(desk, meeting, "report_back")


def _one(desk: Desk, meeting: Meeting, stage: str) -> dict[str, str]:
    known = shown(desk.tx, meeting.id).union(*(shown(desk.tx, s) for s in meeting.sessions))
    item = pick(
        bank(desk.me.language),
        stage=stage,
        audience="self",
        format=meeting.format.name,
        used=known,
        seed=f"{meeting.id}/{len(known)}",
    )
    return note(desk, meeting, [item] if item else [])


def shown(tx: Tx, about: str) -> set[str]:
    """What of the bank has been shown in this session or meeting."""
    words = tx.words("shown", about)
    return set(words.parts) if words else set()


def note(desk: Desk, staged: Session | Meeting, found: list[Item]) -> dict[str, str]:
    """Never again here; the values for the form that shows them."""
    if not found:
        return {}
    parts = dict.fromkeys([*sorted(shown(desk.tx, staged.id)), *(i.id for i in found)], "")
    desk.tx.put_words(Words("shown", staged.id, staged.set, NOBODY, parts, desk.at))
    return {"stuck": " ".join(item.id for item in found)}
