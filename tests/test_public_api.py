"""The product uses the public API of its libraries only: no private name, no override of one.

Private is a name with one leading underscore. What is looked at, in each file: what is imported;
attributes of imported names, of variables and attributes of `self` that hold an object of a
library, and of parameters annotated with a library's type; in a subclass of a library's class,
private names that the base class has or that the class itself never defines; and of an object of
which the file does not say what it is, private attributes that the product defines nowhere.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("bot", "adapters", "store", "prompts", "app", "dev", "tests", "benchmarks")
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "app.py", *(p for d in OURS[:4] for p in (ROOT / d).rglob("*.py"))]
)


NAMEDTUPLE = {"_make", "_asdict", "_replace", "_fields"}  # documented, in spite of the underscore


def is_private(name: str) -> bool:
    """Say whether a name is private, and no special method."""
    return name.startswith("_") and not name.startswith("__") and name != "_"


def is_foreign(module: str) -> bool:
    """Say whether a module belongs to a library that we depend on."""
    top = module.split(".")[0]
    return bool(top) and top not in OURS and top not in sys.stdlib_module_names


class Checker(ast.NodeVisitor):
    """Collects complaints about one file."""

    def __init__(self, our_names: Set[str]) -> None:
        self.our_names = our_names  # private names that the product defines
        self.complaints: list[str] = []
        self.imported: dict[str, str] = {}  # a name here -> the dotted name that it stands for
        self.holding: dict[str, str] = {}  # `x` or `self.x` -> the library's class it is one of

    def complain(self, node: ast.AST, what: str) -> None:
        """Note what is wrong, and where."""
        self.complaints.append(f"line {getattr(node, 'lineno', 0)}: {what}")

    # Imports

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if is_foreign(alias.name):
                self._named(node, alias.name)
                top = alias.name.split(".")[0]
                self.imported[alias.asname or top] = alias.name if alias.asname else top

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or not is_foreign(node.module or ""):
            return
        for alias in node.names:
            full = f"{node.module}.{alias.name}"
            self._named(node, full)
            self.imported[alias.asname or alias.name] = full

    def _named(self, node: ast.AST, full: str) -> None:
        if any(map(is_private, full.split("."))):
            self.complain(node, f"imports {full}")

    # What holds an object of a library

    def foreign(self, node: ast.expr | None) -> str | None:
        """The dotted name of what an expression is, if it is of a library."""
        match node:
            case ast.Name(id=name):
                return self.imported.get(name) or self.holding.get(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                return self.holding.get(f"self.{attr}")
            case ast.Attribute(value=value, attr=attr):
                owner = self.foreign(value)
                return f"{owner}.{attr}" if owner else None
            case ast.Call(func=func):
                return self.foreign(func)
            case ast.Subscript(value=value) | ast.Await(value=value):
                return self.foreign(value)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self.foreign(left) or self.foreign(right)
            case ast.Constant(value=str(text)):
                try:
                    return self.foreign(ast.parse(text, mode="eval").body)
                except SyntaxError:
                    return None
        return None

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=False))
            for name, value in pairs:
                self._hold(name, self.foreign(value))
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._hold(node.target, self.foreign(node.annotation))
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        self._hold(ast.Name(id=node.arg), self.foreign(node.annotation))

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self._hold(item.optional_vars, self.foreign(item.context_expr))
        self.generic_visit(node)

    def _hold(self, target: ast.expr, what: str | None) -> None:
        match target:
            case ast.Name(id=name):
                key = name
            case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                key = f"self.{attr}"
            case _:
                return
        if what is not None:
            self.holding[key] = what
        elif "." not in key:
            self.holding.pop(key, None)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if is_private(node.attr):
            owner = self.foreign(node.value)
            if owner is not None:
                self.complain(node, f"uses {owner}.{node.attr}")
            elif not self._may_be_ours(node):
                self.complain(
                    node, f"uses {ast.unparse(node)}, which is defined nowhere in the product"
                )
        self.generic_visit(node)

    def _may_be_ours(self, node: ast.Attribute) -> bool:
        match node.value:
            case ast.Name(id="self" | "cls") | ast.Call(func=ast.Name(id="super")):
                return True  # visit_ClassDef looks at these
            case ast.Name(id=name) if name in sys.stdlib_module_names:
                return True
        return node.attr in self.our_names | NAMEDTUPLE

    # Subclasses of a library's classes

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        bases = [base for base in map(self.foreign, node.bases) if base is not None]
        loaded = [found for found in map(load, bases) if found is not None]
        if bases:
            own = set(defined_in(node))
            for name in sorted(filter(is_private, own)):
                if any(hasattr(base, name) for base in loaded):
                    self.complain(node, f"overrides {bases[0]}.{name}")
            if len(bases) == len(node.bases):
                for name in sorted(set(read_of_self(node)) - own):
                    self.complain(node, f"reads {bases[0]}.{name}")
        outer = dict(self.holding)
        for inner in ast.walk(node):  # what __init__ sets is known in every method
            if isinstance(inner, ast.Assign | ast.AnnAssign):
                self._hold_of_self(inner)
        self.generic_visit(node)
        self.holding = outer

    def _hold_of_self(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        source = node.value if isinstance(node, ast.Assign) else node.annotation
        for target in targets:
            if isinstance(target, ast.Attribute):
                self._hold(target, self.foreign(source))


def load(name: str) -> Any:
    """The object of a dotted name; None where there is none (a TypeAlias, say)."""
    module, _, rest = name, "", ""
    while module:
        try:
            found: Any = importlib.import_module(module)
        except ImportError:
            module, _, last = module.rpartition(".")
            rest = f"{last}.{rest}" if rest else last
            continue
        for part in filter(None, rest.split(".")):
            found = getattr(found, part, None)
        return found
    return None


def defined_in(node: ast.AST) -> Iterator[str]:
    """Each name that a class or file defines, or sets as an attribute of `self`."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            yield inner.name
        elif isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            if isinstance(inner.value, ast.Name) and inner.value.id == "self":
                yield inner.attr
        elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            yield inner.id


