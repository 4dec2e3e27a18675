"""What the presenter is told and asked: their part, open questions, kept thoughts, decisions."""

from __future__ import annotations

from bot.cards.card import Card, Part
from bot.cards.views.buttons import of_session
from bot.cards.views.coaching import presenter_name, quote_of
from bot.cards.views.context import Reader, Values, ViewContext, open_questions
from bot.cards.views.generic import about_session


def which_question(context: ViewContext, ref: str, values: Values) -> Card:
    """ "Which was that for?" One of the open ones, all of them, or none."""
    contribution = context.contribution(ref)
    session = context.session(contribution.session) if contribution else None
    parts: list[Part] = [*quote_of(context, contribution)]
    if session is not None:
        for question in session.open[:5]:
            parts.append(context.said(context.contribution(question.id)))
            target = f"{ref}:{question.id}"
            label = context.label("buttons.which_this")
            parts.append(context.row(context.button("which", target, label=label)))
    buttons = [
        context.button("which", f"{ref}:all", label=context.label("buttons.which_all")),
        context.button("which", f"{ref}:none", label=context.label("buttons.which_none")),
    ]
    return context.card("which_question", {}, parts, buttons)


def everyone_done(context: ViewContext, ref: str, values: Values) -> Card:
    session = context.session(ref)
    entry = session.entry if session else None
    judged = session is not None and session.stage is not None and session.stage.judged
    label = context.label("buttons.next_from_questions" if judged else "buttons.next")
    live = session is not None and session.format.live
    return context.card(
        "everyone_done", {"live": live}, (), [context.button("next", ref, entry, label=label)]
    )


def your_part(context: ViewContext, ref: str, values: Values) -> Card:
    """The stage that now runs waits for the presenter."""
    session = context.session(ref)
    stage = session.stage if session else None
    form = stage.form if stage else ""
    slots = {
        "form": form,
        "presented": bool(session and session.presented),
        "first": bool(session and session.at <= 0),
    }
    parts = context.closes(session) if session else ()
    pressed = of_session(context, session) if session else []
    return context.card("your_part", slots, parts, pressed)


def want_ideas(context: ViewContext, ref: str, values: Values) -> Card:
    """Asked when questions close: are ideas still wanted? (method.md §2, S0)"""
    session = context.session(ref)
    pressed = of_session(context, session) if session and session.unconfirmed else []
    return context.card("want_ideas", {}, context.closes(session) if session else (), pressed)


def agree_problem(context: ViewContext, ref: str, values: Values) -> Card:
    """The problem as each sees it has been shown: is this it?"""
    session = context.session(ref)
    pressed = of_session(context, session) if session and session.revealed else []
    slots = {
        "looped": bool(session and session.looped),
        "live": bool(session and session.format.live),
    }
    return context.card("agree_problem", slots, (), pressed)


def offer_kept(context: ViewContext, ref: str, values: Values) -> Card:
    """What this person kept for later may be offered now, if they still want to."""
    parts: list[Part] = []
    for contribution in context.tx.contributions.in_session(ref, kind="kept", by=context.me):
        parts += [
            context.said(contribution, named=False),
            context.row(context.button("post_kept", contribution.id)),
        ]
    return context.card("kept_now", {"count": len(parts)}, parts)


def listed_questions(context: ViewContext, ref: str, values: Values) -> Card:
    session = context.session(ref)
    parts = open_questions(context, session) if session else []
    return context.card("open_questions", {}, parts)


def kept_for_presenter(context: ViewContext, ref: str, values: Values) -> Card:
    session = context.session(ref)
    slots = {"count": session.kept if session else 0}
    return context.card("kept_for_you", slots, (), [context.button("see_kept", ref)])


def what_was_kept(context: ViewContext, ref: str, values: Values) -> Card:
    contributions = context.tx.contributions.in_session(ref, kind="kept")
    parts = [context.said(c) for c in contributions]
    return context.card("what_was_kept", {"count": len(parts)}, parts)


def presenting_begun(context: ViewContext, ref: str, values: Values) -> Card:
    session = context.session(ref)
    slots = {
        "missing": session.missing if session else 0,
        "more": bool(session and session.more),
        "waiting": bool(session and session.waiting),
    }
    return context.card("presented", slots, (), [context.button("think_through", ref)])


def intake_kept(context: ViewContext, ref: str, values: Values) -> Card:
    """Kept; if somebody may know the answer already, asking them is the shorter way."""
    parts = context.parts("intake", ref)
    known = parts.get("known") == "perhaps"
    slots = {"known": known, "shared": parts.get("share") == "yes"}
    buttons = [context.button("carry_on", ref, primary=True), context.button("withdraw", ref)]
    return context.card("thought_through", slots, (), buttons if known else [])


def decide(name: str) -> Reader:
    """Under quorum after the extension: the facilitator or host decides with the presenter."""

    def read(context: ViewContext, ref: str, values: Values) -> Card:
        session = context.session(ref)
        entry = session.entry if session else None
        buttons = [context.button("next", ref, entry, primary=True)]
        slots = {
            "presenter": presenter_name(context, session),
            "live": bool(session and session.format.live),
        }
        return context.card(name, slots, (), buttons)

    return read


CARDS: dict[str, Reader] = {
    "which_question": which_question,
    "everyone_done": everyone_done,
    "your_part": your_part,
    "want_ideas": want_ideas,
    "agree_problem": agree_problem,
    "kept_now": offer_kept,
    "most_valuable": about_session("most_valuable", "valuable"),
    "decide_action": decide("decide_action"),
    "open_questions": listed_questions,
    "kept_for_you": kept_for_presenter,
    "what_was_kept": what_was_kept,
    "presented": presenting_begun,
    "thought_through": intake_kept,
    "decide_quorum": decide("decide_quorum"),
    "decide_present": decide("decide_present"),
    "was_that_your_report": about_session("was_that_your_report", "typed_report", "report"),
    "sure_withdraw": about_session("sure_withdraw", "withdraw_now"),
}
