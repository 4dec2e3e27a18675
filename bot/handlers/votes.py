"""Who facilitates: named by who has the power to, proposed to the set by anybody else."""

from __future__ import annotations

from collections.abc import Callable

from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import Desk
from bot.method import events as ev
from bot.method.stages import Refusal

LONGEST_NUMBER = 6  # digits of a proposal's number


def facilitator(desk: Desk, rest: str) -> None:
    """`/als set facilitator`: the form for naming one, or for proposing one."""
    group = desk.here()
    if desk.me.id not in group.people:
        raise Refusal("members_only")
    desk.open("facilitator" if desk.me.id == group.steers else "propose", group.id)


def proposed(desk: Desk, sent: Sent) -> None:
    """Nobody picked: the set would go on by itself, with a rotating host."""
    group = desk.my_set(sent.ref)
    picked = sent.people.get("person", ())
    person = desk.person(picked[0]).id if picked else None
    event = ev.FacilitatorProposed(at=desk.at, by=desk.me.id, facilitator=person)
    if desk.tell(group.id, event):
        desk.say("noted")


def _says(agrees: bool) -> Callable[[Desk, Pressed], None]:
    def press(desk: Desk, press: Pressed) -> None:
        set_id, _, number = press.ref.rpartition(":")
        group = desk.my_set(set_id)
        if not number.isdecimal() or len(number) > LONGEST_NUMBER:
            raise Refusal("that_moment_has_passed")
        event = ev.ProposalAnswered(at=desk.at, by=desk.me.id, proposal=int(number), agrees=agrees)
        if desk.tell(group.id, event):
            desk.say("noted")

    return press


PRESSES: dict[str, Callable[[Desk, Pressed], None]] = {
    "vote_yes": _says(True),
    "vote_no": _says(False),
}

FORMS: dict[str, Callable[[Desk, Sent], None]] = {"propose": proposed}
