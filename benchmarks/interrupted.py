"""Commands that are killed at any moment, or write to a full disk: old or new, no traceback.

    python -m benchmarks.interrupted FOLDER [--only score] [--every 0.005] [--again 3] [--kills 0]

FOLDER holds a company with `propensity.yaml` and a champion, such as that of `make quickstart`,
best of 1,000 leads; it is copied. Each command that writes is stopped at random moments of its
run, and the disk is looked at as a SIGKILL would leave it (benchmarks/disk_moments.py). At each its
outputs are the old ones or the new ones, and the pair that scores is the one before or after. From
some of the states that differ in kind the command is run again: it ends well, as it would have, and
clears away what was left. `--kills` kills as well, with SIGKILL. As root on Linux the command also
writes to a disk that is full sooner or later.
"""

import argparse
import contextlib
import importlib
import json
import pkgutil
import random
import shlex
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.disk_moments import (
    Ended,
    Moments,
    bytes_on_disk,
    copy,
    killed,
    moments,
    restore,
    run,
    stamps,
)
from benchmarks.leftovers import FOREIGN, Left, left

_SIGN = "--signed-by 'marketing: A' --signed-by 'sales: B' --as-of 2025-04-01 --override 'a test'"
_PAGE = b'<meta name="generator" content="propensity">\n'
_JSON = b'{"made_by": "propensity"}\n'
_FILLED = b"""proposals:
- {do: label, event_type: page_view, to: pages, decision: keep, who: A, because: a test}
- {do: line, to: 0.08, decision: keep, who: A, because: a test}
"""
#: Shares of what a run writes at most, at which the disk is full.
_FULL_AT = (0.02, 0.3, 0.6, 0.9, 0.99)


@dataclass(frozen=True)
class Writing:
    """A command that writes.

    Attributes:
        words: Its command line.
        old: Files of ours that are there before.
        together: Whether its outputs are one fact; else each file is old or new by itself, as what
            is put aside always is.
        key: The file without which nobody takes its outputs for whole; empty for none.
        once: Whether it refuses to write where it has written.
        after: The command that makes the company it starts from.
    """

    words: str
    old: Mapping[str, bytes] = field(default_factory=dict)
    together: bool = False
    key: str = ""
    once: bool = False
    after: str = ""


WRITING = {
    "score": Writing(
        "score propensity.yaml --as-of 2025-04-01 --out out/s.parquet --json out/s.json",
        {"out/s.json": _JSON},
    ),
    "score csv": Writing("score propensity.yaml --as-of 2025-04-01 --out out/s.csv"),
    "nightly": Writing("nightly propensity.yaml --as-of 2025-04-01"),
    "simulate": Writing("simulate out/sim --leads 300", together=True),
    "simulate again": Writing(
        "simulate out/sim --leads 300",
        {f"out/sim/{name}": b"" for name in ("leads.csv", "events.parquet", "truth.parquet")},
        together=True,
        key="out/sim/leads.csv",
    ),
    "init": Writing("init data/leads.csv data/outcomes.csv --out out/i.yaml", once=True),
    "audit": Writing(
        "audit propensity.yaml --html out/a.html --json out/a.json",
        {"out/a.html": _PAGE, "out/a.json": _JSON},
    ),
    "decide": Writing(
        "decide filled.yaml propensity.yaml --out new.yaml", {"filled.yaml": _FILLED}
    ),
    "definition write": Writing("definition write propensity.yaml --out out/d.yaml", once=True),
    "review": Writing(
        "review propensity.yaml --out out/pack", {"out/pack/review.html": _PAGE}, together=True
    ),
    "sheet": Writing("review propensity.yaml --only sla --out out/pack", together=True),
    "closed-loop": Writing(
        "closed-loop propensity.yaml --json out/c.json --csv out/c.csv", {"out/c.json": _JSON}
    ),
    "threshold": Writing(
        "threshold propensity.yaml --capacity 5 --json out/t.json", {"out/t.json": _JSON}
    ),
    "train": Writing("train propensity.yaml --accept-audit 'a test'"),
    "promote": Writing(f"promote challenger propensity.yaml {_SIGN}", after="train"),
    "rollback": Writing("rollback propensity.yaml --because 'a test'", once=True, after="promote"),
}


