"""Every word a person reads, and every method: data, read by importlib.resources.

A language is a folder here, or in a further folder that was added with `add_folder`.
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable

_folders: tuple[Traversable, ...] = (resources.files("prompts"),)


def folders() -> tuple[Traversable, ...]:
    """The folders that hold language folders, ours first."""
    return _folders


def add_folder(folder: Traversable) -> None:
    """Add a folder that holds languages of one's own, laid out as this one."""
    global _folders
    _folders = (*_folders, folder)


def remove_folder(folder: Traversable) -> None:
    """Take a folder away that `add_folder` has added."""
    global _folders
    _folders = tuple(known for known in _folders if known != folder)
