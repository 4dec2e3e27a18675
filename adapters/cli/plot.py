"""A confusion matrix as an SVG picture: sharp at any size, and drawn by a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files

from jinja2 import Environment

TEMPLATE = "templates/matrix.svg.j2"


def draw_matrix(
    names: Sequence[str], counts: Mapping[tuple[str, str], int], rows: str, columns: str
) -> str:
    """The SVG of `counts` by (row, column); `rows` and `columns` name the axes.

    A cell is the darker the greater its share of its row; agreement is green, the rest red.
    """
    source = files("adapters.cli").joinpath(TEMPLATE).read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    totals = {row: sum(counts.get((row, name), 0) for name in names) for row in names}
    return environment.from_string(source).render(
        names=names, counts=counts, totals=totals, rows=rows, columns=columns
    )
