"""What a set has agreed on: its cards and its forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bot.cards.card import (
    Ask,
    Card,
    Choice,
    Closes,
    Facts,
    Field,
    Part,
    PickDate,
    PickPeople,
    Said,
    Tick,
    Words,
)
from bot.cards.views.context import Look, Reader
from bot.cards.views.context import Values as CardValues
from bot.handlers.request_context import Asked
from bot.handlers.set_settings import EACH_ONES_OWN, TURNS_ASKED
from bot.judge import languages
from bot.method import formats
from bot.method.formats import Stage
from bot.method.learning_set import LearningSet, turns
from bot.method.overrides import seals
from bot.worktime import WORKING_DAY, local_date

Values = Mapping[str, str]
RULES_LONGEST = 1300  # six rules and their line ends
TURNS_SHOWN = 10


def method_name(look: Look, name: str) -> str:
    """What people call a method; one of their own may do without an entry."""
    return look.wording.label_or(f"formats.{name}.title", name.replace("_", " "))


def own_rules(look: Look, group: str) -> tuple[Said, ...]:
    """The set's own ground rules, in the words of whoever wrote them down."""
    text = look.parts("rules", group).get("text", "")
    return tuple(Said(line) for line in text.splitlines())


def rules_to_join(look: Look, group: LearningSet | None) -> Iterable[Field]:
    """What everybody reads on joining; where the method wants no further norms, its own rules."""
    name = look.set_name(group.id) if group else ""
    if group is None or group.format.norms:
        yield Words(look.label("forms.join.rules", name=name))
    else:
        yield Words(look.label("forms.join.protects", name=name))
        rules = look.wording.label_or(f"formats.{group.format.name}.rules")
        if rules:
            yield Words(rules)
    if group is not None and _has_guest(look, group):
        yield Words(look.label("forms.join.several"))


def _has_guest(look: Look, group: LearningSet) -> bool:
    """Whether somebody of another organisation is in the set, invited, or about to join."""
    people = look.tx.people((*group.people, *group.invited)).values()
    return any(p.guest for p in (*people, *((look.viewer,) if look.viewer else ())))


def programme(look: Look, group: LearningSet | None) -> tuple[Part, ...]:
    """A line for the meeting's card when it was the last of the programme."""
    if group is None or not group.finished:
        return ()
    return (Words(look.label("facts.programme_over")),)


# Cards


def _the_set(look: Look, ref: str) -> LearningSet:
    group = look.group(ref)
    assert group is not None
    return group


def format_chosen(look: Look, ref: str, values: CardValues) -> Card:
    """The method with the set's own changes, as the next meeting will open with it."""
    group = _the_set(look, ref)
    people, good = len(group.peers) + len(group.invited), group.format.size.good
    said = {
        "name": look.set_name(group.id),
        "method": method_name(look, group.format.name),
        "running": group.meeting is not None,
        "strict": group.runs.strict,
        "rotate": group.rotate,
        "sealed": seals(group.runs),
        "live": group.overrides.live,
        "language": look.label(f"languages.{group.language}") if group.language else "",
        "reminder": look.wording.label_or(f"formats.{group.format.name}.reminder"),
        "members": people,
        "small": people < good[0],
        "good": good[0],
        "meetings": group.calendar.meetings,
        "needed": group.turns_needed,
    }
    live = group.overrides.live
    pairs = tuple((look.stage_name(s.name), _window(look, s, live)) for _, s in group.runs.stages())
    return look.card("format_chosen", said, (Facts(pairs),), [look.button("change_stages", ref)])


def time_to_meet(look: Look, ref: str, values: CardValues) -> Card:
    """A set that meets live: it is time, and somebody says when all are together."""
    group = _the_set(look, ref)
    waits = group.due and group.meeting is None
    pressed = [look.button("begin_meeting", ref, primary=True)] if waits else []
    said = {"name": look.set_name(group.id), "waits": waits}
    return look.card("time_to_meet", said, (), pressed)


