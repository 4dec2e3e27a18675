"""The default format, lived through: from set-up to the second meeting's report back.

Each play is a script of what people do and see (tests/play.py). What is asserted is what stands
on cards; the core's own state is looked at only where nobody could see it.
"""

from __future__ import annotations

from tests.bot.plays.steps import ADVICE, TOUCHED, TRIED
from tests.play import Play

# The whole of it


def test_from_set_up_to_the_second_meetings_report_back(play: Play) -> None:
    # Monday. Bare /als says what this is, in three lines and two buttons.
    hello = play.does("ana", "/als")
    assert "Bring a real problem" in hello.text
    assert hello.text.count("[") == 2

    # One form makes the set: the issue, who helps, the support wanted.
    form = play.does("ana", "/als present")
    presented = form.fills(
        people=["bo", "cem", "dee"],
        issue="My team has stopped talking to me",
        detail="Since I was promoted in May.",
    )
    assert "Questions open when 2 more have joined" in presented.text
    assert "Invited: Bo, Cem, Dee" in play.card("invitation")

    # Joining shows the ground rules and is the assent. Three are enough to begin.
    rules = play.presses("bo", "Join")
    assert "confidential" in rules.form.fields[0].text  # type: ignore[union-attr]
    assert "We begin when 1 more has joined" in rules.fills().text
    assert play.stage == ""
    assert "open for questions" in play.joins("cem").text
    play.joins("dee")
    assert "Now: questions" in play.card()
    assert "0 of 3 done" in play.card()

    # Bo asks, Cem advises and is coached in private, Dee thinks and then passes.
    play.types("bo", TRIED)
    assert play.sees("bo") == []
    advice = play.types("cem", ADVICE)
    [nudge] = play.sees("cem")
    assert nudge.startswith("Only you can see this\nYou can edit your message")
    assert "What question might lead them there?" in nudge
    play.edits(advice, TOUCHED)
    assert "reads as a question now" in play.sees("cem")[-1]
    assert "2 of 3 done" in play.card()
    play.presses("dee", "👀 Thinking")
    assert "2 of 3 done · 1 👀" in play.card()
    play.presses("dee", "Pass")
    assert "3 of 3 done" in play.card()
    assert "👀" not in play.card().split("[")[0]

    # Ana answers one by form, the last one by typing. Then everybody is done.
    play.presses("ana", "Answer", beside=TRIED).fills(text="Mostly emails.")
    assert "Ana answers" in play.card("said")
    play.types("ana", "Two neighbouring teams.")
    assert "Questions that wait" not in play.card()
    assert "Everyone has had their say" in play.sees("ana")[-1]
    play.presses("ana", "Close the questions")
    assert "Now: actions" in play.card()

    # She commits to something, by the day before the next report back.
    kept = play.presses("ana", "Add an action").fills(what="Walk with Helen and only listen")
    assert "By Friday 13 March" in kept.text
    stronger = play.presses("ana", "Make it stronger").fills(obstacle="I talk when I am nervous")
    assert "Kept" in stronger.text
    play.presses("ana", "Finish")
    assert "by Friday 13 March: Walk with Helen and only listen" in play.card()
    assert "Ana has chosen what to do next" in play.card()

    # Looking back closes the first meeting, and says when the next one opens.
    for who in ("ana", "bo", "cem"):
        play.presses(who, "Look back").fills(self="I wanted to solve it.")
    assert "before we part" in play.card("meeting").lower()
    play.presses("dee", "Pass")
    assert "Next meeting opens: Mon 16 Mar 09:00" in play.card("meeting")
    assert "Next turn: Bo" in play.card("meeting")

    # Half-way, privately, als asks how it goes; nobody else hears of it.
    before = {who: len(play.sees(who)) for who in ("bo", "cem", "dee")}
    play.wind(to="2026-03-09 09:30")
    assert "Half-way there" in play.sees("ana")[-1]
    assert "Walk with Helen" not in play.platform.delivered[-1].card.summary
    assert {who: len(play.sees(who)) for who in ("bo", "cem", "dee")} == before
    play.presses("ana", "Partly").fills(
        happened="We walked once.", learned="I was guarding myself, not her."
    )

    # The second meeting begins with reporting back, prefilled with what she said.
    play.wind(to="2026-03-16 09:05")
    assert "Meeting 2" in play.card("meeting")
    assert "what became of the actions" in play.card("meeting")
    report = play.presses("ana", "Report back")
    filled = {getattr(f, "name", ""): getattr(f, "value", "") for f in report.form.fields}
    assert "partly" in filled.values()
    assert "We walked once." in filled.values()
    assert filled["learned"] == "I was guarding myself, not her."
    report.fills()
    assert "Ana reports back" in play.card("report")
    assert "How it went: Partly" in play.card("report")
    assert "What I learned: I was guarding myself, not her." in play.card("report")

    # And now it is Bo's turn.
    assert "It is Bo's turn to bring an issue" in play.card()
    assert "It is your turn" in play.sees("bo", "your_part")[-1]
    play.presses("bo", "Present an issue").fills(issue="Two shift leads no longer talk")
    assert "Now: questions" in play.card()


