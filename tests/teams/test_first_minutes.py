"""The first five minutes (method.md §9) as they happen in Teams, and what people do there later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.teams.driver import TeamsPlay
from tests.teams.fake import Refused


class Scene:
    """People in a channel or a group chat, and one process."""

    def __init__(self, kind: str = "channel", *, rsc: bool = True, **settings: Any) -> None:
        self.play = TeamsPlay(kind, rsc=rsc, **settings)
        self.ana, self.bo, self.cem, self.dee = map(self.play.one, ("ana", "bo", "cem", "dee"))
        self.teams, self.room = self.play.teams, self.play.room

    def does(self, who: Any, act: Any) -> None:
        """Let somebody do something, and a minute go by."""
        self.play._after(who.name.lower(), act)

    def sees(self, who: Any, place: Any = None) -> str:
        """All that somebody sees in a place, or everywhere."""
        return str(who.sees(place))

    def begun(self) -> Scene:
        """Ana presents; Bo, Cem and Dee have joined; questions are open."""
        self.does(self.ana, self.ana.types(self.room, "present", mention=True))
        door = ("command", f"{self.play.place.conversation}\n\npresent", None)
        asked = self.play._press("ana", door, "the form")
        given = {"issue": "My team is silent"}
        self.play.hands_in("ana", asked.form, given, ("bo", "cem", "dee"))
        self.ana.closes()
        for who in (self.bo, self.cem, self.dee):
            self.does(who, who.presses("Join", on="You are invited"))
            self.does(who, who.submits())
            who.closes()
        return self

    @property
    def root(self) -> Any:
        """The post under which the session runs."""
        return self.ana.message("My team is silent", self.room)


@pytest.fixture
def scenes() -> Iterator[Any]:
    """Makes scenes, and puts them away: Teams must have had nothing to refuse."""
    made: list[Scene] = []

    def make(*arguments: Any, **more: Any) -> Scene:
        made.append(Scene(*arguments, **more))
        return made[-1]

    yield make
    for scene in made:
        scene.play.close()


# als


@pytest.mark.parametrize("typed", ["als", "/als", "@als"])
def test_bare_als_says_in_three_lines_what_this_is(scenes: Any, typed: str) -> None:
    scene = scenes()
    bare = typed != "@als"
    scene.does(scene.ana, scene.ana.types(scene.room, typed if bare else "", mention=not bare))
    title, *lines, buttons = scene.ana.sees(scene.ana.personal)[-1].splitlines()
    assert title
    assert len(lines) <= 3
    assert buttons == "[Present an issue] [What can I do?]"
    assert len(scene.bo.sees(scene.room)) == 1  # what Ana typed, and nothing else


def test_the_first_word_of_als_in_ones_own_chat_fits_the_place(scenes: Any) -> None:
    scene = scenes()
    scene.does(scene.ana, scene.ana.types(scene.ana.personal, "als"))
    assert scene.ana.sees(scene.ana.personal)[-1].endswith("[What can I do?]")
    assert "[Present" not in scene.ana.sees(scene.ana.personal)[-1]
    assert "als present" in scene.sees(scene.ana, scene.ana.personal)


def test_bare_als_is_ones_own_page_later_on(scenes: Any) -> None:
    scene = scenes().begun()
    scene.does(scene.ana, scene.ana.types(scene.ana.personal, "als"))
    page = scene.ana.sees(scene.ana.personal)[-1]
    for what in ("Ana's session questions", "Your actions", "Your learning log", "Your settings"):
        assert what in page
    scene.does(scene.ana, scene.ana.presses("Open settings"))
    assert scene.ana.dialog is not None


def test_who_has_no_chat_with_the_bot_is_told_what_to_do(scenes: Any) -> None:
    scene = scenes("chat")
    scene.play._loop.run(scene.bo.uninstalls())
    scene.does(scene.bo, scene.bo.types(scene.room, "als status"))
    assert "I can't write to you yet" in scene.sees(scene.bo, scene.room)
    scene.play.teams.calls.clear()  # one call was refused, as it should be


def test_one_form_makes_the_set_and_joining_is_the_assent(scenes: Any) -> None:
    scene = scenes()
    scene.does(scene.ana, scene.ana.types(scene.room, "present", mention=True))
    scene.does(scene.ana, scene.ana.presses("Present an issue"))
    required = [e for e in scene.ana.dialog.card["body"] if e.get("isRequired")]
    assert len(required) <= 3
    scene.ana.closes()
    scene.begun()
    assert "0 of 3 done" in scene.sees(scene.ana, scene.room)
    assert "confidential" not in scene.sees(scene.bo, scene.room)


def test_the_card_tells_each_what_they_can_do(scenes: Any) -> None:
    """One card, edited in place; each sees the buttons that are theirs."""
    scene = scenes().begun()
    scene.play.types("bo", "What does the silence sound like?")
    for who in (scene.ana, scene.bo):
        scene.play._loop.run(who.looks())
    presenter, member = (p.buttons("My team is silent") for p in (scene.ana, scene.bo))
    assert {"Answer", "Park", "Decline"} <= set(presenter)
    assert not {"Ask a question", "Thinking", "Pass"} & set(presenter)
    assert {"Ask a question", "Pass"} <= set(member)
    assert not {"Answer", "Park", "Decline"} & set(member)
    scene.does(scene.ana, scene.ana.presses("Park", on="My team is silent"))
    scene.play.wind(minutes=1)
    scene.play._loop.run(scene.ana.looks())
    assert "Park" not in scene.ana.buttons("My team is silent")


def test_a_stranger_gets_no_face_of_a_card(scenes: Any) -> None:
    scene = scenes().begun()
    eve = scene.play.one("eve")
    message = eve.message("My team is silent", scene.room)
    asks = message.card["refresh"]["action"]
    scene.play._loop.run(eve.executes(message, asks, asks["data"], "automatic"))
    assert message.faces.get(eve.id) is None


# Without the consent to read along


def test_without_consent_the_card_says_so_and_buttons_carry_all(scenes: Any) -> None:
    scene = scenes(rsc=False, typed=False).begun()
    assert "Here I don't read" in scene.sees(scene.bo, scene.room)
    scene.does(scene.bo, scene.bo.types(scene.room, "You should leave them.", thread=scene.root))
    assert "Only you can see this" not in scene.sees(scene.bo)
    scene.does(scene.bo, scene.bo.presses("Ask a question", on="My team is silent"))
    scene.does(scene.bo, scene.bo.submits({"Your question": "When was it loud?"}))
    assert "When was it loud?" in scene.sees(scene.ana, scene.room)
    assert "1 of 3 done" in scene.sees(scene.ana, scene.room)


@pytest.mark.parametrize("kind", ["channel", "chat"])
def test_naming_the_bot_in_the_thread_is_the_way_to_be_read(scenes: Any, kind: str) -> None:
    scene = scenes(kind, rsc=False, typed=False).begun()
    thread = {"thread": scene.root} if kind == "channel" else {}
    asked = scene.bo.types(scene.room, "who else has noticed?", mention=True, **thread)
    scene.does(scene.bo, asked)
    assert "1 of 3 done" in scene.sees(scene.ana, scene.room)
    advice = scene.cem.types(scene.room, "you should talk to them", mention=True, **thread)
    scene.does(scene.cem, advice)
    assert "Only you can see this" in scene.sees(scene.cem)
    scene.does(scene.ana, scene.ana.types(scene.room, "next", mention=True, **thread))
    assert "actions" in scene.sees(scene.bo, scene.room)


def test_a_german_sentence_is_no_command(scenes: Any) -> None:
    scene = scenes().begun()
    said = "Als das Team zum ersten Mal schwieg, was hast du da getan?"
    scene.does(scene.bo, scene.bo.types(scene.room, said, thread=scene.root))
    assert "1 of 3 done" in scene.sees(scene.ana, scene.room)


# Private notes


@pytest.mark.parametrize("kind", ["channel", "chat"])
def test_a_note_is_shown_in_the_place_to_one_person_where_the_tenant_has_that(
    scenes: Any, kind: str
) -> None:
    scene = scenes(kind, targeted=True).begun()
    scene.play.types("bo", "You should talk to them.")
    assert "Only you can see this" in scene.sees(scene.bo, scene.room)
    assert "Only you can see this" not in scene.sees(scene.bo, scene.bo.personal)
    assert "Only you can see this" not in scene.sees(scene.ana)
    assert "Only you can see this" not in scene.sees(scene.cem, scene.room)


def test_where_the_tenant_has_not_a_note_goes_to_the_persons_own_chat(scenes: Any) -> None:
    scene = scenes(targeted=False).begun()
    scene.play.types("bo", "You should talk to them.")
    assert "Only you can see this" in scene.sees(scene.bo, scene.bo.personal)
    assert "Only you can see this" not in scene.sees(scene.bo, scene.room)


# Messages of one's own


def test_edits_and_deletions_are_followed(scenes: Any) -> None:
    scene = scenes().begun()
    message = scene.play.types("bo", "You should talk to them.")
    scene.play.edits(message, "What have you tried?")
    assert "1 of 3 done" in scene.sees(scene.ana, scene.room)
    scene.play.deletes(message)
    assert "0 of 3 done" in scene.sees(scene.ana, scene.room)


def test_actions_in_the_menu_of_a_message(scenes: Any) -> None:
    scene = scenes().begun()
    message = scene.play.types("bo", "You should talk to them.")
    scene.does(scene.bo, scene.bo.message_action("Keep for later", scene.room.messages[message]))
    assert "kept" in scene.sees(scene.bo).lower()
    scene.does(scene.cem, scene.cem.message_action("Ask a question", scene.root))
    scene.does(scene.cem, scene.cem.submits({"Your question": "When was it loud?"}))
    assert "When was it loud?" in scene.sees(scene.ana, scene.room)


def test_people_press_only_what_they_see(scenes: Any) -> None:
    scene = scenes().begun()
    with pytest.raises(Refused):
        scene.bo.finds("Answer", on="My team is silent")
