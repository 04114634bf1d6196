"""A points table counts as a marketing tool would."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.learn.learners.points_table import PointsRow, total

VALUES = st.lists(st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6)), min_size=1, max_size=20)


@given(values=VALUES, points=st.integers(-20, 20), cap=st.integers(1, 10))
def test_times_earn_points_up_to_the_cap_and_unknown_ones_none(values, points, cap):
    expected = [0 if not value > 0 else points * min(int(np.ceil(value)), cap) for value in values]

    assert total(np.array(values)[:, None], [PointsRow(0, points, cap=cap)]).tolist() == expected


def test_a_band_holds_its_lower_bound_and_not_its_upper():
    values = np.array([[9.9], [10.0], [19.9], [20.0], [np.nan]])

    assert total(values, [PointsRow(0, 3, low=10.0, high=20.0)]).tolist() == [0, 3, 3, 0, 0]
    assert total(values, [PointsRow(0, 3, low=10.0)]).tolist() == [0, 3, 3, 3, 0]
