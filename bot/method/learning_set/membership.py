"""Who belongs to a set, who hosts and who facilitates it."""

from __future__ import annotations

from dataclasses import replace

from bot.method import effects as fx
from bot.method import events as ev
from bot.method.card_key import CardKey, CardKind
from bot.method.learning_set import calendar, votes
from bot.method.learning_set.state import (
    LearningSet,
    Outcome,
    tell_meeting,
    tell_roles,
)
from bot.method.stages import Refusal
from bot.method.terms import Member


def invite(group: LearningSet, event: ev.Invited) -> Outcome:
    """Invite others; they still have to agree to the ground rules."""
    if event.by not in group.people and event.by != group.host:
        raise Refusal("members_only")
    new = tuple(
        p for p in dict.fromkeys(event.people) if p not in group.people and p not in group.invited
    )
    if not new:
        return group, ()
    group = replace(group, invited=(*group.invited, *new), invitations=group.invitations + 1)
    return group, (_invitation(group),)


def _invitation(group: LearningSet) -> fx.Show:
    """A new card for each round of invitations, so that those invited get a notification."""
    return fx.Show(
        "invitation", CardKey.of(CardKind.INVITATION, group.id, group.invitations), group.id
    )


def join(group: LearningSet, event: ev.Joined) -> Outcome:
    """Join, which is assent to the ground rules. For somebody uninvited the host is asked."""
    if event.by in group.people:
        return group, ()
    if event.by not in group.invited and group.members:
        effects: list[fx.Effect] = [fx.Refuse(event.by, "not_invited")]
        if group.host is not None:
            values = {"set": group.id}
            effects.append(fx.Whisper(group.host, "asks_to_join", event.by, values=values))
        return group, tuple(effects)
    if len(group.peers) >= group.format.size.most:
        raise Refusal("set_is_full", most=group.format.size.most)
    rules = replace(group.rules, assented=group.rules.assented | {event.by})
    was_asked, was_missing = event.by in group.invited, calendar.missing(group)
    group = replace(
        group,
        members=(*group.members, Member(event.by, event.hours)),
        invited=tuple(p for p in group.invited if p != event.by),
        host=group.host or event.by,
        rules=rules,
        first={**group.first, event.by: group.number + (0 if group.meeting else 1)},
    )
    shown = (_invitation(group),) if was_asked else ()
    group, vote = votes.count_votes(group, event)
    notices = (*tell_meeting(group, event), *shown, *_size_hint(group), *vote)
    if was_missing == 1 and group.ready and calendar.is_free(group, event):
        # Somebody's issue has waited for exactly this person.
        group, opened = calendar.open_meeting(group, event)
        notices = (*notices, *opened)
    return group, notices


def _size_hint(group: LearningSet) -> tuple[fx.Effect, ...]:
    """Tell the host once that the set has outgrown the good size (method.md §2)."""
    if group.host is None or len(group.peers) != group.format.size.good[1] + 1:
        return ()
    return (fx.Whisper(group.host, "set_is_large", group.id, group.key),)


def leave(group: LearningSet, event: ev.Left) -> Outcome:
    """Anyone may leave at any time; their own words are erased, counts stay (method.md §8)."""
    if event.by not in group.people:
        if event.by in group.invited:
            remaining = tuple(p for p in group.invited if p != event.by)
            return replace(group, invited=remaining), ()
        raise Refusal("members_only")
    group = replace(
        group,
        members=tuple(m for m in group.members if m.person != event.by),
        queue=tuple(p for p in group.queue if p != event.by),
        ready=group.ready - {event.by},
        owing=tuple(p for p in group.owing if p != event.by),
        last_turn={p: n for p, n in group.last_turn.items() if p != event.by},
        first={p: n for p, n in group.first.items() if p != event.by},
        rules=replace(group.rules, assented=group.rules.assented - {event.by}),
    )
    effects = (*tell_meeting(group, event), fx.Erase(event.by))
    if not group.members:
        return replace(group, over=True, host=None, facilitator=None, turn=group.turn + 1), effects
    if event.by in (group.host, group.facilitator):
        group = replace(
            group,
            facilitator=None if group.facilitator == event.by else group.facilitator,
            host=group.members[0].person if group.host == event.by else group.host,
        )
        effects = (*effects, *tell_roles(group, event))
    group, vote = votes.count_votes(group, event)
    return group, (*effects, *vote)


def change_hours(group: LearningSet, event: ev.HoursChanged) -> Outcome:
    group = replace(
        group,
        members=tuple(
            replace(m, hours=event.hours) if m.person == event.by else m for m in group.members
        ),
    )
    return group, tell_meeting(group, event)


def name_facilitator(group: LearningSet, event: ev.FacilitatorNamed) -> Outcome:
    """Appoint a facilitator: by the outgoing one, or else the host."""
    if event.by != (group.facilitator or group.host):
        raise Refusal("only_facilitator")
    if event.facilitator is not None and event.facilitator not in group.people:
        raise Refusal("not_in_the_set")
    most = group.format.size.most
    if event.facilitator is None and len(group.people) > most:
        raise Refusal("format_too_many", most=most, members=len(group.people))
    group = replace(group, facilitator=event.facilitator)
    effects = tell_roles(group, event)
    if event.facilitator is not None and event.facilitator != event.by:
        effects = (*effects, fx.Whisper(event.facilitator, "you_facilitate", group.id, group.key))
    group, settled = votes.settle_by_appointment(group)
    return group, (*effects, *settled)
