"""The command line, and the only file that sees bot, adapters and store together.

It wires and starts; it decides nothing. What it says stands in prompts/<language>/cli.toml.
"""

from __future__ import annotations

import asyncio
import gc
import json
import secrets
import signal
import sqlite3
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional

import typer
from aiohttp import web
from rich.table import Table

from adapters.cli import doctor as look
from adapters.cli import hooks, ledger, logs, shown
from adapters.cli.evaluate import evaluate, read_labelled
from adapters.cli.judge import BadLine, because, judge_lines
from adapters.cli.metrics import PrometheusMetrics
from adapters.cli.plot import matrix
from adapters.cli.settings import BadSettings, Settings, read
from adapters.cli.shown import err, out, say
from adapters.simulate.run import Plan, simulate
from adapters.slack import doctor as slack_doctor
from adapters.slack.app import HEARD as SLACK_HEARD
from adapters.slack.manifest import manifest as slack_manifest
from adapters.slack.serve import Slack, SlackSettings
from adapters.teams import doctor as teams_doctor
from adapters.teams.app import HEARD as TEAMS_HEARD
from adapters.teams.manifest import BadPackage
from adapters.teams.manifest import package as teams_package
from adapters.teams.serve import Teams, TeamsSettings
from adapters.web.app import PLAY, make_app, start_path
from adapters.web.cast import load_cast
from adapters.web.chat import Chat
from adapters.web.playground import Playground
from bot import insights
from bot.delivery.courier import NO_TIME, Courier
from bot.handlers.host import Host
from bot.judge import Judge, UnknownLanguage, judge_for, prepare
from bot.method import formats, recommendation
from bot.ports import Clock, Platform, StoreBusy
from bot.runtime.health import Check
from bot.runtime.runners import ENDING, Interleaved, OneThread, Runner, threads
from bot.runtime.scheduler import AMONG_MANY, SAFETY, Scheduler
from bot.runtime.virtual_clock import VirtualClock, Winder
from store import CAN_WAIT, SqlStore, StoreFailed, StoreRefused, alone, migrate, new_key

PACKAGE_VERSION = "1.0.0"  # of the Teams app package: goes up with what stands in its manifest
APART = timedelta(seconds=2)  # between two workers in one conversation: Slack's 1 s, Teams' 2 s
HANDS = 3  # claims that one worker serves at the same time on PostgreSQL
GARBAGE = (10_000, 20, 50)  # objects more than were freed, until it is looked for
IDS = 128  # drawn at once
FRONT = 6  # of what people do is dealt with at once on PostgreSQL; SQLite has one writer
POOL = 4  # threads for all else there; with FRONT they need store.engine's connections


cli = typer.Typer(no_args_is_help=True, add_completion=False, help=say("about"))
formats_cli = typer.Typer(invoke_without_command=True, help=say("formats.help"))
cli.add_typer(formats_cli, name="formats")


# Wiring


class RealClock:
    """The time of this machine, in UTC."""

    def now(self) -> datetime:
        """An aware datetime."""
        return datetime.now(UTC)


class RandomIds:
    """Ids nobody can guess."""

    def __init__(self) -> None:
        self._ready: list[str] = []

    def new(self) -> str:
        """96 random bits, in 16 characters.

        Many are made at once: each time the system is asked, other threads go first.
        """
        while True:
            try:
                return self._ready.pop()
            except IndexError:
                drawn = secrets.token_urlsafe(12 * IDS)
                self._ready.extend(drawn[n : n + 16] for n in range(0, 16 * IDS, 16))


@dataclass
class House:
    """Everything that a process of als consists of."""

    store: SqlStore
    host: Host
    courier: Courier
    scheduler: Scheduler
    run: Runner
    slack: Slack | None = None
    teams: Teams | None = None
    metrics: PrometheusMetrics | None = None


def open_store(settings: Settings) -> SqlStore:
    """The store that the settings name. Raises StoreRefused or StoreFailed."""
    try:
        return SqlStore(settings.database, keys=settings.keys, plaintext=settings.plaintext).open()
    except OSError as error:
        # The folder is missing, or not ours to write in: the path itself stays out of the message.
        raise StoreRefused(error.strerror or "cannot_open") from None


def runner(store: SqlStore) -> Runner:
    """Where this store's work is done."""
    if store.postgres and CAN_WAIT:
        return Interleaved(store.beside, FRONT, threads(POOL))
    return threads(POOL) if store.postgres else OneThread(store.together)


