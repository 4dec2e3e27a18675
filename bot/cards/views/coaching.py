"""What is said in private about a message of one's own (method.md §4, The nudge)."""

from __future__ import annotations

from bot.cards.card import Card, Closes, Part
from bot.cards.views.context import Reader, Values, ViewContext
from bot.cards.views.stage_kinds import kind_of
from bot.judge import judge_of
from bot.method.session import Session
from bot.method.terms import Contribution


def nudge(context: ViewContext, ref: str, values: Values) -> Card:
    """In full the first time, one line the second; it offers choices and sends nothing itself."""
    contribution = context.contribution(ref)
    session = context.session(contribution.session) if contribution else None
    entry = session.entry if session else None
    ours = contribution.ours if contribution else False
    slots = {
        "presenter": context.name(session.presenter if session else None),
        "reason": str(values["reason"]),
        "tone": _tone(context, session, str(values["reason"])),
        "brief": values.get("rung") == "brief",
        "ours": ours,
        "suggestion": bool(suggestion(context, contribution)),
    }
    buttons = [
        context.button("show_wording", ref, entry, primary=True),
        context.button("its_question", ref, entry),
        context.button("keep_later", ref),
        context.button("take_back" if ours else "leave_it", ref),
    ]
    return context.card("nudge", slots, quote_of(context, contribution), buttons)


def _tone(context: ViewContext, session: Session | None, reason: str) -> str:
    """Where statements may answer, an unprompted one is told so (method.md §2, S4)."""
    kind = kind_of(session) if session else None
    if kind is not None and kind.statements_answer and reason in ("statement", "story"):
        return context.label("facts.unprompted")
    return context.label(f"tones.{reason}", presenter=presenter_name(context, session))


def tip(context: ViewContext, ref: str, values: Values) -> Card:
    contribution = context.contribution(ref)
    session = context.session(contribution.session) if contribution else None
    slots = {
        "tone": context.label(
            f"tones.{values['reason']}", presenter=presenter_name(context, session)
        )
    }
    entry = session.entry if session else None
    buttons = [context.button("show_wording", ref, entry), context.button("tips_off")]
    return context.card("tip", slots, quote_of(context, contribution), buttons)


def held_back(context: ViewContext, ref: str, values: Values) -> Card:
    """Strict sets: the question came back to its author before anyone saw it."""
    contribution = context.contribution(ref)
    session = context.session(contribution.session) if contribution else None
    slots = {
        "tone": context.label(
            f"tones.{values['reason']}", presenter=presenter_name(context, session)
        )
    }
    entry = session.entry if session else None
    sealing = session is not None and session.sealing
    buttons = [context.button("show_wording", ref, entry, primary=True)]
    if session is not None and not session.strict:
        buttons.append(context.button("its_question", ref, entry))
    elif not sealing:
        buttons.append(context.button("post_anyway", ref, entry))
    buttons.append(context.button("keep_later", ref))
    return context.card(
        "held", {**slots, "sealing": sealing}, quote_of(context, contribution), buttons
    )


def sealed_question(context: ViewContext, ref: str, values: Values) -> Card:
    """Handed in for the first wave: nobody else reads it before all are shown together."""
    contribution = context.contribution(ref)
    session = context.session(contribution.session) if contribution else None
    entry = session.entry if session else None
    parts = list(quote_of(context, contribution))
    pressed = []
    if session is not None and session.reveals is not None:
        parts.append(Closes(context.label("facts.reveals"), session.reveals))
        change = context.label("buttons.change")
        pressed.append(context.button("show_wording", ref, entry, label=change))
        pressed.append(context.button("take_back", ref))
    return context.card("sealed", {}, parts, pressed)


def hand_it_in(context: ViewContext, ref: str, values: Values) -> Card:
    """A question was typed while first questions are handed in unseen: it can be read already."""
    contribution = context.contribution(ref)
    session = context.session(contribution.session) if contribution else None
    pressed = [context.button("ask", session.id, session.entry)] if session else []
    return context.card("hand_it_in", {}, quote_of(context, contribution), pressed)


def waiting_for_approval(context: ViewContext, ref: str, values: Values) -> Card:
    contribution = context.contribution(ref)
    session = context.session(contribution.session) if contribution else None
    buttons = [context.button("let_through", ref, session.entry if session else None, primary=True)]
    slots = {"name": context.name(contribution.by if contribution else None)}
    return context.card("held_for_you", slots, quote_of(context, contribution), buttons)


def not_let_through(context: ViewContext, ref: str, values: Values) -> Card:
    """Strict sets: the round closed before the facilitator let this through."""
    contribution = context.contribution(ref)
    return context.card(
        "not_let_through", {}, quote_of(context, contribution), [context.button("keep_later", ref)]
    )


def too_early(context: ViewContext, ref: str, values: Values) -> Card:
    contribution = context.contribution(ref)
    session = context.session(contribution.session) if contribution else None
    later = session.plan[session.at + 1 :] if session is not None else ()
    slots = {
        "presenter": presenter_name(context, session),
        "questions": any(stage is not None and stage.judged for stage in later),
    }
    return context.card("too_early", slots, (), [context.button("keep_later", ref)])


def suggestion(context: ViewContext, contribution: Contribution | None) -> str:
    """A more open wording for a contribution, or "" when there is no good one."""
    if contribution is None:
        return ""
    text = context.parts("said", contribution.id).get("text", "")
    session = context.session(contribution.session)
    stage = session.stage if session else None
    if session is None or not text or stage is None or stage.judged is None:
        return ""
    own, group = context.language, context.group(session.set)
    judge = judge_of(group.judged_in(own) if group else own)
    return judge(text, stage=stage.judged.value).suggestion or ""


def quote_of(context: ViewContext, contribution: Contribution | None) -> tuple[Part, ...]:
    return (context.said(contribution, named=False),) if contribution else ()


def presenter_name(context: ViewContext, session: Session | None) -> str:
    return context.name(session.presenter if session else None)


CARDS: dict[str, Reader] = {
    "nudge": nudge,
    "tip": tip,
    "held": held_back,
    "sealed": sealed_question,
    "hand_it_in": hand_it_in,
    "held_for_you": waiting_for_approval,
    "not_let_through": not_let_through,
    "too_early": too_early,
}
