"""Training as a whole: the same model whatever the order of the input, and plain words for input
that carries none.
"""

import copy
import json
import re
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from features.build.build import build, prepare
from features.errors import ConfigError, DataError, RefusedError
from features.intake import open_store
from features.resources import Resources
from propensity.config import config
from propensity.model import bundle
from propensity.model.model import probability
from tests.training.learn.learners.test_trees import axes_of_trees
from tests.training.learn.recipe.test_judgement import SETTINGS, write_company
from tests.training.learn.recipe.test_recipe import LEARNER, frame
from training.learn.recipe import recipe
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.train.command import train

#: Worlds too poor for a model are trained on all the same here.
ACCEPTED = "a test of what training does with poor data"


def company(folder, edit=None, **changes):
    """Settings of three tables.

    ``edit`` is a table's name and what to do to it, ``changes`` are keys to replace.
    """
    if not (folder / "leads.csv").exists():
        write_company(folder)
    if edit is not None:
        name, change = edit
        change(pd.read_csv(folder / f"{name}.csv")).to_csv(folder / f"{name}.csv", index=False)
    settings = copy.deepcopy(SETTINGS)
    for path, value in changes.items():
        *sections, key = path.split("__")
        section = settings
        for name in sections:
            section = section[name]
        section[key] = value
    return config.parse(settings, base=folder)


def flat(
    folder,
    data,
    *,
    fit=("size",),
    interest=("visits",),
    order="rows",
    columns=None,
    parquet=False,
    **options,
):
    """Settings of one table that holds ``data``."""
    path = folder / ("flat.parquet" if parquet else "flat.csv")
    data.to_parquet(path) if parquet else data.to_csv(path, index=False)
    table = {
        "path": path.name,
        "columns": {"lead_id": "id", "outcome": "won", **(columns or {})},
        **options,
    }
    settings = {
        "name": "flat",
        "input": {"flat": table, "timezone": "UTC"},
        "split": {"order": order},
    }
    return config.parse(
        settings | {"columns": {"fit": list(fit), "interest": list(interest)}, "learner": LEARNER},
        base=folder,
    )


def shuffled(data):
    return data.sample(frac=1, random_state=3)


# --- the shipped model


def test_the_shipped_model_is_the_recipe_on_all_rows_and_says_so(tmp_path):
    settings = company(tmp_path)

    trained = train(settings)

    model, plan = trained.model, trained.plan
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        past = history(Run(settings, store))
        spec, seen = recipe.see(Run(settings, store), past.rows)
        again = recipe.fit(settings, past.rows, spec, seen, chosen=trained.judgement.choice.chosen)
        rate = past.rows.close_rate
    assert model.members == again.members
    assert (model.calibration, model.config) == (again.calibration, settings)
    unrecorded = {"unseen": None}
    features = tuple(each.model_copy(update=unrecorded) for each in model.spec.features)
    assert model.spec.model_copy(update={"features": features}) == spec
    assert (model.reference.rows, model.reference.close_rate) == (len(seen.label), rate)
    assert model.metrics == trained.judgement.to_dict()
    assert model.facts["period"]["last_as_of"] == "2024-06-29"  # 20 days before observed until
    assert plan.older[-1] + 20 <= plan.test[0]
    assert all(len(axes) <= 1 for axes in axes_of_trees(model.members[0].text, model.spec))


def test_the_order_of_rows_in_three_tables_does_not_change_the_model(tmp_path):
    first = train(company(tmp_path), resources=Resources(threads=1)).model
    for name in ("leads", "events", "outcomes"):
        settings = company(tmp_path, edit=(name, shuffled))

    second = train(settings, resources=Resources(threads=2)).model

    assert bundle.model_hash(first) == bundle.model_hash(second)
    assert first.metrics == second.metrics
    assert first.facts["fingerprint"] == second.facts["fingerprint"]


def test_the_order_of_a_flat_table_counts_where_it_means_time_only(tmp_path):
    data = frame()

    random = [train(flat(tmp_path, rows, order="random")).model for rows in (data, shuffled(data))]
    by_row = [
        train(flat(tmp_path, rows, order="rows")).judgement for rows in (data, shuffled(data))
    ]

    assert bundle.model_hash(random[0]) == bundle.model_hash(random[1])
    assert random[0].metrics == random[1].metrics
    assert by_row[0].recipe.figures != by_row[1].recipe.figures


