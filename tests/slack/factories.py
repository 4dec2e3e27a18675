"""Any card and any form, of any strings, for Hypothesis."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from bot.cards.card import Button, Card, Closes, Divider, Facts, File, People, Row, Said, Words
from bot.cards.form import Ask, Choice, Form, PickDate, PickPeople, Tick

HOSTILE = (
    "",
    "   \n\t ",
    "\u200b\u200e",
    "<!channel> <!here> <@U0BO> <https://x.example|y>",
    "&lt;!channel&gt; &amp;",
    "```\ncode``` `x` *b* _i_ ~s~ > q",
    "\u202eright to left\u202c שלום عليكم",
    "👩‍👩‍👧 :smile: 🎉" * 40,
    "**" * 80,
    "\ud800 half \x00 \x1b[31m",
    "& " * 1600,
    "word " * 2400,
    "x" * 12_000,
)
strings = st.sampled_from(HOSTILE) | st.text(max_size=400)
short = st.sampled_from(HOSTILE[:9]) | st.text(max_size=40)
names = st.from_regex(r"[a-z_]{1,30}", fullmatch=True)
entries = st.none() | st.integers(0, 10_000)
refs = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)
moments = st.integers(0, 2**32).map(lambda at: datetime.fromtimestamp(at, UTC))
buttons = st.builds(Button, names, short, refs, entries, st.booleans())
people = st.tuples(st.sampled_from(["U0ANA", "W0BO", "bo", "<!channel>"]), strings)
parts = st.one_of(
    st.builds(Words, strings),
    st.builds(Said, strings, short, short),
    st.builds(Said, strings, short, short),
    st.builds(Facts, st.lists(st.tuples(strings, strings), max_size=12).map(tuple)),
    st.builds(Closes, short, moments),
    st.builds(People, short, st.lists(people, max_size=20).map(tuple)),
    st.builds(Row, st.lists(buttons, max_size=6).map(tuple)),
    st.builds(Divider),
    st.builds(File, names.map("{}.csv".format), strings),
)
cards = st.builds(
    Card,
    names,
    strings,
    strings,
    st.lists(parts, max_size=24).map(tuple),
    st.lists(buttons, max_size=8).map(tuple),
)

values = st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True)
options = st.lists(
    st.tuples(values, strings), min_size=1, max_size=14, unique_by=lambda o: o[0]
).map(tuple)
days = st.none() | st.dates(date(1980, 1, 1), date(2090, 1, 1))
fields = st.one_of(
    st.builds(Ask, names, strings, strings, strings, st.booleans(), st.booleans()),
    st.builds(Choice, names, strings, options, values, strings, st.booleans(), st.booleans()),
    st.builds(Tick, names, strings, st.booleans(), strings),
    st.builds(PickDate, names, strings, days, strings, st.booleans()),
    st.builds(PickPeople, names, strings, strings, st.booleans()),
    st.builds(Words, strings),
    st.builds(Said, strings, short, short),
)
forms = st.builds(
    Form,
    names,
    strings,
    st.lists(fields, max_size=14, unique_by=lambda f: getattr(f, "name", None) or id(f)).map(tuple),
    short,
    refs,
    entries,
    values,
)
