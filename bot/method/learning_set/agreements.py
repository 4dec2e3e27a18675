"""What a set agrees on: method, calendar, turns, ground rules, and whether it goes on.

Rule 1: a method, its windows and its calendar apply from the next meeting; what runs keeps
        what it opened with.
Rule 2: what would leave no time to act is refused with a proposal (method.md §3).
Rule 3: only the facilitator, or else the host, changes these; any member may offer to present,
        and agree.
"""

from __future__ import annotations

from dataclasses import replace

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy
from bot.method.card_key import CardKey, CardKind
from bot.method.formats import BadFormat, Format
from bot.method.learning_set.state import (
    LearningSet,
    Outcome,
    only_members,
    only_steering,
    plan_next_meeting,
    silent_until,
)
from bot.method.overrides import Overrides, least_days, only_changes, resolve, seals
from bot.method.stages import Refusal
from bot.method.terms import Calendar, PersonId


def make_set(group: LearningSet, event: ev.SetMade) -> Outcome:
    """Start the set's silence timer, so that a forgotten set ends some day."""
    only_members(group, event)
    return replace(group, turn=group.turn + 1), ()


# The method


def choose_format(group: LearningSet, event: ev.FormatChosen) -> Outcome:
    """Choose another method; a set with its old method's rhythm takes the new one's."""
    only_steering(group, event)
    new, old = event.format, group.format
    people = len(group.peers)
    if people > new.size.most:
        raise Refusal("format_too_many", most=new.size.most, members=people)
    if people + len(group.invited) < new.size.least:
        raise Refusal("format_too_few", least=new.size.least, members=people)
    if new.coach and group.facilitator is None:
        raise Refusal("needs_coach")
    calendar, overrides = group.calendar, group.overrides
    if new.name != old.name or event.live != overrides.live:
        # Windows of another method, or of another pace, say nothing about this one.
        overrides = Overrides()
    own_rhythm = (calendar.days, calendar.act_days) != (old.every_days, old.act_days)
    if new.name != old.name and not own_rhythm:
        calendar = replace(calendar, days=new.every_days, act_days=new.act_days)
    strict = None if event.strict == new.strict else event.strict
    sealed = None if event.sealed == seals(new) else event.sealed
    overrides = replace(overrides, strict=strict, sealed=sealed, live=event.live)
    least = least_days(_resolve(new, overrides), calendar.act_days)
    if calendar.days < least:
        raise Refusal("format_needs_days", proposal=least)
    group = replace(
        group,
        format=new,
        calendar=calendar,
        overrides=overrides,
        rotate=event.rotate,
        language=event.language,
        due=False,
        turn=group.turn + 1,
    )
    return plan_next_meeting(group), ()


def change_stages(group: LearningSet, event: ev.StagesChanged) -> Outcome:
    """Change windows and quotas of the method's stages."""
    only_steering(group, event)
    now = group.overrides
    overrides = replace(event.overrides, strict=now.strict, sealed=now.sealed, live=now.live)
    runs = _resolve(group.format, overrides)
    least = least_days(runs, group.calendar.act_days)
    if group.calendar.days < least:
        raise Refusal("no_time_to_act", proposal=least)
    return replace(group, overrides=only_changes(group.format, overrides)), ()


def _resolve(format: Format, overrides: Overrides) -> Format:
    try:
        return resolve(format, overrides)
    except BadFormat as bad:
        raise cannot_run(bad) from bad


def cannot_run(bad: BadFormat) -> Refusal:
    """Turn what a session cannot run into a refusal with the stage and a code."""
    return Refusal("method_cannot_run", why=bad.code, stage=bad.where)


# The calendar


def choose_calendar(group: LearningSet, event: ev.CalendarChosen) -> Outcome:
    """Choose rhythm, time to act and number of meetings; the next opening moves along."""
    only_steering(group, event)
    for value, (low, high) in (
        (event.days, policy.RHYTHM_DAYS),
        (event.act_days, policy.ACT_DAYS_RANGE),
    ):
        if not low <= value <= high:
            raise Refusal("days_out_of_range", low=low, high=high)
    least = least_days(group.runs, event.act_days)
    if event.days < least:
        raise Refusal("no_time_to_act", proposal=least)
    held = group.number - (1 if group.meeting is not None else 0)
    if event.meetings and not held < event.meetings <= policy.MEETINGS_MOST:
        raise Refusal("programme_too_short", held=held, most=policy.MEETINGS_MOST)
    calendar = Calendar(event.days, event.act_days, event.meetings)
    effects: tuple[fx.Effect, ...] = ()
    if event.counted != group.counted:
        # All members learn of it, where the set meets.
        key = CardKey.of(CardKind.CALENDAR, group.id, group.turn)
        effects = (fx.Show("calendar", key, group.id, values={"changed": 1}),)
    group = replace(group, calendar=calendar, counted=event.counted)
    return _plan_from(group, event), effects


