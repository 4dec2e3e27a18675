"""Votes on facilitation: any member may propose a facilitator, or that nobody facilitates.

Rule 1: one proposal is open at a time; a new one takes the place of the old one.
Rule 2: more than half of the members carry it, half of them against it end it, and so do ten
        working days. Members are those who are in the set now: a leaver's vote goes along.
Rule 3: who voted how stays in this state; the card shows how many agree, never who (method.md §6).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.method import effects as fx
from bot.method import events as ev
from bot.method import policy
from bot.method.card_key import CardKey, CardKind
from bot.method.learning_set.state import LearningSet, Outcome, Proposal, only_members, tell_roles
from bot.method.stages import Refusal
from bot.method.terms import PersonId
from bot.worktime import WORKING_DAY, NeverWorks, add_working


def propose(group: LearningSet, event: ev.FacilitatorProposed) -> Outcome:
    """Whoever proposes agrees; the others are asked by a card where the set meets."""
    only_members(group, event)
    wanted = event.facilitator
    _may_be(group, wanted)
    if _is_so(group, event):
        raise Refusal("already_done")
    group, closed = _close(group, "replaced")
    number = group.proposals + 1
    proposal = Proposal(number, event.by, wanted, _until(group, event.at), frozenset({event.by}))
    group = replace(group, proposal=proposal, proposals=number, turn=group.turn + 1)
    group, effects = count_votes(group, event)
    return group, (*closed, *effects)


def _may_be(group: LearningSet, wanted: PersonId | None) -> None:
    """Refuse a stranger, and to go without where the method or its size does not allow it."""
    if wanted is not None:
        if wanted not in group.people:
            raise Refusal("not_in_the_set")
        return
    if group.format.coach:
        raise Refusal("not_without_coach")
    most = group.format.size.most
    if len(group.people) > most:
        raise Refusal("format_too_many", most=most, members=len(group.people))


def _is_so(group: LearningSet, wish: Proposal | ev.FacilitatorProposed) -> bool:
    """Whether the proposal is what holds already; without a facilitator the host must rotate."""
    return group.facilitator == wish.facilitator and (wish.facilitator is not None or group.rotate)


def _until(group: LearningSet, at: datetime) -> datetime:
    try:
        return add_working(at, policy.PROPOSAL_DAYS * WORKING_DAY, group.home)
    except NeverWorks:
        return at + timedelta(days=policy.PROPOSAL_DAYS)


def answer(group: LearningSet, event: ev.ProposalAnswered) -> Outcome:
    """Yes or not now; until it is settled, anybody may change their mind."""
    only_members(group, event)
    proposal = group.proposal
    if proposal is None or proposal.number != event.proposal:
        raise Refusal("proposal_is_settled")
    me = frozenset({event.by})
    yes = proposal.yes | me if event.agrees else proposal.yes - me
    no = proposal.no - me if event.agrees else proposal.no | me
    return count_votes(replace(group, proposal=replace(proposal, yes=yes, no=no)), event)


def count_votes(group: LearningSet, event: ev.Happening) -> Outcome:
    """Count the votes of those who are members now; nothing where no proposal is open."""
    proposal = group.proposal
    if proposal is None:
        return group, ()
    people = group.people
    proposal = replace(proposal, yes=proposal.yes & people, no=proposal.no & people)
    group = replace(group, proposal=proposal)
    try:
        _may_be(group, proposal.facilitator)
    except Refusal:
        return _close(group, "void")  # since it was made, the set or its method has changed
    if 2 * len(proposal.yes) > len(people):
        return _carry_out(group, proposal, event)
    if 2 * len(proposal.no) >= len(people):
        return _close(group, "declined")
    return group, (_card(group, proposal, "open"),)


def _carry_out(group: LearningSet, proposal: Proposal, event: ev.Happening) -> Outcome:
    group, shown = _close(group, "agreed")
    rotate = group.rotate or proposal.facilitator is None
    group = replace(group, facilitator=proposal.facilitator, rotate=rotate)
    effects = tell_roles(group, event)
    if proposal.facilitator is not None:
        asked = fx.Whisper(proposal.facilitator, "you_facilitate", group.id, group.key)
        effects = (*effects, asked)
    return group, (*shown, *effects)


def settle_by_appointment(group: LearningSet) -> Outcome:
    """Settle the proposal, because an appointment has just done what it asked."""
    proposal = group.proposal
    return _close(group, "agreed") if proposal and _is_so(group, proposal) else (group, ())


def lapse(group: LearningSet) -> Outcome:
    """Close the proposal, because its working days are over."""
    return _close(group, "lapsed")


def _close(group: LearningSet, state: str) -> Outcome:
    proposal = group.proposal
    if proposal is None:
        return group, ()
    group = replace(group, proposal=None, turn=group.turn + 1)
    return group, (_card(group, proposal, state),)


def _card(group: LearningSet, proposal: Proposal, state: str) -> fx.Show:
    """The proposal's card. It carries all it shows, because a settled proposal is deleted."""
    values = {
        "state": state,
        "person": proposal.facilitator or "",
        "yes": len(proposal.yes),
        "all": len(group.people),
    }
    about = f"{group.id}:{proposal.number}"
    return fx.Show(
        "proposal", CardKey.of(CardKind.PROPOSAL, group.id, proposal.number), about, values=values
    )
