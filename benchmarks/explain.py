"""How fast is an explained score?  Our engine, LightGBM, shap and woodelf on the same model and
rows, in one run.

    python -m benchmarks.explain --leads 1000000

What runs too long on all leads runs on fewer rows and is scaled up; the table says so.  Times are
wall-clock, the best of a few rounds in which the contestants take turns, because other work on the
machine slows whoever is running. The engine's time is encoding plus contributions, from a float64
matrix to a float64 matrix.  Models are trained on
simulated leads: 45 features, five of them categorical (one with 200 levels), 5 % of the values
missing, fit and behaviour features kept in separate trees.
"""

from __future__ import annotations

import os

# before LightGBM: else idle threads spin and slow everybody down
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

import argparse
import json
import math
import platform
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from propensity.contributions.forest import CompiledForest

N_FEATURES, N_FIT = 45, 22
LEVELS = (200, 12, 12, 12, 12)  # of the categorical features, which come first
MISSING = 0.05
TRAINING_ROWS = 60_000
TREES = 300

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One model to explain with: `bags` boosters of 300 trees, added up.

    `share` of the leads is used.
    """

    name: str
    depth: int
    bags: int = 1
    categorical: bool = True
    share: float = 1.0


@dataclass(frozen=True)
class Timing:
    """One row of the result: seconds for `leads` leads, measured on `rows` rows of them."""

    case: str
    contestant: str
    leads: int
    rows: int
    seconds: float | None
    note: str = ""

    @property
    def scaled(self) -> float | None:
        """Seconds for all leads of the case."""
        return None if self.seconds is None else self.seconds * self.leads / self.rows


CASES = (
    Case("300 trees of depth 4", depth=4),
    Case("300 trees of depth 4, numeric only", depth=4, categorical=False),
    Case("300 trees of depth 6", depth=6),
    Case("10 bags of 300 trees of depth 4", depth=4, bags=10, share=0.2),
)


def main() -> None:
    """Run the cases, print the table, write the JSON."""
    options = _options()
    timings: list[Timing] = []
    facts: list[dict[str, Any]] = []
    for case in CASES:
        case_timings, case_facts = measured(case, options)
        timings += case_timings
        facts.append(case_facts)
        Console(width=100).print(table_of(case_timings, case_facts))
    result = {
        "command": " ".join(["python -m benchmarks.explain", *sys.argv[1:]]),
        "machine": {
            "processor": processor(),
            "threads": options.threads,
            "system": platform.system(),
        },
        "versions": {"python": platform.python_version(), **_versions()},
        "models": facts,
        "timings": [
            {**asdict(timing), "seconds_for_all_leads": timing.scaled} for timing in timings
        ],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written: {options.json}")


def measured(case: Case, options: argparse.Namespace) -> tuple[list[Timing], dict[str, Any]]:
    """Time all contestants on one case, and check that they agree."""
    leads = max(1000, int(options.leads * case.share))
    members = [trained(case, bag) for bag in range(case.bags)]
    matrix = simulated(leads, seed=99, categorical=case.categorical)[0]
    few = matrix[: min(leads, max(200, options.peer_rows // (case.bags * 4 ** (case.depth - 4))))]
    start = time.perf_counter()
    forest = CompiledForest.compile(
        [(member.model_to_string(), 1.0 / case.bags) for member in members]
    )
    first = forest.contributions(matrix[:200])
    loading = time.perf_counter() - start
    axes = (np.arange(N_FEATURES) >= N_FIT).astype(np.int32)
    # else the warm-up rows would be explained without it
    import_module("propensity.contributions.forest.kernel")

    contestants: dict[str, tuple[Matrix, Callable[[Matrix], object]]] = {
        "propensity, per feature": (
            matrix,
            lambda rows: forest.contributions(rows, threads=options.threads),
        ),
        "propensity, by axis": (
            matrix,
            lambda rows: forest.contributions(rows, groups=axes, threads=options.threads),
        ),
        "LightGBM predict": (
            matrix,
            lambda rows: added(members, rows, options.threads, raw_score=True),
        ),
        "LightGBM pred_contrib": (
            few,
            lambda rows: added(members, rows, options.threads, pred_contrib=True),
        ),
        "shap.TreeExplainer": (few, shap_explained(members)),
    }
    if not case.categorical and find_spec("woodelf"):
        contestants["woodelf_explainer"] = (
            few if leads < 100_000 else matrix[:100_000],
            woodelf_explained(members),
        )
    seconds = taken_in_turns(contestants, options.rounds)
    timings = [
        Timing(case.name, name, leads, len(rows), seconds[name])
        for name, (rows, _) in contestants.items()
    ]
    if not find_spec("woodelf"):
        timings.append(Timing(case.name, "woodelf_explainer", leads, leads, None, "not installed"))
    elif case.categorical:
        timings.append(
            Timing(case.name, "woodelf_explainer", leads, leads, None, "refuses categories")
        )
    reference = np.asarray(added(members, matrix[:200], options.threads, pred_contrib=True))
    error = float(np.abs(first - reference[:, :-1]).max())
    return timings, {
        "case": case.name,
        "loading_seconds": loading,
        "largest_difference_to_pred_contrib": error,
    }


def taken_in_turns(
    contestants: dict[str, tuple[Matrix, Callable[[Matrix], object]]], rounds: int
) -> dict[str, float]:
    """Best wall-clock seconds of each contestant; each runs once on a few rows before, to warm
    up.
    """
    for rows, explain in contestants.values():
        explain(rows[:200])
    best = dict.fromkeys(contestants, float("inf"))
    for _ in range(rounds):
        for name, (rows, explain) in contestants.items():
            start = time.perf_counter()
            explain(rows)
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def trained(case: Case, bag: int) -> lgb.Booster:
    """A booster of the case, on its own simulated leads."""
    X, y = simulated(TRAINING_ROWS, seed=bag, categorical=case.categorical)
    categorical = list(range(len(LEVELS))) if case.categorical else []
    parameters = {
        "objective": "binary",
        "num_leaves": 2**case.depth,
        "max_depth": case.depth,
        "learning_rate": 0.05,
        "interaction_constraints": [list(range(N_FIT)), list(range(N_FIT, N_FEATURES))],
        "seed": bag,
        "verbose": -1,
    }
    return lgb.train(parameters, lgb.Dataset(X, y, categorical_feature=categorical), TREES)


def simulated(n: int, *, seed: int, categorical: bool) -> tuple[Matrix, Matrix]:
    """Leads (n, 45) and outcomes (n,): numbers of several shapes, categories, counts, and values
    missing at random.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, N_FEATURES))
    X[:, 30:40] = np.floor(np.exp(X[:, 30:40]))
    if categorical:
        X[:, : len(LEVELS)] = np.stack([rng.integers(0, levels, n) for levels in LEVELS], axis=1)
    truth = np.random.default_rng(7)
    effects = [truth.normal(size=levels) for levels in LEVELS]
    logit = (
        X[:, 5:] @ truth.normal(scale=0.15, size=N_FEATURES - 5)
        + np.sin(2 * X[:, 6]) * (X[:, 8] > 0)
        - 2.0
    )
    for feature, effect in enumerate(effects if categorical else []):
        logit += effect[X[:, feature].astype(int)] * (1 + 0.3 * np.tanh(X[:, 10]))
    X[rng.random(X.shape) < MISSING] = np.nan
    return X, (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(float)


def added(members: list[lgb.Booster], rows: Matrix, threads: int, **kind: bool) -> Matrix:
    """Mean of the members' predictions of one kind."""
    total = np.zeros(1)
    for member in members:
        total = total + np.asarray(member.predict(rows, num_threads=threads, **kind))
    return total / len(members)


def shap_explained(members: list[lgb.Booster]) -> Callable[[Matrix], object]:
    """What explains rows by shap; it hands LightGBM models to LightGBM."""
    import shap

    warnings.filterwarnings("ignore", message="LightGBM binary classifier with TreeExplainer")
    explainers = [shap.TreeExplainer(member) for member in members]
    return lambda rows: [explainer.shap_values(rows) for explainer in explainers]


def woodelf_explained(members: list[lgb.Booster]) -> Callable[[Matrix], object]:
    """What explains rows by woodelf, which reads data frames."""
    import pandas as pd

    woodelf = import_module("woodelf")
    explainers = [woodelf.WoodelfExplainer(member) for member in members]
    names = members[0].feature_name()
    return lambda rows: [
        explainer.shap_values(pd.DataFrame(rows, columns=names), verbose=False)
        for explainer in explainers
    ]


def table_of(timings: list[Timing], facts: dict[str, Any]) -> Table:
    """The table of one case; factors compare with the engine's contributions of every feature and
    with predict.
    """
    scaled = {timing.contestant: timing.scaled or math.nan for timing in timings}
    own, predict = scaled["propensity, per feature"], scaled["LightGBM predict"]
    table = Table(
        title=(
            f"{facts['case']}, {timings[0].leads:,} leads: loaded in {facts['loading_seconds']:.2f}"
            f" s, within {facts['largest_difference_to_pred_contrib']:.0e} of pred_contrib"
        ),
        title_justify="left",
    )
    for heading in ("", "seconds", "us/lead", "x predict", "x ours", ""):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for timing in timings:
        if timing.scaled is None:
            table.add_row(timing.contestant, "-", "-", "-", "-", timing.note)
            continue
        table.add_row(
            timing.contestant,
            f"{timing.scaled:,.2f}",
            f"{timing.scaled / timing.leads * 1e6:.2f}",
            f"{timing.scaled / predict:.2f}",
            f"{timing.scaled / own:.1f}",
            "" if timing.rows == timing.leads else f"scaled from {timing.rows:,} rows",
        )
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--leads", type=int, default=1_000_000, help="leads to explain (default 1,000,000)"
    )
    parser.add_argument(
        "--threads", type=int, default=os.cpu_count() or 1, help="threads of every contestant"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds of which the best counts (default 3)"
    )
    parser.add_argument(
        "--peer-rows", type=int, default=20_000, help="rows for pred_contrib and shap at depth 4"
    )
    parser.add_argument(
        "--json",
        type=Path,
        default=Path("runs/benchmark-explain.json"),
        help="where the result goes",
    )
    return parser.parse_args()


def processor() -> str:
    """What the machine calls itself."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def _versions() -> dict[str, str]:
    found = {}
    for package in ("numpy", "numba", "lightgbm", "shap", "woodelf_explainer"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


if __name__ == "__main__":
    main()
