"""Loaders of public, labelled conversations. The files are fetched by whoever runs them.

Nothing of them is kept here. Each loader gives messages with what people said of them; a
conversation belongs to `dev` or `test` by the hash of its name, so that rules may be tuned on one
and are measured on the other, and whoever runs it again gets the same parts.
Sources: AnnoMI (Wu et al., 2022), ESConv (Liu et al., 2021), NPS Chat (Forsyth and Martell, 2007),
EQT (Svikhnushina et al., 2022).
"""

from __future__ import annotations

import ast
import csv
import pickle
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

DEV_SHARE = 5  # sixteenths of the conversations

_TURN = re.compile(r"[\d.]+ (\d) (\d+) (?:\[([^\]]+)\] )?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Message:
    """`asks`: people called it a question, or not. `kind`: a finer label; "" where there is none.

    A kind is open, closed, advice, suggestion, reason, rhetoric or other.
    """

    conversation: str
    text: str
    asks: bool
    kind: str = ""

    @property
    def dev(self) -> bool:
        """Whether its conversation may be looked at while rules are written."""
        return int(sha256(self.conversation.encode()).hexdigest()[0], 16) < DEV_SHARE


def annomi(path: Path) -> Iterator[Message]:
    """What therapists said in AnnoMI-full.csv; where annotators differ, most of them decide."""
    votes: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["interlocutor"] == "therapist":
                votes[row["transcript_id"], row["utterance_id"]].append(row)
    for (conversation, _), rows in votes.items():
        asks = _most(rows, "question_exists") == "True"
        kind = _most(rows, "question_subtype") if asks else _most(rows, "therapist_input_subtype")
        known = {"open", "closed", "advice"}
        yield Message(conversation, rows[0]["utterance_text"], asks, kind if kind in known else "")


def _most(rows: list[dict[str, str]], key: str) -> str:
    return Counter(row[key] for row in rows).most_common(1)[0][0]


def esconv(path: Path) -> Iterator[Message]:
    """The supporters' messages in devWithStrategy_short.tsv or its sister for the test.

    Only the two strategies that the judge must tell apart: a question, and a suggestion. Each line
    ends in the newest message, after what came before it.
    """
    number = before = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        match = _TURN.fullmatch(line.rsplit(" EOS ", 1)[-1].strip())
        if match is None:
            continue
        speaker, turn, strategy, text = match.groups()
        number += int(turn) < before
        before = int(turn)
        if speaker == "1" and strategy == "Questions":
            yield Message(f"{path.name} {number}", text, True)
        elif speaker == "1" and strategy == "Providing Suggestions":
            yield Message(f"{path.name} {number}", text, False, "suggestion")


def nps_chat(path: Path) -> Iterator[Message]:
    """The posts of nps_chat.zip that people typed; whQuestion and ynQuestion ask."""
    with zipfile.ZipFile(path) as packed:
        for name in sorted(packed.namelist()):
            if not name.endswith("posts.xml"):
                continue
            for post in ElementTree.fromstring(packed.read(name)).iter("Post"):
                label, text = post.get("class", ""), (post.text or "").strip()
                if label == "System" or not text:
                    continue
                kind = {"whQuestion": "open", "ynQuestion": "closed"}.get(label, "")
                yield Message(f"{name} {post.get('user')}", text, bool(kind), kind)


LOADED = {
    "Suggest a solution": "suggestion",
    "Suggest a reason": "reason",
    "Negative rhetoric": "rhetoric",
    "Positive rhetoric": "rhetoric",
    "Irony": "rhetoric",
}
"""EQT's question acts that carry their answer; the others ask."""


def eqt(path: Path) -> Iterator[Message]:
    """The labelled questions of EQT: its test_set.pickle, or ed_annotated.csv.

    The pickle is a table of pandas'. It is read as what it is, rows of text: nothing that it
    names is ever imported or called.
    """
    if path.suffix == ".pickle":
        yield from _eqt_pickle(path)
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not row["labeled_question_idx"]:
                continue
            split = ast.literal_eval(row["utterance_split"])
            acts = ast.literal_eval(row["act_list"])
            for place, act in zip(ast.literal_eval(row["labeled_question_idx"]), acts, strict=True):
                yield Message(row["conv_id"], split[place], True, LOADED.get(act, "other"))


class _Inert:
    """Stands for whatever a pickle names: takes everything, does nothing."""

    state: Any = None

    def __new__(cls, *_: object) -> _Inert:
        return object.__new__(cls)

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Rows(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _Inert


def _eqt_pickle(path: Path) -> Iterator[Message]:
    """Columns id, utterance_truncated, type, intent; an utterance ends in its newest turn."""
    with path.open("rb") as file:
        frame = _Rows(file, encoding="latin-1").load()
    [block] = frame.state["_mgr"].state[1]
    _, (columns, many), _, _, cells = block.state
    assert columns == 4, "the columns of test_set.pickle have changed"
    ids, texts, acts = (cells[n * many : (n + 1) * many] for n in range(3))
    for id, text, act in zip(ids, texts, acts, strict=True):
        conversation = id.partition("-")[0]
        yield Message(conversation, text.rsplit(" \n ", 1)[-1], True, LOADED.get(act, "other"))


LOADERS: dict[str, Callable[[Path], Iterator[Message]]] = {
    "annomi": annomi,
    "esconv": esconv,
    "nps": nps_chat,
    "eqt": eqt,
}
