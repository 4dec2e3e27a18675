"""`als judge`: judge messages from standard input, or measure the judge against labelled ones."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.errors import CommandFailed
from adapters.cli.words import out, text

if TYPE_CHECKING:
    from bot.judge import Judge


def judge(
    lang: Annotated[str, typer.Option(help=text("judge.lang"))] = "en",
    labelled: Annotated[
        Path | None, typer.Option("--evaluate", help=text("judge.evaluate"))
    ] = None,
    plot: Annotated[Path | None, typer.Option(help=text("judge.plot"))] = None,
    why: Annotated[bool, typer.Option("--explain", help=text("judge.explain"))] = False,
) -> None:
    """Judge each line, or evaluate a file of labelled lines."""
    from adapters.cli.judge import judge_lines
    from bot.judge import UnknownLanguage, judge_for

    try:
        chosen = judge_for(lang)
    except UnknownLanguage as error:
        raise CommandFailed("judge.unknown_lang", known=", ".join(error.known)) from None
    if labelled is not None:
        _evaluate(chosen, labelled, plot, why=why)
        return
    all_judged = True
    for line, judged in judge_lines(chosen, sys.stdin, why=why):
        if not judged:
            all_judged, line = False, {"error": text(f"judge_errors.{line['error']}")}
        typer.echo(json.dumps(line, ensure_ascii=False))
    raise typer.Exit(not all_judged)


def _evaluate(judge: Judge, labelled: Path, plot: Path | None, *, why: bool) -> None:
    from adapters.cli import tables
    from adapters.cli.evaluate import evaluate, read_labelled
    from adapters.cli.judge import BadLine, explanation_as_json
    from adapters.cli.plot import draw_matrix

    try:
        lines = read_labelled(labelled.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        raise CommandFailed("evaluate.no_file") from None
    except BadLine as error:
        reason = text(f"judge_errors.{error}")
        raise CommandFailed("evaluate.bad_line", number=error.number, why=reason) from None
    result = evaluate((line, line.judged(judge)) for line in lines)
    for name in ("right", "right_reason", "false_nudges", "missed_nudges"):
        rate = tables.rate_text(getattr(result, name))
        out.print(text(f"evaluate.{name}", rate=rate), highlight=False)
    out.print(tables.verdict_table(result.verdicts), tables.reason_table(result))
    for miss in result.misses:
        values = tables.miss_values(miss)
        out.print(text("evaluate.miss", **values), highlight=False, markup=False)
        if why:
            rule = explanation_as_json(miss.asked.explained(judge))
            out.print(json.dumps(rule, ensure_ascii=False), style="dim", markup=False)
    if plot is not None:
        picture = draw_matrix(result.seen(), result.reasons, *text("evaluate.axes").split("|"))
        plot.write_text(picture, encoding="utf-8")
        out.print(text("evaluate.plotted", file=plot.name))
