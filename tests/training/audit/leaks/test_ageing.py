"""What the time of the rows tells about a column."""

import numpy as np
import pandas as pd
import pytest

from tests.training.audit.leaks.test_leaks import flat, outcomes, rules

DAYS = pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(3000) // 5, unit="D")


@pytest.mark.parametrize(("share", "verdict"), [(0.4, "leak"), (0.02, "suspect"), (0.0, "fine")])
def test_a_date_after_the_time_of_its_row_was_written_later(tmp_path, share, verdict):
    random, won, data = outcomes()
    days = np.where(random.random(len(won)) < share, 20, -30)
    dates = DAYS + pd.to_timedelta(days, unit="D")

    found = flat(
        tmp_path,
        data.assign(at=DAYS.strftime("%Y-%m-%d"), seen=dates.strftime("%Y-%m-%d")),
        time="at",
    )["seen"]

    assert found.verdict == verdict
    if share:
        hit = next(hit for hit in found.hits if hit.rule == "date after the row")
        assert hit.evidence["share"] == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("by", ["time", "rows"])
def test_a_column_that_is_filled_in_as_rows_age_is_suspect(tmp_path, by):
    random, won, data = outcomes()
    age = np.linspace(1, 0, len(won))
    data = data.assign(
        noted=np.where(random.random(len(won)) < 0.1 + 0.6 * age, "x", None),
        calls=random.poisson(2 * age),
        steady=np.where(random.random(len(won)) < 0.4, "x", None),
    )

    found = (
        flat(tmp_path, data.assign(at=DAYS.strftime("%Y-%m-%d")), time="at")
        if by == "time"
        else flat(tmp_path, data)
    )

    assert {name for name, v in found.items() if "filled as rows age" in rules(v)} == {
        "noted",
        "calls",
    }


def test_a_field_that_was_taken_off_the_form_did_not_age(tmp_path):
    random, won, data = outcomes()
    asked = np.arange(len(won)) < 0.55 * len(won)
    filled = asked & (random.random(len(won)) < 0.5)

    found = flat(tmp_path, data.assign(field=np.where(filled, "x", None)))["field"]

    assert "filled as rows age" not in rules(found)
