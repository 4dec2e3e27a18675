"""Suggested wordings: those of method.md section 4, and that each is itself a fine question."""

import pytest

from bot.rule import Verdict, judge_for
from tests.rule.cases import DEV, OWN, Case

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
