"""Rows find their group in an evidence table; the table decides what is told."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.spec import FeatureSpec
from propensity.concepts.concepts import concepts_of
from propensity.concepts.evidence import AGREES, NEVER, NO_EVIDENCE, Evidence
from propensity.model.bundle import EVIDENCE_COLUMNS
from propensity.scoring.job import Summary
from propensity.scoring.show import report
from tests.propensity.scoring.test_reasons import attribute, behaviour

NAN = float("nan")
SPEC = FeatureSpec(
    features=(
        attribute("category", ("IT", "Retail")),
        attribute("number", name="employees"),
        behaviour("count", 30),
        behaviour("days_since"),
    )
)


def group(concept, **said):
    feature = {"業種": "業種", "employees": "employees", "pricing": "count 30"}[concept]
    return {
        "concept": concept,
        "axis": "interest" if concept == "pricing" else "fit",
        "feature": feature,
        "leads": 100,
        "closed": 30,
        "expected": 10.0,
        "contribution": 0.5,
    } | said


def evidence(*groups):
    return Evidence(
        SPEC, concepts_of(SPEC), pa.Table.from_pylist(list(groups), schema=EVIDENCE_COLUMNS)
    )


def found(proof, concept, *values):
    """Places of the groups of leads with these values (industry code, employees, visits, days
    since).
    """
    of_concept = proof.by_concept[concept]
    return (
        of_concept.of(np.array(values, dtype=float), np.arange(len(values))).tolist()
        if of_concept
        else None
    )


def test_a_level_finds_its_group_and_an_unknown_one_none():
    proof = evidence(group("業種", level="Retail"), group("業種", level="gone since"))

    assert found(proof, 0, [3, 0, 0, 0], [2, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]) == [
        0,
        -1,
        -1,
        -1,
    ]


def test_a_number_finds_the_bin_that_holds_it():
    proof = evidence(
        group("employees", high=10.0),
        group("employees", low=10.0, high=50.0),
        group("employees", low=90),
    )

    values = [[0, n, 0, 0] for n in (-5, 10, 10.5, 50, 51, 90, 91, NAN)]

    assert found(proof, 1, *values) == [0, 0, 1, 1, -1, -1, 2, -1]


def test_a_behaviour_finds_its_group_by_how_often_and_how_long_ago():
    since = {"beside": "days_since None"}
    proof = evidence(
        group("pricing", low=0.0, high=1.0, beside_high=7.0, **since),
        group("pricing", low=0.0, high=1.0, beside_low=7.0, beside_high=30.0, **since),
        group("pricing", low=1.0, beside_high=7.0, **since),
        group("pricing", high=0.0, beside_low=30.0, **since),
        group("pricing", level=NEVER, **since),
    )

    values = [
        [0, 0, *pair]
        for pair in ((1, 7), (1, 8), (2, 3), (99, 7), (2, 8), (0, 31), (0, 400), (0, NAN))
    ]

    assert found(proof, 2, *values) == [0, 1, 2, 2, -1, 3, 3, 4]


@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).map(sorted), min_size=1, max_size=6
    )
)
def test_of_bins_that_do_not_overlap_a_value_is_in_the_one_around_it(bounds):
    edges = sorted({edge for pair in bounds for edge in pair})
    pairs = [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=False)]
    proof = evidence(*(group("employees", low=low, high=high) for low, high in pairs))
    values = [*edges, *(np.nextafter(edge, np.inf) for edge in edges)]

    wanted = [
        next((i for i, (low, high) in enumerate(pairs) if low < value <= high), -1)
        for value in values
    ]

    assert found(proof, 1, *([0, value, 0, 0] for value in values)) == (wanted if pairs else None)


@pytest.mark.parametrize(
    "strange",
    [
        {"feature": "a window of another day"},
        {"concept": "a concept that is gone"},
        {"beside": "a feature that is gone"},
        {"axis": "fit"},
    ],
)
def test_what_was_learned_of_another_feature_is_no_evidence(strange):
    proof = evidence(group("pricing", low=0.0, high=1.0) | strange)

    assert proof.by_concept == (None, None, None)
    assert len(proof.sentences("en")) == 1


@pytest.mark.parametrize(
    ("leads", "closed", "expected", "of_for", "of_against"),
    [
        (1204, 73, 42.0, "agrees", "disagrees"),
        (1204, 42, 73.0, "disagrees", "agrees"),
        (49, 30, 10.0, "few leads", "few leads"),
        (1204, 73, 73.2, "no difference", "no difference"),
        (900, 360, 357.0, "no difference", "no difference"),  # a fifth of what chance alone moves
        (1204, 0, 0.4, "no difference", "no difference"),  # none closed, fewer than one would have
        (1204, 0, 4.0, "disagrees", "agrees"),
    ],
)
def test_evidence_speaks_for_the_reason_or_not_at_all(leads, closed, expected, of_for, of_against):
    proof = evidence(group("業種", level="IT", leads=leads, closed=closed, expected=expected))
    words = [*NO_EVIDENCE, "agrees"]

    assert words.index("agrees") == AGREES
    assert [words[proof.verdict(sign)[0]] for sign in (1, -1)] == [of_for, of_against]
    # of no group
    assert [words[proof.verdict(sign)[-1]] for sign in (1, -1)] == ["few leads", "few leads"]


SINCE = {"beside": "days_since None", "beside_high": 7.0}


@pytest.mark.parametrize(
    ("of", "english", "japanese"),
    [
        (
            group("pricing", low=2.0, high=3.0, leads=1204, closed=73, expected=41.7, **SINCE),
            "1,204 leads did this, 73 closed; from everything else about them 42 would have.",
            "根拠：同じ行動のリード1,204件のうち73件が受注。ほかの条件だけなら42件の見込みでした。",
        ),
        (
            group("pricing", low=2.0, high=4.0, leads=60, closed=0, expected=9.0, **SINCE),
            (
                "60 leads did much the same, none closed; from everything else about them 9 would"
                " have."
            ),
            "根拠：同様の行動のリード60件のうち受注は0件。ほかの条件だけなら9件の見込みでした。",
        ),
        (
            group("pricing", level=NEVER, beside="days_since None"),
            (
                "100 leads had not done it either, 30 closed; from everything else about them 10"
                " would have."
            ),
            (
                "根拠：同じく一度も行動のなかったリード100件のうち30件が受注。"
                "ほかの条件だけなら10件の見込みでした。"
            ),
        ),
        (
            group("pricing", high=0.0, beside="days_since None", beside_low=30.0),
            (
                "100 leads did it about as long ago, 30 closed; from everything else about them 10"
                " would have."
            ),
            (
                "根拠：同じくらい前に行動したリード100件のうち30件が受注。ほかの条件だけなら10件の見込みでした。"
            ),
        ),
        (
            group("業種", level="IT", closed=3, expected=0.3),
            "100 such leads, 3 closed; from everything else about them fewer than 1 would have.",
            "根拠：条件が同じリード100件のうち3件が受注。ほかの条件だけなら1件未満の見込みでした。",
        ),
        (
            group("employees", low=10.0),
            (
                "100 leads with a similar value, 30 closed; from everything else about them 10"
                " would have."
            ),
            "根拠：値の近いリード100件のうち30件が受注。ほかの条件だけなら10件の見込みでした。",
        ),
    ],
)
def test_evidence_reads_as_a_person_would_say_it(of, english, japanese):
    assert evidence(of).sentences("en").to_pylist() == [english]
    assert evidence(of).sentences("ja").to_pylist() == [japanese]


def test_a_window_without_days_since_says_what_was_not_done_lately():
    spec = FeatureSpec(features=(behaviour("count", 30),))
    table = pa.Table.from_pylist([group("pricing", high=0.0)], schema=EVIDENCE_COLUMNS)

    assert (
        Evidence(spec, concepts_of(spec), table)
        .sentences("en")[0]
        .as_py()
        .startswith("100 leads had not done it l")
    )


def test_hostile_text_in_a_table_reaches_no_sentence(small_model):
    table = pa.Table.from_pylist([group("業種", level="\x1b[31m{leads}")], schema=EVIDENCE_COLUMNS)
    model = replace(small_model, evidence=table)

    assert model.proof is not None
    assert "\x1b" not in model.proof.sentences("en")[0].as_py()


def test_a_job_says_how_many_reasons_stand_without_evidence_and_how_many_were_argued_with():
    counts = {"shown": 9000, "few leads": 20, "no difference": 700, "disagrees": 280}
    told = " ".join(
        str(part)
        for part in report(Summary("company", "3", None, leads=1000, evidence=counts), None)
    )

    assert "Evidence stands beside 9,000 of 10,000 reasons." in told
    assert (
        "said the opposite (280) or showed no difference (700); too few leads were alike for 20."
        in told
    )
    assert "Evidence" not in " ".join(
        str(part) for part in report(Summary("company", "3", None, leads=1000), None)
    )
