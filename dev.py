"""Set the project up and run something in it; standard library only, on any system.

    python3 dev.py demo [...]   open the playground (arguments go on to `als demo`)
    python3 dev.py test         run ruff, mypy and the quick tests (5 minutes); `--all` runs all
    python3 dev.py test [...]   run `pytest ...` only, with these arguments
    python3 dev.py als [...]    any other command of the command line
    python3 dev.py lint         ruff check, ruff format --check, mypy
    python3 dev.py lock [...]   recompile the locks (needs uv; `--upgrade` moves the versions)

What it does first: makes .venv, installs the hashed lock into it with pip, and the project
itself without its dependencies. A stamp in .venv remembers what was installed, so the next
start takes no time and needs no network.

Written in syntax that even Python 2.7 parses, so that an old Python reaches the sentence below.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "als needs Python 3.11 or newer; this is %d.%d. Try: python3.11 dev.py (or 3.12, 3.13)"
        % sys.version_info[:2]
    )

import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "als-house.json"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
ALS = BIN / ("als.exe" if WINDOWS else "als")

RUNTIME = "requirements.lock"
DEV = "requirements-dev.lock"  # everything in RUNTIME, and what the tests need

# As many tests at once as there are processors; whoever has none left takes some of another's.
PARALLEL = ["--numprocesses", "auto", "--maxprocesses", "4", "--dist", "worksteal"]

CHECKS = (
    ("ruff check", ["ruff", "check", "."]),
    ("ruff format", ["ruff", "format", "--check", "."]),
    ("mypy", ["mypy"]),
)


def main(arguments):
    """Run one command; return its exit status."""
    commands = {"demo": demo, "test": test, "als": als, "lint": lint, "lock": lock}
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if name not in commands:
        print(__doc__.rsplit("\n\n", 2)[0])
        return 0 if name in ("", "help", "-h", "--help") else 2
    return commands[name](rest)


def demo(rest):
    """Run `als demo`."""
    return als(["demo"] + rest)


def als(rest):
    """Run the command line."""
    prepare_venv(RUNTIME)
    return replace_process([str(ALS)] + rest)


def test(rest):
    """Run the checks and the tests; with arguments other than `--all` only `pytest` with them."""
    prepare_venv(DEV)
    pytest = [str(PYTHON), "-m", "pytest"]
    if rest not in ([], ["--all"]):
        return run(pytest + rest)
    failed = failed_checks()
    status = run(pytest + rest + PARALLEL)
    if failed:
        tell("Apart from the tests, see above: " + ", ".join(failed) + ".")
    return status or (1 if failed else 0)


def lint(rest):
    """Run the checks alone."""
    prepare_venv(DEV)
    return 1 if failed_checks() else 0


def failed_checks():
    """Run each check to its end; return the names of those that failed."""
    return [name for name, module in CHECKS if run([str(PYTHON), "-m"] + module) != 0]


def lock(rest):
    """Recompile both locks for every Python and system we support; they carry no address."""
    uv = shutil.which("uv", path=str(BIN)) or shutil.which("uv")
    if uv is None:
        raise Stop("Locks are compiled with uv. Install it (python -m pip install uv), then again.")
    compile_ = [uv, "pip", "compile", "--quiet", "pyproject.toml", "--group", "build"]
    compile_ += ["--universal", "--python-version", "3.11", "--generate-hashes"]
    compile_ += ["--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    compile_ += ["--custom-compile-command", "python3 dev.py lock"]
    return run(compile_ + ["--output-file", RUNTIME] + rest) or run(
        compile_ + ["--group", "dev", "--constraint", RUNTIME, "--output-file", DEV] + rest
    )


# --- .venv -----------------------------------------------------------------------------------


def prepare_venv(lock_name):
    """Install what the lock and pyproject.toml say into .venv, unless it is there already."""
    make_venv()
    stamp = read_stamp()
    project = {"pyproject": digest("pyproject.toml"), "house": str(ROOT)}

    if stamp.get(lock_name) != digest(lock_name):
        stamp = {"made_here": stamp.get("made_here", False)}
        write_stamp(stamp)  # until the installation ends, .venv counts as incomplete
        with Progress("Fetching the libraries into .venv, only this once (about a minute)"):
            pip("install", "--require-hashes", "--requirement", lock_name)
        stamp[RUNTIME] = digest(RUNTIME)
        stamp[lock_name] = digest(lock_name)
        write_stamp(stamp)

    if not ALS.exists() or any(stamp.get(key) != value for key, value in project.items()):
        with Progress("Putting als itself into .venv"):
            # The lock has brought setuptools: nothing is fetched here.
            pip("install", "--no-deps", "--no-index", "--no-build-isolation", "--editable", ".")
        stamp.update(project)
        write_stamp(stamp)


def make_venv():
    """Make .venv, unless there is one that works; only delete one that this script has made."""
    if VENV.exists():
        ours = read_stamp().get("made_here", False)
        found, here = python_of_venv(), "%d.%d" % sys.version_info[:2]
        if found and (found == here or not ours):
            return
        if not ours and any(VENV.iterdir()):
            raise Stop(
                ".venv exists, but its Python does not run or is older than 3.11. "
                "I did not make it, so I leave it alone: please move it away, then again."
            )
        with Progress("Making .venv anew for Python " + here):
            shutil.rmtree(str(VENV))

    make = [sys.executable, "-m", "venv"]
    if importlib.util.find_spec("venv") is None:
        raise Stop(HOW_TO_GET_VENV)
    if importlib.util.find_spec("ensurepip") is None:
        if importlib.util.find_spec("pip") is None:
            raise Stop(HOW_TO_GET_VENV)
        make.append("--without-pip")  # this Python's own pip will install into it, see pip()
    write_stamp({"made_here": True})  # first, so that a venv left half-made is known as ours
    run_quietly(make + [str(VENV)], HOW_TO_GET_VENV)


HOW_TO_GET_VENV = (
    "This Python cannot make virtual environments. "
    "On Debian and Ubuntu: sudo apt install python3-venv. Then the same command again."
)


def python_of_venv():
    """Return the version of .venv's Python, as "3.12"; "" if too old or not running."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2]); sys.exit(sys.version_info < (3, 11))"
    try:
        done = subprocess.run(
            [str(PYTHON), "-c", ask], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def pip(*arguments):
    """Run pip for .venv without its output; this Python's pip when .venv has none of its own."""
    has_pip = subprocess.run([str(PYTHON), "-c", "import pip"], stderr=subprocess.DEVNULL)
    command = [str(PYTHON), "-m", "pip"]
    if has_pip.returncode != 0:
        command = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    command += ["--quiet", "--disable-pip-version-check", "--no-input"]
    run_quietly(
        command + list(arguments),
        "That did not work. Is the network (or a proxy) the reason? "
        "Nothing is broken: the same command again goes on from here.",
    )


def read_stamp():
    """Return what has been installed into .venv so far."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def write_stamp(stamp):
    """Record what has been installed into .venv."""
    VENV.mkdir(exist_ok=True)
    STAMP.write_text(json.dumps(stamp, indent=1), encoding="utf-8")


def digest(name):
    """Return a file's hash, the same whichever line ends the checkout uses."""
    return hashlib.sha256((ROOT / name).read_text(encoding="utf-8").encode()).hexdigest()


# --- processes and messages ------------------------------------------------------------------


class Stop(Exception):
    """Something that the user has to do first; its text says what."""


class Progress:
    """A line that says what is being done, and at the end how many seconds it took."""

    def __init__(self, message):
        self.message = message

    def __enter__(self):
        self.start = time.monotonic()
        sys.stderr.write("als: " + self.message + " ... ")
        sys.stderr.flush()

    def __exit__(self, kind, error, trace):
        if kind is None:
            sys.stderr.write("%d s\n" % round(time.monotonic() - self.start))
        else:
            sys.stderr.write("\n")


def tell(message):
    """Print a message to standard error, because standard output belongs to the command."""
    sys.stderr.write("als: " + message + "\n")


def environment():
    """Return our environment without variables that bring other packages into .venv's Python."""
    removed = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")
    return {name: value for name, value in os.environ.items() if name not in removed}


def run_quietly(command, advice):
    """Run a command without its output; when it fails, show the end of that and the advice."""
    done = subprocess.run(
        command,
        cwd=str(ROOT),
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode != 0:
        sys.stderr.write("\n" + "\n".join(done.stdout.strip().splitlines()[-15:]) + "\n")
        raise Stop(advice)


def run(command):
    """Run a command to its end and return its status; the command handles Ctrl-C itself."""
    child = subprocess.Popen(command, cwd=str(ROOT), env=environment())
    signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
    while True:
        try:
            status = child.wait()
            break
        except KeyboardInterrupt:
            continue  # the terminal has interrupted the child as well, which now stops by itself
    return status if status >= 0 else 128 - status


def replace_process(command):
    """Replace this process by the command; where the system cannot do that, run it."""
    if WINDOWS:
        return run(command)
    os.chdir(str(ROOT))
    sys.stderr.flush()
    os.execve(command[0], command, environment())


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        tell(str(stop))
        sys.exit(1)
    except KeyboardInterrupt:
        tell("Stopped. The same command again goes on from here.")
        sys.exit(130)
