"""The judge against labelled cases and against each edge decision of method.md section 4."""

import pytest

from bot.judge import REASONS, Verdict, judge_for
from tests.judge.cases import DEV, MORE, OWN, Case

judge = judge_for()


def reason(text: str, stage: str = "questions", role: str = "member", **more: bool) -> str:
    return judge(text, stage=stage, role=role, **more).reason


def differences(cases: list[Case]) -> list[str]:
    found = []
    for case in cases:
        judged = case.judged()
        if judged.reason != case.reason:
            wanted = f"{case.verdict} {case.reason}"
            got = f"{judged.verdict} {judged.reason} {judged.words}"
            found.append(f"{case.id} {case.stage} {case.text!r}: wanted {wanted}, got {got}")
    return found


@pytest.mark.parametrize("cases", [DEV, OWN, MORE], ids=["dev", "own", "more"])
def test_agrees_with_the_labels(cases: list[Case]) -> None:
    judged = [case.judged() for case in cases]
    pairs = list(zip(cases, judged, strict=True))
    message = "\n" + "\n".join(differences(cases))
    verdicts = sum(j.verdict == c.verdict for c, j in pairs)
    reasons = sum(j.reason == c.reason for c, j in pairs)
    fine = [j for c, j in pairs if c.verdict != "nudge"]
    poor = [j for c, j in pairs if c.verdict == "nudge"]
    assert verdicts / len(cases) >= 0.97, message
    assert reasons / len(cases) >= 0.93, message
    assert sum(j.verdict is Verdict.nudge for j in fine) / len(fine) <= 0.01, message
    assert sum(j.verdict is not Verdict.nudge for j in poor) / len(poor) <= 0.08, message


def test_labels_fit_together() -> None:
    for case in DEV + OWN + MORE:
        assert REASONS[case.reason] == case.verdict, case


def test_own_cases_are_many_and_other_than_the_shared_ones() -> None:
    assert len(OWN) >= 150
    shared = {(c.text, c.stage, c.role) for c in DEV}
    assert not [c for c in OWN if (c.text, c.stage, c.role) in shared]
    assert len({c.id for c in DEV + OWN + MORE}) == len(DEV + OWN + MORE)


def test_every_reason_can_be_reached() -> None:
    assert {case.judged().reason for case in DEV + OWN} == set(REASONS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Don't you think he feels threatened?", "leading"),
        ("How hard can it be?", "rhetorical"),
        ("Have you tried X?", "disguised_advice"),
        ("Why don't you X?", "disguised_advice"),
        ("What about X?", "disguised_advice"),
        ("What if you X?", "disguised_advice"),
        ("Would it help to X?", "disguised_advice"),
        ("What have you tried?", "question"),
        ("What options have you considered?", "question"),
        ("What should success look like?", "question"),
        ("She still has the keys?", "closed"),
        ("Just wondering if she knows", "closed"),
        ("I wonder if you should wait", "advice"),
        ("Just wondering whether you've tried waiting", "disguised_advice"),
        ("How would it be if you waited?", "disguised_advice"),
        ("What do you think about moving the date?", "disguised_advice"),
        ("Suppose you stopped?", "disguised_advice"),
        ("What if nothing changed for a year?", "question"),
        ("Why did you stay?", "why_you"),
        ("Why did the ministry pull out?", "question"),
        ("Have you spoken to her?", "closed"),
        ("Why didn't you call?", "why_you"),
        ("Who knows it and who does not?", "stacked"),
        ("Is it red or green? And why?", "stacked"),
        ("It sounds as if you are tired. What would help?", "question"),
        ("I find that rule absurd. Who made it?", "preamble"),
        ("What would help? I ask because I care.", "self_answer"),
        ("I'm curious how it began", "question"),
        ("I wonder who knows", "question"),
        ("Tell me more about the crew", "question"),
        ("Help me understand the plan", "question"),
        ("that's a really tough one ❤️", "statement"),
    ],
)
def test_edge_decisions(text: str, wanted: str) -> None:
    assert reason(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("She still has the keys?", "question"),
        ("Just wondering if she knows", "question"),
        ("Is it yours or hers?", "question"),
        ("You're three sites, right?", "question"),
        ("Who knows it and who does not?", "question"),
        ("Why did you stay?", "question"),
        ("I wonder if you should wait", "advice"),
        ("Just wondering whether you've tried waiting", "disguised_advice"),
        ("How would it be if you waited?", "disguised_advice"),
        ("What do you think about moving the date?", "disguised_advice"),
        ("Suppose you stopped?", "disguised_advice"),
    ],
)
def test_edge_decisions_in_clarify(text: str, wanted: str) -> None:
    assert reason(text, "clarify") == wanted