def main() -> None:
    """Print a line per command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", choices=WRITING)
    parser.add_argument("--every", type=float, default=0.005)
    parser.add_argument("--again", type=int, default=3)
    parser.add_argument("--kills", type=int, default=0)
    asked = parser.parse_args()
    _import_everything()
    with _folder() as folder:
        made = {"": asked.folder}
        for name in asked.only or WRITING:
            print(f"{name:16}", end=" ", flush=True)
            with _folder() as place:
                _try(name, made, place, folder, asked)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder that a fork does not remove at its end."""
    place = Path(tempfile.mkdtemp())
    try:
        yield place
    finally:
        shutil.rmtree(place)


def _try(
    name: str, made: dict[str, Path], place: Path, results: Path, asked: argparse.Namespace
) -> None:
    writing, home = WRITING[name], place / "company"
    _prepare(_made(writing.after, made, results), home, writing.old)
    words, before = shlex.split(writing.words), place / "before"
    copy(home, before)
    old = left(home)
    found = moments(home, words, command, into=place / "states", every=asked.every, seed=1)
    new = left(home)
    results_of = results / name
    shutil.copytree(home, results_of)
    made[name] = results_of
    kinds: dict[tuple[str, str, tuple[str, ...]], list[Path]] = {}
    wrong = [] if _harmless_end(found.ended) else [f"the run itself: {found.ended.said[-200:]}"]
    for state in found.states:
        now = left(state)
        told = verdict(now, old, new, writing)
        wrong += [f"{told} {sorted(now.files)}"] if told == "half" else []
        kinds.setdefault((told, now.served, now.rest), []).append(state)
    draws = random.Random(2)  # noqa: S311 — samples, no secret
    chosen = draws.sample(sorted(kinds), min(asked.again, len(kinds)))
    for kind in chosen:
        restore(home, draws.choice(kinds[kind]))
        wrong += again(home, words, kind[0], new, found.ended, once=writing.once)
    for _ in range(asked.kills):
        restore(home, before)
        killed(home, words, command, after=draws.uniform(0, found.seconds))
        now = left(home)
        told = verdict(now, old, new, writing)
        wrong += [f"killed: half {sorted(now.files)}"] if told == "half" else []
    print(_line(found, kinds, len(chosen), asked.kills, wrong), end=" ", flush=True)
    print(_full(home, before, writing, found, old, new), flush=True)


def _line(
    found: Moments,
    kinds: Mapping[tuple[str, str, tuple[str, ...]], list[Path]],
    again: int,
    kills: int,
    wrong: list[str],
) -> str:
    told: Counter[str] = Counter()
    for (kind, _, _), states in kinds.items():
        told[kind] += len(states)
    what = ", ".join(f"{count} {kind}" for kind, count in told.items())
    rest = sorted({what for _, _, rest in kinds for what in rest})
    return (
        f"{found.stops} moments in {found.seconds:.0f} s, {len(found.states)} states of the disk"
        f" ({what}), {again} run again, {kills} killed: {len(wrong)} wrong {wrong[:3] or ''}"
        f" | left: {', '.join(rest) or 'nothing'}"
    )


def verdict(now: Left, old: Left, new: Left, writing: Writing) -> str:
    """Old, new, some of each, not to be taken for whole, or half."""
    if now.served not in (old.served, new.served):
        return "half"
    pairs = {
        name: (now.files.get(name), old.files.get(name), new.files.get(name))
        for name in {*now.files, *old.files, *new.files}
    }
    if all(is_now == was for is_now, was, _ in pairs.values()) and now.served == old.served:
        return "old"
    if all(is_now == comes for is_now, _, comes in pairs.values()) and now.served == new.served:
        return "new"
    if writing.key in new.files and writing.key not in now.files:
        return "open"
    if any(is_now not in (was, comes) for is_now, was, comes in pairs.values()):
        return "half"
    one_fact = [pair for name, pair in pairs.items() if not name.startswith("quarantine/")]
    whole = all(is_now == was for is_now, was, _ in one_fact) or all(
        is_now == comes for is_now, _, comes in one_fact
    )
    return "some" if whole or not writing.together else "half"


