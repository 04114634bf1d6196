"""Where leads will stand after a promotion: its own functions, asked before it happens."""

import pyarrow as pa

from propensity.config.config import Config
from propensity.definition.load import load_definition
from propensity.grading.agreed import Agreed, agreed
from propensity.model.model import PropensityModel
from propensity.promotion.signatures import same_terms
from propensity.promotion.successor import KnownDefinitions, successor
from propensity.registry.champion import Champion
from propensity.scoring.placements import Placements, place
from training.gate.stores import store_to_score
from training.learn.rows.run import Run


def agreed_after(config: Config, champion: Champion | None, challenger: PropensityModel) -> Agreed:
    """What the challenger would work by after its promotion: what ``promote`` makes of the file
    that the configuration names, else of the definition in use.

    Raises:
        ConfigError: The definition cannot be used.
    """
    now = champion.agreed.definition if champion and champion.agreed else None
    written = load_definition(config.definition) if config.definition else None
    after = successor(KnownDefinitions(written, in_use=now, champion=now), challenger, number=0)
    return agreed(after, challenger, number=0, business_hours=config.business_hours)


def other_terms(theirs: Agreed, ours: Agreed) -> bool:
    """Whether one definition says something else than another."""
    if theirs.definition is None or ours.definition is None:
        return theirs.definition is not ours.definition
    return not same_terms(theirs.definition, ours.definition)


def placed(
    run: Run, rows: pa.Table, model: PropensityModel, used: Agreed, *, explained: bool
) -> Placements:
    """Where a pair puts rows of a run: by the function that a night's scoring grades by.

    Args:
        run: The configuration, and the canonical tables.
        rows: ``lead``, ``episode``, ``as_of_day`` of everybody on one day.
        model: Model of the pair.
        used: The definition, as it is used with the model.
        explained: Whether contributions are kept.

    Raises:
        DataError: The sources cannot be used with the model's columns.
        ConfigError: A rule asks for what the input does not have.
    """
    with store_to_score(run, model) as opened:
        return place(opened, rows, model, used, rules_from=run.store, explained=explained)
