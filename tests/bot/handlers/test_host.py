"""The host: one event, one transaction, and one place that turns errors into kindness."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards.form import PickPeople
from bot.handlers.host import HandlingFailed, Host
from bot.handlers.inputs import AnyInput, Commanded, Deleted, Edited, Pressed, Sent, Typed
from bot.handlers.unit_of_work import daily_timer_owner
from bot.method.command_grammar import BY_NAME
from bot.method.terms import PersonId, Place
from bot.ports import StoreBusy, StoreFull
from tests.memory_platform import NAME
from tests.play import Answer, Play
from tests.reading import buttons_of

PEOPLE = ("ana", "bo", "cem", "dee", "zoe")
TEXTS = ("What have you tried so far?", "You should talk to them.", "thanks", "2026-03-20", "2", "")


@given(st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_no_order_of_inputs_breaks_the_house(data: st.DataObject) -> None:
    """Any person, any button that ever stood anywhere, any command, form and message."""
    play = Play()
    play.begins()
    known: list[str] = []
    for _ in range(data.draw(st.integers(5, 30))):
        who = data.draw(st.sampled_from(PEOPLE))
        act = data.draw(st.sampled_from(["press", "press", "command", "type", "edit", "wind"]))
        if act == "wind":
            play.wind(hours=data.draw(st.sampled_from([1, 5, 30, 200])))
        elif act == "type":
            thread = data.draw(st.sampled_from([p.id for p in play.platform.posts.values()]))
            place = Place(NAME, play.installation, "C1", thread)
            text = data.draw(st.sampled_from(TEXTS))
            known.append(play.platform.person_writes(place, text, who))
            play._typed(who, known[-1], data.draw(st.sampled_from(["", *known])))
        elif act == "edit" and known:
            message = data.draw(st.sampled_from(known))
            if data.draw(st.booleans()):
                play.edits(message, data.draw(st.sampled_from(TEXTS)))
            else:
                play.deletes(message)
        elif act == "press":
            cards = [d.card for d in play.platform.delivered]
            cards += [card for told in play._answers.values() for _, card in told]
            found = [b for card in cards for _, b in buttons_of(card)]
            answer = play.presses(who, data.draw(st.sampled_from(found)))
            fill(data, play, answer)
        else:
            command = data.draw(st.sampled_from(sorted(BY_NAME)))
            answer = play.does(who, f"{command} {data.draw(st.sampled_from(TEXTS))}")
            fill(data, play, answer)
    play.wind(days=30)
    play.close()


def fill(data: st.DataObject, play: Play, answer: Answer) -> None:
    """Fill in whatever form opened, with whatever fits."""
    if answer.reply.form is None:
        return
    values: dict[str, str] = {}
    for field in answer.form.fields:
        if getattr(field, "required", False) or data.draw(st.booleans()):
            values[getattr(field, "name", "")] = data.draw(st.sampled_from(TEXTS[:-1]))
    values.pop("", None)
    pickers = [f.name for f in answer.form.fields if isinstance(f, PickPeople)]
    values = {k: v for k, v in values.items() if k not in pickers}
    answer.fills(people=("cem", "zoe") if pickers else (), **values)


# One place turns errors into kindness


def inputs(play: Play) -> list[AnyInput]:
    at, actor, place = play.clock.at, play.actor("bo"), play.thread()
    return [
        Typed(at=at, actor=actor, place=place, message="t1", text="What is it like?"),
        Edited(at=at, actor=actor, place=place, message="t0", text="What now?", edition="9"),
        Deleted(at=at, actor=actor, place=place, message="t0"),
        Pressed(at=at, actor=actor, place=place, press="pass", ref="x", nonce="n"),
        Sent(at=at, actor=actor, place=place, form="log", nonce="n", values={"text": "I see it"}),
        Commanded(at=at, actor=actor, place=place, text="done", nonce="n"),
    ]


@pytest.mark.parametrize("error", [StoreBusy("x"), StoreFull("x"), RuntimeError("secret words")])
@pytest.mark.parametrize("number", range(6))
def test_a_failing_store_is_told_kindly_or_sent_again(
    number: int, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play().begins()
    given = inputs(play)[number]

    def fails() -> None:
        raise error

    monkeypatch.setattr(play.store, "transaction", fails)
    if given.interactive:
        reply = play.host.handle(given)
        assert not reply.ok
        names = {StoreBusy: "store_busy", StoreFull: "store_full"}
        assert reply.cards[0].name == names.get(type(error), "broken")
        if isinstance(given, Sent):
            assert "I see it" in str(reply.cards[0].parts), "what was written comes back"
    else:
        with pytest.raises((StoreBusy, StoreFull, HandlingFailed)) as raised:
            play.host.handle(given)
        assert "secret" not in repr(raised.value)
        assert "secret" not in str(raised.value.__cause__)


def test_an_error_half_way_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play().begins()
    before = play.store.maintenance.counts()
    with monkeypatch.context() as broken:
        broken.setattr("bot.judge.Judge.__call__", lambda *_, **__: 1 / 0)
        with pytest.raises(HandlingFailed):
            play.types("bo", "What have you tried so far?")
    assert play.store.maintenance.counts() == before
    [said] = play.trouble
    assert "ZeroDivisionError at " in said
    play.trouble.clear()
    # It is sent again by the platform, and taken then.
    message = next(p.id for p in play.platform.posts.values() if p.kind == "person")
    play._typed("bo", message)
    assert "1 of 3 done" in play.card()
    play.close()


def test_a_refusal_in_the_front_changes_nothing_and_says_why(play: Play) -> None:
    play.begins()
    before = {k: n for k, n in play.store.maintenance.counts().items() if k != "seen"}
    assert play.does("ana", "/als done").codes == ("no_actions",)
    assert {k: n for k, n in play.store.maintenance.counts().items() if k != "seen"} == before


def test_a_changed_zone_is_followed_until_the_person_chooses(play: Play) -> None:
    play.begins()
    play.zones["bo"] = "Asia/Tokyo"
    play.presses("bo", "👀 Thinking")
    hours = next(m.hours for m in play.session.members if m.person == play.id_of("bo"))
    assert hours.zone == "Asia/Tokyo"
    play.does("bo", "/als settings").fills(zone="Europe/Berlin")
    play.zones["bo"] = "America/Lima"
    play.presses("bo", "👀 Thinking")
    hours = next(m.hours for m in play.session.members if m.person == play.id_of("bo"))
    assert hours.zone == "Europe/Berlin"


def test_a_closed_stage_is_the_same_for_all_whatever_zone_they_move_to(play: Play) -> None:
    play.begins()
    closes = play.session.closes
    play.zones["bo"] = "Pacific/Auckland"
    play.presses("bo", "👀 Thinking")
    assert play.session.closes == closes


# Daily timers are fired together


def daily(play: Play) -> dict[str, datetime]:
    """When each one's daily timer is due."""
    ids = {who: PersonId(play.id_of(who)) for who in ("ana", "bo", "cem", "dee")}
    with play.store.reading() as tx:
        found = {who: tx.timers.get(daily_timer_owner(id), "digest") for who, id in ids.items()}
    return {who: timer.due for who, timer in found.items() if timer is not None}


def test_one_broken_daily_timer_keeps_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play().begins()
    before = daily(play)
    bo, due = play.id_of("bo"), Host._digest_due

    def broken(self: Host, work: Any, id: PersonId) -> None:
        if id == bo:
            raise ZeroDivisionError
        due(self, work, id)

    monkeypatch.setattr(Host, "_digest_due", broken)
    now = max(before.values())
    assert play.host.wake(now) >= 4
    after = daily(play)
    assert all(after[who] > now + timedelta(hours=12) for who in ("ana", "cem", "dee"))
    assert after["bo"] == now + timedelta(minutes=10)
    assert "ZeroDivisionError" in play.trouble.pop()
    monkeypatch.undo()
    play.host.wake(after["bo"])
    assert daily(play)["bo"] > after["bo"]
    play.close()


def test_daily_timers_that_met_a_busy_store_are_due_still(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.begins()
    before = daily(play)
    now = max(before.values())

    def busy(*_: Any) -> None:
        raise StoreBusy("40P01")

    with monkeypatch.context() as patched:
        patched.setattr(Host, "_digest_due", busy)
        with pytest.raises(StoreBusy):
            play.host.wake(now)
    assert daily(play) == before
    play.host.wake(now)
    assert all(due > now for due in daily(play).values())
