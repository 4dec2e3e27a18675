"""The fake Teams refuses faulty cards, and shows the others as people read them."""

import pytest

from tests.teams.fake import problems
from tests.teams.fake_client import (
    block,
    card,
    client_of,
    code_of,
    execute,
    field,
    run,
    says,
    submit,
)


@pytest.mark.parametrize(
    ("faulty", "words"),
    [
        (card(block("x")) | {"version": "1.6"}, "version"),
        (card({"type": "Chart.Pie"}), "unknown element"),
        (card({"type": "Container", "items": [{"type": "Rating"}]}), "unknown element"),
        (card(block("x"), actions=[{"type": "Action.Execute", "title": "Go"}]), "without verb"),
        (card(field("A", "a"), field("B", "a")), "twice"),
        (card({"type": "Input.Text"}), "without id"),
        (card(field("A", "a", isRequired=True)), "errorMessage"),
        (card(block("x"), actions=[submit("Go") | {"data": "text"}]), "no object"),
        (card(block("x"), actions=[execute(f"Go {n}") for n in range(7)]), "side by side"),
        (card(block("<at>Ben</at>")), "no entity"),
        (card(block("x"), refresh={"action": submit("x")}), "refresh"),
        (
            card(block("x"), refresh={"action": execute("x"), "userIds": ["29:1"] * 61}),
            "61 people",
        ),
        (card({"type": "Input.ChoiceSet", "id": "c", "choices": []}), "no choices"),
        (card(), "empty"),
        ({"type": "HeroCard"}, "not an AdaptiveCard"),
    ],
)
def test_a_faulty_card_is_refused(faulty, words):
    assert any(words in problem for problem in problems(faulty))

    async def story(teams):
        chat, calls = teams.chat("Pair", teams.person("Ana")), client_of(teams).conversations
        refused = calls.send_to_conversation(chat.id, says(None, faulty))
        assert await code_of(refused) == (400, "BadSyntax")

    run(story)


def test_a_newer_element_may_have_a_fallback():
    newer = {"type": "Chart.Pie", "fallback": block("three of four")}
    assert problems(card(newer)) == []


def test_people_read_cards_in_their_own_zone():
    async def story(teams):
        ana, kai = teams.person("Ana", tz="Europe/Berlin"), teams.person("Kai", tz="Asia/Tokyo")
        chat, calls = teams.chat("Pair", ana, kai), client_of(teams).conversations
        instant = "2026-03-02T18:00:00Z"
        until = f"until {{{{DATE({instant}, SHORT)}}}} {{{{TIME({instant})}}}}"
        columns = [{"type": "Column", "items": [block("left")]}, {"items": [block("right")]}]
        shown = card(
            block(until),
            {"type": "ColumnSet", "columns": columns},
            {"type": "FactSet", "facts": [{"title": "Open", "value": "3"}]},
            block("hidden", isVisible=False),
            actions=[execute("Ask")],
        )
        await calls.send_to_conversation(chat.id, says(None, shown))
        assert "until Mon, Mar 2nd, 2026 7:00 PM" in ana.sees()
        assert "until Tue, Mar 3rd, 2026 3:00 AM" in kai.sees()
        assert ana.sees()[-1].split("\n")[1:] == ["left", "right", "Open 3", "[Ask]"]

    run(story)