def test_it_goes_on_by_the_clock_alone(play: Play) -> None:
    """Nobody presses anything after the questions: each stage ends at its own instant."""
    play.begins()
    play.types("bo", TRIED)
    play.types("cem", TOUCHED)
    play.wind(to="2026-03-04 09:10")
    assert play.stage == "actions"
    play.wind(to="2026-03-05 09:10")
    assert "The time for actions is over" in play.card()
    assert play.meeting.stage is not None
    play.wind(to="2026-03-06 09:10")
    assert play.meeting.over
    play.wind(to="2026-03-16 09:05")
    assert "It is Bo's turn" in play.card()


# The calendar


def test_presenting_in_someone_elses_turn_queues_and_says_when(play: Play) -> None:
    play.begins()
    queued = play.does("cem", "/als present").fills(issue="Nobody reads my reports")
    assert "You are next" in queued.text
    assert "Opens about" in queued.text
    assert "Now: questions" in play.card()
    play.wind(to="2026-03-16 09:10")
    assert play.meeting.over
    play.wind(to="2026-03-17 09:10")
    assert "Cem: Nobody reads my reports" in play.card()


def test_the_next_meeting_does_not_open_before_there_was_time_to_act(play: Play) -> None:
    play.closes_with("Walk with Helen")
    opens = play.group.earliest
    queued = play.does("cem", "/als present").fills(issue="Nobody reads my reports")
    assert "Mon 09 Mar" in queued.text or "Tue 10 Mar" in queued.text
    assert play.meeting.over
    assert opens is not None
    play.wind(to=f"{opens:%Y-%m-%d %H:%M}")
    play.wind(minutes=1)
    assert "Meeting 2" in play.card("meeting")
    # Five working days lie between Monday's close and the next report back.
    assert opens.isoweekday() in (1, 2)


def test_a_report_not_given_is_carried_over_and_never_blocks(play: Play) -> None:
    play.closes_with("Walk with Helen")
    play.wind(to="2026-03-16 09:05")
    assert play.meeting.stage is not None
    play.wind(to="2026-03-16 13:30")
    assert "It is Bo's turn" in play.card()
    assert play.group.owing == (play.id_of("ana"),)
    play.presses("bo", "Present an issue").fills(issue="Two shift leads no longer talk")
    play.does("bo", "/als withdraw")
    play.presses("bo", "Take it back")
    assert play.meeting.over
    assert play.group.owing == (play.id_of("ana"),)


def test_a_report_typed_in_the_thread_counts_when_they_say_so(play: Play) -> None:
    play.closes_with("Walk with Helen")
    play.wind(to="2026-03-16 09:05")
    play.types("ana", "We walked, and it helped.", thread="meeting")
    assert "Was that your report back?" in play.sees("ana")[-1]
    play.presses("ana", "That was it")
    assert "It is Bo's turn" in play.card()
