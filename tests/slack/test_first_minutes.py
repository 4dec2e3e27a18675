"""The first five minutes (method.md §9) as they happen in Slack, and what people do there later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.processes import HANGS
from tests.slack.fake import FakeSlack, Refused
from tests.slack.house import House, houses


class Scene:
    """People, a channel, and one process."""

    def __init__(self, slack: FakeSlack, house: House, private: bool, bot: bool) -> None:
        self.slack, self.house = slack, house
        names = ("Ana", "Bo", "Cem", "Dee", "Eve")
        self.ana, self.bo, self.cem, self.dee, self.eve = (slack.person(n) for n in names)
        people = (self.ana, self.bo, self.cem, self.dee)
        self.channel = slack.channel("night-shift", *people, private=private, bot=bot)

    async def begun(self) -> Scene:
        """Questions are open."""
        await self.house.presents(self.ana, self.channel, self.bo, self.cem, self.dee)
        return self

    @property
    def root(self) -> Any:
        return self.ana.message("Ana presents\n", self.channel)

    def sees(self, who: Any, channel: Any = None) -> str:
        """All that somebody sees in a channel, or everywhere."""
        return "\n".join(who.sees(channel))

    async def types(self, who: Any, text: str, **more: Any) -> Any:
        """Into the session's thread."""
        return await self.house.after(who.types(self.channel, text, thread=self.root, **more))


def play(
    story: Callable[[Scene], Awaitable[None]],
    *,
    private: bool = True,
    bot: bool = True,
    **more: Any,
) -> None:
    """Play a story; at its end Slack must have had nothing to complain of."""

    async def played() -> None:
        async with houses(**more) as (slack, house):
            await story(Scene(slack, house, private, bot))
            assert slack.troubles == []
            assert house.store.maintenance.counts()["letters_parked"] == 0

    asyncio.run(played())


# /als


def test_bare_als_says_in_three_lines_what_this_is() -> None:
    async def story(scene: Scene) -> None:
        await scene.house.after(scene.ana.command(scene.channel, "/als"))
        [said] = scene.ana.sees(scene.channel)
        *lines, buttons = said.splitlines()
        assert len(lines) <= 3
        assert buttons == "[Present an issue] [What can I do?]"
        assert scene.bo.sees(scene.channel) == []
        await scene.house.after(scene.ana.presses("What can I do?"))
        assert "/als present" in scene.sees(scene.ana, scene.channel)
        await scene.house.after(scene.bo.command(scene.channel, "/als"))
        await scene.house.after(scene.bo.presses("Present an issue"))
        assert scene.bo.view is not None

    play(story)


def test_one_form_makes_the_set_and_joining_is_the_assent() -> None:
    async def story(scene: Scene) -> None:
        ana = scene.ana
        await scene.house.after(ana.command(scene.channel, "/als present"))
        required = [b for b in ana.view.data["blocks"] if b.get("optional") is False]
        assert len(required) <= 3
        given = {"f.issue": "My team is silent", "f.people": [scene.bo, scene.cem, scene.dee]}
        await scene.house.after(ana.submits(given))
        assert ana.view is None
        assert "My team is silent" in scene.sees(scene.bo, scene.channel)
        await scene.house.after(scene.bo.presses("Join and ask"))
        assert "confidential" in scene.sees(scene.bo)
        await scene.house.after(scene.bo.submits())
        await scene.house.after(scene.cem.presses("Join"))
        await scene.house.after(scene.cem.submits())
        assert "0 of 2 done" in scene.sees(ana, scene.channel)

    play(story)


# The bot is not there yet


@pytest.mark.parametrize("private", [True, False])
def test_what_was_brought_waits_for_the_bot_to_be_let_in(private: bool) -> None:
    async def story(scene: Scene) -> None:
        ana, channel = scene.ana, scene.channel
        await scene.house.after(ana.command(channel, "/als present"))
        given = {"f.issue": "My team is silent", "f.people": [scene.bo, scene.cem]}
        yes = {} if private else {"f.public": True}
        await scene.house.after(ana.submits({**given, **yes}))
        assert "/invite @als" in scene.sees(ana, ana.dm)
        assert "My team is silent" not in scene.sees(scene.bo)
        await scene.house.wind(days=1)
        assert scene.sees(ana, ana.dm).count("/invite @als") == 1
        await scene.house.after(scene.slack.invites(channel, by=ana))
        assert "My team is silent" in scene.sees(scene.bo, channel)
        await scene.house.after(scene.bo.presses("Join"))
        await scene.house.after(scene.bo.submits())

    play(story, private=private, bot=False)


