"""Does a model per segment pay? One model beside a model for each level of a column, on real sets.

    python -m benchmarks.segments [--only x_education] [--folds 5]

Each column of fit with two to six levels that have 500 rows and 50 wins is tried as the segment;
all other levels together are one more. On stratified folds of the training file of a split, one
LightGBM learner (`PropensityClassifier`, no other contestant, no trials) learns from all rows, with
the axes apart and shared, and once more from the rows of each segment alone. Differences are of the
log loss, with the standard error over rows.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from benchmarks.classifier import table
from benchmarks.quality import READ
from propensity import PropensityClassifier

SETS = tuple(READ)
LEARNER = {"contestants": ("lightgbm",), "trials": 0}
FEWEST_ROWS, FEWEST_WINS, MOST_LEVELS = 500, 50, 6
Floats = NDArray[np.float64]


def main() -> None:
    """Print a line per set and column."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=Path, default=Path("../shared/data/splits"))
    parser.add_argument("--only", choices=SETS)
    parser.add_argument("--folds", type=int, default=5)
    given = parser.parse_args()
    print(f"{'':38}{'segments':>9}{'one model':>11}{'per segment':>24}{'axes shared':>24}")
    for name in [given.only] if given.only else SETS:
        frame, won, axes = table(name, given.splits)
        folds = StratifiedKFold(given.folds, shuffle=True, random_state=0)
        parts = list(folds.split(frame, won))
        one = losses(frame, won, axes, parts)
        shared = losses(frame, won, axes, parts, shared=True)
        for column, segment in segments(frame, won, axes):
            alone = np.empty(len(won))
            for level in np.unique(segment):
                here = segment == level
                alone[here] = losses(frame, won, axes, parts, here=here)[here]
            print(
                f"{name + ', ' + column:38.38}{len(np.unique(segment)):>9}{one.mean():>11.4f}"
                f"{gap(alone, one):>24}{gap(shared, one):>24}",
                flush=True,
            )


def segments(
    frame: pd.DataFrame, won: NDArray[np.int8], axes: dict[str, str]
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Columns that may part the leads, with the number of each row's segment."""
    for column, axis in axes.items():
        if axis != "fit":
            continue
        text = frame[column].astype("str")
        counts = (
            pd.DataFrame({"level": text, "won": won}).groupby("level")["won"].agg(["size", "sum"])
        )
        kept = counts[(counts["size"] >= FEWEST_ROWS) & (counts["sum"] >= FEWEST_WINS)].index
        if not 1 < len(kept) <= MOST_LEVELS:
            continue
        number = text.map({level: place for place, level in enumerate(kept)})
        rest = number.isna()
        if rest.any() and won[rest].sum() < FEWEST_WINS:  # too few to stand alone
            number = number.fillna(0)
        yield column, number.fillna(len(kept)).to_numpy(np.int64)


def losses(
    frame: pd.DataFrame,
    won: NDArray[np.int8],
    axes: dict[str, str],
    parts: list[tuple[NDArray[np.intp], NDArray[np.intp]]],
    *,
    here: NDArray[np.bool_] | None = None,
    shared: bool = False,
) -> Floats:
    """(n,) log loss of each row by a model that had not seen it; NaN where it is not asked for."""
    found = np.full(len(won), np.nan)
    for older, later in parts:
        taught = older if here is None else older[here[older]]
        asked = later if here is None else later[here[later]]
        learner = PropensityClassifier(axes, shared=shared, **LEARNER)
        chance = learner.fit(frame.iloc[taught], won[taught]).predict_proba(frame.iloc[asked])[:, 1]
        chance = np.clip(chance, 1e-12, 1 - 1e-12)
        found[asked] = -np.where(won[asked] == 1, np.log(chance), np.log1p(-chance))
    return found


def gap(losses: Floats, others: Floats) -> str:
    """The mean difference with its standard error."""
    difference = losses - others
    return f"{difference.mean():+.4f} (error {difference.std() / len(difference) ** 0.5:.4f})"


if __name__ == "__main__":
    main()
