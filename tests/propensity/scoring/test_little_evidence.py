"""Little evidence: rows far from what was seen are marked, the same in any batch, and told with
what is unusual.
"""

import io
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from rich.console import Console

from features.build.build import build, prepare
from features.build.table import FeatureTable, encoded
from features.errors import ArtifactError
from features.population import flat_rows
from propensity.concepts.concepts import concepts_of
from propensity.explanation.explanation import explain
from propensity.explanation.waterfall import draw
from propensity.language import CATALOGUES
from propensity.language.audience import Audience
from propensity.scoring.job import Champion, ScoringResources, score_to_table
from propensity.scoring.little_evidence import (
    FACT,
    FeatureRarity,
    Rarity,
    little_evidence,
    rarity_of,
    sums,
    unusual,
)
from propensity.scoring.row_facts import RowFacts, warnings
from propensity.scoring.scorer import Telling
from tests.propensity import worlds
from training.learn.recipe.learn_rarity import learn_rarity

#: Of the features of ``small_spec``: a category of three levels, and five numbers.
STORED = Rarity(
    features=(
        FeatureRarity(surprise=(6.0, 1.0, 0.0, 0.5, 2.0)),
        FeatureRarity(edges=(0.0, 10.0, 500.0), surprise=(6.0, 0.0, 1.0, 6.0), missing=0.25),
        FeatureRarity(edges=(1000.0,), surprise=(0.0, 6.0), missing=6.0),
        FeatureRarity(edges=(0.0, 5.0), surprise=(0.0, 2.0, 6.0), missing=6.0),
        FeatureRarity(edges=(30.0,), surprise=(0.5, 3.0), missing=0.0),
        FeatureRarity(surprise=(0.75,), missing=1.5),
    ),
    limit=12.0,
)


@pytest.fixture
def model(small_model):
    return replace(small_model, facts={**small_model.facts, FACT: STORED.model_dump(mode="json")})


def of_hand(model, row):
    """A row's sum, value by value, from the stored numbers alone."""
    total = 0.0
    for concept in concepts_of(model.spec):
        rarest = 0.0
        for column in concept.columns:
            stored, value = STORED.features[column], row[column]
            if model.spec.features[column].is_category:
                code = int(value) if 0 <= value < len(stored.surprise) else 0
                found = stored.surprise[code]
            elif math.isnan(value):
                found = stored.missing
            else:
                found = stored.surprise[sum(value > edge for edge in stored.edges)]
            rarest = max(rarest, found)
        total += rarest
    return total


def strange_rows(n=20_000):
    random = np.random.default_rng(3)
    matrix = random.choice(
        np.array([-1e300, -5, 0, 3, 10, 11, 31, 499, 1e9, np.inf, -np.inf, np.nan]), (n, 6)
    )
    matrix[:, 0] = random.choice(np.array([-1.0, 0, 1, 2, 3, 4, 5, 77, np.nan]), n)
    return np.asfortranarray(matrix)


def test_a_row_is_as_rare_as_its_values_by_hand(model):
    rows = strange_rows(500)

    found = sums(STORED, model, rows)

    np.testing.assert_allclose(found, [of_hand(model, row) for row in rows], rtol=0, atol=1e-12)
    assert np.array_equal(little_evidence(model, rows), found > 12.0)
    assert 0.1 < little_evidence(model, rows).mean() < 0.9


@pytest.mark.parametrize("size", [1, 7, 16_385])
def test_the_batch_does_not_change_a_bit(model, size):
    rows = strange_rows()

    whole = sums(STORED, model, rows)

    some = range(0, len(rows), max(size, 997))
    assert all(
        np.array_equal(sums(STORED, model, rows[at : at + size]), whole[at : at + size])
        for at in some
    )
    assert np.array_equal(sums(STORED, model, np.ascontiguousarray(rows)), whole)


def test_the_concepts_that_are_unusual_are_named_the_rarest_first(model):
    usual = np.array([[2.0, 5.0, 10.0, 0.0, np.nan, 1.0]])
    far = np.array([[7.0, 1e6, 10.0, 3.0, 5.0, 1.0]])

    assert unusual(model, usual) == ()
    assert [model.concepts[number].name for number in unusual(model, far)] == ["業種", "employees"]