def read_of_self(node: ast.ClassDef) -> Iterator[str]:
    """Each private attribute of `self` or `super()` that a class reads."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and is_private(inner.attr):
            match inner.value:
                case ast.Name(id="self") | ast.Call(func=ast.Name(id="super")):
                    yield inner.attr


def complaints(source: str, our_names: Set[str] = frozenset()) -> list[str]:
    """Everything private that a file takes from a library."""
    checker = Checker(our_names)
    checker.visit(ast.parse(source))
    return checker.complaints


@pytest.fixture(scope="module")
def our_names() -> frozenset[str]:
    """Every private name that the product defines."""
    trees = (ast.parse((ROOT / file).read_text(encoding="utf-8")) for file in FILES)
    return frozenset(name for tree in trees for name in defined_in(tree) if is_private(name))


@pytest.mark.parametrize("file", FILES)
def test_each_file_uses_public_names_only(file: str, our_names: frozenset[str]) -> None:
    assert complaints((ROOT / file).read_text(encoding="utf-8"), our_names) == []


@pytest.mark.parametrize(
    "source",
    [
        "from psycopg import _cmodule",
        "from psycopg._queries import PostgresQuery",
        "import sqlalchemy.util._concurrency_py3k",
        "import psycopg\npsycopg._x",
        "import sqlalchemy as sa\nsa.engine._py_row",
        "from slack_bolt.app.async_app import AsyncApp\nAsyncApp()._async_listeners",
        "from slack_bolt.app.async_app import AsyncApp\napp = AsyncApp()\napp._client",
        "from psycopg import Connection\ndef f(connection: Connection[int]):\n    connection._x()",
        "from psycopg import Connection\ndef f(c: 'Connection | None'):\n    c._x()",
        "import psycopg\nwith psycopg.connect() as c:\n    c._wait()",
        (
            "from aiohttp import web\nclass A:\n    def __init__(self):\n"
            "        self.r = web.AppRunner()\n    def f(self):\n        self.r._server"
        ),
        "def f(line):\n    line._communicate_gen = 1",
        "def f(cursor):\n    return cursor.connection._wait",
        (
            "from botbuilder.core import ActivityHandler\nclass A(ActivityHandler):\n"
            "    def _create_invoke_response(self, body): ..."
        ),
        (
            "from botbuilder.core import BotAdapter\nclass A(BotAdapter):\n"
            "    def f(self):\n        self._middleware"
        ),
        (
            "from botbuilder.core import ActivityHandler\nclass A(ActivityHandler):\n"
            "    def f(self):\n        super()._create_invoke_response()"
        ),
    ],
)
def test_it_sees_a_private_name(source: str) -> None:
    assert len(complaints(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from bot.cards.markdown import _parser",
        "import os\nos._exit(1)",
        "from psycopg import Connection as _Connection\n_Connection.connect()",
        "from psycopg import Connection\nclass A:\n  def f(self):\n    self._c = Connection()",
        "from psycopg import Connection\nclass A:\n  def f(self, c: Connection):\n    self._c",
        (
            "from botbuilder.core import BotAdapter\nclass A(BotAdapter):\n  def __init__(self):\n"
            "    self._connector = 1\n  def f(self):\n    self._connector"
        ),
        "def f(row):\n    return row._asdict()",
        "import aiohttp\nfrom bot.ports import X\ndef f(x: X):\n    x._ours",
    ],
)
def test_it_lets_public_names_pass(source: str) -> None:
    assert complaints(source, {"_ours"}) == []
