"""The classifier beside LightGBM's, in the hands of scikit-learn: the same folds of one set.

    python -m benchmarks.classifier [--only x_education] [--picture FILE]

Both are tried by `cross_val_predict` on five stratified folds of the training file of a split.
Ours chooses, fits and calibrates within each fold. The picture is scikit-learn's
`CalibrationDisplay` of both.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from benchmarks.quality import OUTCOME, configuration

FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=Path, default=Path("../shared/data/splits"))
    parser.add_argument("--only", default="x_education")
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    frame, won, axes = table(given.only, given.splits)
    chances = {}
    print(f"{given.only}: {len(frame):,} rows, {won.mean():.1%} won")
    print(f"{'':24}{'AUC':>8}{'avg. precision':>16}{'log loss':>10}{'CPU s':>8}")
    for name, classifier in contestants(axes).items():
        start = time.process_time()
        found = cross_val_predict(classifier, frame, won, cv=FOLDS, method="predict_proba")[:, 1]
        cpu = time.process_time() - start
        chances[name] = found
        print(
            f"{name:24}{roc_auc_score(won, found):8.4f}{average_precision_score(won, found):16.4f}"
            f"{log_loss(won, found):10.4f}{cpu:8.1f}"
        )
    if given.picture:
        draw(chances, won, given.picture)


def table(name: str, splits: Path) -> tuple[pd.DataFrame, np.ndarray, dict[str, str]]:
    """Features with texts as categories, who won, and the axis of each column."""
    columns = configuration(name, splits)["columns"]
    axes = {column: axis for axis in ("fit", "interest") for column in columns[axis]}
    rows = pd.read_csv(splits / f"{name}_train.csv.gz", dtype={"lead_id": str})
    frame = rows[[*axes]]
    texts = frame.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]]
    return frame.astype(dict.fromkeys(texts, "category")), rows[OUTCOME].to_numpy(np.int8), axes


def contestants(axes: dict[str, str]) -> dict[str, object]:
    """Who is tried."""
    from lightgbm import LGBMClassifier

    from propensity import PropensityClassifier

    return {
        "ours, axes apart": PropensityClassifier(axes),
        "ours, linear alone": PropensityClassifier(axes, contestants=("linear",), trials=0),
        "LGBMClassifier": LGBMClassifier(verbosity=-1, deterministic=True, force_row_wise=True),
    }


def draw(chances: dict[str, np.ndarray], won: np.ndarray, path: Path) -> None:
    """What came of each tenth of the chances, as scikit-learn draws it."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt
    from sklearn.calibration import CalibrationDisplay

    _, axis = plt.subplots(figsize=(6, 6))
    for name, found in chances.items():
        CalibrationDisplay.from_predictions(
            won, found, n_bins=10, strategy="quantile", name=name, ax=axis
        )
    plt.savefig(path, dpi=100)


if __name__ == "__main__":
    main()
