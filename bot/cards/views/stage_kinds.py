"""What views offer and say in each kind of stage: one row a kind, for sessions and for meetings.

A stage's kind is its form where it has one, else who may speak (`Speech`). A further kind of stage
is a row here, its lines in the templates `session`, `meeting` and `stage_opens`, and its rule in
bot/method. What is lawful is decided there: a press that does not fit is refused in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.method.meeting import Meeting
from bot.method.session import Session

# Whom a button is for; "" is everybody.
PRESENTER, OTHERS, PROCESS = "presenter", "others", "process"


@dataclass(frozen=True, slots=True)
class Offer:
    """A button of a kind of stage; of a session, drawn while `when` holds.

    `process`: only where the way on is offered, too. `any_time`: it does not expire with the
    stage.
    """

    press: str
    who: str = ""
    primary: bool = False
    process: bool = False
    any_time: bool = False
    when: Callable[[Session], bool] | None = None


@dataclass(frozen=True, slots=True)
class StageKind:
    """One row: buttons, digest lines (label names), and commands that fit.

    `digest` is what those are told who are waited for, `digest_presenter` the presenter.
    """

    offers: tuple[Offer, ...]
    digest: str
    digest_presenter: str = "digest.your_word"
    presenter_commands: tuple[str, ...] = ()
    member_commands: tuple[str, ...] = ()
    needs_issue: bool = True  # before the issue is there, the presenter is asked for it instead
    presenter_listens: bool = False  # open questions wait, and are not shown
    chooses_actions: bool = False
    statements_answer: bool = False  # a statement may answer a question
    backs_bids: bool = False
    only_owing: bool = False  # its command is for those who owe a report


NEXT = Offer("next", PROCESS)
PASS = Offer("pass", OTHERS)
_QUESTIONS = StageKind(
    (
        Offer("ask", OTHERS, primary=True),
        Offer("thinking", OTHERS),
        PASS,
        replace(NEXT, process=True),
    ),
    "digest.questions",
    presenter_commands=("answer", "park", "next", "pause"),
    member_commands=("ask", "thinking", "pass"),
)
_FORM = StageKind(
    (NEXT,),
    "digest.other",
    presenter_commands=("action", "next", "pause"),
    member_commands=("pass",),
)

SESSION: Mapping[str, StageKind] = {
    "presenter_only": StageKind(
        (NEXT,), "digest.other", presenter_commands=("present", "next", "pause")
    ),
    "open": StageKind((NEXT,), "digest.other"),
    "questions": _QUESTIONS,
    "clarify": _QUESTIONS,
    "reply_statements": replace(_QUESTIONS, statements_answer=True),
    # The presenter still tells while questions to understand are asked.
    "overlap": replace(_QUESTIONS, presenter_commands=(*_QUESTIONS.presenter_commands, "present")),
    "offers": StageKind(
        (PASS, NEXT),
        "digest.offers",
        presenter_commands=("next", "pause"),
        member_commands=("pass",),
        presenter_listens=True,
    ),
    "agree": replace(
        _FORM,
        offers=(
            Offer("state_problem", primary=True, when=lambda session: not session.revealed),
            Offer("agree_yes", primary=True, when=lambda session: session.revealed),
            Offer("agree_more", when=lambda session: session.revealed and not session.looped),
        ),
        digest="digest.agree",
        digest_presenter="digest.agree",
    ),
    "actions": replace(
        _FORM,
        offers=(
            Offer("new_action", primary=True),
            Offer("actions_done", PRESENTER),
            Offer("unasked", process=True, any_time=True, when=lambda session: session.asked > 0),
        ),
        digest_presenter="digest.your_actions",
        needs_issue=False,
        chooses_actions=True,
    ),
    "form": _FORM,
}

MEETING: Mapping[str, StageKind] = {
    "owing": StageKind(
        (Offer("report", primary=True), PASS),
        "digest.report_back",
        member_commands=("report", "pass"),
        only_owing=True,
    ),
    "bids": StageKind(
        (Offer("bid", primary=True), PASS),
        "digest.bids",
        member_commands=("pass",),
        backs_bids=True,
    ),
    "skill": StageKind(
        (Offer("skill", primary=True), PASS), "digest.skill", member_commands=("pass",)
    ),
    "close": StageKind(
        (Offer("reflect", primary=True), PASS),
        "digest.close",
        member_commands=("reflect", "pass"),
    ),
    "open": StageKind((PASS,), "digest.meeting", member_commands=("pass",)),
}

# Buttons that belong to a moment, not to a kind of stage.
_OF_MOMENTS = {
    **dict.fromkeys(("answer", "park", "decline", "landed"), PRESENTER),
    **dict.fromkeys(("present", "ideas_yes", "ideas_no"), PRESENTER),
    "resume": PROCESS,
}
WHO: Mapping[str, str] = {
    **{offer.press: offer.who for kind in SESSION.values() for offer in kind.offers},
    **_OF_MOMENTS,
}
"""Whom each button of a session's card is for."""


def kind_of(staged: Session | Meeting) -> StageKind | None:
    """The row of the stage that runs; None where none runs."""
    stage = staged.stage
    if stage is None:
        return None
    if isinstance(staged, Meeting):
        return MEETING.get("owing" if stage.awaits == "owing" else stage.form) or MEETING["open"]
    return SESSION.get(stage.form) or SESSION["overlap" if stage.overlap else stage.speech.value]
