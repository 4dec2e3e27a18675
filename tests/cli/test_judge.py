"""`als judge --evaluate` and `--explain`: the counts are right, and each rule can be found."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

import app
from adapters.cli.evaluate import Rate, evaluate, read_labelled
from adapters.cli.judge import BadLine
from adapters.cli.plot import draw_matrix
from bot.judge import judge_for

LABELLED = [
    {"text": "What would help?", "verdict": "accept", "reason": "question"},
    {"text": "You should talk to her.", "verdict": "nudge", "reason": "advice"},
    {"text": "You should leave now.", "verdict": "accept", "reason": "question", "id": 7},
    {"text": "What do you need?", "verdict": "nudge", "reason": "leading"},
    {"text": "Is it signed?", "stage": "clarify", "verdict": "accept", "reason": "question"},
]


def als(*words: str, text: str = ""):
    return CliRunner().invoke(app.cli, ["judge", *words], input=text, env={"COLUMNS": "160"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in LABELLED) + "\n\n", encoding="utf-8")
    return path


def test_the_counts_of_an_evaluation() -> None:
    asked = read_labelled(json.dumps(one) for one in LABELLED)
    found = evaluate((one, one.judged(judge_for())) for one in asked)
    assert (found.right, found.right_reason) == (Rate(3, 5), Rate(3, 5))
    assert (found.false_nudges, found.missed_nudges) == (Rate(1, 3), Rate(1, 2))
    assert (found.precision("question"), found.recall("question")) == (Rate(2, 3), Rate(2, 3))
    assert found.recall("leading") == Rate(0, 1)
    assert found.seen() == ["question", "advice", "leading"]
    assert [miss.asked.given["text"] for miss in found.misses] == [
        "You should leave now.",
        "What do you need?",
    ]


def test_wilson_s_interval() -> None:
    """Values of the closed form, worked out by hand for 0 and for 5 of 10."""
    low, high = Rate(0, 10).interval
    assert (round(low, 4), round(high, 4)) == (0.0, 0.2775)
    low, high = Rate(5, 10).interval
    assert (round(low, 4), round(high, 4)) == (0.2366, 0.7634)
    assert Rate(0, 0).interval == (0.0, 1.0)


def test_an_evaluation_prints_rates_matrix_reasons_and_disagreements(file: Path) -> None:
    shown = als("--evaluate", str(file))
    assert shown.exit_code == 0
    said = " ".join(shown.output.split())
    assert "False nudges, of the messages to accept: 1 of 3 (33.3 %" in said
    assert "Missed nudges, of the messages to nudge: 1 of 2" in said
    assert "│ nudge │ 1 │ 0 │ 1 │" in said
    assert "7 You should leave now. labelled question, judged advice" in said


def test_an_evaluation_explains_its_disagreements_when_asked(file: Path) -> None:
    assert "judge.toml:" in als("--evaluate", str(file), "--explain").output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no", "Line 1: This line is not JSON."),
        ('{"text": "x"}', "Line 1: This line has no verdict and reason"),
        ('{"text": "x", "verdict": "nudge", "reason": "question"}', "fit together"),
        ('{"text": "x", "verdict": "nudge", "reason": 3}', "fit together"),
    ],
)
def test_a_line_without_a_label_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(line, encoding="utf-8")
    shown = als("--evaluate", str(path))
    assert shown.exit_code == 1
    assert said in " ".join(shown.output.split())
    with pytest.raises(BadLine):
        read_labelled([line])


def test_a_file_that_is_not_there_is_said_kindly(tmp_path: Path) -> None:
    shown = als("--evaluate", str(tmp_path / "none.jsonl"))
    assert shown.exit_code == 1
    assert "cannot read" in shown.output


SVG = "{http://www.w3.org/2000/svg}"


def test_the_plot_is_a_picture(file: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "matrix.svg"
    assert "matrix.svg" in als("--evaluate", str(file), "--plot", str(drawn)).output
    texts = [text.text for text in ElementTree.parse(drawn).iter(f"{SVG}text")]
    assert {"labelled", "judged", "question", "advice", "leading", "1", "2"} == set(texts)


def test_what_agrees_is_green_and_what_does_not_is_red() -> None:
    picture = ElementTree.fromstring(
        draw_matrix(["<a>", "b"], {("<a>", "<a>"): 3, ("b", "<a>"): 1}, "rows", "columns")
    )
    cells = [cell.attrib for cell in picture.iter(f"{SVG}rect") if "fill-opacity" in cell.attrib]
    green, red = "#267054", "#b03a2e"
    assert [(cell["fill"], cell["fill-opacity"]) for cell in cells] == [
        (green, "1.00"),
        (red, "0.00"),
        (red, "1.00"),
        (green, "0.00"),
    ]
    assert "<a>" in [text.text for text in picture.iter(f"{SVG}text")]


HOUSE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "text",
    [
        "Have you tried calling her?",
        "You should call her.",
        "Nothing from me this time",
        "What would help? I ask because I care.",
        "My uncle had a shop and sold it. Who buys yours?",
        "You are tired, aren't you?",
        "Call her tomorrow.",
        "Why did you sign?",
    ],
)
def test_the_line_that_is_named_holds_the_pattern(text: str) -> None:
    shown = als("--explain", text=json.dumps({"text": text}))
    found = json.loads(shown.stdout)
    rules = [found["because"]["rule"]]
    rules += [clause["rule"] for clause in found["because"]["clauses"] if clause["rule"]]
    assert rules[0], found
    for rule in rules:
        name, line = rule["at"].split(":")
        assert rule["pattern"], found
        assert rule["pattern"] in (HOUSE / name).read_text("utf-8").splitlines()[int(line) - 1]
    assert rules[0]["words"] == found["words"]


def test_a_limit_is_named_as_well() -> None:
    lead = "The depot moved twice this year and the drivers moved with it and nobody was told"
    long = f"{lead}. Who decided?"
    [found] = [json.loads(als("--explain", text=json.dumps({"text": long})).stdout)]
    assert found["reason"] == "preamble"
    assert found["because"]["rule"]["section"] == "limits.lead_in"


def test_what_no_rule_decided_has_none() -> None:
    for text in ("thanks!", "https://example.org"):
        found = json.loads(als("--explain", text=json.dumps({"text": text})).stdout)
        assert found["because"]["rule"] is None
