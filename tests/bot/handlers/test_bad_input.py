"""Nonsense, floods and malice through every command, press and form: a kind answer, no harm.

And nobody acts by its id on what is not theirs: neither of another set nor installation.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.cards.card import Button, Card, Facts, Said, Words
from bot.cards.form import Ask, Form, PickDate, PickPeople
from bot.handlers.buttons import PRESSES
from bot.handlers.forms import FORMS
from bot.handlers.inputs import Actor, Pressed, Sent
from bot.method.command_grammar import BY_NAME
from bot.method.terms import Place
from tests.memory_platform import NAME
from tests.play import Play
from tests.reading import buttons_of, text_of

NASTY = {
    "nonsense": "xyzzy ?!; DROP TABLE words;--",
    "flood": "What now? " * 4000,
    "one_long_word": "w" * 40_000,
    "control": "What\x07 \x1b[31mhave\x08 you\x7f tried?\r\n\v",
    "nul": "What have\x00 you tried?",
    "surrogate": "What have \ud800 you \udfff tried?",
    "right_to_left": "‮ما الذي جربته حتى الآن؟‬",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "markdown": "# Big [click](javascript:alert(1)) **bold** ```code``` | a | b |",
    "broadcast": "<!channel> <!here> <!everyone> @channel @everyone <@U1> <at>all</at>",
    "template": "{{ 7*7 }} {% for x in y %} ${7*7} %s {0}",
    "numbers": "99999999999999999999999999",
    "blank": " \t\n ",
    "zero_width": "​‍⁠﻿",
    "path": "../../etc/passwd",
}
each_nasty = pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())


@pytest.fixture
def running(play: Play) -> Iterator[Play]:
    """A question waits, another was nudged, Ana has an action from the meeting before."""
    play.closes_with("Walk with Helen")
    play.wind(to="2026-03-16 09:05")
    play.presses("ana", "Report back").fills(learned="Silence was mine.")
    play.presses("bo", "Present an issue").fills(issue="Two shift leads no longer talk")
    play.types("cem", "You should talk to them.")
    play.types("ana", "What have you tried so far?")
    yield play
    for text in our_words(play):
        assert "<!channel>" not in text
        assert "javascript:" not in text
        assert "<script>" not in text
        assert "49" not in text


def our_words(play: Play) -> list[str]:
    """Everything that stands in cards as our own words, and not as a person's."""
    cards: list[Card] = [d.card for d in play.platform.delivered]
    cards += [card for told in play._answers.values() for _, card in told]
    found = []
    for card in cards:
        found += [card.title, card.summary, *(b.label for _, b in buttons_of(card))]
        for part in card.parts:
            match part:
                case Words(text):
                    found.append(text)
                case Said(_, by, label):
                    found += [by, label]
                case Facts(pairs):
                    found += [value for _, value in pairs]
    return found


def state(play: Play) -> tuple[object, ...]:
    return play.group, play.meeting, play.session


@pytest.mark.sample(4)
@each_nasty
def test_each_command_with_nonsense_behind_it(text: str, running: Play) -> None:
    for who, command in itertools.product(("zoe", "cem"), ["", *BY_NAME]):
        answer = running.does(who, f"{command} {text}")
        assert answer.reply.cards or answer.reply.form or command == "ask", "no answer at all"
    everyone = set(running.group.people)
    assert len(everyone) == 4


@pytest.mark.sample(4)
@each_nasty
def test_nonsense_as_a_command(text: str, running: Play) -> None:
    before = state(running)
    answer = running.does("cem", text)
    assert answer.reply.cards
    assert state(running) == before


@pytest.mark.sample(4)
@each_nasty
def test_a_message(text: str, running: Play) -> None:
    running.types("dee", text)
    running.types("bo", text)
    message = running.types("cem", "Who is it about?")
    running.edits(message, text)
    assert running.stage == "questions"


@pytest.mark.sample(4)
@each_nasty
def test_each_press_about_nonsense(text: str, running: Play) -> None:
    before = state(running)
    refs = (text, f"{running.group.id}:{text}", f"{text}|{text}")
    for press, ref in itertools.product(PRESSES, refs):
        answer = running.presses("zoe", Button(press, "", ref, 1))
        assert answer.reply.cards or answer.reply.form
    assert state(running) == before


