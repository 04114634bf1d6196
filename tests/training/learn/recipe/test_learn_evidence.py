"""Evidence counted again from the raw files, by pandas and LightGBM's own contributions: no line of
ours in between.
"""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.special import expit

from features.days import day_number
from features.intake import open_store
from propensity.concepts.evidence import VERDICTS
from propensity.concepts.evidence_ranges import ENOUGH_LEADS
from propensity.concepts.evidence_words import NEVER
from propensity.config import config as configuration
from propensity.language.audience import Audience
from propensity.scoring.reasons import reasons, spoken, tallied
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe import learn_evidence as learned
from training.learn.recipe import recipe
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.snapshots import sampled
from training.simulate.command import Company, simulate, write

CONFIG = Path(__file__).parents[4] / "configs" / "quickstart.yaml"
TREES, HORIZON = 25, 28


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A simulated company, the model it trains, and what the folds' models say of the rows, by
    LightGBM itself.
    """
    folder = tmp_path_factory.mktemp("evidence")
    write(simulate(Company(n_leads=2500, seed=3, mess=False)), folder / "data")
    (folder / "propensity.yaml").write_text(CONFIG.read_text(encoding="utf-8"), encoding="utf-8")
    config = configuration.load(folder / "propensity.yaml")
    config = config.model_copy(
        update={
            "learner": config.learner.model_copy(update={"learning_rate": 0.3}),
            "input": config.input.model_copy(update={"observed_until": dt.date(2025, 4, 1)}),
            # calls that nobody answered are evidence of every kind
            "behaviour": config.behaviour.model_copy(update={"sends": ("email_sent", "call_made")}),
        }
    )
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        past = history(Run(config, store))
        # the folds' models are not kept: look over ship's shoulder
        with pytest.MonkeyPatch.context() as patch:
            fitted, fit = [], recipe.fit
            patch.setattr(
                recipe,
                "fit",
                lambda *args, **options: fitted.append(fit(*args, **options)) or fitted[0],
            )
            model, seen = ship(
                Run(config, store), past, chosen=RecipeChoices.plain(config.learner, trees=TREES)
            )
        ids = (
            store.query("SELECT lead, lead_id FROM leads").to_pandas().set_index("lead")["lead_id"]
        )
    calibration, log_odds = model.calibration, np.full(len(seen.label), np.nan)
    shap = np.full(seen.matrix.shape, np.nan)
    for fold in fitted[0].folds:
        told = lgb.Booster(model_str=fold.members[0].text).predict(
            seen.matrix[fold.held_out], pred_contrib=True
        )
        log_odds[fold.held_out] = calibration.intercept + calibration.slope * told.sum(axis=1)
        shap[fold.held_out] = calibration.slope * told[:, :-1]
    keys = past.rows.rows.to_pandas()
    rows = pd.DataFrame(
        {
            "lead_id": keys["lead"].map(ids),
            "day": keys["as_of_day"],
            "label": past.rows.label,
            "log_odds": log_odds,
        }
    )
    return SimpleNamespace(
        folder=folder,
        model=model,
        seen=seen,
        rows=rows,
        shap=shap,
        past=past,
        folds=fitted[0].folds,
    )


def outside(world, name):
    """The rows with the raw value of a concept, and what its features add, in the order of time."""
    rows = world.rows.assign(
        added=world.shap[
            :, [i for i, f in enumerate(world.model.spec.features) if f.concept == name]
        ].sum(axis=1)
    )
    leads = pd.read_csv(
        world.folder / "data" / "leads.csv", dtype={"lead_id": str}, keep_default_na=False
    )
    if name in leads.columns:
        return rows.merge(
            leads[["lead_id", name]].rename(columns={name: "value"}), on="lead_id", how="left"
        )
    return rows.merge(visits(world, rows, "/pricing"), left_index=True, right_index=True)


def visits(world, rows, start):
    """Of each row: visits of some pages known before it in the 30 days before, and days since the
    last one ever.
    """
    events = pd.read_parquet(world.folder / "data" / "events.parquet")
    events = events[
        (events["event_type"] == "page_view") & events["detail"].fillna("").str.startswith(start)
    ]
    for moment, day in (("occurred_at", "done"), ("recorded_at", "known")):
        local = events[moment].dt.tz_convert("Asia/Tokyo").dt.date
        events = events.assign(**{day: [day_number(date) for date in local]})
    both = rows.reset_index().merge(events[["lead_id", "done", "known"]], on="lead_id")
    both = both[np.maximum(both["known"], both["done"]) < both["day"]]
    ago = both["day"] - both["done"]
    found = pd.DataFrame(
        {
            "count": (ago <= 30).groupby(both["index"]).sum(),
            "since": ago.groupby(both["index"]).min(),
        }
    )
    return found.reindex(rows.index).fillna({"count": 0})


def inside(frame, group):
    """Mask of the rows in a group of the table, by their raw values."""
    if "count" not in frame:
        numbers = pd.to_numeric(frame["value"], errors="coerce")
        return (
            frame["value"] == group["level"]
            if group["level"]
            else between(numbers, group["low"], group["high"])
        )
    if group["level"] == NEVER:
        return frame["since"].isna()
    lately = between(frame["since"], group["beside_low"], group["beside_high"])
    return between(frame["count"], group["low"], group["high"]) & lately


def between(values, low, high):
    return (values > (-np.inf if low is None else low)) & (
        values <= (np.inf if high is None else high)
    )


def counted_again(frame, group):
    """Leads, closed and expected of a group: of each lead the first row that is in it."""
    first = frame[inside(frame, group)].sort_values("day").drop_duplicates("lead_id")
    return (
        len(first),
        int(first["label"].sum()),
        float(expit(first["log_odds"] - first["added"]).sum()),
    )


@pytest.mark.parametrize(
    ("concept", "what"),
    [
        ("業種", "levels"),
        ("revenue [JPY]", "bins of a number"),
        ("pricing page", "a count beside days since"),
    ],
)
def test_every_group_is_found_again_in_the_raw_files(world, concept, what):
    groups = [row for row in world.model.evidence.to_pylist() if row["concept"] == concept]
    frame = outside(world, concept)

    assert len(groups) >= 4, what
    for group in groups:
        leads, closed, expected = counted_again(frame, group)
        assert (group["leads"], group["closed"]) == (leads, closed), group
        assert group["expected"] == pytest.approx(expected, abs=1e-6), group


def test_wins_are_those_of_the_outcomes_file(world):
    """The labels above are ours; here they are counted from the file."""
    outcomes = pd.read_csv(world.folder / "data" / "outcomes.csv", dtype={"lead_id": str})
    closed = pd.to_datetime(outcomes["closed_at"], format="mixed")
    is_won = (outcomes["won"].astype(str) == "True") & closed.notna()
    won = outcomes[is_won].assign(at=[day_number(date) for date in closed[is_won].dt.date])
    both = world.rows.reset_index().merge(won[["lead_id", "at"]], on="lead_id")
    hits = both[(both["at"] >= both["day"]) & (both["at"] < both["day"] + HORIZON)][
        "index"
    ].unique()

    assert sorted(hits) == np.flatnonzero(world.rows["label"]).tolist()


def test_every_figure_of_a_sentence_is_found_again(world):
    """Chances by LightGBM's contributions of the shipped model, evidence by the table that was
    checked above.
    """
    model, matrix = world.model, np.asfortranarray(world.seen.matrix[-800:])
    told = lgb.Booster(model_str=model.members[0].text).predict(matrix, pred_contrib=True)
    log_odds = model.calibration.intercept + model.calibration.slope * told.sum(axis=1)
    frame = outside(world, "pricing page").iloc[-800:].reset_index(drop=True)
    columns = [
        i for i, feature in enumerate(model.spec.features) if feature.concept == "pricing page"
    ]
    without = expit(log_odds - model.calibration.slope * told[:, columns].sum(axis=1))
    groups = [row for row in model.evidence.to_pylist() if row["concept"] == "pricing page"]
    lists = reasons(model, matrix, model.concept_sums(matrix), Audience("en"), at_most=5)

    checked = 0
    for row, told_of_row in enumerate(both for found in lists for both in found.to_pylist()):
        at = row % 800
        for reason in (
            r
            for r in told_of_row
            if r["concept"] == "pricing page" and r["evidence_verdict"] != "few leads"
        ):
            said = [
                float(n.replace(",", ""))
                for n in re.findall(r"\d[\d,]*\.?\d*", spoken(reason, "en"))
            ]
            count, since = frame.loc[at, "count"], frame.loc[at, "since"]
            (group,) = [g for g in groups if inside(frame.iloc[[at]], g).iloc[0]]
            ours = [30] if count else []
            ours += [count] if count > 1 else []
            ours += [since] if not np.isnan(since) else []
            assert sorted(said[: len(ours)]) == sorted(ours), spoken(reason, "en")
            chances = [100 * expit(log_odds[at]), 100 * without[at]]
            if "slightly" in reason["sentence"]:
                chances = chances[:1]
            given = said[len(ours) : len(ours) + len(chances)]
            assert given == pytest.approx(chances, abs=0.501), spoken(reason, "en")
            ends = [round(reason[f"evidence_{end}"]) for end in ("low", "high")]
            figures = [group["leads"], group["closed"], HORIZON, 95, *ends, group["expected"]]
            found = said[len(ours) + len(chances) :]
            found = found if group["closed"] else [found[0], 0.0, *found[1:]]
            assert found == pytest.approx(figures, abs=0.501), spoken(reason, "en")
            assert ends[0] <= group["closed"] <= ends[1]
            checked += 1
    assert checked > 100


def test_no_group_is_small_and_no_rare_level_appears(world):
    leads = pd.read_csv(world.folder / "data" / "leads.csv")
    table = world.model.evidence.to_pandas()

    assert table["leads"].min() >= 20
    for name in ("country", "region", "source"):
        common = leads[name].value_counts()
        levels = table.loc[table["concept"] == name, "level"]
        assert (common[levels] >= 20).all()


def test_expected_and_observed_agree_where_everything_is_taken_together(world):
    """Calibration on the same folds: over all rows both are equal, so evidence does not lean to one
    side.
    """
    assert expit(world.rows["log_odds"]).sum() == pytest.approx(world.rows["label"].sum(), rel=0.01)


def test_no_reason_stays_in_silence_and_what_is_argued_with_comes_last(world):
    model, matrix = world.model, np.asfortranarray(world.seen.matrix[-3000:])
    lists = reasons(model, matrix, model.concept_sums(matrix), Audience("en"), at_most=5)

    counts = tallied(pa.table(dict(zip(("reasons_for", "reasons_against"), lists, strict=True))))

    told = [
        (sign, row) for sign, found in zip((1, -1), lists, strict=True) for row in found.to_pylist()
    ]
    assert sum(counts.values()) == sum(len(row) for _, row in told)
    assert set(counts) == set(VERDICTS)
    for sign, row in told:
        verdicts = [reason["evidence_verdict"] for reason in row]
        assert verdicts == sorted(verdicts, key=lambda verdict: verdict == "contradicts")
        for reason in row:
            names = ("low", "closed", "high", "leads", "expected")
            figures = [reason[f"evidence_{name}"] for name in names]
            if reason["evidence_verdict"] == "few leads":
                assert reason["evidence"] == "Too few leads alike to check."
                assert figures == [None] * 5
                continue
            low, closed, high, leads, expected = figures
            assert leads >= ENOUGH_LEADS
            assert low <= closed <= high
            if reason["evidence_verdict"] != "no difference":
                way = sign * (closed - expected)
                assert (way < 0) == (reason["evidence_verdict"] == "contradicts")
                assert not low <= expected <= high
            is_said = reason["evidence"].startswith("This speaks against it. ")
            assert is_said == (reason["evidence_verdict"] == "contradicts")
    # strongest first among those that stand
    for sign, row in told:
        strength = [sign * r["contribution"] for r in row if r["evidence_verdict"] != "contradicts"]
        assert strength == sorted(strength, reverse=True)


def test_a_model_stored_without_evidence_still_gives_reasons(world):
    model, matrix = replace(world.model, evidence=None), np.asfortranarray(world.seen.matrix[:50])

    lists = reasons(model, matrix, model.concept_sums(matrix), Audience("ja"), at_most=5)

    told = [r for found in lists for row in found.to_pylist() for r in row]
    assert len(told) > 100
    assert all(r["evidence"] is r["evidence_verdict"] is None and r["sentence"] for r in told)


def test_evidence_travels_with_the_stored_model(world, tmp_path):
    world.model.save(tmp_path / "model")

    assert type(world.model).load(tmp_path / "model").evidence.equals(world.model.evidence)


def test_thinned_rows_close_like_the_population():
    """Wins were all kept and the rest sampled one in four: thinned, both are there one in four."""
    label = np.repeat([1, 0], [20_000, 60_000])
    weight = np.where(label == 1, 1.0, 4.0)

    kept = learned._evenly_sampled(weight, seed=1)

    assert kept[label == 0].all()
    assert kept[label == 1].mean() == pytest.approx(0.25, abs=0.02)
    assert learned._evenly_sampled(np.ones(5), seed=1).all()


def test_ten_thousand_leads_add_up(world):
    """Reasons, and the rest by LightGBM's own contributions, are the log-odds without the base."""
    model = world.model
    matrix = np.asfortranarray(np.tile(world.seen.matrix, (5, 1))[:10_000])
    sums = model.concept_sums(matrix)
    lists = reasons(model, matrix, sums, Audience("en"), at_most=5)
    told = lgb.Booster(model_str=model.members[0].text).predict(matrix, pred_contrib=True)[:, :-1]
    told *= model.calibration.slope
    shown, rest = np.zeros(len(matrix)), told.sum(axis=1)
    for found in lists:
        offsets, reason = found.offsets.to_numpy(), found.values
        row = np.repeat(np.arange(len(matrix)), np.diff(offsets))
        np.add.at(shown, row, reason.field("contribution").to_numpy())
        names = reason.field("concept").to_numpy(zero_copy_only=False)
        for concept in model.concepts:
            here = row[names == concept.name]
            rest[here] -= told[np.ix_(here, concept.columns)].sum(axis=1)

    assert len(matrix) == 10_000
    assert np.abs(shown + rest - (sums.log_odds - sums.base)).max() < 1e-9


