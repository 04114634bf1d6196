"""Why sales sent leads back, by quadrant, and the rates of steps that only some companies have."""

import numpy as np

from features.store import STATUSES, Store
from propensity.config.funnel_stages import FunnelStages
from training.review.funnel.metrics import step_shares
from training.review.funnel.sent_back import sent_back

DAY = 20_000


def store_of(rows):
    store = Store()
    for lead, day, meaning, reason in rows:
        store.connection.execute(
            f"INSERT INTO {STATUSES} VALUES (?, TIMESTAMP '2024-10-04', ?, ?, ?)",
            [lead, day, meaning, reason],
        )
    return store


def test_leads_are_counted_once_for_a_reason_and_few_are_not_told():
    rows = [(lead, DAY, "sent back", "no budget") for lead in range(60)]
    rows += [(lead, DAY + 1, "sent back", "no budget") for lead in range(60)]
    rows += [(lead, DAY, "sent back", "wrong contact") for lead in range(60, 85)]
    rows += [(lead, DAY, "sent back", None) for lead in range(85, 110)]
    rows += [(lead, DAY, "accepted", "kept") for lead in range(110, 200)]
    rows += [(200, DAY - 9, "sent back", "long ago"), (201, DAY + 9, "sent back", "later")]
    lead = np.arange(210, dtype=np.int32)
    code = (lead % 3 == 0).astype(np.int16)
    with store_of(rows) as store:
        found = sent_back(store, lead, code, ("hot", "nurture"), since=DAY, until=DAY + 5)
        nothing = sent_back(store, lead[110:], code[110:], ("hot", "nurture"), since=0, until=DAY)

    assert found.reasons == ("no budget", "wrong contact", None)
    assert found.counts == ((40, 20), (None, None), (None, None))
    assert found.total == 60 + 25 + 25
    assert nothing.total == 1
    assert nothing.counts == ()


def test_rates_are_of_those_that_came_to_the_step_before():
    n = 100
    mql = np.arange(n) < 80
    deal, good, won = np.arange(n) < 40, np.arange(n) % 4 == 0, np.arange(n) < 10

    shares = step_shares({"mql": mql, "opportunity": deal, "effective": good, "customer": won})

    told = {name: (share.part, share.whole) for name, share in shares.items()}
    assert told == {
        "MQL to opportunity": (40, 80),
        "effective": (10, 40),
        "opportunity to customer": (10, 40),
    }


def test_stages_are_known_by_what_companies_call_them():
    named = FunnelStages().named(["MQL", "受け入れ", "トスアップ", "商談", "有効商談"])
    assert named == {
        "mql": "MQL",
        "sal": "受け入れ",
        "toss_up": "トスアップ",
        "opportunity": "商談",
        "effective": "有効商談",
    }
    assert FunnelStages().named(["有効商談"]) == {"opportunity": "有効商談"}
    assert FunnelStages(effective="B").named(["deal", "B"]) == {
        "opportunity": "deal",
        "effective": "B",
    }
