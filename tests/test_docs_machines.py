"""docs/machines.md is drawn from the tables: formats, stages, and what is lawful in each.

To draw it anew after a change: ALS_REWRITE_DOCS=1 with this test.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from bot.method import actions, formats, learning_set, meeting, session
from bot.method import events as ev
from bot.method.formats import Format, Stage

PAGE = Path(__file__).parent.parent / "docs" / "machines.md"
Table = Mapping[Any, Callable[..., Any]]


def test_the_drawings_in_the_docs_are_what_the_tables_say() -> None:
    page = PAGE.read_text("utf-8")
    fresh = page
    for name, draw in DRAWINGS.items():
        block = re.compile(rf"(<!-- drawn: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        assert len(block.findall(page)) == 1, f"docs/machines.md has no place for {name}"
        fresh = block.sub(lambda m, draw=draw: f"{m[1]}{draw()}{m[2]}", fresh)  # type: ignore[misc]
    if os.environ.get("ALS_REWRITE_DOCS"):
        PAGE.write_text(fresh, "utf-8")
        page = fresh
    assert page == fresh, "run this test with ALS_REWRITE_DOCS=1, and read what changed"


def test_each_format_and_each_event_stands_in_the_page() -> None:
    page = PAGE.read_text("utf-8")
    assert all(f"`{name}`" in page for name in formats.names())
    for kind in get_args(ev.Event):
        assert f"`{kind.__name__}`" in page


def all_formats() -> str:
    """One row a format, then one a stage."""
    known = [formats.load(name) for name in formats.names()]
    rows = [["format", "size", "who presents", "rhythm", "time to act"]]
    for made in known:
        low, high = made.size.good
        size = f"{made.size.least} · {low}–{high} · {made.size.most}"
        rows.append(
            [
                f"`{made.name}`",
                size,
                PRESENTING[made.presenters],
                f"{made.every_days} days",
                f"{made.act_days} wd",
            ]
        )
    stages = [["format", "part", "stage", "speech", "window", "each person", "waits for", "form"]]
    for made in known:
        for part, stage in made.stages():
            stages.append([f"`{made.name}`", part, stage.name, *about(stage)])
    return f"{table(rows)}\n{table(stages)}"


PRESENTING = {"one": "one a meeting", "waves": "all, in two waves", "sequence": "all, in turn"}


def about(stage: Stage) -> list[str]:
    least, most = stage.quota
    quota = f"{least}–{most}" if most else ("at least " + str(least) if least else "")
    return [
        f"`{stage.speech.value}`",
        f"{stage.minutes / 480:g} wd",
        quota,
        stage.awaits,
        stage.form,
    ]


def meeting_diagram() -> str:
    """The default format's meeting, as a state diagram."""
    made = formats.load(formats.DEFAULT)
    names = [s.name for s in made.before] + ["sessions"] + [s.name for s in made.after]
    lines = ["stateDiagram-v2", f"    [*] --> {names[0]}"]
    for stage, (name, after) in zip(_meeting_stages(made), _pairs(names), strict=True):
        why = "all have, or the time is over" if stage else "the last session is over"
        lines.append(f"    {name} --> {after}: {why}")
    if made.before and made.before[0].awaits == "owing":
        lines.append(f"    [*] --> {names[1]}: nobody owes a report")
    if made.after:
        lines.append("    sessions --> [*]: nobody presented")
    return mermaid(lines)


def _meeting_stages(made: Format) -> list[Stage | None]:
    return [*made.before, None, *made.after]


def _pairs(names: list[str]) -> list[tuple[str, str]]:
    return list(zip(names, [*names[1:], "[*]"], strict=True))


def session_diagram() -> str:
    """The default format's session, as a state diagram."""
    made = formats.load(formats.DEFAULT)
    names = [s.name for s in made.session]
    lines = ["stateDiagram-v2", "    [*] --> waiting"]
    lines.append(f"    waiting --> {names[0]}: {made.size.least} are there")
    lines.append(f"    waiting --> {names[1]}: and the issue has been presented")
    for stage, (name, after) in zip(made.session, _pairs(names), strict=True):
        lines.append(f"    {name} --> {after}: {why(stage)}")
        if stage.quorum:
            lines.append(f"    {name} --> {name}: fewer than {stage.quorum} asked, once")
    lines.append(f"    {names[0]} --> [*]: no issue came")
    lines += [f"    {name} --> [*]: withdrawn" for name in ("waiting", *names)]
    return mermaid(lines)


def why(stage: Stage) -> str:
    if stage.form == "actions":
        return "an action, a reasoned none, or the time is over"
    return "presented" if stage.awaits == "presenter" else "all are done, or the time is over"


def mermaid(lines: Iterable[str]) -> str:
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def lawful(events: Any, columns: Mapping[str, Table], always: Table) -> str:
    """What happens on each event: the name of the rule, or nothing where it is refused."""
    rows = [["event", *columns]]
    for kind in get_args(events):
        cells = []
        for name, rules in columns.items():
            rule = rules.get(kind) or (None if name == "over" else always.get(kind))
            cells.append(rule.__name__.strip("_") if rule else "")
        rows.append([f"`{kind.__name__}`", *cells])
    return table(rows)


def session_rules() -> str:
    columns: dict[str, Table] = {"waiting": session.WAITING}
    same: dict[int, str] = {}
    for speech, rules in session.RULES.items():
        # Kinds of stages that share one table share a column.
        if id(rules) in same:
            old = same[id(rules)]
            columns = {f"{n}, {speech.value}" if n == old else n: t for n, t in columns.items()}
            same[id(rules)] = f"{old}, {speech.value}"
        else:
            columns[speech.value] = rules
            same[id(rules)] = speech.value
    return lawful(ev.SessionEvent, {**columns, "over": session.OVER}, session.ANYTIME)


def meeting_rules() -> str:
    columns: dict[str, Table] = {s.value: r for s, r in meeting.RULES.items()}
    columns |= {"sessions": meeting.BETWEEN, "over": meeting.OVER}
    return lawful(ev.MeetingEvent, columns, meeting.ANYTIME)


def set_rules() -> str:
    over = {
        kind: rule
        for kind, rule in learning_set.RULES.items()
        if kind in learning_set.AFTER_THE_END
    }
    return lawful(ev.SetEvent, {"living": learning_set.RULES, "over": over}, {})


def action_rules() -> str:
    return lawful(ev.ActionEvent, {"by its owner, or the clock": actions.RULES}, {})


def table(rows: list[list[str]]) -> str:
    """Markdown; the first row is the head."""
    head, *body = rows
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in body)]) + "\n"


DRAWINGS: dict[str, Callable[[], str]] = {
    "formats": all_formats,
    "meeting": meeting_diagram,
    "session": session_diagram,
    "session-rules": session_rules,
    "meeting-rules": meeting_rules,
    "set-rules": set_rules,
    "action-rules": action_rules,
}
