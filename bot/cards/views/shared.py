"""The cards that the whole set sees: one card edited in place instead of many posts."""

from __future__ import annotations

from bot.cards.card import Button, Card, Closes, Facts, Part, People, Said, Words
from bot.cards.views import buttons, closing
from bot.cards.views.context import Reader, Values, ViewContext, open_questions
from bot.cards.views.learning_sets import own_rules, programme
from bot.cards.views.stage_kinds import kind_of
from bot.method.formats import Stage
from bot.method.learning_set import turns
from bot.method.meeting import Meeting
from bot.method.questionnaires import INTAKE_TEXTS
from bot.method.session import Session
from bot.method.terms import Contribution, Outcome


def session(context: ViewContext, ref: str, values: Values) -> Card:
    """The session's card: issue, stage, who is done (never names), what waits."""
    session = context.session(ref)
    assert session is not None
    parts: list[Part] = [*context.issue(session)]
    if session.over:
        return _session_over(context, session, parts)
    stage, kind = session.stage, kind_of(session)
    facts = []
    if session.presented:
        facts.append(
            (context.label("facts.support"), context.label(f"support.{session.support.value}"))
        )
    if stage is not None:
        facts.append((context.label("facts.stage"), context.stage_name(stage.name)))
    counted = stage is not None and stage.awaits in ("everyone", "all")
    if counted and not session.paused and not session.unconfirmed:
        facts.append((context.label("facts.done"), _progress(context, session)))
    if facts:
        parts.append(Facts(tuple(facts)))
    if session.reveals is not None and not session.paused:
        parts.append(Closes(context.label("facts.reveals"), session.reveals))
    parts += context.closes(session)
    if session.open and not (kind and kind.presenter_listens):
        parts.append(Words(context.label("facts.open_questions")))
        mine = context.viewer is None or context.me == session.presenter
        parts += open_questions(context, session, choices=mine)
    if kind is not None and kind.chooses_actions and session.actions:
        parts += _actions(context, session)
    values = {
        "presenter": context.name(session.presenter),
        "state": _state(session),
        "missing": session.missing,
        "stage": context.stage_name(stage.name) if stage else "",
        "name": stage.name if stage else "",
        "questions": bool(stage and stage.judged),
        "sealing": session.sealing,
        "form": stage.form if stage else "",
        "presented": session.presented,
        "revealed": session.revealed,
        "unconfirmed": session.unconfirmed,
        "speech": stage.speech.value if stage else "",
        "first": session.at <= 0,
    }
    pressed = [
        b
        for b in _session_buttons(context, session)
        if buttons.is_for_viewer(context, session, b.press)
    ]
    return context.card("session", values, parts, pressed)


def _state(session: Session) -> str:
    if session.over:
        return "over"
    if session.paused:
        return "paused"
    return "waiting" if session.stage is None else "running"


def _progress(context: ViewContext, staged: Session | Meeting) -> str:
    awaited = staged.awaited
    done = sum(1 for p in awaited if staged.is_done(p))
    thinking = sum(1 for p in awaited if p in staged.thinking and not staged.is_done(p))
    return context.label("facts.done_of", done=done, all=len(awaited), thinking=thinking)


def _session_buttons(context: ViewContext, session: Session) -> list[Button]:
    entry, id = session.entry, session.id
    if session.stage is None:
        label = context.label("buttons.join_and_ask")
        return [context.button("join", session.set, primary=True, label=label)]
    if session.paused:
        return [context.button("resume", id, entry, primary=True)]
    # Who is late with their view of the problem is welcome until the stage closes.
    missing = session.revealed and any(p not in session.done for p in session.awaited)
    late = [context.button("state_problem", id, entry)] if missing else []
    return [*buttons.of_session(context, session), *late]


