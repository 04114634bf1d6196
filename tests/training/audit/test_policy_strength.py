"""How strong the policy is in the outcomes, counted again lead by lead."""

import datetime as dt

import numpy as np
import pytest

from features.days import date_of
from propensity.ledger.ledger import LedgerFact, Night, ledger_of
from tests.training.audit.ledgers import OBSERVED, company, config, found
from training.audit.labels import label_health
from training.audit.policy_strength import policy_strength
from training.learn.rows.run import Run

N = 400
NAME = "policy in the outcomes"


def books(seed=0):
    """Leads of which every fifth won, 40 days after it came."""
    random = np.random.default_rng(seed)
    created = np.linspace(500, 860, N).astype(int)
    won = np.arange(N) % 5 == 0
    return created, list(created + random.integers(20, 80, N)), won


def test_calls_that_stand_before_nearly_every_close_are_amber():
    created, closed, won = books()
    called = won | (np.arange(N) % 10 == 1)
    events = [(lead, int(created[lead]) + 5, "call") for lead in np.flatnonzero(called)]
    events += [(lead, int(created[lead]) + 1, "visit") for lead in range(N)]
    events.append((2, int(closed[2]) + 5, "call"))  # after the close of a loss: no goal, so worked

    with company(created, closed, won, events=events) as store:
        says = found(label_health(Run(config(), store)), NAME)

    worked = called.copy()
    worked[2] = True
    concordant = np.array(
        [
            (worked[i] > worked[j]) + 0.5 * (worked[i] == worked[j])
            for i in np.flatnonzero(won)
            for j in np.flatnonzero(~won)
        ]
    )
    assert says.light == "amber"
    assert says.evidence["worked"] == worked.sum()
    assert says.evidence["closes_worked"] == won.sum()
    assert says.evidence["auc"] == pytest.approx(concordant.mean())
    assert "100% in" not in says.sentence
    assert "mql.random_slice" in says.advice


def test_a_call_after_the_close_is_no_reason_of_it():
    created, closed, won = books()
    events = [(lead, int(closed[lead]) + 1, "call") for lead in np.flatnonzero(won)]
    with company(created, closed, won, events=events) as store:
        says = found(label_health(Run(config(), store)), NAME)

    assert (says.evidence["closes_worked"], says.light) == (0, "green")


def record(settings, created, *, case="random slice"):
    """Of every ten leads two cross the line, one is drawn, all on the day after they came."""
    first = date_of(int(created.min()))
    facts = []
    for lead, day in enumerate(created.tolist()):
        night = date_of(day + 1)
        at = dt.datetime.combine(night, dt.time())

        def fact(kind, case=None, name=f"L{lead}", night=night, at=at):
            return LedgerFact(name, 1, kind, night, at, handed_over_as=case)

        if lead % 10 in (0, 5):
            facts += [fact("entered"), fact("handed over", "MQL")]
        elif lead % 40 == 1:
            facts.append(fact("handed over", case))
    with ledger_of(settings) as ledger:
        last = date_of(OBSERVED - 1)
        for night in (first, last):
            ledger.record(Night(night, "1", "1", "0" * 64, N, 0), facts if night == first else [])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_ledger_tells_leads_over_the_line_from_the_others(tmp_path, language):
    created, closed, won = books()
    settings = config(language=language, ledger={"url": f"sqlite:///{tmp_path / 'ledger.db'}"})
    with company(created, closed, won) as store:
        ids = store.connection.execute("SELECT lead_id FROM leads ORDER BY lead").fetchall()
        assert [name for (name,) in ids] == [f"L{n}" for n in range(N)]
        record(settings, created)
        says = found(policy_strength(Run(settings, store)), NAME)

    over = np.isin(np.arange(N) % 10, [0, 5])
    worked = over | (np.arange(N) % 40 == 1)
    assert says.evidence["over"] == over.sum()
    assert says.evidence["over_worked"] == over.sum()
    assert says.evidence["worked"] == worked.sum()
    assert says.evidence["closes_worked"] == (won & worked).sum() == won.sum()
    assert says.light == "amber"  # every win is of a lead that was worked
    assert "reweight" in says.advice
    assert "mql.random_slice" not in says.advice


def test_few_closes_and_no_record_of_work_say_nothing():
    created, closed, won = books()
    few = np.arange(N) < 5
    calls = [(lead, int(created[lead]) + 5, "call") for lead in range(N)]
    with company(created, closed, few, events=calls) as store:
        assert not list(policy_strength(Run(config(), store)))
    with company(created, closed, won) as store:
        assert not list(policy_strength(Run(config(), store)))