def build(settings: Settings, clock: Clock | None = None) -> House:
    """Wire one process from its settings."""
    store, clock = open_store(settings), clock or RealClock()
    run = runner(store)
    metrics = PrometheusMetrics(clock.now) if settings.metrics_port else None
    watched = [
        w for w in (metrics, hooks.traces(settings.traces) if settings.traces else None) if w
    ]
    watch = hooks.Several(*watched)
    host = Host(store, RandomIds(), metrics=watch)
    worker = secrets.token_hex(4)
    wanted = slack_settings(settings)
    paces = store if store.postgres else None  # one process needs nobody's leave
    slack = Slack(wanted, store, clock, run, paces) if wanted.on else None
    asked = teams_settings(settings)
    teams = Teams(asked, store, clock, run, paces) if asked.on else None
    platforms: dict[str, Platform] = {p.platform.name: p.platform for p in (slack, teams) if p}
    apart = APART if store.postgres else NO_TIME
    hands = HANDS if store.postgres else 1
    courier = Courier(store, platforms, clock, worker, run, watch, apart, hands)
    every = AMONG_MANY if store.postgres else SAFETY
    scheduler = Scheduler(host, courier, clock, run, every)
    return House(store, host, courier, scheduler, run, slack, teams, metrics)


def at_rest() -> None:
    """Once all is loaded: what stays for ever need not be looked through for garbage each time.

    To look through it takes a tenth of a second, for which nothing else goes on; all of it was a
    sixth of an event. What an event leaves behind is mostly gone by itself when it ends.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def slack_settings(settings: Settings) -> SlackSettings:
    """What the settings say of Slack."""
    return SlackSettings(
        bot_token=settings.slack_bot_token,
        signing_secret=settings.slack_signing_secret,
        app_token=settings.slack_app_token,
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret,
        api=settings.slack_api,
        teams=frozenset(settings.slack_teams),
        history=settings.slack_history,
    )


def teams_settings(settings: Settings) -> TeamsSettings:
    """What the settings say of Teams."""
    return TeamsSettings(
        app_id=settings.teams_app_id,
        password=settings.teams_password,
        tenant=settings.teams_tenant,
        tenants=frozenset(settings.teams_allowed),
        development=settings.teams_development,
        targeted=settings.teams_targeted,
        typed=settings.teams_rsc,
        host=settings.host,
    )


def serve_app(house: House, *, worker: bool = True) -> web.Application:
    """The web part of `als serve`. The playground's routes are not in it."""
    app = web.Application()
    for platform in (house.slack, house.teams):
        if platform is not None:
            platform.attach(app, house.host, house.scheduler.poke if worker else _leave_it)

    async def healthz(_: web.Request) -> web.Response:
        beats = await house.run(house.store.beats)
        well = look.healthy(beats, datetime.now(UTC))
        return web.json_response({"scheduler": well}, status=200 if well else 503)

    async def readyz(_: web.Request) -> web.Response:
        """Whether more may be sent here: not while it ends, nor while it can keep nothing."""
        well = not house.courier.draining
        if well:
            try:
                await house.run(house.store.beats)
            except (StoreBusy, StoreFailed):
                well = False
        return web.json_response({"ready": well}, status=200 if well else 503)

    async def read_rules(_: web.Application) -> None:
        # Whoever writes first should not wait for it: Slack gives three seconds.
        await house.run(prepare)
        at_rest()

    async def drain(_: web.Application) -> None:
        house.courier.draining = True

    async def begin(_: web.Application) -> None:
        house.scheduler.start()

    async def end(_: web.Application) -> None:
        await house.scheduler.stop()

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.on_startup.append(read_rules)
    app.on_shutdown.append(drain)
    if worker:
        app.on_startup.append(begin)
        app.on_cleanup.append(end)
    return app


def _leave_it() -> None:
    """Another process works; its scheduler looks by itself."""


@contextmanager
def open_demo(*, pace: float = 1.0, method: str = formats.DEFAULT) -> Iterator[Playground]:
    """A playground with a database of its own, which goes when it is left.

    `method` is the format of the sets made in it; `pace` is how fast *Play it for me* goes on:
    1.0 can be read along, 0 does not wait.
    """
    with tempfile.TemporaryDirectory(prefix="als-demo-", ignore_cleanup_errors=True) as folder:
        store = SqlStore(f"sqlite:///{Path(folder) / 'demo.db'}", keys=(new_key(),)).open()
        try:
            clock = VirtualClock(next_monday(datetime.now(UTC)))
            chat, people = Chat(clock.now), load_cast()
            host = Host(store, RandomIds(), method)
            courier = Courier(store, {chat.name: chat}, clock)
            winder = Winder(clock, host, courier)
            yield Playground(host, winder, chat, people, pace=pace)
        finally:
            store.close()


