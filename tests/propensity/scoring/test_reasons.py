import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.build.table import encoded
from features.spec import (
    FIRST_LEVEL,
    MISSING,
    OTHER,
    AttributeSource,
    BehaviourSource,
    ClockSource,
    Feature,
)
from features.spec import FeatureSpec as Spec
from propensity.concepts.concepts import concepts_of
from propensity.concepts.value_columns import known
from propensity.concepts.wording import Wording, label, plain, quadrant_label
from propensity.language import CATALOGUES
from propensity.language.audience import Audience
from propensity.model.model import probability
from propensity.scoring.reasons import SMALLEST, reasons, top

NAN = float("nan")


def behaviour(measure, window=None, kind="pricing"):
    source = BehaviourSource(kind=kind, measure=measure, window=window)
    name = f"{measure} {window}" if kind == "pricing" else f"{kind}: {measure} {window}"
    return Feature(name=name, axis="interest", concept=kind, unit="", source=source)


def attribute(reading, levels=(), name="業種"):
    source = AttributeSource(column=name, reading=reading)
    return Feature(name=name, axis="fit", concept=name, unit="", source=source, levels=levels)


def clock(which):
    return Feature(
        name=which, axis="interest", concept=which, unit="", source=ClockSource(clock=which)
    )


def said(features, values, language="en"):
    """What one lead's values of a single concept read like."""
    spec = Spec(features=tuple(features))
    (concept,) = concepts_of(spec)
    return (
        Wording(spec, Audience(language))
        .values(concept, np.array([values], dtype=float))[0]
        .as_py()
    )


@pytest.fixture(scope="session")
def small_matrix(small_spec, small_frame):
    return encoded(small_spec, small_frame)


@pytest.mark.parametrize(
    ("features", "values", "english", "japanese"),
    [
        (
            [behaviour("count", 30), behaviour("days_since")],
            [3, 2],
            "3 times in 30 days, last 2 days ago",
            "30日間に3回（最終2日前）",
        ),
        (
            [behaviour("count", 30), behaviour("days_since")],
            [1, 1],
            "once in 30 days, 1 day ago",
            "30日間に1回（1日前）",
        ),
        (
            [behaviour("count", 30), behaviour("days_since")],
            [0, 45],
            "last 45 days ago",
            "最終45日前",
        ),
        (
            [behaviour("count", 30), behaviour("days_since")],
            [0, NAN],
            "not once so far",
            "これまで一度もなし",
        ),
        ([behaviour("count", 30)], [0], "not in the last 30 days", "直近30日間はなし"),
        ([behaviour("count")], [0], "not once so far", "これまで一度もなし"),
        ([behaviour("count")], [1234], "1,234 times so far", "これまでに1,234回"),
        ([behaviour("days_since")], [12], "last 12 days ago", "最終12日前"),
        ([behaviour("sum", 30)], [12.5], "12.5 in total", "合計12.5"),
        ([attribute("category", ("IT", "製造業"))], [FIRST_LEVEL + 1], "製造業", "製造業"),
        (
            [attribute("category", ("IT",))],
            [OTHER],
            "a rare or new value",
            "まれな値または新しい値",
        ),
        ([attribute("category", ("IT",))], [MISSING], None, None),
        ([attribute("mail_domain", ("free mail",))], [FIRST_LEVEL], "free mail", "フリーメール"),
        ([attribute("number")], [12345.0], "12,345", "12,345"),
        ([attribute("number")], [NAN], None, None),
        ([attribute("age")], [1], "1 day ago", "1日前"),
        ([attribute("age")], [3653], "10 years ago", "10年前"),
        ([clock("lead_age")], [45], "45 days", "45日"),
        ([clock("earlier_losses")], [0], "not once so far", "これまで一度もなし"),
        ([clock("unanswered")], [3], "3", "3件"),
    ],
)
def test_a_value_reads_as_a_person_would_say_it(features, values, english, japanese):
    assert said(features, values) == english
    assert said(features, values, "ja") == japanese


ANY = [behaviour("active_days", 30, "any activity"), behaviour("days_since", None, "any activity")]


@pytest.mark.parametrize(
    ("values", "english", "japanese"),
    [
        ([4, 2], "on 4 of the last 30 days, last 2 days ago", "直近30日間のうち4日（最終2日前）"),
        ([1, 9], "on 1 of the last 30 days, 9 days ago", "直近30日間のうち1日（9日前）"),
        ([0, 61], "last 61 days ago", "最終61日前"),
        ([0, NAN], "not once so far", "これまで一度もなし"),
    ],
)
def test_activity_as_a_whole_is_told_in_days(values, english, japanese):
    assert said(ANY, values) == english
    assert said(ANY, values, "ja") == japanese


@pytest.mark.parametrize(
    ("trial", "any_since", "english", "japanese"),
    [
        ([0, 61], 61, "last 61 days ago, and nothing since", "最終61日前、その後は反応なし"),
        (
            [1, 21],
            21,
            "once in 30 days, 21 days ago, and nothing since",
            "30日間に1回（21日前、その後は反応なし）",
        ),
        ([2, 21], 21, "2 times in 30 days, last 21 days ago, and nothing since", None),
        # too soon to call it silence
        ([1, 13], 13, "once in 30 days, 13 days ago", "30日間に1回（13日前）"),
        ([0, 61], 60, "last 61 days ago", "最終61日前"),  # something came after it
    ],
)
def test_silence_after_the_last_sign_is_said(trial, any_since, english, japanese):
    features = [behaviour("count", 30, "trial"), behaviour("days_since", None, "trial"), ANY[1]]
    spec = Spec(features=tuple(features))
    concept = concepts_of(spec)[0]
    matrix = np.array([[*trial, any_since]], dtype=float)

    assert Wording(spec, Audience("en")).values(concept, matrix).to_pylist() == [english]
    if japanese:
        assert Wording(spec, Audience("ja")).values(concept, matrix).to_pylist() == [japanese]


