"""The playground on the real core: presses, forms, the clock, and the play on many a date."""

import asyncio
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

import app
from adapters.web.cast import channel, load_cast
from adapters.web.play import buttons, load_script
from bot.cards.card import Said
from bot.method import formats

MONDAYS = [
    datetime(2027, 1, 4, 9, tzinfo=UTC),
    datetime(2027, 3, 22, 9, tzinfo=UTC),  # Europe's clocks change within the first meeting
    datetime(2027, 4, 5, 9, tzinfo=UTC),  # Auckland's do
    datetime(2027, 7, 5, 9, tzinfo=UTC),
    datetime(2027, 9, 27, 9, tzinfo=UTC),
    datetime(2027, 12, 20, 9, tzinfo=UTC),  # over the turn of the year
]


# What each play shows at its end: who reported back, with which words; and cards special to it.
REPORTS = {
    "one_problem": ("jonas", "less courage"),
    "support_and_challenge": ("jonas", "still be answered for"),
    "two_rules": ("rafael", "first to explain"),
    "equal_share": ("jonas", "never asked for"),
    "monthly_set": ("jonas", "needed practice"),
}
SPECIAL = {
    "one_problem": {},
    "support_and_challenge": {"kept_now": "ana", "bid": "jonas"},
    "equal_share": {"cleared": "jonas"},
    "monthly_set": {"cleared": "priya"},
    "two_rules": {"you_facilitate": "ana", "problems": "priya", "agree_problem": "jonas"},
}


@contextmanager
def demo(method="one_problem"):
    with app.open_demo(pace=0, method=method) as ground:
        yield ground


def cards(ground, user, name):
    found = ground.chat.visible(user)
    return [m.card for m in found if m.card is not None and m.card.name == name]


async def played(ground):
    ground.play.start()
    await ground.play.wait_until_finished()


@pytest.mark.parametrize("monday", MONDAYS, ids=lambda d: f"{d:%m-%d}")
def test_the_play_reaches_the_second_meetings_report_back(monkeypatch, monday):
    monkeypatch.setattr(app, "next_monday", lambda now: monday)
    with demo() as ground:
        asyncio.run(played(ground))
        assert not ground.play.stuck, ground.play.label
        assert ground.play.over
        (report,) = cards(ground, "jonas", "report")
        assert any("less courage" in p.text for p in report.parts if isinstance(p, Said))
        assert len(cards(ground, "jonas", "session")) == 2
        assert cards(ground, "priya", "cleared")
        assert not cards(ground, "ana", "cleared")
        assert len(cards(ground, "ana", "digest")) >= 3
        assert ground.host.store.maintenance.counts()["letters_parked"] == 0


@pytest.mark.parametrize("monday", MONDAYS, ids=lambda d: f"{d:%m-%d}")
@pytest.mark.parametrize("method", [name for name in REPORTS if name != "one_problem"])
def test_the_play_of_each_other_method_goes_to_its_end(monkeypatch, method, monday):
    monkeypatch.setattr(app, "next_monday", lambda now: monday)
    with demo(method) as ground:
        asyncio.run(played(ground))
        assert not ground.play.stuck, ground.play.label
        assert ground.play.over
        reader, words = REPORTS[method]
        told = [
            p.text
            for card in cards(ground, reader, "report")
            for p in card.parts
            if isinstance(p, Said)
        ]
        assert any(words in text for text in told)
        for name, reader in SPECIAL[method].items():
            assert cards(ground, reader, name), name
        assert not [m for m in ground.chat.everything() if m.card and m.card.name == "refusal"]
        assert ground.host.store.maintenance.counts()["letters_parked"] == 0


@pytest.mark.parametrize("method", REPORTS)
def test_every_report_in_a_play_says_how_the_action_went(method):
    with demo(method) as ground:
        asyncio.run(played(ground))
        reports = cards(ground, "ana", "report")
        assert reports
        for report in reports:
            labels = [p.label for p in report.parts if isinstance(p, Said)]
            assert labels[0] == "Action", report.title


def test_what_only_asked_for_a_form_is_put_away_when_the_form_is_in():
    with demo("support_and_challenge") as ground:
        asyncio.run(played(ground))
        assert not [m for m in ground.chat.seen_by("rafael", channel()) if m.only]
        assert not cards(ground, "rafael", "your_part")


@pytest.mark.parametrize("method", REPORTS)
def test_each_method_begins_well_by_hand(method):
    """The first screen's button, then only what stands there to be pressed."""

    async def test(ground):
        ana = ground.people.first
        ground.choose(method)
        await ground.begin(ana)
        form = ground.seats["ana"].opened.form
        picked = ground.seats["ana"].picked or ("tunde", "priya", "mere")
        assert await hands_in(ground, ana, **{"p.people": picked, "v.issue": ["Helen is quiet"]})
        for user in picked:
            await presses(ground, user, "join")
            assert await hands_in(ground, ground.people.get(user))
        if method == "two_rules":
            await presses(ground, "ana", "name_coach")
            assert await hands_in(ground, ana, **{"p.person": ["priya"]})
        if form.name == "set_new":
            await presses(ground, "ana", "present")
            assert await hands_in(ground, ana, **{"v.issue": ["Helen is quiet"]})
        assert not cards(ground, "ana", "refusal")
        begun = cards(ground, "tunde", "session") + cards(ground, "tunde", "meeting")
        assert any(card.buttons for card in begun)

    async def presses(ground, user, press):
        who = ground.people.get(user)
        found = [m for m in ground.chat.visible(user) if m.card is not None]
        message, button = next(
            (m, b) for m in reversed(found) for b, _ in buttons(m.card) if b.press == press
        )
        nonce = ground.nonce(message.id, press, button.ref, user)
        entry = "" if button.entry is None else str(button.entry)
        fields = {"press": press, "ref": button.ref, "entry": entry, "nonce": nonce}
        assert (await ground.press(who, message, fields)).form is not None

    async def hands_in(ground, who, **fields):
        opened = ground.seats[who.user].opened
        return (await ground.send(who, opened.form.nonce, fields)).ok

    with demo() as ground:
        asyncio.run(test(ground))


