"""A rule file with a mistake is refused, and the complaint says where and why."""

import re
from importlib.resources import files
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import bot.judge.clean
import bot.judge.patterns
import bot.judge.sentences
import bot.judge.suggest
from bot.judge import RuleError, UnknownLanguage, judge_for
from bot.judge.data import parse
from bot.judge.patterns import PatternError, compile_any, compile_one, starts

GOOD = files("prompts").joinpath("en", "judge.toml").read_text(encoding="utf-8")


def spoilt(old: str, new: str) -> str:
    assert old in GOOD, old
    return GOOD.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", r"\[words\] is missing"),
        ("= 3", "is no TOML"),
        (spoilt('wh = ["what"', 'w = ["what"'), r"\[grammar\..*<wh>, which is not under \[words\]"),
        (spoilt('wh = ["what"', 'wh = [3, "what"'), r"\[words.wh\] must be a list of texts"),
        (spoilt("\nmeta = [", "\nmeat = ["), r"\[grammar.meta\] is missing"),
        (spoilt('"^ and $",', '"",'), r"\[grammar.elliptic_wh\] must be a list of texts"),
        (spoilt('"^ and $",', '" ",'), r"\[grammar.elliptic_wh\] an empty pattern"),
        (spoilt('"^ and $",', '"@nobody",'), r"uses @nobody, which is not under \[phrases\]"),
        (spoilt('reason = "rhetorical"', 'reason = "rude"'), "cue 1.*knows no reason 'rude'"),
        (spoilt('forms = ["asking"]', 'forms = ["hm"]'), "cue 1, forms.*knows no form 'hm'"),
        (spoilt('forms = ["asking"]', 'from = ["hm"]'), "cue 1.*has 'from', which means nothing"),
        (spoilt("{he} see this", "{she} see this"), r"says \{she\}, which .* does not keep"),
        (spoilt("{topic:gerund}", "{topic:past}"), "change 'past', which is not under"),
        (spoilt("lead_in = 14", 'lead_in = "x"'), r"\[limits.lead_in\] must be a whole number"),
        (spoilt("opening = [", "opening = ['(',"), r"\[clean.opening\] is no regular expression"),
        (spoilt("gerund = [", "gerund = [['a'],"), r"\[changes.gerund\] holds .* no pair"),
        (spoilt('code = "en"', "code = 3"), r"\[language.code\] must be a text"),
    ],
)
def test_a_mistake_is_named(text: str, complaint: str) -> None:
    with pytest.raises(RuleError, match=complaint) as raised:
        parse(text, "xx/judge.toml")
    assert str(raised.value).startswith("xx/judge.toml: ")


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(UnknownLanguage) as raised:
        judge_for("tlh")
    assert raised.value.known == ("de", "en", "es")
    assert judge_for("en") is judge_for("en")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("have you", " have you", True),
        ("have you", " behave you", False),
        ("have you", " have your", False),
        ("^ you", " and you", False),
        ("you $", " and you", True),
        ("have you ever? tried", " have you tried", True),
        ("have .. tried", " have you not tried", True),
        ("have .. tried", " have you all there now tried", False),
        ("have ... tried", " have you all there now tried", True),
        ("a/b_c d", " b c d", True),
        ("~ing it", " doing it", True),
        ("~ing it", " thing it", True),
        ("why !not you", " why not you", False),
        ("<pet> !<pet> #", " cat sees", True),
        ("<pet>/cow", " cow", True),
        ("skip it/$", " skip", True),
        ("@lead what", " i wonder what", True),
        ("x , y", " x , y", True),
    ],
)
def test_the_pattern_language(pattern: str, text: str, matches: bool) -> None:
    lists = {"pet": ["cat", "guinea pig"], "@lead": ["i? wonder", "curious"]}
    assert (compile_one(pattern, lists).search(text) is not None) is matches
    assert (compile_any([pattern, "zzz"], lists).search(text) is not None) is matches


def test_the_empty_row_of_patterns_never_matches() -> None:
    assert compile_any([], {}).search("") is None


