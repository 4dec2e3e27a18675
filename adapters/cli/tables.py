"""The tables that the command line prints. It decides nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.table import Table

from adapters.cli.words import err, label, method_text, out, text

if TYPE_CHECKING:  # a command loads only what its own table shows
    from adapters.cli.evaluate import Evaluation, Miss, Rate
    from bot.method import formats, insights, recommendation

# The methods


def format_table(found: Sequence[formats.Format]) -> Table:
    """Each method in a row: who, which stages in working days, how often."""
    from bot.worktime import WORKING_DAY

    table = Table(title=text("formats.title"))
    for name in ("name", "size", "stages", "act_days", "rhythm"):
        table.add_column(text(f"formats.{name}"))
    for one in found:
        stages = ", ".join(f"{s.name} {s.minutes / WORKING_DAY:g}" for _, s in one.stages())
        size = f"{one.size.least}-{one.size.most}"
        table.add_row(one.name, size, stages, str(one.act_days), str(one.every_days))
    return table


def format_line(one: formats.Format) -> str:
    """A method's title and what it is good for, in one line."""
    title, good = (method_text(f"formats.{one.name}.{w}") for w in ("title", "good_for"))
    return f"[bold]{title}[/] ({one.name}) {text('formats.good_for')} {good}."


def recommendation_table(choices: tuple[recommendation.Choice, ...]) -> Table:
    """Which methods fit, and why."""
    table = Table(title=text("formats.choosing"))
    for name in ("name", "fits", "why"):
        table.add_column(text(f"formats.{name}"))
    for choice in choices:
        why = "; ".join(method_text(f"choosing.{code}") for code in choice.reasons)
        fits = text("formats.yes" if choice.fits else "formats.no")
        table.add_row(choice.name, fits, why)
    return table


def format_as_json(one: formats.Format) -> dict[str, Any]:
    """A method for other programs; stages in working days."""
    from bot.worktime import WORKING_DAY

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


def programme_table(sums: insights.Sums) -> Table:
    """The sums of a programme."""
    table = Table(title=text("insights.title"), show_header=False)
    for name in ("sets", "people", "meetings"):
        table.add_row(text(f"insights.{name}"), str(getattr(sums, name)))
    for name in ("finished", "reported", "open_first", "open_latest"):
        table.add_row(text(f"insights.{name}"), _share_text(getattr(sums, name)))
    for name, before in sums.ratings.before.items():
        change = f"{before:.1f} → {sums.ratings.after[name]:.1f}"
        table.add_row(label(f"abilities.{name}"), change)
    return table


def _share_text(part: insights.Part | None) -> str:
    if part is None:
        return text("insights.few")
    return text(
        "insights.part_of", part=part[0], whole=part[1], percent=round(100 * part[0] / part[1])
    )


# The evaluation of the judge


def miss_values(miss: Miss) -> dict[str, str]:
    """The values of the text on a message that was judged otherwise than labelled."""
    given, judged = miss.asked.given, miss.judged
    return {
        "id": given.get("id", ""),
        "text": given["text"],
        "labelled": given["reason"],
        "judged": judged.reason,
        "words": " ".join(judged.words),
    }


def rate_text(rate: Rate) -> str:
    """A share with its interval, in percent."""
    low, high = (f"{100 * bound:.1f}" for bound in rate.interval)
    percent = f"{100 * rate.share:.1f}"
    values = {"part": rate.part, "whole": rate.whole, "percent": percent, "low": low, "high": high}
    return text("evaluate.rate", **values)


def verdict_table(counts: Mapping[tuple[str, str], int]) -> Table:
    """How often each verdict was given, by labelled verdict."""
    from bot.judge import Verdict

    names = [verdict.value for verdict in Verdict]
    table = Table(title=text("evaluate.matrix"))
    for name in (text("evaluate.labelled"), *names):
        table.add_column(name)
    for name in names:
        table.add_row(name, *(str(counts.get((name, other), 0)) for other in names))
    return table


def reason_table(found: Evaluation) -> Table:
    """Precision and recall of each reason; counts for fewer than SMALL messages."""
    table = Table(title=text("evaluate.reasons"))
    for name in ("reason", "messages", "precision", "recall"):
        table.add_column(text(f"evaluate.{name}"))
    for reason in found.seen():
        rates = found.precision(reason), found.recall(reason)
        table.add_row(reason, str(rates[1].whole), *(_rate_or_counts(rate) for rate in rates))
    return table


def _rate_or_counts(rate: Rate) -> str:
    from adapters.cli.evaluate import SMALL

    if rate.whole < SMALL:
        return text("evaluate.counts", part=rate.part, whole=rate.whole)
    return f"{rate.share:.3f}"


# A simulation


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar; yields a function that takes the number of meetings held."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn(text("simulate.progress")),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total)
        yield lambda held: bar.update(task, completed=held)


def print_report(report: Mapping[str, Any]) -> None:
    """Print the results of a simulation, and what the observer saw go wrong."""
    table = Table(title=text("simulate.table"), show_header=False)
    for key, value in report.items():
        if key not in ("stages", "violations"):
            table.add_row(key, json.dumps(value) if isinstance(value, dict) else str(value))
    for stage, counts in report["stages"].items():
        table.add_row(stage, ", ".join(f"{k} {v}" for k, v in counts.items() if v))
    out.print(table)
    if report["violations"]:
        out.print(text("simulate.wrong"), style="red")
        for violation in report["violations"]:
            out.print(f"  {violation}", highlight=False)
        out.print(text("simulate.again", command=report["again"]), highlight=False, soft_wrap=True)
    else:
        out.print(text("simulate.well"), style="green")
