"""Loan applications: an action that merely leads on is found out."""

from pathlib import Path

import pytest
import yaml

from features.intake import open_store
from propensity.config.config import parse
from training.closed_loop.actions import action_history
from training.closed_loop.command import action_figures, population_of
from training.closed_loop.strata import strata_of
from training.learn.rows.run import Run

CONFIG = Path(__file__).parents[1] / "configs" / "bpic2012.yaml"


def test_the_usual_count_flatters_and_the_fair_one_does_not(shared_data):
    config = parse(
        yaml.safe_load(CONFIG.read_text(encoding="utf-8")), base=shared_data / "bpic2012"
    )
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        rows = population_of(Run(config, store))
        figures = action_figures(
            Run(config, store),
            rows,
            action_history(Run(config, store), rows),
            strata_of(store, rows),
        )
    found = {f.action.name: f for f in figures}
    accepted, sent_back = found["A_ACCEPTED"], found["O_SENT_BACK"]

    assert accepted.usual is not None
    assert accepted.usual.lift == pytest.approx(2.65, abs=0.01)
    assert accepted.rate.lift.value == pytest.approx(1.2, abs=0.04)
    assert accepted.rate.lift.corrected_high < 1.3
    assert sent_back.rate.lift.low > 2.3
    assert not {"A_APPROVED", "A_DECLINED", "A_REGISTERED", "O_DECLINED"} & set(found)
