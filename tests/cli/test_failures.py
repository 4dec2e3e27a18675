"""What a command says when it cannot do its work: one line on standard error, and exit status 1."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

import app
from adapters.cli import logs
from adapters.cli.main import make_cli
from adapters.cli.settings import Settings
from bot.runtime.health import Check
from tests.processes import als

NOBODY = "postgresql://als@127.0.0.1:9/als"  # the discard port: nothing listens there
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "shh", "PORT": "0"}


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[None]:
    """A command that serves sets the handlers of the root logger."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before, level


# No database


@pytest.mark.parametrize("command", ["serve", "worker", "migrate", "insights", "ledger"])
def test_without_its_database_a_command_says_so_in_one_line(command: str, tmp_path: Path) -> None:
    with als(command, folder=tmp_path, ALS_DATABASE=NOBODY, PORT="0") as process:
        assert process.ended() == 1
        assert process.said.splitlines() == [
            "The database does not answer. Is it running, and is ALS_DATABASE right?"
        ]


def test_doctor_names_a_database_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALS_DATABASE", NOBODY)
    monkeypatch.setenv("ALS_PLAINTEXT", "yes")
    shown = CliRunner().invoke(app.cli, ["doctor"], env={"COLUMNS": "160"})
    assert shown.exit_code == 1
    assert "The database does not answer" in shown.output


# Settings


def test_faults_of_settings_are_in_our_words(tmp_path: Path) -> None:
    wrong = {
        "PORT": "many",
        "ALS_METRICS_PORT": "70000",
        "ALS_LOG_JSON": "perhaps",
        "ALS_LOG": "loud",
    }
    with als("serve", folder=tmp_path, **wrong) as process:
        assert process.ended() == 1
        lines = {line.strip() for line in process.said.splitlines()[1:]}
    assert lines == {
        "PORT is a whole number",
        "ALS_METRICS_PORT is a port: a whole number from 0 to 65535",
        "ALS_LOG_JSON is yes or no",
        "ALS_LOG is debug, info, warning or error",
    }


# Refused tokens


@pytest.fixture
def slack() -> Iterator[tuple[str, dict[str, object]]]:
    """A Slack that gives one answer to everything: its address, and the answer."""
    answer: dict[str, object] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/api/", answer
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_token_that_slack_refuses_ends_the_process(
    command: str, slack: tuple[str, dict[str, object]], tmp_path: Path
) -> None:
    address, answer = slack
    answer.update(ok=False, error="invalid_auth")
    with als(command, folder=tmp_path, SLACK_API_URL=address, **SLACK) as process:
        assert process.ended() == 1
        assert "Slack refuses the bot token (invalid_auth)" in process.said
        assert "Traceback" not in process.said
        assert "serving" not in process.said


def test_a_slack_that_is_out_of_order_does_not_keep_als_from_starting(
    slack: tuple[str, dict[str, object]], tmp_path: Path
) -> None:
    address, answer = slack
    answer.update(ok=False, error="internal_error")
    for api in (address, "http://127.0.0.1:9/api/"):
        with als("serve", folder=tmp_path, SLACK_API_URL=api, **SLACK) as process:
            process.ready()


def test_a_secret_that_teams_refuses_ends_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refused(app.Wiring):
        async def refused_credentials(self, settings: Settings) -> AsyncIterator[Check]:
            yield Check("teams_token", "teams_token_bad")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALS_PLAINTEXT", "yes")
    monkeypatch.setenv("PORT", "0")
    shown = CliRunner().invoke(make_cli(Refused()), ["serve"], env={"COLUMNS": "160"})
    assert shown.exit_code == 1
    assert "Microsoft's login refuses id, secret or tenant." in shown.output


# The log


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_only_a_terminal_gets_colours() -> None:
    for stream, coloured in ((io.StringIO(), False), (Terminal(), True)):
        logs.begin("info", to=stream)
        logging.getLogger("als.test").warning("heard")
        assert ("\x1b[" in stream.getvalue()) is coloured
