"""When a set meets: presenting, opening and closing meetings, pausing, and the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy
from bot.method.card_key import CardKey, CardKind
from bot.method.learning_set import agreements, votes
from bot.method.learning_set.state import (
    LearningSet,
    Outcome,
    mark_active,
    meeting_id,
    only_members,
    only_steering,
    plan_next_meeting,
    turns,
)
from bot.method.stages import Refusal
from bot.method.terms import PersonId
from bot.worktime import NeverWorks, add_working_days, at_local, is_working_day


def missing(group: LearningSet) -> int:
    """How many more must join before anyone presents; nobody, where presenters take turns.

    There the session itself waits for its people. Where everyone presents, a meeting that opened
    sooner would leave out whoever joins later.
    """
    if group.format.presenters == "one":
        return 0
    return max(group.format.size.least - len(group.peers), 0)


def ask_to_present(group: LearningSet, event: ev.PresentAsked) -> Outcome:
    """Begin the issue now if a meeting may open; else queue it and say when."""
    if event.by not in group.people:
        raise Refusal("members_only")
    agreements.may_present(group, event.by)
    if _lacks_coach(group):
        # One of the six components is missing, so the method cannot run (method.md §2, S4).
        raise Refusal("needs_coach")
    if event.by not in group.queue:
        group = replace(group, queue=(*group.queue, event.by))
    group = replace(group, ready=group.ready | {event.by})
    queued = fx.Whisper(event.by, "queued", group.id, group.key)
    if missing(group):
        return group, (queued,)
    if is_free(group, event):
        # Who has an issue need not wait for those who only offered to bring one.
        queue = tuple(sorted(group.queue, key=lambda p: p not in group.ready))
        return open_meeting(replace(group, queue=queue), event)
    waits = group.meeting is None and not group.paused
    if waits and group.earliest is not None and group.queue[0] in group.ready:
        # Someone is ready: the set need not wait for its rhythm, only for the time to act.
        opens = min(group.next_opens or group.earliest, group.earliest)
        group = replace(group, turn=group.turn + 1, next_opens=opens)
    return group, (queued,)


def is_free(group: LearningSet, event: ev.Happening) -> bool:
    """Whether a meeting may open now: none runs, and there was time to act since the last."""
    if group.meeting is not None or group.paused:
        return False
    return group.earliest is None or event.at >= group.earliest


def open_meeting(group: LearningSet, event: ev.Happening) -> Outcome:
    was, everyone, ready = group, turns(group), group.ready
    chosen = bool(everyone) and everyone[0] in ready
    # Where the set bids for the turn, nobody has it yet; the turn list settles a tie.
    bids = not chosen and any(stage.form == "bids" for stage in group.format.before)
    presenters = everyone if bids or group.format.presenters != "one" else everyone[:1]
    taken = () if bids else presenters
    number = group.number + 1
    meeting = meeting_id(group.id, number)
    owing = tuple(p for p in group.owing if p in group.people)
    group = replace(
        group,
        meeting=meeting,
        number=number,
        began=event.at,
        turn=group.turn + 1,
        next_opens=None,
        due=False,
        earliest=None,
        queue=tuple(p for p in group.queue if p not in taken),
        ready=group.ready.difference(taken),
    )
    begun = ev.MeetingBegun(at=event.at, owing=owing, presenters=presenters, chosen=chosen)
    effects = (_time_to_meet(was),) if was.due else ()
    group, small = _small_hint(group)
    return group, (
        *effects,
        fx.BeginMeeting(meeting, presenters),
        fx.Tell(meeting, begun),
        *small,
    )


def _small_hint(group: LearningSet) -> Outcome:
    """Below the good size the host is told as a meeting opens, once for each size.

    A set that is still gathering (below the hard least) is told by its card how many are missing.
    """
    size, peers = group.format.size, len(group.peers)
    small = size.least <= peers < size.good[0]
    if group.host is None or not small or peers == group.told_small:
        return group, ()
    hint = fx.Whisper(group.host, "set_is_small", group.id, group.key)
    return replace(group, told_small=peers), (hint,)


def close_meeting(group: LearningSet, event: ev.MeetingClosed) -> Outcome:
    """Plan the next meeting, unless this was the last of the programme."""
    # Who got the turn by bids is in line no more; nor who brought the issue of a later slot.
    had = [p for p in event.presented if group.format.presenters != "one" or p not in group.ready]
    owing = [p for p in group.owing if p not in event.reported]
    owing += [p for p in event.acted if p not in owing]
    group = replace(
        group,
        meeting=None,
        turn=group.turn + 1,
        queue=tuple(p for p in group.queue if p not in had),
        ready=group.ready.difference(had),
        owing=tuple(p for p in owing if p in group.people),
        last_turn={**group.last_turn, **dict.fromkeys(event.presented, group.number)},
        acting_from=event.acting_from,
        first=group.first if event.presented else _first_is_next(group),
    )
    if event.presented or event.acted or event.reported:
        group = mark_active(group, event)
    if group.over:
        return group, ()
    group, effects = _next_host(plan_next_meeting(group))
    if group.finished and group.steers is not None:
        over = fx.Whisper(group.steers, "programme_over", group.id, group.key)
        effects = (*effects, over)
    return group, effects


def _first_is_next(group: LearningSet) -> dict[PersonId, int]:
    """Nobody presented, so for new members the first meeting is still to come."""
    new = (p for p in group.people if group.first.get(p, 1) == group.number)
    return {**group.first, **dict.fromkeys(new, group.number + 1)}


def _next_host(group: LearningSet) -> Outcome:
    """Rotate the host, if the set chose so and has no facilitator (method.md §2, S1)."""
    everyone = [m.person for m in group.members]
    if not group.rotate or group.facilitator is not None or len(everyone) < 2:
        return group, ()
    place = everyone.index(group.host) if group.host in everyone else -1
    host = everyone[(place + 1) % len(everyone)]
    return replace(group, host=host), (fx.Whisper(host, "you_host", group.id, group.key),)


def time_ran_out(group: LearningSet, event: ev.TimeRanOut) -> Outcome:
    if event.turn != group.turn or group.over:
        return group, ()
    if event.name == "silent":
        return agreements.silence(group, event)
    if event.name == "proposal":
        return votes.lapse(group)
    if event.name == "resume" and group.paused:
        return _resume(group, event)
    if event.name != "meeting" or group.paused or group.meeting is not None or group.finished:
        return group, ()
    if len(group.peers) < group.format.size.least or _lacks_coach(group):
        later = event.at + timedelta(days=policy.REOPEN_DAYS)
        group = replace(group, turn=group.turn + 1, next_opens=later)
        if group.host is None:
            return group, ()
        card = "no_coach_yet" if _lacks_coach(group) else "too_few_to_meet"
        return group, (fx.Whisper(group.host, card, group.id, group.key),)
    if group.overrides.live:
        # In real time nothing begins before people are together: they say when.
        return replace(group, due=True), (_time_to_meet(group),)
    return open_meeting(group, event)


def _time_to_meet(group: LearningSet) -> fx.Show:
    return fx.Show(
        "time_to_meet", CardKey.of(CardKind.TIME_TO_MEET, group.id, group.number + 1), group.id
    )


def want_meeting(group: LearningSet, event: ev.MeetingWanted) -> Outcome:
    """Open the meeting of a live set when somebody says that they are together."""
    only_members(group, event)
    if group.meeting is not None or not group.due or group.paused:
        raise Refusal("that_moment_has_passed")
    if len(group.peers) < group.format.size.least:
        missing = group.format.size.least - len(group.peers)
        raise Refusal("too_few_to_begin", missing=missing)
    if _lacks_coach(group):
        raise Refusal("needs_coach")
    return open_meeting(group, event)


def _lacks_coach(group: LearningSet) -> bool:
    return group.format.coach and group.facilitator is None


def pause(group: LearningSet, event: ev.SetPaused) -> Outcome:
    """Pause the set: no meeting opens, a running one goes on. With a date it ends by itself."""
    only_steering(group, event)
    if group.paused:
        raise Refusal("is_paused")
    resumes = None
    if event.until is not None:
        day = event.until
        try:
            if not is_working_day(day, group.home):
                day = add_working_days(day, 1, group.home)
        except NeverWorks:
            pass
        resumes = max(at_local(day, group.home.start, group.home), event.at)
    opens = group.next_opens
    if opens is not None and resumes is not None:
        opens = max(opens, resumes)
    group = replace(group, paused=True, resumes=resumes, next_opens=opens, turn=group.turn + 1)
    return group, ()


def resume(group: LearningSet, event: ev.SetResumed) -> Outcome:
    only_steering(group, event)
    if not group.paused:
        raise Refusal("not_paused")
    return _resume(group, event)


def _resume(group: LearningSet, event: ev.Happening) -> Outcome:
    group = replace(group, paused=False, resumes=None, turn=group.turn + 1)
    if group.meeting is None and group.next_opens is not None:
        group = replace(group, next_opens=max(group.next_opens, event.at))
    return group, ()