def test_a_company_calls_concepts_values_and_quadrants_by_its_own_names(small_model, small_matrix):
    labels = {
        "pricing": "Price list",
        "業種": "Branch",
        "業種: IT": "software house",
        "hot": "Call today\x1b[31m",
    }
    sums = small_model.concept_sums(small_matrix)

    lists = reasons(small_model, small_matrix, sums, Audience("en", labels), at_most=5)

    told = [r for found in lists for row in found.to_pylist() for r in row]
    # the data's name stays beside the sentence
    assert {r["concept"] for r in told} >= {"pricing", "業種"}
    assert not any(re.search("^(pricing|業種):", r["sentence"]) for r in told)
    assert any(r["sentence"].startswith("Price list: ") for r in told)
    assert any(r["sentence"].startswith("Branch: software house. ") for r in told)
    assert quadrant_label("hot", Audience("en", labels)) == "Call today[31m"
    assert quadrant_label("keen", Audience("ja", labels)) == "関心先行"
    assert label("leave", Audience("ja")) == "leave"  # a column of that name is no quadrant


@pytest.mark.parametrize(
    ("windows", "told"), [((7, 30, 90), 30), ((7, 14), 14), ((60, 90), 60), ((20, 40), 20)]
)
def test_a_count_is_told_for_thirty_days_or_the_nearest_window(windows, told):
    features = [behaviour("count", window) for window in (*windows, None)]

    assert said(features, [5] * len(features)) == f"5 times in {told} days"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m\r\n\x00", "[31mred[0m"),  # terminal escapes
        ("a\u202egnp.exe", "agnp.exe"),  # text that runs backwards
        ("x" * 500, "x" * 79 + "…"),
        ("[bold]&<b>", "[bold]&<b>"),  # markup stays text
        ("絵文字 🏦", "絵文字 🏦"),
    ],
)
def test_a_hostile_value_is_plain_text_on_one_line(hostile, shown):
    assert plain(hostile) == shown
    assert said([attribute("category", (hostile,))], [FIRST_LEVEL]) == shown


STRENGTHS = arrays(
    float, (7, 6), elements=st.floats(-2, 2) | st.sampled_from([0.5, 0.25, SMALLEST])
)


@given(STRENGTHS, st.integers(1, 8))
def test_the_strongest_come_first_and_equal_ones_in_the_order_of_the_concepts(strength, at_most):
    found = top(strength, at_most)

    for row in range(len(strength)):
        wanted = sorted((-s, i) for i, s in enumerate(strength[row].tolist()) if s >= SMALLEST)[
            :at_most
        ]
        assert found.concepts[found.rows == row].tolist() == [i for _, i in wanted]
        assert found.counts[row] == len(wanted)


def test_reasons_are_the_contributions_and_the_chances_of_the_leads_own_sum(
    small_model, small_matrix
):
    sums = small_model.concept_sums(small_matrix)
    lists = reasons(small_model, small_matrix, sums, Audience("en"), at_most=5)

    for direction, found in zip((1, -1), lists, strict=True):
        for row, told in enumerate(found.to_pylist()):
            for reason in told:
                number = [concept.name for concept in small_model.concepts].index(reason["concept"])
                assert reason["contribution"] == sums.contributions[row, number]
                assert direction * reason["contribution"] >= SMALLEST
                without = probability(sums.log_odds[[row]] - reason["contribution"])[0]
                assert reason["chance_if_average"] == without


def test_an_unknown_attribute_is_never_a_reason(small_model, small_matrix):
    found = reasons(
        small_model, small_matrix, small_model.concept_sums(small_matrix), Audience("en"), at_most=5
    )
    unknown = ~known(small_model.spec, small_model.concepts, small_matrix)

    assert unknown.any()
    for told in found:
        for row, reason in (
            (row, reason) for row, all_ in enumerate(told.to_pylist()) for reason in all_
        ):
            number = [concept.name for concept in small_model.concepts].index(reason["concept"])
            assert not unknown[row, number]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_sentence_holds_the_value_and_both_chances(small_model, small_matrix, language):
    lists = reasons(
        small_model,
        small_matrix,
        small_model.concept_sums(small_matrix),
        Audience(language),
        at_most=5,
    )
    forms = {
        "en": (
            r"(Lifts|Lowers) the chance (to [\d.<>]+ % \(if average in this: [\d.<>]+ %\)\.|of"
            r" [\d.<>]+ % slightly \(against average in this\)\.)$"
        ),
        "ja": (
            r"受注見込み(を[\d.<>]+%に押し[上下]げています（この点が平均的なら[\d.<>]+%）"
            r"|（[\d.<>]+%）を、この点が平均的な場合よりわずかに押し[上下]げています)。$"
        ),
    }

    sentences = [
        (r["sentence"], r["value"]) for told in lists for row in told.to_pylist() for r in row
    ]

    assert len(sentences) > 100
    for sentence, value in sentences:
        assert re.search(forms[language], sentence)
        assert value in sentence
        assert "nan" not in sentence.lower()
        assert not value.endswith(".0")


def test_no_japanese_text_was_left_in_english():
    said_in_latin = {"MQL", "SAL", "SQL", "SLA"}  # in Japanese too
    words = {
        key: set(re.findall("[A-Za-z]+", re.sub("{.*?}", "", text)))
        for key, text in CATALOGUES["ja"].items()
    }
    latin = [
        key
        for key, found in words.items()
        if found - said_in_latin and not re.search(r"[ぁ-んァ-ヶ一-龠]", CATALOGUES["ja"][key])
    ]

    assert latin == []
