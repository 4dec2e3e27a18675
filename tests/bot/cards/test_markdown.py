"""The Markdown of our cards, as the blocks that each face draws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import markdown
from bot.cards.markdown import Item, ItemList, Line, Paragraph, Span


def line(*spans: str | Span) -> Line:
    return tuple(Span(span) if isinstance(span, str) else span for span in spans)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("plain", ["plain"]),
        ("**bold** and *italic*", [Span("bold", bold=True), " and ", Span("italic", italic=True)]),
        ("***both***", [Span("both", bold=True, italic=True)]),
        ("`/als **help**`", [Span("/als **help**", code=True)]),
        ("2 * 3 * 4 ** 5", ["2 * 3 * 4 ** 5"]),
        ("snake_case_name", ["snake_case_name"]),
        ("<b> & &lt; [a](b) https://x.example", ["<b> & &lt; [a](b) https://x.example"]),
        ("- no list", ["- no list"]),
        ("", []),
    ],
)
def test_a_line_is_spans(text: str, spans: list[str | Span]) -> None:
    assert markdown.parse_line(text) == line(*spans)


def test_marks_made_of_underscores_are_text_because_names_hold_them() -> None:
    assert markdown.plain("_Cem_ and __Bo__") == "_Cem_ and __Bo__"


def test_lines_of_a_paragraph_stay_lines_and_emphasis_goes_on_in_the_next() -> None:
    bold = Span("one", bold=True), Span("two", bold=True)
    assert markdown.parse("**one\ntwo** three\n\nfour") == (
        Paragraph((line(bold[0]), line(bold[1], " three"))),
        Paragraph((line("four"),), blank_before=1),
    )


def test_lists_know_their_marker_level_and_distance() -> None:
    text = "Before:\n- a\n  more\n  - b\n\n3. c\n4. d"
    assert markdown.parse(text) == (
        Paragraph((line("Before:"),)),
        ItemList(
            (
                Item("-", (line("a"), line("more"))),
                Item("-", (line("b"),), level=1),
                Item("3.", (line("c"),), blank_before=1),
                Item("4.", (line("d"),)),
            )
        ),
    )


def test_what_follows_a_list_unindented_is_no_part_of_it() -> None:
    assert markdown.parse("- a\nafter\n- b") == (
        ItemList((Item("-", (line("a"),)),)),
        Paragraph((line("after"),)),
        ItemList((Item("-", (line("b"),)),)),
    )


@pytest.mark.parametrize("text", ["2026.", "-", "---", "# no heading", "> no quote", "\\*"])
def test_what_only_looks_like_markdown_is_text(text: str) -> None:
    assert markdown.parse(text) == (Paragraph((line(text),)),)


@given(st.text("ab *-`_1.\n", max_size=60))
def test_no_text_breaks_it_and_no_letter_is_lost(text: str) -> None:
    shown = ""
    for block in markdown.parse(text):
        entries = block.items if isinstance(block, ItemList) else (block,)
        shown += "".join(s.text for entry in entries for part in entry.lines for s in part)
    assert [c for c in shown if c in "ab"] == [c for c in text if c in "ab"]
