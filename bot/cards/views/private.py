"""The cards that only one person sees: answers, lists, refusals."""

from __future__ import annotations

from datetime import timedelta

from bot.cards.card import Button, Card, Closes, Facts, Part, Said, Words
from bot.cards.views.buttons import of_session
from bot.cards.views.coaching import presenter_name, quoted
from bot.cards.views.context import Look, Reader, Values, open_questions
from bot.cards.wording import wording
from bot.delivery.digest import running
from bot.handlers import process_check
from bot.method.actions import Action
from bot.method.learning_set import missing, next_opening, turns
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Person, PersonId, SetId

LOG_SHOWN = 10
DAYS_TO_SNOOZE = (1, 3, 7)


# The presenter's own


def which_question(look: Look, ref: str, values: Values) -> Card:
    """ "Which was that for?" One of the open ones, all of them, or none."""
    found = look.contribution(ref)
    session = look.session(found.session) if found else None
    parts: list[Part] = [*quoted(look, found)]
    if session is not None:
        for question in session.open[:5]:
            parts.append(look.said(look.contribution(question.id)))
            target = f"{ref}:{question.id}"
            label = look.label("buttons.which_this")
            parts.append(look.row(look.button("which", target, label=label)))
    buttons = [
        look.button("which", f"{ref}:all", label=look.label("buttons.which_all")),
        look.button("which", f"{ref}:none", label=look.label("buttons.which_none")),
    ]
    return look.card("which_question", {}, parts, buttons)


def everyone_done(look: Look, ref: str, values: Values) -> Card:
    found = look.session(ref)
    entry = found.entry if found else None
    judged = found is not None and found.stage is not None and found.stage.judged
    label = look.label("buttons.next_from_questions" if judged else "buttons.next")
    live = found is not None and found.format.live
    return look.card(
        "everyone_done", {"live": live}, (), [look.button("next", ref, entry, label=label)]
    )


def your_part(look: Look, ref: str, values: Values) -> Card:
    """The stage that now runs waits for the presenter."""
    found = look.session(ref)
    stage = found.stage if found else None
    form = stage.form if stage else ""
    said = {
        "form": form,
        "presented": bool(found and found.presented),
        "first": bool(found and found.at <= 0),
    }
    parts = look.closes(found) if found else ()
    pressed = of_session(look, found) if found else []
    return look.card("your_part", said, parts, pressed)


def want_ideas(look: Look, ref: str, values: Values) -> Card:
    """Asked when questions close: are ideas still wanted? (method.md §2, S0)"""
    found = look.session(ref)
    pressed = of_session(look, found) if found and found.unconfirmed else []
    return look.card("want_ideas", {}, look.closes(found) if found else (), pressed)


def agree_problem(look: Look, ref: str, values: Values) -> Card:
    """The problem as each sees it has been shown: is this it?"""
    found = look.session(ref)
    pressed = of_session(look, found) if found and found.revealed else []
    said = {"looped": bool(found and found.looped), "live": bool(found and found.format.live)}
    return look.card("agree_problem", said, (), pressed)


def kept_now(look: Look, ref: str, values: Values) -> Card:
    """What this person kept for later may be offered now, if they still want to."""
    parts: list[Part] = []
    for found in look.tx.contributions(ref, kind="kept", by=look.me):
        parts += [look.said(found, named=False), look.row(look.button("post_kept", found.id))]
    return look.card("kept_now", {"count": len(parts)}, parts)


def listed_questions(look: Look, ref: str, values: Values) -> Card:
    found = look.session(ref)
    parts = open_questions(look, found) if found else []
    return look.card("open_questions", {}, parts)


def kept_for_you(look: Look, ref: str, values: Values) -> Card:
    found = look.session(ref)
    said = {"count": found.kept if found else 0}
    return look.card("kept_for_you", said, (), [look.button("see_kept", ref)])


def what_was_kept(look: Look, ref: str, values: Values) -> Card:
    found = look.tx.contributions(ref, kind="kept")
    parts = [look.said(c) for c in found]
    return look.card("what_was_kept", {"count": len(parts)}, parts)


