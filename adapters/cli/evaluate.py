"""`als judge --evaluate`: the judge against labelled messages.

Counts only; what is said about them stands in prompts/ (cli.evaluate). A labelled line is
{"text", "verdict", "reason"} with what `als judge` takes beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt

from adapters.cli.judge import Asked, BadLine, read_line
from bot.judge import REASONS, Judgement, Verdict

Z = 1.959964
"""The 97.5 % point of the normal distribution: an interval holds the rate 19 times of 20."""

SMALL = 20
"""Below so many messages a rate is shown as counts."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    part: int
    whole: int

    @property
    def share(self) -> float:
        """The rate from 0 to 1; 0 of none."""
        return self.part / self.whole if self.whole else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval at 95 %, which is honest for rates near 0 and 1 as well.

        Source: E. B. Wilson, "Probable inference, the law of succession, and statistical
        inference", JASA 22 (1927).
        """
        n, p = self.whole, self.share
        if not n:
            return 0.0, 1.0
        middle, spread = p + Z * Z / (2 * n), Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        below = 1 + Z * Z / n
        return max(0.0, (middle - spread) / below), min(1.0, (middle + spread) / below)


@dataclass(frozen=True, slots=True)
class Miss:
    """A message judged otherwise than labelled."""

    asked: Asked
    judged: Judgement


@dataclass(slots=True)
class Evaluation:
    """The counts. `verdicts`, `reasons`: how often (labelled, judged)."""

    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    misses: list[Miss] = field(default_factory=list)

    def add(self, asked: Asked, judged: Judgement) -> None:
        """Count one labelled message."""
        given = asked.given
        self.verdicts[given["verdict"], judged.verdict.value] += 1
        self.reasons[given["reason"], judged.reason] += 1
        if given["reason"] != judged.reason:
            self.misses.append(Miss(asked, judged))

    @property
    def right(self) -> Rate:
        """The verdict is the labelled one."""
        return _agreed(self.verdicts)

    @property
    def right_reason(self) -> Rate:
        """So is the reason."""
        return _agreed(self.reasons)

    @property
    def false_nudges(self) -> Rate:
        """Of the messages that count as questions or need no comment, those that were nudged."""
        return self._nudged(among_nudges=False, nudged=True)

    @property
    def missed_nudges(self) -> Rate:
        """Of the messages to nudge, those that were let pass."""
        return self._nudged(among_nudges=True, nudged=False)

    def _nudged(self, *, among_nudges: bool, nudged: bool) -> Rate:
        nudge = Verdict.nudge.value
        kept = {k: n for k, n in self.verdicts.items() if (k[0] == nudge) is among_nudges}
        part = sum(n for (_, judged), n in kept.items() if (judged == nudge) is nudged)
        return Rate(part, sum(kept.values()))

    def precision(self, reason: str) -> Rate:
        """Of those judged so, those labelled so."""
        return Rate(
            self.reasons[reason, reason], sum(n for k, n in self.reasons.items() if k[1] == reason)
        )

    def recall(self, reason: str) -> Rate:
        """Of those labelled so, those judged so."""
        return Rate(
            self.reasons[reason, reason], sum(n for k, n in self.reasons.items() if k[0] == reason)
        )

    def seen(self) -> list[str]:
        """The reasons that occur on either side, in their order."""
        return [r for r in REASONS if self.precision(r).whole or self.recall(r).whole]


def _agreed(counts: Counter[tuple[str, str]]) -> Rate:
    return Rate(sum(n for (a, b), n in counts.items() if a == b), sum(counts.values()))


def read_labelled(lines: Iterable[str]) -> list[Asked]:
    """The labelled messages of a file. Raises BadLine, which knows the line."""
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_with_label(read_line(line)))
        except BadLine as error:
            error.number = number
            raise
    return found


def _with_label(asked: Asked) -> Asked:
    reason = asked.given.get("reason")
    if not isinstance(reason, str) or REASONS.get(reason) != asked.given.get("verdict"):
        raise BadLine("no_label")
    return asked


def evaluate(pairs: Iterable[tuple[Asked, Judgement]]) -> Evaluation:
    """Count labelled messages and what was judged of them."""
    found = Evaluation()
    for asked, judged in pairs:
        found.add(asked, judged)
    return found
