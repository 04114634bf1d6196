"""What the reading lost, and which losses may be open deals."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from features.intake import open_store
from features.intake_report import TableCounts
from propensity.config import config
from training.audit.intake import intake


def flat(folder, decided, won):
    """A flat table with a time and the date of the decision; returns findings by name."""
    n = len(won)
    at = pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(n) // 4, unit="D")
    table = {"id": np.arange(n), "at": at.strftime("%Y-%m-%d"), "decided": decided(at)}
    pd.DataFrame(table | {"won": won.astype(int), "size": np.arange(n) % 9}).to_csv(
        folder / "flat.csv", index=False
    )
    own = {"lead_id": "id", "outcome": "won", "time": "at"}
    settings = config.parse(
        {
            "name": "small",
            "input": {"timezone": "UTC", "flat": {"path": "flat.csv", "columns": own}},
            "columns": {"fit": ["size", "decided"]},
            "split": {"order": "time"},
        },
        base=folder,
    )
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        return {found.name: found for found in intake(store)}


@pytest.mark.parametrize("kind", ["no date", "planned"])
def test_losses_without_a_close_or_with_a_planned_one_may_be_open(tmp_path, kind):
    random = np.random.default_rng(0)
    won = random.random(1200) < 0.2
    is_open = ~won & (random.random(1200) < 0.7)

    def decided(at):
        days = at + pd.Timedelta(days=1)
        if kind == "planned":
            days = days.where(~is_open, pd.Timestamp("2026-06-01"))
            return days.strftime("%Y-%m-%d")
        return np.where(is_open, None, days.strftime("%Y-%m-%d"))

    found = flat(tmp_path, decided, won)["open counted as lost"]

    assert found.light == "amber"
    assert found.evidence["open"] == pytest.approx(0.7 * (~won).sum(), rel=0.1)
    assert "an empty outcome is open" in found.advice


def test_losses_with_a_close_are_losses(tmp_path):
    won = np.random.default_rng(0).random(1200) < 0.2

    found = flat(tmp_path, lambda at: at.strftime("%Y-%m-%d"), won)

    assert "open counted as lost" not in found


@pytest.mark.parametrize(("lost", "light"), [(337, "red"), (60, "amber"), (12, "green")])
def test_wins_lost_in_reading_are_told_with_rows_reason_and_remedy(tmp_path, lost, light):
    report = SimpleNamespace(
        wins=858,
        wins_lost=lost,
        tables={"outcomes": TableCounts(21_595, 21_212, {"won, but without closed_at": 383})},
        warnings=(),
        notable=lambda name: (),
    )
    store = SimpleNamespace(report=report, is_flat=True, attributes=(), value=lambda sql: None)

    found = {each.name: each for each in intake(store)}["wins lost"]

    assert found.light == light
    assert f"{lost} of 858 wins" in found.sentence
    assert "383 rows: outcomes: won, but without closed_at (383)" in found.sentence
    assert "quarantine" in found.advice