def test_a_public_channel_asks_for_a_yes() -> None:
    async def story(scene: Scene) -> None:
        ana = scene.ana
        await scene.house.after(ana.command(scene.channel, "/als present"))
        given = {"f.issue": "My team is silent", "f.people": [scene.bo, scene.cem]}
        await scene.house.after(ana.submits(given))
        [why] = ana.errors.values()
        assert "Everybody in the workspace can read here" in why
        assert ana.view.values["f.issue"]["text"]["value"] == "My team is silent"
        await scene.house.after(ana.submits({"f.public": True}))
        assert ana.view is None
        assert "My team is silent" in scene.sees(scene.bo, scene.channel)
        assert scene.sees(ana, ana.dm).count("everybody in the workspace can read") == 1

    play(story, private=False)


def test_outsiders_are_named_to_host_and_presenter_once() -> None:
    async def story(scene: Scene) -> None:
        scene.channel.members.append(scene.eve.id)
        await scene.begun()
        seen = scene.sees(scene.ana, scene.ana.dm)
        assert "Eve" in seen
        for member in ("Bo", "Cem", "Dee", "als"):
            assert f"{member}." not in seen
        await scene.house.wind(days=1)
        assert scene.sees(scene.ana, scene.ana.dm).count("Eve") == 1
        assert "Others can read along" not in scene.sees(scene.bo)
        fay = scene.slack.person("Fay")
        await scene.house.after(scene.slack.invites(scene.channel, fay))
        assert "Fay" in scene.sees(scene.ana, scene.ana.dm)

    play(story)


def test_what_an_outsider_writes_is_not_counted_and_they_are_told_once() -> None:
    async def story(scene: Scene) -> None:
        scene.channel.members.append(scene.eve.id)
        await scene.begun()
        for text in ("What have you tried?", "Who else?"):
            await scene.types(scene.eve, text)
        assert "0 of 3 done" in scene.sees(scene.ana, scene.channel)
        private = [m for m in scene.slack.world.ephemerals if m.to == scene.eve.id]
        assert len(private) == 1

    play(story)


# Slack is slow, or does not open


def test_a_form_that_did_not_open_is_said_to() -> None:
    async def story(scene: Scene) -> None:
        await scene.begun()
        scene.slack.faults.next("views.open", "500")
        await scene.house.after(scene.bo.presses("Ask a question"))
        assert scene.bo.view is None
        assert "The form did not open" in scene.sees(scene.bo, scene.channel)
        await scene.house.after(scene.bo.presses("Ask a question"))
        assert scene.bo.view is not None

    play(story)


def test_a_slow_answer_does_not_look_like_a_failure() -> None:
    """What is told goes out beside the acknowledgement."""

    async def story(scene: Scene) -> None:
        await scene.begun()
        before = len(scene.slack.deliveries)
        scene.slack.faults.hang = HANGS
        scene.slack.faults.next("chat.postEphemeral", "lost")
        await scene.ana.mentions(scene.channel, "status", thread=scene.root)
        scene.slack.hanging.set()  # only now does the post return
        await scene.house.settle()
        failed = [d for d in scene.slack.deliveries[before:] if not d.acked]
        assert failed == []

    play(story)


# Each person's own page


def test_the_home_page_shows_what_is_mine_and_its_buttons_work() -> None:
    async def story(scene: Scene) -> None:
        bo = scene.bo
        await scene.house.after(bo.opens_home())
        assert "[What can I do?]" in scene.sees(bo)
        await scene.begun()
        await scene.house.after(bo.opens_home())
        page = bo.screen.view(bo.home)
        for words in ("Ana's set", "questions", "My turn", "Your actions", "log", "Your settings"):
            assert words in page, words
        for label in list(bo.buttons(on="Your settings")):
            if label in bo.buttons(on="Your settings"):
                await scene.house.after(bo.presses(label, on="Your settings", nth=0))
                changed = bo.screen.view(bo.home) != page
                assert bo.view is not None or changed or label == "👀 Thinking", label
                bo.reloads()
        assert "👀" in bo.screen.message(scene.root) or "1 of 3 done" in scene.sees(scene.ana)
        await scene.house.after(bo.presses("Open settings", on="Your settings"))
        await scene.house.after(bo.submits({"f.nudges": "no"}))
        await scene.house.after(bo.opens_home())
        assert "*Private nudges*\nno" in bo.screen.view(bo.home)

    play(story)


