"""Question or not, on public conversations: the judge beside its peers, as a Markdown table.

    python -m benchmarks.judge.public --annomi AnnoMI-full.csv --esconv testWithStrategy_short.tsv
        --nps nps_chat.zip --eqt test_set.pickle [--compromise FOLDER] [--part dev|test] [--show]

Each file is optional and fetched by whoever runs it. A peer that learns does so on `dev`; all are
measured on the part named, `test` by default. `--show` prints the judge's mistakes, on dev only.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.judge import peers
from benchmarks.judge.sets import LOADED, LOADERS, Message
from bot.judge import Verdict, judge_for

OPEN = {"wh", "indirect_wh", "invitation"}
CARRY = frozenset(LOADED.values())


def f1(said: Sequence[bool], true: Sequence[bool]) -> float:
    """The harmonic mean of precision and recall, of those that ask."""
    both = sum(s and t for s, t in zip(said, true, strict=True))
    return 2 * both / (sum(said) + sum(true)) if both else 0.0


def reads_open(text: str) -> bool:
    """Whether the judge sees an open asking clause."""
    return any(form in OPEN for _, form, _ in judge_for().explain(text).forms)


def row(name: str, part: list[Message], dev: list[Message], folder: str | None) -> dict[str, float]:
    """F1 of each peer on a part."""
    texts, true = [m.text for m in part], [m.asks for m in part]
    asked: dict[str, peers.Peer | None] = {
        "als": peers.judge,
        "ends in ?": peers.ends,
        "? inside": peers.holds,
        "wh/aux start or ?": peers.starts,
        "TF-IDF + LR": peers.learned(dev) if len({m.asks for m in dev}) == 2 else None,
        "compromise": peers.compromise(folder) if folder else None,
    }
    return {who: f1(peer(texts), true) for who, peer in asked.items() if peer}


def loaded(part: list[Message], dev: list[Message]) -> dict[str, float]:
    """F1 of each peer on the questions that carry their answer, among questions."""
    texts, true = [m.text for m in part], [m.kind in CARRY for m in part]
    learnt = peers.learned(dev, [m.kind in CARRY for m in dev]) if dev else None
    asked = {"als": peers.nudged, "cue words": peers.cues, "TF-IDF + LR": learnt}
    return {who: f1(peer(texts), true) for who, peer in asked.items() if peer}


def table(rows: dict[str, dict[str, float]], sizes: dict[str, int]) -> str:
    """The figures side by side, in Markdown."""
    names = list(dict.fromkeys(name for found in rows.values() for name in found))
    lines = [f"| set | messages | {' | '.join(names)} |", "|---" * (len(names) + 2) + "|"]
    for name, found in rows.items():
        cells = " | ".join(f"{found[n]:.3f}" if n in found else "-" for n in names)
        lines.append(f"| {name} | {sizes[name]} | {cells} |")
    return "\n".join(lines)


def finer(name: str, part: list[Message]) -> Iterable[str]:
    """What the finer labels show: open or closed, and how often a kind is nudged."""
    judge = judge_for()
    labelled = [m for m in part if m.kind in {"open", "closed"}]
    if labelled:
        right = sum(reads_open(m.text) == (m.kind == "open") for m in labelled)
        yield f"{name}: open or closed as labelled {right} of {len(labelled)}"
    for kind in dict.fromkeys(m.kind or ("question" if m.asks else "") for m in part):
        of = [m for m in part if kind and (m.kind or ("question" if m.asks else "")) == kind]
        if of:
            nudged = sum(judge(m.text).verdict is Verdict.nudge for m in of)
            yield f"{name}: {kind}: nudged {nudged} of {len(of)}"


def main() -> None:
    """Read the files named, print the tables."""
    parser = argparse.ArgumentParser()
    for name in LOADERS:
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--compromise", help="the folder where npm installed it")
    parser.add_argument("--part", choices=("dev", "test"), default="test")
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    rows, sizes, more = {}, {}, []
    for name, load in LOADERS.items():
        path = getattr(given, name)
        if path is None:
            continue
        messages = list(load(path))
        dev = [m for m in messages if m.dev]
        part = dev if given.part == "dev" else [m for m in messages if not m.dev]
        sizes[name] = len(part)
        if name == "eqt":
            # All of it are questions: what tells them apart is whether they carry their answer.
            more += ["", table({"eqt, loaded": loaded(part, dev)}, {"eqt, loaded": len(part)})]
        else:
            rows[name] = row(name, part, dev, given.compromise)
        more += finer(name, part)
        if given.show and given.part == "dev":
            for message in part:
                if judge_for().asks(message.text) is not message.asks:
                    print("asks" if message.asks else "none", name, repr(message.text))  # noqa: T201
    if rows:
        more = [table(rows, sizes), *more]
    print(*more, sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
