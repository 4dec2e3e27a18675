"""Sets: presenting, making one, joining, inviting, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from bot.handlers.inputs import Sent
from bot.handlers.request_context import Desk, tidy_name
from bot.handlers.unit_of_work import draft_of
from bot.judge import languages
from bot.method import effects as fx
from bot.method import events as ev
from bot.method import formats
from bot.method.learning_set import LearningSet
from bot.method.overrides import Overrides
from bot.method.session import Session
from bot.method.stages import Refusal
from bot.method.terms import Calendar, GroundRules, Member, PersonId, SetId, Support
from bot.ports import Words
from bot.worktime import BadHours, Hours, check, local_date

FURTHEST = 366  # days that a pause of nudges may last
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def present(desk: Desk, issue: str) -> None:
    """`/als present`: the form for the issue; in a place without a set it also makes one."""
    here = desk.tx.set_at(desk.place)
    if here is None and desk.place.conversation.startswith("@"):
        mine = desk.tx.sets_of(desk.me.id)
        if len(mine) != 1:
            raise Refusal("which_set" if mine else "present_in_a_channel")
        [here] = mine
    if here is None:
        return desk.open("present", "", issue=issue, public=desk.public)
    group = desk.the_set(here)
    if desk.me.id not in group.people:
        return join(desk, group.id)
    own = [s for s in desk.sessions(group) if s.presenter == desk.me.id]
    if own:
        return desk.open("present", own[0].id, issue=issue)
    desk.open("present", group.id, issue=issue)


def presented(desk: Desk, sent: Sent) -> None:
    """The form was handed in: that is presenting, now or when the turn comes."""
    issue = sent.values.get("issue", "").strip()
    if not issue:
        raise Refusal("nothing_written")
    if sent.values.get("public", "yes") != "yes":
        # The form asked, because everybody in the workspace can read there (method.md §8).
        raise Refusal("public_place")
    parts = {
        "issue": issue,
        "detail": sent.values.get("detail", "").strip(),
        "support": _support(sent.values.get("support", "")),
        "more": "yes" if sent.values.get("more") == "yes" else "",
    }
    target = sent.ref or (desk.tx.set_at(desk.place) or "")
    if target and desk.tx.set_of(target) is not None:
        return _give_issue(desk, desk.session(target), parts)
    group = desk.my_set(target) if target else make(desk, "")
    own = [s for s in desk.sessions(group) if s.presenter == desk.me.id and not s.presented]
    if own:
        return _give_issue(desk, own[0], parts)
    helpers = tuple(desk.person(a).id for a in sent.people.get("people", ()))
    about = draft_of(group.id, desk.me.id)
    desk.tx.put_words(Words("draft", about, group.id, desk.me.id, parts, desk.at))
    if not desk.tell(group.id, ev.PresentAsked(at=desk.at, by=desk.me.id)):
        return
    invite(desk, group, helpers)
    begun = [s for s in desk.sessions(desk.work.group) if s.presenter == desk.me.id]
    if begun:
        desk.say("presented", begun[0].id)


def _give_issue(desk: Desk, session: Session, parts: dict[str, str]) -> None:
    if desk.me.id != session.presenter:
        raise Refusal("only_presenter_edits")
    desk.tx.put_words(Words("issue", session.id, session.set, desk.me.id, parts, desk.at))
    support, more = Support(parts["support"]), parts["more"] == "yes"
    given = ev.IssueGiven(at=desk.at, by=desk.me.id, support=support, more=more)
    if desk.tell(session.id, given):
        desk.say("presented", session.id)


def _support(text: str) -> str:
    return text if text in set(Support) else Support.questions.value


def make(desk: Desk, name: str, strict: bool = False) -> LearningSet:
    """A set with defaults in this conversation; whoever makes it is its host."""
    if desk.tx.set_at(desk.place) is not None:
        raise Refusal("place_has_set")
    if desk.place.conversation.startswith("@"):
        raise Refusal("present_in_a_channel")
    format = formats.load(desk.method)
    me = desk.me
    # The home keeps the host's zone but nobody's absence: people come and go, the home stays.
    home = replace(me.hours, away=())
    group = LearningSet(
        id=SetId(desk.work.ids.new()),
        format=format,
        calendar=Calendar(format.every_days, format.act_days),
        home=home,
        members=(Member(me.id, me.hours),),
        host=me.id,
        overrides=Overrides(strict=True if strict else None),
        rules=GroundRules(assented=frozenset({me.id})),
    )
    desk.work.begin_set(group)
    desk.tx.set_home(group.id, replace(desk.place, thread=""))
    if name:
        desk.tx.put_words(Words("set", group.id, group.id, me.id, {"name": name}, desk.at))
    desk.joined = True
    desk.work.plan_digest(me)
    desk.tell(group.id, ev.SetMade(at=desk.at, by=me.id))
    return desk.work.group


def made(desk: Desk, sent: Sent) -> None:
    """The form of `/als set new` was handed in."""
    if sent.values.get("public", "yes") != "yes":
        raise Refusal("public_place")
    name = tidy_name(sent.values.get("name", ""))
    group = make(desk, name, sent.values.get("strict") == "yes")
    desk.work.show(fx.Show("set", group.key, group.id))
    invite(desk, group, tuple(desk.person(a).id for a in sent.people.get("people", ())))
    desk.say("set_made", group.id)


def invite(desk: Desk, group: LearningSet, people: tuple[PersonId, ...]) -> None:
    """Ask people in. They get one line in the conversation and one in their next digest."""
    new = tuple(p for p in people if p != desk.me.id)
    if not new:
        return
    if desk.tell(group.id, ev.Invited(at=desk.at, by=desk.me.id, people=new)):
        for person in desk.names(new):
            desk.work.plan_digest(person)


def join(desk: Desk, id: str) -> None:
    """The ground rules first; handing that form in is the assent."""
    group = desk.the_set(id)
    if desk.me.id in group.people:
        return desk.say("already_in", group.id)
    if desk.me.id not in group.invited and group.members:
        # The machine says so, and asks the host.
        desk.work.tell(group.id, ev.Joined(at=desk.at, by=desk.me.id, hours=desk.me.hours))
        return
    desk.open("join", group.id)


def joined(desk: Desk, sent: Sent) -> None:
    group = desk.the_set(sent.ref)
    if desk.me.id in group.people:
        return desk.say("already_in", group.id)
    event = ev.Joined(at=desk.at, by=desk.me.id, hours=desk.me.hours)
    if desk.tell(group.id, event):
        desk.joined = True
        desk.work.plan_digest(desk.me)
        running = desk.sessions(desk.work.group)
        desk.say("joined", running[0].id if running else group.id)
        if desk.tx.posted(group.key):
            desk.work.show(fx.Show("set", group.key, group.id))


def status(desk: Desk, id: str) -> None:
    group = desk.my_set(id) if id else desk.here()
    if desk.me.id not in group.people and desk.me.id not in group.invited:
        raise Refusal("members_only")
    desk.say("status", group.id)


def help_here(desk: Desk) -> None:
    """What can be done in this thread, in this set, or away from any."""
    key = desk.tx.card_at(desk.place, desk.place.thread) if desk.place.thread else ""
    kind, _, id = (key or "").partition("/")
    desk.say("help", id if kind == "session" else desk.tx.set_at(desk.place) or "")


def elements(desk: Desk, id: str) -> None:
    """What the method of a set is made of, for its members."""
    desk.say("elements", desk.my_set(id).id)


def facilitator(desk: Desk, sent: Sent) -> None:
    """Hand facilitation on, or lay it down (nobody picked)."""
    group = desk.my_set(sent.ref)
    picked = sent.people.get("person", ())
    person = desk.person(picked[0]).id if picked else None
    event = ev.FacilitatorNamed(at=desk.at, by=desk.me.id, facilitator=person)
    if desk.tell(group.id, event):
        desk.say("noted")


def settings(desk: Desk, sent: Sent) -> None:
    """Zone, hours, days, absence, nudges. What cannot be read is refused, nothing is half kept."""
    values, me = sent.values, desk.me
    hours = replace(
        me.hours,
        zone=values.get("zone", "").strip() or me.hours.zone,
        start=_clock(values.get("start", ""), me.hours.start),
        end=_clock(values.get("end", ""), me.hours.end),
        days=_days(values.get("days"), me.hours),
        country=(values["country"].strip().upper() or None)
        if "country" in values
        else me.hours.country,
        away=_away(values, me.hours),
    )
    try:
        check(hours)
    except BadHours as error:
        raise Refusal(f"hours_{error.code}") from error
    paused = _date(values.get("paused_until", ""))
    if paused is not None and (paused - local_date(desk.at, me.hours)).days > FURTHEST:
        raise Refusal("date_is_far")
    person = replace(
        me,
        hours=hours,
        nudges=values.get("nudges", "yes" if me.nudges else "no") == "yes",
        tips=values.get("tips", "yes" if me.tips else "no") == "yes",
        language=_language(values.get("language", ""), me.language),
        paused_until=paused if "paused_until" in values else me.paused_until,
        follows=me.follows and hours.zone == me.hours.zone,
    )
    desk.tx.save_person(person)
    desk.me = person
    desk.hours_changed = hours != me.hours
    desk.say("settings_kept")


def _language(code: str, default: str) -> str:
    """The language that somebody asks in: one that has a judge, else as before."""
    return code if code in languages() else default


def _clock(text: str, default: int) -> int:
    """Minutes after midnight from "9", "9:30", "17.00". Refuses what is not a time."""
    text = text.strip().replace(".", ":")
    if not text:
        return default
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and (minute or "0").isdecimal()) or len(text) > 5:
        raise Refusal("not_a_time")
    found = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or found > 24 * 60:
        raise Refusal("not_a_time")
    return found


def _days(text: str | None, hours: Hours) -> tuple[int, ...]:
    if text is None:
        return hours.days
    return tuple(i for i, day in enumerate(DAYS) if day in text.split())


def _date(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Refusal("not_a_date") from error


def _away(values: Mapping[str, str], hours: Hours) -> tuple[tuple[date, date], ...]:
    if "away_from" not in values:
        return hours.away
    first, last = _date(values.get("away_from", "")), _date(values.get("away_until", ""))
    if first is None:
        return ()
    return ((first, max(last or first, first)),)
