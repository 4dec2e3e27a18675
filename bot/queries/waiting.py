"""What waits for a person, and what runs in a set, as it is now. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.method import effects as fx
from bot.method.actions import Action, CheckIn, due_now
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.stages import Staged
from bot.method.terms import Contribution, Person
from bot.ports import Tx
from bot.worktime import local_date


@dataclass(frozen=True, slots=True)
class Waiting:
    """All that waits for one person, as it is now."""

    check_ins: tuple[tuple[Action, CheckIn], ...] = ()
    stages: tuple[Session | Meeting, ...] = ()
    to_present: tuple[Session, ...] = ()
    nudges: tuple[Contribution, ...] = ()
    invitations: tuple[LearningSet, ...] = ()

    def __bool__(self) -> bool:
        return bool(
            self.check_ins or self.stages or self.to_present or self.nudges or self.invitations
        )


def last_call(tx: Tx, nudge: fx.Nudge, at: datetime) -> Waiting:
    """The one stage it was planned for, if it still runs and still waits for this person."""
    staged = tx.machines.load(Session, nudge.ref) or tx.machines.load(Meeting, nudge.ref)
    if staged is None or staged.entry != nudge.entry or not _still_waits(staged, nudge, at):
        return Waiting()
    return _waiting_in(staged, nudge.person)


def gather(tx: Tx, person: Person, at: datetime) -> Waiting:
    """Everything that waits for a person, over all their sets and actions."""
    today = local_date(at, person.hours)
    check_ins = []
    for action in tx.actions.of_owner(person.id):
        check_in = due_now(action, today)
        if check_in is not None:
            check_ins.append((action, check_in))
    stages: list[Session | Meeting] = []
    to_present: list[Session] = []
    invitations: list[LearningSet] = []
    nudges: list[Contribution] = []
    live: set[str] = set()
    for id in tx.sets.of_person(person.id):
        group = tx.machines.load(LearningSet, id)
        if group is None or group.over or group.paused:
            continue
        if person.id in group.invited:
            invitations.append(group)
            continue
        for staged in running(tx, group):
            if staged.format.live:
                continue  # who meets in real time is there, and needs no message about it
            live.add(staged.id)
            if person.id not in staged.waiting_for(at) or staged.paused:
                continue
            if isinstance(staged, Session) and not staged.presented:
                to_present.append(staged)
            else:
                stages.append(staged)
    for contribution in tx.contributions.unanswered_nudges(person.id):
        session = (
            tx.machines.load(Session, contribution.session)
            if contribution.session in live
            else None
        )
        if session is None or person.id in session.passed:
            continue
        again = contribution.verdict == "nudge"  # a tip is said once
        if again and contribution.entry == session.entry and not session.paused:
            nudges.append(contribution)
    return Waiting(
        tuple(check_ins), tuple(stages), tuple(to_present), tuple(nudges[:1]), tuple(invitations)
    )


def running(tx: Tx, group: LearningSet) -> tuple[Session | Meeting, ...]:
    """The meeting of a set and its sessions, as far as a stage of theirs is running."""
    meeting = tx.machines.load(Meeting, group.meeting) if group.meeting else None
    if meeting is None or meeting.over:
        return ()
    stages: list[Session | Meeting] = [meeting] if meeting.stage is not None else []
    for id in meeting.sessions:
        session = tx.machines.load(Session, id) if id in meeting.running else None
        if session is not None and not session.over:
            stages.append(session)
    return tuple(stages)


def _still_waits(staged: Staged, nudge: fx.Nudge, at: datetime) -> bool:
    return not staged.paused and not staged.over and nudge.person in staged.waiting_for(at)


def _waiting_in(staged: Session | Meeting, person: object) -> Waiting:
    if isinstance(staged, Session) and not staged.presented and staged.presenter == person:
        return Waiting(to_present=(staged,))
    return Waiting(stages=(staged,))
