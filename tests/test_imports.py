"""The one-way rule: adapters → bot ← store, and what each room of the house may import.

The tables below are the rule. A change to them is a change of the design: say why beside the line.
"""

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
ROOMS = ("bot", "adapters", "store", "prompts")

# Which of our own rooms a file may import; the longest fitting name counts. A part of adapters/
# may import its own kind, never another.
MAY_SEE = {
    "app.py": {"bot", "adapters", "store", "prompts"},
    "bot/": {"bot", "prompts"},
    # The inner order: method, judge and worktime know no other room; queries read for several
    # rooms; cards are drawn from what was decided, so they import no handlers and no delivery.
    "bot/method/": {"bot.method", "bot.worktime", "prompts"},
    "bot/judge/": {"bot.judge", "prompts"},
    "bot/worktime/": {"bot.worktime"},
    "bot/ports/": {"bot.cards.card", "bot.cards.form", "bot.method", "bot.ports"},
    "bot/queries/": {"bot.method", "bot.ports", "bot.queries", "bot.worktime"},
    "bot/cards/": {
        "bot.cards",
        "bot.judge",
        "bot.method",
        "bot.ports",
        "bot.queries",
        "bot.worktime",
        "prompts",
    },
    # Handlers take what comes in, delivery sends what goes out; neither knows the other, and
    # runtime, which keeps both going, is known by neither.
    "bot/handlers/": {
        "bot.cards",
        "bot.handlers",
        "bot.judge",
        "bot.method",
        "bot.ports",
        "bot.queries",
        "bot.worktime",
    },
    "bot/delivery/": {
        "bot.cards",
        "bot.delivery",
        "bot.method",
        "bot.ports",
        "bot.queries",
        "bot.worktime",
    },
    "store/": {"bot", "store"},
    "adapters/": {"bot"},
    "adapters/slack/": {"bot", "adapters.slack"},
    "adapters/teams/": {"bot", "adapters.teams"},
    "adapters/web/": {"bot", "adapters.web"},
    "adapters/cli/": {"bot", "adapters.cli"},
    "adapters/simulate/": {"bot", "adapters.simulate"},
    "prompts/": {"prompts"},
}

# Each library that the core uses lives in one place; any other library stays outside of bot/.
LIBRARIES_OF_BOT = {
    "jinja2": "bot/cards/wording.py",
    "apscheduler": "bot/runtime/scheduler.py",
    "holidays": "bot/worktime",
    "tzdata": "bot/worktime",
    "markdown_it": "bot/cards/markdown.py",
}

# Where a library may be imported that only some installations have, by an extra.
WITH_EXTRAS = ("adapters/cli/hooks.py",)

# Libraries that only some rooms may import; what is not named here is free outside of bot/.
ONLY_IN = {
    "sqlmodel": ("store/",),
    "sqlalchemy": ("store/",),
    "alembic": ("store/",),
    "psycopg": ("store/",),
    "slack_bolt": ("adapters/slack/",),
    "slack_sdk": ("adapters/slack/",),
    "botbuilder": ("adapters/teams/",),
    "jwt": ("adapters/teams/auth.py",),
    "msal": ("adapters/teams/auth.py",),
    "typer": ("adapters/cli/",),
    "prometheus_client": ("adapters/cli/metrics.py",),
    "structlog": ("adapters/cli/logs.py",),
}

# The rooms that decide. They are asked, they never call out, and time is passed in.
PURE = ("method", "judge", "worktime", "cards/card", "cards/markdown", "cards/table_writers")
PURE += ("cards/text_fitting",)
NOT_PURE = {"asyncio", "socket", "sqlite3", "http", "urllib", "random", "time"}
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}

FILES = sorted(
    path.relative_to(HOUSE).as_posix()
    for path in [HOUSE / "app.py", *(p for room in ROOMS for p in (HOUSE / room).rglob("*.py"))]
)


def imports(tree: ast.AST, file: str = "") -> Iterator[str]:
    """Yield the full name of everything imported, also inside functions, relative ones resolved."""
    package = file.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = [*base, *([node.module] if node.module else [])]
            # `from adapters import web` imports adapters.web
            yield from (".".join([*stem, alias.name]) for alias in node.names)


