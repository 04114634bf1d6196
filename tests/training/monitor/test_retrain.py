"""Is it time to retrain: what is stored is read, and each reason says so."""

import json

import pytest

from features.errors import ConfigError
from features.resources import UNLIMITED
from propensity.config.config import Config
from tests.training.monitor.conftest import LOOK
from training.monitor import retrain
from training.monitor.answer import Alarm, Answer
from training.monitor.watched import watched


@pytest.fixture
def asked(company: Config, tmp_path):
    """Asks with what is stored, and with the alarms of other answers."""

    def ask(backtest=None, audit=None, *, others=(), as_of=LOOK):
        files = {"backtest": tmp_path / "backtest.json", "audit": tmp_path / "audit.json"}
        for name, content in (("backtest", backtest), ("audit", audit)):
            if content is not None:
                files[name].write_text(json.dumps(content), encoding="utf-8")
        config = company.model_copy(
            update={
                "review": company.review.model_copy(update={"backtest": str(files["backtest"])}),
                "monitor": company.monitor.model_copy(update={"audit": str(files["audit"])}),
            }
        )
        with watched(config, as_of=as_of, resources=UNLIMITED) as seen:
            return retrain.answer(seen, others)

    return ask


def backtest(value, low, high):
    figure = {"value": value, "low": low, "high": high}
    return {
        "quarters": [],
        "left_out": {},
        "flat": False,
        "ageing": {"per_quarter": {"roc_auc": figure, "calibration": figure}, "quarters": 4},
    }


def codes(answer):
    return [alarm.code for alarm in answer.alarms]


def row(answer):
    (figures,) = answer.figures
    return dict(zip([column.key for column in figures.columns], figures.rows[0], strict=True))


def test_a_model_that_ages_fast_is_retrained_now(asked):
    answer = asked(backtest(0.02, 0.015, 0.03), as_of=LOOK.replace(month=6))

    assert answer.verdict == "act"
    assert "ageing" in codes(answer)
    quarters = row(answer)["quarters"]
    assert quarters == pytest.approx((LOOK.replace(month=6) - row(answer)["since"]).days / 91)
    assert row(answer)["auc_lost"].value == pytest.approx(0.02 * quarters)
    assert row(answer)["auc_lost"].low == pytest.approx(0.015 * quarters)


def test_what_is_not_told_from_chance_is_no_reason(asked):
    answer = asked(backtest(0.02, -0.01, 0.05))

    assert codes(answer) == ["review"]
    assert answer.verdict == "look"


def test_without_a_backtest_the_cost_of_waiting_is_not_known(asked):
    answer = asked(as_of=LOOK.replace(month=4, day=28))

    assert answer.verdict == "unknown"
    assert row(answer)["auc_lost"] is None
    assert any("backtest" in note for each in answer.figures for note in each.notes)


@pytest.mark.parametrize(
    ("told", "reasons", "verdict"),
    [
        (["nights-stopped", "stale"], ["fresh"], "unknown"),
        (["stale", "volume", "drift"], ["fresh"], "unknown"),
        (["stale", "scores-moved"], ["fresh", "moved"], "look"),
        (["drift"], ["moved"], "look"),
    ],
)
def test_an_old_extract_is_no_drift(asked, told, reasons, verdict):
    alarms = tuple(Alarm(code, code) for code in told)
    other = Answer("moved", "look", "", alarms=alarms)
    answer = asked(others=(other,), as_of=LOOK.replace(month=4, day=28))

    assert codes(answer) == reasons
    assert answer.verdict == verdict
    assert ("fresh extract first" in answer.alarms[0].sentence) == ("fresh" in reasons)


def test_chances_that_are_off_are_a_reason_to_act(asked):
    off = Answer("promised", "look", "", alarms=(Alarm("level-below", ""),))
    drift = Answer("moved", "look", "", alarms=(Alarm("drift", ""),))

    assert asked(others=(off,)).verdict == "act"
    assert codes(asked(others=(drift,), as_of=LOOK.replace(month=4, day=28))) == ["moved"]


def test_the_learning_curve_of_a_stored_audit_is_read(asked):
    curve = {"today": {"auc": 0.71}, "twice": {"auc": 0.73}}

    assert row(asked(audit={"curves": {"learning_curve": curve}}))["twice"] == pytest.approx(0.02)
    assert row(asked(audit={"curves": {}}))["twice"] is None


def test_a_file_that_is_no_audit_is_an_error(asked):
    with pytest.raises(ConfigError, match=r"monitor\.audit: .*propensity audit --json"):
        asked(audit=[1, 2])
