"""Rows find their group in an evidence table; the table decides what is told."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.spec import FeatureSpec
from propensity.concepts.concepts import concepts_of
from propensity.concepts.evidence import VERDICTS, Evidence
from propensity.concepts.evidence_words import NEVER, EvidenceGoal
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
        SPEC,
        concepts_of(SPEC),
        pa.Table.from_pylist(list(groups), schema=EVIDENCE_COLUMNS),
        EvidenceGoal(days=28),
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
    assert len(proof.sentences("en", 1)) == 2  # and that of no group


@pytest.mark.parametrize(
    ("leads", "closed", "expected", "of_for", "of_against"),
    [
        (1204, 73, 42.0, "clearly supports", "contradicts"),
        (1204, 42, 73.0, "contradicts", "clearly supports"),
        (9000, 1150, 1000.0, "supports", "contradicts"),  # certain, but not a fifth more
        (49, 30, 10.0, "few leads", "few leads"),
        (1204, 73, 73.2, "no difference", "no difference"),
        (1204, 73, 60.0, "no difference", "no difference"),  # 1.7 times what chance alone moves
        (1204, 0, 0.4, "no difference", "no difference"),  # none closed, fewer than one would have
        (1204, 0, 9.0, "contradicts", "clearly supports"),
    ],
)
def test_evidence_speaks_whichever_way_it_says(leads, closed, expected, of_for, of_against):
    proof = evidence(group("業種", level="IT", leads=leads, closed=closed, expected=expected))

    assert [VERDICTS[proof.verdict(sign)[0]] for sign in (1, -1)] == [of_for, of_against]
    # of no group
    assert [VERDICTS[proof.verdict(sign)[-1]] for sign in (1, -1)] == ["few leads", "few leads"]


def test_of_many_groups_each_needs_a_stronger_difference():
    alone = group("業種", level="IT", leads=1000, closed=65, expected=50.0)  # p about .03
    equal = [group("employees", low=float(n), high=n + 1.0, expected=30.0) for n in range(40)]

    assert VERDICTS[evidence(alone).verdict(1)[0]] == "supports"
    assert VERDICTS[evidence(alone, *equal).verdict(1)[0]] == "no difference"


def test_accounts_and_the_error_of_what_was_expected_make_a_difference_less_certain():
    strict = {"leads": 1000, "closed": 65, "expected": 50.0}
    said = [
        evidence(group("業種", level="IT", **strict, **more))
        for more in ({}, {"dispersion": 1.6}, {"dispersion": 1.0, "expected_error": 8.0})
    ]

    assert [VERDICTS[each.verdict(1)[0]] for each in said] == [
        "supports",
        "no difference",
        "no difference",
    ]
    assert all(each.ranges.low[0] < said[0].ranges.low[0] for each in said[1:])


SINCE = {"beside": "days_since None", "beside_high": 7.0}


@pytest.mark.parametrize(
    ("of", "english", "japanese"),
    [
        (
            group("pricing", low=2.0, high=3.0, leads=1204, closed=73, expected=41.7, **SINCE),
            "Of 1,204 leads that did this, 73 closed within 28 days (95 % range 58–91): clearly"
            " more than expected from everything else about them (42).",
            "根拠：同じ行動のリード1,204件のうち、28日以内の受注は73件（95%の範囲：58～91件）。"
            "ほかの条件から見込まれる42件より明らかに多くなっています。",
        ),
        (
            group("pricing", low=2.0, high=4.0, leads=60, closed=0, expected=9.0, **SINCE),
            "This speaks against it. Of 60 leads that did much the same, none closed within 28"
            " days (95 % range 0–3): clearly fewer than expected from everything else about them"
            " (9).",
            "ただし実績は逆の傾向です。同様の行動のリード60件のうち、28日以内の受注は0件"
            "（95%の範囲：0～3件）。ほかの条件から見込まれる9件より明らかに少なくなっています。",
        ),
        (
            group("pricing", level=NEVER, beside="days_since None", closed=31, expected=30.0),
            "Of 100 leads that had not done it either, 31 closed within 28 days (95 % range"
            " 22–41): about as many as expected from everything else about them (30).",
            "根拠：同じく一度も行動のなかったリード100件のうち、28日以内の受注は31件"
            "（95%の範囲：22～41件）。ほかの条件から見込まれる30件とほぼ同じです。",
        ),
        (
            group(
                "pricing",
                **{"high": 0.0, "beside": "days_since None", "beside_low": 30.0, "expected": 24.0},
            ),
            "Of 100 leads that did it about as long ago, 30 closed within 28 days (95 % range"
            " 22–40): not clearly more than expected from everything else about them (24).",
            "根拠：同じくらい前に行動したリード100件のうち、28日以内の受注は30件"
            "（95%の範囲：22～40件）。ほかの条件から見込まれる24件より多いものの、"
            "偶然の範囲内です。",
        ),
        (
            group("業種", level="IT", closed=3, expected=0.3, drawn=0.5),
            "Of a sample of 100 such leads, 3 closed within 28 days (95 % range 1–8): clearly"
            " more than expected from everything else about them (fewer than 1).",
            "根拠：条件が同じリード100件（抽出分）のうち、28日以内の受注は3件"
            "（95%の範囲：1～8件）。ほかの条件から見込まれる1件未満より明らかに多くなっています。",
        ),
        (
            group("employees", low=10.0, leads=30),
            "Too few leads alike to check.",
            "似たリードが少なく、実績では確かめられません。",
        ),
    ],
)
def test_evidence_reads_as_a_person_would_say_it(of, english, japanese):
    assert evidence(of).sentences("en", 1)[0].as_py() == english
    assert evidence(of).sentences("ja", 1)[0].as_py() == japanese


def test_evidence_names_the_goal_and_of_a_flat_table_no_days():
    table = evidence(group("業種", level="IT")).table
    said = [
        Evidence(SPEC, concepts_of(SPEC), table, goal).sentences(language, 1)[0].as_py()
        for goal in (EvidenceGoal(), EvidenceGoal(days=90, stage="demo"))
        for language in ("en", "ja")
    ]

    for sentence, part in zip(
        said,
        (
            "Of 100 such leads, 30 closed (95 % range",
            "のうち、受注は30件",
            "30 reached “demo” within 90 days",
            "90日以内の「demo」到達は30件",
        ),
        strict=True,
    ):
        assert part in sentence


def test_a_window_without_days_since_says_what_was_not_done_lately():
    spec = FeatureSpec(features=(behaviour("count", 30),))
    table = pa.Table.from_pylist([group("pricing", high=0.0)], schema=EVIDENCE_COLUMNS)

    assert (
        Evidence(spec, concepts_of(spec), table)
        .sentences("en", 1)[0]
        .as_py()
        .startswith("Of 100 leads that had not done it l")
    )


def test_hostile_text_in_a_table_reaches_no_sentence(small_model):
    table = pa.Table.from_pylist([group("業種", level="\x1b[31m{leads}")], schema=EVIDENCE_COLUMNS)
    model = replace(small_model, evidence=table)

    assert model.proof is not None
    assert "\x1b" not in model.proof.sentences("en", 1)[0].as_py()


def test_a_job_says_of_how_many_reasons_the_evidence_says_what():
    counts = {
        "clearly supports": 7000,
        "supports": 2000,
        "no difference": 700,
        "contradicts": 280,
        "few leads": 20,
    }
    told = " ".join(
        str(part)
        for part in report(Summary("company", "3", None, leads=1000, evidence=counts), None)
    )

    assert "10,000 reasons, checked against the closes of leads alike: 7,000 clearly" in told
    assert "280 contradicted, told last, 20 too few leads to check." in told
    assert "leads alike" not in " ".join(
        str(part) for part in report(Summary("company", "3", None, leads=1000), None)
    )