# Where no command can be typed


def test_in_a_thread_one_mentions_the_bot() -> None:
    async def story(scene: Scene) -> None:
        await scene.begun()
        with pytest.raises(Refused):
            await scene.bo.command(scene.channel, "/als ask", thread=scene.root)
        await scene.house.after(scene.bo.mentions(scene.channel, "ask", thread=scene.root))
        assert scene.bo.view is None
        await scene.house.after(scene.bo.presses("Ask a question"))
        await scene.house.after(scene.bo.submits({"f.text": "What have you tried so far?"}))
        assert "1 of 3 done" in scene.sees(scene.ana, scene.channel)
        await scene.house.after(scene.bo.mentions(scene.channel, "next", thread=scene.root))
        assert "questions" in scene.sees(scene.ana, scene.channel)
        await scene.house.after(scene.ana.mentions(scene.channel, "next", thread=scene.root))
        assert "choosing what to do" in scene.sees(scene.bo, scene.channel)

    play(story)


def test_a_mention_that_is_no_command_is_said_to_the_set() -> None:
    """Where the bot may not read along, naming it is the way to ask in the thread."""

    async def story(scene: Scene) -> None:
        await scene.begun()
        asked = scene.bo.mentions(scene.channel, "who else has noticed?", thread=scene.root)
        await scene.house.after(asked)
        assert "1 of 3 done" in scene.sees(scene.ana, scene.channel)
        advice = scene.cem.mentions(scene.channel, "You should talk to them.", thread=scene.root)
        await scene.house.after(advice)
        assert "Only you can see this" in scene.sees(scene.cem, scene.channel)

    play(story)


def test_the_doorway_of_a_mention_opens_its_form() -> None:
    async def story(scene: Scene) -> None:
        await scene.begun()
        await scene.house.after(scene.cem.mentions(scene.channel, "log", thread=scene.root))
        await scene.house.after(scene.cem.mentions(scene.channel, "settings", thread=scene.root))
        await scene.house.after(scene.cem.presses("Your settings"))
        assert scene.cem.view.data["callback_id"] == "als.settings"
        assert "Your settings" not in scene.sees(scene.bo, scene.channel)

    play(story)


def test_what_is_written_to_the_bot_itself_is_a_command() -> None:
    async def story(scene: Scene) -> None:
        await scene.begun()
        for text in ("actions", "als actions", "help", "good morning"):
            before = len(scene.ana.sees(scene.ana.dm))
            await scene.house.after(scene.ana.types(scene.ana.dm, text))
            assert len(scene.ana.sees(scene.ana.dm)) > before + 1, text
        assert "Your actions" in scene.sees(scene.ana, scene.ana.dm)

    play(story)


# On a message


def test_keep_for_later_is_a_shortcut_on_ones_own_message() -> None:
    async def story(scene: Scene) -> None:
        await scene.begun()
        said = await scene.types(scene.bo, "You should just talk to them.")
        await scene.house.after(scene.cem.shortcut("Keep for later", said))
        assert "kept" not in scene.sees(scene.cem, scene.channel).lower()
        await scene.house.after(scene.bo.shortcut("Keep for later", said))
        assert "kept" in scene.sees(scene.bo, scene.channel).lower()

    play(story)


def test_this_answers_is_a_shortcut_for_the_presenter() -> None:
    async def story(scene: Scene) -> None:
        await scene.begun()
        await scene.types(scene.bo, "What have you tried so far?")
        await scene.types(scene.cem, "Who else is touched by this?")
        answer = await scene.types(scene.ana, "Mostly emails.")
        await scene.house.after(scene.ana.shortcut("This answers…", answer))
        assert "What have you tried so far?" in scene.sees(scene.ana, scene.channel)
        await scene.house.after(scene.ana.presses("This one", nth=0))
        card = scene.bo.screen.message(scene.root)
        assert ("Who else" in card) != ("What have you tried" in card)

    play(story)


# Messages change


