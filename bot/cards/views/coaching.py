"""What is said in private about a message of one's own (method.md §4, The nudge)."""

from __future__ import annotations

from bot.cards.card import Card, Closes, Part
from bot.cards.views.context import Look, Reader, Values
from bot.judge import judge_of
from bot.method.session import Session
from bot.method.terms import Contribution, Speech


def nudge(look: Look, ref: str, values: Values) -> Card:
    """In full the first time, one line the second; it offers choices and sends nothing itself."""
    found = look.contribution(ref)
    session = look.session(found.session) if found else None
    entry = session.entry if session else None
    ours = found.ours if found else False
    said = {
        "presenter": look.name(session.presenter if session else None),
        "reason": str(values["reason"]),
        "tone": _tone(look, session, str(values["reason"])),
        "brief": values.get("rung") == "brief",
        "ours": ours,
        "suggestion": bool(suggestion(look, found)),
    }
    buttons = [
        look.button("show_wording", ref, entry, primary=True),
        look.button("its_question", ref, entry),
        look.button("keep_later", ref),
        look.button("take_back" if ours else "leave_it", ref),
    ]
    return look.card("nudge", said, quoted(look, found), buttons)


def _tone(look: Look, session: Session | None, reason: str) -> str:
    """Where statements may answer, an unprompted one is told so (method.md §2, S4)."""
    stage = session.stage if session else None
    answering = stage is not None and stage.speech is Speech.reply_statements
    if answering and reason in ("statement", "story"):
        return look.label("facts.unprompted")
    return look.label(f"tones.{reason}", presenter=presenter_name(look, session))


def tip(look: Look, ref: str, values: Values) -> Card:
    found = look.contribution(ref)
    session = look.session(found.session) if found else None
    said = {
        "tone": look.label(f"tones.{values['reason']}", presenter=presenter_name(look, session))
    }
    entry = session.entry if session else None
    buttons = [look.button("show_wording", ref, entry), look.button("tips_off")]
    return look.card("tip", said, quoted(look, found), buttons)


def held(look: Look, ref: str, values: Values) -> Card:
    """Strict sets: the question came back to its author before anyone saw it."""
    found = look.contribution(ref)
    session = look.session(found.session) if found else None
    said = {
        "tone": look.label(f"tones.{values['reason']}", presenter=presenter_name(look, session))
    }
    entry = session.entry if session else None
    sealing = session is not None and session.sealing
    buttons = [look.button("show_wording", ref, entry, primary=True)]
    if session is not None and not session.strict:
        buttons.append(look.button("its_question", ref, entry))
    elif not sealing:
        buttons.append(look.button("post_anyway", ref, entry))
    buttons.append(look.button("keep_later", ref))
    return look.card("held", {**said, "sealing": sealing}, quoted(look, found), buttons)


def sealed(look: Look, ref: str, values: Values) -> Card:
    """Handed in for the first wave: nobody else reads it before all are shown together."""
    found = look.contribution(ref)
    session = look.session(found.session) if found else None
    entry = session.entry if session else None
    parts = list(quoted(look, found))
    pressed = []
    if session is not None and session.reveals is not None:
        parts.append(Closes(look.label("facts.reveals"), session.reveals))
        change = look.label("buttons.change")
        pressed.append(look.button("show_wording", ref, entry, label=change))
        pressed.append(look.button("take_back", ref))
    return look.card("sealed", {}, parts, pressed)


def hand_it_in(look: Look, ref: str, values: Values) -> Card:
    """A question was typed while first questions are handed in unseen: it can be read already."""
    found = look.contribution(ref)
    session = look.session(found.session) if found else None
    pressed = [look.button("ask", session.id, session.entry)] if session else []
    return look.card("hand_it_in", {}, quoted(look, found), pressed)


def held_for_you(look: Look, ref: str, values: Values) -> Card:
    found = look.contribution(ref)
    session = look.session(found.session) if found else None
    buttons = [look.button("let_through", ref, session.entry if session else None, primary=True)]
    said = {"name": look.name(found.by if found else None)}
    return look.card("held_for_you", said, quoted(look, found), buttons)


def not_let_through(look: Look, ref: str, values: Values) -> Card:
    """Strict sets: the round closed before the facilitator let this through."""
    found = look.contribution(ref)
    return look.card("not_let_through", {}, quoted(look, found), [look.button("keep_later", ref)])


def too_early(look: Look, ref: str, values: Values) -> Card:
    found = look.contribution(ref)
    session = look.session(found.session) if found else None
    later = session.plan[session.at + 1 :] if session is not None else ()
    said = {
        "presenter": presenter_name(look, session),
        "questions": any(stage is not None and stage.judged for stage in later),
    }
    return look.card("too_early", said, (), [look.button("keep_later", ref)])


def suggestion(look: Look, found: Contribution | None) -> str:
    """A more open wording for a contribution, or "" when there is no good one."""
    if found is None:
        return ""
    text = look.parts("said", found.id).get("text", "")
    session = look.session(found.session)
    stage = session.stage if session else None
    if session is None or not text or stage is None or stage.judged is None:
        return ""
    own, group = look.viewer.language if look.viewer else "en", look.group(session.set)
    judge = judge_of(group.judged_in(own) if group else own)
    return judge(text, stage=stage.judged.value).suggestion or ""


def quoted(look: Look, found: Contribution | None) -> tuple[Part, ...]:
    return (look.said(found, named=False),) if found else ()


def presenter_name(look: Look, session: Session | None) -> str:
    return look.name(session.presenter if session else None)


CARDS: dict[str, Reader] = {
    "nudge": nudge,
    "tip": tip,
    "held": held,
    "sealed": sealed,
    "hand_it_in": hand_it_in,
    "held_for_you": held_for_you,
    "not_let_through": not_let_through,
    "too_early": too_early,
}
