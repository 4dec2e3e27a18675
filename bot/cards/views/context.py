"""A look at the newest state, for whoever is to see it: names, words, labels, buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.cards.card import Button, Card, Closes, Part, Row, Said, Words
from bot.cards.wording import wording
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.stages import Staged
from bot.method.terms import Contribution, ContributionId, Person, PersonId, SetId
from bot.ports import Tx
from bot.worktime import local_date

SHOWN_AT_ONCE = 3  # open questions on the card (method.md §3, Answers)

Values = Mapping[str, str | int]
Reader = Callable[["ViewContext", str, Values], Card]


class ViewContext:
    """Reads what a card needs, and chooses its language.

    `viewer` is None for a card that the whole set sees: it has the language of `set`. A card for
    one person has that person's, or `language` for somebody who is not known yet.
    """

    def __init__(
        self,
        tx: Tx,
        viewer: Person | None,
        at: datetime,
        set: SetId | None = None,
        language: str = "",
    ) -> None:
        self.tx, self.viewer, self.at = tx, viewer, at
        group = self.group(set) if viewer is None and set is not None else None
        language = group.language if group is not None else language
        self.wording = wording(viewer.language if viewer is not None else language)
        self._names: dict[PersonId, str] = {}

    # Words

    @property
    def language(self) -> str:
        """The language that the cards and forms are written in."""
        return self.wording.language

    def label(self, name: str, /, **values: object) -> str:
        return self.wording.label(name, **values)

    def stage_name(self, name: str) -> str:
        """What people call a stage; a method of one's own may do without an entry."""
        return self.wording.label_or(f"stages.{name}", name.replace("_", " "))

    def card(
        self,
        name: str,
        values: Mapping[str, object] | None = None,
        parts: Iterable[Part] = (),
        buttons: Iterable[Button] = (),
    ) -> Card:
        """Put the template's words and the parts together."""
        text = self.wording.text(name, values or {})
        body: tuple[Part, ...] = (Words(text.body),) if text.body else ()
        return Card(name, text.title, text.summary, (*body, *parts), tuple(buttons), self.language)

    def button(
        self, press: str, ref: str = "", entry: int | None = None, *, primary: bool = False,
        label: str = "",
    ) -> Button:  # fmt: skip
        return Button(press, label or self.label(f"buttons.{press}"), ref, entry, primary)

    def row(self, *buttons: Button) -> Row:
        return Row(buttons)

    def closes(self, staged: Staged) -> tuple[Part, ...]:
        if staged.closes is None or staged.over or staged.deciding:
            return ()
        return (Closes(self.label("facts.closes"), staged.closes),)

    # People

    def name(self, person: PersonId | str | None) -> str:
        if not person:
            return self.label("facts.someone")
        id = PersonId(person)
        if id not in self._names:
            known = self.tx.people.get(id)
            self._names[id] = known.name if known else self.label("facts.someone")
        return self._names[id]

    def known_as(self, person: PersonId) -> str:
        """The name, and that somebody is a guest of another organisation."""
        known = self.tx.people.get(person)
        name = self.name(person)
        return self.label("facts.guest", name=name) if known and known.guest else name

    def learn_names(self, people: Iterable[PersonId]) -> None:
        """Read several names in one go."""
        missing = [p for p in people if p not in self._names]
        for id, person in self.tx.people.get_many(missing).items() if missing else ():
            self._names[id] = person.name

    @property
    def me(self) -> PersonId | None:
        return self.viewer.id if self.viewer else None

    # Things

    def group(self, id: str) -> LearningSet | None:
        return self.tx.machines.load(LearningSet, id)

    def session(self, id: str) -> Session | None:
        return self.tx.machines.load(Session, id)

    def staged(self, id: str) -> Session | Meeting | None:
        return self.tx.machines.load(Session, id) or self.tx.machines.load(Meeting, id)

    def contribution(self, id: str) -> Contribution | None:
        return self.tx.contributions.get(ContributionId(id))

    def set_name(self, id: SetId) -> str:
        words = self.tx.texts.get("set", id)
        if words and words.parts.get("name"):
            return words.parts["name"]
        group = self.group(id)
        return self.label("facts.set_of", name=self.name(group.host if group else None))

    def parts(self, kind: str, about: str) -> Mapping[str, str]:
        row = self.tx.texts.get(kind, about)
        return row.parts if row else {}

    def said(self, contribution: Contribution | None, *, named: bool = True) -> Said:
        """A contribution in its author's words, or a line that says they are gone."""
        text = self.parts("said", contribution.id).get("text", "") if contribution else ""
        by = self.name(contribution.by) if contribution and named else ""
        return Said(text or self.label("facts.erased"), by)

    def issue(self, session: Session) -> tuple[Part, ...]:
        """The presenter's own words for their issue."""
        parts = self.parts("issue", session.id)
        if not parts:
            return ()
        parts_shown = [Said(parts.get("issue", ""), self.name(session.presenter))]
        if parts.get("detail"):
            parts_shown.append(Said(parts["detail"]))
        return tuple(parts_shown)

    def day(self, day: Any) -> str:
        """A date in words, e.g. "Tuesday 3 March": weekday and month names are labels."""
        weekday = self.label(f"weekdays.{day.weekday()}")
        return self.label(
            "facts.day", weekday=weekday, day=day.day, month=self.label(f"months.{day.month}")
        )

    def day_of(self, at: datetime) -> str:
        hours = self.viewer.hours if self.viewer else None
        return self.day(local_date(at, hours) if hours else at.date())


def open_questions(context: ViewContext, session: Session, *, choices: bool = True) -> list[Part]:
    """At most three at a time, each with the `choices` that the presenter has."""
    parts: list[Part] = []
    shown = session.open[:SHOWN_AT_ONCE]
    context.learn_names([q.by for q in shown if q.by])
    words = context.tx.texts.get_many("said", [q.id for q in shown])
    for question in shown:
        kept = words.get(question.id)
        text = kept.parts.get("text", "") if kept else context.label("facts.erased")
        by = question.by or (kept.author if kept else None)
        parts.append(Said(text, context.name(by)))
        if choices:
            parts.append(context.row(*_choices(context, session, question.id)))
    more = len(session.open) - len(shown)
    if more > 0:
        parts.append(Words(context.label("facts.more_wait", count=more)))
    return parts


def _choices(context: ViewContext, session: Session, question: ContributionId) -> list[Button]:
    presses = ("answer", "park", "decline", "landed")
    return [context.button(press, question, session.entry) for press in presses]
