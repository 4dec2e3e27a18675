"""What the command line shows: its words, and tables of what was found. It decides nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from adapters.cli.evaluate import SMALL, Evaluation, Miss, Rate
from bot import insights
from bot.cards.wording import wording
from bot.judge import Verdict
from bot.method import formats, recommendation
from bot.worktime import WORKING_DAY

WORDS = wording()

out = Console()
err = Console(stderr=True)


def say(name: str, /, **values: object) -> str:
    """A line of the command line by its name, e.g. `demo.help`."""
    return WORDS.label(f"cli.{name}", **values)


# The methods


def methods(found: Sequence[formats.Format]) -> Table:
    """Each method in a row: who, which stages in working days, how often."""
    table = Table(title=say("formats.title"))
    for name in ("name", "size", "stages", "act_days", "rhythm"):
        table.add_column(say(f"formats.{name}"))
    for one in found:
        stages = ", ".join(f"{s.name} {s.minutes / WORKING_DAY:g}" for _, s in one.stages())
        size = f"{one.size.least}-{one.size.most}"
        table.add_row(one.name, size, stages, str(one.act_days), str(one.every_days))
    return table


def good_for(one: formats.Format) -> str:
    """A method's title and what it is good for, in one line."""
    title, good = (WORDS.label(f"formats.{one.name}.{w}") for w in ("title", "good_for"))
    return f"[bold]{title}[/] ({one.name}) {say('formats.good_for')} {good}."


def compared(choices: tuple[recommendation.Choice, ...]) -> Table:
    """Which methods fit, and why."""
    table = Table(title=say("formats.choosing"))
    for name in ("name", "fits", "why"):
        table.add_column(say(f"formats.{name}"))
    for choice in choices:
        why = "; ".join(WORDS.label(f"choosing.{code}") for code in choice.reasons)
        fits = say("formats.yes" if choice.fits else "formats.no")
        table.add_row(choice.name, fits, why)
    return table


def described(one: formats.Format) -> dict[str, Any]:
    """A method for other programs; stages in working days."""
    return {
        "name": one.name,
        "size": {"least": one.size.least, "good": one.size.good, "most": one.size.most},
        "presenters": one.presenters,
        "act_days": one.act_days,
        "every_days": one.every_days,
        "stages": [
            {
                "part": part,
                "name": stage.name,
                "speech": stage.speech.value,
                "working_days": stage.minutes / WORKING_DAY,
                "quota": stage.quota,
            }
            for part, stage in one.stages()
        ],
    }


# A programme


def programme(sums: insights.Sums) -> Table:
    """The sums of a programme."""
    table = Table(title=say("insights.title"), show_header=False)
    for name in ("sets", "people", "meetings"):
        table.add_row(say(f"insights.{name}"), str(getattr(sums, name)))
    for name in ("finished", "reported", "open_first", "open_latest"):
        table.add_row(say(f"insights.{name}"), _share(getattr(sums, name)))
    for name, before in sums.ratings.before.items():
        told = f"{before:.1f} → {sums.ratings.after[name]:.1f}"
        table.add_row(WORDS.label(f"abilities.{name}"), told)
    return table


def _share(part: insights.Part | None) -> str:
    if part is None:
        return say("insights.few")
    return say(
        "insights.part_of", part=part[0], whole=part[1], percent=round(100 * part[0] / part[1])
    )


# The judge beside labels


def missed(miss: Miss) -> dict[str, str]:
    """What there is to say of a message that was judged otherwise than it is labelled."""
    given, judged = miss.asked.given, miss.judged
    return {
        "id": given.get("id", ""),
        "text": given["text"],
        "labelled": given["reason"],
        "judged": judged.reason,
        "words": " ".join(judged.words),
    }


def rate(rate: Rate) -> str:
    """A share with its interval, in percent."""
    low, high = (f"{100 * bound:.1f}" for bound in rate.interval)
    percent = f"{100 * rate.share:.1f}"
    values = {"part": rate.part, "whole": rate.whole, "percent": percent, "low": low, "high": high}
    return say("evaluate.rate", **values)


def crossed(counts: Mapping[tuple[str, str], int]) -> Table:
    """How often each verdict was given where another one is the label."""
    names = [verdict.value for verdict in Verdict]
    table = Table(title=say("evaluate.matrix"))
    for name in (say("evaluate.labelled"), *names):
        table.add_column(name)
    for name in names:
        table.add_row(name, *(str(counts.get((name, other), 0)) for other in names))
    return table


def by_reason(found: Evaluation) -> Table:
    """Precision and recall of each reason; counts where there are few."""
    table = Table(title=say("evaluate.reasons"))
    for name in ("reason", "messages", "precision", "recall"):
        table.add_column(say(f"evaluate.{name}"))
    for reason in found.seen():
        precision, recall = found.precision(reason), found.recall(reason)
        table.add_row(reason, str(recall.whole), _short(precision), _short(recall))
    return table


def _short(rate: Rate) -> str:
    if rate.whole < SMALL:
        return say("evaluate.counts", part=rate.part, whole=rate.whole)
    return f"{rate.share:.3f}"


# A simulation


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar for as long as the body runs; call it with how many meetings have been held."""
    bar = Progress(
        TextColumn(say("simulate.progress")),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


def show_report(report: Mapping[str, Any]) -> None:
    """Print what came of a simulation, and what the observer saw go wrong."""
    table = Table(title=say("simulate.table"), show_header=False)
    for key, value in report.items():
        if key not in ("stages", "violations"):
            table.add_row(key, json.dumps(value) if isinstance(value, dict) else str(value))
    for stage, counts in report["stages"].items():
        table.add_row(stage, ", ".join(f"{k} {v}" for k, v in counts.items() if v))
    out.print(table)
    if report["violations"]:
        out.print(say("simulate.wrong"), style="red")
        for violation in report["violations"]:
            out.print(f"  {violation}", highlight=False)
        out.print(say("simulate.again", command=report["again"]), highlight=False, soft_wrap=True)
    else:
        out.print(say("simulate.well"), style="green")
