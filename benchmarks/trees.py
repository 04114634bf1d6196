"""What do the trees' settings that nobody writes bring?  Repeated five-fold on the training files
of the fixed splits.

    python -m benchmarks.trees [--only x_education] [--repeats 4]

The learner's own settings (every tree learns from all rows; a split on a category sets one level
apart) beside what is
usual elsewhere: a sample of the rows for every tree, and groups of levels.  Beside these one model
of extra trees, and the sum of the two, which is what a blend has more than one model.  Everything
is fitted as one LightGBM model on four fifths, and differences are taken on the fifth left out,
scores calibrated.  No test file is opened.  The standard error is that over folds; folds of one
file share rows, so it is a little too small.
"""

import argparse
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.quality import READ, SPLITS, configuration
from features.intake import open_store
from propensity.config.config import parse
from training.learn.learners.chosen import Trees
from training.learn.learners.platt import platt
from training.learn.learners.trees import LearnerRows, Task, dataset, parameters, threads
from training.learn.metrics import metrics
from training.learn.recipe import recipe
from training.learn.rows.run import Run
from training.learn.rows.snapshots import flat_snapshot

Floats = NDArray[np.float64]

#: Name to LightGBM's settings in place of ours.
INSTEAD: dict[str, dict[str, float]] = {
    "as served": {},
    "80 % of the rows per tree": {"bagging_fraction": 0.8, "bagging_freq": 1},
    "groups of levels": {"max_cat_to_onehot": 4},
    "both": {"bagging_fraction": 0.8, "bagging_freq": 1, "max_cat_to_onehot": 4},
}
_MANY_SMALL = {"leaves": 6, "min_leaf_rows": 20, "feature_fraction": 0.3, "l2": 2.0}
#: Split to what its trees are like: what the tournament chooses there, as near as makes no
#: difference.
OF: dict[str, dict[str, float]] = {
    "x_education": {"trees": 550, **_MANY_SMALL},
    "bank_random": {"trees": 350, "depth": 5, "leaves": 24, "feature_fraction": 0.3},
    "online_shoppers": {"trees": 250, "feature_fraction": 0.8},
}
EXTRA = {"trees": 600, "depth": 5, "leaves": 24, "feature_fraction": 0.6}
FOLDS = 5


def compared(name: str, axes: str, splits: Path, repeats: int) -> pd.DataFrame:
    """A line per fold and model: `auc` and `log_loss` of a split's training file."""
    config = parse(configuration(name, splits) | {"learner": {"axes": axes}}, base=splits)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        spec, seen = recipe.see(Run(config, store), flat_snapshot(store, order=READ[name][1]))
    task = Task(spec, config.learner.axes)
    like = Trees.of(config.learner).model_copy(update=OF[name])
    extra = like.model_copy(update={**EXTRA, "kind": "extra trees"})
    found = []
    for repeat in range(repeats):
        order = np.random.default_rng(repeat).permutation(len(seen.label))
        for fold in range(FOLDS):
            out = np.sort(order[fold::FOLDS])
            teaching, judged = seen.take(np.setdiff1d(order, out)), seen.take(out)
            said = {
                which: _said(teaching, judged, task, like, told) for which, told in INSTEAD.items()
            }
            said["extra trees"] = _said(teaching, judged, task, extra, {})
            said["as served + extra trees"] = (said["as served"] + said["extra trees"]) / 2
            number = repeat * FOLDS + fold
            found += [
                {
                    "split": name,
                    "axes": axes,
                    "fold": number,
                    "model": which,
                    **_figures(judged, scores),
                }
                for which, scores in said.items()
            ]
    return pd.DataFrame(found)


def _said(
    teaching: LearnerRows, judged: LearnerRows, task: Task, trees: Trees, told: dict[str, float]
) -> Floats:
    known = {**parameters(task, trees), **threads(len(teaching.label)), **told}
    booster = lgb.train(known, dataset(teaching, task.spec), num_boost_round=trees.trees)
    return np.asarray(booster.predict(judged.matrix, raw_score=True))


def _figures(judged: LearnerRows, scores: Floats) -> dict[str, float]:
    line = platt(scores, judged.label, judged.weight)
    log_odds = line.intercept + line.slope * scores
    return {
        "auc": metrics.roc_auc(judged.label, scores),
        "log_loss": metrics.log_loss(judged.label, log_odds),
    }


def _table(found: pd.DataFrame) -> Table:
    table = Table(
        title=(
            f"{found['split'].iloc[0]}, axes {found['axes'].iloc[0]}: differences in 10,000ths"
            " (standard error)"
        )
    )
    for name in ("", "AUC", "log loss"):
        table.add_column(name, justify="left" if not name else "right")
    ours = found[found["model"] == "as served"].set_index("fold")
    for which, own in found.groupby("model", sort=False):
        if which == "as served":
            table.add_row(which, f"{own['auc'].mean():.4f}", f"{own['log_loss'].mean():.4f}")
            continue
        gaps = own.set_index("fold")[["auc", "log_loss"]] - ours[["auc", "log_loss"]]
        table.add_row(
            str(which),
            *(
                f"{1e4 * gap.mean():+.1f} ({1e4 * gap.std() / np.sqrt(len(gap)):.1f})"
                for _, gap in gaps.items()
            ),
        )
    return table


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Settings of the trees, on training files alone.")
    parser.add_argument("--splits", type=Path, default=SPLITS, help="folder of the splits")
    parser.add_argument("--only", nargs="*", choices=list(OF), default=list(OF), help="splits")
    parser.add_argument(
        "--repeats", type=int, default=4, help="times that the rows are cut anew (default 4)"
    )
    options = parser.parse_args()
    for name in options.only:
        for axes in ("apart", "shared"):
            Console(width=100).print(_table(compared(name, axes, options.splits, options.repeats)))


if __name__ == "__main__":
    main()
