"""Planted faults: mistakes of the kind that really happen, to prove that the observer sees them.

Each one changes the real code for as long as a simulation runs; a test demands that each is
caught within 50 seeds. None of this is part of the product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from adapters.simulate.records import swapped
from adapters.simulate.run import Simulation
from bot.delivery import courier, policy
from bot.handlers import host, messages, unit_of_work
from bot.handlers.inputs import Deleted, Edited, Typed
from bot.method import actions, stages
from bot.method import events as ev
from bot.method import session as session_machine
from bot.method.session import Session, checks, process
from bot.method.stages import Staged
from bot.ports import Claim, Reply, Transient
from bot.worktime import personal_end

Fault = Callable[["Simulation"], AbstractContextManager[None]]
FAULTS: dict[str, Fault] = {}


def fault(plant: Callable[[Simulation], Iterator[None]]) -> Fault:
    """Register a fault under its function's name."""
    made = contextmanager(plant)
    FAULTS[plant.__name__] = made
    return made


def _role(simulation: Simulation, name: str) -> Any:
    """The class of a role of the store's transactions, so that a method of it can be changed."""
    with simulation.store.reading() as tx:
        return type(getattr(tx, name))


@fault
def dedupe_off(simulation: Simulation) -> Iterator[None]:
    """Whatever arrives twice is taken twice."""
    with swapped(_role(simulation, "processed"), "record_once", lambda self, key, at: True):
        yield


@fault
def timer_without_turn(simulation: Simulation) -> Iterator[None]:
    """A stage's old timer survives an extension, and nobody looks at its turn."""
    timers = _role(simulation, "timers")
    kept, ran_out = timers.set, process.time_ran_out

    def set_timer(self: Any, timer: Any) -> None:
        old = self.get(timer.owner, timer.name)
        if old is not None and timer.name == "close" and old.due < timer.due:
            timer = replace(timer, due=old.due)
        kept(self, timer)

    def any_turn(session: Any, event: ev.TimeRanOut) -> Any:
        return ran_out(session, replace(event, turn=session.turn))

    table = {**session_machine.ANYTIME, ev.TimeRanOut: any_turn}
    with (
        swapped(timers, "set", set_timer),
        swapped(session_machine, "ANYTIME", table),
    ):
        yield


@fault
def quiet_hours_ignored(simulation: Simulation) -> Iterator[None]:
    """The digest goes out at nine o'clock UTC, wherever people are."""

    def nine_utc(at: Any, hours: Any) -> Any:
        return at.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)

    with (
        swapped(unit_of_work, "next_digest", nine_utc),
        swapped(policy, "is_working", lambda at, hours: True),
    ):
        yield


@fault
def budget_ignored(simulation: Simulation) -> Iterator[None]:
    """Nobody counts what was sent, and the digest comes every two hours."""

    def soon(at: Any, hours: Any) -> Any:
        return at + timedelta(hours=2)

    with (
        swapped(unit_of_work, "next_digest", soon),
        swapped(_role(simulation, "nudges"), "on_day", lambda self, person, day: ()),
    ):
        yield


@fault
def nudged_after_pass(simulation: Simulation) -> Iterator[None]:
    """Who has passed is asked all the same."""

    def waiting(self: Staged, at: Any) -> tuple[Any, ...]:
        return tuple(p for p in self.awaited if p in self.passed or not self.is_done(p))

    with swapped(Staged, "waiting_for", waiting):
        yield