def presented(look: Look, ref: str, values: Values) -> Card:
    found = look.session(ref)
    said = {
        "missing": found.missing if found else 0,
        "more": bool(found and found.more),
        "waiting": bool(found and found.waiting),
    }
    return look.card("presented", said, (), [look.button("think_through", ref)])


def thought_through(look: Look, ref: str, values: Values) -> Card:
    """Kept; if somebody may know the answer already, asking them is the shorter way."""
    parts = look.parts("intake", ref)
    known = parts.get("known") == "perhaps"
    said = {"known": known, "shared": parts.get("share") == "yes"}
    buttons = [look.button("carry_on", ref, primary=True), look.button("withdraw", ref)]
    return look.card("thought_through", said, (), buttons if known else [])


def decide(name: str) -> Reader:
    """Under quorum after the extension: the facilitator or host decides with the presenter."""

    def read(look: Look, ref: str, values: Values) -> Card:
        found = look.session(ref)
        entry = found.entry if found else None
        buttons = [look.button("next", ref, entry, primary=True)]
        said = {"presenter": presenter_name(look, found), "live": bool(found and found.format.live)}
        return look.card(name, said, (), buttons)

    return read


# Sets


def hello(look: Look, ref: str, values: Values) -> Card:
    """Bare `/als`: at most three lines and two buttons that fit the place (method.md §9)."""
    group = look.group(ref) if ref else None
    if group is None:
        buttons = [look.button("present", primary=True), look.button("help")]
        return look.card("hello", {"state": "none", "presenter": "", "stage": ""}, (), buttons)
    if look.me not in group.people:
        buttons = [look.button("join", group.id, primary=True), look.button("help")]
        return look.card("hello", {"state": "outside", "presenter": "", "stage": ""}, (), buttons)
    now = running(look.tx, group)
    if not now:
        buttons = [look.button("present", group.id, primary=True), look.button("status", group.id)]
        return look.card("hello", {"state": "free", "presenter": "", "stage": ""}, (), buttons)
    staged = now[-1]
    stage = staged.stage.name if staged.stage else ""
    said = {
        "state": "running" if stage else "waiting",
        "presenter": presenter_name(look, staged if isinstance(staged, Session) else None),
        "stage": look.stage_name(stage) if stage else "",
    }
    first = look.button("status", group.id, primary=True)
    asks = isinstance(staged, Session) and look.me != staged.presenter
    if asks and staged.stage and staged.stage.judged:
        first = look.button("ask", staged.id, staged.entry, primary=True)
    return look.card("hello", said, look.closes(staged), [first, look.button("help")])


def not_understood(look: Look, ref: str, values: Values) -> Card:
    nearest = str(values.get("nearest", ""))
    return look.card("not_understood", {"nearest": nearest}, (), [look.button("help")])


def which_set(look: Look, ref: str, values: Values) -> Card:
    """A command away from home asks which set; `ref` is what was typed."""
    buttons = []
    for id in look.tx.sets_of(look.me) if look.me else ():
        name = look.set_name(id)
        buttons.append(look.button("in_set", f"{id}|{ref}", label=name))
    return look.card("which_set", {}, (), buttons)


