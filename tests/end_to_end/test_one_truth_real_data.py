"""Real companies: every figure that two outputs share is the same, and the rival of the gate is the
points table of the closed loop.
"""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml

from propensity.config.config import parse
from propensity.registry import Registry
from tests.training.review.shared_figures import Shared
from training.closed_loop.command import closed_loop
from training.definition.command import show_definition, write_definition
from training.gate.ask import ask
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe import recipe
from training.learn.recipe.judgement import judge
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.learn.tournament.choose import TournamentChoice
from training.review.findings.gather import gather
from training.threshold.command import threshold

pytestmark = pytest.mark.slow

CONFIGS = Path(__file__).parents[1] / "configs"
#: Set to the folder of its files, and whether it is a flat table.
SETS = {"bpic2012": ("bpic2012", False), "x_education": ("splits", True)}
CHEAP = {"trials": 0, "contestants": ["lightgbm"], "max_trees": 20, "depth": 3}


def registered(name, shared_data, folder):
    """A configuration whose registry holds a plain model that has met its rivals."""
    where, _ = SETS[name]
    raw = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    raw |= {
        "learner": CHEAP,
        "review": {"resamplings": 2},
        "business_hours": {"hours": ["09:00-18:00"]},
        "registry": {"uri": f"sqlite:///{folder / 'registry.db'}"},
        "definition": str(folder / "definition.yaml"),
    }
    raw["output"] = {"quarantine": str(folder / "quarantine")}
    config = parse(raw, base=shared_data / where)
    with open_sources(config) as store:
        run = Run(config, store)
        past = history(run)
        older, test = past.rows.take(past.older), past.rows.take(past.test)
        spec, seen = recipe.see(run, older)
        chosen = RecipeChoices.plain(config.learner, trees=20)
        fitted = recipe.fit(config, older, spec, seen, chosen=chosen)
        choice = TournamentChoice(chosen, None)
        found = judge(run, fitted, older, test, choice=choice)
        model, _ = ship(run, past, chosen=chosen)
        asked = ask(
            run,
            past,
            found.met,
            chosen=chosen,
            challenger=model,
            champion=None,
            light="amber",
            accepted=False,
        )
    gate = asked.gated
    Registry.of(config).register(
        model,
        run_name="test",
        params={},
        metrics={},
        tags=gate.verdict.tags(),
        documents={"gate.json": json.dumps(gate.to_dict()).encode()},
    )
    write_definition(config, path=folder / "definition.yaml", today=date(2026, 1, 1))
    return config, gate.to_dict(), found


@pytest.mark.parametrize("name", SETS)
def test_every_figure_is_the_same_wherever_it_is_told(name, shared_data, tmp_path):
    config, gate, judged = registered(name, shared_data, tmp_path)
    material = gather(config)
    shown, loop = show_definition(config), closed_loop(config)
    studied = None if SETS[name][1] else threshold(config)

    table = loop.comparison.evaluations["points"].figures
    assert judged.baselines["points_table"].figures["roc_auc"] == table["roc_auc"]
    for language in ("en", "ja"):
        told = Shared(material, language, shown=shown, studied=studied, loop=loop, gate=gate)
        assert told.differing == {}
        assert len(told.found) > 15