@fault
def rows_instead_of_lanes(simulation: Simulation) -> Iterator[None]:
    """A worker claims rows as they come, not a lane in its order; a failed one waits alone."""
    outbox = type(simulation.store.outbox)
    claims = outbox.claims

    def mixed(found: Claim) -> Claim:
        public = [x for x in found.outbox_messages if x.card.startswith("said/")]
        others = [x for x in found.outbox_messages if x not in public]
        return replace(found, outbox_messages=(*reversed(public), *others))

    def rows(self: Any, *args: Any, **more: Any) -> tuple[Claim, ...]:
        return tuple(mixed(found) for found in claims(self, *args, **more))

    async def goes_on(self: Any, outbox_message: Any, code: str, *how: Any) -> bool:
        until = self.clock.now() + timedelta(minutes=20)
        self.store.outbox.postpone(outbox_message, until, False)
        return True

    flaky = simulation.platform
    with (
        swapped(outbox, "claims", rows),
        swapped(courier.Courier, "_retry", goes_on),
        swapped(flaky, "deliver", _often_busy(flaky)),
    ):
        yield


def _often_busy(platform: Any) -> Any:
    deliver = platform.deliver

    async def busy(delivery: Any) -> Any:
        if delivery.key.startswith("said/") and platform.rng.random() < 0.3:
            raise Transient("rate_limited")
        return await deliver(delivery)

    return busy


@fault
def card_posted_again(simulation: Simulation) -> Iterator[None]:
    """Nobody remembers where a card stands, so an edit is a new post."""
    with swapped(_role(simulation, "cards"), "get", lambda self, key: None):
        yield


@fault
def unknown_fate_repeated(simulation: Simulation) -> Iterator[None]:
    """After a time-out the post is simply sent again, without looking for the first."""

    async def blind(delivery: Any) -> None:
        return None

    with swapped(simulation.platform, "find", blind):
        yield


@fault
def failed_is_sent(simulation: Simulation) -> Iterator[None]:
    """What the platform refused for a moment is taken for sent."""

    async def forget(self: Any, outbox_message: Any, code: str, *how: Any) -> bool:
        self.store.outbox.mark_sent([outbox_message], self.clock.now())
        return True

    platform = simulation.platform
    with (
        swapped(courier.Courier, "_retry", forget),
        swapped(platform, "deliver", _often_busy(platform)),
    ):
        yield


@fault
def whispered_to_another(simulation: Simulation) -> Iterator[None]:
    """What is for one person's eyes reaches somebody else in the set."""
    private = policy._decide_private
    actors = simulation.world.actors

    def aloud(*args: Any) -> Any:
        ready = private(*args)
        if not isinstance(ready, policy.Send) or ready.delivery.card.name != "nudge":
            return ready
        person = ready.delivery.to
        assert person is not None
        wrong = next(a for u, a in actors.items() if u != person.address.user)
        to = replace(person, address=wrong.address)
        return replace(ready, delivery=replace(ready.delivery, to=to))

    with swapped(policy, "_decide_private", aloud):
        yield


@fault
def half_a_window(simulation: Simulation) -> Iterator[None]:
    """A stage's end counts in the home's hours only; members elsewhere lose their window."""

    def home_only(at: Any, minutes: int, everyone: Any, home: Any) -> Any:
        return personal_end(at, minutes, home)

    with swapped(stages, "common_end", home_only):
        yield


@fault
def edits_ignored(simulation: Simulation) -> Iterator[None]:
    """A corrected message stays what it was."""
    table = {**host.UNDERSTAND, Edited: lambda context, input: None}
    with swapped(host, "UNDERSTAND", table):
        yield


@fault
def deletions_ignored(simulation: Simulation) -> Iterator[None]:
    """A question that was taken back still counts."""
    table = {**host.UNDERSTAND, Deleted: lambda context, input: None}
    with swapped(host, "UNDERSTAND", table):
        yield


@fault
def opt_out_ignored(simulation: Simulation) -> Iterator[None]:
    """Who has switched nudges off is nudged."""
    decide = policy.what_to_send

    def deaf(tx: Any, nudge: Any, person: Any, at: Any) -> Any:
        return decide(tx, nudge, replace(person, nudges=True), at)

    with swapped(policy, "what_to_send", deaf):
        yield


@fault
def settled_asked_again(simulation: Simulation) -> Iterator[None]:
    """An action that is done is asked after all the same."""

    def never_settled(action: Any, event: ev.CheckedIn, hours: Any) -> Any:
        return replace(action, outcome=event.outcome), ()

    table = {**actions.RULES, ev.CheckedIn: never_settled}
    with swapped(actions, "RULES", table):
        yield


