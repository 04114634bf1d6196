"""Choose on later leads, and never on the test: who wins the tournament, and with what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from features.spec import FeatureSpec
from propensity.config import Config
from training import learner
from training.blocks import blocks_of
from training.learner import Rows
from training.snapshots import LabelledRows
from training.tournament.chosen import Chosen

#: Told what is tried, and the share done, 0..1.
OnStep = Callable[[str, float], None]


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
        chosen: To be carried out.
        shared: The best with shared axes, to measure what keeping them apart costs; None where they are shared anyway.
        contestants: The table, JSON-ready.
    """

    chosen: Chosen
    shared: Chosen | None
    contestants: tuple[dict[str, Any], ...] = ()


def choose(config: Config, rows: LabelledRows, spec: FeatureSpec, seen: Rows, on_step: OnStep) -> Choice:
    """Choose on blocks of earlier and later rows."""
    on_step("choosing the number of trees", 0.0)
    blocks = blocks_of(rows, seed=config.learner.seed)
    trees = learner.choose_trees(seen, spec, config.learner, [(block.earlier, block.later) for block in blocks])
    chosen = Chosen.plain(config.learner, trees=trees)
    shared = chosen.model_copy(update={"axes": "shared"}) if chosen.axes == "apart" else None
    return Choice(chosen, shared)
