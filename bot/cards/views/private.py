"""The cards that only one person sees: answers, lists, refusals."""

from __future__ import annotations

from datetime import timedelta

from bot.cards.card import Button, Card, Closes, Facts, Part, Said, Words
from bot.cards.views.buttons import of_session
from bot.cards.views.coaching import presenter_name, quote_of
from bot.cards.views.context import Reader, Values, ViewContext, open_questions
from bot.cards.wording import wording
from bot.method.actions import Action
from bot.method.learning_set import missing, next_opening, turns
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import PersonId, SetId
from bot.queries.question_bank import suggested_check
from bot.queries.waiting import running

LOG_SHOWN = 10
DAYS_TO_SNOOZE = (1, 3, 7)


# The presenter's own


def which_question(context: ViewContext, ref: str, values: Values) -> Card:
    """ "Which was that for?" One of the open ones, all of them, or none."""
    found = context.contribution(ref)
    session = context.session(found.session) if found else None
    parts: list[Part] = [*quote_of(context, found)]
    if session is not None:
        for question in session.open[:5]:
            parts.append(context.said(context.contribution(question.id)))
            target = f"{ref}:{question.id}"
            label = context.label("buttons.which_this")
            parts.append(context.row(context.button("which", target, label=label)))
    buttons = [
        context.button("which", f"{ref}:all", label=context.label("buttons.which_all")),
        context.button("which", f"{ref}:none", label=context.label("buttons.which_none")),
    ]
    return context.card("which_question", {}, parts, buttons)


def everyone_done(context: ViewContext, ref: str, values: Values) -> Card:
    found = context.session(ref)
    entry = found.entry if found else None
    judged = found is not None and found.stage is not None and found.stage.judged
    label = context.label("buttons.next_from_questions" if judged else "buttons.next")
    live = found is not None and found.format.live
    return context.card(
        "everyone_done", {"live": live}, (), [context.button("next", ref, entry, label=label)]
    )


def your_part(context: ViewContext, ref: str, values: Values) -> Card:
    """The stage that now runs waits for the presenter."""
    found = context.session(ref)
    stage = found.stage if found else None
    form = stage.form if stage else ""
    said = {
        "form": form,
        "presented": bool(found and found.presented),
        "first": bool(found and found.at <= 0),
    }
    parts = context.closes(found) if found else ()
    pressed = of_session(context, found) if found else []
    return context.card("your_part", said, parts, pressed)


def want_ideas(context: ViewContext, ref: str, values: Values) -> Card:
    """Asked when questions close: are ideas still wanted? (method.md §2, S0)"""
    found = context.session(ref)
    pressed = of_session(context, found) if found and found.unconfirmed else []
    return context.card("want_ideas", {}, context.closes(found) if found else (), pressed)


def agree_problem(context: ViewContext, ref: str, values: Values) -> Card:
    """The problem as each sees it has been shown: is this it?"""
    found = context.session(ref)
    pressed = of_session(context, found) if found and found.revealed else []
    said = {"looped": bool(found and found.looped), "live": bool(found and found.format.live)}
    return context.card("agree_problem", said, (), pressed)


def offer_kept(context: ViewContext, ref: str, values: Values) -> Card:
    """What this person kept for later may be offered now, if they still want to."""
    parts: list[Part] = []
    for found in context.tx.contributions.in_session(ref, kind="kept", by=context.me):
        parts += [
            context.said(found, named=False),
            context.row(context.button("post_kept", found.id)),
        ]
    return context.card("kept_now", {"count": len(parts)}, parts)


def listed_questions(context: ViewContext, ref: str, values: Values) -> Card:
    found = context.session(ref)
    parts = open_questions(context, found) if found else []
    return context.card("open_questions", {}, parts)


def kept_for_presenter(context: ViewContext, ref: str, values: Values) -> Card:
    found = context.session(ref)
    said = {"count": found.kept if found else 0}
    return context.card("kept_for_you", said, (), [context.button("see_kept", ref)])


def what_was_kept(context: ViewContext, ref: str, values: Values) -> Card:
    found = context.tx.contributions.in_session(ref, kind="kept")
    parts = [context.said(c) for c in found]
    return context.card("what_was_kept", {"count": len(parts)}, parts)


def presenting_begun(context: ViewContext, ref: str, values: Values) -> Card:
    found = context.session(ref)
    said = {
        "missing": found.missing if found else 0,
        "more": bool(found and found.more),
        "waiting": bool(found and found.waiting),
    }
    return context.card("presented", said, (), [context.button("think_through", ref)])


