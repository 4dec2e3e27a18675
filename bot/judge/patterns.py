"""The little pattern language in which a language's rules are written.

A pattern is a row of words, parted by spaces, matched against the words of one clause:

    have you tried      these words, in this row, anywhere in the clause
    ^ could you         ^ the clause begins here, $ it ends here
    tried/thought_of    one of these (an underscore joins words that belong together)
    <wh>                one word (or row of words) of the list `wh` in the same file
    @lead               one of the patterns named `lead` under [phrases]
    ever?               may be missing; works on <lists> and a/b alike
    #                   any one word
    ..  and  ...        up to three, up to ten words in between
    ~ing                any word that ends so (two letters before it at least)
    !<wh>  !a/b         the next word is none of these (takes up no word itself)
    -i/we               the word before is none of these (takes up no word itself)
    {topic}             the rest of the clause, kept under this name (suggestions only)
    {he:one}            one word kept; {he:<list>} one word of a list kept
    ,                   a comma, dash or colon

Every repetition is bounded and possessive, so that matching takes linear time whatever is
written. Source: method.md section 4 ("judge the form of the sentence, not keywords").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

BEGIN = r"\A"
END = r"(?![^ ])"
WORD = r" [^ ,]++"
ANY = r" [^ ]++"

_KEEP = re.compile(r"\{([a-z]+)(?::(.+))?\}")

Lists = Mapping[str, Sequence[str]]


class PatternError(ValueError):
    """A pattern that cannot be read; the text names it."""


def _either(alternatives: Iterable[str]) -> str:
    """One of these words or rows of words, the longest first so that it wins.

    Those with the same first letter stand together: a long list is mostly done with at one look.
    """
    ordered = sorted({a.replace("_", " ") for a in alternatives}, key=lambda a: (-len(a), a))
    rests: dict[str, list[str]] = {}
    for word in ordered:
        rests.setdefault(re.escape(word[0]), []).append(re.escape(word[1:]))
    either = "|".join(f"{first}(?:{'|'.join(rest)})" for first, rest in rests.items())
    return f"(?:{either})" + END


def _alternatives(part: str, lists: Lists, whole: str) -> list[str]:
    """The words that `part` names: a/b, <list>, or both mixed."""
    alternatives: list[str] = []
    for item in part.split("/"):
        if item.startswith("<") and item.endswith(">"):
            if item[1:-1] not in lists:
                raise PatternError(f"{whole!r} uses the list {item}, which is not under [words]")
            alternatives += lists[item[1:-1]]
        elif item:
            alternatives.append(item)
    return alternatives


def _words(part: str, lists: Lists, whole: str) -> str:
    """The regular expression for one of the words that `part` names, its leading space included."""
    alternatives = _alternatives(part, lists, whole)
    tails = [rf"[^ ,]{{2,30}}{re.escape(item[1:])}{END}" for item in alternatives if item[0] == "~"]
    plain = [item for item in alternatives if item not in "$," and item[0] not in "~#"]
    tails += ["," + END] if "," in alternatives else []
    tails += ["[^ ,]++"] if "#" in alternatives else []
    tails += [_either(plain)] if plain else []
    rest = " " + (tails[0] if len(tails) == 1 else f"(?:{'|'.join(tails)})") if tails else ""
    if "$" in alternatives:
        return rf"(?:{rest}|\Z)" if rest else r"\Z"
    return rest


def _element(part: str, lists: Lists, whole: str) -> str:
    if part == "^":
        return BEGIN
    if part == "$":
        return r"\Z"
    if part == "..":
        return f"(?:{ANY}){{0,3}}?"
    if part == "...":
        return f"(?:{ANY}){{0,10}}?"
    if part == "#":
        return WORD
    if kept := _KEEP.fullmatch(part):
        name, inner = kept.groups()
        if inner is None:
            return f"(?P<{name}>(?: [^ ]++){{1,40}})"
        body = WORD if inner == "one" else _words(inner, lists, whole)
        return f"(?P<{name}>{body})"
    if part.startswith("@") and len(part) > 1:
        if part.rstrip("?") not in lists:
            raise PatternError(f"{whole!r} uses {part}, which is not under [phrases]")
        inner = "|".join(f"(?:{source(p, lists)})" for p in lists[part.rstrip("?")])
        return f"(?:{inner})" + ("?" if part.endswith("?") else "")
    if part.startswith("-") and len(part) > 1:
        return "".join(f"(?<! {re.escape(w)})" for w in _alternatives(part[1:], lists, whole))
    if part.startswith("!"):
        return f"(?!{_words(part[1:], lists, whole)})"
    if part.endswith("?") and len(part) > 1:
        return f"(?:{_element(part[:-1], lists, whole)})?"
    return _words(part, lists, whole)


def source(pattern: str, lists: Lists) -> str:
    """The regular expression for one pattern."""
    parts = pattern.split()
    if not parts:
        raise PatternError("an empty pattern")
    return "".join(_element(part, lists, pattern) for part in parts)


def compile_one(pattern: str, lists: Lists) -> re.Pattern[str]:
    """One pattern, ready to be searched in a clause's text."""
    try:
        return re.compile(source(pattern, lists))
    except re.error as error:
        raise PatternError(f"{pattern!r} cannot be read: {error}") from None


