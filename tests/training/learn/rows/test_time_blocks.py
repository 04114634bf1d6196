"""Blocks on which choices are made: later rows of other leads, each judged once, and long-lived
leads among both.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.time_blocks import TimeBlock, blocks_of, cuts, usable

DAYS_AND_LEADS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 20)), min_size=40, max_size=120
)


def rows_of(time, lead=None):
    """Rows at these times; every third wins."""
    time = np.asarray(time, dtype=np.int64)
    lead = np.arange(len(time)) if lead is None else np.asarray(lead)
    rows = pa.table({"lead": lead, "episode": np.ones_like(lead), "as_of_day": time})
    label = (np.arange(len(time)) % 3 == 0).astype(np.int8)
    return LabelledRows(rows, label, np.ones(len(time)), time, lead.astype(np.int64))


@settings(max_examples=100)
@given(DAYS_AND_LEADS)
def test_a_block_judges_later_rows_of_leads_it_did_not_learn_from(pairs):
    time, lead = np.array(pairs).T
    assume(len(set(time.tolist())) > 1)
    rows = rows_of(time, lead)

    blocks = blocks_of(rows, seed=0)

    for block in blocks:
        assert time[block.earlier].max() < time[block.later].min()
        assert not set(lead[block.earlier]) & set(lead[block.later])
    judged = np.concatenate([block.later for block in blocks]) if blocks else np.empty(0)
    assert len(np.unique(judged)) == len(judged)


def test_new_leads_alone_are_judged_on_three_cuts_of_the_newer_half():
    blocks = blocks_of(rows_of(np.arange(100)), seed=0)

    assert [len(block.later) for block in blocks] == [15, 15, 15]
    assert np.concatenate([block.later for block in blocks]).tolist() == list(range(55, 100))


def test_leads_that_live_long_teach_too():
    """Left out of the earlier rows, they would leave those that closed early."""
    lead = np.tile(np.arange(90), 10)
    rows = rows_of(np.repeat(np.arange(10), 90), lead)

    blocks = blocks_of(rows, seed=0)

    assert [block.cut for block in blocks] == [0, 0, 0, 1, 1, 1]
    assert all(len(np.unique(lead[block.earlier])) == 60 for block in blocks)


def test_two_as_ofs_still_make_a_block():
    rows = rows_of([1] * 20 + [2] * 50)

    (block,) = blocks_of(rows, seed=0)

    assert (block.earlier.tolist(), block.later.tolist()) == (list(range(20)), list(range(20, 70)))


def test_without_time_the_earlier_rows_are_those_of_other_leads():
    blocks = blocks_of(rows_of(np.zeros(90)), seed=0)

    assert [len(block.later) for block in blocks] == [30, 30, 30]


def test_blocks_without_wins_and_losses_to_judge_are_left_out():
    rows = rows_of(np.arange(100))
    nobody = LabelledRows(rows.rows, np.zeros(100, np.int8), rows.weight, rows.time, rows.cluster)

    assert blocks_of(nobody, seed=0) == ()


def test_equal_times_stay_on_one_side_of_a_cut():
    rows = rows_of(np.repeat([1, 2, 3], [60, 30, 10]))

    for earlier, later in cuts(rows, np.arange(100)):
        assert rows.time[earlier].max() < rows.time[later].min()


def test_many_looks_at_few_winners_are_no_block():
    """Thirteen looks at each of four winners are four wins; five are needed."""
    lead, time = np.divmod(np.arange(60 * 13), 13)
    rows = rows_of(time, lead)

    def blocks(winners):
        won = replace(rows, label=(lead % 60 < winners).astype(np.int8))
        return usable(won, [TimeBlock(0, np.flatnonzero(time < 6), np.flatnonzero(time >= 6))])

    assert (len(blocks(4)), len(blocks(5))) == (0, 1)
