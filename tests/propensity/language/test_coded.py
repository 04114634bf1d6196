import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propensity.language.catalogue import Catalogue
from propensity.language.coded import Coded, alike, together, woven

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=4)
NUMBERS = st.lists(st.sampled_from([0.0, 1.0, 2.5, float("nan")]), max_size=8)


@st.composite
def columns(draw):
    n, found = draw(st.integers(0, 6)), []
    for texts in draw(st.lists(TEXTS, min_size=1, max_size=3)):
        places = draw(st.lists(st.integers(0, len(texts) - 1), min_size=n, max_size=n))
        found.append(Coded(pa.array(texts, pa.string()), np.array(places, dtype=np.int64)))
    return found


@given(columns())
def test_woven_columns_read_like_their_texts_side_by_side(found):
    rows = zip(*(column.column.to_pylist() for column in found), strict=True)

    expected = [None if None in row else "".join(row) for row in rows]

    assert woven(found).to_pylist() == expected


@given(columns())
def test_a_text_with_coded_gaps_is_the_text_with_plain_ones(found):
    names = "abc"[: len(found)]
    words = Catalogue("a room", "en", {"told": "so " + " of ".join(f"{{{n}}}" for n in names)})
    gaps = dict(zip(names, found, strict=True))

    plain = words.column("told", **{name: gap.column for name, gap in gaps.items()})

    assert words.coded("told", **gaps).to_pylist() == plain.to_pylist()


@given(NUMBERS)
def test_rows_are_alike_where_all_their_numbers_are(numbers):
    one, other = np.array(numbers), np.arange(len(numbers)) % 2
    keys = [(repr(a), b) for a, b in zip(numbers, other.tolist(), strict=True)]

    first, kind = alike([one, other])

    assert [keys[place] for place in first[kind]] == keys
    assert len(first) == len(set(keys))
    assert all(keys.index(keys[place]) == place for place in first)


def test_nothing_is_alike_without_columns():
    with pytest.raises(ValueError, match="expected columns, got none"):
        alike([])


def test_columns_that_go_together_still_do_after_a_choice():
    codes = np.array([1, 0, 1])
    one, two = (Coded(pa.array(texts), codes) for texts in (["a", "b"], ["c", "d"]))

    chosen = together([one, two], np.array([True, False, True]))

    assert chosen[0].codes is chosen[1].codes
    assert [column.column.to_pylist() for column in chosen] == [["b", "b"], ["d", "d"]]