def intake_kept(context: ViewContext, ref: str, values: Values) -> Card:
    """Kept; if somebody may know the answer already, asking them is the shorter way."""
    parts = context.parts("intake", ref)
    known = parts.get("known") == "perhaps"
    said = {"known": known, "shared": parts.get("share") == "yes"}
    buttons = [context.button("carry_on", ref, primary=True), context.button("withdraw", ref)]
    return context.card("thought_through", said, (), buttons if known else [])


def decide(name: str) -> Reader:
    """Under quorum after the extension: the facilitator or host decides with the presenter."""

    def read(context: ViewContext, ref: str, values: Values) -> Card:
        found = context.session(ref)
        entry = found.entry if found else None
        buttons = [context.button("next", ref, entry, primary=True)]
        said = {
            "presenter": presenter_name(context, found),
            "live": bool(found and found.format.live),
        }
        return context.card(name, said, (), buttons)

    return read


# Sets


def hello(context: ViewContext, ref: str, values: Values) -> Card:
    """Bare `/als`: at most three lines and two buttons that fit the place (method.md §9)."""
    group = context.group(ref) if ref else None
    if group is None:
        buttons = [context.button("present", primary=True), context.button("help")]
        return context.card("hello", {"state": "none", "presenter": "", "stage": ""}, (), buttons)
    if context.me not in group.people:
        buttons = [context.button("join", group.id, primary=True), context.button("help")]
        return context.card(
            "hello", {"state": "outside", "presenter": "", "stage": ""}, (), buttons
        )
    now = running(context.tx, group)
    if not now:
        buttons = [
            context.button("present", group.id, primary=True),
            context.button("status", group.id),
        ]
        return context.card("hello", {"state": "free", "presenter": "", "stage": ""}, (), buttons)
    staged = now[-1]
    stage = staged.stage.name if staged.stage else ""
    said = {
        "state": "running" if stage else "waiting",
        "presenter": presenter_name(context, staged if isinstance(staged, Session) else None),
        "stage": context.stage_name(stage) if stage else "",
    }
    first = context.button("status", group.id, primary=True)
    asks = isinstance(staged, Session) and context.me != staged.presenter
    if asks and staged.stage and staged.stage.judged:
        first = context.button("ask", staged.id, staged.entry, primary=True)
    return context.card("hello", said, context.closes(staged), [first, context.button("help")])


def not_understood(context: ViewContext, ref: str, values: Values) -> Card:
    nearest = str(values.get("nearest", ""))
    return context.card("not_understood", {"nearest": nearest}, (), [context.button("help")])


def which_set(context: ViewContext, ref: str, values: Values) -> Card:
    """A command away from home asks which set; `ref` is what was typed."""
    buttons = []
    for id in context.tx.sets.of_person(context.me) if context.me else ():
        name = context.set_name(id)
        buttons.append(context.button("in_set", f"{id}|{ref}", label=name))
    return context.card("which_set", {}, (), buttons)


def status(context: ViewContext, ref: str, values: Values) -> Card:
    """Where the set stands, whose turn is next, when it meets again."""
    group = context.group(ref)
    assert group is not None
    now = running(context.tx, group)
    parts: list[Part] = []
    for staged in now:
        stage = context.stage_name(staged.stage.name) if staged.stage else ""
        who = presenter_name(context, staged) if isinstance(staged, Session) else ""
        label = context.label("facts.now_session" if who else "facts.now_meeting", presenter=who)
        waiting = context.label("facts.waiting_for", count=getattr(staged, "missing", 0))
        parts.append(Facts(((label, stage or waiting),)))
        parts += context.closes(staged)
        parts += _for_facilitator(context, staged)
        parts += _check_in(context, staged)
        parts += _to_think(context, staged)
    open_ended = group.paused and group.resumes is None
    if group.next_opens is not None and group.meeting is None and not open_ended:
        parts.append(Closes(context.label("facts.next_meeting"), group.next_opens))
    upcoming = turns(group)
    if upcoming:
        parts.append(Facts(((context.label("facts.next_turn"), context.name(upcoming[0])),)))
    said = {
        "name": context.set_name(group.id),
        "members": len(group.members),
        "invited": len(group.invited),
        "running": bool(now),
        "number": group.number,
    }
    buttons: list[Button] = []
    if context.me in group.people and not now:
        buttons.append(context.button("present", group.id, primary=True))
    if context.me in group.people:
        buttons.append(context.button("elements", group.id))
    for staged in now:
        if context.me is not None and context.me == staged.steers and staged.stage is not None:
            press = "resume" if staged.paused else "pause"
            buttons.append(context.button(press, staged.id, staged.entry))
            if not staged.paused and not staged.extended:
                buttons.append(context.button("extend", staged.id, staged.entry))
            break
    if context.me in group.people and group.number:
        buttons.append(context.button("figures", group.id))
    return context.card("status", said, parts, buttons)