def clocks(tree: ast.AST) -> Iterator[str]:
    """Yield each call that reads the clock."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if f"{owner}.{node.attr}" in CLOCKS:
                yield f"{owner}.{node.attr}"


def complaints(file: str, source: str) -> Iterator[str]:
    """Yield each way in which a file breaks the rule."""
    tree = ast.parse(source)
    within = file.startswith
    may_see = MAY_SEE[max((name for name in MAY_SEE if within(name)), key=len)]
    pure = within(tuple(f"bot/{room}{end}" for room in PURE for end in (".py", "/")))
    for name in imports(tree, file):
        top = name.split(".")[0]
        if top in (*ROOMS, "app", "dev", "tests"):
            if not any(f"{name}.".startswith(f"{seen}.") for seen in may_see):
                yield f"{file} imports {name}"
        elif top in sys.stdlib_module_names:
            if pure and top in NOT_PURE:
                yield f"{file} is pure and imports {name}"
        elif within("bot/"):
            home = LIBRARIES_OF_BOT.get(top, "another room")
            if not within(home):
                yield f"{file} imports {name}, which lives in {home}"
        elif top in ONLY_IN and not within(ONLY_IN[top]):
            yield f"{file} imports {name}, which lives in {' and '.join(ONLY_IN[top])}"
    if pure:
        yield from (f"{file} is pure and reads the clock: {clock}()" for clock in clocks(tree))


@pytest.mark.parametrize("file", FILES)
def test_each_file_keeps_to_the_one_way_rule(file):
    assert list(complaints(file, (HOUSE / file).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("adapters/slack/incoming.py", "import adapters.web.pages"),
        ("adapters/slack/incoming.py", "from adapters import teams"),
        ("adapters/web/pages.py", "from ..slack import outgoing"),
        ("adapters/web/pages.py", "def f():\n    from store import models"),
        ("store/models.py", "from adapters.web import pages"),
        ("store/models.py", "import app"),
        ("bot/handlers/host.py", "import store"),
        ("bot/handlers/host.py", "import sqlmodel"),
        ("bot/handlers/host.py", "import aiohttp"),
        ("bot/cards/card.py", "import jinja2"),
        ("bot/cards/views/home.py", "from bot.handlers import forms"),
        ("bot/cards/views/home.py", "from bot.delivery.policy import decide"),
        ("bot/queries/waiting.py", "from bot.cards.card import Card"),
        ("bot/judge/verdict.py", "import numpy"),
        ("bot/method/session/moving.py", "from time import monotonic"),
        ("bot/judge/cues.py", "import urllib.request"),
        ("bot/method/meeting.py", "import datetime as d\nd.datetime.now(d.UTC)"),
        ("adapters/web/pages.py", "import sqlalchemy"),
        ("prompts/__init__.py", "import bot.method.terms"),
    ],
)
def test_the_rule_sees_what_breaks_it(file, source):
    assert len(list(complaints(file, source))) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("app.py", "import adapters.web, bot.handlers.host, store, aiohttp"),
        (
            "adapters/web/pages.py",
            "from . import cards\nfrom bot.cards.card import Card\nimport aiohttp",
        ),
        ("store/models.py", "from bot import terms\nfrom .outbox import claim\nimport sqlmodel"),
        ("bot/cards/wording.py", "import jinja2, random"),
        ("bot/worktime/places.py", "import holidays"),
        ("bot/handlers/host.py", "import asyncio, time"),
        ("bot/method/stages.py", "from datetime import datetime\nnow = datetime.fromisoformat"),
    ],
)
def test_the_rule_lets_through_what_is_right(file, source):
    assert list(complaints(file, source)) == []


def test_app_is_the_only_other_file_at_the_top():
    aside = {"tests", "benchmarks"}
    assert {path.parent.name for path in HOUSE.glob("*/__init__.py")} == {*ROOMS, *aside}
    assert {path.name for path in HOUSE.glob("*.py")} == {"app.py", "dev.py"}
    house = (HOUSE / "dev.py").read_text(encoding="utf-8")
    assert {name.split(".")[0] for name in imports(ast.parse(house))} <= sys.stdlib_module_names


def test_each_library_we_import_is_a_dependency_of_its_own():
    """What comes along with another library may leave with it."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = packages(project["dependencies"])
    extras = packages(line for extra in project["optional-dependencies"].values() for line in extra)
    brought_by = packages_distributions()
    for file in FILES:
        for name in imports(ast.parse((HOUSE / file).read_text(encoding="utf-8"))):
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names and top in brought_by and not own(top):
                names = {n.lower().replace("_", "-") for n in brought_by[top]}
                known = declared | extras if file in WITH_EXTRAS else declared
                assert names & known, f"{file} imports {top}: add it to pyproject.toml"


def packages(lines: Iterable[str]) -> set[str]:
    """The names in a list of dependencies."""
    return {line.split(">")[0].split("[")[0].lower() for line in lines}


def own(top: str) -> bool:
    """Say whether a name is one of ours."""
    return (HOUSE / top).is_dir() or (HOUSE / f"{top}.py").is_file()
