"""A lead that sales sent back is with nobody, until it asks again or crosses the line anew."""

import pandas as pd
import pytest
import yaml

from propensity.api import nightly
from propensity.config.config import load
from propensity.ledger.ledger import ledger_of
from propensity.ledger.verify import wrong_facts
from tests.propensity.night.test_run import (  # noqa: F401 — fixtures
    KEY,
    ZONE,
    company,
    days,
    facts_of,
    folder_of,
    home,
    requests,
    scored_of,
    signed,
    write,
)

HANDED_OVER = ["hand-raiser", "MQL", "random slice"]
WORDS = {"accepted": ["Working"], "sent back": ["差し戻し"], "toss-up": ["Passed on"]}


@pytest.fixture
def returning(company):  # noqa: F811
    """A company after nine nights, whose sales sent back every other lead of the first night."""
    first = days()[0]
    nightly(company, as_of=first)
    new = scored_of(company, first)[lambda f: f.handed_over_on == first]
    leads = sorted(new.index.get_level_values("lead_id"))
    noon = pd.Timestamp(first, tz=ZONE) + pd.Timedelta(hours=12)
    table = pd.DataFrame({"lead_id": leads, "changed_at": noon, "status": "Working", "why": ""})
    table.loc[::2, ["status", "why"]] = ["差し戻し", "=予算なし\n<b>"]
    table.to_csv(home(company) / "statuses.csv", index=False)
    path = home(company) / "config.yaml"
    raw = yaml.safe_load(path.read_text("utf-8"))
    raw["input"]["statuses"] = {
        "path": "statuses.csv",
        "columns": {"reason": "why"},
        "words": WORDS,
    }
    write(path, raw)
    config = load(path)
    for day in days()[1:10]:
        nightly(config, as_of=day)
    return config, set(leads[::2]), set(leads[1::2])


def test_a_lead_that_was_sent_back_is_with_nobody(returning):
    config, returned, accepted = returning
    second = days()[1]
    frame, facts = scored_of(config, second).reset_index(), facts_of(config)
    mine = frame[frame.lead_id.isin(returned)]
    over = mine[mine.decided_by.isin(HANDED_OVER) & (mine.handed_over_on < second)]

    assert len(over) > 5
    assert (over.sent_back_on == days()[0]).all()
    assert over.instruction.str.startswith(f"Sales sent it back on {days()[0]}: “=予算なし").all()
    assert over.owner.isna().all()
    assert over.respond_by.isna().all()
    others = frame[frame.lead_id.isin(accepted) & frame.decided_by.isin(HANDED_OVER)]
    assert others.owner.notna().all()
    assert others.sent_back_on.isna().all()
    listed = pd.read_csv(folder_of(config, second) / "sent_back.csv", encoding="utf-8-sig")
    assert set(listed["Lead"]) == set(over.lead_id)
    for name in ("late", "due", "cooled"):
        table = pd.read_csv(folder_of(config, second) / f"{name}.csv", encoding="utf-8-sig")
        assert not set(table["Lead"]) & set(over.lead_id)
    said = facts[facts.kind.isin(["accepted", "sent back"])].groupby("kind").lead_id.agg(set)
    assert said["accepted"] <= accepted
    assert said["sent back"] == set(mine.lead_id) | (returned - set(frame.lead_id))
    with ledger_of(config) as ledger:
        assert wrong_facts(ledger.facts(), ledger.nights()) == []


def test_it_is_handed_over_again_only_for_a_request_or_a_new_crossing(returning):
    config, returned, _ = returning
    asked, facts = requests(config), facts_of(config)
    over = facts[(facts.kind == "handed over") & facts.lead_id.isin(returned)]
    again = over[over.as_of > days()[1]]
    cooled = facts[facts.kind.isin(["cooled", "gone"])].groupby(KEY).as_of.min().to_dict()

    assert len(again)
    for row in again.itertuples():
        had_cooled = cooled.get((row.lead_id, row.episode), row.as_of) < row.as_of
        newer = [day for day in asked.get(row.lead_id, []) if days()[0] <= day < row.as_of]
        assert had_cooled or newer, row
