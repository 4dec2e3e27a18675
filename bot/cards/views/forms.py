"""The forms: at most three required fields each, the rest by choice (method.md §9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

from bot.cards.card import Said, Words
from bot.cards.form import Ask, Choice, Field, Form, FormRequest, PickDate, PickPeople, Tick
from bot.cards.table_writers import WRITTEN
from bot.cards.views import closing, learning_sets
from bot.cards.views.coaching import suggestion
from bot.cards.views.context import ViewContext
from bot.cards.wording import offered_languages
from bot.method.actions import Action
from bot.method.meeting import Meeting
from bot.method.policy import DEFAULT_LANGUAGE, FORM_LINE_MOST, FORM_TEXT_MOST
from bot.method.question_bank import bank
from bot.method.questionnaires import EXPORT_KINDS, INTAKE_KNOWN, LOG_PROMPTS, SKILLS, WEEKDAYS
from bot.method.terms import Outcome, QuestionState, Support
from bot.worktime import Hours, NeverWorks, add_working_days, local_date

Values = Mapping[str, str]
Layout = Callable[[ViewContext, FormRequest, Values], Iterable[Field]]


def lay_out(context: ViewContext, asked: FormRequest, nonce: str) -> Form:
    """The form as the person sees it. Raises KeyError for an unknown name: a bug."""
    fields = tuple(LAYOUTS[asked.form](context, asked, asked.values))
    title = context.label(f"forms.{asked.form}.title")
    send = context.label(f"forms.{asked.form}.send")
    return Form(asked.form, title, fields, send, asked.ref, asked.entry, nonce, context.language)


def _label(context: ViewContext, form: str, name: str) -> str:
    return context.label(f"forms.{form}.{name}")


def _hint(context: ViewContext, form: str, name: str) -> str:
    return context.wording.label_or(f"forms.{form}.{name}_hint")


def _line(
    context: ViewContext, form: str, name: str, value: str = "", *, required: bool = False
) -> Ask:
    label, hint = _label(context, form, name), _hint(context, form, name)
    return Ask(name, label, hint, value, required=required, most=FORM_LINE_MOST)


def _text(
    context: ViewContext, form: str, name: str, value: str = "", *, required: bool = False
) -> Ask:
    label, hint = _label(context, form, name), _hint(context, form, name)
    return Ask(name, label, hint, value, long=True, required=required, most=FORM_TEXT_MOST)


def present(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """The issue, who helps (only where there is no set yet), and the support wanted."""
    known = context.parts("issue", asked.ref) if asked.ref else {}
    if not known and asked.ref and context.me:
        known = context.parts("draft", f"{asked.ref}/{context.me}")
    issue = values.get("issue") or known.get("issue", "")
    yield _line(context, "present", "issue", issue, required=True)
    yield _text(context, "present", "detail", known.get("detail", ""))
    if not asked.ref:
        label, hint = _label(context, "present", "people"), _hint(context, "present", "people")
        yield PickPeople("people", label, hint, required=True)
    yield from _public(context, values)
    options = tuple((s.value, context.label(f"support.{s.value}")) for s in Support)
    wanted = known.get("support", Support.questions.value)
    yield Choice("support", _label(context, "present", "support"), options, wanted)
    if not known:
        yield Tick(
            "more", _label(context, "present", "more"), hint=_hint(context, "present", "more")
        )


def intake(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """All by choice, and private unless shared."""
    known = context.parts("intake", asked.ref)
    yield _text(context, "intake", "influence", known.get("influence", ""))
    options = tuple((k, context.label(f"forms.intake.known_{k}")) for k in INTAKE_KNOWN)
    yield Choice("known", _label(context, "intake", "known"), options, known.get("known", ""))
    yield _text(context, "intake", "matters", known.get("matters", ""))
    yield from _if_stuck(context, values)
    share = known.get("share") == "yes"
    yield Tick(
        "share", _label(context, "intake", "share"), share, _hint(context, "intake", "share")
    )


def join(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """The ground rules in at most six lines; handing this in is the assent."""
    group = context.group(asked.ref)
    yield from learning_sets.rules_to_join(context, group)
    yield from learning_sets.own_rules(context, asked.ref)
    if group is not None and group.counted:
        yield Words(context.label("facts.counted"))


def set_new(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    yield _line(context, "set_new", "name", values.get("name", ""))
    label, hint = _label(context, "set_new", "people"), _hint(context, "set_new", "people")
    yield PickPeople("people", label, hint, required=True)
    yield Tick(
        "strict", _label(context, "set_new", "strict"), hint=_hint(context, "set_new", "strict")
    )
    yield from _public(context, values)


def _public(context: ViewContext, values: Values) -> Iterable[Field]:
    """A public place is named as such, and asks for a yes (method.md §8)."""
    if values.get("public"):
        hint = context.label("forms.present.public_hint")
        yield Tick("public", context.label("forms.present.public"), hint=hint)


def facilitator(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    label, hint = _label(context, "facilitator", "person"), _hint(context, "facilitator", "person")
    yield PickPeople("person", label, hint)


def ask(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    session = context.session(asked.ref)
    if session is not None:
        yield from (p for p in context.issue(session)[:1] if isinstance(p, Said))
    yield _text(context, "ask", "text", values.get("text", ""), required=True)
    yield from _if_stuck(context, values)


def answer(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    yield context.said(context.contribution(asked.ref))
    yield _text(context, "answer", "text", values.get("text", ""), required=True)


def reword(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """Prefilled with a suggestion where there is a good one; the person's own words beside it."""
    contribution = context.contribution(asked.ref)
    yield context.said(contribution, named=False)
    own = context.parts("said", asked.ref).get("text", "")
    sealed = contribution is not None and contribution.state is QuestionState.sealed
    text = suggestion(context, contribution) or (own if sealed else "")
    yield _text(context, "reword", "text", text, required=True)


