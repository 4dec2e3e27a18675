"""A set's own settings as scripts: method, calendar, turns, ground rules, silence."""

from __future__ import annotations

import pytest

from bot.cards.form import Ask
from tests.play import Play

RULES = "We say when we are tired.\nPhones stay away."


def test_a_set_gives_its_stages_other_times_and_limits(play: Play) -> None:
    play.begins()
    running = play.session.format
    play.does("ana", "/als set format").fills(strict="yes")
    play.presses("ana", "Change times and limits").fills(days_questions="1", quota_questions="1-2")
    assert "questions: 1 working day" in play.told("ana", "format_chosen")[-1]
    assert play.session.format == running, "what runs keeps what it opened with"
    play.wind(days=15)
    second = play.session
    assert play.group.number == 2
    assert second.format.session[1].minutes == 480
    assert second.format.session[1].quota == (1, 2)
    assert second.strict


def test_what_a_session_cannot_run_is_refused_with_its_reason(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set format").fills()
    answer = play.presses("ana", "Change times and limits")
    refused = play.hands_in("ana", answer.form, {"days_questions": "soon"})
    assert refused.codes == ("method_cannot_run",)
    assert "Questions: The window" in refused.text
    again = play.presses("ana", "Change times and limits").fills(quota_questions="3-2")
    assert again.codes == ("method_cannot_run",)
    long = play.presses("ana", "Change times and limits").fills(days_questions="9")
    assert long.codes == ("no_time_to_act",)
    assert "23 days" in long.text
    assert play.group.overrides.windows == {}


@pytest.mark.parametrize("command", ["set calendar", "set pause", "set resume"], ids=str)
def test_only_who_has_the_process_changes_it(play: Play, command: str) -> None:
    play.begins()
    assert play.does("bo", f"/als {command}").codes == ("only_facilitator",)
    assert play.does("eve", f"/als {command}").codes == ("members_only",)
    play.does("ana", "/als set facilitator").fills(people=["bo"])
    assert play.does("ana", f"/als {command}").codes == ("only_facilitator",)


def test_a_calendar_that_leaves_no_time_to_act_gets_a_proposal(play: Play) -> None:
    play.closes_with("Listen")
    refused = play.does("ana", "/als set calendar").fills(days="9")
    assert refused.codes == ("no_time_to_act",)
    assert "13 days" in refused.text
    assert play.does("ana", "/als set calendar").fills(days="soon").codes == ("not_a_number",)
    assert play.does("ana", "/als set calendar").fills(days="93").codes == ("days_out_of_range",)
    before = play.group.next_opens
    kept = play.does("ana", "/als set calendar").fills(days="28")
    assert "every 28 days" in kept.text
    after = play.group.next_opens
    assert before is not None
    assert after is not None
    assert (after.date() - before.date()).days == 14
    assert f"{after:%d %b}" in kept.text


def test_a_programme_ends_and_the_set_chooses_to_go_on(play: Play) -> None:
    play.reaches_actions()
    play.does("ana", "/als set calendar").fills(meetings="1")
    play.wind(days=14)
    assert play.group.finished
    assert "the last meeting of the programme" in play.card("meeting")
    assert play.group.next_opens is None
    assert "held its one meeting" in play.sees("ana", "programme_over")[-1]
    assert play.does("bo", "/als offer").codes == ("programme_is_over",)
    assert play.does("bo", "/als present").fills(issue="Nobody reads").codes == (
        "programme_is_over",
    )
    assert "every 14 days" in play.presses("ana", "Go on").text
    play.wind(days=1)
    assert play.group.number == 2


def test_a_programme_ends_and_so_does_the_set(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set calendar").fills(meetings="1")
    play.wind(days=14)
    play.presses("ana", "End the set")
    play.presses("ana", "End it for good")
    assert "has ended" in play.card("set_ended")


def test_a_pause_ends_by_itself_or_by_hand(play: Play) -> None:
    play.closes_with("Listen")
    told = play.does("ana", "/als set pause 2026-04-20")
    assert "until Monday 20 April" in told.text
    play.wind(to="2026-04-19 12:00")
    assert play.group.number == 1
    play.wind(to="2026-04-20 12:00")
    assert not play.group.paused
    assert play.group.number == 2
    play.does("ana", "/als set pause soon").fills()
    assert play.group.paused
    assert play.group.resumes is None
    assert play.does("ana", "/als set pause").codes == ("is_paused",)
    play.does("ana", "/als set resume")
    assert not play.group.paused
    assert play.does("ana", "/als set resume").codes == ("not_paused",)


def test_any_member_invites(play: Play) -> None:
    play.begins()
    play.does("bo", "/als set invite").fills(people=["eve"])
    assert play.id_of("eve") in play.group.invited
    play.joins("eve")
    assert play.id_of("eve") in play.group.people
    assert play.does("zoe", "/als set invite").codes == ("members_only",)
    assert play.does("bo", "/als set invite").fills().codes == ("nobody_chosen",)


def test_whose_turn_it_is_and_who_offers(play: Play) -> None:
    play.closes_with("Listen")
    seen = play.does("dee", "/als turn")
    assert "1: Bo\n2: Cem\n3: Dee\n4: Ana" in seen.text
    assert not play.has_button("dee", "Change the order")
    assert "You are next" in play.presses("dee", "I would go next").text
    assert not play.has_button("dee", "I would go next", on="You are next")
    opens = play.group.next_opens
    play.does("ana", "/als turn")
    cem, bo = play.id_of("cem"), play.id_of("bo")
    done = play.presses("ana", "Change the order").fills(place_1=cem, place_2=bo)
    assert "1: Cem\n2: Bo\n3: Dee\n4: Ana" in done.text
    assert play.group.next_opens == opens, "an offer opens no meeting earlier"
    play.wind(days=16)
    assert play.session.presenter == cem


def test_who_has_an_issue_need_not_wait_for_an_offer(play: Play) -> None:
    play.closes_with("Listen")
    play.does("dee", "/als offer")
    play.does("ana", "/als set pause")
    play.wind(days=20)
    play.does("bo", "/als present").fills(issue="Nobody reads my reports")
    play.does("ana", "/als set resume")
    play.does("ana", "/als set facilitator").fills(people=["ana"])
    assert play.does("ana", "/als offer").codes == ("facilitator_does_not_present",)


def test_own_rules_are_agreed_again_when_they_change(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set rules").fills(rules=f"  {RULES} \n\n")
    card = play.sees("bo", "rules")[-1]
    assert "We say when we are tired." in card
    assert "Agree" in card
    assert play.group.rules.assented == {play.id_of("ana")}
    play.types("bo", "What have you tried so far?")  # nothing is blocked meanwhile
    old = play.button("cem", "Agree")
    play.presses("bo", "Agree")
    assert play.id_of("bo") in play.group.rules.assented
    assert "2 of 4 have said yes" in play.does("bo", "/als set rules").text
    play.does("ana", "/als set rules").fills(rules=RULES)
    assert play.group.rules.version == 2, "the same rules ask nobody anything"
    play.does("ana", "/als set rules").fills(rules="We begin on time.")
    assert play.presses("cem", old).codes == ("rules_have_changed",)
    play.does("ana", "/als set invite").fills(people=["eve"])
    shown = play.presses("eve", "Join").form
    assert any(getattr(f, "text", "") == "We begin on time." for f in shown.fields)


def test_rules_stay_short_and_stay_with_the_set(play: Play) -> None:
    play.begins()
    many = "\n".join(f"Rule {n} is short." for n in range(7))
    refused = play.does("ana", "/als set rules").fills(rules=many)
    assert refused.codes == ("too_many_rules",)
    assert "Rule 6 is short." in refused.text, "nothing is lost"
    assert play.does("ana", "/als set rules").fills(rules="x" * 201).codes == ("rule_is_long",)
    play.does("ana", "/als set rules").fills(rules=RULES)
    play.does("ana", "/als set leave")
    play.presses("ana", "Leave the set")
    assert "Phones stay away." in play.does("cem", "/als set rules").text
    play.does("bo", "/als set rules").fills(rules="")
    assert "no rules of its own" in play.does("cem", "/als set rules").text


def test_the_host_rotates_where_the_set_chose_so(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set format").fills(rotate="yes")
    play.wind(days=12)
    assert play.group.host == play.id_of("bo")
    assert "You now host" in play.sees("bo", "you_host")[-1]
    assert play.does("ana", "/als set pause").codes == ("only_facilitator",)


def test_a_silent_set_is_asked_and_ends_without_an_answer(play: Play) -> None:
    play.closes_with("Listen")
    play.does("ana", "/als set pause")
    play.wind(days=59)
    assert play.sees("ana", "silent") == []
    play.wind(days=2)
    assert "quiet" in play.sees("ana", "silent")[-1]
    play.presses("ana", "Go on")
    play.wind(days=62)
    assert len(play.sees("ana", "silent")) == 2
    play.wind(days=27)
    group = play.group
    play.wind(days=3)
    assert play._load(type(group), group.id).over
    assert "has ended" in play.card("set_ended")


def test_a_set_that_was_only_made_does_not_stay_for_ever(play: Play) -> None:
    play.does("ana", "/als set new").fills(people=["bo"], name="Night")
    group = play.group
    play.wind(days=95)
    assert play._load(type(group), group.id).over


def test_a_person_chooses_the_language_of_the_judge_and_cards_stay_as_they_are(play: Play) -> None:
    play.begins()
    play.types("bo", "Hast du schon mal versucht, mit ihr darüber zu reden?")
    assert play.sees("bo", "nudge") == []  # the English judge is silent
    play.does("bo", "/als settings").fills(language="de")
    play.types("bo", "Hast du schon mal versucht, den Rat zu fragen?")
    (nudge,) = play.sees("bo", "nudge")
    assert "Only you can see this" in nudge


def test_a_language_without_a_judge_is_not_taken(play: Play) -> None:
    play.begins()
    play.does("bo", "/als settings").fills(language="es")
    form = play.does("bo", "/als settings").form
    play.hands_in("bo", form, {"language": "tlh"})
    again = play.does("bo", "/als settings").form
    (chosen,) = [f.value for f in again.fields if f.name == "language"]
    assert chosen == "es"


def test_a_set_chooses_the_language_of_its_judge_and_that_comes_first(play: Play) -> None:
    play.begins()
    play.does("bo", "/als settings").fills(language="es")
    chosen = play.does("ana", "/als set format").fills(language="de")
    assert "read questions here in Deutsch" in chosen.text
    play.types("bo", "Hast du schon mal versucht, den Rat zu fragen?")
    assert len(play.sees("bo", "nudge")) == 1
    play.types("cem", "Have you tried talking to her about all of this?")
    assert play.sees("cem", "nudge") == []  # the German judge is silent
    form = play.does("ana", "/als set format").form
    play.hands_in("ana", form, {"language": "own"})
    assert play.group.language == ""
    play.types("bo", "¿Has probado a hablar con el consejo?")
    assert len(play.sees("bo", "nudge")) == 2


def test_a_set_takes_no_language_without_a_judge_and_keeps_the_one_it_has(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set format").fills(language="de")
    form = play.does("ana", "/als set format").form
    for said in ("tlh", ""):
        play.hands_in("ana", form, {"language": said})
        assert play.group.language == "de"


def test_the_wording_offered_is_in_the_set_s_language(play: Play) -> None:
    play.begins()
    play.does("ana", "/als set format").fills(language="de")
    play.types("bo", "Du solltest gehen.")
    form = play.presses("bo", "Show me a wording").form
    assert form is not None
    (offered,) = [field.value for field in form.fields if isinstance(field, Ask)]
    assert offered.startswith("Welche ")
