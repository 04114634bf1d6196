"""What do additive terms cost to serve, beside trees?  Both engines on the same features and leads,
in one run.

    python -m benchmarks.terms --leads 1000000

A spline of 60 terms (10 categories), a bag of five such splines, and 300 trees of depth 4, fitted
on the same 60,000 simulated leads, explain the same leads per feature.  Times are seconds of
processor over all threads, the best of a few
rounds in which the contestants take turns: other work on the machine does not count.
"""

from __future__ import annotations

import os

# before LightGBM: else idle threads spin and slow everybody down
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

import argparse
import json
import platform
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from features.spec import AttributeSource, Feature, FeatureSpec
from propensity.contributions.engine import Engine
from propensity.contributions.forest import CompiledForest
from propensity.contributions.terms import CompiledTerms
from training.learn.learners.spline import fit_terms
from training.learn.learners.trees import LearnerRows

N_FEATURES, N_CATEGORIES, LEVELS = 60, 10, 30
MISSING = 0.05
TRAINING_ROWS, BAGS = 60_000, 5


def main() -> None:
    """Fit, time, print the table, write the JSON."""
    options = _options()
    rows = simulated(TRAINING_ROWS, seed=1)
    start = time.process_time()
    whole = fit_terms(rows, SPEC)
    fitting = time.process_time() - start
    parts = np.arange(TRAINING_ROWS) % BAGS
    bag = [fit_terms(rows.take(np.flatnonzero(parts != part)), SPEC) for part in range(BAGS)]
    engines: dict[str, Engine] = {
        "300 trees of depth 4": CompiledForest.compile([(trees(rows), 1.0)]),
        f"{N_FEATURES} terms": CompiledTerms([whole], N_FEATURES),
        f"{N_FEATURES} terms, a bag of {BAGS}": CompiledTerms(
            [terms.model_copy(update={"weight": 1 / BAGS}) for terms in bag], N_FEATURES
        ),
    }
    for kernel in (
        "propensity.contributions.forest.kernel",
        "propensity.contributions.terms.kernel",
    ):
        import_module(kernel)
    matrix = simulated(options.leads, seed=2).matrix
    seconds = taken_in_turns(engines, matrix, threads=options.threads, rounds=options.rounds)
    Console(width=100).print(
        table_of(seconds, options.leads), f"fitting the spline: {fitting:.2f} s"
    )
    result = {
        "command": " ".join(["python -m benchmarks.terms", *sys.argv[1:]]),
        "machine": {"threads": options.threads, "system": platform.system()},
        "leads": options.leads,
        "fitting_seconds": fitting,
        "cpu_seconds": seconds,
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _feature(number: int) -> Feature:
    levels = tuple(f"level {i}" for i in range(LEVELS)) if number < N_CATEGORIES else ()
    source = AttributeSource(column=f"column {number}", reading="category" if levels else "number")
    return Feature(
        name=f"column {number}",
        axis="fit",
        concept=str(number),
        unit="",
        source=source,
        levels=levels,
    )


SPEC = FeatureSpec(features=tuple(map(_feature, range(N_FEATURES))))


def simulated(n: int, *, seed: int) -> LearnerRows:
    """Leads with categories, numbers, counts and missing values, and their outcomes."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(n, N_FEATURES))
    matrix[:, 40:] = np.floor(np.exp(matrix[:, 40:]))
    matrix[random.random(matrix.shape) < MISSING] = np.nan
    matrix[:, :N_CATEGORIES] = random.integers(0, LEVELS + 2, (n, N_CATEGORIES))
    effects = np.random.default_rng(7).normal(0, 0.3, N_FEATURES)
    truth = np.tanh(np.nan_to_num(matrix)) @ effects + 0.5 * (matrix[:, 0] % 3 == 0) - 2
    label = (random.random(n) < 1 / (1 + np.exp(-truth))).astype(np.int8)
    return LearnerRows(np.asfortranarray(matrix), label, np.ones(n))


def trees(rows: LearnerRows) -> str:
    """The text of a LightGBM model."""
    parameters = {
        "objective": "binary",
        "num_leaves": 16,
        "max_depth": 4,
        "learning_rate": 0.05,
        "verbose": -1,
    }
    data = lgb.Dataset(rows.matrix, rows.label, categorical_feature=SPEC.categories)
    return str(lgb.train(parameters, data, 300).model_to_string())


def taken_in_turns(
    engines: Mapping[str, Engine], matrix: NDArray[np.float64], *, threads: int, rounds: int
) -> dict[str, float]:
    """Least processor seconds of each engine; each explains a few rows before, to warm up."""
    for engine in engines.values():
        engine.contributions(matrix[:200])
    best = dict.fromkeys(engines, float("inf"))
    for _ in range(rounds):
        for name, engine in engines.items():
            start = time.process_time()
            engine.contributions(matrix, threads=threads)
            best[name] = min(best[name], time.process_time() - start)
    return best


def table_of(seconds: Mapping[str, float], leads: int) -> Table:
    """The table; ratios compare with the first."""
    table = Table(
        title=f"{leads:,} leads, {N_FEATURES} features, a contribution each", title_justify="left"
    )
    for heading in ("", "CPU seconds", "us/lead", "x trees"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    first = next(iter(seconds.values()))
    for name, taken in seconds.items():
        table.add_row(name, f"{taken:.2f}", f"{taken / leads * 1e6:.2f}", f"{taken / first:.2f}")
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
        "--json", type=Path, default=Path("runs/benchmark-terms.json"), help="where the result goes"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