def test_sampled_rows_still_count_the_whole_population(tmp_path):
    settings = company(tmp_path, snapshots__max_rows=1000)
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        unsampled = settings.model_copy(
            update={"snapshots": settings.snapshots.model_copy(update={"max_rows": 1_000_000})}
        )
        everyone = history(Run(unsampled, store)).rows

    trained = train(settings)

    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        prepare(store, trained.model.spec, everyone.rows)
        matrix = build(store, everyone.rows, trained.model.spec).matrix
    sums = trained.model.sums(matrix)
    assert trained.model.reference.rows == len(everyone) > 1800
    assert trained.model.reference.close_rate == everyone.close_rate
    assert probability(sums.log_odds).mean() == pytest.approx(everyone.close_rate, rel=0.1)
    assert np.abs(sums.base + sums.contributions.sum(axis=1) - sums.log_odds).max() < 1e-9
    # centred on the population, not on the sample
    assert np.abs(sums.contributions.mean(axis=0)).max() < 0.1
    assert trained.model.offsets.any()


def test_every_step_is_told_with_a_share_that_grows(tmp_path):
    told = []

    train(flat(tmp_path, frame()), on_step=lambda what, share: told.append((what, share)))

    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len({what for what, _ in told}) >= 8


# --- input that is strange, and carries a model all the same


@pytest.mark.parametrize(
    ("change", "unusable"),
    [
        ({"size": np.nan}, {"size": "all missing"}),
        ({"size": 3}, {"size": "constant on the training rows"}),
        ({"size": "the only level"}, {"size": "constant on the training rows"}),
        (
            {"size": [f"c{i % 300}" for i in range(400)]},
            {"size": "identifier: nearly every lead has a value of its own"},
        ),
        (
            {"size": pd.date_range("2020-01-01", periods=400).astype(str)},
            {"size": "a date, and rows have no time to measure its age from"},
        ),
        (
            {"size": range(7000, 7400)},
            {"size": "identifier: a running number, different for every lead"},
        ),
    ],
)
def test_a_column_that_cannot_be_used_is_listed_with_the_reason(tmp_path, change, unusable):
    trained = train(flat(tmp_path, frame().assign(**change)))

    assert trained.model.spec.names == ["visits"]
    assert {u.column: u.reason for u in trained.model.spec.unusable} == unusable


def test_infinities_in_a_column_of_numbers_are_missing_and_told(tmp_path):
    data = frame().assign(size=lambda rows: np.where(rows.index % 3 == 0, np.inf, rows["size"]))

    trained = train(flat(tmp_path, data, parquet=True))

    assert trained.model.spec.names == ["size", "visits"]
    assert any("134 of 400 values are no number" in warning for warning in trained.intake.warnings)


@pytest.mark.parametrize("size", [1e300, -1e300, 1e-300])
def test_numbers_of_any_size_carry_a_model(tmp_path, size):
    trained = train(flat(tmp_path, frame().assign(size=lambda rows: rows["size"] * size)))

    assert trained.judgement.recipe.figures["roc_auc"].value > 0.6
    assert np.isfinite(trained.judgement.baselines["logistic"].figures["roc_auc"].value)


@pytest.mark.parametrize(("fit", "interest"), [(("size", "visits"), ()), ((), ("size", "visits"))])
def test_one_axis_alone_carries_a_model(tmp_path, fit, interest):
    trained = train(flat(tmp_path, frame(), fit=fit, interest=interest))

    assert trained.model.spec.names == ["size", "visits"]
    assert trained.judgement.price_of_axes is None
    assert trained.price is None
    assert {line.axes for line in trained.judgement.choice.contestants} == {"apart"}


def test_columns_that_differ_by_case_alone_are_two(tmp_path):
    data = frame().assign(Size=lambda rows: rows["size"].sample(frac=1, random_state=1).to_numpy())

    assert train(flat(tmp_path, data, fit=("size", "Size"))).model.spec.names == [
        "size",
        "Size",
        "visits",
    ]


@pytest.mark.parametrize(
    ("won", "lost"),
    [
        ("1", "0"),
        ("1.0", "0.0"),
        ("Yes", "No"),
        ("True", "False"),
        ("Won", "Closed Lost"),
        ("won", "lost"),
    ],
)
def test_wins_are_read_as_companies_write_them(tmp_path, won, lost):
    data = frame()
    words = data.assign(won=np.where(data["won"] == 1, won, lost))

    expected, found = train(flat(tmp_path, data)), train(flat(tmp_path, words))

    assert bundle.model_hash(expected.model) == bundle.model_hash(found.model)


