"""Quarters: stretches of days counted back from the newest as-of, or blocks of rows where there are
no days.
"""

import numpy as np
import pyarrow as pa

from propensity.config.sections import BacktestSettings
from training.learn.rows.quarters import quarters_of
from training.learn.rows.snapshots import LabelledRows


def rows_at(time):
    n = len(time)
    table = pa.table({"lead": range(n), "episode": [1] * n, "as_of_day": time})
    return LabelledRows(
        table, np.zeros(n, np.int8), np.ones(n), np.asarray(time, np.int64), np.arange(n)
    )


def test_quarters_of_days_are_counted_back_and_hold_every_row_once():
    rows = rows_at(np.arange(100, 300, 7))

    found = quarters_of(rows, BacktestSettings(every_days=50), flat=False)

    assert found[-1].end == 296 + 1
    assert {q.end - q.start for q in found} == {50}
    assert found[0].start <= 100 < found[0].end
    assert np.array_equal(sum(q.of(rows).astype(int) for q in found), np.ones(len(rows)))
    assert [q.name for q in found][-1] == "1970-09-05"  # day 247


def test_blocks_hold_equally_many_rows_and_rows_of_one_moment_stay_together():
    time = np.repeat(np.arange(50), 20)
    time[400:640] = 20
    rows = rows_at(np.random.default_rng(0).permutation(time))

    found = quarters_of(rows, BacktestSettings(blocks=5), flat=True)

    counts = [q.of(rows).sum() for q in found]
    assert sum(counts) == 1000
    assert len({q.name for q in found}) == len(found)
    assert sum(((rows.time == 20) & q.of(rows)).any() for q in found) == 1
    assert [
        q.of(rows_at(np.arange(1000))).sum()
        for q in quarters_of(rows_at(np.arange(1000)), BacktestSettings(blocks=5), flat=True)
    ] == [200] * 5


def test_rows_without_time_have_no_quarters():
    assert quarters_of(rows_at([0] * 10), BacktestSettings(), flat=True) == ()
    assert quarters_of(rows_at([]), BacktestSettings(), flat=False) == ()
