"""The imperative shell: one event, one transaction.

    input ─ seen before? ─ person ─ understand ─ step ─ save ─ outbox, timers ─ COMMIT ─ reply

Rule 1: nothing is told before it is kept. Only the reply to an interaction goes straight back.
Rule 2: the body of a transaction is plain synchronous code; threads and pools are around it.
Rule 3: one place turns errors into kindness, and no words of anyone's stand in a log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.cards.card import Card
from bot.cards.views import draw, errors
from bot.cards.views.context import ViewContext
from bot.cards.views.forms import lay_out
from bot.handlers import buttons, commands, forms, messages
from bot.handlers.inputs import (
    AnyInput,
    Commanded,
    Deleted,
    Edited,
    Pressed,
    Sent,
    Typed,
    clean_input,
)
from bot.handlers.request_context import RequestContext, person_of, text_of
from bot.handlers.unit_of_work import DAILY, UnitOfWork, person_of_daily_timer
from bot.judge import judge_of
from bot.method import effects as fx
from bot.method import events as ev
from bot.method import formats
from bot.method.stages import Refusal
from bot.method.terms import Person, PersonId, Place, SetId
from bot.ports import Ids, NewerSchema, Reply, Store, StoreBusy, StoreFull, Timer, Tx
from bot.ports.errors import describe_error
from bot.ports.lanes import person_lane
from bot.ports.metrics import Metrics
from bot.ports.runner import batchable
from bot.queries.waiting import gather

log = logging.getLogger("als.host")

THREADS_REMEMBERED = 10_000
PUT_OFF = timedelta(minutes=10)  # until a timer that failed is tried again


class Host:
    """Takes what people do and what the clock says to the machines, one transaction each."""

    def __init__(
        self,
        store: Store,
        ids: Ids,
        method: str = formats.DEFAULT,
        metrics: Metrics | None = None,
    ) -> None:
        self.store, self.ids, self.method = store, ids, method
        self.metrics = metrics or Metrics()
        self._threads: dict[Place, None] = {}

    # What people do

    @batchable
    def handle(self, input: AnyInput) -> Reply:
        """Take one input. The reply is for whoever acted.

        For something typed (no way to answer straight back) StoreBusy and StoreFull are
        raised, so that the platform is not told "taken" and sends again. NewerSchema is raised
        for everything: a newer process can take it, and to say "taken" would lose it.
        """
        with self.metrics.handling(type(input).__name__) as ended:
            return self._kindly(input, ended)

    def _kindly(self, input: AnyInput, ended: Callable[[str], None]) -> Reply:
        """One place turns errors into kindness."""
        try:
            reply = self._handle(clean_input(input))
            seen = "seen_before" in reply.codes
            ended("seen_before" if seen else "taken" if reply.ok else "refused")
            return reply
        except NewerSchema:
            ended("newer_schema")
            raise
        except (StoreBusy, StoreFull) as error:
            name = "store_full" if isinstance(error, StoreFull) else "store_busy"
            ended(name)
            if not input.interactive:
                raise
            return _apology(name, input)
        except Exception as error:
            log.error("an input failed: %s", describe_error(error))
            ended("failed")
            if not input.interactive:
                raise HandlingFailed(type(error).__name__) from None
            return _apology("broken", input)

    @batchable
    def is_our_thread(self, place: Place, message: str = "") -> bool:
        """Whether a message is in a thread of ours, or one that is known. No other is looked at."""
        with self.store.reading() as tx:
            if message and tx.contributions.at_message(place, message) is not None:
                return True
            key = tx.cards.key_at(place, place.thread) if place.thread else None
        ours = key is not None and key.begins_thread
        if ours:
            self._threads[place] = None
            while len(self._threads) > THREADS_REMEMBERED:
                # Another thread of the process may just be forgetting the same one.
                self._threads.pop(next(iter(self._threads), place), None)
        return ours

    def is_known_thread(self, place: Place) -> bool:
        """Whether a thread was heard to be ours. Looks nowhere, so it may be asked anywhere.

        What is a thread of ours stays one; whether anything still counts there, `handle` sees.
        """
        return place in self._threads

    def _handle(self, input: AnyInput) -> Reply:
        try:
            with self.store.transaction() as tx:
                reply, judged = self._in(tx, input)
            for one in judged:
                self.metrics.judged(*one)
            return reply
        except Refusal as refusal:
            # What the front refuses has changed nothing: all of it was rolled back.
            with self.store.transaction() as tx:
                me = person_of(tx, input.actor, self.ids.new)
                _resume_own_lane(tx, input, me)
                if not input.interactive:
                    return Reply(ok=False, codes=(refusal.code,))
                card = errors.refusal(ViewContext(tx, me, input.at), refusal.code, refusal.values)
                card = _with_returned_text(card, input)
                return Reply((card,), ok=False, codes=(refusal.code,), language=me.language)

    def _in(self, tx: Tx, input: AnyInput) -> tuple[Reply, Sequence[tuple[str, str, str]]]:
        if isinstance(input, Typed) and input.place.thread:
            address = input.actor.address
            tx.prefetch.prefetch_message(
                input.idempotency_key, input.deletion_key, input.at, input.place, address
            )
        if not tx.processed.record_once(input.idempotency_key, input.at):
            return Reply(codes=("seen_before",), language=input.actor.language), ()
        if isinstance(input, Typed | Edited | Deleted) and not _is_in_our_thread(tx, input):
            return Reply(), ()
        before = tx.people.at(input.actor.address)
        me = person_of(tx, input.actor, self.ids.new)
        _resume_own_lane(tx, input, me)
        work = UnitOfWork(tx, input.at, self.ids, me.id if input.interactive else None)
        if before is not None and before.hours != me.hours:
            self._hours_changed(work, me)
        context = RequestContext(work, input, me, judge_of, self.method)
        _dispatch(context, input)
        if context.hours_changed:
            self._hours_changed(work, context.me)
        return self._reply(context, input), work.judged

    def _reply(self, context: RequestContext, input: AnyInput) -> Reply:
        cards = [
            draw(context.tx, answer, context.me, context.at) for answer in context.work.answers
        ]
        refused = any(isinstance(a, fx.Refuse) for a in context.work.answers)
        if refused and cards:
            cards[-1] = _with_returned_text(cards[-1], input)
        form = None
        if context.form is not None and not refused:
            form = lay_out(
                ViewContext(context.tx, context.me, context.at), context.form, self.ids.new()
            )
        codes = tuple(context.work.codes)
        return Reply(tuple(cards), form, not refused, codes, context.joined, context.me.language)

    def _hours_changed(self, work: UnitOfWork, person: Person) -> None:
        """Another zone or absence moves this person's nudges, in every set of theirs."""
        work.plan_digest(person)
        for id in sorted(work.tx.sets.of_person(person.id)):
            group = work.hold(id)
            if group is not None and person.id in group.people:
                changed = ev.HoursChanged(at=work.at, by=person.id, hours=person.hours)
                work.tell(id, changed)

    # What the clock says

    def wake(self, now: datetime, limit: int = 200) -> int:
        """Fire every timer that is due, each in its own transaction; how many there were.

        People's daily timers belong to no set, and are fired together.
        """
        timers = self.store.timers.due(now, limit, DAILY)
        daily = [timer for timer in timers if timer.owner.startswith(DAILY)]
        left = [timer for timer in timers if not timer.owner.startswith(DAILY)]
        fired = 0
        try:
            if daily:
                together = self._fire_daily(now, limit)
                if together is None:
                    left = list(timers)
                else:
                    fired += together
            while left:
                self._fire_one(left[0], now)
                left.pop(0)
                fired += 1
        except (StoreBusy, StoreFull):
            with suppress(StoreBusy, StoreFull):
                self.store.timers.give_back(left)
            raise
        return fired

    def _fire_daily(self, now: datetime, limit: int) -> int | None:
        """One transaction for all; None if it failed, and each is to be fired by itself."""
        try:
            with self.store.transaction() as tx:
                work = UnitOfWork(tx, now, self.ids)
                mine = [
                    person_of_daily_timer(timer) for timer in tx.timers.take_due(DAILY, now, limit)
                ]
                tx.prefetch.for_digests(mine)
                for id in mine:
                    self._digest_due(work, id)
        except (StoreBusy, StoreFull):
            raise
        except Exception as error:
            # One of them is broken, or of a newer schema: the others must not pay for it.
            log.info("daily timers are fired one by one: %s", describe_error(error))
            return None
        for _ in mine:
            self.metrics.fired("fired")
        return len(mine)

    def _fire_one(self, timer: Timer, now: datetime) -> None:
        try:
            self._fire(timer, now)
        except (StoreBusy, StoreFull):
            raise
        except NewerSchema as error:
            log.warning("a timer is left to a newer process: %s", error)
            self.store.timers.defer_to_newer(timer, now)
        except Exception as error:
            # One broken timer must not keep the others from their time.
            log.error("a timer failed: %s", describe_error(error))
            self._put_off(timer, now)
            self.metrics.fired("failed")
        else:
            self.metrics.fired("fired")

    def _fire(self, timer: Timer, now: datetime) -> None:
        with self.store.transaction() as tx:
            work = UnitOfWork(tx, now, self.ids)
            digest = timer.owner.startswith(DAILY)
            # The set first, then its timer, as every event does: so nobody waits in a circle.
            group = (
                None if digest else work.hold(tx.sets.owner_of(timer.owner) or SetId(timer.owner))
            )
            if not tx.timers.take(timer):
                return
            if digest:
                return self._digest_due(work, person_of_daily_timer(timer))
            if group is None:
                return
            work.tell(timer.owner, ev.TimeRanOut(at=now, name=timer.name, turn=timer.turn))

    def _digest_due(self, work: UnitOfWork, id: PersonId) -> None:
        """The start of a working day: write one letter if anything waits, and plan the next."""
        person = work.tx.people.get(id)
        if person is None:
            return
        waiting = gather(work.tx, person, work.at)
        if waiting:
            work.nudge(fx.Nudge(person.id, "digest"))
        busy = (
            bool(waiting) or bool(work.tx.sets.of_person(id)) or bool(work.tx.actions.of_owner(id))
        )
        if busy:
            work.plan_digest(person)

    def _put_off(self, timer: Timer, now: datetime) -> None:
        """Try a broken timer again later: a stage must not stall for ever."""
        with self.store.transaction() as tx:
            if tx.timers.get(timer.owner, timer.name) == timer:
                tx.timers.set(replace(timer, due=now + PUT_OFF))