def _for_facilitator(context: ViewContext, staged: Session | Meeting) -> list[Part]:
    """In the running stage, who has not been heard; of nudges only how often people insisted.

    The host has the process powers without this (method.md §3, Roles).
    """
    if context.me is None or context.me != staged.facilitator or staged.stage is None:
        return []
    facts = []
    quiet = staged.waiting_for(context.at)
    if quiet:
        facts.append((context.label("facts.not_spoken"), ", ".join(map(context.name, quiet))))
    if isinstance(staged, Session) and staged.insisted:
        facts.append((context.label("facts.insisted"), str(staged.insisted)))
    return [Facts(tuple(facts))] if facts else []


def _to_think(context: ViewContext, staged: Session | Meeting) -> list[Part]:
    """For the presenter whose issue was kept for this turn, and who has not been offered it yet."""
    if not isinstance(staged, Session) or not staged.presented or context.me != staged.presenter:
        return []
    thought = context.parts("intake", staged.id)
    return [] if thought else [context.row(context.button("think_through", staged.id))]


def _check_in(context: ViewContext, staged: Session | Meeting) -> list[Part]:
    """Whoever facilitates may put a question on the process to the set; they press, or not."""
    if not isinstance(staged, Session) or staged.stage is None or context.me != staged.facilitator:
        return []
    item = suggested_check(context.tx, staged, context.language)
    if item is None:
        return []
    ask = context.button("post_check_in", f"{staged.id}:{item.id}", staged.entry)
    return [Words(context.label("facts.you_could_ask", question=item.text)), context.row(ask)]


def members(context: ViewContext, ref: str, values: Values) -> Card:
    group = context.group(ref)
    assert group is not None
    context.learn_names([*group.people, *group.invited])
    if context.me not in group.people and context.me not in group.invited:
        return refusal(context, "members_only", {})
    names = ", ".join(context.known_as(m.person) for m in group.members)
    facts = [(context.label("facts.members"), names)]
    if group.invited:
        facts.append(
            (context.label("facts.invited"), ", ".join(map(context.known_as, group.invited)))
        )
    facts.append((context.label("facts.host"), context.name(group.host)))
    if group.facilitator:
        facts.append((context.label("facts.facilitator"), context.name(group.facilitator)))
    return context.card("members", {"name": context.set_name(group.id)}, (Facts(tuple(facts)),))


def turn_queued(context: ViewContext, ref: str, values: Values) -> Card:
    """It is somebody else's turn, or not yet time: the issue is kept, and when it comes up."""

    group = context.group(ref)
    assert group is not None
    place = list(turns(group)).index(context.me) + 1 if context.me in turns(group) else 1
    if missing(group):
        return context.card("queued", {"place": place, "missing": missing(group)})
    when = group.next_opens or next_opening(group, context.at)[1]
    when += timedelta(days=group.calendar.days) * (place - 1)
    part = Closes(context.label("facts.about_when"), when)
    return context.card("queued", {"place": place, "missing": 0}, (part,))


def welcome_member(context: ViewContext, ref: str, values: Values) -> Card:
    staged = context.session(ref)
    asking = bool(staged and staged.stage and staged.stage.judged)
    buttons = []
    if staged is not None and asking and context.me != staged.presenter:
        buttons.append(context.button("ask", staged.id, staged.entry, primary=True))
    said = {
        "presenter": presenter_name(context, staged) if staged else "",
        "questions": asking,
        "missing": staged.missing if staged else 0,
    }
    return context.card("joined", said, (), buttons)


def asks_to_join(context: ViewContext, ref: str, values: Values) -> Card:
    """Somebody who was not invited would like to join; the host may let them in."""
    buttons = [context.button("let_in", f"{values['set']}:{ref}", primary=True)]
    return context.card("asks_to_join", {"name": context.name(ref)}, (), buttons)


def cannot_reach_home(context: ViewContext, ref: str, values: Values) -> Card:
    """The host is told how to let the bot in, in the platform's own way if it has one."""
    assert context.viewer is not None
    group = context.group(ref)
    said = {
        "name": context.set_name(group.id) if group else "",
        "how": context.wording.label_or(f"invite.{context.viewer.address.platform}", ""),
    }
    return context.card("cannot_reach_home", said)


