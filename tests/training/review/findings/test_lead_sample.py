"""Of a large history some accounts are drawn, and what is left stands for all."""

import pyarrow as pa
import pytest

from features.store import Store
from training.review.findings.lead_sample import draw


def store_of(leads, *, flat=False, accounts=0):
    account = [number % accounts if accounts else None for number in range(leads)]
    known = {"lead": range(leads), "lead_id": [f"L{n}" for n in range(leads)], "account": account}
    if flat:
        table = {
            **known,
            "row_number": range(leads),
            "day": [0] * leads,
            "at": [None] * leads,
            "won": [True] * leads,
        }
        return Store.from_arrow({"leads": pa.table(table)}, is_flat=True)
    created = {"created_at": [None] * leads, "created_day": [0] * leads, "known_day": [0] * leads}
    episodes = {
        "lead": range(leads),
        "episode": [1] * leads,
        "started_day": [0] * leads,
        "start_known_day": [0] * leads,
        "started_at": [None] * leads,
        "closed_at": [None] * leads,
        "closed_day": [None] * leads,
        "close_known_day": [None] * leads,
        "won": [None] * leads,
        "amount": [None] * leads,
        "lost_reason": [None] * leads,
    }
    return Store.from_arrow(
        {"leads": pa.table({**known, **created}), "episodes": pa.table(episodes)}
    )


def left(store):
    return [
        row["lead"] for row in store.query("SELECT lead FROM episodes ORDER BY lead").to_pylist()
    ]


def test_a_small_history_is_left_as_it_is():
    with store_of(1000) as store:
        assert draw(store, 1000, seed=0) == 1.0
        assert len(left(store)) == 1000


def test_what_is_left_stands_for_all_and_the_same_seed_leaves_the_same():
    with store_of(3000) as one, store_of(3000) as other, store_of(3000) as third:
        scale = draw(one, 1000, seed=4)
        assert scale * len(left(one)) == pytest.approx(3000)
        assert len(left(one)) == pytest.approx(1000, abs=1)
        draw(other, 1000, seed=4)
        draw(third, 1000, seed=5)
        assert left(one) == left(other) != left(third)
        assert one.rows("leads") == 3000  # accounts are numbered behind them


def test_accounts_stay_whole():
    with store_of(3000, accounts=300) as store:
        draw(store, 1000, seed=0)
        accounts = {lead % 300 for lead in left(store)}
        assert len(left(store)) == 10 * len(accounts)


def test_of_a_flat_table_rows_go():
    with store_of(3000, flat=True) as store:
        assert draw(store, 1000, seed=0) == pytest.approx(3.0, abs=0.01)
        assert store.rows("leads") == pytest.approx(1000, abs=1)