def status(look: Look, ref: str, values: Values) -> Card:
    """Where the set stands, whose turn is next, when it meets again."""
    group = look.group(ref)
    assert group is not None
    now = running(look.tx, group)
    parts: list[Part] = []
    for staged in now:
        stage = look.stage_name(staged.stage.name) if staged.stage else ""
        who = presenter_name(look, staged) if isinstance(staged, Session) else ""
        label = look.label("facts.now_session" if who else "facts.now_meeting", presenter=who)
        waiting = look.label("facts.waiting_for", count=getattr(staged, "missing", 0))
        parts.append(Facts(((label, stage or waiting),)))
        parts += look.closes(staged)
        parts += _for_facilitator(look, staged)
        parts += _check_in(look, staged)
        parts += _to_think(look, staged)
    open_ended = group.paused and group.resumes is None
    if group.next_opens is not None and group.meeting is None and not open_ended:
        parts.append(Closes(look.label("facts.next_meeting"), group.next_opens))
    upcoming = turns(group)
    if upcoming:
        parts.append(Facts(((look.label("facts.next_turn"), look.name(upcoming[0])),)))
    said = {
        "name": look.set_name(group.id),
        "members": len(group.members),
        "invited": len(group.invited),
        "running": bool(now),
        "number": group.number,
    }
    buttons: list[Button] = []
    if look.me in group.people and not now:
        buttons.append(look.button("present", group.id, primary=True))
    if look.me in group.people:
        buttons.append(look.button("elements", group.id))
    for staged in now:
        if look.me is not None and look.me == staged.steers and staged.stage is not None:
            press = "resume" if staged.paused else "pause"
            buttons.append(look.button(press, staged.id, staged.entry))
            if not staged.paused and not staged.extended:
                buttons.append(look.button("extend", staged.id, staged.entry))
            break
    if look.me in group.people and group.number:
        buttons.append(look.button("figures", group.id))
    return look.card("status", said, parts, buttons)


def _for_facilitator(look: Look, staged: Session | Meeting) -> list[Part]:
    """In the running stage, who has not been heard; of nudges only how often people insisted.

    The host has the process powers without this (method.md §3, Roles).
    """
    if look.me is None or look.me != staged.facilitator or staged.stage is None:
        return []
    facts = []
    quiet = staged.waiting_for(look.at)
    if quiet:
        facts.append((look.label("facts.not_spoken"), ", ".join(map(look.name, quiet))))
    if isinstance(staged, Session) and staged.insisted:
        facts.append((look.label("facts.insisted"), str(staged.insisted)))
    return [Facts(tuple(facts))] if facts else []


def _to_think(look: Look, staged: Session | Meeting) -> list[Part]:
    """For the presenter whose issue was kept for this turn, and who has not been offered it yet."""
    if not isinstance(staged, Session) or not staged.presented or look.me != staged.presenter:
        return []
    thought = look.parts("intake", staged.id)
    return [] if thought else [look.row(look.button("think_through", staged.id))]


def _check_in(look: Look, staged: Session | Meeting) -> list[Part]:
    """Whoever facilitates may put a question on the process to the set; they press, or not."""
    if not isinstance(staged, Session) or staged.stage is None or look.me != staged.facilitator:
        return []
    item = process_check.suggested(look.tx, staged, look.wording.language)
    if item is None:
        return []
    ask = look.button("post_check_in", f"{staged.id}:{item.id}", staged.entry)
    return [Words(look.label("facts.you_could_ask", question=item.text)), look.row(ask)]


def members(look: Look, ref: str, values: Values) -> Card:
    group = look.group(ref)
    assert group is not None
    look.learn_names([*group.people, *group.invited])
    if look.me not in group.people and look.me not in group.invited:
        return refusal(look, "members_only", {})
    names = ", ".join(look.known_as(m.person) for m in group.members)
    facts = [(look.label("facts.members"), names)]
    if group.invited:
        facts.append((look.label("facts.invited"), ", ".join(map(look.known_as, group.invited))))
    facts.append((look.label("facts.host"), look.name(group.host)))
    if group.facilitator:
        facts.append((look.label("facts.facilitator"), look.name(group.facilitator)))
    return look.card("members", {"name": look.set_name(group.id)}, (Facts(tuple(facts)),))


def queued(look: Look, ref: str, values: Values) -> Card:
    """It is somebody else's turn, or not yet time: the issue is kept, and when it comes up."""

    group = look.group(ref)
    assert group is not None
    place = list(turns(group)).index(look.me) + 1 if look.me in turns(group) else 1
    if missing(group):
        return look.card("queued", {"place": place, "missing": missing(group)})
    when = group.next_opens or next_opening(group, look.at)[1]
    when += timedelta(days=group.calendar.days) * (place - 1)
    part = Closes(look.label("facts.about_when"), when)
    return look.card("queued", {"place": place, "missing": 0}, (part,))