def _session_over(context: ViewContext, session: Session, parts: list[Part]) -> Card:
    assert session.ending is not None
    parts += _actions(context, session)
    facts = (context.label("facts.asked"), str(session.asked))
    values = {
        "presenter": context.name(session.presenter),
        "state": "over",
        "ending": session.ending.value,
        "missing": 0,
        "stage": "",
        "name": "",
        "questions": False,
        "sealing": False,
        "form": "",
        "presented": session.presented,
        "revealed": False,
        "unconfirmed": False,
        "speech": "",
        "first": False,
    }
    if session.asked:
        parts.append(Facts((facts,)))
    return context.card("session", values, parts)


def _actions(context: ViewContext, session: Session) -> list[Part]:
    """The actions that the presenter lets the set see, with their dates."""
    shown: list[Part] = []
    for action in context.tx.actions.in_session(session.id):
        if action.id not in session.actions or not action.visible:
            continue
        what = context.parts("action", action.id).get("what", "")
        if what:
            shown.append(
                Said(what, label=context.label("facts.by_when", day=context.day(action.due)))
            )
    return [Words(context.label("facts.actions")), *shown] if shown else []


def meeting(context: ViewContext, ref: str, values: Values) -> Card:
    """The meeting's card: report back and review hang below it."""
    meeting = context.tx.machines.load(Meeting, ref)
    assert meeting is not None
    group = context.group(meeting.set)
    stage = meeting.stage
    facts = []
    if stage is not None:
        facts.append((context.label("facts.stage"), context.stage_name(stage.name)))
        if not meeting.paused:
            facts.append((context.label("facts.done"), _progress(context, meeting)))
    parts: list[Part] = [Facts(tuple(facts))] if facts else []
    parts += context.closes(meeting)
    opens = group.next_opens if meeting.over and group else None
    if opens is not None and group is not None:
        parts.append(Closes(context.label("facts.next_meeting"), opens))
        upcoming = turns(group)
        if upcoming:
            parts.append(Facts(((context.label("facts.next_turn"), context.name(upcoming[0])),)))
    parts += programme(context, group) if meeting.over else ()
    parts += closing.averages(context, meeting)
    slots = {
        "number": meeting.number,
        "state": "over" if meeting.over else "paused" if meeting.paused else "running",
        "between": meeting.in_sessions,
        "awaits": stage.awaits if stage else "",
        "form": stage.form if stage else "",
        "stage": context.stage_name(stage.name) if stage else "",
        "norms": meeting.format.norms,
        "last": group is not None and group.is_last(meeting.number),
    }
    return context.card("meeting", slots, parts, _meeting_buttons(context, meeting))


def _meeting_buttons(context: ViewContext, meeting: Meeting) -> list[Button]:
    if meeting.paused and meeting.stage is not None:
        return [context.button("resume", meeting.id, meeting.entry, primary=True)]
    return buttons.of_meeting(context, meeting)


def posted_text(context: ViewContext, ref: str, values: Values) -> Card:
    """A person's words, posted by the bot for them."""
    contribution = context.contribution(ref)
    kind = contribution.kind if contribution else "said"
    parts: list[Part] = []
    if contribution is not None and contribution.answers:
        parts += [context.said(context.contribution(q)) for q in contribution.answers[:3]]
    parts.append(context.said(contribution))
    if contribution is not None and _is_late(context, contribution):
        parts.append(Words(context.label("facts.came_later")))
    values = {"name": context.name(contribution.by if contribution else None), "kind": kind}
    return context.card("said", values, parts)


def _is_late(context: ViewContext, contribution: Contribution) -> bool:
    """Asked after the first wave was shown; said so until the stage closes (method.md §3)."""
    session = context.session(contribution.session)
    stage = session.stage if session else None
    if session is None or stage is None or not stage.sealed_first or session.sealing:
        return False
    return contribution.kind == "question" and contribution.entry == session.entry