@pytest.mark.sample(4)
@each_nasty
def test_each_form_full_of_nonsense(text: str, running: Play) -> None:
    """Every field holds it, about everything that there is, by someone it is not meant for."""
    play, before = running, running.store.maintenance.counts()
    known = ids(play)
    fields = "issue detail support more name strict text what due first_step reason happened "
    fields += "learned then until zone start end days country away_from away_until nudges tips "
    fields += "paused_until prompt share self group organisation confidence visible kind"
    values = dict.fromkeys(fields.split(), text)
    for name, ref in itertools.product(FORMS, known.values()):
        sent = Sent(
            at=play.clock.at,
            actor=play.actor("zoe"),
            place=play.place,
            form=name,
            nonce=play._nonce(),
            ref=ref,
            values=values,
        )
        reply = play.host.handle(sent)
        assert [card.name for card in reply.cards] not in ([], ["broken"]), (name, ref)
    play.wind(minutes=2)
    assert play.store.maintenance.counts()["action"] == before["action"]
    assert len(play.group.members) == 4
    assert play.stage == "questions"


@pytest.mark.sample(4)
@each_nasty
def test_each_form_that_opens_takes_nonsense_or_gives_it_back(text: str, running: Play) -> None:
    play = running
    commands = (
        "present",
        "ask",
        "settings",
        "log",
        "pause x",
        "set facilitator",
        "snooze",
        "action",
    )
    for who in ("ana", "bo"):
        for command in commands:
            answer = play.does(who, f"/als {command}")
            form = answer.reply.form
            if form is None:
                continue
            for field in form.fields:
                if isinstance(field, PickPeople | Words | Said):
                    continue
                fresh = play.does(who, f"/als {command}")
                if fresh.reply.form is None or field.name not in named(fresh.form):
                    continue  # what was handed in just now has changed what can be asked
                required = {
                    f.name: "Something else"
                    for f in fresh.form.fields
                    if isinstance(f, Ask | PickDate) and f.required
                }
                given = fresh.fills(**{**required, field.name: text})
                assert given.reply.cards or given.reply.ok


def test_a_flood_is_refused_whole_and_given_back(running: Play) -> None:
    flood = NASTY["flood"]
    refused = running.does("cem", "/als ask").fills(text=flood)
    assert refused.codes == ("too_long",)
    assert flood.strip() in refused.text
    assert not any(flood[:100] in post for post in running.channel())


def test_a_command_that_is_too_long_is_given_back(running: Play) -> None:
    flood = "/als ask " + "What have you tried so far? " * 200
    refused = running.does("cem", flood)
    assert refused.codes == ("too_long",)
    assert flood.strip()[-100:] in refused.text


def named(form: Form) -> set[str]:
    return {f.name for f in form.fields if not isinstance(f, Words | Said)}


@pytest.mark.sample(4)
@each_nasty
def test_a_name_is_only_a_name(text: str, play: Play) -> None:
    name = text[:2000]
    actor = play.actor

    def renamed(who: str) -> Actor:
        return replace(actor(who), name=name if who == "bo" else who, zone=text, language=text)

    play.actor = renamed  # type: ignore[method-assign]
    play.begins(presenter="bo", helpers=("ana", "cem"))
    assert play.stage == "questions"
    title = play.card().splitlines()[0]
    assert not set("<>`*[]@!|") & set(title)
    assert len(title) < 80


# Nobody acts on what is not theirs


def ids(play: Play) -> dict[str, str]:
    """The id of everything there is."""
    with play.store.reading() as tx:
        group = tx.sets.at(play.place)
        assert group is not None
        meeting = f"{group}-m2"
        session = f"{meeting}-s1"
        said = tx.contributions.in_session(session)
        [action] = tx.actions.in_session(f"{group}-m1-s1")
        ana = action.owner
    return {
        "set": group,
        "meeting": meeting,
        "session": session,
        "action": action.id,
        "person": ana,
        "digest": f"digest:{ana}",
        "draft": f"{group}/{ana}",
        **{f"said{i}": c.id for i, c in enumerate(said)},
    }


def everything(play: Play) -> dict[str, object]:
    with play.store.reading() as tx:
        group = tx.sets.at(play.place)
        assert group is not None
        sessions = [f"{group}-m1-s1", f"{group}-m2-s1"]
        found: dict[str, object] = {
            "said": [tx.contributions.in_session(s) for s in sessions],
            "actions": [tx.actions.in_session(s) for s in sessions],
            "words": [
                tx.texts.get(kind, about)
                for s in sessions
                for c in tx.contributions.in_session(s)
                for kind, about in (("said", c.id), ("issue", s))
            ],
        }
    found["state"] = state(play)
    found["channel"] = play.channel()
    return found