def joined(look: Look, ref: str, values: Values) -> Card:
    staged = look.session(ref)
    asking = bool(staged and staged.stage and staged.stage.judged)
    buttons = []
    if staged is not None and asking and look.me != staged.presenter:
        buttons.append(look.button("ask", staged.id, staged.entry, primary=True))
    said = {
        "presenter": presenter_name(look, staged) if staged else "",
        "questions": asking,
        "missing": staged.missing if staged else 0,
    }
    return look.card("joined", said, (), buttons)


def asks_to_join(look: Look, ref: str, values: Values) -> Card:
    """Somebody who was not invited would like to join; the host may let them in."""
    buttons = [look.button("let_in", f"{values['set']}:{ref}", primary=True)]
    return look.card("asks_to_join", {"name": look.name(ref)}, (), buttons)


def cannot_reach_home(look: Look, ref: str, values: Values) -> Card:
    """The host is told how to let the bot in, in the platform's own way if it has one."""
    assert look.viewer is not None
    group = look.group(ref)
    said = {
        "name": look.set_name(group.id) if group else "",
        "how": look.wording.label_or(f"invite.{look.viewer.address.platform}", ""),
    }
    return look.card("cannot_reach_home", said)


def cannot_reach_person(look: Look, ref: str, values: Values) -> Card:
    """Who leads the set hears that somebody in it gets nothing in private; not what it was."""
    person, group = look.tx.person(PersonId(ref)), str(values["set"])
    return look.card("cannot_reach_person", {
        "name": look.name(ref),
        "set_name": look.set_name(SetId(group)),
        "how": look.wording.label_or(f"let_write.{person.address.platform}", "") if person else "",
    })  # fmt: skip


def cannot_reach_you(look: Look, ref: str, values: Values) -> Card:
    """The person themselves is told how, where they can see it."""
    assert look.viewer is not None
    how = look.wording.label_or(f"let_write_me.{look.viewer.address.platform}", "")
    return look.card("cannot_reach_you", {"how": how})


def with_set_name(name: str, *presses: str) -> Reader:
    """A card that only needs to know which set it speaks of."""

    def read(look: Look, ref: str, values: Values) -> Card:
        group = look.group(ref)
        said = {
            "name": look.set_name(group.id) if group else "",
            "members": len(group.peers) if group else 0,
            "least": group.format.size.least if group else 0,
            "good": group.format.size.good[0] if group else 0,
        }
        return look.card(name, said, (), [look.button(p, ref) for p in presses])

    return read


def set_made(look: Look, ref: str, values: Values) -> Card:
    """The set is there. Where the method needs a coach, naming one comes before an issue."""
    group = look.group(ref)
    assert group is not None
    coach = group.format.coach and group.facilitator is None
    first = ["name_coach"] if coach else []
    said = {"name": look.set_name(group.id), "coach": coach}
    return look.card("set_made", said, (), [look.button(p, ref) for p in (*first, "present")])


# Actions and learning


def my_actions(look: Look, ref: str, values: Values) -> Card:
    """Everything the person has undertaken, with what can be said about each."""
    assert look.viewer is not None
    waiting = look.tx.actions_of(look.viewer.id)
    parts: list[Part] = []
    for number, action in enumerate(waiting, 1):
        parts += action_parts(look, action, number=number)
    return look.card("my_actions", {"count": len(waiting)}, parts)


def action_parts(look: Look, action: Action, *, number: int = 0) -> list[Part]:
    """An action in its owner's words, its date, and the four outcomes as buttons."""
    what = look.parts("action", action.id).get("what", "") or look.label("facts.erased")
    label = look.label("facts.by_when", day=look.day(action.due))
    if number:
        label = f"{number} · {label}"
    return [
        Said(what, label=label),
        look.row(
            look.button("done", action.id),
            look.button("partly", action.id),
            look.button("not_yet", action.id),
            look.button("changed", action.id),
            look.button("snooze", action.id),
        ),
    ]


