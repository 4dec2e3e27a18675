"""What is a person's own, as they take it along; and what erasing it means (method.md §8).

Rule: of others nothing goes along but the questions they put to the presenter, without names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.cards.card import Button, Card, File
from bot.cards.table_writers import Column, Rows, write
from bot.cards.views.context import Reader, Values, ViewContext
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


def export(context: ViewContext, ref: str, values: Values) -> Card:
    """A private card with the file; `ref` is one session, or "" for all of the person's own."""
    kind, written = str(values["kind"]), str(values["written"])
    cells = tuple(GATHER[kind](context, ref))
    title = context.label(f"exports.{kind}")
    columns = tuple(Column(c, context.label(f"export_columns.{c}")) for c in COLUMNS[kind])
    rows = Rows(title, columns, cells, tuple(_labelled(context, row) for row in cells))
    parts = (File(f"als-{kind}.{written}", write(rows, written)),) if cells else ()
    return context.card("export", {"count": len(cells), "kind": kind, "title": title}, parts)


def _labelled(context: ViewContext, row: Cells) -> Cells:
    """Codes in words."""
    return {
        name: context.wording.label_or(f"{CODED[name]}.{cell}", cell) if name in CODED else cell
        for name, cell in row.items()
    }


def actions(context: ViewContext, ref: str) -> Iterator[Cells]:
    """The person's actions, the oldest first; those whose words are gone are left out."""
    assert context.me is not None
    for action in context.tx.actions.of_owner(context.me, unsettled=False):
        parts = context.parts("action", action.id)
        if parts.get("what"):
            yield {
                "set": context.set_name(action.set),
                "made": action.made.isoformat(),
                "due": action.due.isoformat(),
                **{name: parts.get(name, "") for name in ("what", *DETAILS)},
                "confidence": "" if action.confidence is None else str(action.confidence),
                "outcome": action.outcome.value if action.outcome else "",
                **_action_row(context, action),
            }


def _action_row(context: ViewContext, action: Action) -> Cells:
    noted = context.parts("check_in", action.id)
    return {name: noted.get(name, "") for name in ("happened", "learned")}


def log(context: ViewContext, ref: str) -> Iterator[Cells]:
    """The learning log, the oldest first."""
    assert context.viewer is not None
    for entry in reversed(context.tx.texts.by_author(context.viewer.id, "log", MOST)):
        yield {
            "date": local_date(entry.at, context.viewer.hours).isoformat(),
            "prompt": entry.parts.get("prompt", ""),
            "text": entry.parts.get("text", ""),
        }


def sessions(context: ViewContext, ref: str) -> Iterator[Cells]:
    """The person's own sessions, the oldest first: issue, questions with answers, actions."""
    assert context.viewer is not None
    number = 0
    for issue in reversed(context.tx.texts.by_author(context.viewer.id, "issue", MOST)):
        session = context.session(issue.about)
        if session is None or session.presenter != context.me or ref not in ("", session.id):
            continue
        number += 1
        about = {
            "session": str(number),
            "set": context.set_name(session.set),
            "date": local_date(issue.at, context.viewer.hours).isoformat(),
        }
        for part, text in _contribution_lines(context, session):
            if text:
                yield {**about, "part": part, "text": text}


def _contribution_lines(context: ViewContext, session: Session) -> Iterator[tuple[str, str]]:
    issue = context.parts("issue", session.id)
    yield "issue", issue.get("issue", "")
    yield "detail", issue.get("detail", "")
    if issue.get("support"):
        yield "support", context.label(f"support.{issue['support']}")
    thought = context.parts("intake", session.id)
    yield "influence", thought.get("influence", "")
    yield "matters", thought.get("matters", "")
    contributions = context.tx.contributions.in_session(session.id, limit=MOST)
    mine = [c for c in contributions if c.by == session.presenter]
    answers_shown: set[str] = set()
    for question in contributions:
        if question.kind != "question" or question.state not in ASKED:
            continue
        yield "question", _text(context, question)
        for answer in mine:
            if question.id in answer.answers and answer.id not in answers_shown:
                answers_shown.add(answer.id)
                yield "answer", _text(context, answer)
    for rest in mine:
        if rest.id not in answers_shown:
            yield "said", _text(context, rest)
    for action in context.tx.actions.in_session(session.id):
        if action.owner == context.me:
            yield "action", context.parts("action", action.id).get("what", "")
    yield "no_action", context.parts("no_action", session.id).get("reason", "")


def _text(context: ViewContext, contribution: Contribution) -> str:
    return context.parts("said", contribution.id).get("text", "")


GATHER = {"actions": actions, "log": log, "session": sessions}


# Erasing


def forget_what(context: ViewContext, ref: str, values: Values) -> Card:
    """Where: one of the person's sets, or everywhere with the learning log."""
    assert context.me is not None
    buttons = [
        context.button("forget", id, label=context.set_name(id))
        for id in context.tx.sets.of_person(context.me)
    ]
    buttons.append(context.button("forget", ALL, label=context.label("buttons.forget_all")))
    return context.card("forget_what", {}, (), buttons)


def confirm_forget(context: ViewContext, ref: str, values: Values) -> Card:
    assert context.me is not None
    written = context.tx.texts.count_by_author(context.me)
    group = context.group(ref) if ref != ALL else None
    slots = {
        "name": context.set_name(group.id) if group else "",
        "everywhere": ref == ALL,
        "count": sum(n for id, n in written.items() if ref in (ALL, id)),
    }
    buttons: list[Button] = [context.button("forget_now", ref)] if slots["count"] else []
    return context.card("sure_forget", slots, (), buttons)


def forgotten(context: ViewContext, ref: str, values: Values) -> Card:
    return context.card("forgotten", {"count": values["count"]})


CARDS: dict[str, Reader] = {
    "export": export,
    "forget_what": forget_what,
    "sure_forget": confirm_forget,
    "forgotten": forgotten,
}
