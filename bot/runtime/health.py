"""One result of `als doctor`, whichever part was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `code` names what is wrong ("" when it is fine)."""

    name: str
    code: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    warns: bool = False  # worth saying, but no failure

    @property
    def failed(self) -> bool:
        """Whether this one alone makes doctor exit with 1."""
        return bool(self.code) and not self.warns
