"""Whether the model can be believed: what is planted is found, and what is not there is not
said.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from training.review.findings.calibration import SHARES, recipe_calibration


class Leads(SimpleNamespace):
    def __len__(self):
        return len(self.won)


def looked_at(n=6000, *, seed=0, off=0.0, met=0.5, level=-2.5, present=None):
    """Leads whose chances are right, but for those of group `b`, which close more often by ``off``
    log-odds.
    """
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(level, 1, n)
    group = rng.choice(np.array(["a", "b", "c"], dtype=object), n)
    chance = 1 / (1 + np.exp(-log_odds))
    won = rng.random(n) < 1 / (1 + np.exp(-log_odds - off * (group == "b")))
    leads = Leads(won=won, probability=chance, cluster=np.arange(n) // 2)
    seen = rng.random(n) < met
    score = None if present is None else np.where(rng.random(n) < 0.5, present * log_odds, np.nan)
    return (
        leads,
        recipe_calibration(
            leads, log_odds, met=seen, values={"group": group}, present=score, seed=1
        ),
        seen,
    )


def test_a_group_for_which_the_chances_are_wrong_is_named_and_no_other():
    _, found, _ = looked_at(off=0.8)

    assert [segment.value for segment in found.broken] == ["b"]
    assert found.broken[0].error > 0


def test_chances_that_are_right_are_called_wrong_for_hardly_any_of_many_worlds():
    wrong = sum(bool(looked_at(2000, seed=seed)[1].broken) for seed in range(15))

    assert wrong <= 3  # 5 % of the worlds are expected


def test_leads_known_before_and_new_ones_are_parts_of_all():
    leads, found, seen = looked_at()

    assert found.parts["seen"].leads + found.parts["new"].leads == len(leads)
    assert found.parts["seen"].won == leads.won[seen].sum()
    assert looked_at(met=0.0)[1].parts == {}


def test_a_present_score_of_half_of_the_leads_finds_less_than_the_model():
    _, found, _ = looked_at(present=3.0)

    assert found.gains.present[4] < found.gains.captured[4]
    assert (found.gains.captured[0], found.gains.captured[-1]) == (0.0, 1.0)
    assert all(np.diff(found.gains.captured) >= 0)
    assert len(found.gains.captured) == len(SHARES)


@pytest.mark.parametrize(("n", "known"), [(300, False), (6000, True)])
def test_with_a_handful_of_wins_nobody_is_said_to_be_found_first(n, known):
    _, found, _ = looked_at(n, level=-6.5 if not known else -2.5)

    assert (found.gains is not None) is known
