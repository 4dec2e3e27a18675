"""Suggested wordings: those of method.md section 4, and that each is itself a fine question."""

import pytest

from bot.judge import Verdict, judge_for
from tests.judge.cases import DEV, OWN, Case

judge = judge_for()


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("Have you tried talking to her?", "What have you tried so far?"),
        ("Why don't you say no?", "What makes saying no difficult?"),
        ("Would it help to split the team?", "What would help?"),
        ("Don't you think he feels threatened?", "How might he see this?"),
        ("Why did you leave the orchestra?", "What led you to leave the orchestra?"),
        ("Where is it? Who has it?", "Where is it?"),
        ("I think it's a mess. Who has it?", "Who has it?"),
        ("who has it? My guess is Bo.", "Who has it?"),
        ("Tell us about Bo. Who is she?", "Tell us about Bo."),
        ("https://example.org", None),
        ("The rent is high.", None),
    ],
)
def test_the_table(text: str, suggested: str | None) -> None:
    assert judge(text).suggestion == suggested


@pytest.mark.parametrize("verb", ["stopping", "putting", "lying", "making", "fleeing", "asking"])
def test_the_asker_s_topic_takes_its_new_form(verb: str) -> None:
    plain = {"stopping": "stop", "putting": "put", "lying": "lie", "making": "make"}
    base = plain.get(verb, verb.removesuffix("ing"))
    assert judge(f"Why don't you {base} it?").suggestion == f"What makes {verb} it difficult?"


@pytest.mark.parametrize("case", DEV + OWN, ids=lambda case: str(case.id))
def test_a_suggestion_is_itself_accepted(case: Case) -> None:
    suggestion = case.judged().suggestion
    if suggestion is not None:
        again = judge(suggestion, stage="questions")
        assert again.verdict is Verdict.accept, (suggestion, again)
        assert again.reason == "question"


def test_what_is_accepted_gets_no_suggestion() -> None:
    for case in DEV + OWN:
        judged = case.judged()
        assert judged.verdict is not Verdict.accept or judged.suggestion is None


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        (
            "Have you tried talking to your director about the deadline?",
            "What have you tried so far regarding the deadline?",
        ),
        (
            "Have you considered hiring a coach for your team?",
            "What have you considered so far regarding your team?",
        ),
        ("Could you speak with your wife about the debts?", "What could you do about the debts?"),
        ("You should talk to HR about the rota.", "What options do you see regarding the rota?"),
        ("Don't you think the plan is flawed?", "How do you see the plan?"),
        ("Would it help to see a lawyer about the lease?", "What would help with the lease?"),
    ],
)
def test_a_topic_that_is_plainly_named_is_kept(text: str, suggested: str) -> None:
    assert judge(text).suggestion == suggested


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("Have you tried talking to him about it?", "What have you tried so far?"),
        ("What if you asked about the sum before June?", "What possibilities do you see?"),
        ("Why not hire the girl, she knows it?", "What options do you see?"),
        ("Why do you need it?", "What led you to this?"),
    ],
)
def test_a_topic_that_would_break_the_sentence_is_left_out(text: str, suggested: str) -> None:
    assert judge(text).suggestion == suggested
