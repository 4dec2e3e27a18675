"""The end of a meeting: the skill, the last review, a rating of one's own, the pulse."""

from __future__ import annotations

from bot.handlers.suggestions import NOBODY
from bot.method.questionnaires import ABILITIES
from bot.method.terms import PersonId
from bot.ports import UserText
from tests.bot.plays.steps import founds, next_meeting, reports
from tests.play import Play

FOUR = ("ana", "bo", "cem", "dee")


def closes(play: Play) -> None:
    """On to the closing of the running meeting, in which Ana presents."""
    play.types("bo", "What have you tried so far?")
    play.types("ana", "Mostly emails.")
    play.types("cem", "Who else is touched by this?")
    play.types("ana", "Two neighbours.")
    play.presses("ana", "Close the questions")
    play.presses("ana", "Add an action", on="[Finish]").fills(what="Listen")
    play.presses("ana", "Finish")


def second_closes(play: Play) -> None:
    """On to the closing of the second meeting, in which Bo presents."""
    next_meeting(play)
    reports(play, "ana")
    play.does("bo", "/als present").fills(issue="Nobody reads my reports")
    play.types("cem", "Who should read them?")
    play.types("dee", "What do you hope for?")
    play.presses("bo", "Close the questions")
    play.presses("bo", "Finish").fills()


def looks_back(play: Play, *people: str) -> None:
    for who in people:
        play.presses(who, "Look back").fills(self="I like to solve.")


def says_how_it_was(play: Play, who: str, **given: str) -> None:
    play.presses(who, "Say how it was").fills(**given)


def kept(play: Play, kind: str, about: str) -> UserText | None:
    with play.store.reading() as tx:
        return tx.texts.get(kind, about)


# The leadership skill, and the last meeting


def test_who_chose_a_skill_is_asked_about_it_at_the_end(play: Play) -> None:
    founds(play, "two_rules", "bo", "cem", "dee", "zoe", coach="zoe")
    play.does("ana", "/als present").fills(issue="We lose every second tender")
    play.presses("ana", "Choose a skill").fills(skill="courage")
    play.presses("bo", "Choose a skill").fills(skill="patience")
    for who in ("cem", "dee"):
        play.presses(who, "Pass")
    play.types("bo", "What do the lost ones have in common?")
    play.types("cem", "Who decides what we bid for?")
    play.presses("zoe", "Close the questions", on="Ana presents")
    for who in FOUR:
        play.presses(who, "Say how you see it").fills(text="Nobody chooses.")
    play.presses("ana", "This is it")
    play.presses("zoe", "Close the questions", on="Ana presents")
    play.presses("ana", "Add an action", on="[Finish]").fills(what="Choose the next tender")
    play.presses("ana", "Finish")
    form = play.presses("ana", "Look back").form
    labels = [getattr(f, "label", "") for f in form.fields]
    assert "You chose to practise saying the difficult thing. What did you notice?" in labels
    play.hands_in("ana", form, {"skill": "I said it, and it was fine."})
    assert all("it was fine" not in post for post in play.channel()), "private unless shared"
    play.presses("bo", "Look back").fills(skill="Waiting is asking too.", share="yes")
    assert "practise patience with silence. What did you notice?: Waiting is asking too." in (
        play.card("reflection")
    )
    names = [getattr(f, "name", "") for f in play.presses("cem", "Look back").form.fields]
    assert "skill" not in names, "who chose none is not asked"


