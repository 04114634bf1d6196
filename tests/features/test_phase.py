"""Each account's own day of a round: by another hash library, and by looking at everybody on every
day.
"""

import numpy as np
import pyarrow as pa
import pytest

from features.phase import make_phases
from features.population import open_rows
from features.settings import PopulationSettings
from tests.features.phases_by_hand import phase_of
from tests.features.point_in_time import READING, Event, Facts, Lead

OPEN = PopulationSettings(until="closed", stale_after_days=20)


def phases(store, every):
    make_phases(store, every)
    return dict(
        store.connection.execute(
            "SELECT lead_id, phase FROM phases JOIN leads USING (lead)"
        ).fetchall()
    )


@pytest.mark.parametrize("every", [2, 7, 28, 365])
def test_a_phase_is_the_hash_of_the_lead(every):
    with Facts([Lead(created=10) for _ in range(50)]).store() as store:
        found = phases(store, every)

    assert found == {f"L{i}": phase_of(f"L{i}", every) for i in range(50)}


def test_the_people_of_an_account_are_looked_at_on_the_day_of_the_first_of_them():
    leads = [Lead(12, account=1), Lead(10, account=1), Lead(10, account=1), Lead(5), Lead(5)]
    with Facts(leads).store() as store:
        found = phases(store, 28)

    assert found["L0"] == found["L1"] == found["L2"] == phase_of("L1", 28)
    assert (found["L3"], found["L4"]) == (phase_of("L3", 28), phase_of("L4", 28))


def test_neither_the_order_of_the_rows_nor_the_numbers_of_leads_and_accounts_move_a_phase():
    leads = [Lead(10 + i % 3, account=i % 4 or None) for i in range(30)]
    with Facts(leads).store() as store:
        before = phases(store, 28)
        shuffled = store.arrow("leads").take(pa.array(np.random.default_rng(0).permutation(30)))
        store.connection.register("shuffled", shuffled)
        store.connection.execute(
            "CREATE OR REPLACE TABLE leads AS SELECT * REPLACE (1000 - lead AS lead,"
            " 50 - account AS account) FROM shuffled"
        )
        after = phases(store, 28)

    assert after == before


def test_all_phases_have_about_as_many_leads():
    with Facts([Lead(created=10) for _ in range(2800)]).store() as store:
        count = np.bincount(list(phases(store, 28).values()), minlength=28)

    assert ((count - 100) ** 2 / 100).sum() < 27 + 4 * np.sqrt(2 * 27)


def test_a_spread_look_finds_every_lead_as_the_scorer_does_on_the_leads_own_day():
    rng = np.random.default_rng(3)
    leads = [
        Lead(
            created=int(rng.integers(80, 110)),
            account=int(rng.integers(0, 20)) if rng.random() < 0.5 else None,
            closed=int(rng.integers(110, 140)) if rng.random() < 0.4 else None,
            close_delay=int(rng.integers(0, 3)),
        )
        for _ in range(60)
    ]
    events = [
        Event(int(rng.integers(0, 60)), int(rng.integers(110, 140)), 1, kind, delay=delay)
        for kind in ("visit", "mail")
        for delay in (0, 3)
        for _ in range(20)
    ]
    with Facts(leads, events).store() as store:
        spread = open_rows(store, OPEN, READING, [119, 129, 139], spread_days=10)
        nightly = open_rows(store, OPEN, READING, range(110, 140))
        phase = phases(store, 10)

    own_day = [
        row
        for row in nightly.to_pylist()
        if (139 - row["as_of_day"]) % 10 == phase[f"L{row['lead']}"]
    ]
    assert spread.to_pylist() == own_day
    assert len(set(spread["as_of_day"].to_pylist())) > 20