def next_monday(now: datetime) -> datetime:
    """Nine o'clock (UTC) on the Monday to come: the playground's week begins there."""
    day = now + timedelta(days=7 - now.weekday())
    return day.replace(hour=9, minute=0, second=0, microsecond=0)


# The commands


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"als {version('als')}")
        raise typer.Exit


@cli.callback()
def als(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help=say("version")),
    ] = False,
) -> None:
    """What all commands share (their help is cli.about)."""


@cli.command(help=say("demo.help"))
def demo(
    port: Annotated[int, typer.Option(help=say("demo.port"), min=0, max=65535)] = 8917,
    browser: Annotated[bool, typer.Option(help=say("demo.browser"))] = True,
    format: Annotated[str, typer.Option(help=say("demo.format"))] = formats.DEFAULT,
    play: Annotated[bool, typer.Option("--play", help=say("demo.play"))] = False,
) -> None:
    """Open the playground."""
    if format not in formats.names():
        _leave(say("demo.one_format", format=format, known=", ".join(formats.names())))
    with open_demo(method=format) as playground:
        _run(_demo(playground, port, browser=browser, play=play), port)


async def _demo(playground: Playground, port: int, *, browser: bool, play: bool) -> None:
    page = make_app(playground)
    runner = web.AppRunner(page, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}{start_path(playground)}"
        out.print(say("demo.ready"))
        out.print(f"  {address}", highlight=False, soft_wrap=True)
        out.print(say("demo.leave"), style="dim")
        if play:
            page[PLAY].start()
        if browser:
            await asyncio.to_thread(webbrowser.open, address)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


@cli.command(help=say("serve.help"))
def serve(
    worker: Annotated[bool, typer.Option(help=say("serve.worker"))] = True,
) -> None:
    """Serve what the settings switch on."""
    settings = _settings()
    _complete(settings)
    with _alone(settings):
        _serve(settings, worker)


def _serve(settings: Settings, worker: bool) -> None:
    house = _build(settings)

    async def run() -> None:
        asked = _asked_to_stop()
        page = serve_app(house, worker=worker)
        runner = web.AppRunner(page, access_log=None, shutdown_timeout=ENDING)
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
            host, port = runner.addresses[0][:2]
            err.print(f"{say('serve.ready')} http://{host}:{port}", highlight=False)
            if house.slack is None and house.teams is None:
                err.print(say("serve.no_platform"), style="dim")
            await asked.wait()
        finally:
            await runner.cleanup()

    with _watched(settings, house):
        _run(run(), settings.port)


@cli.command(help=say("worker.help"))
def worker() -> None:
    """Run scheduler and courier only."""
    settings = _settings()
    _complete(settings)
    with _alone(settings):
        _work(settings)


def _work(settings: Settings) -> None:
    house = _build(settings)

    async def run() -> None:
        asked = _asked_to_stop()
        house.scheduler.start()
        err.print(say("worker.ready"))
        try:
            await asked.wait()
        finally:
            await house.scheduler.stop()

    with _watched(settings, house):
        _run(run(), 0)


manifest_cli = typer.Typer(no_args_is_help=True, help=say("manifest.help"))
cli.add_typer(manifest_cli, name="manifest")


@manifest_cli.command("slack", help=say("manifest.slack"))
def manifest_slack(
    history: Annotated[bool, typer.Option(help=say("manifest.history"))] = True,
    http: Annotated[str, typer.Option("--http", help=say("manifest.http"))] = "",
    name: Annotated[str, typer.Option(help=say("manifest.name"))] = "",
) -> None:
    """Print the manifest to make the Slack app from."""
    if http and not http.startswith("https://"):
        _leave(say("manifest.https"))
    made = slack_manifest(history=history, socket=not http, address=http, name=name)
    typer.echo(json.dumps(made, indent=2))