def stage_opens(context: ViewContext, ref: str, values: Values) -> Card:
    """The one post of the bot in a thread when a stage opens."""
    staged = context.staged(ref)
    assert staged is not None
    stage = next((s for s in staged.plan if s is not None and s.name == values["stage"]), None)
    running = staged.stage is not None and stage is not None and staged.stage.name == stage.name
    presenter = staged.presenter if isinstance(staged, Session) else None
    least, most = stage.quota if stage else (0, 0)
    reminds = isinstance(staged, Session) and staged.format.norms and _is_first_post(staged, stage)
    own = own_rules(context, staged.set) if reminds else ()
    slots = {
        "stage": context.stage_name(str(values["stage"])),
        "name": str(values["stage"]),
        "speech": stage.speech.value if stage else "",
        "form": stage.form if stage else "",
        "awaits": stage.awaits if stage else "",
        "presenter": context.name(presenter),
        "first": isinstance(staged, Session) and staged.plan[0] == stage,
        "least": least,
        "most": most,
        "sealed": bool(stage and stage.sealed_first),
        "norms": staged.format.norms,
        "reminds": reminds,
        "own": bool(own),
    }
    return context.card("stage_opens", slots, (*own, *(context.closes(staged) if running else ())))


def _is_first_post(session: Session, stage: Stage | None) -> bool:
    """Whether this stage's post is the first in the thread: all before it have none."""
    first = next(
        (s for s in session.plan[1:] if s and s.only_if in ("", session.support.value)), None
    )
    return stage is not None and stage == first


def stage_extended(context: ViewContext, ref: str, values: Values) -> Card:
    staged = context.staged(ref)
    assert staged is not None
    return context.card("extended", {"live": staged.format.live}, context.closes(staged))


def invitation(context: ViewContext, ref: str, values: Values) -> Card:
    """Addressed to those who are asked, by name; never to a whole channel."""
    group = context.group(ref)
    assert group is not None
    people = context.tx.people.get_many(group.invited)
    asked = tuple((people[p].address.user, people[p].name) for p in group.invited if p in people)
    parts: tuple[Part, ...] = (People(context.label("facts.invited"), asked),) if asked else ()
    slots = {"host": context.name(group.host), "waiting": len(asked)}
    pressed = [context.button("join", group.id, primary=True)] if asked else []
    return context.card("invitation", slots, parts, pressed)


def group_card(context: ViewContext, ref: str, values: Values) -> Card:
    """The set itself, where it was made with `/als set new`."""
    group = context.group(ref)
    assert group is not None
    slots = {"name": context.set_name(group.id), "members": len(group.members)}
    pressed = [context.button("join", group.id, primary=True), context.button("present", group.id)]
    return context.card("set", slots, (), pressed)


def report(context: ViewContext, ref: str, values: Values) -> Card:
    """What somebody reported back: each action, how it went, what was learned."""
    meeting_id, _, person = ref.rpartition(":")
    if context.tx.texts.get("report", ref) is None:
        slots = {"name": context.name(person), "empty": False}
        return context.card("report", slots, (Words(context.label("facts.erased")),))
    parts = context.parts("report", ref)
    meeting = context.tx.machines.load(Meeting, meeting_id)
    shown: list[Part] = []
    for action in context.tx.actions.of_owner(person, unsettled=False):  # type: ignore[arg-type]
        outcome = parts.get(f"outcome_{action.id}", "")
        happened = parts.get(f"happened_{action.id}", "")
        if not outcome and not happened:
            continue
        if meeting is not None and action.set != meeting.set:
            continue
        what = context.parts("action", action.id).get("what", "") if action.visible else ""
        if what:
            shown.append(Said(what, label=context.label("facts.action")))
        if outcome in set(Outcome):
            pair = (context.label("facts.outcome"), context.label(f"outcomes.{outcome}"))
            shown.append(Facts((pair,)))
        if happened:
            shown.append(Said(happened))
    if parts.get("learned"):
        shown.append(Said(parts["learned"], label=context.label("facts.learned")))
    return context.card("report", {"name": context.name(person), "empty": not shown}, shown)