class HandlingFailed(Exception):
    """An input could not be handled. Carries the kind of error only, never anyone's words."""


UNDERSTAND: dict[type[AnyInput], Callable[..., None]] = {
    Typed: messages.handle_message,
    Edited: messages.handle_edit,
    Deleted: messages.handle_deletion,
    Pressed: buttons.handle_press,
    Sent: forms.handle_form,
    Commanded: commands.handle_command,
}


def _dispatch(context: RequestContext, input: AnyInput) -> None:
    UNDERSTAND[type(input)](context, input)


def _resume_own_lane(tx: Tx, input: AnyInput, me: Person) -> None:
    """Whoever types a command, or acts in their own chat, is back: what waited goes out."""
    if isinstance(input, Commanded) or input.place.conversation.startswith("@"):
        tx.outbox.resume(person_lane(me))


def _is_in_our_thread(tx: Tx, input: Typed | Edited | Deleted) -> bool:
    """Whether a message is in a thread of ours. All others are not even remembered."""
    if not isinstance(input, Typed) and tx.contributions.at_message(input.place, input.message):
        return True
    if not input.place.thread:
        return False
    key = tx.cards.key_at(input.place, input.place.thread)
    return key is not None and key.begins_thread


def _apology(name: str, input: AnyInput) -> Reply:
    """A card that needs no store, in the language that the platform says the person reads."""
    language = input.actor.language
    card = _with_returned_text(errors.in_language(language, name), input)
    return Reply((card,), ok=False, language=language)


def _with_returned_text(card: Card, input: AnyInput) -> Card:
    """Hand back what was written in a form that could not be taken: nothing is lost."""
    text = text_of(input)
    if not text:
        return card
    parts = errors.returned_text(text, card.language)
    return replace(card, parts=(*card.parts, *parts))
