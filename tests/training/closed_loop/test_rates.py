"""Close rates and fair lifts, against figures calculated by hand, row by row, and by leaving leads
out.
"""

import numpy as np
import pyarrow as pa
import pytest

from training.closed_loop.rates import Looked, chances, judgeable, rates
from training.closed_loop.strata import Strata
from training.learn.rows.snapshots import LabelledRows


def rows_of(lead, label, *, weight=None, time=None, cluster=None):
    lead = np.asarray(lead, dtype=np.int64)
    n = len(lead)
    time = np.zeros(n, np.int64) if time is None else np.asarray(time, dtype=np.int64)
    table = pa.table(
        {
            "lead": pa.array(lead, pa.int32()),
            "episode": pa.array(np.ones(n, np.int32)),
            "as_of_day": pa.array(time.astype(np.int32)),
        }
    )
    return LabelledRows(
        table,
        np.asarray(label, np.int8),
        np.ones(n) if weight is None else np.asarray(weight, float),
        time,
        lead if cluster is None else np.asarray(cluster, np.int64),
    )


def world(seed=0, leads=400, looks=6):
    """Leads looked at several times in eight strata; two actions, one of which helps."""
    random = np.random.default_rng(seed)
    lead = np.repeat(np.arange(leads), looks)
    stratum = random.integers(0, 8, len(lead))
    did = random.random((len(lead), 2)) < 0.1 + 0.05 * stratum[:, None]
    label = random.random(len(lead)) < 0.02 + 0.02 * stratum + 0.1 * did[:, 0]
    weight = random.choice([1.0, 2.5], len(lead))
    return rows_of(lead, label, weight=weight), Strata(stratum, np.zeros(len(lead), np.intp)), did


def test_the_rate_is_the_wins_among_the_rows_that_did_it():
    rows = rows_of([0, 1, 2, 3, 4, 5], [1, 0, 0, 1, 0, 0])
    did = np.array([1, 1, 1, 0, 0, 0], bool)

    (found,) = rates(rows, Strata(np.zeros(6, np.intp), np.zeros(6, np.intp)), [Looked("a", did)])

    assert (found.leads, found.wins, found.rows) == (3, 1, 3)
    assert found.rate.value == pytest.approx(1 / 3)
    assert found.expected == pytest.approx(2 / 6)
    assert found.lift.value == pytest.approx(1.0)


def test_the_lift_is_that_of_a_loop_over_strata():
    rows, strata, did = world()
    won, expected = np.zeros(2), np.zeros(2)
    for stratum in range(8):
        inside = strata.number == stratum
        level = (rows.weight * rows.label)[inside].sum() / rows.weight[inside].sum()
        for action in range(2):
            mine = inside & did[:, action]
            won[action] += (rows.weight * rows.label)[mine].sum()
            expected[action] += level * rows.weight[mine].sum()

    found = rates(rows, strata, [Looked("a", did[:, 0]), Looked("b", did[:, 1])])

    assert [each.lift.value for each in found] == pytest.approx(won / expected)


def test_beside_those_that_did_not_is_a_loop_over_strata_that_hold_both():
    rows, strata, did = world()
    did[strata.number == 3, 1] = True  # nobody to compare with there
    won, expected = np.zeros(2), np.zeros(2)
    for stratum in range(8):
        for action in range(2):
            mine, rest = ((strata.number == stratum) & (did[:, action] == k) for k in (True, False))
            if rest.any():
                level = np.average(rows.label[rest], weights=rows.weight[rest])
                won[action] += (rows.weight * rows.label)[mine].sum()
                expected[action] += level * rows.weight[mine].sum()

    found = rates(rows, strata, [Looked("a", did[:, 0]), Looked("b", did[:, 1])])

    assert [each.beside.value for each in found] == pytest.approx(won / expected)


