"""The forms: at most three required fields each, the rest by choice (method.md §9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

from bot.cards.card import Ask, Choice, Field, Form, PickDate, PickPeople, Said, Tick, Words
from bot.cards.table_writers import WRITTEN
from bot.cards.views import closing, learning_sets
from bot.cards.views.coaching import suggestion
from bot.cards.views.context import Look
from bot.handlers.forms import LOG_PROMPTS, LONGEST
from bot.handlers.intake import KNOWN
from bot.handlers.learning_sets import DAYS
from bot.handlers.privacy import KINDS
from bot.handlers.request_context import Asked
from bot.handlers.stages import SKILLS
from bot.judge import DEFAULT, languages
from bot.method.actions import Action
from bot.method.meeting import Meeting
from bot.method.question_bank import bank
from bot.method.terms import Outcome, QuestionState, Support
from bot.worktime import Hours, NeverWorks, add_working_days, local_date

Values = Mapping[str, str]
Layout = Callable[[Look, Asked, Values], Iterable[Field]]

LONGEST_LINE = 300
LONGEST_TEXT = LONGEST


def lay_out(look: Look, asked: Asked, nonce: str) -> Form:
    """The form as the person sees it. Raises KeyError for an unknown name: a bug."""
    fields = tuple(LAYOUTS[asked.form](look, asked, asked.values))
    title = look.label(f"forms.{asked.form}.title")
    send = look.label(f"forms.{asked.form}.send")
    return Form(asked.form, title, fields, send, asked.ref, asked.entry, nonce)


def _label(look: Look, form: str, name: str) -> str:
    return look.label(f"forms.{form}.{name}")


def _hint(look: Look, form: str, name: str) -> str:
    return look.wording.label_or(f"forms.{form}.{name}_hint")


def _line(look: Look, form: str, name: str, value: str = "", *, required: bool = False) -> Ask:
    label, hint = _label(look, form, name), _hint(look, form, name)
    return Ask(name, label, hint, value, required=required, most=LONGEST_LINE)


def _text(look: Look, form: str, name: str, value: str = "", *, required: bool = False) -> Ask:
    label, hint = _label(look, form, name), _hint(look, form, name)
    return Ask(name, label, hint, value, long=True, required=required, most=LONGEST_TEXT)


def present(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """The issue, who helps (only where there is no set yet), and the support wanted."""
    known = look.parts("issue", asked.ref) if asked.ref else {}
    if not known and asked.ref and look.me:
        known = look.parts("draft", f"{asked.ref}/{look.me}")
    issue = values.get("issue") or known.get("issue", "")
    yield _line(look, "present", "issue", issue, required=True)
    yield _text(look, "present", "detail", known.get("detail", ""))
    if not asked.ref:
        label, hint = _label(look, "present", "people"), _hint(look, "present", "people")
        yield PickPeople("people", label, hint, required=True)
    yield from _public(look, values)
    options = tuple((s.value, look.label(f"support.{s.value}")) for s in Support)
    wanted = known.get("support", Support.questions.value)
    yield Choice("support", _label(look, "present", "support"), options, wanted)
    if not known:
        yield Tick("more", _label(look, "present", "more"), hint=_hint(look, "present", "more"))


def intake(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """All by choice, and private unless shared."""
    known = look.parts("intake", asked.ref)
    yield _text(look, "intake", "influence", known.get("influence", ""))
    options = tuple((k, look.label(f"forms.intake.known_{k}")) for k in KNOWN)
    yield Choice("known", _label(look, "intake", "known"), options, known.get("known", ""))
    yield _text(look, "intake", "matters", known.get("matters", ""))
    yield from _if_stuck(look, values)
    share = known.get("share") == "yes"
    yield Tick("share", _label(look, "intake", "share"), share, _hint(look, "intake", "share"))


def join(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """The ground rules in at most six lines; handing this in is the assent."""
    group = look.group(asked.ref)
    yield from learning_sets.rules_to_join(look, group)
    yield from learning_sets.own_rules(look, asked.ref)
    if group is not None and group.counted:
        yield Words(look.label("facts.counted"))


def set_new(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    yield _line(look, "set_new", "name", values.get("name", ""))
    label, hint = _label(look, "set_new", "people"), _hint(look, "set_new", "people")
    yield PickPeople("people", label, hint, required=True)
    yield Tick("strict", _label(look, "set_new", "strict"), hint=_hint(look, "set_new", "strict"))
    yield from _public(look, values)


def _public(look: Look, values: Values) -> Iterable[Field]:
    """A public place is named as such, and asks for a yes (method.md §8)."""
    if values.get("public"):
        hint = look.label("forms.present.public_hint")
        yield Tick("public", look.label("forms.present.public"), hint=hint)


def facilitator(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    label, hint = _label(look, "facilitator", "person"), _hint(look, "facilitator", "person")
    yield PickPeople("person", label, hint)


def ask(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    session = look.session(asked.ref)
    if session is not None:
        yield from (p for p in look.issue(session)[:1] if isinstance(p, Said))
    yield _text(look, "ask", "text", values.get("text", ""), required=True)
    yield from _if_stuck(look, values)


def answer(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    yield look.said(look.contribution(asked.ref))
    yield _text(look, "answer", "text", values.get("text", ""), required=True)


def reword(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """Prefilled with a suggestion where there is a good one; the person's own words beside it."""
    found = look.contribution(asked.ref)
    yield look.said(found, named=False)
    own = look.parts("said", asked.ref).get("text", "")
    sealed = found is not None and found.state is QuestionState.sealed
    text = suggestion(look, found) or (own if sealed else "")
    yield _text(look, "reword", "text", text, required=True)


