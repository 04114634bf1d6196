"""Columns that each pass and together carry more than they should; and imputing that shows."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.kinds import Attribute
from propensity.config.leak_limits import LeakLimits
from tests.training.audit.leaks.test_leaks import ORDINARY, flat, outcomes, rules
from training.audit.leaks.families import families, named_alike
from training.audit.leaks.firewall import judge
from training.audit.leaks.speaking import missing_hits
from training.audit.leaks.units import Units, column


def stages(random, won, *, n=7, apart=0.5):
    """Durations in stages, each of which tells a little about the outcome."""
    return {
        f"days in stage {i}": np.maximum(0, random.normal(10, 3, len(won)) + 3 * apart * won).round(
            2
        )
        for i in range(1, n + 1)
    }


def audited(name, values):
    kind = "number" if np.asarray(values).dtype.kind in "if" else "text"
    array = pa.array(values)
    return column(
        Attribute(name, kind, "fit"), array, np.zeros(len(array), int), has_history=False, least=20
    )


def test_seven_columns_under_their_limits_are_suspect_together(tmp_path):
    random, won, data = outcomes(n=4000)
    honest = {f"{word} x": random.normal(size=len(won)) + 0.4 * won for word in "abcdefg"}

    found = flat(tmp_path, data.assign(**stages(random, won), **honest), known=None, result=judge)

    group = next(g for g in found.groups if set(g.columns) == set(stages(random, won)))
    assert group.verdict == "suspect"
    assert "without them the model's AUC goes from" in group.sentence
    members = [v for v in found.columns if v.name in group.columns]
    assert all(rules(v) >= {"together"} for v in members)
    assert all(v.auc < 0.7 for v in members)


def test_strength_together_is_no_suspicion_once_all_are_dated_at_creation(tmp_path):
    random, won, data = outcomes(n=4000)

    other = {name: random.choice(ORDINARY, len(won)) for name in ("q", "r")}

    found = flat(tmp_path, data.assign(**stages(random, won), **other), result=judge)

    assert {group.verdict for group in found.groups} == {"fine"}
    assert {v.verdict for v in found.columns} == {"fine"}


def test_an_outcome_cut_into_parts_is_a_leak_together_even_when_dated(tmp_path):
    random, won, data = outcomes(n=4000)
    noise = random.normal(size=(len(won), 3))
    parts = {
        f"part {'xyz'[i]}": noise[:, i] + (0 if i < 2 else 1) * (2.5 * won - noise.sum(axis=1))
        for i in range(3)
    }
    other = {name: random.choice(ORDINARY, len(won)) for name in ("q", "r", "s", "t")}

    found = flat(tmp_path, data.assign(**parts, **other), result=judge)

    assert found.groups[0].verdict == "leak"
    assert set(found.groups[0].columns) == set(parts)
    assert {v.action for v in found.columns if v.name in parts} == {"drop"}


def test_families_are_found_by_name_by_values_and_by_sum():
    random = np.random.default_rng(0)
    base = random.normal(size=2000)
    shares = random.dirichlet([1, 1, 1], 2000)
    columns = [
        audited("first_visit_days", random.normal(size=2000)),
        audited("first_visit_pages", random.normal(size=2000)),
        audited("first_visit_source", random.choice(ORDINARY, 2000)),
        audited("employees", base + 0.1 * random.normal(size=2000)),
        audited("revenue", np.exp(base)),
        *(audited(name, shares[:, i]) for i, name in enumerate(("mail", "web", "phone"))),
        *(audited(f"lone{i}x", random.normal(size=2000)) for i in range(2)),
    ]

    found = {frozenset(family.columns): family.because for family in families(columns, seed=0)}

    assert frozenset({"employees", "revenue"}) in found
    assert found[frozenset({"mail", "web", "phone"})] == "parts of a sum"
    visits = frozenset(c.name for c in columns[:3])
    assert "first visit" in " ".join(found[visits].split())
    assert not any("lone0x" in names for names in found)


@pytest.mark.parametrize(
    ("names", "family"),
    [
        (["StageADuration", "StageBDuration", "StageCDuration"], "duration"),
        (["商談日数", "商談段階", "商談回数"], "商談"),
        (["q1_days", "q2_days", "q3_days"], "days"),
    ],
)
def test_names_are_read_in_words_whatever_their_spelling(names, family):
    columns = [audited(name, np.arange(100.0)) for name in names]

    assert (set(names), family) in list(named_alike(columns))


def test_a_column_is_not_imputed_where_a_model_tells_what_was_drawn(tmp_path):
    random, won, data = outcomes(n=4000)
    size = random.normal(5, 1, len(won)) + 0.8 * won
    filled = random.random(len(won)) < np.where(won, 0.9, 0.4)
    data = data.assign(asked=np.where(filled, size, np.nan))
    known_elsewhere = data.assign(twin=size + random.normal(0, 0.05, len(won)))

    alone = flat(tmp_path, data.assign(other=random.choice(ORDINARY, len(won))))["asked"]
    told = flat(tmp_path, known_elsewhere)["asked"]

    assert (alone.verdict, alone.action) == ("leak", "impute")
    assert (
        "a model cannot tell by the drawn values which were missing (AUC 0."
        in alone.hits[-1].sentence
    )
    assert (told.verdict, told.action) == ("leak", "drop")
    hit = next(hit for hit in told.hits if hit.rule == "drawn values")
    assert hit.evidence["auc"] > 0.6


def test_a_gap_because_a_joined_table_has_no_row_is_no_missing_value(tmp_path):
    random, won, _ = outcomes(n=4000)
    no_contract = random.random(len(won)) < np.where(won, 0.1, 0.7)
    values = np.where(no_contract, np.nan, random.normal(size=len(won)))
    plain = audited("contract length", values)
    joined = replace(plain, without_row=no_contract)
    units = Units(
        won=won,
        is_open=np.zeros(len(won), bool),
        teaches=np.ones(len(won), bool),
        stratum=np.zeros(len(won), np.int64),
        order=np.arange(len(won)),
        columns=(plain,),
    )

    assert [hit.verdict for hit in missing_hits(plain, units, LeakLimits())] == ["leak"]
    assert list(missing_hits(joined, units, LeakLimits())) == []