def again(
    home: Path, words: list[str], told: str, new: Left, first: Ended, *, once: bool
) -> Iterator[str]:
    """What is wrong with a run after a kill."""
    done, now = run(home, words, command), left(home)
    if once and told == "new":
        return
    if done.code != first.code:
        yield f"next run after {told}: exit {done.code}, {done.said.strip()[-200:]}"
    elif now.files != new.files or _pair(now.served) != _pair(new.served):
        yield f"next run after {told} makes something else: {sorted(now.files)} {now.served}"
    if swept := [what for what in now.rest if what.startswith(("draft", "temporary"))]:
        yield f"next run leaves {swept}"
    for name, content in FOREIGN.items():
        if not (home / name).is_file() or (home / name).read_bytes() != content:
            yield f"next run took {name}"


def _pair(served: str) -> object:
    told = json.loads(served)
    return told["champion"], told["ledger"]


def _harmless_end(ended: Ended) -> bool:
    return ended.code in (0, 10, 20) and "Traceback" not in ended.said


# --- a full disk ----------------------------------------------------------------------------------


def _full(home: Path, before: Path, writing: Writing, found: Moments, old: Left, new: Left) -> str:
    """How the command ends on a disk that is full sooner or later."""
    if subprocess.run(["id", "-u"], capture_output=True, text=True, check=True).stdout != "0\n":
        return "| full disk: not tried, only root may mount one"
    used = bytes_on_disk(stamps(before))
    told: Counter[str] = Counter()
    data = home.with_name("data")
    (home / "data").rename(data)
    for share in _FULL_AT:
        size = used + int(share * max(found.largest - used, 0))
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(home)]
        subprocess.run(mount, check=True)
        try:
            shutil.copytree(before, home, symlinks=True, dirs_exist_ok=True)
            (home / "data").symlink_to(data)
            done = run(home, shlex.split(writing.words), command)
            now = left(home)
            told[_end_of(done, verdict(now, old, new, writing), _changed(now, old))] += 1
        finally:
            subprocess.run(["umount", str(home)], check=True)
    data.rename(home / "data")
    return "| full disk: " + ", ".join(f"{count} x {what}" for what, count in told.items())


def _changed(now: Left, old: Left) -> str:
    names = {*now.files, *old.files}
    return ", ".join(sorted(name for name in names if now.files.get(name) != old.files.get(name)))


def _end_of(done: Ended, told: str, changed: str) -> str:
    said = [line for line in done.said.splitlines() if line.startswith("Error: ")]
    if "Traceback" in done.said:
        return f"TRACEBACK {done.said.strip().splitlines()[-1][:200]}"
    if done.code in (0, 10, 20):
        return f"exit {done.code}, {told}"
    there = "" if told == "old" else f" ({changed})"
    sentences = "" if len(said) == 1 else f", {len(said)} SENTENCES"
    return f"exit {done.code}, {told}{there}{sentences}"


# --- the commands ---------------------------------------------------------------------------------


def command() -> None:
    """The command line."""
    importlib.import_module("training.cli").main()


def _made(name: str, made: dict[str, Path], results: Path) -> Path:
    """The company after a command, which is run where nobody did."""
    if name not in made:
        home = results / f"{name} made"
        _prepare(_made(WRITING[name].after, made, results), home, WRITING[name].old)
        done = run(home, shlex.split(WRITING[name].words), command)
        if not _harmless_end(done):
            raise SystemExit(f"{name}: {done.said}")
        made[name] = home
    return made[name]


def _prepare(company: Path, home: Path, old: Mapping[str, bytes]) -> None:
    shutil.copytree(company, home)
    for name in ("out", "tmp", "quarantine"):
        shutil.rmtree(home / name, ignore_errors=True)
    (home / "quarantine").mkdir()
    for name, content in {**FOREIGN, **old}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)


def _import_everything() -> None:
    """What commands import, once for all of them; nothing is run, so that no thread begins."""
    for package in ("features", "propensity", "training"):
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            if not module.name.endswith(("__main__", "quickstart")):
                importlib.import_module(module.name)
    for name in (
        "mlflow",
        "mlflow.pyfunc",
        "lightgbm",
        "sklearn.linear_model",
        "matplotlib.pyplot",
    ):
        importlib.import_module(name)


if __name__ == "__main__":
    main()