def test_the_last_meeting_looks_back_on_the_whole_programme(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set calendar").fills(meetings="1")
    closes(play)
    assert "This is the last meeting of our programme" in play.card("meeting")
    play.presses("ana", "Look back").fills(changed="I ask before I answer.", share="yes")
    assert "What has changed for you since we began?: I ask before I answer." in (
        play.card("reflection")
    )
    play.presses("bo", "Look back").fills(further="The questions.", workplace="Two calm weeks.")
    assert all("Two calm weeks" not in post for post in play.channel())
    looks_back(play, "cem", "dee")
    assert "That was the last meeting of the programme" in play.card("meeting")


def test_before_the_last_meeting_nothing_is_asked_about_the_programme(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set calendar").fills(meetings="2")
    closes(play)
    assert "last meeting" not in play.card("meeting")
    form = play.presses("ana", "Look back").form
    assert [f.name for f in form.fields if hasattr(f, "name")] == [
        "self",
        "group",
        "organisation",
        "share",
    ]


# A rating of one's own


def test_a_rating_before_and_after_is_seen_by_its_author_only(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set calendar").fills(meetings="2")
    assert not play.has_button("bo", "Rate yourself"), "never before the first question"
    closes(play)
    looks_back(play, *FOUR)
    form = play.presses("bo", "Rate yourself").form
    assert [f.name for f in form.fields if hasattr(f, "name")] == list(ABILITIES)
    assert not any(getattr(f, "required", False) for f in form.fields)
    assert play.hands_in("bo", form, {}).codes == ("nothing_written",)
    play.presses("bo", "Rate yourself").fills(coaching="2", acting="3")
    mine = play.presses("bo", "Rate yourself").fills(coaching="3")
    assert "I help others think by asking: 3\nI do what I set out to do: 3" in mine.text
    old = play.button("bo", "Rate yourself")
    second_closes(play)
    assert play.presses("bo", old).codes == ("that_moment_has_passed",)
    answer = play.presses("bo", "Look back").fills(self="I wait.")
    assert "This was the last meeting" in answer.text
    shown = play.presses("bo", "Rate yourself").fills(coaching="5")
    assert "I help others think by asking: 3 → 5" in shown.text
    for who in ("ana", "cem", "dee"):
        assert all("3 → 5" not in seen for seen in play.told(who))
    assert all("think by asking" not in post for post in play.channel())


def test_in_the_middle_of_a_programme_no_rating_is_asked(play: Play) -> None:
    play.closes_with("Listen")
    second_closes(play)
    answer = play.presses("dee", "Look back").fills(self="I wait.")
    assert "[Rate yourself]" not in answer.text


def test_who_comes_later_has_their_own_first_meeting(play: Play) -> None:
    play.closes_with("Listen")
    play.does("ana", "/als set invite").fills(people=["eve"])
    play.joins("eve")
    second_closes(play)
    assert "[Rate yourself]" in play.presses("eve", "Look back").fills(self="New here.").text
    assert "[Rate yourself]" not in play.presses("cem", "Look back").fills(self="I wait.").text


def test_a_meeting_in_which_nobody_presented_is_nobodys_first(play: Play) -> None:
    play.begins()
    play.does("ana", "/als withdraw")
    play.presses("ana", "Take it back")
    assert play.meeting.over
    bo = PersonId(play.id_of("bo"))
    assert play.group.first[bo] == 2


def test_a_rating_goes_with_its_author(play: Play) -> None:
    play.begins()
    closes(play)
    looks_back(play, *FOUR)
    play.presses("bo", "Rate yourself").fills(coaching="2")
    about = f"{play.group.id}:{play.id_of('bo')}:before"
    assert kept(play, "rating", about) is not None
    play.does("bo", "/als set leave")
    play.presses("bo", "Leave the set")
    assert kept(play, "rating", about) is None


# The pulse


def test_the_pulse_stands_on_the_closed_card_when_all_have_answered(play: Play) -> None:
    play.begins()
    closes(play)
    looks_back(play, *FOUR[:3])
    for who, number in zip(FOUR[:3], "432", strict=True):
        says_how_it_was(play, who, speak=number, heard="5")
    assert "How it was" not in play.card("meeting"), "nobody sees it before the meeting is closed"
    looks_back(play, "dee")
    assert play.meeting.over
    assert "How it was" not in play.card("meeting")
    says_how_it_was(play, "dee", speak="5")
    shown = play.card("meeting")
    assert "I could say what I really think here: 3.5" in shown
    assert "I was listened to" not in shown, "three answers are too few"


def test_fewer_than_four_answers_are_shown_to_nobody(play: Play) -> None:
    play.begins()
    closes(play)
    looks_back(play, *FOUR)
    for who in FOUR[:3]:
        says_how_it_was(play, who, speak="1", heard="1", bring="1")
    play.wind(days=4)
    assert play.meeting.settled
    assert "How it was" not in play.card("meeting")


def test_what_is_shown_never_changes(play: Play) -> None:
    play.begins(helpers=("bo", "cem", "dee", "eve"))
    closes(play)
    looks_back(play, *FOUR, "eve")
    late = play.button("eve", "Say how it was")
    for who in FOUR:
        says_how_it_was(play, who, speak="4")
    assert "How it was" not in play.card("meeting"), "a fifth could still answer"
    form = play.presses("eve", late).form
    play.wind(days=2)
    before = play.card("meeting")
    assert "I could say what I really think here: 4.0" in before
    assert play.presses("eve", late).codes == ("pulse_is_over",)
    assert play.hands_in("eve", form, {"speak": "1"}).codes == ("pulse_is_over",)
    assert play.card("meeting") == before


def test_nobody_can_tell_who_said_what_and_nobody_says_it_twice(play: Play) -> None:
    play.begins()
    closes(play)
    looks_back(play, *FOUR)
    form = play.presses("bo", "Say how it was").form
    says_how_it_was(play, "bo", speak="2")
    assert play.hands_in("bo", form, {"speak": "1"}).codes == ("pulse_given",)
    assert not play.presses("bo", "Say how it was").reply.ok
    row = kept(play, "pulse", play.meeting.id)
    assert row is not None
    assert (row.author, row.at) == (NOBODY, play.meeting.began)
    assert {key: n for key, n in row.parts.items() if n != "0"} == {"speak_2": "1"}
    assert play.presses("cem", "Say how it was").fills().codes == ("nothing_written",)
    says_how_it_was(play, "cem", speak="2")


def test_only_members_give_a_pulse_and_only_at_the_end(play: Play) -> None:
    play.begins()
    closes(play)
    looks_back(play, "bo")
    button = play.button("bo", "Say how it was")
    assert play.presses("zoe", button).codes == ("members_only",)
    assert play.presses("zoe", play.button("bo", "Rate yourself")).codes == ("members_only",)