def test_an_action_of_most_leads_shows_beside_those_that_did_not():
    """Three times as likely, done by 60 %: no more than 1.7 times an average that holds them."""
    random = np.random.default_rng(0)
    did = random.random(60_000) < 0.6
    rows = rows_of(np.arange(60_000), random.random(60_000) < np.where(did, 0.09, 0.03))
    one = Strata(np.zeros(60_000, np.intp), np.zeros(60_000, np.intp))

    (found,) = rates(rows, one, [Looked("a", did)])

    assert found.lift.value == pytest.approx(0.09 / 0.066, abs=0.05)
    assert found.beside.low < 3 < found.beside.high


def test_looks_and_leads_are_two_shares():
    """Two leads did it: one is looked at twice and won after the second, one looked at thrice."""
    rows = rows_of([0, 0, 1, 1, 1, 2], [0, 1, 0, 0, 0, 1])
    did = np.array([1, 1, 1, 1, 1, 0], bool)

    (found,) = rates(rows, Strata(*[np.zeros(6, np.intp)] * 2), [Looked("a", did)])

    assert (found.leads, found.leads_won, found.share_of_leads) == (2, 1, 1 / 2)
    assert found.rate.value == pytest.approx(1 / 5)


def test_the_variances_are_those_of_leaving_leads_out():
    rows, strata, did = world(leads=150)
    looked = [Looked("a", did[:, 0])]

    def figures(keep):
        part = Strata(strata.number[keep], strata.age_band[keep])
        (found,) = rates(rows.take(keep), part, [Looked("a", did[keep, 0])])
        return found.rate.value, np.log(found.lift.value), np.log(found.beside.value)

    left_out = np.array([figures(rows.lead != lead) for lead in range(150)])
    jackknife = np.sqrt(149 / 150 * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    (found,) = rates(rows, strata, looked)

    for place, each in ((1, found.lift), (2, found.beside)):
        width = np.log(each.high / each.low) / (2 * 1.96)
        assert width == pytest.approx(jackknife[place], rel=0.05)
    assert (found.rate.high - found.rate.low) / (2 * 1.96) == pytest.approx(jackknife[0], rel=0.05)


def test_looking_twice_at_the_same_leads_is_no_more_evidence():
    rows, strata, did = world()
    twice = np.repeat(np.arange(len(rows)), 2)
    double = Strata(strata.number[twice], strata.age_band[twice])

    (once,) = rates(rows, strata, [Looked("a", did[:, 0])])
    (again,) = rates(rows.take(twice), double, [Looked("a", did[twice, 0])])

    assert again.leads == once.leads
    assert again.wins == once.wins
    assert vars(again.rate) == pytest.approx(vars(once.rate))
    assert vars(again.lift) == pytest.approx(vars(once.lift))


def test_people_of_one_account_are_less_evidence_than_strangers():
    _, strata, _ = world(looks=1)
    label = (np.arange(400) // 10 % 8 == 0).astype(np.int8)  # accounts of ten win or lose together
    looked = [Looked("a", np.ones(400, bool))]

    (strangers,) = rates(rows_of(np.arange(400), label), strata, looked)
    (colleagues,) = rates(
        rows_of(np.arange(400), label, cluster=np.arange(400) // 10), strata, looked
    )

    assert colleagues.rate.value == strangers.rate.value
    assert colleagues.rate.high - colleagues.rate.low > 2 * (
        strangers.rate.high - strangers.rate.low
    )


def test_an_action_that_merely_accompanies_a_long_life_has_no_lift():
    random = np.random.default_rng(0)
    age = random.integers(0, 10, 40_000)
    did = random.random(40_000) < age / 10
    label = random.random(40_000) < 0.01 + 0.02 * age
    rows = rows_of(np.arange(40_000), label)

    (fair,) = rates(rows, Strata(age, age), [Looked("a", did)])
    (naive,) = rates(rows, Strata(np.zeros(40_000, np.intp), age), [Looked("a", did)])

    assert fair.lift.low < 1 < fair.lift.high
    assert naive.lift.low > 1.2


def test_each_further_action_widens_the_corrected_interval_and_not_its_own():
    rows, strata, did = world()
    random = np.random.default_rng(1)
    looked = [Looked("a", did[:, 0])]
    others = [Looked(str(i), random.random(len(rows)) < 0.3) for i in range(9)]

    (alone,) = rates(rows, strata, looked)
    together = rates(rows, strata, looked + others)[0]

    # but for the last bit: NumPy may round a longer array another way
    assert together.rate.low == pytest.approx(alone.rate.low, rel=1e-12)
    assert together.lift.low == pytest.approx(alone.lift.low, rel=1e-12)
    assert together.lift.corrected_low < alone.lift.corrected_low
    # Clopper and Pearson beside Wilson
    assert alone.rate.corrected_low == pytest.approx(alone.rate.low, rel=0.05)


def test_what_is_known_to_make_leads_differ_is_no_error_of_their_own_rate():
    random = np.random.default_rng(0)
    likely = np.repeat([0.1, 0.9], 2000)
    rows = rows_of(np.arange(4000), random.random(4000) < likely)
    everybody, strata = [Looked("a", np.ones(4000, bool))], Strata(*[np.zeros(4000, np.intp)] * 2)

    (like_them,) = rates(rows, strata, everybody)
    (themselves,) = rates(rows, strata, everybody, chance=likely)

    assert themselves.rate.value == like_them.rate.value
    narrower = (themselves.rate.high - themselves.rate.low) / (
        like_them.rate.high - like_them.rate.low
    )
    assert narrower == pytest.approx(np.sqrt(0.09 / 0.25), rel=0.05)


def test_the_chances_add_up_to_the_wins_of_every_action():
    rows, strata, did = world()
    looked = [Looked("a", did[:, 0]), Looked("b", did[:, 1])]

    chance = chances(rows, strata, looked)

    for each in looked:
        mine = rows.weight * each.did
        assert (mine * chance).sum() == pytest.approx((mine * rows.label).sum(), rel=0.02)


def test_an_action_without_wins_has_no_lift_and_an_upper_bound():
    rows, strata, did = world()
    none = did[:, 0] & (rows.label == 0)

    (found,) = rates(rows, strata, [Looked("a", none)])

    assert found.wins == 0
    assert found.lift.value == found.lift.low == 0
    assert found.lift.high > 0
    assert found.rate.high < 0.05


def test_a_comparison_among_some_leaves_the_others_out():
    rows, strata, did = world()
    among = did[:, 1]
    part = Strata(strata.number[among], strata.age_band[among])

    (inside,) = rates(rows, strata, [Looked("a", did[:, 0] & among, among=among)])
    (alone,) = rates(rows.take(among), part, [Looked("a", did[among, 0])])

    assert inside.lift.value == pytest.approx(alone.lift.value)
    assert vars(inside.rate) == pytest.approx(vars(alone.rate), rel=0.01)


def test_the_order_of_the_rows_changes_nothing():
    rows, strata, did = world()
    order = np.random.default_rng(5).permutation(len(rows))
    mixed = Strata(strata.number[order], strata.age_band[order])

    (straight,) = rates(rows, strata, [Looked("a", did[:, 0])])
    (shuffled,) = rates(rows.take(order), mixed, [Looked("a", did[order, 0])])

    assert vars(shuffled.lift) == pytest.approx(vars(straight.lift))


def test_nineteen_leads_are_too_few_and_twenty_are_not():
    rows = rows_of(np.repeat(np.arange(20), 3), np.zeros(60))

    assert judgeable(rows, np.ones(60, bool), fewest=20)
    assert not judgeable(rows, rows.lead < 19, fewest=20)


def test_nothing_looked_at_gives_nothing():
    rows, strata, _ = world()

    assert rates(rows, strata, []) == []