def action(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    yield _line(look, "action", "what", values.get("what", ""), required=True)
    yield _day(look, "action", "due", values.get("due", ""), required=True)
    yield _line(look, "action", "first_step")


def action_more(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """The second page: everything here is by choice."""
    known = look.parts("action", asked.ref)
    found = look.tx.load(Action, asked.ref)
    for name in ("first_step", "when_where", "sign", "obstacle", "helper"):
        yield _line(look, "action_more", name, known.get(name, ""))
    scale = tuple((str(n), str(n)) for n in range(11))
    given = "" if found is None or found.confidence is None else str(found.confidence)
    hint = _hint(look, "action_more", "confidence")
    yield Choice("confidence", _label(look, "action_more", "confidence"), scale, given, hint)
    seen = "me" if found is not None and not found.visible else "set"
    who = tuple((v, look.label(f"forms.action_more.visible_{v}")) for v in ("set", "me"))
    yield Choice("visible", _label(look, "action_more", "visible"), who, seen)
    kinds = tuple((v, look.label(f"forms.action_more.kind_{v}")) for v in ("do", "test"))
    kind = found.kind if found else "do"
    yield Choice("kind", _label(look, "action_more", "kind"), kinds, kind)


def no_action(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    yield _text(look, "no_action", "reason")


def check_in(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """After the press: what happened, what was learned. May stay empty; the press is kept."""
    outcome = values.get("outcome", "done")
    known = look.parts("action", asked.ref)
    if known.get("what"):
        yield Said(known["what"])
    yield _text(look, "check_in", "happened")
    label = look.label(f"forms.check_in.learned_{outcome}")
    yield Ask("learned", label, long=True, most=LONGEST_TEXT)
    if outcome in (Outcome.partly, Outcome.not_yet):
        ways = ("keep", "shrink", "change", "let_go")
        options = tuple((w, look.label(f"forms.check_in.then_{w}")) for w in ways)
        yield Choice("then", _label(look, "check_in", "then"), options)
        yield _line(look, "check_in", "what")
        yield _day(look, "check_in", "due")


def snooze(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    hours, today = _hours(look), local_date(look.at, _hours(look))
    try:
        proposed = add_working_days(today, 2, hours)
    except NeverWorks:
        proposed = today + timedelta(days=2)
    yield _day(look, "snooze", "until", proposed.isoformat(), required=True)


def move_due(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    yield _day(look, "move_due", "due", required=True)


def report(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """Prefilled from the check-ins; nothing in it is required."""
    meeting = look.tx.load(Meeting, asked.ref)
    assert look.viewer is not None
    mine = look.tx.actions_of(look.viewer.id, unsettled=False)
    options = tuple((o.value, look.label(f"outcomes.{o.value}")) for o in Outcome)
    learned: list[str] = []
    for found in mine:
        if meeting is None or found.set != meeting.set or found.reported:
            continue
        what = look.parts("action", found.id).get("what", "")
        noted = look.parts("check_in", found.id)
        if what:
            yield Said(what)
        was = found.outcome.value if found.outcome else ""
        yield Choice(f"outcome_{found.id}", _label(look, "report", "outcome"), options, was)
        label, value = _label(look, "report", "happened"), noted.get("happened", "")
        yield Ask(f"happened_{found.id}", label, value=value, long=True, most=LONGEST_TEXT)
        if noted.get("learned"):
            learned.append(noted["learned"])
    yield _text(look, "report", "learned", "\n".join(learned))
    yield from _if_stuck(look, values)


def reflect(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    yield from closing.reflect(look, asked)
    yield from _if_stuck(look, values)
    yield Tick("share", _label(look, "reflect", "share"), hint=_hint(look, "reflect", "share"))


def bid(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """One line, and why it matters to the rest of the set."""
    known = look.parts("bid", f"{asked.ref}:{look.me}")
    yield _line(look, "bid", "line", known.get("line", ""), required=True)
    yield _text(look, "bid", "why", known.get("why", ""))


def problem(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """The problem as this person sees it, until all are shown together."""
    session = look.session(asked.ref)
    known = look.parts("problem", f"{session.viewing}:{look.me}") if session else {}
    yield _text(look, "problem", "text", known.get("text", ""), required=True)


def unasked(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    yield _text(look, "unasked", "text", required=True)


def valuable(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    yield _text(look, "valuable", "text", required=True)


def skill(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    options = tuple((s, look.label(f"skills.{s}")) for s in SKILLS)
    yield Choice("skill", _label(look, "skill", "skill"), options, SKILLS[0])


def log(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    options = tuple((p, look.label(f"log_prompts.{p}")) for p in LOG_PROMPTS)
    yield Choice("prompt", _label(look, "log", "prompt"), options, LOG_PROMPTS[0])
    yield _text(look, "log", "text", values.get("text", ""), required=True)


def pause(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    yield _day(look, "pause", "until")


def settings(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """The person's own hours and nudges. Country: holidays are never guessed."""
    me = look.viewer
    assert me is not None
    hours = me.hours
    yield _line(look, "settings", "zone", hours.zone)
    yield _line(look, "settings", "start", _clock(hours.start))
    yield _line(look, "settings", "end", _clock(hours.end))
    options = tuple((d, look.label(f"weekdays.{i}")) for i, d in enumerate(DAYS))
    chosen = " ".join(DAYS[i] for i in hours.days)
    yield Choice("days", _label(look, "settings", "days"), options, chosen, many=True)
    yield _line(look, "settings", "country", hours.country or "")
    first, last = hours.away[0] if hours.away else (None, None)
    yield _day(look, "settings", "away_from", first.isoformat() if first else "")
    yield _day(look, "settings", "away_until", last.isoformat() if last else "")
    yield _day(look, "settings", "paused_until", _iso(me.paused_until))
    for name, now in (("nudges", me.nudges), ("tips", me.tips)):
        answers = tuple((v, look.label(f"facts.{v}")) for v in ("yes", "no"))
        yield Choice(name, _label(look, "settings", name), answers, "yes" if now else "no")
    spoken = tuple((code, look.label(f"languages.{code}")) for code in languages())
    now_spoken = me.language if me.language in languages() else DEFAULT
    yield Choice("language", _label(look, "settings", "language"), spoken, now_spoken)


def _day(look: Look, form: str, name: str, value: str = "", *, required: bool = False) -> PickDate:
    day = date.fromisoformat(value) if value else None
    return PickDate(name, _label(look, form, name), day, _hint(look, form, name), required)


def export(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """What to take along, and how it is written."""
    kinds = tuple((k, look.label(f"exports.{k}")) for k in KINDS)
    yield Choice("kind", _label(look, "export", "kind"), kinds, KINDS[0])
    ways = tuple((w, look.label(f"forms.export.written_{w}")) for w in WRITTEN)
    written = values.get("written") or WRITTEN[0]
    yield Choice("written", _label(look, "export", "written"), ways, written)


def _if_stuck(look: Look, values: Values) -> Iterable[Field]:
    """Questions of the bank that the front chose: beside the boxes, never in them."""
    chosen = values.get("stuck", "").split()
    texts = [item.text for item in bank(look.wording.language) if item.id in chosen]
    if texts:
        yield Words("\n".join([look.label("facts.if_stuck"), "", *(f"- {t}" for t in texts)]))


def _hours(look: Look) -> Hours:
    return look.viewer.hours if look.viewer else Hours()


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
