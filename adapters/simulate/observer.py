"""The outside observer: it sees what people did and what the platform received, nothing else.

Every simulated sentence carries a tag of its own (`kovu17`), so that the observer can follow
words from whoever wrote them to wherever they turn up. It never asks the core.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from datetime import date, datetime, timedelta

from adapters.simulate.observed import Member, Thread, buttons
from adapters.simulate.platform import texts
from bot.cards.card import Card, Closes, Facts, Row
from bot.cards.wording import wording
from bot.method.card_key import CardKey, CardKind
from bot.method.formats import Format
from bot.method.policy import DEFAULT_LANGUAGE
from bot.method.terms import Place
from bot.ports import Clock, Delivery
from bot.worktime import (
    Hours,
    add_working,
    common_end,
    is_working,
    local_date,
    working_between,
)

TAG = re.compile(r"\bkov[a-z]+\d+\b")
UNPROMPTED = ("digest", "last_call")
COACHING = ("nudge", "tip", "held", "too_early")
UNLIMITED = 99
UNEQUAL = 1  # minutes by which two shares may differ; posts are seen up to a minute late
PRIVATE_A_DAY = 2  # method.md §6: one digest, at most one last call
SLACK = timedelta(minutes=2)  # retries and the pace of edits
QUIET = timedelta(days=1)


class Observer:
    """Counts, and names what went wrong."""

    def __init__(self, clock: Clock, format: Format) -> None:
        self.clock = clock
        self.leeway = timedelta()  # by which news may be late on its way to the core
        self._in_turn = format.presenters == "sequence"
        words = wording(DEFAULT_LANGUAGE)
        stages = [stage for _, stage in format.stages()]
        self.rounds = {s.name for s in stages if s.judged}
        self.quotas = {s.name: s.quota[1] or UNLIMITED for s in stages}
        # Stages that wait for one person count in that person's hours, so they are not looked at.
        for_all = [s for s in stages if s.awaits != "presenter" and not s.only_if]
        self.minutes = {s.name: s.minutes for s in for_all}
        self._stages = {words.label(f"stages.{s.name}").casefold(): s.name for s in stages}
        self._asked = words.label("facts.asked")
        self.people: dict[str, Member] = {}
        self.home: dict[str, str] = {}  # conversation -> set
        self.home_hours: dict[str, Hours] = {}
        self.roots: dict[str, str] = {}  # message -> key of the session whose thread it begins
        self.members: dict[str, set[str]] = defaultdict(set)  # set -> users
        self.violations: list[str] = []
        self.threads: dict[str, Thread] = {}
        self.tags: dict[str, tuple[str, str, str]] = {}  # tag -> (author, set, kind)
        self.coaches: set[str] = set()  # who facilitates is never judged or counted
        self.awaited: dict[str, tuple[datetime, str]] = {}  # tag -> handed in, not yet posted
        self.posted: dict[str, set[str]] = defaultdict(set)  # by conversation
        self.stages: dict[str, Counter[str]] = defaultdict(Counter)
        self.messages: Counter[str] = Counter()
        self.per_day: Counter[tuple[str, date]] = Counter()
        self.kinds_a_day: set[tuple[str, date, str]] = set()
        self.day_counts: Counter[int] = Counter()
        self.settled: set[str] = set()  # tags of actions whose owner is finished with them
        self.lost = 0
        self.duplicated = 0
        self.last_deed: dict[str, datetime] = {}
        self._order: dict[str, int] = {}
        self._checked: deque[str] = deque(maxlen=400)

    # What people do

    def record_deed(self, conversation: str) -> None:
        """Record that somebody did something in this conversation just now."""
        self.last_deed[conversation] = self.clock.now()

    def record_sentence(self, tag: str, user: str, set: str, kind: str) -> None:
        """Record who wrote the sentence with this tag, in which set, and as what kind."""
        self.tags[tag] = (user, set, kind)

    def record_form_text(self, tag: str) -> None:
        """Record text from a form that the bot is to post: it must appear once."""
        self.awaited[tag] = (self.clock.now(), self.tags[tag][1])

    def count_question(self, thread: Thread, user: str, by: int = 1) -> None:
        """Count a question (or, with -1, one taken back), never above the quota."""
        if by > 0 and thread.closes is not None and self.clock.now() >= thread.closes - self.leeway:
            # From outside nobody can tell whether the stage has closed or been given more time.
            thread.unsure += 1
            return
        key = (thread.stage, user)
        now = thread.expected.get(key, 0) + by
        thread.expected[key] = max(min(now, self.quotas[thread.stage]), 0)
        self.stages[thread.stage]["contributions"] += by

    def is_full(self, thread: Thread, user: str) -> bool:
        """Whether this person has asked all that the quota allows."""
        return thread.expected.get((thread.stage, user), 0) >= self.quotas[thread.stage]

    def record_pass(self, thread: Thread, user: str) -> None:
        """Record that somebody passed in the running stage."""
        if user not in thread.passed:
            self.stages[thread.stage]["passes"] += 1
        thread.passed.add(user)

    # What the platform receives

    def judge_delivery(self, delivery: Delivery, place: Place, message: str) -> None:
        """Judge one delivery."""
        card, key = delivery.card, delivery.key
        self.messages["edited" if delivery.message else "posted"] += not delivery.private
        if delivery.private:
            self._private(delivery, place)
        else:
            self._public(delivery, place, message)
        if card.name in COACHING[:3]:
            kind = "tips" if card.name == "tip" else "nudges"
            self.stages[self._running(delivery)][kind] += 1
        if not delivery.message and not delivery.private:
            self._once(key, card, place)

    def _running(self, delivery: Delivery) -> str:
        """The stage of the thread that a private note belongs to."""
        root = delivery.place.thread if delivery.place else ""
        key = self.roots.get(root, "")
        thread = self.threads.get(key)
        return thread.stage if thread and thread.stage else next(iter(self.rounds))

    def _once(self, key: CardKey, card: Card, place: Place) -> None:
        if key in self.posted[place.conversation]:
            self.duplicated += 1
            self.wrong("posted_twice", key.kind or "")
        self.posted[place.conversation].add(key)
        if card.name == "said":
            for tag in TAG.findall(" ".join(texts(card)[-1:])):
                self.awaited.pop(tag, None)
        for tag in TAG.findall(" ".join(texts(card))):
            if card.name in ("report",):
                self.awaited.pop(tag, None)

    def _public(self, delivery: Delivery, place: Place, message: str) -> None:
        owner = self.home.get(place.conversation, "")
        for tag in TAG.findall(" ".join(texts(delivery.card))):
            _, of, kind = self.tags.get(tag, ("", owner, ""))
            if of != owner or kind in ("private", "erased", "kept"):
                self.wrong("leaked", f"{kind} of {of} in {owner}")
        if delivery.key.kind is CardKind.SESSION:
            self.roots[message] = delivery.key
            self._session(delivery, owner, place)
        elif delivery.key.startswith("stage/"):
            self._stage(delivery, owner, place)
        elif delivery.key.kind is CardKind.MEETING and not delivery.card.buttons:
            self._meeting_stage_over(delivery)
        elif delivery.card.name == "extended":
            self._record_extension(delivery)
        if delivery.card.name == "said" and not delivery.message:
            self._in_order(delivery, place)

    def _in_order(self, delivery: Delivery, place: Place) -> None:
        """Words handed in one after another appear one after another in their thread."""
        for tag in TAG.findall(" ".join(texts(delivery.card)[-1:])):
            number = int(re.sub(r"\D", "", tag))
            lane = f"{place.conversation}/{place.thread}"
            if number < self._order.get(lane, -1):
                self.wrong("out_of_order", lane)
            self._order[lane] = max(number, self._order.get(lane, -1))

    def _thread(self, id: str, owner: str) -> Thread:
        key = CardKey.of(CardKind.SESSION, id)
        return self.threads.setdefault(key, Thread(owner, key))

    def _session(self, delivery: Delivery, owner: str, place: Place) -> None:
        if delivery.key in self._checked:
            return  # an edit of a card that was over, and looked at, before
        thread = self._thread(delivery.key.ref, owner)
        card = delivery.card
        if thread.stage in self.rounds and any(b.press == "ideas_yes" for b in card.buttons):
            # The presenter is asked whether ideas are wanted; nothing is posted for that.
            self._left_stage(thread, None)
            thread.stage, thread.closes = "", None
        done = [v for p in card.parts if isinstance(p, Facts) for _, v in p.pairs if " of " in v]
        match = re.match(r"(\d+) of (\d+)", done[0]) if done else None
        was = thread.all_done
        waiting = any(
            b.press == "answer" for p in card.parts if isinstance(p, Row) for b in p.buttons
        )
        thread.all_done = bool(match and match[1] == match[2]) and not waiting
        if thread.all_done and not was:
            thread.quiet_since = self.clock.now()
        closes = [p.at for p in card.parts if isinstance(p, Closes)]
        facts = [v for p in card.parts if isinstance(p, Facts) for _, v in p.pairs]
        if closes and thread.stage and any(self._stages.get(v) == thread.stage for v in facts):
            thread.closes = closes[0]  # extended, or gone on after a pause
        if not card.buttons and not thread.over and place:
            self._session_over(thread, card)

    def _session_over(self, thread: Thread, card: Card) -> None:
        thread.over = True
        self._left_stage(thread, None)
        asked = [
            int(v)
            for p in card.parts
            if isinstance(p, Facts)
            for k, v in p.pairs
            if k == self._asked
        ]
        shown, expected = (asked[0] if asked else 0), sum(thread.expected.values())
        if shown < expected - (thread.unsure if self.leeway else 0):
            self.lost += expected - shown
            self.wrong("question_lost", f"{thread.key}: {shown} shown, {expected} asked")
        elif shown > expected + thread.unsure:
            self.duplicated += shown - expected
            self.wrong("question_doubled", f"{thread.key}: {shown} shown, {expected} asked")

    def _stage(self, delivery: Delivery, owner: str, place: Place) -> None:
        _, id, entry = delivery.key.split("/")
        name = self._stages.get(delivery.card.title.casefold(), delivery.card.title)
        closes = [p.at for p in delivery.card.parts if isinstance(p, Closes)]
        thread = self.threads.get(CardKey.of(CardKind.SESSION, id)) or self._thread(id, owner)
        if int(entry) < thread.entry:
            self.wrong("out_of_order", f"stage {name} of {id}")
        if thread.stage:
            self._left_stage(thread, name)
        thread.over = False
        self.stages[name]["opened"] += 1
        thread.stage, thread.entry, thread.opened = name, int(entry), self.clock.now()
        thread.closes = closes[0] if closes else None
        thread.all_done, thread.quiet_since, thread.passed = False, None, set()
        if closes:
            self._whole_window(thread, owner, name, closes[0])
            thread.shares[name] = self._share(thread, owner, name, closes[0])

    def _share(self, thread: Thread, owner: str, name: str, closes: datetime) -> int:
        """The working minutes that this stage gives to whoever has least of it."""
        assert thread.opened is not None
        users = self.members[owner] if name in self.minutes else {thread.presenter}
        everyone = [self.people[u].hours for u in users if u in self.people]
        if not everyone:
            return 0
        window, home = self.minutes.get(name), self.home_hours.get(owner, Hours())
        most = working_between(thread.opened, closes, home)
        if window and most >= 2 * window - self._unequal:
            return window  # nobody waits longer than twice the window (method.md, Time)
        return min(working_between(thread.opened, closes, hours) for hours in everyone)

    def _equal_shares(self, threads: list[Thread]) -> None:
        """One after another, each presenter has the same working time (method.md §2, S2)."""
        for name in {name for t in threads for name in t.shares}:
            windows = [t.shares[name] for t in threads if name in t.shares]
            if max(windows) - min(windows) > self._unequal:
                self.wrong("unequal_shares", f"{name}: {sorted(windows)} minutes")

    @property
    def _unequal(self) -> int:
        """Minutes by which a share may look shorter than it is: a post is seen late."""
        return UNEQUAL + self.leeway.seconds // 60

    def _whole_window(self, thread: Thread, owner: str, name: str, closes: datetime) -> None:
        """Each member has the whole window in their own hours (method.md, Time)."""
        minutes = self.minutes.get(name)
        if minutes is None or thread.opened is None:
            return
        everyone = [self.people[u].hours for u in self.members[owner]]
        home = self.home_hours.get(owner, Hours())
        fair = common_end(thread.opened - SLACK - self.leeway, minutes, everyone, home)
        if closes < fair - SLACK:
            self.wrong("window_cut", f"{name} of {thread.key}")

    def _left_stage(self, thread: Thread, to: str | None) -> None:
        """A stage ends at its announced time, by somebody's deed, or when all are done."""
        now = self.clock.now()
        self.stages[thread.stage]["closed"] += bool(thread.stage)
        conversation = next((c for c, s in self.home.items() if s == thread.of), "")
        deed = self.last_deed.get(conversation)
        by_deed = deed is not None and now - deed <= SLACK + self.leeway
        on_time = thread.closes is None or now >= thread.closes - timedelta(seconds=1)
        early = False
        if thread.quiet_since is not None and thread.presenter:
            hours = self.people[thread.presenter].hours
            # Seen late: what is let pass goes off the beginning, lest it runs over a day's end.
            since = thread.quiet_since - SLACK - self.leeway
            early = now >= add_working(since, 239, hours)
        if not (by_deed or on_time or early):
            self.wrong("closed_early", f"{thread.stage} of {thread.key}")
        overdue = thread.closes is not None and now > thread.closes + QUIET
        # A meeting's own stages are seen to end only when its next one opens, after the sessions.
        if overdue and not thread.extended and thread.presenter:
            self.wrong("closed_late", f"{thread.stage} of {thread.key}")

    def _meeting_stage_over(self, delivery: Delivery) -> None:
        """The meeting's card names no stage: the one before it has closed."""
        thread = self.threads.get(CardKey.of(CardKind.SESSION, delivery.key.ref))
        if thread is not None and thread.stage:
            self.stages[thread.stage]["closed"] += 1
            thread.stage, thread.over = "", True

    def _record_extension(self, delivery: Delivery) -> None:
        id = delivery.key.split("/")[1]
        thread = self.threads.get(CardKey.of(CardKind.SESSION, id))
        closes = [p.at for p in delivery.card.parts if isinstance(p, Closes)]
        if thread is not None and closes:
            thread.closes, thread.extended = closes[0], thread.extended + 1

    def _private(self, delivery: Delivery, place: Place) -> None:
        person = delivery.to
        assert person is not None
        user, now = person.address.user, self.clock.now()
        member = self.people.get(user)
        name = delivery.card.name
        asks = name.startswith("decide_") or name == "agree_problem"
        for button in delivery.card.buttons if asks else ():
            thread = self.threads.get(CardKey.of(CardKind.SESSION, button.ref))
            if thread is not None:
                # People decide now: the announced end is no longer one.
                thread.extended, thread.closes = thread.extended + 1, None
        self._tags_for(user, delivery)
        if member is None or delivery.card.name not in UNPROMPTED:
            self.messages["answers"] += 1
            return
        self.messages["private"] += 1
        day = local_date(now, member.hours)
        self.per_day[(user, day)] += 1
        if not any(is_working(now - late, member.hours) for late in (timedelta(), self.leeway)):
            self.wrong("outside_hours", f"{delivery.card.name} to {user} at {now:%a %H:%M}Z")
        if not member.nudges:
            self.wrong("opted_out", user)
        kind = (user, day, delivery.card.name)
        if kind in self.kinds_a_day or self.per_day[(user, day)] > PRIVATE_A_DAY:
            self.wrong("over_budget", f"{user} on {day}")
        self.kinds_a_day.add(kind)
        self._needless(user, delivery)

    def _tags_for(self, user: str, delivery: Delivery) -> None:
        """Private words reach their author, the presenter they are for, or the set's own."""
        for tag in TAG.findall(" ".join(texts(delivery.card))):
            author, of, kind = self.tags.get(tag, (user, "", ""))
            if of and user not in self.members[of] and author != user:
                self.wrong("leaked", f"{kind} of {of} to {user}")
            only_for_author = kind in ("private", "action") or delivery.card.name in COACHING
            if only_for_author and author != user:
                self.wrong("leaked", f"{kind} to {user}")

    def _needless(self, user: str, delivery: Delivery) -> None:
        """Nothing after Pass, and nothing about what its owner has settled."""
        for button in buttons(delivery.card):
            thread = self.threads.get(CardKey.of(CardKind.SESSION, button.ref))
            if (
                button.press == "ask"
                and thread
                and user in thread.passed
                and (button.entry == thread.entry)
            ):
                self.wrong("nudged_after_pass", user)
        for tag in TAG.findall(" ".join(texts(delivery.card))):
            if tag in self.settled:
                self.wrong("asked_again", user)

    def end_day(self, today: date) -> None:
        """Forget the days that are over; only their counts stay."""
        for key in [k for k in self.per_day if (today - k[1]).days > 2]:
            self.day_counts[self.per_day.pop(key)] += 1
        self.kinds_a_day = {k for k in self.kinds_a_day if (today - k[1]).days <= 2}

    def forget(self, owner: str) -> None:
        """A meeting of this set is over: what was checked need not be remembered."""
        if self._in_turn:
            self._equal_shares([t for t in self.threads.values() if t.of == owner and t.presenter])
        lasting = ("action", "issue", "private")  # words that may still turn up somewhere
        for tag in [t for t, (_, of, _) in self.tags.items() if of == owner]:
            if self.tags[tag][2] not in lasting and tag not in self.awaited:
                del self.tags[tag]
        for conversation in [c for c, of in self.home.items() if of == owner]:
            self.posted[conversation].clear()
        for key in [k for k, t in self.threads.items() if t.of == owner and t.over]:
            del self.threads[key]
            self._checked.append(key)
        self.roots = {m: k for m, k in self.roots.items() if k in self.threads}

    def finish(self) -> None:
        """At the end: whatever was handed in must have appeared."""
        for tag, (at, of) in self.awaited.items():
            if self.clock.now() - at > timedelta(hours=3):
                self.lost += 1
                self.wrong("words_lost", f"{tag} in {of}")
        for number in self.per_day.values():
            self.day_counts[number] += 1

    def wrong(self, what: str, where: str) -> None:
        """Note a violation: what, and where."""
        self.violations.append(f"{what}: {where} ({self.clock.now():%Y-%m-%d %H:%M}Z)")
