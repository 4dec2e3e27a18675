"""How many messages the judge reads in a second, and how time grows with their length.

    python -m benchmarks.judge.speed [FILE.jsonl]

FILE holds a message in "text" on each line; without it, the labelled cases of the tests are read.
Processor time of one core, the best of five rounds. Below: one message of growing length, in units
that make the rules work hardest; the ratio of time to time should be that of length to length, and
no more than that of the part that is read (4,000 characters).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bot.judge import judge_for

CASES = Path(__file__).parents[2] / "tests" / "rule" / "cases_en.jsonl"
UNITS = (
    "a plain word ",
    "what do you ",
    "who, ",
    "if you and ",
    "you should. ",
    "have you tried, ",
)
LENGTHS = (500, 1_000, 2_000, 4_000, 40_000)


def seconds(texts: list[str]) -> float:
    """Processor time to judge all of them, the best of five rounds."""
    judge, best = judge_for(), float("inf")
    for _ in range(5):
        began = time.process_time()
        for text in texts:
            judge(text)
        best = min(best, time.process_time() - began)
    return best


def main() -> None:
    """Print both tables in Markdown."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else CASES
    texts = [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines() if line]
    size = sum(map(len, texts)) / len(texts)
    each = len(texts) / seconds(texts)
    print(f"{len(texts)} messages of {size:.0f} characters: {each:,.0f} a second\n")  # noqa: T201
    print("| repeated |", " | ".join(f"{n:,}" for n in LENGTHS), "|")  # noqa: T201
    print("|---" * (len(LENGTHS) + 1) + "|")  # noqa: T201
    for unit in UNITS:
        cells = [f"{1000 * seconds([(unit * length)[:length]]):.1f} ms" for length in LENGTHS]
        print(f"| {unit.strip()} | {' | '.join(cells)} |")  # noqa: T201


if __name__ == "__main__":
    main()
