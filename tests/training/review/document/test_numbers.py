import math

import numpy as np
import pytest

from propensity.language import numerals
from training.review.document.numbers import MISSING, written, written_range

CASES = [
    (1204, "count", "", "1,204", "1,204"),
    (31.6, "count", "", "32", "32"),  # expected wins are counts too
    (-3, "count", "", "−3", "−3"),
    (-0.2, "count", "", "0", "0"),  # nothing, not minus nothing
    (0.12, "share", "", "12 %", "12%"),
    (0.0, "share", "", "0 %", "0%"),
    (1.0, "share", "", "100 %", "100%"),
    (0.9996, "share", "", "99.96 %", "99.96%"),  # nearly all is not all
    (1e-9, "share", "", "<0.001 %", "<0.001%"),
    (1 - 1e-9, "chance", "", ">99.999 %", ">99.999%"),
    (-0.05, "share", "", "−5 %", "−5%"),
    (2.5, "share", "", "250 %", "250%"),
    (0.084, "chance", "", "8.4 %", "8.4%"),
    (0.5, "chance", "", "50.0 %", "50.0%"),
    (0, "chance", "", "0 %", "0%"),
    (450, "money", "USD", "$450", "450ドル"),
    (-450, "money", "USD", "−$450", "−450ドル"),
    (12_500_000, "money", "JPY", "¥12.5 million", "1,250万円"),
    (12_345, "money", "JPY", "¥12,345", "12,345円"),
    (123_456, "money", "JPY", "¥123,456", "12.3万円"),
    (125_000_000, "money", "JPY", "¥125 million", "1.25億円"),
    (1_250_000_000, "money", "EUR", "€1.25 billion", "12.5億ユーロ"),
    (1_200, "money", "CHF", "1,200 CHF", "1,200CHF"),
    (1_250_000, "money", "", "1.25 million", "125万"),  # of an unknown currency
    (
        14_915_628,
        "money",
        "CHF",
        "14.9 million CHF",
        "1,492万CHF",
    ),  # no digits that nobody can know
    (9, "days", "", "9 days", "9日"),
    (1, "days", "", "1 day", "1日"),
    (2.46, "days", "", "2.5 days", "2.5日"),
    (9.97, "days", "", "10 days", "10日"),
    (1.5, "number", "", "1.50", "1.50"),
    ("=1+1", "count", "", "=1+1", "=1+1"),
]


@pytest.mark.parametrize(("value", "kind", "currency", "english", "japanese"), CASES)
def test_numbers_are_written_as_people_write_them(value, kind, currency, english, japanese):
    assert written(value, kind, "en", currency) == english
    assert written(value, kind, "ja", currency) == japanese


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf])
def test_what_is_not_told_is_a_dash(nothing):
    assert written(nothing, "share", "en") == MISSING
    assert written_range(0.1, nothing, "share", "ja") == MISSING


def test_shares_have_the_decimals_of_chances_in_reasons():
    values = np.linspace(0.00051, 0.9994, 997)

    assert [written(value, "share", "ja")[:-1] for value in values] == numerals.chance(
        values
    ).to_pylist()


@pytest.mark.parametrize(
    ("low", "high", "kind", "english", "japanese"),
    [
        (0.19, 0.27, "share", "19–27 %", "19〜27%"),
        (0.024, 0.04, "share", "2.4–4.0 %", "2.4〜4.0%"),  # one number of decimals in a range
        (26.2, 38, "count", "26–38", "26〜38"),
        (1, 9, "days", "1 day–9 days", "1〜9日"),
        (-0.02, 0.04, "share", "−2.0 %–4.0 %", "−2.0%〜4.0%"),
    ],
)
def test_a_range_has_its_unit_once(low, high, kind, english, japanese):
    assert written_range(low, high, kind, "en") == english
    assert written_range(low, high, kind, "ja") == japanese