@pytest.mark.parametrize("stage", ["open", "presenter_only", "offers", "form", "nonsense", ""])
def test_other_stages_are_exempt(stage: str) -> None:
    assert reason("You should sell it.", stage) == "exempt"


@pytest.mark.parametrize("stage", ["questions", "clarify", "reply_statements"])
def test_the_facilitator_is_never_judged(stage: str) -> None:
    assert reason("You should sell it.", stage, "facilitator") == "exempt"


def test_the_presenter_is_judged_only_where_statements_reply() -> None:
    assert reason("It began in May.", role="presenter") == "exempt"
    assert reason("It began in May.", "clarify", "presenter") == "exempt"
    assert reason("It began in May.", "reply_statements", "presenter") == "statement"


def test_a_statement_that_answers_an_open_question_is_lawful() -> None:
    for role in ("member", "presenter"):
        assert reason("It is May.", "reply_statements", role, open_question=True) == "answer"
    assert reason("It is May.", open_question=True) == "statement"


def test_a_short_sympathetic_remark_is_gentle_and_a_judgement_is_not() -> None:
    assert judge("that's a really tough one ❤️").gentle
    assert judge("so sorry, Kim").gentle
    assert not judge("He is a fool.").gentle
    assert not judge("that is hard, and it has been hard for all of us for years").gentle
    assert not judge("What would help?").gentle


def test_the_words_that_decided_are_named_as_written() -> None:
    assert judge("Hi all, HAVE you Tried calling?").words[:3] == ("HAVE", "you", "Tried")


@pytest.mark.parametrize(
    "text",
    ["> You should go\nWhat is next?", "`you should` what is next?", "<@U1> what is next?"],
)
def test_what_is_set_aside_is_not_judged(text: str) -> None:
    assert reason(text) == "question"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("they ever pay out the vacation days", "closed"),
        ("u want the job back or just the money", "options"),
        ("u ever think about leaving", "disguised_advice"),
        ("They never pay out the vacation days.", "statement"),
        ("the vans park anywhere and whose job is it", "question"),
        ("It is what it is.", "statement"),
    ],
)
def test_a_doubt_between_statement_and_question_accepts(text: str, wanted: str) -> None:
    assert reason(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # a suggestion
        ("Have you talked to him?", True),
        ("Have you talked to him? Often it helps to clear the air.", False),
        ("Have you talked to him? Thanks!", True),
        ("Could you ask a neighbour? It gives you time to think.", False),
        ("What have you tried? You should rest.", True),
        ("what matters to her.", False),
        ("What do you make of that.", True),
        # told
        ("I don't know where the keys went.", False),
        ("I don't know where the keys went?", True),
        ("I'm not sure if the ferry runs on Sundays", False),
        ("I'm wondering if the rain spoiled it.", False),
        ("I'm wondering if you slept at all.", True),
        ("I wonder what the neighbours made of it.", True),
        ("I'd love to see the garden in spring.", False),
        ("I'd be curious to hear how the concert goes.", False),
        ("I'd be curious to hear what the cook said.", True),
        ("I'd like to ask you a few questions about the boat.", False),
        ("I'd like to ask about some of the older boats.", False),
        ("I'd like to ask how you steer it.", True),
        ("I wonder if it rained up there.", False),
        ("I wonder if it's all right to use the boat.", True),
        ("Let me know if you miss the bus.", False),
        ("Let me know how the concert goes.", False),
        ("Let me know what you made of it.", True),
        ("It feels right", False),
        # begun
        ("Is that--", False),
        ("Would they-", False),
        ("Would they come by train", True),
        ("And the trouble here is they are never at home", False),
        ("Which is why I left early", False),
        ("Which is it", True),
        ("What happens is the boiler goes cold-", False),
        ("What happens in the cellar", True),
        # again
        ("Sorry?", False),
        ("I beg your pardon?", False),
        ("Sorry, who rang?", True),
        # announced
        ("You know what? The tent is still in the cellar.", False),
        ("You know what?", True),
        ("So where you will be in May? And then there is the move.", False),
        ("What the new oven can do? It bakes a loaf in half an hour.", False),
        ("What the hell is that? The cat ran off.", True),
        ("What can the new oven do? It took a year to arrive.", True),
        # behind a statement, without a mark
        ("There are cousins in the village who've never seen the lake", False),
        ("You see it clearly, you know, what's going on there-", False),
        ("Well, what's going on there", True),
        ("I fed the cat and how do you feel", True),
        # a full stop behind a question's order
        ("Do you sleep well.", True),
        ("They say it helps, have you slept on it.", False),
        ('What would make you say, "Now I have had enough?"', True),
    ],
)
def test_an_answer_is_waited_for_or_not(text: str, wanted: bool) -> None:
    assert judge.asks(text) is wanted
