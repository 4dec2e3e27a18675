"""A tiny honest stand-in for the core, for tests of the page alone. It decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from adapters.web.cast import channel, load_cast
from adapters.web.chat import Chat
from adapters.web.playground import Playground
from bot.cards.card import Button, Card, Closes, Divider, Facts, File, People, Row, Said, Words
from bot.cards.form import Ask, Choice, Form, PickDate, PickPeople, Tick
from bot.handlers.inputs import Commanded, Pressed
from bot.method import formats
from bot.method.card_key import CardKey
from bot.ports import Delivery, Reply

START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
EVERY_FIELD = (
    Words("Some **words** of ours."),
    Said("Words of somebody", by="Tunde Okafor"),
    Ask("issue", "The issue", "A hint", "before", required=True, most=300),
    Ask("detail", "More", long=True),
    Choice("support", "Support", (("a", "One"), ("b", "Two")), "b"),
    Choice("days", "Days", (("mon", "Monday"), ("tue", "Tuesday")), "mon", many=True),
    Choice("scale", "Scale", tuple((str(n), str(n)) for n in range(11)), hint="From 0 to 10"),
    Tick("more", "More first", hint="You say when"),
    PickDate("due", "By when", required=True),
    PickPeople("people", "Who helps", "Two at least", required=True),
)


def every_part(words: str = "What would she say?") -> Card:
    """A card with everything that a card can have; `words` are a person's."""
    return Card(
        "session",
        "Ana’s issue",
        "Questions are open.",
        (
            Words("Some **bold**, *italic* and a list:\n\n- one\n- two"),
            Said(words, by="Ana Duarte"),
            Facts((("Stage", "Questions"), ("Done", "1 of 5"))),
            Closes("Until", START + timedelta(days=2)),
            People("Asked in:", (("p1", "Tunde Okafor"), ("p2", "Priya Nair"))),  # type: ignore[arg-type]
            Divider(),
            File("als-log.md", words),
            Said("What would help?", by="Tunde Okafor"),
            Row((Button("answer", "Answer", "q1", 3), Button("park", "Park", "q1", 3))),
        ),
        (Button("ask", "Ask a question", "s1", 3, primary=True), Button("pass", "Pass", "s1", 3)),
    )


@dataclass
class Clock:
    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def move_to(self, at: datetime) -> None:
        self.at = max(self.at, at)


@dataclass
class StandIn:
    """Remembers what it was told; `present` and `ask` open a form."""

    told: list[object] = field(default_factory=list)
    method: str = formats.DEFAULT

    def handle(self, input: object) -> Reply:
        self.told.append(input)
        n = len(self.told)
        if isinstance(input, Commanded) and input.text == "present":
            return Reply(
                form=Form("present", "Present an issue", EVERY_FIELD, "Present", nonce=f"n{n}")
            )
        if isinstance(input, Commanded):
            return Reply((Card("noted", "Noted", "Noted.", (Words("*Noted*"),)),))
        if isinstance(input, Pressed) and input.press == "ask":
            fields = (Ask("text", "Your question", long=True, required=True),)
            return Reply(form=Form("ask", "Ask a question", fields, "Ask", nonce=f"n{n}"))
        return Reply()


@dataclass
class StandInClockRunner:
    clock: Clock

    async def settle(self) -> None:
        pass

    def next_due(self) -> datetime | None:
        return self.clock.at + timedelta(hours=3)

    async def advance(self, until: datetime) -> None:
        self.clock.move_to(until)


def playground() -> Playground:
    clock = Clock()
    return Playground(StandIn(), StandInClockRunner(clock), Chat(clock.now), load_cast(), pace=0)  # type: ignore[arg-type]


async def furnish(ground: Playground) -> str:
    """A channel with a card, a thread, and something private to Ana; the root's id."""
    _, root = await ground.chat.deliver(Delivery(CardKey("session/1"), every_part(), channel()))
    people = ground.people
    thread = replace(channel(), thread=root)
    for user, text in (("tunde", "What would help?"), ("ana", "Time,\nand <b>quiet</b>.")):
        human = people.get(user)
        assert human is not None
        await ground.say(human, thread, text)
    ana = people.first
    ground.chat.answer("ana", thread, Card("nudge", "A thought", "Only for you", (Words("Hm."),)))
    ground.chat.answer("ana", ana.dm, Card("digest", "Your day", "One thing", (Words("One."),)))
    return root
