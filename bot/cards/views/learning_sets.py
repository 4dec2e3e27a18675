"""What a set has agreed on: its cards and its forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bot.cards.card import Card, Closes, Facts, Part, Said, Words
from bot.cards.form import Ask, Choice, Field, FormRequest, PickDate, PickPeople, Tick
from bot.cards.views.context import Reader, ViewContext
from bot.cards.views.context import Values as CardValues
from bot.cards.wording import offered_languages
from bot.method import formats
from bot.method.formats import Stage
from bot.method.learning_set import LearningSet, turns
from bot.method.overrides import seals
from bot.method.policy import FORM_RULES_MOST, TURNS_ASKED
from bot.method.questionnaires import EACH_ONES_OWN
from bot.worktime import WORKING_DAY, local_date

Values = Mapping[str, str]
TURNS_SHOWN = 10


def method_name(context: ViewContext, name: str) -> str:
    """What people call a method; one of their own may do without an entry."""
    return context.wording.label_or(f"formats.{name}.title", name.replace("_", " "))


def language_name(context: ViewContext, code: str) -> str:
    """What people call a language; one of their own may do without an entry."""
    return context.wording.label_or(f"languages.{code}", code)


def language_options(context: ViewContext) -> tuple[tuple[str, str], ...]:
    """The languages that may be chosen, by code and name."""
    return tuple((code, language_name(context, code)) for code in offered_languages())


def own_rules(context: ViewContext, group: str) -> tuple[Said, ...]:
    """The set's own ground rules, in the words of whoever wrote them down."""
    text = context.parts("rules", group).get("text", "")
    return tuple(Said(line) for line in text.splitlines())


def rules_to_join(context: ViewContext, group: LearningSet | None) -> Iterable[Field]:
    """What everybody reads on joining; where the method wants no further norms, its own rules."""
    name = context.set_name(group.id) if group else ""
    if group is None or group.format.norms:
        yield Words(context.label("forms.join.rules", name=name))
    else:
        yield Words(context.label("forms.join.protects", name=name))
        rules = context.wording.label_or(f"formats.{group.format.name}.rules")
        if rules:
            yield Words(rules)
    if group is not None and _has_guest(context, group):
        yield Words(context.label("forms.join.several"))


def _has_guest(context: ViewContext, group: LearningSet) -> bool:
    """Whether somebody of another organisation is in the set, invited, or about to join."""
    people = context.tx.people.get_many((*group.people, *group.invited)).values()
    return any(p.guest for p in (*people, *((context.viewer,) if context.viewer else ())))


def programme(context: ViewContext, group: LearningSet | None) -> tuple[Part, ...]:
    """A line for the meeting's card when it was the last of the programme."""
    if group is None or not group.finished:
        return ()
    return (Words(context.label("facts.programme_over")),)


# Cards


def _the_set(context: ViewContext, ref: str) -> LearningSet:
    group = context.group(ref)
    assert group is not None
    return group


def format_chosen(context: ViewContext, ref: str, values: CardValues) -> Card:
    """The method with the set's own changes, as the next meeting will open with it."""
    group = _the_set(context, ref)
    people, good = len(group.peers) + len(group.invited), group.format.size.good
    slots = {
        "name": context.set_name(group.id),
        "method": method_name(context, group.format.name),
        "running": group.meeting is not None,
        "strict": group.runs.strict,
        "rotate": group.rotate,
        "sealed": seals(group.runs),
        "live": group.overrides.live,
        "language": language_name(context, group.language) if group.language else "",
        "reminder": context.wording.label_or(f"formats.{group.format.name}.reminder"),
        "members": people,
        "small": people < good[0],
        "good": good[0],
        "meetings": group.calendar.meetings,
        "needed": group.turns_needed,
    }
    live = group.overrides.live
    pairs = tuple(
        (context.stage_name(s.name), _window(context, s, live)) for _, s in group.runs.stages()
    )
    return context.card(
        "format_chosen", slots, (Facts(pairs),), [context.button("change_stages", ref)]
    )


def time_to_meet(context: ViewContext, ref: str, values: CardValues) -> Card:
    """A set that meets live: it is time, and somebody says when all are together."""
    group = _the_set(context, ref)
    waits = group.due and group.meeting is None
    pressed = [context.button("begin_meeting", ref, primary=True)] if waits else []
    slots = {"name": context.set_name(group.id), "waits": waits}
    return context.card("time_to_meet", slots, (), pressed)


