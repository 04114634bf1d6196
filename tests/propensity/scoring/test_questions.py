"""The one question: which attribute, how far an answer could move the fit, and how it is asked."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.build.table import encoded
from propensity.concepts.value_columns import known
from propensity.definition.schema import Axes, AxisCuts
from propensity.language.audience import Audience
from propensity.model.bundle import EVIDENCE_COLUMNS
from propensity.scoring.questions import QuestionFinder

AXES = Axes(
    fit=AxisCuts(zero=0.0, cuts=(0.5, 0.0, -0.5)),
    interest=AxisCuts(zero=0.0, cuts=(1.0, 0.0, -1.0)),
)


def group(concept, contribution, leads, *, axis="fit", level=None, low=None, high=None):
    return {
        "concept": concept,
        "axis": axis,
        "feature": concept,
        "level": level,
        "low": low,
        "high": high,
        "leads": leads,
        "closed": 1,
        "expected": 1.0,
        "contribution": contribution,
    }


#: Industry moves the fit from -.1 to .1 between the 10 % and the 90 % quantile, employees from -.9
#: to .8.
GROUPS = [
    group("業種", -5.0, 50, level="製造, 他"),  # one in twenty: not what one would expect to hear
    group("業種", -0.1, 500, level="IT"),
    group("業種", 0.1, 450, level="Retail"),
    group("employees", -0.9, 200, high=10.0),
    group("employees", 0.1, 500, low=10.0, high=50.0),
    group("employees", 0.8, 300, low=50.0),
    group("pricing", 2.0, 300, axis="interest", low=0.0),
]


@pytest.fixture
def model(small_model):
    return replace(small_model, evidence=pa.Table.from_pylist(GROUPS, schema=EVIDENCE_COLUMNS))


@pytest.fixture
def asked(model, small_frame):
    matrix = encoded(model.spec, small_frame)
    return model, matrix, model.concept_sums(matrix)


def test_a_plausible_answer_lies_between_the_tenth_and_the_ninetieth_percentile_of_the_leads(model):
    ranges = dict(
        zip(
            (concept.name for concept in model.concepts),
            QuestionFinder(model).ranges.tolist(),
            strict=True,
        )
    )

    assert ranges["業種"] == [-0.1, 0.1]
    assert ranges["employees"] == [-0.9, 0.8]
    assert np.isnan(ranges["pricing"]).all()  # behaviour cannot be asked
    assert np.isnan(ranges['Total "Time" [s]']).all()  # nothing is known of it


def test_the_unknown_attribute_with_the_widest_range_is_asked(asked):
    model, matrix, sums = asked
    unknown = ~known(model.spec, model.concepts, matrix)
    industry, employees = unknown[:, 0], unknown[:, 1]

    concept = QuestionFinder(model).questions(matrix, sums).concept

    assert (industry & employees).any()
    assert (concept == np.where(employees, 1, np.where(industry, 0, -1))).all()


def test_an_answer_takes_the_place_of_what_not_knowing_adds(asked):
    model, matrix, sums = asked

    found = QuestionFinder(model).questions(matrix, sums)

    of_employees, silent = found.concept == 1, found.concept == -1
    without = sums.fit - sums.contributions[:, 1]
    np.testing.assert_allclose(found.low[of_employees], (without - 0.9)[of_employees])
    np.testing.assert_allclose(found.high[of_employees], (without + 0.8)[of_employees])
    assert (found.low[silent] == sums.fit[silent]).all()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "Head count is unknown: ask. The answer may move the fit to anything from {} to {}.",
        ),
        ("ja", "Head countは不明です。確認すると適合度が{}〜{}に変わる可能性があります。"),
    ],
)
def test_the_sentence_names_the_letters_between_which_the_answer_decides(asked, language, sentence):
    model, matrix, sums = asked
    asker = QuestionFinder(model)
    found = asker.questions(matrix, sums)

    told = asker.sentences(
        matrix, sums, AXES, Audience(language, {"employees": "Head count"})
    ).to_pylist()

    def letter(fit):
        return next(
            letter
            for letter, cut in zip("ABCD", (*AXES.fit.cuts, -np.inf), strict=True)
            if fit >= cut
        )

    some = 0
    for row, text in enumerate(told):
        letters = [letter(fit) for fit in (found.low[row], found.high[row], sums.fit[row])]
        if found.concept[row] == -1 or len(set(letters)) == 1:
            assert text is None
        elif found.concept[row] == 1:
            assert text == sentence.format(min(letters), max(letters))
            some += 1
    assert some > 100


def test_a_model_without_evidence_asks_nothing(small_model, asked):
    _, matrix, sums = asked

    found = QuestionFinder(small_model).questions(matrix, sums)
    told = QuestionFinder(small_model).sentences(matrix, sums, AXES, Audience("en"))

    assert (found.concept == -1).all()
    assert told.null_count == len(matrix)
