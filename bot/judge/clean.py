"""Removes what is not the asker's own sentence; the first step.

Quotes, code, platform markup, mentions, emoji, links, a greeting and short thanks go; what is
left is plain text for `sentences`. The result says whether there was a link, because a
bare link has a verdict of its own.
Source: method.md section 4 ("after quotes, mentions, emoji, links, a greeting and short thanks
are set aside") and the markup of Slack (mrkdwn) and Teams (`<at>`).
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from bot.judge.rules import Rules

LONGEST = 4000
"""Characters that are judged; what follows is not read, so that a pasted novel costs no time."""

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{1,400}`", re.DOTALL)
_QUOTE_BLOCK = re.compile(r"<blockquote\b.{0,4000}?</blockquote>", re.DOTALL | re.IGNORECASE)
_QUOTE_LINE = re.compile(r"^[ \t]*(?:>|&gt;).*$", re.MULTILINE)
_AT = re.compile(r"<at\b[^<>]{0,200}>[^<>]{0,200}</at>", re.IGNORECASE)
_SLACK_LINK = re.compile(r"<(?:https?://|mailto:|tel:)[^<>\s|]{1,2000}(?:\|[^<>]{0,300})?>")
_SLACK_MARK = re.compile(r"<[@#!][^<>\n]{1,200}>")
_MD_LINK = re.compile(r"\[([^\[\]\n]{0,200})\]\((?:https?://|mailto:)[^()\s]{1,2000}\)")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>]{1,2000}", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>")
_NAME = re.compile(r"(?<![\w@])@[\w][\w.'-]{0,60}")
_SHORTCODE = re.compile(r"(?<![\w:]):[a-z0-9_+'-]{1,60}:(?![\w])|(?<=:):[a-z0-9_+-]{1,60}:")
_SMILEY = re.compile(r"(?<!\w)(?:[:;=8]['\-^o]?[)(\]\[DPpOo/\\|3*]+|<3+|x[dD]|\^\^)(?!\w)")
_STYLE = re.compile(r"(?<![\w*_~])[*_~]{1,3}(?=\w)|(?<=[\w?.!,'\")])[*_~]{1,3}(?![\w*_~])")
_BULLET = re.compile(r"^[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+", re.MULTILINE)
# Whoever writes none of these needs no markup taken off; most messages have none.
_MARKED = re.compile(r"[<>&`*_~@:;=\[\]•–\d\\/^|-]|www|xd", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_SPACE = re.compile(r"[^\S\n]+")
_QUOTES = {ord(c): "'" for c in "’‘ʼ`´′"} | {ord(c): '"' for c in "“”„«»"}
_WIDE = {ord("？"): "?", ord("！"): "!", ord("，"): ",", ord("…"): "...", ord("؟"): "?"}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is left to judge. `bare`: nothing but set-aside parts. `link`: a link was among them."""

    text: str
    link: bool


def _visible(text: str) -> str:
    """Drop what nobody sees or says: control and format characters, surrogates, pictures."""
    kept = []
    for c in text:
        if c.isascii():
            kept.append(c if c >= " " or c == "\n" else " ")
            continue
        kind = unicodedata.category(c)
        if kind in {"Cc", "Cs", "Co", "Cn", "So", "Sk", "Zl", "Zp"}:
            kept.append(" ")
        elif kind == "Cf" or 0xFE00 <= ord(c) <= 0xFE0F or c == "\u20e3":
            continue
        else:
            kept.append(c)
    return "".join(kept)


def _politeness(text: str, rules: Rules) -> str:
    """Take greeting and short thanks from the front and thanks from the end, as often as needed."""
    for _ in range(4):
        before = text
        for pattern in rules.opening:
            text = pattern.sub("", text, count=1).lstrip(" \n,.!;:-–—")
        for pattern in rules.closing:
            text = pattern.sub("", text, count=1).rstrip()
        if text == before:
            break
    return text


def clean(text: str, rules: Rules) -> Cleaned:
    """The asker's own sentences in plain text; never raises, whatever is written."""
    text = text[:LONGEST].strip().replace("\r\n", "\n").replace("\r", "\n")
    links = 0
    if _MARKED.search(text):
        text, links = _strip_markup(text)
    if not text.isascii():
        text = _visible(text.translate(_QUOTES).translate(_WIDE))
    elif _CONTROL.search(text):
        text = _visible(text)
    if _MARKED.search(text):
        text = _plain(text.translate(_QUOTES))
    text = _SPACE.sub(" ", text)
    text = "\n".join(line.strip(" ,") for line in text.split("\n") if line.strip(" ,"))
    text = _politeness(text.strip(), rules)
    return Cleaned(text.strip(), bool(links))


def _strip_markup(text: str) -> tuple[str, int]:
    """Quotes, code, links and the markup of platforms gone; how many links there were."""
    text = _QUOTE_LINE.sub("", text)
    text = _CODE.sub(" ", text)
    text = _QUOTE_BLOCK.sub("\n", text)
    text = _AT.sub(" ", text)
    text, slack_links = _SLACK_LINK.subn(" ", text)
    text = _SLACK_MARK.sub(" ", text)
    text, md_links = _MD_LINK.subn(" ", text)
    text, plain_links = _LINK.subn(" ", text)
    text = html.unescape(_SMILEY.sub(" ", _TAG.sub(" ", text)))
    return text, slack_links + md_links + plain_links


def _plain(text: str) -> str:
    """Names, short codes, bullets and marks of style gone."""
    text = _NAME.sub(" ", text)
    text = _SHORTCODE.sub(" ", text)
    text = _BULLET.sub("", text)
    return _STYLE.sub("", text)