def test_a_sample_of_the_rows_gives_the_same_evidence_within_chance(world):
    """All wins kept and the rest sampled: closed against expected must not lean to the wins, which
    fill the sample.
    """
    model, everybody = replace(world.model, evidence=None), world.past.rows
    numbered = replace(everybody, time=np.arange(len(everybody)))
    part = sampled(numbered, 4000, seed=3)
    place = np.full(len(everybody), -1)
    place[part.time] = np.arange(len(part))
    folds = [
        (replace(model, members=fold.members), place[fold.held_out][place[fold.held_out] >= 0])
        for fold in world.folds
    ]

    found = learned.evidence(
        model.spec,
        model.concepts,
        part,
        np.asfortranarray(world.seen.matrix[part.time]),
        folds,
        seed=0,
    ).to_pandas()

    whole = world.model.evidence.to_pandas()
    keys = ["concept", "level"]
    both = found.dropna(subset="level").merge(
        whole.dropna(subset="level"), on=keys, suffixes=("", "_whole")
    )
    both = both[both["leads"] >= ENOUGH_LEADS]
    assert part.weight.max() > 1.5
    assert found["drawn"].to_numpy() == pytest.approx(1 / part.weight.max())
    assert (whole["drawn"] == 1).all()
    assert len(both) > 10
    ratio = both["closed"].sum() / both["expected"].sum()
    assert ratio == pytest.approx(
        both["closed_whole"].sum() / both["expected_whole"].sum(), rel=0.15
    ), len(both)
    # what counting the sample as it is would give
    biased = part.label.sum() / len(part) / everybody.close_rate
    assert biased > 2
