"""Near twins of what is nudged, which must not be: each line of a fine_*.txt file is one."""

from pathlib import Path

import pytest

from bot.judge import Verdict, judge_for


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_is_fine_is_never_nudged(lang: str) -> None:
    """Messages that count or need no comment, in many styles, written against rules that nudge."""
    file = Path(__file__).with_name(f"fine_{lang}.txt")
    lines, judge = file.read_text(encoding="utf-8").splitlines(), judge_for(lang)
    assert len(lines) > 250
    assert [line for line in lines if judge(line).verdict is Verdict.nudge] == []
