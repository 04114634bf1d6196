"""A lead that was handed over says whether it may be passed on to sales."""

import pandas as pd

from propensity.api import nightly, score
from propensity.config.config import load
from propensity.promotion.promotion import promote
from tests.propensity.night.test_run import (  # noqa: F401 — fixtures
    AT,
    DEFINITION,
    company,
    days,
    home,
    scored_of,
    signed,
    write,
)

CONDITIONS = [
    {"name": "need is known", "rule": "source is known", "because": "a test"},
    {"name": "from a fair", "rule": 'source = "fair"', "because": "a test"},
]


def test_the_first_condition_that_does_not_hold_is_named(company):  # noqa: F811
    write(home(company) / "definition.yaml", {**DEFINITION, "toss_up": CONDITIONS})
    config = load(home(company) / "config.yaml")
    promote(config, 1, signed_by=["sales: A. Sato"], override="a test", at=AT)
    nightly(config, as_of=days()[0])
    frame = scored_of(config, days()[0]).reset_index()
    source = pd.read_csv(home(config) / "leads.csv").set_index("lead_id").source

    over = frame[frame.handed_over_on.notna()]
    is_fair = over.lead_id.map(source) == "fair"
    assert is_fair.any()
    assert (over.toss_up[is_fair] == "ready to be passed on to sales").all()
    assert (over.toss_up[~is_fair] == "before passing it on: from a fair").all()
    assert frame.toss_up[frame.handed_over_on.isna()].isna().all()
    assert score(config, as_of=days()[0]).table["toss_up"].null_count == len(frame)
