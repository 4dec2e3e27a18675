"""Other ways to tell a question from what is none. Each is a function from texts to answers."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Sequence

from benchmarks.judge.sets import Message
from bot.judge import judge_for

Peer = Callable[[Sequence[str]], list[bool]]

_START = re.compile(
    r"\W*(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|am|do|does|did|have|has|had|"
    r"can|could|will|would|should|shall|may|might|must)\b",
    re.IGNORECASE,
)
_CUES = re.compile(
    r"\b(?:maybe|perhaps|surely|obviously|should(?:n't)? you|could(?:n't)? you|why (?:don't|not)|"
    r"have you (?:tried|considered|thought)|did you (?:try|consider)|how about|what about|"
    r"what if|don't you|isn't (?:it|that)|right\?|who (?:doesn't|wouldn't)|how could)\b",
    re.IGNORECASE,
)
_COMPROMISE = """
const nlp = require('compromise')
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const asks = (text) => nlp(text).sentences().isQuestion().found
process.stdout.write(JSON.stringify(texts.map(asks)))
"""


def judge(texts: Sequence[str]) -> list[bool]:
    """Ours: an asking sentence, fine or not."""
    asks = judge_for().asks
    return [asks(text) for text in texts]


def ends(texts: Sequence[str]) -> list[bool]:
    """The text ends in a question mark."""
    return [text.rstrip(" \n\"')").endswith("?") for text in texts]


def holds(texts: Sequence[str]) -> list[bool]:
    """There is a question mark somewhere."""
    return ["?" in text for text in texts]


def starts(texts: Sequence[str]) -> list[bool]:
    """It begins as a question does, or has a question mark."""
    return ["?" in text or _START.match(text) is not None for text in texts]


def nudged(texts: Sequence[str]) -> list[bool]:
    """Ours: the question carries its answer (leading, rhetorical, disguised advice)."""
    loaded = {"leading", "rhetorical", "disguised_advice"}
    return [judge_for()(text).reason in loaded for text in texts]


def cues(texts: Sequence[str]) -> list[bool]:
    """It holds a word that loaded questions often hold."""
    return [_CUES.search(text) is not None for text in texts]


def learned(train: Sequence[Message], true: Sequence[bool] = ()) -> Peer | None:
    """Words and pairs of words, weighed by logistic regression; None without scikit-learn.

    It learns what is a question, or whatever `true` says of the messages.
    """
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
    except ImportError:
        return None
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+|\?", sublinear_tf=True)
    model = make_pipeline(words, LogisticRegression(max_iter=1000, class_weight="balanced"))
    model.fit([m.text for m in train], list(true) or [m.asks for m in train])
    return lambda texts: [bool(answer) for answer in model.predict(list(texts))]


def compromise(folder: str) -> Peer:
    """npm's compromise, installed in `folder`, through node."""

    def peer(texts: Sequence[str]) -> list[bool]:
        run = subprocess.run(
            ["node", "-e", _COMPROMISE],
            input=json.dumps(list(texts)),
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
        )
        return [bool(answer) for answer in json.loads(run.stdout)]

    return peer
