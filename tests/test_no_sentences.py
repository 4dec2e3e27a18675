"""No sentence that a person reads stands in Python: it lives in prompts/."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
ROOMS = [*(HOUSE / "bot").rglob("*.py"), *(HOUSE / "store").rglob("*.py")]
ROOMS += [*(HOUSE / "adapters").rglob("*.py"), HOUSE / "app.py"]
TREES = {path.relative_to(HOUSE).as_posix(): ast.parse(path.read_text("utf-8")) for path in ROOMS}
SENTENCE = re.compile(r"[^\W\d_]{2,}(?:[ ,;:'’-]+[^\W\d_]+){2,}")
NOT_FOR_PEOPLE = {
    # SQL and its fragments, and what a database is asked.
    "store/": "SQL, names of indexes, and messages of a bug",
    # Names of things in an error that only a developer sees.
    "bot/method/command_grammar.py": "what people type, not what they read",
    "adapters/web/guard.py": "headers of HTTP",
    "adapters/slack/routes.py": "headers of HTTP",
    "adapters/simulate/": "violations, read by who develops als",
    "adapters/cli/": "help of the command line: Typer reads it from the code",
    "app.py": "help of the command line: Typer reads it from the code",
    "bot/judge/data.py": "errors in a rule file, for who writes one",
    "bot/judge/patterns.py": "errors in a rule file, for who writes one",
}


def sentences(tree: ast.Module) -> Iterator[str]:
    """Literals of three words or more that are no docstring, log line, error or assertion."""
    spared: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            spared.add(id(node.value))
        if isinstance(node, ast.Raise | ast.Assert):
            spared |= {id(n) for n in ast.walk(node)}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "log":
                spared |= {id(n) for n in ast.walk(node)}
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) and id(node) not in spared else None
        if isinstance(value, str) and SENTENCE.search(value):
            yield value


@pytest.mark.parametrize("name", sorted(TREES))
def test_no_sentence_for_people_stands_in_python(name: str) -> None:
    if any(name.startswith(place) for place in NOT_FOR_PEOPLE):
        return
    assert list(sentences(TREES[name])) == []


def test_the_net_for_sentences_catches_one() -> None:
    assert list(sentences(ast.parse('say("You have left the set")'))) == ["You have left the set"]
    assert list(sentences(ast.parse('"""You have left the set"""'))) == []
    assert list(sentences(ast.parse('raise ValueError("You have left the set")'))) == []
    assert list(sentences(ast.parse('log.error("You have left the set")'))) == []
