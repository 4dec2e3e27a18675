"""What can I do here, now? By place, role and stage; the whole grammar; what the method is made of.

Which commands fit is a table of what is lawful in a stage, said again for people: a press that
does not fit is refused by the machine in any case.
"""

from __future__ import annotations

from bot.cards.card import Card, Facts, Part, Said
from bot.cards.views.context import Reader, Values, ViewContext
from bot.cards.views.stage_kinds import kind_of
from bot.method.command_grammar import BY_NAME, COMMANDS
from bot.method.learning_set import LearningSet, turns
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.queries.waiting import running

MOST = 9  # commands shown at once; the others are a press away
AWAY = ("present", "set new", "actions", "log", "settings", "export")
BETWEEN = ("present", "offer", "turn", "set invite")
STEERS = ("next", "extend", "pause")


def help_here(context: ViewContext, ref: str, values: Values) -> Card:
    """The commands that fit this place, this person and the stage that runs."""
    session = context.session(ref) if ref else None
    group = context.group(session.set if session else ref) if ref else None
    state, fitting = _fitting(context, group, session)
    if context.viewer is not None and context.tx.actions.of_owner(context.viewer.id):
        fitting = (*fitting, "actions")
    always = ("log", "settings") if group is None else ("status", "log")
    names = tuple(dict.fromkeys((*fitting, *always)))[:MOST]
    parts = [_line(context, name) for name in names]
    return context.card("help", {"state": state}, parts, [context.button("all_commands")])


def _fitting(
    context: ViewContext, group: LearningSet | None, session: Session | None
) -> tuple[str, tuple[str, ...]]:
    """Where the person is, in a word, and what they can do there."""
    if group is None:
        return "away", AWAY
    if context.me not in group.people:
        return "outside", ("set join", "help")
    now = [session] if session is not None else list(running(context.tx, group))
    fitting = [c for staged in now for c in _in_stage(context, staged)]
    if fitting:
        return "running", tuple(fitting)
    steering = ("set format", "set calendar") if context.me == group.steers else ()
    return "between", (*BETWEEN, *steering)


def _in_stage(context: ViewContext, staged: Session | Meeting) -> tuple[str, ...]:
    stage, kind = staged.stage, kind_of(staged)
    if staged.over:
        return ()
    steers = context.me == staged.steers
    process = (*STEERS,) if steers and not staged.paused else ("resume",) if staged.paused else ()
    if stage is None or kind is None:
        return ("set invite", "set members")
    if isinstance(staged, Meeting):
        owes = not kind.only_owing or context.me in staged.owing
        return (*(kind.member_commands if owes else ("pass",)), *process)
    if context.me == staged.presenter:
        return (*kind.presenter_commands, "withdraw")
    if context.me == staged.facilitator:
        return process
    commits = ("action",) if kind.chooses_actions and stage.volunteers else ()
    return (*commits, *kind.member_commands, *process)


def all_commands(context: ViewContext, ref: str, values: Values) -> Card:
    """The grammar, from its own table."""
    return context.card("all_commands", {}, [_line(context, c.name) for c in COMMANDS])


def _line(context: ViewContext, name: str) -> Facts:
    command = BY_NAME[name]
    rest = context.wording.label_or(f"rests.{command.rest}") if command.rest else ""
    meaning = context.label(f"commands.{name.replace(' ', '_')}")
    return Facts(((f"/als {name}{' ' + rest if rest else ''}", meaning),))


# What the method is made of (method.md §2: five elements, six components)


def elements(context: ViewContext, ref: str, values: Values) -> Card:
    """Person, group, problem, process and facilitator; with a coach, the six components."""
    group = context.group(ref)
    assert group is not None
    sessions = [s for s in running(context.tx, group) if isinstance(s, Session)]
    method = context.wording.label_or(f"formats.{group.format.name}.title", group.format.name)
    slots = {
        "name": context.set_name(group.id),
        "method": method,
        "line": context.wording.label_or(f"formats.{group.format.name}.line"),
        "coached": group.format.coach,
    }
    draw_them = _six if group.format.coach else _five
    return context.card("elements", slots, draw_them(context, group, sessions), ())


def _five(context: ViewContext, group: LearningSet, sessions: list[Session]) -> list[Part]:
    """Who, with whom, what, how far, and who sees to it."""
    upcoming = turns(group)
    who = ", ".join(context.name(s.presenter) for s in sessions)
    who = who or (
        context.label("elements.next", name=context.name(upcoming[0])) if upcoming else ""
    )
    stage = ", ".join(context.stage_name(s.stage.name) for s in sessions if s.stage is not None)
    steers = group.facilitator or group.host
    role = "elements.facilitates" if group.facilitator else "elements.hosts"
    return [
        Facts(
            (
                (context.label("elements.person"), who or context.label("elements.nobody_yet")),
                (context.label("elements.group"), _people(context, group)),
            )
        ),
        *_problems(context, sessions),
        Facts(
            (
                (context.label("elements.process"), stage or context.label("elements.between")),
                (
                    context.label("elements.facilitator"),
                    context.label(role, name=context.name(steers)),
                ),
            )
        ),
    ]


def _six(context: ViewContext, group: LearningSet, sessions: list[Session]) -> list[Part]:
    """Problem, group, questions, action, learning, coach."""
    asked, waiting = sum(s.asked for s in sessions), sum(len(s.open) for s in sessions)
    chosen = sum(len(s.actions) for s in sessions)
    coach = context.name(group.facilitator) if group.facilitator else ""
    return [
        *_problems(context, sessions),
        Facts(
            (
                (context.label("elements.group"), _people(context, group)),
                (
                    context.label("elements.questions"),
                    context.label("elements.asked", asked=asked, waiting=waiting),
                ),
                (context.label("elements.action"), context.label("elements.chosen", count=chosen)),
                (context.label("elements.learning"), context.label("elements.three_levels")),
                (context.label("elements.coach"), coach or context.label("elements.nobody_yet")),
            )
        ),
    ]


def _people(context: ViewContext, group: LearningSet) -> str:
    return context.label("elements.people", count=len(group.peers))


def _problems(context: ViewContext, sessions: list[Session]) -> list[Part]:
    """The issues that are worked on, in their owners' words."""
    label = context.label("elements.problem")
    parts: list[Part] = []
    for session in sessions:
        issue = context.parts("issue", session.id).get("issue", "")
        if issue:
            parts.append(Said(issue, context.name(session.presenter), label))
    return parts or [Facts(((label, context.label("elements.nobody_yet")),))]


CARDS: dict[str, Reader] = {
    "help": help_here,
    "all_commands": all_commands,
    "elements": elements,
}