def test_edits_and_deletions_are_followed() -> None:
    async def story(scene: Scene) -> None:
        await scene.begun()
        said = await scene.types(scene.bo, "You should just talk to them.")
        await scene.house.after(scene.bo.edits(said, "What keeps you from talking to them?"))
        await scene.house.wind(minutes=1)
        assert "1 of 3 done" in scene.bo.screen.message(scene.root)
        await scene.house.after(scene.bo.deletes(said))
        await scene.house.wind(minutes=1)
        assert "0 of 3 done" in scene.bo.screen.message(scene.root)

    play(story)


def test_news_that_overtakes_other_news() -> None:
    """An edit and a deletion that come before their messages."""

    async def story(scene: Scene) -> None:
        await scene.begun()
        scene.slack.faults.next("message", "late")
        said = await scene.types(scene.bo, "You should just talk to them.")
        await scene.house.after(scene.bo.edits(said, "What keeps you from talking to them?"))
        scene.slack.faults.next("message", "late")
        gone = await scene.types(scene.cem, "Who else is touched by this?")
        await scene.house.after(scene.cem.deletes(gone))
        await scene.house.after(scene.slack.release())
        await scene.house.wind(minutes=1)
        card = scene.bo.screen.message(scene.root)
        assert "What keeps you" in card
        assert "1 of 3 done" in card
        assert "Who else" not in card

    play(story)


def test_long_texts_are_taken_and_shown() -> None:
    async def story(scene: Scene) -> None:
        ana = scene.ana
        await scene.house.after(ana.command(scene.channel, "/als present"))
        given = {"f.issue": "I" * 100, "f.people": [scene.bo, scene.cem]}
        await scene.house.after(ana.submits({**given, "f.detail": "<&>*_`~ word " * 220}))
        for helper in (scene.bo, scene.cem):
            await scene.house.after(helper.presses("Join"))
            await scene.house.after(helper.submits())
        question = "What would " + "this and that " * 800 + "change?"
        await scene.house.after(scene.bo.types(scene.channel, question, thread=scene.root))
        await scene.house.after(scene.bo.presses("Ask a question"))
        await scene.house.after(scene.bo.submits({"f.text": "What if " + "so " * 480 + "?"}))
        await scene.house.after(scene.cem.command(scene.channel, "/als log " + "word " * 700))
        await scene.house.wind(minutes=5)
        assert scene.slack.pings == []

    play(story)


# The channel changes


def test_a_channel_that_gets_another_id_is_still_home() -> None:
    async def story(scene: Scene) -> None:
        await scene.begun()
        await scene.types(scene.bo, "What have you tried so far?")
        await scene.house.after(scene.slack.changes_id(scene.channel))
        await scene.types(scene.cem, "Who else is touched by this?")
        await scene.house.wind(minutes=2)
        assert "2 of 3 done" in scene.bo.screen.message(scene.root)
        await scene.house.after(scene.ana.presses("Answer", nth=0))
        await scene.house.after(scene.ana.submits({"f.text": "Mostly emails."}))
        assert "Mostly emails." in scene.sees(scene.bo, scene.channel)
        refused = {a.get("error") for _, _, a in scene.slack.calls if not a.get("ok", True)}
        assert refused == set()

    play(story)


def test_an_archive_is_waited_out() -> None:
    async def story(scene: Scene) -> None:
        await scene.begun()
        await scene.house.after(scene.slack.archives(scene.channel))
        await scene.house.after(scene.ana.presses("Close the questions"))
        await scene.house.wind(hours=2)
        assert "can't post" in scene.sees(scene.ana, scene.ana.dm)
        assert "choosing what to do" not in scene.sees(scene.bo, scene.channel)
        await scene.house.after(scene.slack.unarchives(scene.channel))
        assert "choosing what to do" in scene.sees(scene.bo, scene.channel)

    play(story)


def test_taken_out_and_let_in_again() -> None:
    async def story(scene: Scene) -> None:
        await scene.begun()
        await scene.house.after(scene.slack.removes(scene.channel))
        await scene.house.wind(days=2)
        assert "/invite @als" in scene.sees(scene.ana, scene.ana.dm)
        await scene.house.after(scene.slack.invites(scene.channel))
        await scene.types(scene.bo, "What have you tried so far?")
        assert scene.sees(scene.ana, scene.ana.dm).count("/invite @als") == 1

    play(story)
