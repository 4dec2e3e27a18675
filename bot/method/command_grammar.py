"""The grammar of `/als …`: the same words on every platform (method.md §9).

A command is one or two words and an optional rest. Help and suggestions come from this table;
the line that explains each command is in prompts/ (labels.toml, `commands`).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from bot.method import policy


@dataclass(frozen=True, slots=True)
class Command:
    """`words` as they are typed, `also` what is understood as well.

    `where`: any · set (a set must be found) · session (its thread or the one that runs).
    `rest` names what may follow ("" for nothing). `who` is for help only.
    """

    name: str
    where: str = "any"
    rest: str = ""
    also: tuple[str, ...] = ()
    who: str = "member"


COMMANDS: tuple[Command, ...] = (
    Command("present", rest="issue", also=("raise", "bring")),
    Command("ask", "session", "question", ("question",)),
    Command("pass", "session", also=("skip",)),
    Command("thinking", "session", also=("think",)),
    Command("answer", "session", "answer", ("reply",), "presenter"),
    Command("park", "session", who="presenter"),
    Command("action", "session", "action", ("act", "commit"), "presenter"),
    Command("actions", also=("todo", "my actions")),
    Command("done", rest="action", also=("did",)),
    Command("partly", rest="action"),
    Command("notyet", rest="action", also=("not yet", "no")),
    Command("changed", rest="action", also=("changed my mind",)),
    Command("snooze", rest="days", also=("later",)),
    Command("report", "set", also=("report back",)),
    Command("reflect", "set", also=("review",)),
    Command("log", rest="entry", also=("learning", "journal")),
    Command("next", "session", also=("move on", "go on"), who="facilitator"),
    Command("extend", "session", also=("more time",), who="facilitator"),
    Command("pause", "session", "date", also=("stop the clock",), who="facilitator"),
    Command("resume", "session", also=("continue",), who="facilitator"),
    Command("withdraw", "session", who="presenter"),
    Command("status", "set", also=("where are we", "card")),
    Command("turn", "set", also=("turns", "whose turn")),
    Command("offer", "set", also=("volunteer",)),
    Command("set new", rest="name", also=("set create", "new set")),
    Command("set join", "set", also=("join",)),
    Command("set leave", "set", also=("leave",)),
    Command("set members", "set", also=("members", "who")),
    Command("set status", "set"),
    Command("set facilitator", "set", "person", also=("facilitator",), who="facilitator"),
    Command("set format", "set", "format", ("format", "method"), "facilitator"),
    Command("set calendar", "set", also=("calendar", "rhythm"), who="facilitator"),
    Command("set pause", "set", "date", who="facilitator"),
    Command("set resume", "set", who="facilitator"),
    Command("set invite", "set", also=("invite",)),
    Command("set rules", "set", also=("rules", "ground rules")),
    Command("settings", also=("preferences", "profile")),
    Command("export", rest="kept", also=("download",)),
    Command("forget", rest="set", also=("erase", "forget me")),
    Command("help", also=("?", "hilfe", "commands")),
)

BY_NAME = {c.name: c for c in COMMANDS}


@dataclass(frozen=True, slots=True)
class Understood:
    """What was typed. `name` is "" for bare `/als`, None if nothing fits (see `nearest`)."""

    name: str | None
    rest: str = ""
    nearest: str = ""


def understand(typed: str) -> Understood:
    """Find the command, or the nearest one. Never raises; the case does not matter."""
    text = " ".join(_printable(typed[: policy.COMMAND_MOST]).split())
    text = text.removeprefix("/als").strip()
    if not text:
        return Understood("")
    words = text.split(" ")
    low = [w.casefold().strip(".,!;:") for w in words]
    if low[0] in ("group", "sets"):
        low[0] = "set"
    for length in (3, 2, 1):
        phrase = " ".join(low[:length])
        if len(low) >= length and phrase in PHRASES:
            return Understood(PHRASES[phrase], " ".join(words[length:]))
    if low[0] == "set":
        # "set" alone, or with a word we do not know: its status says what can be done.
        if len(low) == 1:
            return Understood("set status")
        close = difflib.get_close_matches(f"set {low[1]}", PHRASES, 1, 0.6)
        return Understood(None, nearest=PHRASES[close[0]] if close else "set status")
    close = difflib.get_close_matches(" ".join(low[:2]), PHRASES, 1, 0.75)
    close = close or difflib.get_close_matches(low[0], PHRASES, 1, 0.6)
    if not close:
        close = [p for p in PHRASES if len(low[0]) > 1 and p.startswith(low[0])][:1]
    return Understood(None, nearest=PHRASES[close[0]] if close else "")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c.isspace() else " " for c in text)


def _phrases() -> dict[str, str]:
    phrases: dict[str, str] = {}
    for command in COMMANDS:
        for phrase in (command.name, *command.also):
            assert phrase not in phrases, phrase
            phrases[phrase] = command.name
    return phrases


PHRASES = _phrases()