def test_truth_values_and_the_words_of_a_japanese_crm_are_wins_too(tmp_path):
    data = frame()
    japanese = data.assign(won=np.where(data["won"] == 1, "受注", "失注"))

    expected = bundle.model_hash(train(flat(tmp_path, data)).model)

    assert (
        bundle.model_hash(
            train(flat(tmp_path, data.assign(won=data["won"] == 1), parquet=True)).model
        )
        == expected
    )
    assert bundle.model_hash(train(flat(tmp_path, japanese, won_values=["受注"])).model) == expected


def test_flat_rows_that_say_nothing_are_counted(tmp_path):
    data = frame().assign(
        won=lambda rows: rows["won"].where(rows.index % 10 > 0),
        at=np.where(np.arange(400) < 50, "", pd.date_range("2024-01-01", periods=400).astype(str)),
    )

    settings = flat(tmp_path, data, order="time", columns={"time": "at"}, won_values=["1.0"])
    with pytest.raises(RefusedError, match=r"24 of 130 wins \(18\.5%\) were lost in reading"):
        train(settings)
    trained = train(settings, accept_audit=ACCEPTED)

    assert "flat: 35 rows have no outcome: they teach and judge nothing" in trained.intake.warnings
    assert trained.intake.tables["flat"].quarantined == {
        "no time, though the table has a column for it": 50
    }


def test_a_company_without_events_is_scored_by_what_else_there_is(tmp_path):
    settings = company(tmp_path)
    without = settings.model_copy(
        update={"input": settings.input.model_copy(update={"events": ()})}
    )

    assert set(train(without, accept_audit=ACCEPTED).model.spec.concepts) == {
        "size",
        "visits so far",
        "age of the lead",
    }


def test_events_of_sales_alone_are_no_behaviour(tmp_path):
    trained = train(company(tmp_path, behaviour__actors={"*": "sales"}), accept_audit=ACCEPTED)

    assert set(trained.model.spec.concepts) <= {
        "size",
        "visits so far",
        "age of the lead",
        "unanswered messages",
    }


def test_a_model_that_is_no_better_than_age_is_not_called_better(tmp_path):
    nothing = company(
        tmp_path, edit=("leads", lambda leads: leads[["lead_id", "created_at"]]), columns={}
    )
    without = nothing.model_copy(update={"input": nothing.input.model_copy(update={"events": ()})})

    trained = train(without, accept_audit=ACCEPTED)

    assert trained.model.spec.names == ["age of the lead"]
    assert trained.judgement.gains["lead_age"].low <= 0


# --- input that carries no model


def late_wins_only(outcomes):
    return outcomes.assign(
        closed_at=np.where(outcomes["won"] == 1, "2024-07-18T12:00Z", outcomes["closed_at"])
    )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"goal__horizon_days": 400}, "A horizon of 400 days asks for more history than there is"),
        (
            {"goal__horizon_days": 45},
            r"In all 211 days are needed\. This history carries a horizon of at most 42 days",
        ),
        ({"snapshots__every_days": 3000}, "every_days is too long for 200 days of history"),
        ({"snapshots__test_days": 500}, "This history carries no horizon at all"),
        (
            {"input__observed_until": "2020-01-01"},
            "observed until 2020-01-01 does not lie after the first lead",
        ),
        (
            {"population__stale_after_days": 1},
            r"test part holds \d wins and \d+ leads that did not win; at least 10",
        ),
        (
            {"edit": ("outcomes", late_wins_only)},
            r"older part holds no win and \d+ leads that did not win",
        ),
    ],
)
def test_a_history_that_cannot_carry_a_model_is_refused(tmp_path, change, refusal):
    with pytest.raises(RefusedError, match=refusal):
        train(company(tmp_path, **change))


def test_one_planned_close_makes_no_history_too_short(tmp_path):
    def planned(outcomes):
        return outcomes.assign(
            closed_at=np.where(outcomes.index == 0, "2026-01-01T00:00Z", outcomes["closed_at"])
        )

    settings = company(tmp_path, edit=("outcomes", planned), input__observed_until=None)
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        assert store.observed_until < datetime(2026, 1, 1)
        assert any("1 closes lie after" in warning for warning in store.report.warnings)
        assert store.value("SELECT count(*) FROM episodes WHERE closed_day > 20000") == 0