@manifest_cli.command("teams", help=say("manifest.teams"))
def manifest_teams(
    address: Annotated[str, typer.Option("--http", help=say("manifest.address"))],
    app_id: Annotated[str, typer.Option(help=say("manifest.app_id"))] = "",
    out_: Annotated[Path, typer.Option("--out", help=say("manifest.out"))] = Path("als.zip"),
    history: Annotated[bool, typer.Option(help=say("manifest.rsc"))] = True,
    name: Annotated[str, typer.Option(help=say("manifest.name"))] = "",
) -> None:
    """Write the package of the Teams app."""
    settings = _settings()
    try:
        made = teams_package(
            app_id or settings.teams_app_id,
            address,
            version=PACKAGE_VERSION,
            name=name,
            history=history,
            targeted=settings.teams_targeted,
        )
    except BadPackage as bad:
        _leave(say(f"manifest.{bad}"))
    out_.write_bytes(made)
    out.print(say("manifest.written", file=out_.name))


@cli.command(help=say("init.help"))
def init() -> None:
    """Write a key to `.env`."""
    path = Path(".env")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if any(line.strip().startswith("ALS_KEY=") for line in text.splitlines()):
        out.print(say("init.there"))
        return
    if text and not text.endswith("\n"):
        text += "\n"
    path.touch(mode=0o600)
    path.write_text(f"{text}ALS_KEY={new_key()}\n", encoding="utf-8")
    out.print(say("init.written"))


@cli.command("migrate", help=say("migrate.help"))
def migrate_() -> None:
    """Bring the tables up to date."""
    settings = _settings()
    try:
        migrate(settings.database)
    except (StoreRefused, StoreFailed) as error:
        _leave(say("doctor.database_down", code=_code(error)))
    out.print(say("migrate.done"))


@cli.command(help=say("doctor.help"))
def doctor() -> None:
    """Look whether everything is in order."""
    checks = list(_checks(_settings()))
    table = Table(title=say("doctor.title"), show_header=False)
    for check in checks:
        style = "red" if check.failed else "yellow" if check.code else "green"
        said = say(f"doctor.{check.code}", **check.values) if check.code else say("doctor.fine")
        table.add_row(say(f"doctor.{check.name}"), f"[{style}]{said}[/]")
    out.print(table)
    raise typer.Exit(any(check.failed for check in checks))


@cli.command("ledger", help=say("ledger.help"))
def ledger_(
    replay: Annotated[Optional[Path], typer.Option(help=say("ledger.replay"))] = None,  # noqa: UP045 - typer reads it
) -> None:
    """Print what was erased, or erase it again after a restore."""
    store = _build(_settings()).store
    if replay is None:
        for one in store.erased():
            typer.echo(ledger.line(one))
    else:
        try:
            with replay.open(encoding="utf-8") as lines:
                found = store.erase_again(ledger.read(lines))
        except (OSError, UnicodeDecodeError):
            _leave(say("ledger.no_file"))
        except ledger.BadLedger as error:
            _leave(say("ledger.bad_line", line=error.line))
        out.print(say("ledger.done", count=found))
    store.close()


@cli.command("insights", help=say("insights.help"))
def insights_() -> None:
    """What a programme sees of its sets: sums only."""
    store = _build(_settings()).store
    with store.reading() as tx:
        sums = insights.of_programme(tx)
    store.close()
    if sums is None:
        least = {"sets": insights.SETS_LEAST, "people": insights.PEOPLE_LEAST}
        out.print(say("insights.too_few", **least), highlight=False)
        return
    out.print(shown.programme(sums))
    rated = sums.ratings.people
    out.print(say("insights.rated" if rated else "insights.no_ratings", people=rated), style="dim")


def _checks(settings: Settings) -> Iterator[Check]:
    yield Check("settings")
    yield look.key(bool(settings.keys), settings.plaintext)
    try:
        store = open_store(settings)
    except StoreRefused as error:
        code = {"schema_behind": "database_behind", "schema_ahead": "database_ahead"}
        known = code.get(_code(error), "database_down")
        if _code(error) != "no_key":
            yield Check("database", known, {"code": _code(error)})
        return
    except StoreFailed as error:
        yield Check("database", "database_down", {"code": _code(error)})
        return
    yield Check("database")
    yield look.beats(store.beats(), datetime.now(UTC))
    wanted = slack_settings(settings)
    if wanted.on:
        heard = store.beats().get(SLACK_HEARD)
        yield from asyncio.run(slack_doctor.look(wanted, heard, datetime.now(UTC)))
    asked = teams_settings(settings)
    if asked.on:
        heard = store.beats().get(TEAMS_HEARD)
        yield from asyncio.run(teams_doctor.look(asked, heard, datetime.now(UTC)))
    yield from look.letters(store.counts())
    store.close()


def _code(error: Exception) -> str:
    return str(getattr(error, "code", type(error).__name__))