@fault
def somebody_elses_actions(simulation: Simulation) -> Iterator[None]:
    """One person's actions turn up in the digest of another."""
    theirs = _role(simulation, "actions")
    actions_of = theirs.of_owner
    everyone: list[Any] = []

    def of_anyone(self: Any, owner: Any, unsettled: bool = True) -> Any:
        found = actions_of(self, owner, unsettled)
        everyone.extend(a for a in found if a not in everyone)
        return found or tuple(everyone[-1:])

    with swapped(theirs, "of_owner", of_anyone):
        yield


@fault
def over_quota(simulation: Simulation) -> Iterator[None]:
    """Whoever asks most is counted most: the quota is not looked at."""
    with (
        swapped(checks, "within_quota", lambda session, person: None),
        swapped(checks, "has_quota", lambda session, person: True),
    ):
        yield


@fault
def outsiders_kept(simulation: Simulation) -> Iterator[None]:
    """A stranger's question in the thread is counted like a member's."""

    def no_outsiders(session: Any, person: Any) -> bool:
        return False

    understood = messages.handle_message

    def as_member(context: Any, message: Any) -> None:
        people = Staged.people
        everyone = property(lambda self: people.fget(self) | {context.me.id})  # type: ignore[attr-defined]
        with swapped(Staged, "people", everyone):
            understood(context, message)

    table = {**host.UNDERSTAND, Typed: as_member}
    with (
        swapped(checks, "is_outsider", no_outsiders),
        swapped(host, "UNDERSTAND", table),
    ):
        yield


# Mistakes that only bad weather brings to light (weather.py)

IN_BAD_WEATHER: dict[str, Fault] = {}


def in_bad_weather(plant: Callable[[Simulation], Iterator[None]]) -> Fault:
    """Register a fault that needs a process that dies or a database that stands still."""
    made = contextmanager(plant)
    IN_BAD_WEATHER[plant.__name__] = made
    return made


@in_bad_weather
def acked_before_kept(simulation: Simulation) -> Iterator[None]:
    """What was typed is acknowledged at once, so it does not come again after a crash."""
    weather = simulation.weather
    assert weather is not None
    later = weather._later

    def never_again(input: Any, at: Any, tries: int) -> None:
        if not tries:
            later(input, at, tries)

    with swapped(weather, "_later", never_again):
        yield


@in_bad_weather
def lease_for_ever(simulation: Simulation) -> Iterator[None]:
    """A lane that a dead worker held is never anybody else's."""
    with swapped(courier, "LEASE", 400 * 86_400):
        yield


@in_bad_weather
def death_forgotten(simulation: Simulation) -> Iterator[None]:
    """What a dead worker was sending is sent again, without looking whether it went out."""

    async def blind(self: Any, *args: Any) -> None:
        return None

    with swapped(courier.Courier, "_look_for", blind):
        yield


@in_bad_weather
def two_transactions(simulation: Simulation) -> Iterator[None]:
    """An event is noted as seen in a transaction before the one that carries it out."""
    handle = host.Host._handle

    def in_two(self: Any, input: Any) -> Any:
        with self.store.transaction() as tx:
            if not tx.processed.record_once(f"{input.idempotency_key}/noted", input.at):
                return Reply(codes=("seen_before",))
        return handle(self, input)

    with swapped(host.Host, "_handle", in_two):
        yield


@in_bad_weather
def state_without_an_event(simulation: Simulation) -> Iterator[None]:
    """Somebody changes a session beside its machine."""
    machines = _role(simulation, "machines")
    save = machines.save

    def a_little_more(self: Any, machine: Any) -> None:
        if isinstance(machine, Session) and machine.asked == 3:
            machine = replace(machine, asked=4)
        save(self, machine)

    with swapped(machines, "save", a_little_more):
        yield