def cannot_reach_person(context: ViewContext, ref: str, values: Values) -> Card:
    """Who leads the set hears that somebody in it gets nothing in private; not what it was."""
    person, group = context.tx.people.get(PersonId(ref)), str(values["set"])
    how = context.wording.label_or(f"let_write.{person.address.platform}", "") if person else ""
    values = {"name": context.name(ref), "set_name": context.set_name(SetId(group)), "how": how}
    return context.card("cannot_reach_person", values)


def cannot_reach_you(context: ViewContext, ref: str, values: Values) -> Card:
    """The person themselves is told how, where they can see it."""
    assert context.viewer is not None
    how = context.wording.label_or(f"let_write_me.{context.viewer.address.platform}", "")
    return context.card("cannot_reach_you", {"how": how})


def with_set_name(name: str, *presses: str) -> Reader:
    """A card that only needs to know which set it speaks of."""

    def read(context: ViewContext, ref: str, values: Values) -> Card:
        group = context.group(ref)
        said = {
            "name": context.set_name(group.id) if group else "",
            "members": len(group.peers) if group else 0,
            "least": group.format.size.least if group else 0,
            "good": group.format.size.good[0] if group else 0,
        }
        return context.card(name, said, (), [context.button(p, ref) for p in presses])

    return read


def set_made(context: ViewContext, ref: str, values: Values) -> Card:
    """The set is there. Where the method needs a coach, naming one comes before an issue."""
    group = context.group(ref)
    assert group is not None
    coach = group.format.coach and group.facilitator is None
    first = ["name_coach"] if coach else []
    said = {"name": context.set_name(group.id), "coach": coach}
    return context.card("set_made", said, (), [context.button(p, ref) for p in (*first, "present")])


# Actions and learning


def my_actions(context: ViewContext, ref: str, values: Values) -> Card:
    """Everything the person has undertaken, with what can be said about each."""
    assert context.viewer is not None
    waiting = context.tx.actions.of_owner(context.viewer.id)
    parts: list[Part] = []
    for number, action in enumerate(waiting, 1):
        parts += action_parts(context, action, number=number)
    return context.card("my_actions", {"count": len(waiting)}, parts)


def action_parts(context: ViewContext, action: Action, *, number: int = 0) -> list[Part]:
    """An action in its owner's words, its date, and the four outcomes as buttons."""
    what = context.parts("action", action.id).get("what", "") or context.label("facts.erased")
    label = context.label("facts.by_when", day=context.day(action.due))
    if number:
        label = f"{number} · {label}"
    return [
        Said(what, label=label),
        context.row(
            context.button("done", action.id),
            context.button("partly", action.id),
            context.button("not_yet", action.id),
            context.button("changed", action.id),
            context.button("snooze", action.id),
        ),
    ]


def action_kept(context: ViewContext, ref: str, values: Values) -> Card:
    action = context.tx.machines.load(Action, ref)
    what = context.parts("action", ref).get("what", "")
    day = context.day(action.due) if action else ""
    parts: list[Part] = [Said(what)] if what else []
    session = context.session(action.session) if action else None
    choosing = bool(session and session.stage and session.stage.form == "actions")
    buttons = [context.button("more_action", ref)]
    if choosing and session is not None:
        buttons += [
            context.button("new_action", session.id, session.entry),
            context.button("actions_done", session.id, session.entry, primary=True),
        ]
    return context.card("action_kept", {"day": day, "choosing": choosing}, parts, buttons)


def about_action(name: str, *presses: str) -> Reader:
    """A short answer about one action."""

    def read(context: ViewContext, ref: str, values: Values) -> Card:
        action = context.tx.machines.load(Action, ref)
        waiting = [c.day for c in action.check_ins if c.state == "planned"] if action else []
        said = {
            "outcome": str(values.get("outcome", "")),
            "day": context.day(min(waiting)) if waiting else "",
        }
        return context.card(name, said, (), [context.button(p, ref) for p in presses])

    return read


def log(context: ViewContext, ref: str, values: Values) -> Card:
    """The learning log: private, newest first."""
    assert context.viewer is not None
    entries = context.tx.texts.by_author(context.viewer.id, "log", LOG_SHOWN)
    parts: list[Part] = []
    for entry in entries:
        prompt = context.label(f"log_prompts.{entry.parts.get('prompt', 'less_sure')}")
        parts.append(
            Said(entry.parts.get("text", ""), label=f"{prompt} · {context.day_of(entry.at)}")
        )
    return context.card("log", {"count": len(entries)}, parts, [context.button("log")])


# Refusals and failures


