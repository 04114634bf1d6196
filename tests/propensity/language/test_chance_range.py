"""A chance in its range, in both languages."""

import pyarrow as pa
import pytest

from propensity.language.chance_range import chance_in_range, chances_in_range

DOUBLES = pa.float64()


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["8 % (5–13 %)", "0.8 % (0.3–4 %)", "20 %", None]),
        ("ja", ["8%（5〜13%）", "0.8%（0.3〜4%）", "20%", None]),
    ],
)
def test_it_is_told_where_it_is_known(language, told):
    chances = pa.array([0.08, 0.008, 0.2, None], DOUBLES)
    low, high = pa.array([0.05, 0.003, None, None], DOUBLES), pa.array([0.13, 0.04, 0.3, None])

    assert chances_in_range(chances, low, high, language) == told
    assert chance_in_range(0.08, 0.05, 0.13, language) == told[0]
    assert chance_in_range(0.2, None, None, language) == told[2]
