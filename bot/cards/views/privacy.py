"""What is a person's own, as they take it along; and what erasing it means (method.md §8).

Rule: of others nothing goes along but the questions they put to the presenter, without names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.cards.card import Button, Card, File
from bot.cards.table_writers import Column, Rows, write
from bot.cards.views.context import Look, Reader, Values
from bot.method.actions import Action
from bot.method.session import Session
from bot.method.terms import Contribution, QuestionState
from bot.worktime import local_date

MOST = 10_000  # entries of one person, contributions of one session
ALL = "all"
DETAILS = ("first_step", "when_where", "sign", "obstacle", "helper")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "actions": (
        "set",
        "made",
        "due",
        "what",
        *DETAILS,
        "confidence",
        "outcome",
        "happened",
        "learned",
    ),
    "log": ("date", "prompt", "text"),
    "session": ("session", "set", "date", "part", "text"),
}
CODED = {
    "outcome": "outcomes",
    "prompt": "log_prompts",
    "part": "export_parts",
}
ASKED = frozenset(
    {
        QuestionState.open,
        QuestionState.answered,
        QuestionState.parked,
        QuestionState.declined,
        QuestionState.landed,
    }
)
Cells = dict[str, str]


def export(look: Look, ref: str, values: Values) -> Card:
    """A private card with the file; `ref` is one session, or "" for all of the person's own."""
    kind, written = str(values["kind"]), str(values["written"])
    cells = tuple(GATHER[kind](look, ref))
    title = look.label(f"exports.{kind}")
    columns = tuple(Column(c, look.label(f"export_columns.{c}")) for c in COLUMNS[kind])
    rows = Rows(title, columns, cells, tuple(_shown(look, row) for row in cells))
    parts = (File(f"als-{kind}.{written}", write(rows, written)),) if cells else ()
    return look.card("export", {"count": len(cells), "kind": kind, "title": title}, parts)


def _shown(look: Look, row: Cells) -> Cells:
    """Codes in words."""
    return {
        name: look.wording.label_or(f"{CODED[name]}.{cell}", cell) if name in CODED else cell
        for name, cell in row.items()
    }


def actions(look: Look, ref: str) -> Iterator[Cells]:
    """The person's actions, the oldest first; those whose words are gone are left out."""
    assert look.me is not None
    for action in look.tx.actions_of(look.me, unsettled=False):
        parts = look.parts("action", action.id)
        if parts.get("what"):
            yield {
                "set": look.set_name(action.set),
                "made": action.made.isoformat(),
                "due": action.due.isoformat(),
                **{name: parts.get(name, "") for name in ("what", *DETAILS)},
                "confidence": "" if action.confidence is None else str(action.confidence),
                "outcome": action.outcome.value if action.outcome else "",
                **_noted(look, action),
            }


def _noted(look: Look, action: Action) -> Cells:
    noted = look.parts("check_in", action.id)
    return {name: noted.get(name, "") for name in ("happened", "learned")}


def log(look: Look, ref: str) -> Iterator[Cells]:
    """The learning log, the oldest first."""
    assert look.viewer is not None
    for entry in reversed(look.tx.words_by(look.viewer.id, "log", MOST)):
        yield {
            "date": local_date(entry.at, look.viewer.hours).isoformat(),
            "prompt": entry.parts.get("prompt", ""),
            "text": entry.parts.get("text", ""),
        }


def sessions(look: Look, ref: str) -> Iterator[Cells]:
    """The person's own sessions, the oldest first: issue, questions with answers, actions."""
    assert look.viewer is not None
    number = 0
    for issue in reversed(look.tx.words_by(look.viewer.id, "issue", MOST)):
        session = look.session(issue.about)
        if session is None or session.presenter != look.me or ref not in ("", session.id):
            continue
        number += 1
        about = {
            "session": str(number),
            "set": look.set_name(session.set),
            "date": local_date(issue.at, look.viewer.hours).isoformat(),
        }
        for part, text in _told(look, session):
            if text:
                yield {**about, "part": part, "text": text}


def _told(look: Look, session: Session) -> Iterator[tuple[str, str]]:
    issue = look.parts("issue", session.id)
    yield "issue", issue.get("issue", "")
    yield "detail", issue.get("detail", "")
    if issue.get("support"):
        yield "support", look.label(f"support.{issue['support']}")
    thought = look.parts("intake", session.id)
    yield "influence", thought.get("influence", "")
    yield "matters", thought.get("matters", "")
    said = look.tx.contributions(session.id, limit=MOST)
    mine = [c for c in said if c.by == session.presenter]
    told: set[str] = set()
    for question in said:
        if question.kind != "question" or question.state not in ASKED:
            continue
        yield "question", _text(look, question)
        for answer in mine:
            if question.id in answer.answers and answer.id not in told:
                told.add(answer.id)
                yield "answer", _text(look, answer)
    for rest in mine:
        if rest.id not in told:
            yield "said", _text(look, rest)
    for action in look.tx.actions_in(session.id):
        if action.owner == look.me:
            yield "action", look.parts("action", action.id).get("what", "")
    yield "no_action", look.parts("no_action", session.id).get("reason", "")


def _text(look: Look, said: Contribution) -> str:
    return look.parts("said", said.id).get("text", "")


GATHER = {"actions": actions, "log": log, "session": sessions}


# Erasing


def forget_what(look: Look, ref: str, values: Values) -> Card:
    """Where: one of the person's sets, or everywhere with the learning log."""
    assert look.me is not None
    buttons = [
        look.button("forget", id, label=look.set_name(id)) for id in look.tx.sets_of(look.me)
    ]
    buttons.append(look.button("forget", ALL, label=look.label("buttons.forget_all")))
    return look.card("forget_what", {}, (), buttons)


def sure_forget(look: Look, ref: str, values: Values) -> Card:
    assert look.me is not None
    written = look.tx.written_by(look.me)
    group = look.group(ref) if ref != ALL else None
    said = {
        "name": look.set_name(group.id) if group else "",
        "everywhere": ref == ALL,
        "count": sum(n for id, n in written.items() if ref in (ALL, id)),
    }
    buttons: list[Button] = [look.button("forget_now", ref)] if said["count"] else []
    return look.card("sure_forget", said, (), buttons)


def forgotten(look: Look, ref: str, values: Values) -> Card:
    return look.card("forgotten", {"count": values["count"]})


CARDS: dict[str, Reader] = {
    "export": export,
    "forget_what": forget_what,
    "sure_forget": sure_forget,
    "forgotten": forgotten,
}
