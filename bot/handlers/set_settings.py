"""A set's own settings: method, calendar, turns, ground rules, whether it goes on.

Who may change them is decided by the set's machine; here it is only said early, so that
nobody fills in a form that could not be handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from bot.handlers import actions, learning_sets
from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import Desk
from bot.judge import languages
from bot.method import events as ev
from bot.method import formats
from bot.method.learning_set import LearningSet
from bot.method.overrides import Overrides
from bot.method.stages import Refusal
from bot.method.terms import PersonId
from bot.ports import Words
from bot.worktime import WORKING_DAY

RULE_LONGEST = 200  # characters of one ground rule
EACH_ONES_OWN = "own"  # the choice that leaves the language to each person
TURNS_ASKED = 3  # places of the turn list that the form offers
_DAYS = re.compile(r"[0-9]{1,2}([.,][0-9]{1,2})?")
_QUOTA = re.compile(r"([0-9]{1,2}) *[-–] *([0-9]{1,2})")


def _steered(desk: Desk) -> LearningSet:
    """The set that is meant, if whoever acts has its process."""
    group = desk.here()
    if desk.me.id not in group.people:
        raise Refusal("members_only")
    if desk.me.id != group.steers:
        raise Refusal("only_facilitator")
    return group


def _opens(form: str) -> Callable[[Desk, str], None]:
    return lambda desk, rest: desk.open(form, _steered(desk).id)


# The method


def set_format(desk: Desk, rest: str) -> None:
    """`/als set format [name]`: the methods there are; a name that is known is chosen already."""
    group = desk.here()
    if desk.me.id in group.people and desk.me.id != group.steers:
        # Who cannot choose may still see what was chosen.
        return desk.say("elements", group.id)
    group = _steered(desk)
    name = "_".join(rest.casefold().split())
    chosen = name if name in formats.names() else group.format.name
    desk.open("set_format", group.id, format=chosen)


def format_sent(desk: Desk, sent: Sent) -> None:
    group = desk.my_set(sent.ref)
    name = sent.values.get("format", "")
    if name not in formats.names():
        raise Refusal("unknown_format")
    chosen = ev.FormatChosen(
        at=desk.at,
        by=desk.me.id,
        format=formats.load(name),
        strict=sent.values.get("strict") == "yes",
        rotate=sent.values.get("rotate") == "yes",
        sealed=sent.values.get("sealed") == "yes",
        live=sent.values.get("live") == "yes",
        language=_language(sent.values.get("language", ""), group.language),
    )
    if desk.tell(group.id, chosen):
        desk.say("format_chosen", group.id)


def _language(code: str, default: str) -> str:
    """The language of the set's judge: one that there is, or each person's own; else as before."""
    if code == EACH_ONES_OWN:
        return ""
    return code if code in languages() else default


def change_stages(desk: Desk, press: Pressed) -> None:
    group = desk.my_set(press.ref)
    if desk.me.id != group.steers:
        raise Refusal("only_facilitator")
    desk.open("set_stages", group.id)


def stages_sent(desk: Desk, sent: Sent) -> None:
    """What is left empty stays as the method has it."""
    group = desk.my_set(sent.ref)
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
    changed = ev.StagesChanged(at=desk.at, by=desk.me.id, overrides=overrides)
    if desk.tell(group.id, changed):
        desk.say("format_chosen", group.id)


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


def calendar_sent(desk: Desk, sent: Sent) -> None:
    group = desk.my_set(sent.ref)
    days, act_days = _whole(sent, "days"), _whole(sent, "act_days")
    event = ev.CalendarChosen(
        at=desk.at,
        by=desk.me.id,
        days=days,
        act_days=act_days,
        meetings=_whole(sent, "meetings"),
        counted=sent.values.get("counted") == "yes",
    )
    if desk.tell(group.id, event):
        desk.say("calendar", group.id)


def _whole(sent: Sent, name: str) -> int:
    text = sent.values.get(name, "").strip() or "0"
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise Refusal("not_a_number")
    return int(text)


def pause(desk: Desk, rest: str) -> None:
    """`/als set pause [date]`: a date that cannot be read is asked for again."""
    group = _steered(desk)
    until = None
    if rest:
        try:
            until = actions.ahead(desk, date.fromisoformat(rest))
        except ValueError:
            return desk.open("set_pause", group.id)
    _pause(desk, group, until)


def pause_sent(desk: Desk, sent: Sent) -> None:
    _pause(desk, desk.my_set(sent.ref), actions.day_in(sent, "until", desk))


def _pause(desk: Desk, group: LearningSet, until: date | None) -> None:
    if desk.tell(group.id, ev.SetPaused(at=desk.at, by=desk.me.id, until=until)):
        desk.say("calendar", group.id)


def resume(desk: Desk, rest: str) -> None:
    group = _steered(desk)
    if desk.tell(group.id, ev.SetResumed(at=desk.at, by=desk.me.id)):
        desk.say("calendar", group.id)


def begin_meeting(desk: Desk, press: Pressed) -> None:
    """A set that meets live is together: the meeting that is due opens."""
    group = desk.my_set(press.ref)
    desk.work.tell(group.id, ev.MeetingWanted(at=desk.at, by=desk.me.id))


# Who is in it, and whose turn it is


def invite(desk: Desk, rest: str) -> None:
    """Any member may ask others in."""
    group = desk.here()
    if desk.me.id not in group.people:
        raise Refusal("members_only")
    desk.open("set_invite", group.id)


def invite_sent(desk: Desk, sent: Sent) -> None:
    group = desk.my_set(sent.ref)
    people = tuple(desk.person(a).id for a in sent.people.get("people", ()))
    if not people:
        raise Refusal("nobody_chosen")
    learning_sets.invite(desk, group, people)
    desk.say("noted")


def turn(desk: Desk, rest: str) -> None:
    """`/als turn`: who presents when."""
    group = desk.here()
    if desk.me.id not in group.people:
        raise Refusal("members_only")
    desk.say("turns", group.id)


def offer(desk: Desk, rest: str) -> None:
    """`/als offer`: in line to present, the issue may come later."""
    _offer(desk, desk.here())


def offer_pressed(desk: Desk, press: Pressed) -> None:
    _offer(desk, desk.my_set(press.ref))


def _offer(desk: Desk, group: LearningSet) -> None:
    if desk.tell(group.id, ev.TurnOffered(at=desk.at, by=desk.me.id)):
        desk.say("turns", group.id)


def reorder(desk: Desk, press: Pressed) -> None:
    group = desk.my_set(press.ref)
    if desk.me.id != group.steers:
        raise Refusal("only_facilitator")
    desk.open("turns", group.id)


def turns_sent(desk: Desk, sent: Sent) -> None:
    group = desk.my_set(sent.ref)
    chosen = (sent.values.get(f"place_{n}", "") for n in range(1, TURNS_ASKED + 1))
    order = tuple(PersonId(p) for p in chosen if p)
    if desk.tell(group.id, ev.TurnsChosen(at=desk.at, by=desk.me.id, order=order)):
        desk.say("turns", group.id)


# Ground rules


def rules(desk: Desk, rest: str) -> None:
    """`/als set rules`: who has the process may change them, all others read and agree."""
    group = desk.here()
    if desk.me.id not in group.people:
        raise Refusal("members_only")
    if desk.me.id == group.steers:
        return desk.open("set_rules", group.id)
    desk.say("rules", group.id)


def rules_sent(desk: Desk, sent: Sent) -> None:
    """One rule a line. The same ones again ask nobody anything."""
    group = desk.my_set(sent.ref)
    lines = [" ".join(line.split()) for line in sent.values.get("rules", "").splitlines()]
    lines = [line for line in lines if line]
    if any(len(line) > RULE_LONGEST for line in lines):
        raise Refusal("rule_is_long", most=RULE_LONGEST)
    text = "\n".join(lines)
    known = desk.tx.words("rules", group.id)
    if text == (known.parts["text"] if known else ""):
        return desk.say("rules", group.id)
    changed = ev.RulesChanged(at=desk.at, by=desk.me.id, lines=len(lines))
    if not desk.tell(group.id, changed):
        return
    if lines:
        words = Words("rules", group.id, group.id, desk.me.id, {"text": text}, desk.at)
        desk.tx.put_words(words)
    else:
        desk.tx.erase_words("rules", group.id)
    desk.say("rules", group.id)


def agree(desk: Desk, press: Pressed) -> None:
    set_id, _, version = press.ref.partition(":")
    group = desk.my_set(set_id)
    if not re.fullmatch(r"[0-9]{1,6}", version):
        raise Refusal("that_moment_has_passed")
    event = ev.RulesAgreed(at=desk.at, by=desk.me.id, version=int(version))
    if desk.tell(group.id, event):
        desk.say("noted_thanks")


def keep_for_the_set(desk: Desk, group: LearningSet) -> None:
    """What belongs to the whole set is not lost with the member who once wrote it down."""
    heir = next((m.person for m in group.members if m.person != desk.me.id), None)
    for kind in ("set", "rules"):
        known = desk.tx.words(kind, group.id)
        if heir is not None and known is not None and known.author == desk.me.id:
            desk.tx.put_words(replace(known, author=heir))


# Going on, or not


def go_on(desk: Desk, press: Pressed) -> None:
    group = desk.my_set(press.ref)
    if desk.tell(group.id, ev.WentOn(at=desk.at, by=desk.me.id)):
        desk.say("calendar", group.id)


def end(desk: Desk, press: Pressed) -> None:
    desk.say("sure_end", desk.my_set(press.ref).id)


def end_now(desk: Desk, press: Pressed) -> None:
    group = desk.my_set(press.ref)
    if desk.tell(group.id, ev.SetEnded(at=desk.at, by=desk.me.id)):
        desk.say("noted")


COMMANDS: dict[str, Callable[[Desk, str], None]] = {
    "offer": offer,
    "turn": turn,
    "set format": set_format,
    "set calendar": _opens("set_calendar"),
    "set pause": pause,
    "set resume": resume,
    "set invite": invite,
    "set rules": rules,
}

PRESSES: dict[str, Callable[[Desk, Pressed], None]] = {
    "change_stages": change_stages,
    "begin_meeting": begin_meeting,
    "offer_turn": offer_pressed,
    "reorder": reorder,
    "agree": agree,
    "go_on_set": go_on,
    "end_set": end,
    "end_set_now": end_now,
}

FORMS: dict[str, Callable[[Desk, Sent], None]] = {
    "set_format": format_sent,
    "set_stages": stages_sent,
    "set_calendar": calendar_sent,
    "set_pause": pause_sent,
    "set_invite": invite_sent,
    "turns": turns_sent,
    "set_rules": rules_sent,
}
