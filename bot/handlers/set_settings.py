"""A set's own settings: method, calendar, turns, ground rules, whether it goes on.

Who may change them is decided by the set's machine; here it is only said early, so that
nobody fills in a form that could not be handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from bot.cards.wording import offered_languages
from bot.handlers import actions, learning_sets
from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import RequestContext
from bot.method import events as ev
from bot.method import formats
from bot.method.learning_set import LearningSet
from bot.method.overrides import Overrides
from bot.method.policy import FORM_RULE_MOST, TURNS_ASKED
from bot.method.questionnaires import EACH_ONES_OWN
from bot.method.stages import Refusal
from bot.method.terms import PersonId
from bot.ports import UserText
from bot.worktime import WORKING_DAY

_DAYS = re.compile(r"[0-9]{1,2}([.,][0-9]{1,2})?")
_QUOTA = re.compile(r"([0-9]{1,2}) *[-–] *([0-9]{1,2})")


def _steered_set(context: RequestContext) -> LearningSet:
    """The set that is meant, if whoever acts has its process."""
    group = context.here()
    if context.me.id not in group.people:
        raise Refusal("members_only")
    if context.me.id != group.steers:
        raise Refusal("only_facilitator")
    return group


def _opens(form: str) -> Callable[[RequestContext, str], None]:
    return lambda context, rest: context.open(form, _steered_set(context).id)


# The method


def set_format(context: RequestContext, rest: str) -> None:
    """`/als set format [name]`: the methods there are; a name that is known is chosen already."""
    group = context.here()
    if context.me.id in group.people and context.me.id != group.steers:
        # Who cannot choose may still see what was chosen.
        return context.say("elements", group.id)
    group = _steered_set(context)
    name = "_".join(rest.casefold().split())
    chosen = name if name in formats.names() else group.format.name
    context.open("set_format", group.id, format=chosen)


def handle_format_form(context: RequestContext, sent: Sent) -> None:
    group = context.my_set(sent.ref)
    name = sent.values.get("format", "")
    if name not in formats.names():
        raise Refusal("unknown_format")
    chosen = ev.FormatChosen(
        at=context.at,
        by=context.me.id,
        format=formats.load(name),
        strict=sent.values.get("strict") == "yes",
        rotate=sent.values.get("rotate") == "yes",
        sealed=sent.values.get("sealed") == "yes",
        live=sent.values.get("live") == "yes",
        language=_language(sent.values.get("language", ""), group.language),
    )
    if context.tell(group.id, chosen):
        context.say("format_chosen", group.id)


def _language(code: str, default: str) -> str:
    """The set's language: one that is offered, or each person's own; else as before."""
    if code == EACH_ONES_OWN:
        return ""
    return code if code in offered_languages() else default


def change_stages(context: RequestContext, press: Pressed) -> None:
    group = context.my_set(press.ref)
    if context.me.id != group.steers:
        raise Refusal("only_facilitator")
    context.open("set_stages", group.id)


def handle_stages_form(context: RequestContext, sent: Sent) -> None:
    """What is left empty stays as the method has it."""
    group = context.my_set(sent.ref)
    windows: dict[str, int] = {}
    quotas: dict[str, tuple[int, int]] = {}
    for _, stage in group.format.stages():
        days = sent.values.get(f"days_{stage.name}", "").strip()
        quota = sent.values.get(f"quota_{stage.name}", "").strip()
        if days:
            minutes = _live_minutes if group.overrides.live else _minutes
            windows[stage.name] = minutes(stage.name, days)
        if quota:
            quotas[stage.name] = _quota(stage.name, quota)
    overrides = Overrides(windows, quotas)
    changed = ev.StagesChanged(at=context.at, by=context.me.id, overrides=overrides)
    if context.tell(group.id, changed):
        context.say("format_chosen", group.id)


def _minutes(stage: str, days: str) -> int:
    if not _DAYS.fullmatch(days):
        raise _cannot_run(stage, "bad_window")
    return round(float(days.replace(",", ".")) * WORKING_DAY)


def _live_minutes(stage: str, minutes: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", minutes):
        raise _cannot_run(stage, "bad_minutes")
    return int(minutes)


def _quota(stage: str, quota: str) -> tuple[int, int]:
    found = _QUOTA.fullmatch(quota)
    if found is None:
        raise _cannot_run(stage, "bad_quota")
    return int(found[1]), int(found[2])


def _cannot_run(stage: str, code: str) -> Refusal:
    return Refusal("method_cannot_run", why=code, stage=stage)


# The calendar


def handle_calendar_form(context: RequestContext, sent: Sent) -> None:
    group = context.my_set(sent.ref)
    days, act_days = _whole(sent, "days"), _whole(sent, "act_days")
    event = ev.CalendarChosen(
        at=context.at,
        by=context.me.id,
        days=days,
        act_days=act_days,
        meetings=_whole(sent, "meetings"),
        counted=sent.values.get("counted") == "yes",
    )
    if context.tell(group.id, event):
        context.say("calendar", group.id)


def _whole(sent: Sent, name: str) -> int:
    text = sent.values.get(name, "").strip() or "0"
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise Refusal("not_a_number")
    return int(text)


def pause(context: RequestContext, rest: str) -> None:
    """`/als set pause [date]`: a date that cannot be read is asked for again."""
    group = _steered_set(context)
    until = None
    if rest:
        try:
            until = actions.require_future_day(context, date.fromisoformat(rest))
        except ValueError:
            return context.open("set_pause", group.id)
    _pause(context, group, until)


def handle_pause_form(context: RequestContext, sent: Sent) -> None:
    _pause(context, context.my_set(sent.ref), actions.day_in(sent, "until", context))


def _pause(context: RequestContext, group: LearningSet, until: date | None) -> None:
    if context.tell(group.id, ev.SetPaused(at=context.at, by=context.me.id, until=until)):
        context.say("calendar", group.id)


def resume(context: RequestContext, rest: str) -> None:
    group = _steered_set(context)
    if context.tell(group.id, ev.SetResumed(at=context.at, by=context.me.id)):
        context.say("calendar", group.id)


def begin_meeting(context: RequestContext, press: Pressed) -> None:
    """A set that meets live is together: the meeting that is due opens."""
    group = context.my_set(press.ref)
    context.work.tell(group.id, ev.MeetingWanted(at=context.at, by=context.me.id))


# Who is in it, and whose turn it is


def invite(context: RequestContext, rest: str) -> None:
    """Any member may ask others in."""
    group = context.here()
    if context.me.id not in group.people:
        raise Refusal("members_only")
    context.open("set_invite", group.id)


def handle_invite_form(context: RequestContext, sent: Sent) -> None:
    group = context.my_set(sent.ref)
    people = tuple(context.person(a).id for a in sent.people.get("people", ()))
    if not people:
        raise Refusal("nobody_chosen")
    learning_sets.invite(context, group, people)
    context.say("noted")


def turn(context: RequestContext, rest: str) -> None:
    """`/als turn`: who presents when."""
    group = context.here()
    if context.me.id not in group.people:
        raise Refusal("members_only")
    context.say("turns", group.id)


def offer(context: RequestContext, rest: str) -> None:
    """`/als offer`: in line to present, the issue may come later."""
    _offer(context, context.here())


def press_offer(context: RequestContext, press: Pressed) -> None:
    _offer(context, context.my_set(press.ref))


def _offer(context: RequestContext, group: LearningSet) -> None:
    if context.tell(group.id, ev.TurnOffered(at=context.at, by=context.me.id)):
        context.say("turns", group.id)


def reorder(context: RequestContext, press: Pressed) -> None:
    group = context.my_set(press.ref)
    if context.me.id != group.steers:
        raise Refusal("only_facilitator")
    context.open("turns", group.id)


def handle_turns_form(context: RequestContext, sent: Sent) -> None:
    group = context.my_set(sent.ref)
    chosen = (sent.values.get(f"place_{n}", "") for n in range(1, TURNS_ASKED + 1))
    order = tuple(PersonId(p) for p in chosen if p)
    if context.tell(group.id, ev.TurnsChosen(at=context.at, by=context.me.id, order=order)):
        context.say("turns", group.id)


# Ground rules


def rules(context: RequestContext, rest: str) -> None:
    """`/als set rules`: who has the process may change them, all others read and agree."""
    group = context.here()
    if context.me.id not in group.people:
        raise Refusal("members_only")
    if context.me.id == group.steers:
        return context.open("set_rules", group.id)
    context.say("rules", group.id)


def rules_sent(context: RequestContext, sent: Sent) -> None:
    """One rule a line. The same ones again ask nobody anything."""
    group = context.my_set(sent.ref)
    lines = [" ".join(line.split()) for line in sent.values.get("rules", "").splitlines()]
    lines = [line for line in lines if line]
    if any(len(line) > FORM_RULE_MOST for line in lines):
        raise Refusal("rule_is_long", most=FORM_RULE_MOST)
    text = "\n".join(lines)
    known = context.tx.texts.get("rules", group.id)
    if text == (known.parts["text"] if known else ""):
        return context.say("rules", group.id)
    changed = ev.RulesChanged(at=context.at, by=context.me.id, lines=len(lines))
    if not context.tell(group.id, changed):
        return
    if lines:
        words = UserText("rules", group.id, group.id, context.me.id, {"text": text}, context.at)
        context.tx.texts.put(words)
    else:
        context.tx.texts.erase("rules", group.id)
    context.say("rules", group.id)


def agree(context: RequestContext, press: Pressed) -> None:
    set_id, _, version = press.ref.partition(":")
    group = context.my_set(set_id)
    if not re.fullmatch(r"[0-9]{1,6}", version):
        raise Refusal("that_moment_has_passed")
    event = ev.RulesAgreed(at=context.at, by=context.me.id, version=int(version))
    if context.tell(group.id, event):
        context.say("noted_thanks")


def keep_for_the_set(context: RequestContext, group: LearningSet) -> None:
    """What belongs to the whole set is not lost with the member who once wrote it down."""
    heir = next((m.person for m in group.members if m.person != context.me.id), None)
    for kind in ("set", "rules"):
        known = context.tx.texts.get(kind, group.id)
        if heir is not None and known is not None and known.author == context.me.id:
            context.tx.texts.put(replace(known, author=heir))


# Going on, or not


def go_on(context: RequestContext, press: Pressed) -> None:
    group = context.my_set(press.ref)
    if context.tell(group.id, ev.WentOn(at=context.at, by=context.me.id)):
        context.say("calendar", group.id)


def end(context: RequestContext, press: Pressed) -> None:
    context.say("sure_end", context.my_set(press.ref).id)


def end_now(context: RequestContext, press: Pressed) -> None:
    group = context.my_set(press.ref)
    if context.tell(group.id, ev.SetEnded(at=context.at, by=context.me.id)):
        context.say("noted")


COMMANDS: dict[str, Callable[[RequestContext, str], None]] = {
    "offer": offer,
    "turn": turn,
    "set format": set_format,
    "set calendar": _opens("set_calendar"),
    "set pause": pause,
    "set resume": resume,
    "set invite": invite,
    "set rules": rules,
}

PRESSES: dict[str, Callable[[RequestContext, Pressed], None]] = {
    "change_stages": change_stages,
    "begin_meeting": begin_meeting,
    "offer_turn": press_offer,
    "reorder": reorder,
    "agree": agree,
    "go_on_set": go_on,
    "end_set": end,
    "end_set_now": end_now,
}

FORMS: dict[str, Callable[[RequestContext, Sent], None]] = {
    "set_format": handle_format_form,
    "set_stages": handle_stages_form,
    "set_calendar": handle_calendar_form,
    "set_pause": handle_pause_form,
    "set_invite": handle_invite_form,
    "turns": handle_turns_form,
    "set_rules": rules_sent,
}
