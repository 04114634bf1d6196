"""Commands that are killed at random moments, or write to a full disk: old or new, no traceback.

    python -m benchmarks.interrupted FOLDER [--kills 20] [--only score]

FOLDER holds a company with `propensity.yaml` and a registered champion, such as that of `make
quickstart`; it is copied. Each command that writes is killed (SIGKILL) at random moments of its
run. After each kill its outputs are the old ones, or those of a run that was left alone, and the
next run ends well and leaves nothing beside them. As root on Linux the command also writes to a
disk that is full after so many bytes.
"""

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-c", "from training.cli import main; main()"]
#: Command to its words; it writes into `out` alone.
WRITING = {
    "score": "score propensity.yaml --as-of 2025-04-01 --out out/s.parquet --json out/s.json",
    "score csv": "score propensity.yaml --as-of 2025-04-01 --out out/s.csv",
    "simulate": "simulate out/sim --leads 300",
    "init": "init data/leads.csv data/outcomes.csv --out out/i.yaml",
    "review": "review propensity.yaml --only sla --out out/pack",
    "closed-loop": "closed-loop propensity.yaml --json out/c.json",
    "audit": "audit propensity.yaml --html out/a.html --json out/a.json",
    "definition write": "definition write propensity.yaml --out out/d.yaml",
}
SIZES = ("8k", "64k", "512k")


def main() -> None:
    """Print a line per command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--only")
    asked = parser.parse_args()
    for name in [asked.only] if asked.only else WRITING:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "company"
            shutil.copytree(asked.folder, home)
            words = WRITING[name].split()
            print(
                f"{name:17}", killed(home, words, asked.kills), "|", full(home, words), flush=True
            )


def killed(home: Path, words: list[str], kills: int) -> str:
    """What was left by so many kills, and what the runs after them did."""
    started = time.monotonic()
    code = run(home, words).returncode
    took = time.monotonic() - started
    new = state(home / "out")
    wrong, draws = [], random.Random(1)  # noqa: S311 — moments, no secret
    for _ in range(kills):
        shutil.rmtree(home / "out", ignore_errors=True)
        child = subprocess.Popen([*COMMAND, *words], cwd=home, **silent())  # type: ignore[call-overload]
        time.sleep(draws.uniform(0.3, took))
        child.kill()
        child.wait()
        left = {name: found for name, found in state(home / "out").items() if not _is_draft(name)}
        if not left.items() <= new.items():
            wrong.append(f"half: {sorted(left)}")
        again = run(home, [*words, *(["--force"] if "--json" in words else [])])
        blocked = words[0] in ("init", "definition") and left == new
        if again.returncode != code and not blocked:
            wrong.append(f"next run {again.returncode}: {again.stderr.strip()[-120:]}")
        elif not blocked and state(home / "out") != new:
            wrong.append("next run differs or left something")
    return f"{kills} kills in {took:.1f} s: {len(wrong)} wrong {wrong[:3] or ''}"


def _is_draft(name: str) -> bool:
    """Whether a file lies in a place that is hidden until it is complete."""
    return any(part.startswith(".") for part in Path(name).parts)


def full(home: Path, words: list[str]) -> str:
    """How the command ends on disks of some sizes."""
    if os.geteuid() != 0:
        return "full disk: not tried, only root may mount one"
    told = []
    for size in SIZES:
        shutil.rmtree(home / "out", ignore_errors=True)
        (home / "out").mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(home / "out")]
        subprocess.run(mount, check=True)
        try:
            done = run(home, words)
        finally:
            left = sorted(state(home / "out"))
            subprocess.run(["umount", str(home / "out")], check=True)
        said = "traceback!" if "Traceback" in done.stderr else f"exit {done.returncode}"
        whole = "" if done.returncode in (0, 10) or not left else f" left {left[:2]}"
        told.append(f"{size} {said}{whole}")
    return f"full disk: {', '.join(told)}"


def run(home: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    """A command that is left alone."""
    return subprocess.run([*COMMAND, *words], cwd=home, capture_output=True, text=True, check=False)


def silent() -> dict[str, int]:
    """Where the output of a command goes that is killed."""
    return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def state(folder: Path) -> dict[str, str]:
    """Every file below a folder with its hash; a definition without the day of its draft."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


if __name__ == "__main__":
    main()