def action_kept(look: Look, ref: str, values: Values) -> Card:
    action = look.tx.load(Action, ref)
    what = look.parts("action", ref).get("what", "")
    day = look.day(action.due) if action else ""
    parts: list[Part] = [Said(what)] if what else []
    session = look.session(action.session) if action else None
    choosing = bool(session and session.stage and session.stage.form == "actions")
    buttons = [look.button("more_action", ref)]
    if choosing and session is not None:
        buttons += [
            look.button("new_action", session.id, session.entry),
            look.button("actions_done", session.id, session.entry, primary=True),
        ]
    return look.card("action_kept", {"day": day, "choosing": choosing}, parts, buttons)


def about_action(name: str, *presses: str) -> Reader:
    """A short answer about one action."""

    def read(look: Look, ref: str, values: Values) -> Card:
        action = look.tx.load(Action, ref)
        waiting = [c.day for c in action.check_ins if c.state == "planned"] if action else []
        said = {
            "outcome": str(values.get("outcome", "")),
            "day": look.day(min(waiting)) if waiting else "",
        }
        return look.card(name, said, (), [look.button(p, ref) for p in presses])

    return read


def log(look: Look, ref: str, values: Values) -> Card:
    """The learning log: private, newest first."""
    assert look.viewer is not None
    entries = look.tx.words_by(look.viewer.id, "log", LOG_SHOWN)
    parts: list[Part] = []
    for entry in entries:
        prompt = look.label(f"log_prompts.{entry.parts.get('prompt', 'less_sure')}")
        parts.append(Said(entry.parts.get("text", ""), label=f"{prompt} · {look.day_of(entry.at)}"))
    return look.card("log", {"count": len(entries)}, parts, [look.button("log")])


# Refusals and failures


def refusal(look: Look, code: str, values: Values) -> Card:
    """Why that cannot be done now; a code's words are in labels.toml, `refusals`."""
    return look.card("refusal", {"why": look.label(f"refusals.{code}", **values)})


def lost_words(text: str, language: str = "en") -> tuple[Part, ...]:
    """What was written in a form that was refused, handed back: nothing is lost."""
    return (Words(wording(language).label("facts.your_words")), Said(text))


def plain(name: str, *presses: str) -> Reader:
    return lambda look, ref, values: look.card(
        name, values, (), [look.button(p, ref) for p in presses]
    )


def about_session(name: str, *presses: str) -> Reader:
    def read(look: Look, ref: str, values: Values) -> Card:
        staged = look.staged(ref)
        session = staged if isinstance(staged, Session) else None
        found = look.contribution(ref) if staged is None else None
        if found is not None:
            session = look.session(found.session)
        entry = staged.entry if staged else None
        said = {"presenter": presenter_name(look, session), **values}
        return look.card(name, said, (), [look.button(p, ref, entry) for p in presses])

    return read


def in_language(person: Person | None, name: str) -> Card:
    """A card that needs no store at all: for when the store itself has failed."""
    text = wording(person.language if person else "en").text(name, {})
    return Card(name, text.title, text.summary, (Words(text.body),))


def readers(look: Look, ref: str, values: Values) -> Card:
    """Who else can read where the set meets (method.md §8); they may pause, or let it be."""
    group = look.group(ref)
    now = [s for s in running(look.tx, group) if s.stage is not None] if group else []
    staged = now[-1] if now else None
    pressed = [look.button("pause", staged.id, staged.entry)] if staged else []
    said = {
        "name": look.set_name(group.id) if group else "",
        "names": values["names"],
        "more": values["more"],
        "public": values["public"],
    }
    return look.card("readers", said, (), pressed)


CARDS: dict[str, Reader] = {
    "which_question": which_question,
    "everyone_done": everyone_done,
    "your_part": your_part,
    "want_ideas": want_ideas,
    "agree_problem": agree_problem,
    "kept_now": kept_now,
    "most_valuable": about_session("most_valuable", "valuable"),
    "decide_action": decide("decide_action"),
    "open_questions": listed_questions,
    "kept_for_you": kept_for_you,
    "what_was_kept": what_was_kept,
    "presented": presented,
    "thought_through": thought_through,
    "decide_quorum": decide("decide_quorum"),
    "decide_present": decide("decide_present"),
    "hello": hello,
    "not_understood": not_understood,
    "which_set": which_set,
    "status": status,
    "members": members,
    "queued": queued,
    "joined": joined,
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