def refusal(context: ViewContext, code: str, values: Values) -> Card:
    """Why that cannot be done now; a code's words are in labels.toml, `refusals`."""
    return context.card("refusal", {"why": context.label(f"refusals.{code}", **values)})


def returned_text(text: str, language: str) -> tuple[Part, ...]:
    """What was written in a form that was refused, handed back: nothing is lost."""
    return (Words(wording(language).label("facts.your_words")), Said(text))


def plain(name: str, *presses: str) -> Reader:
    return lambda context, ref, values: context.card(
        name, values, (), [context.button(p, ref) for p in presses]
    )


def about_session(name: str, *presses: str) -> Reader:
    def read(context: ViewContext, ref: str, values: Values) -> Card:
        staged = context.staged(ref)
        session = staged if isinstance(staged, Session) else None
        found = context.contribution(ref) if staged is None else None
        if found is not None:
            session = context.session(found.session)
        entry = staged.entry if staged else None
        said = {"presenter": presenter_name(context, session), **values}
        return context.card(name, said, (), [context.button(p, ref, entry) for p in presses])

    return read


def in_language(language: str, name: str) -> Card:
    """A card that needs no store at all: for when the store itself has failed."""
    words = wording(language)
    text = words.text(name, {})
    return Card(name, text.title, text.summary, (Words(text.body),), language=words.language)


def readers(context: ViewContext, ref: str, values: Values) -> Card:
    """Who else can read where the set meets (method.md §8); they may pause, or let it be."""
    group = context.group(ref)
    now = [s for s in running(context.tx, group) if s.stage is not None] if group else []
    staged = now[-1] if now else None
    pressed = [context.button("pause", staged.id, staged.entry)] if staged else []
    said = {
        "name": context.set_name(group.id) if group else "",
        "names": values["names"],
        "more": values["more"],
        "public": values["public"],
    }
    return context.card("readers", said, (), pressed)


CARDS: dict[str, Reader] = {
    "which_question": which_question,
    "everyone_done": everyone_done,
    "your_part": your_part,
    "want_ideas": want_ideas,
    "agree_problem": agree_problem,
    "kept_now": offer_kept,
    "most_valuable": about_session("most_valuable", "valuable"),
    "decide_action": decide("decide_action"),
    "open_questions": listed_questions,
    "kept_for_you": kept_for_presenter,
    "what_was_kept": what_was_kept,
    "presented": presenting_begun,
    "thought_through": intake_kept,
    "decide_quorum": decide("decide_quorum"),
    "decide_present": decide("decide_present"),
    "hello": hello,
    "not_understood": not_understood,
    "which_set": which_set,
    "status": status,
    "members": members,
    "queued": turn_queued,
    "joined": welcome_member,
    "asks_to_join": asks_to_join,
    "already_in": with_set_name("already_in"),
    "set_made": set_made,
    "set_is_large": with_set_name("set_is_large"),
    "set_is_small": with_set_name("set_is_small"),
    "too_few_to_meet": with_set_name("too_few_to_meet"),
    "no_coach_yet": with_set_name("no_coach_yet"),
    "you_facilitate": with_set_name("you_facilitate", "status"),
    "sure_leave": with_set_name("sure_leave", "leave_now"),
    "left_the_set": plain("left_the_set"),
    "my_actions": my_actions,
    "action_kept": action_kept,
    "raise_confidence": about_action("raise_confidence", "more_action"),
    "checked_in": about_action("checked_in"),
    "snoozed": about_action("snoozed"),
    "log": log,
    "noted": plain("noted"),
    "noted_thanks": plain("noted_thanks"),
    "pulse_kept": plain("pulse_kept"),
    "tips_are_off": plain("tips_are_off", "settings"),
    "settings_kept": plain("settings_kept"),
    "sure_withdraw": about_session("sure_withdraw", "withdraw_now"),
    "outsider": about_session("outsider"),
    "listening": about_session("listening"),
    "cleared": about_session("cleared"),
    "counted": about_session("counted"),
    "kept": about_session("kept"),
    "left_as_is": about_session("left_as_is"),
    "delete_first": about_session("delete_first"),
    "waits_for_facilitator": about_session("waits_for_facilitator"),
    "was_that_your_report": about_session("was_that_your_report", "typed_report", "report"),
    "did_it_arrive": about_session("did_it_arrive"),
    "cannot_reach_home": cannot_reach_home,
    "cannot_reach_person": cannot_reach_person,
    "cannot_reach_you": cannot_reach_you,
    "readers": readers,
    "store_full": plain("store_full"),
    "store_busy": plain("store_busy"),
    "broken": plain("broken"),
}