def calendar(context: ViewContext, ref: str, values: CardValues) -> Card:
    """The rhythm, and when the next meeting opens."""
    group = _the_set(context, ref)
    until = local_date(group.resumes, group.home) if group.resumes else None
    slots = {
        "name": context.set_name(group.id),
        "days": group.calendar.days,
        "act_days": group.calendar.act_days,
        "meetings": group.calendar.meetings,
        "held": group.number,
        "counted": group.counted,
        "changed": "changed" in values,
        "paused": group.paused,
        "until": context.day(until) if until else "",
        "needed": group.turns_needed,
    }
    opens = group.next_opens if group.meeting is None and not group.paused else None
    parts = (Closes(context.label("facts.next_meeting"), opens),) if opens else ()
    return context.card("calendar", slots, parts)


def turn_list(context: ViewContext, ref: str, values: CardValues) -> Card:
    """Who presents when; an offer for who is not in line yet."""
    group = _the_set(context, ref)
    order = turns(group)
    context.learn_names(order)
    pairs = tuple((str(n), context.name(p)) for n, p in enumerate(order[:TURNS_SHOWN], 1))
    place = order.index(context.me) + 1 if context.me in order else 0
    slots = {"name": context.set_name(group.id), "asked": context.me in group.queue, "place": place}
    buttons = []
    if place and context.me not in group.queue:
        buttons.append(context.button("offer_turn", ref, primary=True))
    if context.me == group.steers:
        buttons.append(context.button("reorder", ref))
    return context.card("turns", slots, (Facts(pairs),) if pairs else (), buttons)


def rules(context: ViewContext, ref: str, values: CardValues) -> Card:
    """The set's own ground rules, and Agree for who has not said yes to this version."""
    group = _the_set(context, ref)
    shown = own_rules(context, ref)
    waits = context.me in group.people and context.me not in group.rules.assented
    slots = {
        "name": context.set_name(group.id),
        "count": len(shown),
        "waits": waits,
        "agreed": len(group.rules.assented & group.people),
        "members": len(group.members),
    }
    version = f"{ref}:{group.rules.version}"
    buttons = [context.button("agree", version, primary=True)] if waits else []
    return context.card("rules", slots, shown, buttons)


def programme_over(context: ViewContext, ref: str, values: CardValues) -> Card:
    """The last meeting is over: go on, or end."""
    group = _the_set(context, ref)
    slots = {"name": context.set_name(group.id), "meetings": group.number}
    going = group.finished and not group.over
    return context.card("programme_over", slots, (), _go_on_or_end(context, ref) if going else [])


def silent(context: ViewContext, ref: str, values: CardValues) -> Card:
    """Nothing has happened for long: go on, or end."""
    slots = {"name": context.set_name(_the_set(context, ref).id)}
    return context.card("silent", slots, (), _go_on_or_end(context, ref))


def proposal(context: ViewContext, ref: str, values: CardValues) -> Card:
    """Who shall facilitate: what was proposed, how many agree (never who), how it ended."""
    slots = {
        "state": str(values["state"]),
        "person": context.name(str(values["person"])) if values["person"] else "",
        "yes": values["yes"],
        "all": values["all"],
    }
    votes = [context.button("vote_yes", ref, primary=True), context.button("vote_no", ref)]
    return context.card("proposal", slots, (), votes if slots["state"] == "open" else ())


def _go_on_or_end(context: ViewContext, ref: str) -> list:  # type: ignore[type-arg]
    return [context.button("go_on_set", ref, primary=True), context.button("end_set", ref)]


def _card_with_set_name(name: str, *presses: str) -> Reader:
    """A card that only needs to know which set it speaks of."""

    def read(context: ViewContext, ref: str, values: CardValues) -> Card:
        slots = {"name": context.set_name(_the_set(context, ref).id)}
        return context.card(name, slots, (), [context.button(p, ref) for p in presses])

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
    "sure_end": _card_with_set_name("sure_end", "end_set_now"),
    "set_ended": _card_with_set_name("set_ended"),
    "you_host": _card_with_set_name("you_host", "status"),
}


# Forms


