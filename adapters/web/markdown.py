"""Plain Markdown to HTML: paragraphs, lists, bold, italic, code. Nothing else, no HTML.

Only our own words come here. What a person wrote is escaped and keeps its line breaks.
"""

from __future__ import annotations

import re
from html import escape

_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_NUMBER = re.compile(r"^\s*\d+[.)]\s+")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_INLINE = (
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*(\S(?:[^*\n]*\S)?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])"), r"<em>\1</em>"),
)
# Control characters that no text needs, and those that turn the direction of what follows.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def to_html(text: str) -> str:
    """Our words as HTML: one <p> or list for each block between empty lines."""
    blocks: list[str] = []
    lines: list[str] = []
    for line in [*tidy(text).split("\n"), ""]:
        if line.strip() and (not lines or bool(_BULLET.match(line)) == _is_list(lines)):
            lines.append(line)
            continue
        if lines:
            blocks.append(_block(lines))
        lines = [line] if line.strip() else []
    if lines:
        blocks.append(_block(lines))
    return "".join(blocks)


def inline(text: str) -> str:
    """One line of our words: escaped, with bold, italic and code."""
    found = escape(tidy(text), quote=True)
    for pattern, by in _INLINE:
        found = pattern.sub(by, found)
    return found


def tidy(text: str) -> str:
    """Without control characters and direction overrides; line ends are newlines."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _is_list(lines: list[str]) -> bool:
    return bool(_BULLET.match(lines[0]))


def _block(lines: list[str]) -> str:
    if _is_list(lines):
        tag = "ol" if _NUMBER.match(lines[0]) else "ul"
        items = "".join(f"<li>{inline(_BULLET.sub('', line))}</li>" for line in lines)
        return f"<{tag}>{items}</{tag}>"
    if len(lines) == 1 and _HEADING.match(lines[0]):
        return f"<p><strong>{inline(_HEADING.sub('', lines[0]))}</strong></p>"
    return f"<p>{'<br>'.join(inline(line) for line in lines)}</p>"
