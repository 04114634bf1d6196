"""A test part that cannot judge is refused with the size that would do."""

import numpy as np
import pandas as pd
import pytest

from features.errors import RefusedError
from features.intake import open_store
from propensity.config import config
from training.learn.rows.history import history
from training.learn.rows.run import Run


def refused(folder, won_on, **snapshots):
    """What history says of 900 leads over 900 days, of which these are won."""
    days = pd.to_datetime("2022-01-01") + pd.to_timedelta(np.arange(900), unit="D")
    won = np.isin(np.arange(900), won_on)
    ids = [f"L{i}" for i in range(900)]
    pd.DataFrame({"lead_id": ids, "created_at": days, "size": np.arange(900) % 7}).to_csv(
        folder / "leads.csv", index=False
    )
    closed = days + pd.Timedelta(days=20)
    outcomes = pd.DataFrame({"lead_id": ids, "closed_at": closed, "won": won.astype(int)})
    outcomes.to_csv(folder / "outcomes.csv", index=False)
    settings = config.parse(
        {
            "name": "small",
            "input": {
                "timezone": "UTC",
                "observed_until": "2024-08-01",
                "leads": {"path": "leads.csv"},
                "outcomes": {"path": "outcomes.csv"},
            },
            "columns": {"fit": ["size"]},
            "population": {"until": "closed", "stale_after_days": 90},
            "goal": {"horizon_days": 30},
            "snapshots": {"every_days": 10, **snapshots},
        },
        base=folder,
    )
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        with pytest.raises(RefusedError) as raised:
            history(Run(settings, store))
        said = str(raised.value)
    return settings, said


def test_a_default_test_without_wins_names_the_days_that_would_hold_some(tmp_path):
    settings, said = refused(tmp_path, np.arange(0, 700, 5))

    assert said.startswith("The default test part holds no win")
    days = int(said.split("`snapshots.test_days: ")[1].split("`")[0])
    promised = int(said.split("would hold ")[1].split(".")[0])
    assert promised >= 40
    larger = settings.model_copy(
        update={"snapshots": settings.snapshots.model_copy(update={"test_days": days})}
    )
    with open_store(larger.input, larger.columns, purpose="train", quarantine=None) as store:
        past = history(Run(larger, store))
    assert past.rows.take(past.test).wins == promised


def test_where_no_size_would_do_it_says_to_wait(tmp_path):
    _, said = refused(tmp_path, np.arange(5))

    assert "Wait for more closes" in said
    assert "would hold" not in said
