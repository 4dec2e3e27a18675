"""Who facilitates: named by who has the power to, proposed to the set by anybody else."""

from __future__ import annotations

from collections.abc import Callable

from bot.handlers.inputs import Pressed, Sent
from bot.handlers.request_context import RequestContext
from bot.method import events as ev
from bot.method.stages import Refusal

LONGEST_NUMBER = 6  # digits of a proposal's number


def facilitator(context: RequestContext, rest: str) -> None:
    """`/als set facilitator`: the form for naming one, or for proposing one."""
    group = context.here()
    if context.me.id not in group.people:
        raise Refusal("members_only")
    context.open("facilitator" if context.me.id == group.steers else "propose", group.id)


def handle_proposal_form(context: RequestContext, sent: Sent) -> None:
    """Nobody picked: the set would go on by itself, with a rotating host."""
    group = context.my_set(sent.ref)
    picked = sent.people.get("person", ())
    person = context.person(picked[0]).id if picked else None
    event = ev.FacilitatorProposed(at=context.at, by=context.me.id, facilitator=person)
    if context.tell(group.id, event):
        context.say("noted")


def _says(agrees: bool) -> Callable[[RequestContext, Pressed], None]:
    def press(context: RequestContext, press: Pressed) -> None:
        set_id, _, number = press.ref.rpartition(":")
        group = context.my_set(set_id)
        if not number.isdecimal() or len(number) > LONGEST_NUMBER:
            raise Refusal("that_moment_has_passed")
        event = ev.ProposalAnswered(
            at=context.at, by=context.me.id, proposal=int(number), agrees=agrees
        )
        if context.tell(group.id, event):
            context.say("noted")

    return press


PRESSES: dict[str, Callable[[RequestContext, Pressed], None]] = {
    "vote_yes": _says(True),
    "vote_no": _says(False),
}

FORMS: dict[str, Callable[[RequestContext, Sent], None]] = {"propose": handle_proposal_form}