def calendar(look: Look, ref: str, values: CardValues) -> Card:
    """The rhythm, and when the next meeting opens."""
    group = _the_set(look, ref)
    until = local_date(group.resumes, group.home) if group.resumes else None
    said = {
        "name": look.set_name(group.id),
        "days": group.calendar.days,
        "act_days": group.calendar.act_days,
        "meetings": group.calendar.meetings,
        "held": group.number,
        "counted": group.counted,
        "changed": "changed" in values,
        "paused": group.paused,
        "until": look.day(until) if until else "",
        "needed": group.turns_needed,
    }
    opens = group.next_opens if group.meeting is None and not group.paused else None
    parts = (Closes(look.label("facts.next_meeting"), opens),) if opens else ()
    return look.card("calendar", said, parts)


def turn_list(look: Look, ref: str, values: CardValues) -> Card:
    """Who presents when; an offer for who is not in line yet."""
    group = _the_set(look, ref)
    order = turns(group)
    look.learn_names(order)
    pairs = tuple((str(n), look.name(p)) for n, p in enumerate(order[:TURNS_SHOWN], 1))
    place = order.index(look.me) + 1 if look.me in order else 0
    said = {"name": look.set_name(group.id), "asked": look.me in group.queue, "place": place}
    buttons = []
    if place and look.me not in group.queue:
        buttons.append(look.button("offer_turn", ref, primary=True))
    if look.me == group.steers:
        buttons.append(look.button("reorder", ref))
    return look.card("turns", said, (Facts(pairs),) if pairs else (), buttons)


def rules(look: Look, ref: str, values: CardValues) -> Card:
    """The set's own ground rules, and Agree for who has not said yes to this version."""
    group = _the_set(look, ref)
    shown = own_rules(look, ref)
    waits = look.me in group.people and look.me not in group.rules.assented
    said = {
        "name": look.set_name(group.id),
        "count": len(shown),
        "waits": waits,
        "agreed": len(group.rules.assented & group.people),
        "members": len(group.members),
    }
    version = f"{ref}:{group.rules.version}"
    buttons = [look.button("agree", version, primary=True)] if waits else []
    return look.card("rules", said, shown, buttons)


def programme_over(look: Look, ref: str, values: CardValues) -> Card:
    """The last meeting is over: go on, or end."""
    group = _the_set(look, ref)
    said = {"name": look.set_name(group.id), "meetings": group.number}
    going = group.finished and not group.over
    return look.card("programme_over", said, (), _go_on_or_end(look, ref) if going else [])


def silent(look: Look, ref: str, values: CardValues) -> Card:
    """Nothing has happened for long: go on, or end."""
    said = {"name": look.set_name(_the_set(look, ref).id)}
    return look.card("silent", said, (), _go_on_or_end(look, ref))


def proposal(look: Look, ref: str, values: CardValues) -> Card:
    """Who shall facilitate: what was proposed, how many agree (never who), how it ended."""
    said = {
        "state": str(values["state"]),
        "person": look.name(str(values["person"])) if values["person"] else "",
        "yes": values["yes"],
        "all": values["all"],
    }
    votes = [look.button("vote_yes", ref, primary=True), look.button("vote_no", ref)]
    return look.card("proposal", said, (), votes if said["state"] == "open" else ())


def _go_on_or_end(look: Look, ref: str) -> list:  # type: ignore[type-arg]
    return [look.button("go_on_set", ref, primary=True), look.button("end_set", ref)]


def _named(name: str, *presses: str) -> Reader:
    """A card that only needs to know which set it speaks of."""

    def read(look: Look, ref: str, values: CardValues) -> Card:
        said = {"name": look.set_name(_the_set(look, ref).id)}
        return look.card(name, said, (), [look.button(p, ref) for p in presses])

    return read


CARDS: dict[str, Reader] = {
    "format_chosen": format_chosen,
    "time_to_meet": time_to_meet,
    "calendar": calendar,
    "turns": turn_list,
    "rules": rules,
    "programme_over": programme_over,
    "proposal": proposal,
    "silent": silent,
    "sure_end": _named("sure_end", "end_set_now"),
    "set_ended": _named("set_ended"),
    "you_host": _named("you_host", "status"),
}


# Forms


