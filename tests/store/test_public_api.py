"""The store uses public names only, of the libraries and of its own classes."""

import ast
from pathlib import Path

import pytest

STORE = Path(__file__).resolve().parents[2] / "store"


def private_names(source):
    """Attributes with a leading underscore that are not the object's own, and private imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            owner = node.value
            if not (isinstance(owner, ast.Name) and owner.id in ("self", "cls")):
                yield node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if is_private(alias.name))


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


@pytest.mark.parametrize("path", sorted(STORE.rglob("*.py")), ids=lambda path: path.name)
def test_no_private_name_of_another_class_is_used(path):
    assert list(private_names(path.read_text(encoding="utf-8"))) == []


def test_it_would_be_seen():
    source = "from psycopg import _wait\nline._communicate_gen = self._open"
    assert list(private_names(source)) == ["_wait", "_communicate_gen"]


def imports_of(path):
    """The modules of store/ that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "store":
            for alias in node.names:
                yield from (node.module, f"{node.module}.{alias.name}")


def test_no_import_goes_in_a_circle():
    files = {
        ".".join(path.relative_to(STORE.parent).with_suffix("").parts): path
        for path in STORE.rglob("*.py")
    }
    edges = {name: {i for i in imports_of(path) if i in files} for name, path in files.items()}
    while edges:
        leaves = {name for name, needs in edges.items() if not needs}
        assert leaves, f"a circle among {sorted(edges)}"
        edges = {name: needs - leaves for name, needs in edges.items() if name not in leaves}