@formats_cli.callback()
def list_formats(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help=say("formats.json"))] = False,
    people: Annotated[int, typer.Option(help=say("formats.people"), min=0, max=99)] = 0,
    every: Annotated[int, typer.Option(help=say("formats.every"), min=1, max=366)] = 14,
    facilitator: Annotated[
        bool, typer.Option("--facilitator", help=say("formats.facilitator"))
    ] = False,
) -> None:
    """The methods that come with als."""
    if context.invoked_subcommand is not None:
        return
    found = [formats.load(name) for name in formats.names()]
    if as_json:
        for one in found:
            typer.echo(json.dumps(shown.described(one)))
        return
    out.print(shown.methods(found))
    if people:
        out.print(shown.compared(recommendation.recommend(people, every, facilitator, found)))
    else:
        for one in found:
            out.print(shown.good_for(one))


@formats_cli.command("check", help=say("formats.check_help"))
def check_format(file: Annotated[Path, typer.Argument(help=say("formats.file"))]) -> None:
    """Refuse a file that a session cannot run, with its key and the reason."""
    try:
        made = formats.read(file.read_text(encoding="utf-8"), file.name)
    except (OSError, UnicodeDecodeError):
        _leave(say("formats.no_file"))
    except formats.BadFormat as error:
        reason = shown.WORDS.label(f"format.{error.code}", **error.values)
        _leave(f"{say('formats.wrong')}\n{error.file}: {error.where}: {reason}")
    out.print(say("formats.good", name=made.name))


@cli.command("judge", help=say("judge.help"))
def judge_(
    lang: Annotated[str, typer.Option(help=say("judge.lang"))] = "en",
    labelled: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads it
        typer.Option("--evaluate", help=say("judge.evaluate")),
    ] = None,
    plot: Annotated[Optional[Path], typer.Option(help=say("judge.plot"))] = None,  # noqa: UP045
    why: Annotated[bool, typer.Option("--explain", help=say("judge.explain"))] = False,
) -> None:
    """Judge messages from standard input, or hold the judge against labelled ones."""
    try:
        judge = judge_for(lang)
    except UnknownLanguage as error:
        _leave(say("judge.unknown_lang", known=", ".join(error.known)))
    if labelled is not None:
        _evaluate(judge, labelled, plot, why=why)
        return
    good = True
    for line, judged in judge_lines(judge, sys.stdin, why=why):
        if not judged:
            good, line = False, {"error": say(f"judge_errors.{line['error']}")}
        typer.echo(json.dumps(line, ensure_ascii=False))
    raise typer.Exit(not good)


