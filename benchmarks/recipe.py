"""The recipe a data scientist writes today: pandas group-bys, `Booster.predict`, `shap`, and a loop
for the reasons.

    python -m benchmarks.recipe CONFIG MODEL_FOLDER SCORED_FILE

The features are those of the model, so that the probabilities are ours to the last digits; its
output has our columns. It prints the seconds of its steps as JSON; imports are not counted.
"""

from __future__ import annotations

import os

# before LightGBM: else idle threads spin and slow everybody down
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

import json
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import shap
from numpy.typing import NDArray

from benchmarks.company import AS_OF
from propensity.config.config import load as load_config

WINDOWS = {"7 days": 7, "30 days": 30, "90 days": 90, "ever": 10**6}
HALF_LIFE = 14.0
MOST_REASONS = 5
ANY, AGE = "any activity", "age of the lead"
_DAY = pd.Timedelta(days=1)


def main() -> None:
    """Score a company, and print what the steps took."""
    config, folder, path = load_config(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    booster = lgb.Booster(model_file=folder / "members" / "00.txt")
    features = json.loads((folder / "features.json").read_text())["features"]
    explainer = shap.TreeExplainer(booster)
    steps, clock = {}, [time.perf_counter()]

    def done(step: str) -> None:
        clock.append(time.perf_counter())
        steps[step] = clock[-1] - clock[-2]

    place = Path(config.output.path).parent
    leads, events = (
        pd.read_parquet(place / "leads.parquet"),
        pd.read_parquet(place / "events.parquet"),
    )
    done("read")
    frame = features_of(leads, events)
    X = matrix_of(frame, features)
    done("features")
    log_odds = booster.predict(X, raw_score=True)
    done("predict")
    contributions = explainer.shap_values(X)
    done("shap")
    table = told(
        frame, features, X, log_odds, contributions, float(np.ravel(explainer.expected_value)[-1])
    )
    done("reasons")
    table.to_parquet(path, index=False)
    done("write")
    print(json.dumps(steps))


# --- features -------------------------------------------------------------------------------------


def features_of(leads: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """A row per lead, with every feature in a column of its own."""
    as_of = pd.Timestamp(AS_OF, tz="UTC")
    known = events[events[["occurred_at", "recorded_at"]].max(axis=1) < as_of].copy()
    known["age"] = (as_of - known["occurred_at"].dt.floor("D")) // _DAY
    known["event_type"] = known["event_type"].astype("category")
    frame = leads.set_index("lead_id").sort_index()
    columns = dict(behaviours(known)) | dict(activity(known))
    ages = (as_of - frame["created_at"].dt.floor("D")) // _DAY
    columns[AGE] = ages.astype(float)
    return frame.join(pd.DataFrame(columns, index=frame.index))


def behaviours(events: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """The features of each event type."""
    groups = ["lead_id", "event_type"]
    counts = {}
    for span, days in {**WINDOWS, "28 days": 28}.items():
        recent = events[events["age"] <= days]
        counts[span] = by_type(recent.groupby(groups, observed=True).size()).fillna(0)
        active = by_type(
            recent.drop_duplicates([*groups, "age"]).groupby(groups, observed=True).size()
        )
        totals = by_type(recent.groupby(groups, observed=True)["value"].sum())
        if span in WINDOWS:
            comma = f", {span}"
            yield from named(counts[span], f"count{comma}")
            yield from named(active, f"active days{comma}")
            yield from named(totals, f"sum of values{comma}")
    yield from named(by_type(events.groupby(groups, observed=True)["age"].min()), "days since")
    weights = events.assign(weight=np.rint(2**20 * 0.5 ** (events["age"] / HALF_LIFE)) / 2**20)
    yield from named(
        by_type(weights.groupby(groups, observed=True)["weight"].sum()), "recent count"
    )
    momentum = counts["7 days"].reindex_like(counts["28 days"]).fillna(0) * 4 - counts["28 days"]
    yield from named(momentum / 3, "momentum")
    valued = events.dropna(subset="value").sort_values(["occurred_at", "value"])
    yield from named(by_type(valued.groupby(groups, observed=True)["value"].last()), "latest value")


def activity(events: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """The features of all events of a lead together."""
    for span, days in WINDOWS.items():
        active = events[events["age"] <= days].drop_duplicates(["lead_id", "age"])
        yield f"{ANY}: active days, {span}", active.groupby("lead_id").size()
    by_lead = events.groupby("lead_id")["age"]
    yield f"{ANY}: days since", by_lead.min()
    yield "days since first touch", by_lead.max()
    week, weeks = (events[events["age"] <= days].groupby("lead_id").size() for days in (7, 28))
    yield f"{ANY}: momentum", (week.reindex(weeks.index).fillna(0) * 4 - weeks) / 3


def by_type(values: pd.Series) -> pd.DataFrame:
    """A row per lead and a column per event type; NaN where a lead did nothing of the kind."""
    return values.unstack()  # noqa: PD010 — what the rule suggests groups once more


def named(table: pd.DataFrame, measure: str) -> Iterator[tuple[str, pd.Series]]:
    """The columns of a table as features: `pricing: count, 30 days`."""
    for event_type in table.columns:
        yield f"{event_type}: {measure}", table[event_type]


def matrix_of(frame: pd.DataFrame, features: list[dict[str, Any]]) -> NDArray[np.float64]:
    """The model's input: categories as their codes, nothing done as 0."""
    X = np.empty((len(frame), len(features)))
    for column, feature in enumerate(features):
        values = frame[feature["name"]]
        if feature["levels"]:
            codes = {level: float(code) for code, level in enumerate(feature["levels"], start=2)}
            X[:, column] = values.map(codes).fillna(values.isna().astype(float)).to_numpy(float)
        elif feature["source"].get("measure") in (
            "count",
            "active_days",
            "decayed",
            "momentum",
            "sum",
        ):
            X[:, column] = values.fillna(0.0).to_numpy(float)
        else:
            X[:, column] = values.to_numpy(float)
    return X


# --- reasons --------------------------------------------------------------------------------------


def told(
    frame: pd.DataFrame,
    features: list[dict[str, Any]],
    X: NDArray[np.float64],
    log_odds: NDArray[np.float64],
    contributions: NDArray[np.float64],
    base: float,
) -> pd.DataFrame:
    """The scored table: the sums, the five strongest reasons each way as sentences, and everything
    beside it.
    """
    concepts = list(dict.fromkeys(feature["concept"] for feature in features))
    columns = [
        [i for i, f in enumerate(features) if f["concept"] == concept] for concept in concepts
    ]
    by_concept = np.column_stack([contributions[:, members].sum(axis=1) for members in columns])
    is_fit = np.array([feature["axis"] == "fit" for feature in features])
    fit, interest = contributions[:, is_fit].sum(axis=1), contributions[:, ~is_fit].sum(axis=1)
    reasons = [
        reasons_of(by_concept[row], X[row], float(log_odds[row]), concepts, columns, features)
        for row in range(len(frame))
    ]
    rank = (-pd.Series(log_odds)).rank(method="first").astype(int)
    quadrant = np.select(
        [(fit >= 0) & (interest >= 0), fit >= 0, interest >= 0], ["hot", "nurture", "keen"], "leave"
    )
    recent = frame[
        [
            f"{concept}: count, 30 days"
            for concept in concepts
            if f"{concept}: count, 30 days" in frame
        ]
    ]
    return pd.DataFrame(
        {
            "lead_id": frame.index,
            "episode": 1,
            "as_of": AS_OF,
            "probability": 1 / (1 + np.exp(-log_odds)),
            "rank": rank,
            "percentile": [f"top {-(-100 * place // len(rank))} %" for place in rank],
            "log_odds": log_odds,
            "base": base,
            "fit": fit,
            "interest": interest,
            "quadrant": quadrant,
            "stage": None,
            "topic": recent.fillna(0.0).idxmax(axis=1).str.split(":").str[0].to_numpy(),
            "reasons_for": [found[0] for found in reasons],
            "reasons_against": [found[1] for found in reasons],
            "company": frame["company"].to_numpy(),
            "owner": frame["owner"].to_numpy(),
            "model": "recipe",
            "model_version": "1",
            "scored_at": pd.Timestamp(AS_OF, tz="UTC"),
            "warnings": [[] for _ in reasons],
        }
    )


def reasons_of(
    contribution: NDArray[np.float64],
    values: NDArray[np.float64],
    log_odds: float,
    concepts: list[str],
    columns: list[list[int]],
    features: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The reasons for one lead's score, and those against it."""
    order = np.argsort(-contribution)
    after = 1 / (1 + np.exp(-log_odds))
    found: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    for way, strongest, verb in ((0, order, "Lifts"), (1, order[::-1], "Lowers")):
        for concept in strongest[:MOST_REASONS]:
            amount = float(contribution[concept])
            if abs(amount) < 1e-3 or (amount > 0) != (way == 0):
                break
            without = 1 / (1 + np.exp(amount - log_odds))
            value = in_words(
                [features[column] for column in columns[concept]], values[columns[concept]]
            )
            name = concepts[concept]
            sentence = f"{name}: {value}. {verb} the chance from {without:.0%} to {after:.0%}."
            found[way].append(
                {
                    "concept": name,
                    "contribution": amount,
                    "chance_without": without,
                    "value": value,
                    "evidence": None,
                    "sentence": sentence,
                }
            )
    return found


def in_words(features: list[dict[str, Any]], values: NDArray[np.float64]) -> str:
    """The value of a concept: `3 times in 30 days, last 2 days ago`."""
    known = {
        (f["source"].get("measure"), f["source"].get("window")): v
        for f, v in zip(features, values, strict=True)
    }
    if features[0]["levels"]:
        code = int(values[0])
        return str(features[0]["levels"][code - 2]) if code >= 2 else "rare"
    if ("days_since", None) not in known:
        return f"{values[0]:,.6g}"
    last = known["days_since", None]
    if np.isnan(last):
        return "never"
    return f"{known.get(('count', 30), 0):.0f} times in 30 days, last {last:.0f} days ago"


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="LightGBM binary classifier with TreeExplainer")
    main()