def reflection(context: ViewContext, ref: str, values: Values) -> Card:
    """A closing reflection that its author chose to share."""
    meeting_id, _, person = ref.rpartition(":")
    parts = context.parts("reflection", ref)
    shown: list[Part] = [
        Said(text, label=closing.prompt(context, key, meeting_id, person))
        for key, text in parts.items()
    ]
    shown = shown or [Words(context.label("facts.erased"))]
    return context.card("reflection", {"name": context.name(person)}, shown)


def intake(context: ViewContext, ref: str, values: Values) -> Card:
    """The presenter's thoughts on their issue, once they chose to share them."""
    session = context.session(ref)
    parts = context.parts("intake", ref)
    shared = parts if parts.get("share") == "yes" else {}
    shown: list[Part] = []
    for name in INTAKE_TEXTS:
        if shared.get(name):
            shown.append(Said(shared[name], label=context.label(f"forms.intake.{name}")))
    if shared.get("known"):
        answer = context.label(f"forms.intake.known_{shared['known']}")
        shown.append(Facts(((context.label("forms.intake.known"), answer),)))
    shown = shown or [Words(context.label("facts.erased"))]
    return context.card(
        "intake", {"name": context.name(session.presenter if session else None)}, shown
    )


def problems(context: ViewContext, ref: str, values: Values) -> Card:
    """How each sees the problem, all shown together."""
    session = context.session(ref.partition(":")[0])
    assert session is not None
    about = {p: f"{ref}:{p}" for p in sorted(session.people)}
    words = context.tx.texts.get_many("problem", about.values())
    context.learn_names(session.people)
    late = context.label("facts.came_later")
    shown = [
        Said(view.get("text", ""), context.name(person), late if view.get("late") else "")
        for person, view in ((p, words[key].parts) for p, key in about.items() if key in words)
    ]
    return context.card("problems", {}, shown)


def wave(context: ViewContext, ref: str, values: Values) -> Card:
    """The sealed first wave, opened: everyone's first questions at once, with names."""
    session = context.session(ref)
    assert session is not None
    words = context.tx.texts.get_many("said", session.wave)
    context.learn_names(w.author for w in words.values())
    shown = [
        Said(words[id].parts.get("text", ""), context.name(words[id].author))
        for id in session.wave
        if id in words
    ]
    return context.card("wave", {"presenter": context.name(session.presenter)}, shown)


def bid(context: ViewContext, ref: str, values: Values) -> Card:
    """Somebody's bid for the turn; others may back it."""
    meeting_id, _, person = ref.rpartition(":")
    meeting = context.tx.machines.load(Meeting, meeting_id)
    parts = context.parts("bid", ref)
    shown: list[Part] = [Said(parts.get("line", "") or context.label("facts.erased"))]
    if parts.get("why"):
        shown.append(Said(parts["why"], label=context.label("facts.why_us")))
    backers = sum(1 for p in meeting.backing.values() if p == person) if meeting else 0
    if backers:
        shown.append(Facts(((context.label("facts.backed"), str(backers)),)))
    kind = kind_of(meeting) if meeting else None
    entry = meeting.entry if meeting else None
    pressed = [context.button("back_bid", ref, entry)] if kind and kind.backs_bids else []
    return context.card("bid", {"name": context.name(person)}, shown, pressed)


def _plain(name: str) -> Reader:
    return lambda context, ref, values: context.card(name, values)


CARDS: dict[str, Reader] = {
    "session": session,
    "meeting": meeting,
    "said": posted_text,
    "stage_opens": stage_opens,
    "extended": stage_extended,
    "noticing": _plain("noticing"),
    "invitation": invitation,
    "set": group_card,
    "report": report,
    "reflection": reflection,
    "intake": intake,
    "problems": problems,
    "wave": wave,
    "bid": bid,
}