def set_format(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """The methods there are, and what changes with another one."""
    group = look.group(asked.ref)
    options = tuple((n, method_name(look, n)) for n in formats.names())
    yield Words(look.label("forms.set_format.changes"))
    lines = ((title, look.wording.label_or(f"formats.{n}.line")) for n, title in options)
    yield Words("\n".join(f"- **{title}** {line}" for title, line in lines))
    chosen = values.get("format", formats.DEFAULT)
    label = look.label("forms.set_format.format")
    yield Choice("format", label, options, chosen, required=True)
    runs = group.runs if group else formats.load(formats.DEFAULT)
    ticked = {
        "strict": runs.strict,
        "sealed": seals(runs),
        "rotate": bool(group and group.rotate),
        "live": runs.live,
    }
    for name, now in ticked.items():
        hint = look.label(f"forms.set_format.{name}_hint")
        yield Tick(name, look.label(f"forms.set_format.{name}"), now, hint)
    own = (EACH_ONES_OWN, look.label("forms.set_format.language_own"))
    spoken = tuple((code, look.label(f"languages.{code}")) for code in languages())
    label, now_spoken = look.label("forms.set_format.language"), group.language if group else ""
    yield Choice("language", label, (own, *spoken), now_spoken or EACH_ONES_OWN)


def set_stages(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """Working days, and least and most questions, of each stage; empty is as the method has it."""
    group = look.group(asked.ref)
    yield Words(look.label("forms.set_stages.changes"))
    live = group is not None and group.overrides.live
    for _, stage in group.runs.stages() if group else ():
        name = look.stage_name(stage.name)
        label = look.label(f"forms.set_stages.{'minutes' if live else 'days'}", stage=name)
        value = str(stage.minutes) if live else _number(stage)
        yield Ask(f"days_{stage.name}", label, value=value, most=5)
        if stage.quota != (0, 0):
            label = look.label("forms.set_stages.quota", stage=name)
            least, most = stage.quota
            yield Ask(f"quota_{stage.name}", label, value=f"{least}-{most}", most=5)


def set_calendar(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """The rhythm, the time to act, and how many meetings in all."""
    group = look.group(asked.ref)
    for name in ("days", "act_days", "meetings"):
        now = getattr(group.calendar, name) if group else 0
        label = look.label(f"forms.set_calendar.{name}")
        hint = look.label(f"forms.set_calendar.{name}_hint")
        yield Ask(name, label, hint, str(now), required=True, most=4)
    now = group is not None and group.counted
    label = look.label("forms.set_calendar.counted")
    yield Tick("counted", label, now, look.label("forms.set_calendar.counted_hint"))


def propose(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """Somebody to facilitate; left empty, the set goes on by itself."""
    yield Words(look.label("forms.propose.asks"))
    label, hint = look.label("forms.propose.person"), look.label("forms.propose.person_hint")
    yield PickPeople("person", label, hint)


def set_pause(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    label, hint = look.label("forms.set_pause.until"), look.label("forms.set_pause.until_hint")
    yield PickDate("until", label, None, hint)


def set_invite(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    label, hint = look.label("forms.set_invite.people"), look.label("forms.set_invite.people_hint")
    yield PickPeople("people", label, hint, required=True)


def turns_form(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """The first places of the turn list, as they stand."""
    group = look.group(asked.ref)
    order = turns(group) if group else ()
    look.learn_names(order)
    options = tuple((str(p), look.name(p)) for p in order)
    for n, person in enumerate(order[:TURNS_ASKED], 1):
        label = look.label("forms.turns.place", place=n)
        yield Choice(f"place_{n}", label, options, person)


def set_rules(look: Look, asked: Asked, values: Values) -> Iterable[Field]:
    """One rule a line, up to six."""
    known = look.parts("rules", asked.ref).get("text", "")
    label, hint = look.label("forms.set_rules.rules"), look.label("forms.set_rules.rules_hint")
    yield Ask("rules", label, hint, known, long=True, most=RULES_LONGEST)


def _number(stage: Stage) -> str:
    """Working days without needless noughts: 0.5, 2."""
    return f"{stage.minutes / WORKING_DAY:.2f}".rstrip("0").rstrip(".")


def _window(look: Look, stage: Stage, live: bool) -> str:
    if live:
        return look.label("facts.minutes", minutes=stage.minutes)
    return look.label("facts.working_days", days=_number(stage))


LAYOUTS: dict[str, Callable[[Look, Asked, Values], Iterable[Field]]] = {
    "set_format": set_format,
    "set_stages": set_stages,
    "set_calendar": set_calendar,
    "propose": propose,
    "set_pause": set_pause,
    "set_invite": set_invite,
    "turns": turns_form,
    "set_rules": set_rules,
}
