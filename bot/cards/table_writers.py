"""Rows as Markdown, CSV or JSON: pure writers for what people take along (method.md §8).

Rule 1: every cell is somebody's words. In Markdown it is text, in CSV it is never a formula.
Rule 2: JSON keeps the names and codes of the data; the other two have headings for people.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WRITTEN = ("md", "csv", "json")
BOM = "\ufeff"  # a spreadsheet reads a CSV as UTF-8 only with it
# A cell that begins so is a formula to some spreadsheet, also behind blanks and in full width.
_FORMULA = re.compile(r"^[\s\ufeff]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
_MARK = re.compile(r"([\\`*_\[\]<>#|~!])")


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is its key in JSON, `heading` what people read."""

    name: str
    heading: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What is taken along: `cells` by a column's name, `shown` the same as people read it."""

    title: str
    columns: tuple[Column, ...]
    cells: tuple[Mapping[str, str], ...]
    shown: tuple[Mapping[str, str], ...]


def write(rows: Rows, written: str) -> str:
    """The rows in one of WRITTEN. Raises KeyError for another."""
    return {"md": as_markdown, "csv": as_csv, "json": as_json}[written](rows)


def as_markdown(rows: Rows) -> str:
    """A heading for each row, and what stands in it as quotations; empty cells are left out."""
    lines = [f"# {_plain(rows.title)}", ""]
    for number, row in enumerate(rows.shown, 1):
        lines += [f"## {number}", ""]
        for column in rows.columns:
            if row.get(column.name):
                lines += [f"**{_plain(column.heading)}**", "", *_quote_csv(row[column.name]), ""]
    return "\n".join(lines)


def as_csv(rows: Rows) -> str:
    """Headings, then a line for each row; every cell is quoted and none is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([harmless(c.heading) for c in rows.columns])
    for row in rows.shown:
        writer.writerow([harmless(row.get(c.name, "")) for c in rows.columns])
    return BOM + out.getvalue()


def as_json(rows: Rows) -> str:
    """A list of objects, with every column in each."""
    records = [{c.name: row.get(c.name, "") for c in rows.columns} for row in rows.cells]
    return json.dumps(records, ensure_ascii=False, indent=2) + "\n"


def harmless(cell: str) -> str:
    """A cell that no spreadsheet calculates: a leading apostrophe makes it text."""
    return f"'{cell}" if _FORMULA.search(cell) else cell


def _quote_csv(text: str) -> Sequence[str]:
    return [f"> {_plain(line)}".rstrip() for line in re.split(r"\r\n|[\r\n\u2028\u2029]", text)]


def _plain(text: str) -> str:
    """Words in which no Markdown and no HTML is read."""
    return _MARK.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))
