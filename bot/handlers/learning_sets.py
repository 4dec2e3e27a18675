"""Sets: presenting, making one, joining, inviting, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from bot.cards.wording import offered_languages
from bot.handlers.inputs import Sent
from bot.handlers.request_context import RequestContext, clean_name
from bot.handlers.unit_of_work import draft_of
from bot.method import effects as fx
from bot.method import events as ev
from bot.method import formats
from bot.method.card_key import CardKind
from bot.method.learning_set import LearningSet
from bot.method.overrides import Overrides
from bot.method.policy import DATE_FURTHEST_DAYS
from bot.method.questionnaires import WEEKDAYS
from bot.method.session import Session
from bot.method.stages import Refusal
from bot.method.terms import Calendar, GroundRules, Member, PersonId, SetId, Support
from bot.ports import UserText
from bot.worktime import BadHours, Hours, check, local_date


def present(context: RequestContext, issue: str) -> None:
    """`/als present`: the form for the issue; in a place without a set it also makes one."""
    here = context.tx.sets.at(context.place)
    if here is None and context.place.conversation.startswith("@"):
        mine = context.tx.sets.of_person(context.me.id)
        if len(mine) != 1:
            raise Refusal("which_set" if mine else "present_in_a_channel")
        [here] = mine
    if here is None:
        return context.open("present", "", issue=issue, public=context.public)
    group = context.the_set(here)
    if context.me.id not in group.people:
        return join(context, group.id)
    own = [s for s in context.sessions(group) if s.presenter == context.me.id]
    if own:
        return context.open("present", own[0].id, issue=issue)
    context.open("present", group.id, issue=issue)


def handle_present_form(context: RequestContext, sent: Sent) -> None:
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
    target = sent.ref or (context.tx.sets.at(context.place) or "")
    if target and context.tx.sets.owner_of(target) is not None:
        return _give_issue(context, context.session(target), parts)
    group = context.my_set(target) if target else make(context, "")
    own = [s for s in context.sessions(group) if s.presenter == context.me.id and not s.presented]
    if own:
        return _give_issue(context, own[0], parts)
    helpers = tuple(context.person(a).id for a in sent.people.get("people", ()))
    about = draft_of(group.id, context.me.id)
    context.tx.texts.put(UserText("draft", about, group.id, context.me.id, parts, context.at))
    if not context.tell(group.id, ev.PresentAsked(at=context.at, by=context.me.id)):
        return
    invite(context, group, helpers)
    begun = [s for s in context.sessions(context.work.group) if s.presenter == context.me.id]
    if begun:
        context.say("presented", begun[0].id)


def _give_issue(context: RequestContext, session: Session, parts: dict[str, str]) -> None:
    if context.me.id != session.presenter:
        raise Refusal("only_presenter_edits")
    context.tx.texts.put(
        UserText("issue", session.id, session.set, context.me.id, parts, context.at)
    )
    support, more = Support(parts["support"]), parts["more"] == "yes"
    given = ev.IssueGiven(at=context.at, by=context.me.id, support=support, more=more)
    if context.tell(session.id, given):
        context.say("presented", session.id)


def _support(text: str) -> str:
    return text if text in set(Support) else Support.questions.value


def make(context: RequestContext, name: str, strict: bool = False) -> LearningSet:
    """A set with defaults in this conversation; whoever makes it is its host."""
    if context.tx.sets.at(context.place) is not None:
        raise Refusal("place_has_set")
    if context.place.conversation.startswith("@"):
        raise Refusal("present_in_a_channel")
    format = formats.load(context.method)
    me = context.me
    # The home keeps the host's zone but nobody's absence: people come and go, the home stays.
    home = replace(me.hours, away=())
    group = LearningSet(
        id=SetId(context.work.ids.new()),
        format=format,
        calendar=Calendar(format.every_days, format.act_days),
        home=home,
        members=(Member(me.id, me.hours),),
        host=me.id,
        overrides=Overrides(strict=True if strict else None),
        rules=GroundRules(assented=frozenset({me.id})),
    )
    context.work.begin_set(group)
    context.tx.sets.set_home(group.id, replace(context.place, thread=""))
    if name:
        context.tx.texts.put(UserText("set", group.id, group.id, me.id, {"name": name}, context.at))
    context.joined = True
    context.work.plan_digest(me)
    context.tell(group.id, ev.SetMade(at=context.at, by=me.id))
    return context.work.group


def handle_new_set_form(context: RequestContext, sent: Sent) -> None:
    """The form of `/als set new` was handed in."""
    if sent.values.get("public", "yes") != "yes":
        raise Refusal("public_place")
    name = clean_name(sent.values.get("name", ""))
    group = make(context, name, sent.values.get("strict") == "yes")
    context.work.show(fx.Show("set", group.key, group.id))
    invite(context, group, tuple(context.person(a).id for a in sent.people.get("people", ())))
    context.say("set_made", group.id)


def invite(context: RequestContext, group: LearningSet, people: tuple[PersonId, ...]) -> None:
    """Ask people in. They get one line in the conversation and one in their next digest."""
    new = tuple(p for p in people if p != context.me.id)
    if not new:
        return
    if context.tell(group.id, ev.Invited(at=context.at, by=context.me.id, people=new)):
        for person in context.names(new):
            context.work.plan_digest(person)


def join(context: RequestContext, id: str) -> None:
    """The ground rules first; handing that form in is the assent."""
    group = context.the_set(id)
    if context.me.id in group.people:
        return context.say("already_in", group.id)
    if context.me.id not in group.invited and group.members:
        # The machine says so, and asks the host.
        context.work.tell(
            group.id, ev.Joined(at=context.at, by=context.me.id, hours=context.me.hours)
        )
        return
    context.open("join", group.id)


def handle_join_form(context: RequestContext, sent: Sent) -> None:
    group = context.the_set(sent.ref)
    if context.me.id in group.people:
        return context.say("already_in", group.id)
    event = ev.Joined(at=context.at, by=context.me.id, hours=context.me.hours)
    if context.tell(group.id, event):
        context.joined = True
        context.work.plan_digest(context.me)
        running = context.sessions(context.work.group)
        context.say("joined", running[0].id if running else group.id)
        if context.tx.cards.get(group.key):
            context.work.show(fx.Show("set", group.key, group.id))


def status(context: RequestContext, id: str) -> None:
    group = context.my_set(id) if id else context.here()
    if context.me.id not in group.people and context.me.id not in group.invited:
        raise Refusal("members_only")
    context.say("status", group.id)


def help_here(context: RequestContext) -> None:
    """What can be done in this thread, in this set, or away from any."""
    key = context.thread_key()
    in_session = key is not None and key.kind is CardKind.SESSION
    context.say("help", key.ref if key and in_session else context.tx.sets.at(context.place) or "")


def elements(context: RequestContext, id: str) -> None:
    """What the method of a set is made of, for its members."""
    context.say("elements", context.my_set(id).id)


def facilitator(context: RequestContext, sent: Sent) -> None:
    """Hand facilitation on, or lay it down (nobody picked)."""
    group = context.my_set(sent.ref)
    picked = sent.people.get("person", ())
    person = context.person(picked[0]).id if picked else None
    event = ev.FacilitatorNamed(at=context.at, by=context.me.id, facilitator=person)
    if context.tell(group.id, event):
        context.say("noted")


def settings(context: RequestContext, sent: Sent) -> None:
    """Zone, hours, days, absence, nudges. What cannot be read is refused, nothing is half kept."""
    values, me = sent.values, context.me
    hours = replace(
        me.hours,
        zone=values.get("zone", "").strip() or me.hours.zone,
        start=_clock(values.get("start", ""), me.hours.start),
        end=_clock(values.get("end", ""), me.hours.end),
        days=_days(values.get("days"), me.hours),
        country=(values["country"].strip().upper() or None)
        if "country" in values
        else me.hours.country,
        away=_absences(values, me.hours),
    )
    try:
        check(hours)
    except BadHours as error:
        raise Refusal(f"hours_{error.code}") from error
    paused = _date(values.get("paused_until", ""))
    if paused is not None and (paused - local_date(context.at, me.hours)).days > DATE_FURTHEST_DAYS:
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
    context.tx.people.save(person)
    context.me = person
    context.hours_changed = hours != me.hours
    context.say("settings_kept")


def _language(code: str, default: str) -> str:
    """The language that somebody asks in: one that is offered, else as before."""
    return code if code in offered_languages() else default


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
    return tuple(i for i, day in enumerate(WEEKDAYS) if day in text.split())


def _date(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Refusal("not_a_date") from error


def _absences(values: Mapping[str, str], hours: Hours) -> tuple[tuple[date, date], ...]:
    if "away_from" not in values:
        return hours.away
    first, last = _date(values.get("away_from", "")), _date(values.get("away_until", ""))
    if first is None:
        return ()
    return ((first, max(last or first, first)),)
