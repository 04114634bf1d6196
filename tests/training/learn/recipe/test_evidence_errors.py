"""What accounts share, and how uncertain what is expected is, on data made for it."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import expit, logit

from training.learn.recipe.evidence_errors import AccountCorrelation, expected_errors


def accounts(share, rng, n=40_000, size=4):
    """Leads of accounts, and whether they closed: exchangeable, with this correlation."""
    cluster = np.repeat(np.arange(n // size), size)
    chance = rng.choice([0.02, 0.1, 0.3], n // size)
    a, b = (part * (1 / share - 1) if share else None for part in (chance, 1 - chance))
    drawn = rng.beta(a, b) if share else chance
    return cluster, chance[cluster], (rng.random(n) < drawn[cluster]).astype(np.int8)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3])
def test_what_accounts_share_is_found_again(share):
    rng = np.random.default_rng(1)
    cluster, chance, label = accounts(share, rng)

    found = AccountCorrelation.learned(np.arange(len(label)), cluster, label, chance)

    assert found.correlation == pytest.approx(share, abs=0.03)


def test_the_dispersion_is_the_variance_of_the_closes_of_a_group_by_a_binomials():
    rng = np.random.default_rng(2)
    together = AccountCorrelation(0.2)
    counts = [accounts(0.2, rng, n=400)[2].sum() for _ in range(3000)]
    cluster = np.repeat(np.arange(100), 4)
    chance = np.repeat(np.tile([0.02, 0.1, 0.3], 34)[:100], 4)
    mean = chance.mean()

    by_formula = together.dispersion(chance, cluster) * 400 * mean * (1 - mean)

    # the accounts' own chances are drawn anew here: a variance of their own, of means of accounts
    redrawn = 100 * 16 * np.var([0.02, 0.1, 0.3])
    assert np.var(counts) == pytest.approx(by_formula + redrawn, rel=0.1)


def test_a_lead_counts_once_however_often_it_was_looked_at():
    rng = np.random.default_rng(3)
    cluster, chance, label = accounts(0.1, rng, n=4000)
    once = AccountCorrelation.learned(np.arange(4000), cluster, label, chance)
    looks = np.repeat(np.arange(4000), 3)

    found = AccountCorrelation.learned(looks, cluster[looks], label[looks], chance[looks])

    assert found.correlation == pytest.approx(once.correlation, abs=1e-12)


def test_leads_without_accounts_share_nothing():
    chance = np.full(100, 0.3)
    label = np.ones(100, dtype=np.int8)

    found = AccountCorrelation.learned(np.arange(100), np.arange(100), label, chance)

    assert found.correlation == 0
    assert found.dispersion(chance, np.arange(100)) == pytest.approx(1.0)


def test_the_error_of_what_is_expected_is_that_of_the_rate_the_folds_learned():
    """Models that know the base rate alone: their error is the binomial one."""
    rng = np.random.default_rng(4)
    errors = []
    for _ in range(300):
        label = rng.random(2000) < 0.1
        models = []
        for fold in range(5):
            rate = label[np.arange(2000) % 5 != fold].mean()
            sums = SimpleNamespace(
                log_odds=np.full(500, logit(rate) + 0.7), contributions=np.full((500, 1), 0.7)
            )
            models.append(SimpleNamespace(concept_sums=lambda _, sums=sums: sums))
        (error,) = expected_errors(
            np.empty((500, 1)), models, [(0, np.arange(100, dtype=np.int32))]
        )
        errors.append(error**2)

    assert expit(logit(0.1)) == pytest.approx(0.1)
    assert np.mean(errors) == pytest.approx(100**2 * 0.1 * 0.9 / 2000, rel=0.15)