def set_format(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """The methods there are, and what changes with another one."""
    group = context.group(asked.ref)
    options = tuple((n, method_name(context, n)) for n in formats.names())
    yield Words(context.label("forms.set_format.changes"))
    lines = ((title, context.wording.label_or(f"formats.{n}.line")) for n, title in options)
    yield Words("\n".join(f"- **{title}** {line}" for title, line in lines))
    chosen = values.get("format", formats.DEFAULT)
    label = context.label("forms.set_format.format")
    yield Choice("format", label, options, chosen, required=True)
    runs = group.runs if group else formats.load(formats.DEFAULT)
    ticked = {
        "strict": runs.strict,
        "sealed": seals(runs),
        "rotate": bool(group and group.rotate),
        "live": runs.live,
    }
    for name, now in ticked.items():
        hint = context.label(f"forms.set_format.{name}_hint")
        yield Tick(name, context.label(f"forms.set_format.{name}"), now, hint)
    own = (EACH_ONES_OWN, context.label("forms.set_format.language_own"))
    options = (own, *language_options(context))
    label, chosen = context.label("forms.set_format.language"), group.language if group else ""
    yield Choice("language", label, options, chosen or EACH_ONES_OWN)


def set_stages(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """Working days, and least and most questions, of each stage; empty is as the method has it."""
    group = context.group(asked.ref)
    yield Words(context.label("forms.set_stages.changes"))
    live = group is not None and group.overrides.live
    for _, stage in group.runs.stages() if group else ():
        name = context.stage_name(stage.name)
        label = context.label(f"forms.set_stages.{'minutes' if live else 'days'}", stage=name)
        value = str(stage.minutes) if live else _number(stage)
        yield Ask(f"days_{stage.name}", label, value=value, most=5)
        if stage.quota != (0, 0):
            label = context.label("forms.set_stages.quota", stage=name)
            least, most = stage.quota
            yield Ask(f"quota_{stage.name}", label, value=f"{least}-{most}", most=5)


def set_calendar(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """The rhythm, the time to act, and how many meetings in all."""
    group = context.group(asked.ref)
    for name in ("days", "act_days", "meetings"):
        now = getattr(group.calendar, name) if group else 0
        label = context.label(f"forms.set_calendar.{name}")
        hint = context.label(f"forms.set_calendar.{name}_hint")
        yield Ask(name, label, hint, str(now), required=True, most=4)
    now = group is not None and group.counted
    label = context.label("forms.set_calendar.counted")
    yield Tick("counted", label, now, context.label("forms.set_calendar.counted_hint"))


def propose(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """Somebody to facilitate; left empty, the set goes on by itself."""
    yield Words(context.label("forms.propose.asks"))
    label, hint = context.label("forms.propose.person"), context.label("forms.propose.person_hint")
    yield PickPeople("person", label, hint)


def set_pause(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    label, hint = (
        context.label("forms.set_pause.until"),
        context.label("forms.set_pause.until_hint"),
    )
    yield PickDate("until", label, None, hint)


def set_invite(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    label, hint = (
        context.label("forms.set_invite.people"),
        context.label("forms.set_invite.people_hint"),
    )
    yield PickPeople("people", label, hint, required=True)


def turns_form(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """The first places of the turn list, as they stand."""
    group = context.group(asked.ref)
    order = turns(group) if group else ()
    context.learn_names(order)
    options = tuple((str(p), context.name(p)) for p in order)
    for n, person in enumerate(order[:TURNS_ASKED], 1):
        label = context.label("forms.turns.place", place=n)
        yield Choice(f"place_{n}", label, options, person)


def set_rules(context: ViewContext, asked: FormRequest, values: Values) -> Iterable[Field]:
    """One rule a line, up to six."""
    known = context.parts("rules", asked.ref).get("text", "")
    label, hint = (
        context.label("forms.set_rules.rules"),
        context.label("forms.set_rules.rules_hint"),
    )
    yield Ask("rules", label, hint, known, long=True, most=FORM_RULES_MOST)


def _number(stage: Stage) -> str:
    """Working days without needless noughts: 0.5, 2."""
    return f"{stage.minutes / WORKING_DAY:.2f}".rstrip("0").rstrip(".")


def _window(context: ViewContext, stage: Stage, live: bool) -> str:
    if live:
        return context.label("facts.minutes", minutes=stage.minutes)
    return context.label("facts.working_days", days=_number(stage))


LAYOUTS: dict[str, Callable[[ViewContext, FormRequest, Values], Iterable[Field]]] = {
    "set_format": set_format,
    "set_stages": set_stages,
    "set_calendar": set_calendar,
    "propose": propose,
    "set_pause": set_pause,
    "set_invite": set_invite,
    "turns": turns_form,
    "set_rules": set_rules,
}