def test_training_without_outcomes_is_an_error_in_the_configuration(tmp_path):
    settings = company(tmp_path)
    without = settings.model_copy(
        update={"input": settings.input.model_copy(update={"outcomes": None})}
    )

    with pytest.raises(ConfigError, match=r"input\.outcomes: training learns from outcomes"):
        train(without)


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (("events", lambda rows: rows.head(0)), r"events\.csv has no rows"),
        (("outcomes", lambda rows: rows.head(0)), r"outcomes\.csv has no rows"),
        (
            ("outcomes", lambda rows: rows.assign(won=0)),
            "no value of column 'won' means a win: it holds '0'",
        ),
        (
            ("events", lambda rows: rows.assign(lead_id=[f"x{i}" for i in range(len(rows))])),
            r"rows cannot be used: of a lead that is not in leads",
        ),
        (
            ("leads", lambda rows: rows.assign(created_at="")),
            "500 of 500 rows cannot be used: no created_at",
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_an_error_of_the_data(tmp_path, edit, problem):
    with pytest.raises(DataError, match=problem):
        train(company(tmp_path, edit=edit))


def test_an_event_type_without_an_actor_is_named(tmp_path):
    with pytest.raises(
        DataError, match=r"no actor for the event types 'mail' \(\d+ events\), 'demo'"
    ):
        train(company(tmp_path, behaviour__actors={"visit": "lead"}))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"won": 1}, "every value of column 'won' means a win; expected losses too"),
        ({"won": 0}, "no value of column 'won' means a win"),
        ({"won": None}, "column 'won' is empty; expected an outcome"),
        ({"won": ["受注", "失注"] * 200}, "it holds '受注' (200), '失注' (200); set `won_values`"),
        (
            {"won": ["Closed Won", "Closed Lost"] * 200},
            "it holds 'Closed Lost' (200), 'Closed Won' (200)",
        ),
        ({"id": "x"}, "1 lead_id occurs more than once"),
    ],
)
def test_an_outcome_that_cannot_be_learned_is_an_error_of_the_data(tmp_path, change, problem):
    with pytest.raises(DataError, match=re.escape(problem)):
        train(flat(tmp_path, frame().assign(**change)))


@pytest.mark.parametrize(
    ("data", "order", "columns", "refusal"),
    [
        (
            frame(30),
            "rows",
            {},
            "older part holds 6 wins and 18 leads that did not win; at least 10 of each are needed",
        ),
        (
            frame().assign(won=[1] * 100 + [0] * 300),
            "rows",
            {},
            "test part holds no win and 80 leads that did not win",
        ),
        (
            frame().assign(won=[0, 1] * 160 + [1] * 80),
            "rows",
            {},
            "test part holds 80 wins and 0 leads that did not win",
        ),
        (frame().assign(at=""), "time", {"time": "at"}, "400 of 400 rows cannot be used: no time"),
        (
            frame().assign(at="2024-01-01"),
            "time",
            {"time": "at"},
            "all rows have the same time, or none",
        ),
        (
            frame().assign(account="A"),
            "random",
            {"account_id": "account"},
            "rows of one moment, or of one account",
        ),
        (
            frame().assign(account="A"),
            "rows",
            {"account_id": "account"},
            "The wins or the losses are of one account",
        ),
    ],
    ids=[
        "tiny",
        "old wins",
        "new wins",
        "no time",
        "one time",
        "one account, random",
        "one account",
    ],
)
def test_a_flat_table_that_cannot_carry_a_model_is_refused(tmp_path, data, order, columns, refusal):
    with pytest.raises((RefusedError, DataError), match=refusal):
        train(flat(tmp_path, data, order=order, columns=columns), accept_audit=ACCEPTED)


def test_a_table_without_any_column_to_learn_from_is_refused(tmp_path):
    with pytest.raises(RefusedError, match="No column can be learned from"):
        train(flat(tmp_path, frame()[["id", "won"]], fit=(), interest=()))


def test_what_is_stored_with_the_model_is_json_and_names_no_lead(tmp_path):
    model = train(company(tmp_path)).model

    bundle.save(model, tmp_path / "bundle")

    stored = [path for path in (tmp_path / "bundle").rglob("*") if path.is_file()]
    assert len(stored) >= 6
    for path in stored:
        assert not re.search(rb"L0\d{3}", path.read_bytes()), path.name
    metrics = json.loads((tmp_path / "bundle" / "metrics.json").read_text(encoding="utf-8"))
    assert (
        metrics["recipe"]["figures"]["roc_auc"]["value"]
        == model.metrics["recipe"]["figures"]["roc_auc"]["value"]
    )
