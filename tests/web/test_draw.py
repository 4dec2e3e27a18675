"""Cards and forms become HTML in which every person's word is escaped once."""

import base64
from datetime import UTC, datetime
from html.parser import HTMLParser

import hypothesis.strategies as st
import pytest
from hypothesis import given

from adapters.web import draw
from adapters.web.cast import load_cast
from bot.cards.card import Button, Card, Closes, File, Row, Said, Words
from bot.cards.form import Ask, Form
from tests.web.fakes import EVERY_FIELD, every_part

CAST = load_cast()
ANA, MERE = CAST.get("ana"), CAST.get("mere")
NASTY = "<script>alert('x')</script> **bold** \"quoted\" & <b onclick=x>"


class Reader(HTMLParser):
    """Collects tags, attributes and text as a browser would read them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data):
        self.text += data

    def values(self, name):
        return [value for _, n, value in self.attributes if n == name]


def drawn(card, viewer=ANA):
    return Reader(draw.card(card, draw.Look(viewer, "m1", lambda press, ref: "m1.1.0")))


def shown(form):
    return Reader(draw.form(form, ANA, CAST.others("ana")))


@pytest.mark.parametrize(
    "text", [NASTY, "א" * 20 + " عربي", "x" * 40_000, "&lt;b&gt;", "a\nb\n\nc"]
)
def test_a_persons_words_are_text_and_whole(text):
    page = drawn(Card("said", "", "", (Said(text, by=text[:30]),)))
    assert text in page.text
    assert set(page.tags) <= {"div", "figure", "figcaption", "strong", "blockquote"}


@given(st.text())
def test_no_words_add_a_tag_or_an_attribute(text):
    plain, filled = drawn(every_part("plain")), drawn(every_part(text))
    assert filled.tags == plain.tags
    assert len(filled.attributes) == len(plain.attributes)


def test_an_instant_is_drawn_in_the_zone_of_whoever_looks():
    card = Card("x", "", "", (Closes("Until", datetime(2027, 3, 2, 17, 0, tzinfo=UTC)),))
    assert "Tue 2 Mar, 17:00 London" in drawn(card).text
    assert "Wed 3 Mar, 06:00 Auckland" in drawn(card, MERE).text
    assert drawn(card, MERE).values("datetime") == ["2027-03-03T06:00+13:00"]


def test_a_button_carries_its_press_and_is_described_by_what_stands_above_it():
    nasty = 'q"1&<'
    card = Card("x", "", "", (Said("What?"), Row((Button("park", "Park it", nasty, 3),))))
    page = drawn(card)
    (sent,) = page.values("hx-vals")
    assert draw.json.loads(sent) == {
        "as": "ana",
        "message": "m1",
        "press": "park",
        "ref": nasty,
        "entry": "3",
        "nonce": "m1.1.0",
    }
    (about,) = page.values("aria-describedby")
    assert about in page.values("id")


def test_ids_on_a_card_are_unique():
    ids = drawn(every_part()).values("id")
    assert len(ids) == len(set(ids))


def test_every_field_has_a_label_and_keeps_what_is_filled_in():
    page = shown(Form("f", "Title", EVERY_FIELD, "Send", nonce="n1"))
    ids = set(page.values("id"))
    assert set(page.values("for")) <= ids
    assert set(page.values("aria-describedby")) <= ids
    names = page.values("name")
    assert {"as", "nonce", "v.issue", "v.support", "v.days", "v.due", "p.people"} <= set(names)
    assert names.count("p.people") == 5
    assert "before" in page.values("value")
    assert page.tags.count("select") == 1


def test_a_prefilled_text_is_text():
    page = shown(
        Form("f", NASTY, (Ask("a", "A", value=NASTY), Ask("b", "B", value=NASTY, long=True)), "S")
    )
    assert "script" not in page.tags
    assert NASTY in page.values("value")
    assert NASTY in page.text


@pytest.mark.parametrize(
    ("ending", "type"), [("md", "text/markdown"), ("csv", "text/csv"), ("json", "application/json")]
)
def test_a_file_is_read_where_it_stands_and_downloaded_whole(ending, type):
    page = drawn(Card("export", "", "", (File(f"als-log.{ending}", NASTY + "\u00e9"),)))
    assert NASTY in page.text
    assert set(page.tags) == {"div", "details", "summary", "pre", "a"}
    assert page.values("download") == [f"als-log.{ending}"]
    (address,) = page.values("href")
    head, _, kept = address.partition(",")
    assert head == f"data:{type};charset=utf-8;base64"
    assert base64.b64decode(kept).decode() == NASTY + "\u00e9"


def test_words_of_ours_may_not_hold_html():
    assert "b" not in drawn(Card("x", "<b>t</b>", "", (Words("<b>w</b>"),))).tags