def test_scripted_members_know_every_method():
    assert set(REPORTS) == set(formats.names())


def test_another_method_is_chosen_before_anything_has_happened_and_not_after():
    async def test(ground):
        ground.choose("support_and_challenge")
        assert ground.method == "support_and_challenge"
        assert ground.play.steps == load_script("support_and_challenge")
        ground.choose("../../formats/one_problem")
        assert ground.method == "support_and_challenge"
        await ground.say(ground.people.first, channel(), "/als")
        ground.choose("one_problem")
        assert ground.method == "support_and_challenge"

    with demo() as ground:
        asyncio.run(test(ground))


@pytest.mark.parametrize("method", REPORTS)
def test_everyone_acts_in_their_own_working_hours(monkeypatch, method):
    monkeypatch.setattr(app, "next_monday", lambda now: MONDAYS[0])
    with demo(method) as ground:
        asyncio.run(played(ground))
        for message in ground.chat.everything():
            if message.author:
                human = ground.people.get(message.author)
                assert 9 <= message.at.astimezone(human.tz).hour < 18, message.author


@pytest.mark.parametrize("method", REPORTS)
def test_the_script_names_people_who_are_there_and_says_what_happens(method):
    users = {human.user for human in load_cast()}
    steps = load_script(method)
    assert 8 <= len(steps) <= 20
    for step in steps:
        assert step.label
        for act in step.acts:
            assert set(act) & {"who", "wind"}
            assert {act.get("who", "ana"), act.get("see", "ana")} <= users


def test_a_play_that_someone_has_overtaken_stops_and_says_so():
    async def test(ground):
        ana = ground.people.first
        await ground.say(ana, channel(), "/als present")
        ground.put_form_away(ana, ground.seats["ana"].opened.form.nonce)
        ground.play._next = 1  # the form that the script wants to hand in is closed
        await played(ground)
        assert ground.play.stuck
        assert not ground.play.over

    with demo() as ground:
        asyncio.run(test(ground))


def test_a_press_on_the_same_rendering_counts_once_and_the_next_one_again():
    async def test(ground):
        ana = ground.people.first
        await ground.say(ana, channel(), "/als")
        (message,) = [m for m in ground.chat.visible("ana") if m.card]
        button = next(b for b, _ in buttons(message.card))
        first = ground.nonce(message.id, button.press, button.ref, "ana")
        fields = {"press": button.press, "ref": button.ref, "entry": "", "nonce": first}
        assert (await ground.press(ana, message, fields)).codes == ()
        assert (await ground.press(ana, message, fields)).codes == ("seen_before",)
        again = ground.nonce(message.id, button.press, button.ref, "ana")
        assert again != first
        reply = await ground.press(ana, message, {**fields, "nonce": again})
        assert reply.codes == ()

    with demo() as ground:
        asyncio.run(test(ground))


def test_a_form_is_handed_in_once():
    async def test(ground):
        ana = ground.people.first
        await ground.say(ana, channel(), "/als present")
        nonce = ground.seats["ana"].opened.form.nonce
        fields = {"v.issue": ["Helen is quiet"], "p.people": ["tunde", "jonas"]}
        assert (await ground.send(ana, nonce, fields)).ok
        assert await ground.send(ana, nonce, fields) is None
        assert len(cards(ground, "ana", "session")) == 1

    with demo() as ground:
        asyncio.run(test(ground))


@pytest.mark.parametrize(("by", "hours"), [("hour", 1), ("day", 24), ("year", 0)])
def test_the_clock_is_wound_by_what_was_asked(by, hours):
    with demo() as ground:
        before = ground.now
        asyncio.run(ground.advance(by))
        assert (ground.now - before).total_seconds() == hours * 3600


def test_to_the_next_thing_ends_where_nothing_is_planned():
    with demo() as ground:
        before = ground.now
        asyncio.run(ground.advance("next"))
        assert ground.now == before


def test_things_that_happen_at_once_happen_one_after_another():
    async def test(ground):
        people = list(ground.people)
        await asyncio.gather(
            *(
                ground.say(human, channel(), f"{human.user} {n}")
                for n in range(5)
                for human in people
            ),
            ground.advance("hour"),
        )
        said = [m for m in ground.chat.everything() if m.author]
        assert len(said) == 30
        assert len({m.at for m in said}) == 30

    with demo() as ground:
        asyncio.run(test(ground))
