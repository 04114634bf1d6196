"""An input that holds a column in another way than training did: what it says there is no evidence,
and everybody hears so.
"""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import csv

from features.build.build import build, prepare
from features.states import with_unseen_states
from propensity.explanation.change import Scoring, score_change
from propensity.explanation.explanation import explain
from propensity.scoring.scorer import (
    BucketShape,
    Telling,
    score,
    scored_bucket,
    telling_of,
)
from propensity.scoring.tonight import population
from tests.propensity import worlds
from tests.propensity.scoring.test_scorer import TELLING, edited, ranked
from training.learn.recipe.distributions import distributions

DAY = worlds.AS_OF_DAY
RENAMED = "not understood: 業種 (far more new values than in training)"
NEVER = "not understood: source (a value never seen in training)"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A company whose model knows its states: one industry in fifty was rare, no source was."""
    folder = tmp_path_factory.mktemp("company")
    world = worlds.company(folder)
    leads = csv.read_csv(folder / "leads.csv").to_pandas()
    leads.loc[leads.index % 50 == 0, "業種"] = [f"rare {i}" for i in range(0, len(leads), 50)]
    leads.to_csv(folder / "leads.csv", index=False)
    world = worlds.of_folder(folder, worlds.CONFIG, [DAY - 28, DAY - 14, DAY])
    with world.store() as store:
        rows = population(world.model, store, DAY)
        prepare(store, world.model.spec, rows)
        matrix = build(store, rows, world.model.spec).matrix
    spec = with_unseen_states(world.model.spec, matrix)
    shares = distributions(spec, matrix, np.ones(len(matrix)))
    return dataclasses.replace(
        world, model=dataclasses.replace(world.model, spec=spec, distributions=shares)
    )


def renamed(column):
    def change(leads):
        known = leads[column] != ""
        leads.loc[known, column] = "new/" + leads.loc[known, column]
        return leads

    return change


@pytest.fixture(scope="module")
def industries_renamed(company, tmp_path_factory):
    return edited(company, tmp_path_factory.mktemp("renamed"), leads=renamed("業種"))


def reasons_of(scored, concept):
    return [
        reason
        for side in ("reasons_for", "reasons_against")
        for row in scored[side].to_pylist()
        for reason in row
        if reason["concept"] == concept
    ]


def test_the_input_that_training_saw_mutes_nothing(company):
    table, summary = ranked(company)

    assert (summary.muted, summary.matters) == ((), False)
    assert not [w for row in table["warnings"].to_pylist() for w in row if "understood" in w]
    assert reasons_of(table, "業種")


def test_a_list_renamed_as_a_whole_is_no_evidence_although_training_had_rare_values(
    company, industries_renamed
):
    table, summary = ranked(industries_renamed)

    assert summary.muted == ("業種",)
    assert summary.matters
    assert summary.warnings[RENAMED] > 0.7 * table.num_rows
    assert not reasons_of(table, "業種")
    assert reasons_of(table, "price [JPY]")


def test_every_lead_scores_as_if_nobody_knew_the_renamed_column(company, industries_renamed):
    with industries_renamed.store() as store:
        rows = population(company.model, store, DAY)
        prepare(store, company.model.spec, rows)
        matrix = build(store, rows, company.model.spec).matrix
    table = ranked(industries_renamed)[0].sort_by("lead_id")
    muted = company.model.silencing({"業種": ("other",)})

    np.testing.assert_array_equal(table["log_odds"], muted.concept_sums(matrix).log_odds)


def test_a_renamed_list_without_rare_values_is_said_as_never_seen(company, tmp_path):
    _, summary = ranked(edited(company, tmp_path, leads=renamed("source")))

    assert summary.muted == ("source",)
    assert summary.warnings[NEVER] == summary.leads


def test_an_absent_column_is_no_evidence_and_has_one_warning(company, tmp_path):
    def without(leads):
        return leads.drop(columns="業種")

    table, summary = ranked(edited(company, tmp_path, leads=without))

    assert summary.muted == ("業種",)
    assert "業種: column missing in the input" in summary.warnings
    assert not [w for w in summary.warnings if "understood" in w]
    assert not reasons_of(table, "業種")


def test_one_lead_with_a_new_value_is_warned_of_and_nobody_else(company, tmp_path):
    lead = ranked(company)[0]["lead_id"][0].as_py()

    def one(leads):
        leads.loc[leads.lead_id == lead, "source"] = "podcast"
        return leads

    table, summary = ranked(edited(company, tmp_path, leads=one))

    assert summary.warnings[NEVER] == 1
    assert (summary.muted, summary.matters) == ((), False)
    others = table.filter(pc.not_equal(table["lead_id"], lead)).sort_by("lead_id")
    before = ranked(company)[0]
    before = before.filter(pc.not_equal(before["lead_id"], lead)).sort_by("lead_id")
    assert others["log_odds"].equals(before["log_odds"])


def test_buckets_told_the_verdict_of_the_whole_give_the_rows_of_the_stream(
    company, industries_renamed
):
    with industries_renamed.store() as store:
        telling = telling_of(company.model, store, TELLING, DAY)
        whole = pa.concat_tables(list(score(company.model, store, DAY, telling=telling)))
        tables = {name: store.arrow(name) for name in ("leads", "events", "episodes", "changes")}
        shape = BucketShape.of(store)

    found = scored_bucket(company.model, tables, DAY, shape=shape, telling=telling)

    assert telling.muted == {"業種": ("other",)}
    assert found.sort_by("lead_id").equals(whole.sort_by("lead_id"))


def test_the_explanation_of_a_lead_is_that_of_its_row(company, industries_renamed):
    table = ranked(industries_renamed)[0]
    row = next(row for row in table.to_pylist() if RENAMED in row["warnings"])

    with industries_renamed.store() as store:
        found = explain(company.model, store, row["lead_id"], DAY, telling=TELLING)

    assert found.log_odds == row["log_odds"]
    assert found.not_understood == (RENAMED,)
    part = next(part for part in found.parts if part.concept == "業種")
    assert (part.contribution, part.value) == (0.0, None)
    assert "業種" in found.unknown


def test_what_moved_a_lead_adds_up_where_its_list_was_renamed(company, industries_renamed):
    telling = Telling("company", "1")
    then, now = (Scoring(company.model, telling, day) for day in (DAY - 14, DAY))
    table = ranked(industries_renamed)[0]
    with industries_renamed.store() as store:
        earlier = population(company.model, store, DAY - 14)["lead"].to_pylist()
        names = store.query("SELECT lead, lead_id FROM leads").to_pandas().set_index("lead")
        both = sorted({names.lead_id[lead] for lead in earlier} & set(table["lead_id"].to_pylist()))
        found = score_change(store, both[0], then, now, by_old=telling)

    assert sum(step.change for step in found.steps) == pytest.approx(found.change, abs=1e-9)
    assert found.after.not_understood == (RENAMED,)
    assert all("業種" not in dict(step.concepts) for step in found.steps)
