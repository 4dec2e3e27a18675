"""Near twins of what is nudged, which must not be: each line of a fine_*.txt file is one."""

from pathlib import Path

from bot.rule import Verdict, judge_for


def test_what_is_fine_in_spanish_is_never_nudged() -> None:
    """Messages that count or need no comment, written against one rule that nudges or another."""
    lines = Path(__file__).with_name("fine_es.txt").read_text(encoding="utf-8").splitlines()
    judge = judge_for("es")
    assert len(lines) > 250
    assert [line for line in lines if judge(line).verdict is Verdict.nudge] == []