def _evaluate(judge: Judge, labelled: Path, plot: Path | None, *, why: bool) -> None:
    try:
        asked = read_labelled(labelled.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        _leave(say("evaluate.no_file"))
    except BadLine as error:
        _leave(say("evaluate.bad_line", number=error.number, why=say(f"judge_errors.{error}")))
    found = evaluate((one, one.judged(judge)) for one in asked)
    for name in ("right", "right_reason", "false_nudges", "missed_nudges"):
        out.print(say(f"evaluate.{name}", rate=shown.rate(getattr(found, name))), highlight=False)
    out.print(shown.crossed(found.verdicts), shown.by_reason(found))
    for miss in found.misses:
        out.print(say("evaluate.miss", **shown.missed(miss)), highlight=False, markup=False)
        if why:
            rule = because(miss.asked.explained(judge))
            out.print(json.dumps(rule, ensure_ascii=False), style="dim", markup=False)
    if plot is not None:
        plot.write_bytes(matrix(found.seen(), found.reasons, *say("evaluate.axes").split("|")))
        out.print(say("evaluate.plotted", file=plot.name))


@cli.command("simulate", help=say("simulate.help"))
def simulate_(
    format: Annotated[str, typer.Option(help=say("simulate.format"))] = formats.DEFAULT,
    members: Annotated[int, typer.Option(help=say("simulate.members"), min=2, max=12)] = 6,
    meetings: Annotated[int, typer.Option(help=say("simulate.meetings"), min=1, max=24)] = 2,
    sets: Annotated[int, typer.Option(help=say("simulate.sets"), min=1, max=5000)] = 1,
    seed: Annotated[int, typer.Option(help=say("simulate.seed"))] = 1,
    database: Annotated[Optional[str], typer.Option(help=say("simulate.database"))] = None,  # noqa: UP045 - typer reads it
    as_json: Annotated[bool, typer.Option("--json", help=say("simulate.json"))] = False,
    faults: Annotated[bool, typer.Option("--faults", help=say("simulate.faults"))] = False,
) -> None:
    """Play whole meetings on a virtual clock."""
    if format not in formats.names():
        _leave(say("simulate.unknown_format", known=", ".join(formats.names())))
    method = formats.load(format)
    least, most = method.size.least + method.coach, method.size.most + method.coach
    if not least <= members <= most:
        _leave(say("simulate.small", format=format, least=least, most=most))
    store = _empty_store(database)
    plan = Plan(format, members, meetings, sets, seed, faults)
    with shown.progress(sets * meetings) as tick:
        report = asyncio.run(simulate(plan, store, tick))
    store.close()
    if as_json:
        typer.echo(json.dumps(report))
    else:
        shown.show_report(report)
    raise typer.Exit(bool(report["violations"]))


def _empty_store(database: str | None) -> SqlStore:
    """The database to play in: in memory, or an empty one that was named."""
    try:
        if database is None:
            return SqlStore("sqlite://", plaintext=True).open()
        migrate(database)
        store = SqlStore(database, plaintext=True).open()
    except (StoreRefused, StoreFailed) as error:
        _leave(say("doctor.database_down", code=_code(error)))
    if any(store.counts().values()):
        _leave(say("simulate.not_empty"))
    return store


# Starting and leaving


def _settings() -> Settings:
    try:
        return read()
    except BadSettings as bad:
        lines = [say("config_fault")]
        for name, code in bad.faults:
            lines.append(f"  {name} {shown.WORDS.label_or(f'cli.faults.{code}', code)}")
        _leave("\n".join(lines))


def _complete(settings: Settings) -> None:
    """Nothing is served half: what a platform needs is there, or it is said what is missing."""
    faults = [*slack_settings(settings).faults, *teams_settings(settings).faults]
    if faults:
        lines = [f"  {name} {say(f'faults.{code}')}" for name, code in faults]
        _leave("\n".join([say("config_fault"), *lines]))


def _build(settings: Settings) -> House:
    try:
        house = build(settings)
        at_rest()
        return house
    except StoreRefused as error:
        known = {
            "no_key": "doctor.key_missing",
            "schema_behind": "doctor.database_behind",
            "schema_ahead": "doctor.database_ahead",
        }
        name = known.get(_code(error), "doctor.database_down")
        _leave(say(name, code=_code(error)))
    except StoreFailed as error:
        _leave(say("doctor.database_down", code=_code(error)))
    except hooks.Missing as error:
        _leave(say("hook_missing", extra=error.extra))


@contextmanager
def _watched(settings: Settings, house: House) -> Iterator[None]:
    """The log, and what is switched on of metrics and error reports."""
    logs.begin(settings.log, as_json=settings.log_json)
    if settings.sentry:
        try:
            hooks.sentry(settings.sentry)
        except hooks.Missing as error:
            _leave(say("hook_missing", extra=error.extra))
    try:
        stop = house.metrics.serve(settings.metrics_port) if house.metrics else _leave_it
    except OSError:
        # Two processes on one machine need a port each.
        _leave(say("address_in_use", port=settings.metrics_port))
    try:
        yield
    finally:
        stop()


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """A SQLite file serves one process, and the second one hears it kindly."""
    with ExitStack() as stack:
        try:
            stack.enter_context(alone(settings.database))
        except StoreRefused as error:
            name = "in_use" if _code(error) == "in_use" else "doctor.database_down"
            _leave(say(name, code=_code(error)))
        except (OSError, sqlite3.Error):
            _leave(say("doctor.database_down", code="cannot_lock"))
        yield


def _asked_to_stop() -> asyncio.Event:
    """Set when the system asks to stop; what has begun comes to its end then, as on Ctrl-C.

    The loop's own handler, because it also wakes a loop that sleeps: a plain one may run in the
    moment before the loop falls asleep, and an idle process would go on for ever.
    """
    asked = asyncio.Event()
    with suppress(NotImplementedError):  # Windows knows no such signal
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    return asked


def _run(main: Any, port: int) -> None:
    """Run until Ctrl-C, or until the system asks to stop; a taken port is said kindly."""
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(main)
    except OSError as error:
        import errno

        if error.errno == errno.EADDRINUSE:
            _leave(say("address_in_use", port=port))
        raise
    err.print(say("stopped"), style="dim")


def _leave(message: str) -> NoReturn:
    err.print(message, highlight=False, markup=False)
    raise typer.Exit(1)


def main() -> None:
    """Run the command line; the console script `als` starts here."""
    cli()