def _element_starts(part: str, lists: Lists, whole: str) -> frozenset[str] | None:
    """The first words that one element allows; None where any word may stand."""
    if part.startswith("@"):
        return starts(lists[part], lists)
    first_words: set[str] = set()
    for item in _alternatives(part, lists, whole):
        if item[0] in "~#$":
            return None
        first_words.add(item.replace("_", " ").split()[0])
    return frozenset(first_words)


def starts(patterns: Sequence[str], lists: Lists) -> frozenset[str] | None:
    """The words with which a match of these patterns can begin; None where it may be any.

    Who looks first whether such a word stands there need not try the patterns at all.
    """
    first_words: set[str] = set()
    for pattern in patterns:
        for part in pattern.split():
            if part == "^" or (part[0] == "!" and len(part) > 1):
                continue
            free = part in ("#", "$", "..", "...") or part[0] in "{-"
            words = None if free else _element_starts(part.removesuffix("?"), lists, pattern)
            if words is None:
                return None
            first_words |= words
            if not part.endswith("?"):
                break
        else:
            return None
    return frozenset(first_words)


def _group_by_first_word(patterns: Sequence[str], lists: Lists) -> str:
    """The alternatives, those with the same first words behind one look at what stands there.

    A word that begins none of a group costs one comparison then, and not one for each pattern.
    """
    groups: dict[frozenset[str] | None, list[str]] = {}
    for pattern in patterns:
        groups.setdefault(starts([pattern], lists), []).append(
            source(pattern, lists).removeprefix(BEGIN)
        )
    grouped = []
    for words, members in groups.items():
        body = "|".join(members)
        grouped.append(f"(?= {_either(words)})(?:{body})" if words else body)
    return "|".join(grouped)


def _in_order(patterns: Sequence[str], lists: Lists) -> str:
    """The alternatives as they are written: the first that fits is the match."""
    return "|".join(source(pattern, lists).removeprefix(BEGIN) for pattern in patterns)


def _join(patterns: Sequence[str], lists: Lists, *, any_order: bool) -> str:
    """One expression for all: where a clause begins, and elsewhere only where a word begins.

    The patterns with ^ stand together, so that they cost nothing at other places.
    """
    first = [p for p in patterns if p.split()[:1] == ["^"]]
    rest = [p for p in patterns if p.split()[:1] != ["^"]]
    join = _group_by_first_word if any_order else _in_order
    parts = [rf"\A(?:{join(first, lists)})"] if first else []
    parts += [f"(?= )(?:{join(rest, lists)})"] if rest else []
    return "|".join(parts)


NEVER = re.compile(r"(?!)")


def compile_any(
    patterns: Sequence[str], lists: Lists, *, any_order: bool = False
) -> re.Pattern[str]:
    """A matcher for any of the patterns; the empty row never matches.

    `any_order`: it is of no account which of them matches first, and it may be the faster for it.
    """
    if not patterns:
        return NEVER
    try:
        return re.compile(_join(patterns, lists, any_order=any_order))
    except re.error:
        for pattern in patterns:
            compile_one(pattern, lists)  # so that the complaint names the one that is wrong
        raise
