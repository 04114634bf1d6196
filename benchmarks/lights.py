"""Which light does the audit give each real data set, and with which exit code?

    python -m benchmarks.lights [--data ../shared/data] [--only x_education]

Every configuration of `tests/configs` whose files are there is audited twice: as it stands, with
nobody having said when a column is written, and as if somebody had said of all of them that they
are written when the lead comes. The second light is what the other tests alone say.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from propensity.config.config import Config, parse
from propensity.config.decisions import Decision, Decisions
from training.audit.command import audit
from training.audit.findings import Audit

CONFIGS = Path(__file__).resolve().parents[1] / "tests" / "configs"
DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
EXIT = {"green": 0, "amber": 10, "red": 20}


def configurations(data: Path, scratch: Path) -> Iterator[tuple[str, Config]]:
    """The configurations whose files are in a folder below the data's."""
    for path in sorted(CONFIGS.glob("*.yaml")):
        raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict) or "input" not in raw:
            continue
        sources = [
            part["path"]
            for part in raw["input"].values()
            if isinstance(part, dict) and "path" in part
        ]
        others = sorted(folder for folder in data.iterdir() if folder.is_dir())
        folders = [data / path.stem, data, data / "splits", *others]
        base = next((f for f in folders if all((f / s).is_file() for s in sources)), None)
        if base is not None:
            raw["output"] = {"quarantine": str(scratch / path.stem)}
            yield path.stem, parse(raw, base=base)


def dated(config: Config) -> Config:
    """The same, with all columns in the model stated as written at the creation."""
    names = (*config.columns.fit, *config.columns.interest)
    entries = [Decision.model_validate({"column": n, "known": "at_creation"}) for n in names]
    decided = Decisions(path=config.decisions.path, entries=tuple(entries))
    return config.model_copy(update={"decisions": decided})


def _row(found: Audit) -> tuple[str, str]:
    verdicts = Counter(c.verdict for c in found.columns if c.kind == "column")
    told = ", ".join(f"{n} {verdict}" for verdict, n in sorted(verdicts.items()))
    worst = [f.name for f in found.findings if f.light == found.light and f.light != "green"]
    return f"{found.light} ({EXIT[found.light]})", f"{told}; {', '.join(worst[:4])}"


def main() -> None:
    """Audit each set and print its lights."""
    parser = argparse.ArgumentParser(description="The light of the audit on each real data set.")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--only", help="one configuration, by the name of its file")
    options = parser.parse_args()
    table = Table(title="Lights of the audit, with exit codes")
    for name in ("set", "as it stands", "all dated", "columns; what makes the second light"):
        table.add_column(name, overflow="fold")
    with tempfile.TemporaryDirectory() as scratch:
        for name, config in configurations(options.data, Path(scratch)):
            if options.only in (None, name):
                start = time.perf_counter()
                first, second = _row(audit(config))[0], _row(audit(dated(config)))
                seconds = time.perf_counter() - start
                table.add_row(f"{name} ({seconds:.0f} s)", first, *second)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
