"""From stage to stage: beginning, waves of sessions, closing, and when a stage is complete."""

from __future__ import annotations

from dataclasses import replace

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import stages
from bot.method.card_key import CardKey, CardKind
from bot.method.meeting import pulse
from bot.method.meeting.state import PRESENTED, Meeting, Outcome, show_card
from bot.method.terms import Ending, PersonId, SessionId


def begin(meeting: Meeting, event: ev.MeetingBegun) -> Outcome:
    """Open the meeting with report back, or skip that when nobody owes one."""
    meeting = replace(
        meeting,
        began=event.at,
        owing=event.owing,
        presenters=event.presenters,
        chosen=event.chosen,
        waves=waves(meeting.format.presenters, event.presenters),
    )
    return _enter(meeting, 0, event)


def waves(mode: str, presenters: tuple[PersonId, ...]) -> tuple[tuple[PersonId, ...], ...]:
    """Presenters by wave: one alone, two halves of the set, or one after another."""
    if mode == "one":
        return (presenters[:1],) if presenters else ()
    if mode == "sequence":
        return tuple((p,) for p in presenters)
    half = -(-len(presenters) // 2)
    return tuple(w for w in (presenters[:half], presenters[half:]) if w)


def _enter(meeting: Meeting, place: int, event: ev.Happening) -> Outcome:
    while place < len(meeting.plan):
        stage = meeting.plan[place]
        nobody = stage is not None and stage.awaits == "owing" and not meeting.owing
        unused = place > len(meeting.format.before) and not meeting.presented
        # Who has brought an issue already need not bid for the turn.
        settled = stage is not None and stage.form == "bids" and meeting.chosen
        if not nobody and not unused and not settled:
            break
        place += 1
    if place >= len(meeting.plan):
        return _close(meeting, event)
    meeting, timers = stages.enter(_give_turn(meeting, place), place, event.at)
    meeting = replace(meeting, told=())
    if meeting.stage is None:
        return _next_wave(meeting, event, *timers, *show_if_shown(meeting))
    card = fx.Show("meeting", meeting.key, meeting.id)
    key = CardKey.of(CardKind.STAGE, meeting.id, meeting.entry)
    values = {"stage": meeting.stage.name}
    post = fx.Show("stage_opens", key, meeting.id, meeting.key, values)
    return meeting, (*timers, card, post)


def _next_wave(meeting: Meeting, event: ev.Happening, *effects: fx.Effect) -> Outcome:
    if meeting.wave >= len(meeting.waves):
        meeting, more = _enter(meeting, meeting.at + 1, event)
        return meeting, (*effects, *more)
    begun: list[fx.Effect] = []
    for presenter in meeting.waves[meeting.wave]:
        session = SessionId(f"{meeting.id}-s{len(meeting.sessions) + 1}")
        meeting = replace(
            meeting,
            sessions=(*meeting.sessions, session),
            running=meeting.running | {session},
        )
        begun += [
            fx.BeginSession(session, presenter),
            fx.Tell(session, ev.SessionBegun(at=event.at)),
        ]
    return replace(meeting, wave=meeting.wave + 1), (*effects, *begun)


def close_session(meeting: Meeting, event: ev.SessionClosed) -> Outcome:
    if event.session not in meeting.running:
        return meeting, ()
    meeting = replace(meeting, running=meeting.running - {event.session}, acting_from=event.at)
    if event.ending in PRESENTED:
        meeting = replace(meeting, presented=(*meeting.presented, event.presenter))
    if event.ending is Ending.actions:
        # Who committed to something owes a report, the presenter or a volunteer.
        acted = dict.fromkeys((*meeting.acted, *(event.committed or (event.presenter,))))
        meeting = replace(meeting, acted=tuple(acted))
    if meeting.running:
        return meeting, ()
    return _next_wave(meeting, event)


def go_on(meeting: Meeting, event: ev.Happening) -> Outcome:
    return _enter(meeting, meeting.at + 1, event)


def _close(meeting: Meeting, event: ev.Happening) -> Outcome:
    shown = _was_shown(meeting)
    meeting = replace(
        meeting,
        over=True,
        entry=meeting.entry + 1,
        turn=meeting.turn + 1,
        closes=None,
        left=None,
        counts={},
        told=(),
    )
    closed = ev.MeetingClosed(
        at=event.at,
        acting_from=meeting.acting_from or event.at,
        presented=meeting.presented,
        acted=meeting.acted,
        reported=tuple(sorted(meeting.reported)),
    )
    meeting, timer = pulse.leave_time(meeting, event)
    shows_card = shown or bool(meeting.presented)  # when the set meets next is said in any case
    card = (fx.Show("meeting", meeting.key, meeting.id),) if shows_card else ()
    return meeting, (*stages.quiet(), *timer, fx.Tell(meeting.set, closed), *card)


def _was_shown(meeting: Meeting) -> bool:
    """Whether the meeting's card was shown: once a stage of its own has run."""
    return meeting.at > len(meeting.format.before) or (meeting.at >= 0 and bool(meeting.owing))


def show_if_shown(meeting: Meeting) -> tuple[fx.Effect, ...]:
    return (fx.Show("meeting", meeting.key, meeting.id),) if _was_shown(meeting) else ()


def _give_turn(meeting: Meeting, place: int) -> Meeting:
    """Give the turn to the bid with most backing; the turn list settles a tie."""
    if place != len(meeting.format.before) or not meeting.bids:
        return meeting
    backers = [*meeting.backing.values()]
    order = [p for p in meeting.presenters if p in meeting.bids]
    order += [p for p in meeting.bids if p not in order]
    first = max(order, key=lambda p: backers.count(p))
    rest = tuple(p for p in meeting.presenters if p != first)
    return replace(meeting, waves=waves(meeting.format.presenters, (first, *rest)))


def check_complete(meeting: Meeting, event: ev.Happening, *effects: fx.Effect) -> Outcome:
    if meeting.stage is not None and not meeting.paused and not meeting.waiting_for(event.at):
        meeting, more = go_on(meeting, event)
        return meeting, (*effects, *more)
    return show_card(meeting, *effects)