def _plan_from(group: LearningSet, event: ev.Happening) -> LearningSet:
    """A next opening that is not in the past."""
    group = plan_next_meeting(replace(group, turn=group.turn + 1))
    if group.next_opens is None:
        return group
    opens = max(group.next_opens, event.at)
    return replace(group, next_opens=opens, due=group.due and opens <= event.at)


def go_on(group: LearningSet, event: ev.WentOn) -> Outcome:
    """After the last meeting the set goes on with an open end; a silent set just goes on."""
    only_steering(group, event)
    if not group.finished:
        return replace(group, turn=group.turn + 1), ()
    calendar = replace(group.calendar, meetings=0)
    return _plan_from(replace(group, calendar=calendar), event), ()


def end(group: LearningSet, event: ev.SetEnded) -> Outcome:
    """Over for good. Our copy of the words goes 30 days later (method.md §8)."""
    only_steering(group, event)
    return _end_set(group)


def end_uninstalled(group: LearningSet, event: ev.InstallationGone) -> Outcome:
    """End the set because the bot was uninstalled; nothing can be posted any more."""
    return replace(group, over=True, turn=group.turn + 1), ()


def _end_set(group: LearningSet) -> Outcome:
    card = fx.Show("set_ended", CardKey.of(CardKind.SET_ENDED, group.id), group.id)
    return replace(group, over=True, turn=group.turn + 1), (card,)


def silence(group: LearningSet, event: ev.TimeRanOut) -> Outcome:
    """60 days without a deed: somebody is asked. 30 more: the set has ended (method.md §8)."""
    due = silent_until(group)
    if due is None:
        return group, ()
    if due > event.at:
        return group, (fx.SetTimer("silent", group.turn, due),)
    if group.asked:
        return _end_set(group)
    group = replace(group, asked=True, turn=group.turn + 1)
    if group.steers is None:
        return group, ()
    return group, (fx.Whisper(group.steers, "silent", group.id, group.key),)


# Turns


def offer_turn(group: LearningSet, event: ev.TurnOffered) -> Outcome:
    """Queue for a turn without an issue; this opens no meeting earlier."""
    only_members(group, event)
    may_present(group, event.by)
    if event.by not in group.queue:
        group = replace(group, queue=(*group.queue, event.by))
    return group, ()


def choose_turns(group: LearningSet, event: ev.TurnsChosen) -> Outcome:
    """Put these people first, in this order; others who queued stay behind them."""
    only_steering(group, event)
    if not set(event.order) <= group.people:
        raise Refusal("not_in_the_set")
    if group.facilitator in event.order:
        raise Refusal("facilitator_does_not_present")
    queue = tuple(dict.fromkeys((*event.order, *group.queue)))
    return _plan_from(replace(group, queue=queue), event), ()


def may_present(group: LearningSet, person: PersonId) -> None:
    """Refuse a turn to the facilitator, and to all when no meeting will come."""
    if person == group.facilitator:
        raise Refusal("facilitator_does_not_present")
    if group.finished:
        raise Refusal("programme_is_over")


# Ground rules


def change_rules(group: LearningSet, event: ev.RulesChanged) -> Outcome:
    """Write a new version; each member is asked to agree again, and nothing waits for it."""
    only_steering(group, event)
    if not 0 <= event.lines <= policy.RULES_MOST:
        raise Refusal("too_many_rules", most=policy.RULES_MOST)
    rules = replace(group.rules, version=group.rules.version + 1, assented=frozenset({event.by}))
    group = replace(group, rules=rules)
    others = (m.person for m in group.members if m.person != event.by)
    version = {"version": rules.version}
    return group, tuple(fx.Whisper(p, "rules", group.id, group.key, values=version) for p in others)


def agree(group: LearningSet, event: ev.RulesAgreed) -> Outcome:
    """Agree to the version that was read, not to a later one."""
    only_members(group, event)
    if event.version != group.rules.version:
        raise Refusal("rules_have_changed")
    rules = replace(group.rules, assented=group.rules.assented | {event.by})
    return replace(group, rules=rules), ()