@pytest.mark.parametrize("pattern", ["", "<nobody>", "@nobody", "{x:<nobody>}", "!<nobody>"])
def test_a_pattern_that_cannot_be_read(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_one(pattern, {})


def test_no_words_of_a_language_stand_in_the_engine() -> None:
    common = re.compile(r"\b(should|tried|wonder|whether|isn't|don't)\b")
    for path in Path(bot.judge.__file__).parent.glob("*.py"):
        code = re.sub(r'""".*?"""|#.*', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not common.search(code), path.name


def repeats_without_end(pattern: re.Pattern[str]) -> list[str]:
    """What may take more than linear time: unbounded repeats in one another, or side by side.

    A possessive repeat never gives back what it took, so it may stand anywhere.
    """
    found: list[str] = []

    def unbounded(op: object, arg: Any) -> bool:
        return op in {_parser.MAX_REPEAT, _parser.MIN_REPEAT} and arg[1] == _parser.MAXREPEAT

    def inside(arg: Any) -> list[Any]:
        """The sequences that an element of a pattern holds."""
        if isinstance(arg, _parser.SubPattern):
            return [arg]
        if isinstance(arg, list | tuple):
            return [sub for part in arg for sub in inside(part)]
        return []

    def walk(sequence: Any, within: bool) -> None:
        before = None
        for op, arg in sequence:
            endless = unbounded(op, arg)
            if endless and within:
                found.append(f"nested {arg}")
            if endless and before is not None and _may_share(before, arg[2]):
                found.append(f"adjacent {arg}")
            before = arg[2] if endless else None
            for sub in inside(arg):
                walk(sub, within or endless)

    walk(_parser.parse(pattern.pattern, pattern.flags), within=False)
    return found


def _may_share(one: Any, other: Any) -> bool:
    """Whether two repeated pieces can begin with the same character; unsure means yes."""
    letters = [chr(n) for n in range(32, 127)] + ["\n", "é"]
    first, second = (re.compile(_written(piece)) for piece in (one, other))
    return any(first.match(c) and second.match(c) for c in letters)


def _written(piece: Any) -> str:
    """A single repeated character class, written again; anything else is said to match all."""
    if len(piece) == 1 and piece[0][0] is _parser.IN:
        return _class(piece[0][1])
    return "(?s:.)"


def _class(members: Any) -> str:
    names = {"CATEGORY_SPACE": r"\s", "CATEGORY_WORD": r"\w", "CATEGORY_DIGIT": r"\d"}
    made = ""
    for op, arg in members:
        if str(op) == "NEGATE":
            made += "^"
        elif str(op) == "LITERAL":
            made += re.escape(chr(arg))
        elif str(op) == "RANGE":
            made += f"{re.escape(chr(arg[0]))}-{re.escape(chr(arg[1]))}"
        else:
            made += names.get(str(arg), r"\s\S")
    return f"[{made}]"


def all_patterns() -> list[re.Pattern[str]]:
    rules = parse(GOOD)
    cues = {cue.where: cue for row in rules.cues.values() for cue in row}.values()
    found = [*rules.opening, *rules.closing, *rules.grammar.values()]
    found += [pattern for cue in cues for pattern in (cue.any, cue.unless)]
    found += [row.when for row in rules.wordings]
    pairs = [*rules.clitics, *rules.polish, *(p for row in rules.changes.values() for p in row)]
    found += [pattern for pattern, _ in pairs]
    for room in (bot.judge.clean, bot.judge.sentences, bot.judge.patterns, bot.judge.suggest):
        found += [value for value in vars(room).values() if isinstance(value, re.Pattern)]
    return found


def test_no_pattern_repeats_without_end_within_or_beside_another() -> None:
    assert len(all_patterns()) > 100
    bad = [(p.pattern[:80], why) for p in all_patterns() if (why := repeats_without_end(p))]
    assert bad == []


@pytest.mark.parametrize("pattern", [r"(?:a+)+b", r"\w+\w*x", r"(?:a|b*)*c", r".*.*x", r"(\s*a*)*"])
def test_the_lint_finds_what_it_is_for(pattern: str) -> None:
    assert repeats_without_end(re.compile(pattern))


@pytest.mark.parametrize(
    "pattern", [r"(?:a++)*+b", r"\d+[a-z]+", r"(?: [^ ]++){0,10}?x", r"[ab]+[cd]+"]
)
def test_the_lint_lets_the_harmless_be(pattern: str) -> None:
    assert not repeats_without_end(re.compile(pattern))


def test_the_words_a_pattern_can_begin_with() -> None:
    lists = {"do": ["do", "does"], "adv": ["~ly", "just"], "@ask": ["^ i? wonder"]}
    assert starts(["^ what/how_many <do> #"], lists) == {"what", "how"}
    assert starts(["^ and? !not <do>"], lists) == {"and", "do", "does"}
    assert starts(["^ @ask", "tell me"], lists) == {"i", "wonder", "tell"}
    for free in ("^ # you", "^ <adv> you", "^ .. you", "^ you?"):
        assert starts(["^ who", free], lists) is None
