"""The command line, as somebody types it."""

import inspect
import json
import os
import re
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

import app
from adapters.cli.commands import serve, simulate
from adapters.cli.settings import Settings
from bot.method import formats
from bot.method.learning_set.state import LearningSet
from bot.method.terms import PersonId
from bot.ports import UserText
from store import SqlStore, new_key

HOUSE = Path(__file__).resolve().parents[2]
COMMANDS = (
    "demo",
    "serve",
    "worker",
    "manifest",
    "init",
    "migrate",
    "doctor",
    "formats",
    "judge",
    "simulate",
)
COMMANDS += ("insights", "ledger")


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path, monkeypatch):
    """Each command runs in a folder of its own, without anyone's settings."""
    for name in list(os.environ):
        if name.startswith("ALS_") and not name.startswith("ALS_TEST"):
            monkeypatch.delenv(name)
    for name in ("HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def als(*words, text=None):
    return CliRunner().invoke(app.cli, list(words), input=text, env={"COLUMNS": "160"})


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_what_it_is_for(command):
    shown = als(command, "--help")
    assert shown.exit_code == 0
    assert len(shown.output.split()) > 12


def test_help_lists_every_command_and_no_other():
    listed = re.findall(r"^│ (\w+) ", als("--help").output, flags=re.M)
    assert sorted(set(listed) - {"als"}) == sorted(COMMANDS)


# ledger


def test_a_restored_backup_loses_again_what_was_erased(tmp_path, monkeypatch):
    monkeypatch.setenv("ALS_KEY", new_key())
    store = SqlStore("sqlite:///als.db", keys=(os.environ["ALS_KEY"],)).open()
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    one = UserText("log", "entry-1", None, PersonId("ana"), {"text": "what I learned"}, at)
    with store.transaction() as tx:
        tx.texts.put(one)
    with (
        sqlite3.connect(tmp_path / "als.db") as now,
        sqlite3.connect(tmp_path / "backup.db") as kept,
    ):
        now.backup(kept)
    with store.transaction() as tx:
        tx.texts.erase("log", "entry-1")
    store.close()

    told = als("ledger").stdout
    assert "learned" not in told
    assert "ana" not in told
    Path("ledger.jsonl").write_text(told, encoding="utf-8")
    with (
        sqlite3.connect(tmp_path / "backup.db") as kept,
        sqlite3.connect(tmp_path / "als.db") as now,
    ):
        kept.backup(now)
    assert "1 erased again" in als("ledger", "--replay", "ledger.jsonl").stdout
    store = SqlStore("sqlite:///als.db", keys=(os.environ["ALS_KEY"],)).open()
    with store.reading() as tx:
        assert tx.texts.get("log", "entry-1") is None
    store.close()


@pytest.mark.parametrize(
    "bad", ["{", "[]", '{"kind": 1}', '{"kind": "a", "about": "b", "written": "x"}']
)
def test_a_line_that_is_no_ledgers_is_said_by_its_number(monkeypatch, bad):
    monkeypatch.setenv("ALS_KEY", new_key())
    good = '{"kind": "log", "about": "x", "written": "2026-03-02T09:00:00+00:00"}'
    Path("ledger.jsonl").write_text(f"{good}\n{bad}\n", encoding="utf-8")
    shown = als("ledger", "--replay", "ledger.jsonl")
    assert shown.exit_code == 1
    assert "Line 2" in shown.output
    assert als("ledger", "--replay", "nowhere").exit_code == 1


# judge


def judged(*lines):
    text = "\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines)
    shown = als("judge", text=text + "\n")
    return shown.exit_code, [json.loads(line) for line in shown.stdout.splitlines()]


def test_judge_answers_each_line_with_the_same_object_and_its_verdict():
    code, [found] = judged({"text": "You should talk to her.", "stage": "questions", "id": 7})
    assert code == 0
    assert found["id"] == 7
    assert (found["verdict"], found["reason"]) == ("nudge", "advice")
    assert set(found) == {"text", "stage", "id", "verdict", "reason", "words", "suggestion"}


def test_judge_looks_at_stage_role_and_open_question():
    said = "We moved in March."
    code, found = judged(
        {"text": said, "stage": "reply_statements", "open_question": True},
        {"text": said, "stage": "reply_statements", "open_question": False},
        {"text": said, "role": "facilitator"},
        {"text": "Is it signed?", "stage": "clarify"},
        {"text": "Is it signed?"},
    )
    assert code == 0
    assert [f["verdict"] for f in found] == ["accept", "nudge", "accept", "accept", "tip"]


@pytest.mark.parametrize(
    "bad",
    [
        "no json",
        "[1]",
        "{}",
        '{"text": 3}',
        '{"text": "x", "stage": "nowhere"}',
        '{"text": "x", "role": "boss"}',
        '{"text": "x", "open_question": "yes"}',
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_an_error_for_that_line_only(bad):
    code, found = judged(bad, {"text": "What happened?"})
    assert code == 1
    assert set(found[0]) == {"error"}
    assert found[1]["verdict"] == "accept"


def test_judge_refuses_a_language_that_it_has_no_rules_for():
    shown = als("judge", "--lang", "tlh", text="{}\n")
    assert shown.exit_code == 1
    assert "en" in shown.output


# formats


def test_formats_compares_them_for_a_set():
    assert "good for five to nine people" in " ".join(als("formats").output.split())
    shown = " ".join(als("formats", "--people", "7").output.split())
    assert "yes" in shown
    assert "suits it" in shown
    assert "needs more" in als("formats", "--people", "2").output


def test_formats_lists_them_for_people_and_for_programs():
    assert "one_problem" in als("formats").output
    [first, *_] = [json.loads(line) for line in als("formats", "--json").stdout.splitlines()]
    assert first["name"] == formats.DEFAULT
    assert [s["name"] for s in first["stages"]][:2] == ["report_back", "present"]


def test_a_good_format_file_is_said_to_run(tmp_path):
    file = tmp_path / "mine.toml"
    text = (HOUSE / "prompts/formats/one_problem.toml").read_text(encoding="utf-8")
    file.write_text(text.replace('name = "one_problem"', 'name = "mine"', 1), encoding="utf-8")
    shown = als("formats", "check", str(file))
    assert shown.exit_code == 0
    assert "mine" in shown.output


def test_a_bad_format_file_is_refused_with_file_key_and_reason(tmp_path):
    file = tmp_path / "mine.toml"
    text = (HOUSE / "prompts/formats/one_problem.toml").read_text(encoding="utf-8")
    file.write_text(text.replace('speech = "questions"', 'speech = "shouting"'), encoding="utf-8")
    shown = als("formats", "check", str(file))
    assert shown.exit_code == 1
    assert "mine.toml: session[1].speech: Unknown speech" in " ".join(shown.output.split())


def test_a_file_that_cannot_be_read_is_said_so(tmp_path):
    assert als("formats", "check", str(tmp_path / "none.toml")).exit_code == 1


# init, doctor, settings


def test_init_writes_a_key_once_and_never_touches_it_again(tmp_path):
    (tmp_path / ".env").write_text("PORT=9000", encoding="utf-8")
    shown = als("init")
    assert shown.exit_code == 0
    assert "Next: `als doctor`" in shown.output
    text = (tmp_path / ".env").read_text(encoding="utf-8")
    assert text.startswith("PORT=9000\nALS_KEY=")
    assert als("init").exit_code == 0
    assert (tmp_path / ".env").read_text(encoding="utf-8") == text


def test_a_new_env_file_is_for_its_owner_only(tmp_path):
    als("init")
    if os.name == "posix":
        assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def test_doctor_without_a_key_says_what_to_do():
    shown = als("doctor")
    assert shown.exit_code == 1
    assert "als init" in shown.output


def test_doctor_finds_a_scheduler_that_never_ran_and_one_that_did(tmp_path):
    als("init")
    before = als("doctor")
    assert before.exit_code == 1
    assert "has not run yet" in before.output
    key = (tmp_path / ".env").read_text(encoding="utf-8").split("=", 1)[1].strip()
    store = SqlStore("sqlite:///als.db", keys=(key,)).open()
    store.maintenance.heartbeat("scheduler", datetime.now(UTC))
    store.close()
    after = als("doctor")
    assert after.exit_code == 0, after.output


def test_doctor_says_when_the_database_cannot_be_opened(monkeypatch):
    als("init")
    monkeypatch.setenv("ALS_DATABASE", "sqlite:////no/such/folder/als.db")
    shown = als("doctor")
    assert shown.exit_code == 1
    assert "ALS_DATABASE" in shown.output


def test_everything_wrong_with_the_settings_is_said_at_once(monkeypatch):
    monkeypatch.setenv("ALS_KEY", "not-a-key-but-secret")
    monkeypatch.setenv("PORT", "many")
    monkeypatch.setenv("ALS_DATABASE", "mysql://somewhere")
    shown = als("serve")
    assert shown.exit_code == 1
    for name in ("ALS_KEY", "PORT", "ALS_DATABASE"):
        assert name in shown.output
    assert "not-a-key-but-secret" not in shown.output


def test_serving_without_a_key_is_refused_unless_it_is_said_by_name():
    shown = als("serve")
    assert shown.exit_code == 1
    assert "als init" in shown.output


def test_every_setting_stands_in_the_example():
    text = (HOUSE / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#? ?([A-Z_]+)=", text, flags=re.M))
    assert named == {str(f.validation_alias) for f in Settings.model_fields.values()}


# insights


def test_insights_of_too_few_sets_shows_nothing(monkeypatch):
    monkeypatch.setenv("ALS_PLAINTEXT", "yes")
    shown = als("insights")
    assert shown.exit_code == 0, shown.output
    assert "at least 2 sets" in shown.output


def test_insights_shows_sums_of_the_sets_that_have_agreed(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'als.db'}"
    played = als("simulate", "--sets", "2", "--meetings", "3", "--seed", "1", "--database", url)
    assert played.exit_code == 0, played.output
    monkeypatch.setenv("ALS_DATABASE", url)
    monkeypatch.setenv("ALS_PLAINTEXT", "yes")
    assert "nothing to show" in als("insights").output, "no set has agreed"
    store = SqlStore(url, plaintext=True).open()
    with store.transaction() as tx:
        for id in tx.sets.all():
            tx.machines.save(replace(tx.machines.load(LearningSet, id), counted=True))
    store.close()
    shown = als("insights")
    assert shown.exit_code == 0, shown.output
    assert re.search(r"Sets counted\W+2\b", shown.output)
    assert re.search(r"Meetings held\W+6\b", shown.output)
    assert re.search(r"latest meetings\W+\d+ of \d+ \(\d+ %\)", shown.output)
    assert "Self-ratings: too few yet" in shown.output


# simulate


def test_simulate_prints_one_object():
    shown = als("simulate", "--seed", "5", "--json")
    assert shown.exit_code == 0, shown.output
    report = json.loads(shown.stdout)
    wanted = "format seed sets members stages actions check_ins messages lost duplicated violations"
    assert set(wanted.split()) <= set(report)
    assert {"simulated_days", "events"} <= set(report)
    assert set(report["check_ins"]) == {"planned", "sent", "deferred", "dropped"}
    assert {"posted", "edited", "private", "private_per_person_day"} <= set(report["messages"])
    for stage in report["stages"].values():
        assert set(stage) == {"opened", "closed", "contributions", "nudges", "tips", "passes"}
    assert report["violations"] == []


def test_simulate_for_people_is_a_table():
    shown = als("simulate", "--seed", "5", "--meetings", "1")
    assert shown.exit_code == 0
    assert "nothing go wrong" in shown.output


def test_simulate_counts_the_coach_among_the_members():
    shown = als("simulate", "--format", "two_rules", "--members", "4")
    assert shown.exit_code != 0
    assert "5 to 9" in shown.output + shown.stderr


def test_simulate_refuses_a_database_that_holds_data(tmp_path):
    url = f"sqlite:///{tmp_path / 'there.db'}"
    assert als("simulate", "--meetings", "1", "--database", url).exit_code == 0
    again = als("simulate", "--meetings", "1", "--database", url)
    assert again.exit_code == 1
    assert "holds data" in again.output


def test_simulate_refuses_what_the_method_cannot_hold():
    assert als("simulate", "--members", "12").exit_code == 1
    assert als("simulate", "--format", "shouting").exit_code == 1


def test_migrate_makes_the_tables(tmp_path, monkeypatch):
    monkeypatch.setenv("ALS_DATABASE", f"sqlite:///{tmp_path / 'made.db'}")
    assert als("migrate").exit_code == 0
    SqlStore(f"sqlite:///{tmp_path / 'made.db'}", keys=(new_key(),)).open().close()


def test_the_default_method_is_the_same_everywhere():
    for command in (serve.demo, simulate.simulate):
        assert inspect.signature(command).parameters["format"].default == formats.DEFAULT


def test_demo_refuses_a_method_that_it_does_not_know():
    shown = als("demo", "--no-browser", "--format", "shouting")
    assert shown.exit_code == 1
    assert "one_problem" in shown.output
