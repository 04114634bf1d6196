import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propensity.language.numerals import chance, chances, numbers, wholes

PROBABILITIES = st.floats(0, 1, exclude_min=True, exclude_max=True)


@given(st.lists(st.integers(0, 10**15 - 1), min_size=1))
def test_whole_numbers_have_commas_where_python_puts_them(values):
    assert wholes(np.array(values)).to_pylist() == [f"{value:,}" for value in values]


@given(
    st.lists(st.floats(-1e300, 1e300) | st.sampled_from([float("nan"), float("inf")]), min_size=1)
)
def test_a_number_reads_back_to_three_digits_and_never_shows_nan(values):
    for value, text in zip(values, numbers(np.array(values)).to_pylist(), strict=True):
        if not np.isfinite(value):
            assert text is None
        else:
            assert float(text.replace(",", "")) == pytest.approx(value, rel=6e-3)
            assert not text.endswith(".0")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0.08, 0.13, ("8", "13")),  # whole percent from 1 % on
        (0.008, 0.013, ("0.8", "1.3")),  # one decimal as soon as one is below
        (0.101, 0.104, ("10.1", "10.4")),  # they would read alike as 10
        (0.5, 0.5, ("50", "50")),  # nothing tells them apart
        (0.03858, 0.03862, ("4", "4")),  # nobody cares
        (0.012, 0.017, ("1.2", "1.7")),  # not from 1 to 2
        (0.9991, 0.9998, ("99.91", "99.98")),  # never a certainty
        (1e-12, 1e-9, ("<0.001", "<0.001")),
        (1 - 1e-12, 0.5, (">99.999", "50.000")),
    ],
)
def test_two_chances_have_the_digits_that_tell_them_apart(before, after, expected):
    found = chances(np.array([before]), np.array([after]))

    assert tuple(figures.column[0].as_py() for figures in found) == expected


@given(PROBABILITIES, PROBABILITIES)
def test_the_larger_chance_never_reads_smaller(before, after):
    low, high = sorted((before, after))

    texts = [figures.column[0].as_py() for figures in chances(np.array([low]), np.array([high]))]

    assert float(texts[0].strip("<>")) <= float(texts[1].strip("<>"))


@given(PROBABILITIES)
def test_no_chance_reads_as_never_or_always(value):
    assert chance(np.array([value]))[0].as_py() not in (
        "0",
        "100",
        "0.0",
        "100.0",
        "0.000",
        "100.000",
    )
