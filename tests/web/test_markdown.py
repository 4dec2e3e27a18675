"""Our own plain Markdown: a small subset, in which HTML is only text."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from adapters.web.markdown import inline, tidy, to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\nTwo.", "<p>One.</p><p>Two.</p>"),
        ("One\ntwo", "<p>One<br>two</p>"),
        (
            "**bold** and *it* and _it_",
            "<p><strong>bold</strong> and <em>it</em> and _it_</p>",
        ),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("Before:\n- a\nafter", "<p>Before:</p><ul><li>a</li></ul><p>after</p>"),
        ("`/als help`", "<p><code>/als help</code></p>"),
        ("# Title", "<p># Title</p>"),
        ("2 * 3 * 4 and snake_case_name", "<p>2 * 3 * 4 and snake_case_name</p>"),
        ("", ""),
    ],
)
def test_the_subset_is_drawn(text, html):
    assert to_html(text) == html


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '<img src=x onerror="x">', "[a](javascript:alert(1))"]
)
def test_html_and_links_are_text(text):
    drawn = to_html(text)
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert "<a" not in drawn


def test_control_characters_and_direction_overrides_go_and_line_ends_are_one():
    assert tidy("a\x00b\x1bc\u202ed\u2066e\r\nf\rg") == "abcde\nf\ng"
    assert tidy("שלום\tمرحبا") == "שלום\tمرحبا"


@given(st.text())
def test_no_text_makes_a_tag_that_we_do_not_know(text):
    drawn = to_html(text)
    for tag in ("p", "br", "strong", "em", "code", "ul", "ol", "li"):
        drawn = drawn.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    assert "<" not in drawn
    assert ">" not in drawn
    assert '"' not in inline(text)
