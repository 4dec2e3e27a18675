"""Taking one's own along, and having it erased: what goes, what stays, and what is never given."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.card import File
from bot.cards.table_writers import BOM, Column, Rows, as_csv, as_json, as_markdown, harmless, write
from bot.method.terms import SetId
from tests.play import Answer, Play

QUESTION = "What have you tried so far?"
NASTY = '=HYPERLINK("http://x";"y")\n<script>alert(\'x\')</script> ![a](http://x) *b*'


def file_of(answer: Answer) -> File:
    [card] = answer.reply.cards
    [found] = [part for part in card.parts if isinstance(part, File)]
    return found


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix(BOM))))


@pytest.fixture
def lived(play: Play) -> Play:
    """Ana presented, was asked, answered, chose an action and kept a line in her log."""
    play.begins()
    play.types("bo", QUESTION)
    play.types("ana", "Mostly emails.")
    play.types("cem", "You should just talk to them.")
    play.presses("cem", "Keep for later")
    play.types("dee", "Who else is touched by this?")
    play.presses("ana", "Close the questions")
    play.presses("ana", "Add an action").fills(what="Walk with Helen", first_step="Call her")
    play.presses("ana", "Finish")
    play.does("ana", "/als partly").fills(happened="Once around the lake", learned="She listens")
    play.does("ana", "/als log words").fills(text="I solve too fast.")
    play.does("bo", "/als log words").fills(text="Bo's own secret.")
    return play


# What goes along


def test_own_actions_with_what_was_learned(lived: Play) -> None:
    found = json.loads(file_of(lived.does("ana", "/als export actions json")).text)
    [action] = found
    assert action["what"] == "Walk with Helen"
    assert action["first_step"] == "Call her"
    assert (action["outcome"], action["learned"]) == ("partly", "She listens")
    assert action["due"] == "2026-03-13"


def test_own_log_and_nobody_elses(lived: Play) -> None:
    [line] = table(file_of(lived.does("ana", "/als export log csv")).text)
    assert line["In my words"] == "I solve too fast."
    assert line["About"] == "What I was sure of and am less sure of now"
    assert "secret" not in lived.does("ana", "/als export log").text


def test_own_session_with_the_questions_but_not_who_asked(lived: Play) -> None:
    text = file_of(lived.does("ana", "/als export session md")).text
    rows = json.loads(file_of(lived.does("ana", "/als export session json")).text)
    told = [(row["part"], row["text"]) for row in rows]
    assert told[0] == ("issue", "My team has stopped talking to me")
    assert ("question", QUESTION) in told
    assert told.index(("answer", "Mostly emails.")) == told.index(("question", QUESTION)) + 1
    assert ("question", "Who else is touched by this?") in told
    assert told[-1] == ("action", "Walk with Helen")
    for name in ("Bo", "Cem", "Dee"):
        assert name not in text
        assert name not in json.dumps(rows)
    assert "just talk to them" not in text  # kept for later: advice is its author's


def test_nobody_gets_somebody_elses_session(lived: Play) -> None:
    for kind in ("session", "actions"):
        answer = lived.does("bo", f"/als export {kind}", where=lived.thread())
        assert "nothing of yours here" in answer.text
        assert "Helen" not in answer.text
    # Nor by a form that was tampered with: the reference only narrows down one's own.
    form = lived.does("bo", "/als export")
    assert "nothing of yours" in form.fills(kind="session").text


def test_in_the_thread_of_an_own_session_only_that_one(lived: Play) -> None:
    for who in ("ana", "bo", "cem", "dee"):
        lived.presses(who, "Look back").fills(self="I like to solve.")
    lived.wind(to="2026-03-16 09:05")
    lived.presses("ana", "Report back").fills()
    lived.presses("bo", "Present an issue").fills(issue="Two shift leads no longer talk")
    here = json.loads(
        file_of(lived.does("bo", "/als export session json", where=lived.thread())).text
    )
    assert {row["session"] for row in here} == {"1"}
    # In somebody else's thread it is all of one's own, and still nothing of theirs.
    other = file_of(lived.does("ana", "/als export session", where=lived.thread())).text
    assert "My team has stopped talking" in other
    assert "shift leads" not in other


def test_a_question_that_was_taken_back_does_not_go_along(play: Play) -> None:
    play.begins()
    play.deletes(play.types("bo", QUESTION))
    play.types("cem", "Who else is touched by this?")
    text = file_of(play.does("ana", "/als export session json")).text
    assert QUESTION not in text
    assert "touched by this" in text


def test_what_is_not_said_is_asked(lived: Play) -> None:
    form = lived.does("ana", "/als export csv")
    values = {getattr(f, "name", ""): getattr(f, "value", "") for f in form.form.fields}
    assert values == {"kind": "actions", "written": "csv"}
    assert file_of(form.fills(kind="log")).name == "als-log.csv"
    assert file_of(lived.does("ana", "/als download learning")).name == "als-log.md"


def test_it_goes_straight_back_and_lies_nowhere(lived: Play) -> None:
    before = len(lived.platform.delivered)
    answer = lived.does("ana", "/als export actions")
    assert "Only you can see this" in answer.text
    assert len(lived.platform.delivered) == before
    assert "Helen" not in answer.reply.cards[0].summary


# How it is written

ROWS = Rows(
    "Title",
    (Column("text", "In my words"), Column("other", "=Other")),
    ({"text": NASTY, "other": ""}, {"text": "-1", "other": "é"}),
    ({"text": NASTY, "other": ""}, {"text": "-1", "other": "é"}),
)


def test_markdown_is_text_to_whoever_draws_it() -> None:
    text = as_markdown(ROWS)
    assert "<script" not in text
    assert "![a](" not in text
    assert all(line[:1] in {"", "#", "*", ">"} for line in text.split("\n"))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n=1", "\uff1d1", "|calc", "\ufeff=1"],
)
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("Two = two") == "Two = two"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_a_csv_is_read_back_whole_and_never_calculates(texts: list[str]) -> None:
    cells = tuple({"text": text} for text in texts)
    text = as_csv(Rows("t", (Column("text", "Text"),), cells, cells))
    read = [row[0] for row in csv.reader(io.StringIO(text.removeprefix(BOM), newline=""))][1:]
    assert [cell in (t, f"'{t}") for cell, t in zip(read, texts, strict=True)] == [True] * len(read)
    assert not any(cell.lstrip()[:1] in tuple("=+-@") for cell in read if cell.strip())


def test_json_keeps_every_word_and_every_column() -> None:
    assert json.loads(as_json(ROWS))[0] == {"text": NASTY, "other": ""}
    assert json.loads(as_json(ROWS))[1]["other"] == "é"


def test_another_way_of_writing_is_a_bug() -> None:
    with pytest.raises(KeyError):
        write(ROWS, "exe")


# Erasing


def kept_of(play: Play, who: str) -> dict[SetId | None, int]:
    id = play.id_of(who)
    with play.store.reading() as tx:
        return dict(tx.texts.count_by_author(id))  # type: ignore[arg-type]


def test_it_asks_first_and_erases_nothing_before_the_yes(lived: Play) -> None:
    before = kept_of(lived, "ana")
    where = lived.does("ana", "/als forget")
    assert "I'll ask once more" in where.text
    sure = lived.presses("ana", "Ana's set")
    assert "This cannot be undone" in sure.text
    assert "your learning log" not in sure.text
    assert kept_of(lived, "ana") == before


def test_in_one_set_all_of_it_goes_and_the_log_stays(lived: Play) -> None:
    lived.does("ana", "/als forget")
    lived.presses("ana", "Ana's set")
    told = lived.presses("ana", "Erase my words")
    assert "Your own messages in the chat. Only you can delete those" in told.text
    assert "Numbers without words" in told.text
    assert "My team has stopped" not in lived.card()
    assert "Walk with Helen" not in lived.card()
    assert kept_of(lived, "ana") == {None: 1}
    assert "I solve too fast." in lived.does("ana", "/als log").text
    assert "nothing of yours" in lived.does("ana", "/als export session").text
    # Others lose nothing, and the numbers stay.
    assert sum(kept_of(lived, "bo").values()) == 2
    assert len(lived.session.actions) == 1


def test_everything_takes_the_log_along(lived: Play) -> None:
    sure = lived.does("ana", "/als forget everything")
    assert "and your learning log" in sure.text
    count = sum(kept_of(lived, "ana").values())
    assert f"My copy of {count} texts" in lived.presses("ana", "Erase my words").text
    assert kept_of(lived, "ana") == {}
    assert "still empty" in lived.does("ana", "/als log").text
    assert kept_of(lived, "bo") != {}


def test_what_the_bot_posted_is_drawn_again_without_it(play: Play) -> None:
    play.begins()
    play.presses("bo", "Ask a question").fills(text=QUESTION)
    assert QUESTION in play.card("said")
    assert QUESTION in play.card()
    play.does("bo", "/als forget all")
    play.presses("bo", "Erase my words")
    play.wind(minutes=2)
    assert QUESTION not in play.card("said")
    assert "no longer kept" in play.card("said")
    assert QUESTION not in play.card()
    # The session goes on, with the question still open and still counted.
    assert "1 of 3 done" in play.card()
    play.types("bo", "How long has it been so?")
    assert "How long has it been so?" in play.card()


def test_nothing_asks_after_an_erased_action(lived: Play) -> None:
    lived.does("ana", "/als forget all")
    lived.presses("ana", "Erase my words")
    assert lived.action.settled
    before = len(lived.sees("ana", "digest"))
    lived.wind(to="2026-03-13 12:00")
    later = lived.sees("ana", "digest")[before:]
    assert all("no longer kept" not in digest for digest in later)
    assert all("Half-way" not in digest for digest in later)


def test_a_nudge_about_erased_words_is_not_offered_again(play: Play) -> None:
    play.begins()
    play.types("cem", "You should just talk to them.")
    play.does("cem", "/als forget all")
    play.presses("cem", "Erase my words")
    play.wind(to="2026-03-03 09:05")
    assert all("no longer kept" not in digest for digest in play.sees("cem", "digest"))


def test_a_draft_that_waits_for_its_turn_goes_too(play: Play) -> None:
    play.begins()
    play.does("bo", "/als present").fills(issue="Nobody reads my reports")
    play.does("bo", "/als forget all")
    play.presses("bo", "Erase my words")
    assert kept_of(play, "bo") == {}
    assert "Nobody reads" not in "".join(
        str(f) for f in play.does("bo", "/als present").form.fields
    )


def test_after_leaving_what_was_left_outside_can_still_be_erased(lived: Play) -> None:
    """Leaving erases what was said in the set; the log is the person's until they say so."""
    lived.does("ana", "/als set leave")
    lived.presses("ana", "Leave the set")
    assert kept_of(lived, "ana") == {None: 1}
    lived.does("ana", "/als forget everything")
    lived.presses("ana", "Erase my words")
    assert kept_of(lived, "ana") == {}


def test_a_set_is_named_or_chosen(play: Play) -> None:
    form = play.does("ana", "/als set new")
    form.fills(people=["bo", "cem"], name="The night shift")
    play.joins("bo")
    assert (
        "Erase your words in The night shift?"
        in play.does("ana", "/als erase the Night shift").text
    )
    assert "Where shall I erase" in play.does("ana", "/als forget the day shift").text
    # Bo has written nothing yet: there is nothing to say yes to.
    assert "nothing of yours here to erase" in play.does("bo", "/als forget everything").text
    assert not play.has_button("bo", "Erase my words")


def test_a_stranger_cannot_erase_anything(lived: Play) -> None:
    lived.does("ana", "/als forget")
    chosen = lived.button("ana", "Ana's set")
    refused = lived.presses("zoe", chosen)
    assert refused.codes == ("no_longer_there",)
    before = kept_of(lived, "ana")
    lived.does("zoe", "/als forget all")
    lived.presses("ana", "Ana's set")
    lived.presses("zoe", lived.button("ana", "Erase my words"))
    assert kept_of(lived, "ana") == before