INTRUDERS = {
    "an outsider in the same workplace": ("zoe", "house", "C1"),
    "somebody elsewhere in the same workplace": ("zoe", "house", "C9"),
    "somebody of another installation": ("ana", "elsewhere", "C1"),
}
each_intruder = pytest.mark.parametrize(
    ("who", "installation", "conversation"), INTRUDERS.values(), ids=INTRUDERS.keys()
)


@each_intruder
def test_no_press_of_a_stranger_changes_or_shows_anything(
    who: str, installation: str, conversation: str, running: Play
) -> None:
    play = running
    known, before = ids(play), everything(play)
    play.installation = installation
    place = Place(NAME, installation, conversation)
    for press in PRESSES:
        if press == "join":
            continue  # it tells the host, on purpose (test_play_one_problem)
        pairs = f"{known['set']}:{known['person']}", f"{known['set']}|actions"
        for ref in (*known.values(), *pairs):
            for entry in (None, play_entry(before)):
                pressed = Pressed(
                    at=play.clock.at,
                    actor=play.actor(who),
                    place=place,
                    press=press,
                    ref=ref,
                    entry=entry,
                    nonce=play._nonce(),
                )
                answer = play.host.handle(pressed)
                shown = "\n".join(text_of(card) for card in answer.cards)
                shown += str(answer.form)
                assert "shift leads" not in shown, (press, ref)
                assert "Helen" not in shown, (press, ref)
                assert "talk to them" not in shown, (press, ref)
    play.installation = "house"
    play.wind(minutes=2)
    assert everything(play) == before


def play_entry(before: dict[str, object]) -> int:
    return before["state"][2].entry  # type: ignore[index, no-any-return]


@each_intruder
def test_no_form_of_a_stranger_changes_anything(
    who: str, installation: str, conversation: str, running: Play
) -> None:
    play = running
    known, before = ids(play), everything(play)
    play.installation = installation
    place = Place(NAME, installation, conversation)
    values = {"text": "What about me?", "issue": "Mine now", "what": "Mine", "due": "2026-04-01"}
    values |= {"until": "2026-03-20", "self": "Mine", "outcome": "done", "then": "let_go"}
    for name in FORMS:
        for ref in known.values():
            sent = Sent(
                at=play.clock.at,
                actor=play.actor(who),
                place=place,
                form=name,
                nonce=play._nonce(),
                ref=ref,
                values=values,
            )
            play.host.handle(sent)
    play.installation = "house"
    play.wind(minutes=2)
    after = everything(play)
    # A stranger may ask to join; the host then hears of it. The set itself stays as it was.
    assert after == before


@each_intruder
def test_no_command_of_a_stranger_shows_anything(
    who: str, installation: str, conversation: str, running: Play
) -> None:
    play = running
    before = everything(play)
    play.installation = installation
    place = Place(NAME, installation, conversation)
    for command in BY_NAME:
        answer = play.does(who, f"/als {command}", where=place)
        shown = answer.text + str(answer.reply.form)
        assert "shift leads" not in shown
        assert "Helen" not in shown
        assert "Cem" not in shown, command
    play.installation = "house"
    play.wind(minutes=2)
    assert everything(play) == before


def test_a_member_cannot_act_on_another_members_things(running: Play) -> None:
    """Dee belongs to the set; Cem's nudge, Ana's action and Bo's issue are not hers."""
    play = running
    known = ids(play)
    before = everything(play)
    for press in ("its_question", "keep_later", "leave_it", "take_back", "show_wording"):
        assert play.presses("dee", Button(press, "", known["said0"])).codes == ("not_yours",)
    for press in ("done", "changed", "let_go", "snooze", "move_due", "more_action", "drop_action"):
        assert play.presses("dee", Button(press, "", known["action"])).codes == ("not_yours",)
    for press in ("withdraw", "withdraw_now", "new_action", "see_kept", "answer", "park"):
        ref = known["said1"] if press in ("answer", "park") else known["session"]
        assert play.presses("dee", Button(press, "", ref)).codes == ("only_presenter",), press
    assert everything(play) == before
