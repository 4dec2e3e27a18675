"""The loaders of public data read what they are made for, and the sums are right."""

import csv
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest

from benchmarks.judge import peers
from benchmarks.judge.public import f1, finer, loaded, reads_open, row, table
from benchmarks.judge.sets import Message, annomi, eqt, esconv, nps_chat


def as_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_annomi_by_most_of_its_annotators(tmp_path: Path) -> None:
    one = {
        "transcript_id": "3",
        "utterance_id": "7",
        "interlocutor": "therapist",
        "utterance_text": "What would help?",
        "question_exists": "True",
        "question_subtype": "open",
        "therapist_input_subtype": "n/a",
    }
    other = {**one, "question_exists": "False", "question_subtype": "n/a"}
    advice = {**other, "utterance_id": "8", "therapist_input_subtype": "advice"}
    client = {**one, "utterance_id": "9", "interlocutor": "client"}
    file = as_csv(tmp_path / "a.csv", [one, other, one, advice, client])
    assert list(annomi(file)) == [
        Message("3", "What would help?", True, "open"),
        Message("3", "What would help?", False, "advice"),
    ]


def test_esconv_takes_the_newest_message_of_a_supporter(tmp_path: Path) -> None:
    lines = [
        "1.0 0 0 Hello",
        "1.0 0 0 Hello EOS 1.0 1 1 [Questions] How are you?",
        "0.0 0 2 Bad EOS 1.0 1 3 [Providing Suggestions] Take a walk.",
        "1.0 0 0 Hi EOS 1.0 1 1 [Other] Hi there",
    ]
    (tmp_path / "x.tsv").write_text("\n".join(lines), encoding="utf-8")
    assert list(esconv(tmp_path / "x.tsv")) == [
        Message("x.tsv 0", "How are you?", True),
        Message("x.tsv 0", "Take a walk.", False, "suggestion"),
    ]


def test_nps_chat_reads_the_packed_posts(tmp_path: Path) -> None:
    posts = "<Session><Posts>"
    for kind, text in (("whQuestion", "who r u"), ("System", "JOIN"), ("Statement", "ok then")):
        posts += f'<Post class="{kind}" user="u1">{text}<terminals/></Post>'
    with zipfile.ZipFile(tmp_path / "n.zip", "w") as packed:
        packed.writestr("nps_chat/a_3posts.xml", posts + "</Posts></Session>")
        packed.writestr("nps_chat/README", "no posts")
    assert [(m.text, m.asks, m.kind) for m in nps_chat(tmp_path / "n.zip")] == [
        ("who r u", True, "open"),
        ("ok then", False, ""),
    ]


def test_eqt_reads_the_questions_that_have_a_label(tmp_path: Path) -> None:
    some = {
        "conv_id": "c1",
        "utterance_split": "['Oh no.', 'Could you call her?']",
        "labeled_question_idx": "[1]",
        "act_list": "['Suggest a solution']",
    }
    file = as_csv(tmp_path / "e.csv", [some, {**some, "labeled_question_idx": ""}])
    assert list(eqt(file)) == [Message("c1", "Could you call her?", True, "suggestion")]


class _Table:
    """Pickles as a data frame of pandas' does: blocks of cells, column by column."""

    def __init__(self, state: object) -> None:
        self.state = state

    def __reduce__(self) -> tuple[Any, ...]:
        return (_Table, (), self.state)


def test_eqt_reads_its_pickle_and_runs_nothing_of_it(tmp_path: Path) -> None:
    cells = ["hit:1_conv:2-2-0", "hit:1_conv:3-2-0", "I fell. \n Oh no. Did you call her?", "Hm?"]
    cells += ["Suggest a solution", "Request information", "Motivate", "Express interest"]
    block = _Table((1, (4, 2), None, False, cells))
    file = tmp_path / "test_set.pickle"
    file.write_bytes(pickle.dumps(_Table({"_mgr": _Table((None, [block]))})))
    assert list(eqt(file)) == [
        Message("hit:1_conv:2", "Oh no. Did you call her?", True, "suggestion"),
        Message("hit:1_conv:3", "Hm?", True, "other"),
    ]


def test_loaded_questions_have_a_table_of_their_own() -> None:
    part = [
        Message("1", "Have you tried calling?", True, "suggestion"),
        Message("2", "Who knows it?", True, "other"),
    ]
    assert loaded(part, []) == {"als": 1.0, "cue words": 1.0}


def test_a_conversation_is_always_on_the_same_side() -> None:
    sides = [Message(f"{n}", "", True).dev for n in range(400)]
    assert sides == [Message(f"{n}", "other", False).dev for n in range(400)]
    assert 80 < sum(sides) < 170


def test_the_simple_peers_and_ours() -> None:
    texts = ["Who knows it?", "Say more please", "why? no idea", "It is late."]
    assert peers.ends(texts) == [True, False, False, False]
    assert peers.holds(texts) == [True, False, True, False]
    assert peers.starts(["so what is it", "What is it", *texts[2:]]) == [False, True, True, False]
    assert peers.judge(texts) == [True, True, True, False]
    assert peers.judge(["Yeah?"]) == [False]


@pytest.mark.parametrize(
    ("said", "value"), [([True, False], 1.0), ([True, True], 2 / 3), ([False, False], 0.0)]
)
def test_f1(said: list[bool], value: float) -> None:
    assert f1(said, [True, False]) == pytest.approx(value)


def test_the_table_and_the_finer_labels() -> None:
    part = [Message("1", "What would help?", True, "open"), Message("1", "Go home.", False)]
    rows = {"made": row("made", part, [], None)}
    shown = table(rows, {"made": 2}).splitlines()
    assert shown[0].startswith("| set | messages | als |")
    assert shown[2].startswith("| made | 2 | 1.000 |")
    said = "\n".join(finer("made", part))
    assert "open or closed as labelled 1 of 1" in said
    assert "open: nudged 0 of 1" in said
    assert reads_open("Tell me more.")
    assert not reads_open("Is it late?")
    assert json.dumps(rows)