def table_of(model, frame):
    keys = pa.table({"lead": range(len(frame)), "lead_id": [str(i) for i in range(len(frame))]})
    return FeatureTable(model.spec, keys, encoded(model.spec, frame))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_scored_row_warns_of_it(model, small_frame, language):
    frame = small_frame.head(3).copy()
    frame.loc[0, ["employees", 'Total "Time" [s]', "pricing: count, 30 days"]] = [1e7, 1e7, 1e4]
    frame.loc[1, ["employees", 'Total "Time" [s]', "pricing: count, 30 days"]] = [5, 10, 0]
    table = table_of(model, frame)
    facts = RowFacts(pa.nulls(3, pa.string()), pa.nulls(3, pa.string()), pa.table({}), {})

    found = warnings(model, table, facts, absent=(), language=language).to_pylist()

    text = CATALOGUES[language]["warn: little evidence"]
    assert text in found[0]
    assert text not in found[1]


def test_a_model_stored_without_says_nothing(small_model):
    assert rarity_of(small_model) is None
    assert not little_evidence(small_model, strange_rows(100)).any()
    assert unusual(small_model, strange_rows(1)) == ()


@pytest.mark.parametrize(
    "stored",
    [
        {"features": [], "limit": 1.0},
        {"features": [{"surprise": [1.0, 2.0]}] * 6, "limit": 1.0},
        {"features": "none", "limit": 1.0},
        {**STORED.model_dump(mode="json"), "limit": None},
    ],
    ids=["no feature", "bins that do not fit", "text", "no limit"],
)
def test_stored_shares_that_do_not_fit_the_features_are_refused(small_model, stored):
    with pytest.raises(ArtifactError, match=r"facts\.json"):
        rarity_of(replace(small_model, facts={FACT: stored}))


# --- from a file to what people read


@pytest.fixture(scope="module")
def far_world(tmp_path_factory):
    """A flat company whose model knows what is rare, and one lead of which has since become like no
    other.
    """
    folder = tmp_path_factory.mktemp("far")
    world = worlds.flat(folder, leads=3000)
    with world.store() as store:
        rows = flat_rows(store)
        prepare(store, world.model.spec, rows)
        matrix = build(store, rows, world.model.spec).matrix
    rarity = learn_rarity(world.model, matrix, np.ones(len(matrix)), np.arange(len(matrix)))
    leads = pd.read_csv(folder / "flat.csv", dtype=str)
    leads.loc[7, ["業種", "size", "visits"]] = ["Zoo", "1e9", "100000"]
    leads.to_csv(folder / "flat.csv", index=False)
    model = replace(world.model, facts={FACT: rarity.model_dump(mode="json")})
    return replace(world, model=model), leads.loc[7, "id"]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_explain_names_what_is_unusual_about_a_lead(far_world, language):
    world, lead = far_world
    console = Console(file=io.StringIO(), width=80)
    telling = Telling("flat", "1", language=language, labels={"size": "Headcount"})

    with world.store() as store:
        far, usual = (explain(world.model, store, who, 0, telling=telling) for who in (lead, "1"))
    for each in (far, usual):
        console.print(draw(each, Audience(language)))

    assert set(far.rare) == {"業種", "Headcount", "visits"}
    assert usual.rare == ()
    printed = "".join(console.file.getvalue().split())
    before = "".join(CATALOGUES[language]["little evidence"].split("{what}")[0].split())
    assert printed.count(before) == 1
    assert "Headcount" in printed.split(before)[1][:60]


def test_the_summary_counts_marked_leads_and_no_batch_changes_them(far_world):
    world, lead = far_world
    found = []
    for size in (17, 100_000):
        with world.store() as store:
            champion = Champion(world.model, "flat", "1")
            found.append(
                score_to_table(
                    champion,
                    store,
                    0,
                    config=world.config,
                    resources=ScoringResources(batch_leads=size),
                )
            )
    (small, _), (table, summary) = found

    text = CATALOGUES["en"]["warn: little evidence"]
    marked = [row["lead_id"] for row in table.to_pylist() if text in row["warnings"]]
    assert small.equals(table)
    assert lead in marked
    assert summary.warnings[text] == len(marked) <= 6