def action(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    yield _line(context, "action", "what", values.get("what", ""), required=True)
    yield _day(context, "action", "due", values.get("due", ""), required=True)
    yield _line(context, "action", "first_step")


def action_more(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """The second page: everything here is by choice."""
    known = context.parts("action", asked.ref)
    action = context.tx.machines.load(Action, asked.ref)
    for name in ("first_step", "when_where", "sign", "obstacle", "helper"):
        yield _line(context, "action_more", name, known.get(name, ""))
    scale = tuple((str(n), str(n)) for n in range(11))
    confidence = "" if action is None or action.confidence is None else str(action.confidence)
    hint = _hint(context, "action_more", "confidence")
    yield Choice(
        "confidence", _label(context, "action_more", "confidence"), scale, confidence, hint
    )
    seen = "me" if action is not None and not action.visible else "set"
    who = tuple((v, context.label(f"forms.action_more.visible_{v}")) for v in ("set", "me"))
    yield Choice("visible", _label(context, "action_more", "visible"), who, seen)
    kinds = tuple((v, context.label(f"forms.action_more.kind_{v}")) for v in ("do", "test"))
    kind = action.kind if action else "do"
    yield Choice("kind", _label(context, "action_more", "kind"), kinds, kind)


def no_action(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    yield _text(context, "no_action", "reason")


def check_in(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """After the press: what happened, what was learned. May stay empty; the press is kept."""
    outcome = values.get("outcome", "done")
    known = context.parts("action", asked.ref)
    if known.get("what"):
        yield Said(known["what"])
    yield _text(context, "check_in", "happened")
    label = context.label(f"forms.check_in.learned_{outcome}")
    yield Ask("learned", label, long=True, most=FORM_TEXT_MOST)
    if outcome in (Outcome.partly, Outcome.not_yet):
        ways = ("keep", "shrink", "change", "let_go")
        options = tuple((w, context.label(f"forms.check_in.then_{w}")) for w in ways)
        yield Choice("then", _label(context, "check_in", "then"), options)
        yield _line(context, "check_in", "what")
        yield _day(context, "check_in", "due")


def snooze(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    hours, today = _hours(context), local_date(context.at, _hours(context))
    try:
        proposed = add_working_days(today, 2, hours)
    except NeverWorks:
        proposed = today + timedelta(days=2)
    yield _day(context, "snooze", "until", proposed.isoformat(), required=True)


def move_due(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    yield _day(context, "move_due", "due", required=True)


def report(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """Prefilled from the check-ins; nothing in it is required."""
    meeting = context.tx.machines.load(Meeting, asked.ref)
    assert context.viewer is not None
    mine = context.tx.actions.of_owner(context.viewer.id, unsettled=False)
    options = tuple((o.value, context.label(f"outcomes.{o.value}")) for o in Outcome)
    learned: list[str] = []
    for action in mine:
        if meeting is None or action.set != meeting.set or action.reported:
            continue
        what = context.parts("action", action.id).get("what", "")
        noted = context.parts("check_in", action.id)
        if what:
            yield Said(what)
        was = action.outcome.value if action.outcome else ""
        yield Choice(f"outcome_{action.id}", _label(context, "report", "outcome"), options, was)
        label, value = _label(context, "report", "happened"), noted.get("happened", "")
        yield Ask(f"happened_{action.id}", label, value=value, long=True, most=FORM_TEXT_MOST)
        if noted.get("learned"):
            learned.append(noted["learned"])
    yield _text(context, "report", "learned", "\n".join(learned))
    yield from _if_stuck(context, values)


def reflect(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    yield from closing.reflect(context, asked)
    yield from _if_stuck(context, values)
    yield Tick(
        "share", _label(context, "reflect", "share"), hint=_hint(context, "reflect", "share")
    )


def bid(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """One line, and why it matters to the rest of the set."""
    known = context.parts("bid", f"{asked.ref}:{context.me}")
    yield _line(context, "bid", "line", known.get("line", ""), required=True)
    yield _text(context, "bid", "why", known.get("why", ""))


def problem(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """The problem as this person sees it, until all are shown together."""
    session = context.session(asked.ref)
    known = context.parts("problem", f"{session.viewing}:{context.me}") if session else {}
    yield _text(context, "problem", "text", known.get("text", ""), required=True)


def unasked(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    yield _text(context, "unasked", "text", required=True)


def valuable(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    yield _text(context, "valuable", "text", required=True)


def skill(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    options = tuple((s, context.label(f"skills.{s}")) for s in SKILLS)
    yield Choice("skill", _label(context, "skill", "skill"), options, SKILLS[0])


def log(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    options = tuple((p, context.label(f"log_prompts.{p}")) for p in LOG_PROMPTS)
    yield Choice("prompt", _label(context, "log", "prompt"), options, LOG_PROMPTS[0])
    yield _text(context, "log", "text", values.get("text", ""), required=True)


def pause(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    yield _day(context, "pause", "until")


def settings(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """The person's own hours and nudges. Country: holidays are never guessed."""
    me = context.viewer
    assert me is not None
    hours = me.hours
    yield _line(context, "settings", "zone", hours.zone)
    yield _line(context, "settings", "start", _clock(hours.start))
    yield _line(context, "settings", "end", _clock(hours.end))
    options = tuple((d, context.label(f"weekdays.{i}")) for i, d in enumerate(WEEKDAYS))
    chosen = " ".join(WEEKDAYS[i] for i in hours.days)
    yield Choice("days", _label(context, "settings", "days"), options, chosen, many=True)
    yield _line(context, "settings", "country", hours.country or "")
    first, last = hours.away[0] if hours.away else (None, None)
    yield _day(context, "settings", "away_from", first.isoformat() if first else "")
    yield _day(context, "settings", "away_until", last.isoformat() if last else "")
    yield _day(context, "settings", "paused_until", _iso(me.paused_until))
    for name, now in (("nudges", me.nudges), ("tips", me.tips)):
        answers = tuple((v, context.label(f"facts.{v}")) for v in ("yes", "no"))
        yield Choice(name, _label(context, "settings", name), answers, "yes" if now else "no")
    known = me.language if me.language in offered_languages() else DEFAULT_LANGUAGE
    options = learning_sets.language_options(context)
    yield Choice("language", _label(context, "settings", "language"), options, known)


def _day(
    context: ViewContext, form: str, name: str, value: str = "", *, required: bool = False
) -> PickDate:
    day = date.fromisoformat(value) if value else None
    return PickDate(name, _label(context, form, name), day, _hint(context, form, name), required)


def export(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """What to take along, and how it is written."""
    kinds = tuple((k, context.label(f"exports.{k}")) for k in EXPORT_KINDS)
    yield Choice("kind", _label(context, "export", "kind"), kinds, EXPORT_KINDS[0])
    ways = tuple((w, context.label(f"forms.export.written_{w}")) for w in WRITTEN)
    written = values.get("written") or WRITTEN[0]
    yield Choice("written", _label(context, "export", "written"), ways, written)


def _if_stuck(context: ViewContext, values: Values) -> Iterable[Field]:
    """Questions of the bank that the front chose: beside the boxes, never in them."""
    chosen = values.get("stuck", "").split()
    texts = [item.text for item in bank(context.language) if item.id in chosen]
    if texts:
        yield Words("\n".join([context.label("facts.if_stuck"), "", *(f"- {t}" for t in texts)]))


def _hours(context: ViewContext) -> Hours:
    return context.viewer.hours if context.viewer else Hours()


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


LAYOUTS: dict[str, Layout] = {
    "present": present,
    "intake": intake,
    "join": join,
    "set_new": set_new,
    "facilitator": facilitator,
    "ask": ask,
    "answer": answer,
    "reword": reword,
    "action": action,
    "action_more": action_more,
    "no_action": no_action,
    "check_in": check_in,
    "snooze": snooze,
    "move_due": move_due,
    "report": report,
    "reflect": reflect,
    "bid": bid,
    "problem": problem,
    "unasked": unasked,
    "valuable": valuable,
    "skill": skill,
    "log": log,
    "pause": pause,
    "settings": settings,
    "export": export,
    **learning_sets.LAYOUTS,
    **closing.LAYOUTS,
}
