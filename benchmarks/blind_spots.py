"""Does the audit find what no single column shows, and does it leave honest tables alone?

    python -m benchmarks.blind_spots [--worlds 60] [--leads 4000] [--processes 2]

Each world is a flat table of leads in their order of time, with columns of its own strengths:

* stages: five to nine durations of stages, each weak (AUC .57 to .66), which together carry the
  model; * shares: parts of a constant whole that lean with the outcome; * late date: a date of
  which a part lies after the time of its row; * open as lost: a part of the losses are open deals,
  which have no close date, or a planned one (in half of the worlds); * betrayed gap: a field that
  contact fills in, beside another that tells its value, so that what is drawn can be told; * ageing
  field: filled in as rows age.

Beside them stand their honest likenesses: a family of visits, two sizes of a company that go
together, shares of noise, a date before its row, a field that contact fills in and nothing betrays,
a field that was taken off the form. Printed per kind: how often the audit speaks, which is right of
the first and false of the second.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from features.intake import open_store
from propensity.config.config import parse
from training.audit.intake import intake
from training.audit.leaks.firewall import Judged, judge
from training.learn.rows.history import history
from training.learn.rows.run import Run

Floats = NDArray[np.float64]
#: What is planted, and what is honest.
LEAKS = ("stages", "shares", "late date", "open as lost", "betrayed gap", "ageing field")
HONEST = (
    *("honest family", "honest pair", "honest shares", "honest date", "all decided"),
    *("honest gap", "old form"),
)
_START = pd.Timestamp("2023-01-02")


class PlantedTable:
    """A flat table under way, with the columns of each kind."""

    def __init__(self, seed: int, leads: int) -> None:
        self.random = np.random.default_rng([seed, 91])
        self.leads = leads
        self.won = self.random.random(leads) < self.random.uniform(0.08, 0.25)
        self.day = np.sort(self.random.integers(0, 720, leads))
        at = _START + pd.to_timedelta(self.day, unit="D")
        self.frame: dict[str, Any] = {
            "id": [f"L{i:06}" for i in range(leads)],
            "created": at.strftime("%Y-%m-%d"),
        }
        self.kinds: dict[str, tuple[str, ...]] = {}
        self.has_open = bool(self.random.random() < 0.5)

    def _add(self, kind: str, columns: dict[str, Any]) -> None:
        self.frame |= columns
        self.kinds[kind] = tuple(columns)

    def _dates(self, days: Floats, has: NDArray[np.bool_]) -> NDArray[np.object_]:
        at = _START + pd.to_timedelta(days.round(), unit="D")
        return np.where(has, at.strftime("%Y-%m-%d"), None)

    def _leaning(self, apart: float) -> Floats:
        return self.random.standard_normal(self.leads) + apart * self.won

    # --- what is planted --------------------------------------------------------------------------

    def stages(self) -> None:
        """Durations of stages, each weak."""
        names = [f"Days in stage {i}" for i in range(int(self.random.integers(5, 10)))]
        apart = self.random.uniform(0.35, 0.58, len(names))
        self._add(
            "stages",
            {
                n: np.round(np.maximum(0, 9 + 3 * self._leaning(a)), 1)
                for n, a in zip(names, apart, strict=True)
            },
        )

    def shares(self) -> None:
        """Shares of the time with six departments, each leaning a little with the outcome."""
        names = ("sales", "support", "partner", "legal", "finance", "board")
        lean = self.random.uniform(0.4, 0.65, len(names)) * np.array([1, -1, 1, -1, 1, -1])
        parts = np.exp(np.column_stack([self._leaning(each) for each in lean]))
        parts /= parts.sum(axis=1, keepdims=True)
        self._add("shares", dict(zip(names, parts.T.round(4), strict=True)))

    def late_date(self) -> None:
        """A date that is written later on a part of the rows."""
        late = self.random.random(self.leads) < self.random.uniform(0.08, 0.9)
        days = self.day + np.where(late, self.random.integers(1, 60, self.leads), -3)
        self._add("late date", {"Reviewed on": self._dates(days, np.ones(self.leads, bool))})

    def open_as_lost(self) -> None:
        """The date of the decision; in half of the worlds many losses have none, or a plan."""
        days = self.day - self.random.integers(0, 4, self.leads).astype(float)
        has = np.ones(self.leads, dtype=bool)
        if self.has_open:
            is_open = ~self.won & (self.random.random(self.leads) < self.random.uniform(0.6, 0.9))
            if self.random.random() < 0.5:
                has = ~is_open
            else:
                days = np.where(is_open, 760 + self.random.integers(0, 200, self.leads), days)
        kind = "open as lost" if self.has_open else "all decided"
        self._add(kind, {"Decided": self._dates(days, has)})

    def betrayed_gap(self) -> None:
        """A field that contact fills in, and another that tells its value."""
        size = self._leaning(0.6)
        told = size + self.random.normal(0, self.random.uniform(0.03, 0.3), self.leads)
        self._add("betrayed gap", {"asked size": np.where(self._asked(), size, np.nan)})
        self.frame["known size"] = told

    def ageing_field(self) -> None:
        """A field that is filled in as rows age, whatever comes of them."""
        age = 1 - self.day / 720
        share = self.random.uniform(0.4, 0.8) * age
        filled = self.random.random(self.leads) < share
        self._add("ageing field", {"remark code": np.where(filled, self._letters(), None)})

    # --- what is honest ---------------------------------------------------------------------------

    def honest(self) -> None:
        """The likenesses."""
        taste = self._leaning(0.35)
        self._add(
            "honest family",
            {
                f"Visits {where}": self.random.poisson(np.exp(0.4 * taste + 0.5))
                for where in ("home", "blog", "prices", "help")
            },
        )
        size = self._leaning(0.4)
        self._add(
            "honest pair",
            {
                "employees": np.exp(size + 4).round(),
                "revenue": np.exp(size + self.random.normal(0, 0.4, self.leads) + 9).round(),
            },
        )
        parts = self.random.dirichlet([2, 2, 2], self.leads).round(4)
        self._add("honest shares", dict(zip(("north", "south", "east"), parts.T, strict=True)))
        founded = self.day - self.random.integers(30, 4000, self.leads)
        self._add("honest date", {"Founded": self._dates(founded, np.ones(self.leads, bool))})
        value = self._leaning(0.6)
        self._add("honest gap", {"asked need": np.where(self._asked(), value, np.nan)})
        asked = (self.day < self.random.integers(250, 500)) & (self.random.random(self.leads) < 0.6)
        self._add("old form", {"fax field": np.where(asked, self._letters(), None)})
        for i, name in enumerate(("sector", "country", "topic", "product", "origin")):
            self.frame[name] = np.where(
                self.random.random(self.leads) < 0.15 + 0.03 * i * self.won, "x", self._letters()
            )

    def _asked(self) -> NDArray[np.bool_]:
        share = np.where(self.won, 0.9, self.random.uniform(0.25, 0.4))
        return np.asarray(self.random.random(self.leads) < share)

    def _letters(self) -> NDArray[np.str_]:
        return self.random.choice(list("abcd"), self.leads)


def world(seed: int, leads: int) -> list[dict[str, Any]]:
    """Plant, audit, compare: a row per kind."""
    table = PlantedTable(seed, leads)
    for plant in (table.stages, table.shares, table.late_date, table.open_as_lost):
        plant()
    table.betrayed_gap()
    table.ageing_field()
    table.honest()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flat.csv"
        pd.DataFrame(table.frame | {"won": table.won.astype(int)}).to_csv(path, index=False)
        config = parse(_config(table), base=Path(folder))
        with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
            run = Run(config, store)
            found = judge(run, history(run))
            is_open = any(each.name == "open counted as lost" for each in intake(store))
    seconds = time.perf_counter() - start
    return [
        {"seed": seed, "kind": kind, "seconds": seconds, **_spoken(kind, names, found, is_open)}
        for kind, names in table.kinds.items()
    ]


def _config(table: PlantedTable) -> dict[str, Any]:
    own = ("id", "created")
    columns = {"lead_id": "id", "outcome": "won", "time": "created"}
    return {
        "name": "blind",
        "input": {"timezone": "UTC", "flat": {"path": "flat.csv", "columns": columns}},
        "columns": {"fit": [name for name in table.frame if name not in own]},
        "split": {"order": "time"},
    }


def _spoken(kind: str, names: tuple[str, ...], found: Judged, is_open: bool) -> dict[str, Any]:
    """Whether the audit speaks about a kind, by the rule that is meant for it."""
    columns = [column for column in found.columns if column.name in names]
    verdicts = [column.verdict for column in columns]
    rules = {hit.rule for c in columns for hit in c.hits if hit.verdict in ("suspect", "leak")}
    together = any(
        group.verdict != "fine" and set(names) <= set(group.columns) for group in found.groups
    )
    speaks: Callable[[], bool] = {
        "stages": lambda: together,
        "shares": lambda: together,
        "honest family": lambda: together,
        "honest pair": lambda: together,
        "honest shares": lambda: together,
        "late date": lambda: "date after the row" in rules,
        "honest date": lambda: "date after the row" in rules,
        "open as lost": lambda: is_open,
        "all decided": lambda: is_open,
        "betrayed gap": lambda: columns[0].action != "impute",
        "honest gap": lambda: columns[0].action != "impute",
        "ageing field": lambda: "filled as rows age" in rules,
        "old form": lambda: "filled as rows age" in rules,
    }[kind]
    return {"speaks": speaks(), "verdicts": verdicts, "rules": sorted(rules)}


def rates(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per kind: how many worlds have it, and the share in which the audit speaks."""
    found = []
    for kind in (*LEAKS, *HONEST):
        spoken = [row["speaks"] for row in rows if row["kind"] == kind]
        if spoken:
            found.append({"kind": kind, "n": len(spoken), "speaks": float(np.mean(spoken))})
    return found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Does the audit find what no column shows alone?")
    parser.add_argument("--worlds", type=int, default=60, help="tables (default 60)")
    parser.add_argument("--first-seed", type=int, default=0, help="of the first (default 0)")
    parser.add_argument("--leads", type=int, default=4000, help="rows of each (default 4,000)")
    parser.add_argument("--processes", type=int, default=2, help="worlds at a time (default 2)")
    parser.add_argument("--json", type=Path, default=Path("runs/benchmark-blind-spots.json"))
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.worlds)
    with ProcessPoolExecutor(options.processes) as pool:
        found = pool.map(world, seeds, [options.leads] * len(seeds))
        rows = [row for one in found for row in one]
    table = Table(title=f"{len(seeds)} tables of {options.leads:,} leads")
    for name in ("kind", "tables", "the audit speaks", "which is"):
        table.add_column(
            name, justify="right" if name in ("tables", "the audit speaks") else "left"
        )
    for rate in rates(rows):
        right = "found" if rate["kind"] in LEAKS else "false"
        table.add_row(rate["kind"], f"{rate['n']}", f"{rate['speaks']:.0%}", right)
    Console(width=100).print(table, f"{np.mean([r['seconds'] for r in rows]):.1f} s per audit")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(
        json.dumps({"rates": rates(rows), "rows": rows}, indent=1), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
