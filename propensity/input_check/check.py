"""The comparison as one call: the values of an even sample of the leads, then the tables."""

from features.store import Store
from propensity.config.config import Config
from propensity.input_check.event_types import compared_event_types
from propensity.input_check.tables import compared_tables
from propensity.input_check.values import about_kind, compared_values, skill_by_source
from propensity.input_check.volume import compared_volume
from propensity.model.model import PropensityModel
from propensity.scoring.differences import InputDifference
from propensity.scoring.tonight import Tonight


def check_input(
    model: PropensityModel, store: Store, config: Config, as_of_day: int, *, tonight: Tonight
) -> tuple[InputDifference, ...]:
    """Compare an opened input with what the model's training saw.

    Args:
        model: In use.
        store: The opened input.
        config: Configuration of the scoring, with the limits.
        as_of_day: Number of the day at whose start leads are looked at; of no meaning for a flat
            table.
        tonight: The population of that day.

    Returns:
        What differs, reasons to stop first; empty where all is fine.
    """
    found: list[InputDifference] = []
    skill = skill_by_source(model)
    limits = config.input_check
    matrix = tonight.sample.matrix
    found += compared_values(model, matrix, limits, skill=skill)
    if not store.is_flat:
        found += compared_volume(model, matrix, limits)
        found += compared_tables(model, store, config, as_of_day)
        told = {finding.about for finding in found}
        kinds = {kind: skill.get(about_kind(kind), 0.0) for kind in model.spec.kinds}
        found += (
            finding
            for finding in compared_event_types(model, store, limits, as_of_day, skill=kinds)
            if finding.code == "events-appeared" or finding.about not in told
        )
    return tuple(sorted(found, key=lambda finding: finding.severity != "stop"))
