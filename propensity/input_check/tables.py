"""The tables of the input beside those of the training: gone, empty, unmatched or old."""

from collections.abc import Iterator

from features.intake.leads import UNKNOWN_LEAD
from features.spec import AttributeSource, BehaviourSource, FeatureSpec
from features.store import Store
from propensity.config.config import Config
from propensity.config.sections import InputCheckSettings
from propensity.input_check.ends import compared_ends
from propensity.model.model import PropensityModel
from propensity.scoring.differences import InputDifference


def compared_tables(
    model: PropensityModel, store: Store, config: Config, as_of_day: int
) -> Iterator[InputDifference]:
    """What is wrong with whole tables.

    Args:
        model: In use.
        store: The opened input of a configuration with leads and events.
        config: Configuration of the scoring.
        as_of_day: Number of the day at whose start leads are looked at.
    """
    yield from _gone(model, store, config)
    yield from _unmatched(store, config.input_check)
    yield from compared_ends(model.spec, store, config.input_check, as_of_day)


def _gone(model: PropensityModel, store: Store, config: Config) -> Iterator[InputDifference]:
    """Tables that the model reads, and that are not configured or empty."""
    trained, given = model.config.input, config.input
    needed = {
        "events": ("events", _reads_events(model.spec), bool(given.events)),
        "outcomes": ("episodes", trained.tells_outcomes, given.tells_outcomes),
        "attribute_changes": ("changes", _reads_changes(model.spec), bool(given.attribute_changes)),
    }
    for name, (table, is_read, is_given) in needed.items():
        rows = store.rows(table) if table != "episodes" else _closes(store)
        if is_read and not (is_given and rows):
            came = "it has no usable row" if is_given else "the configuration names none"
            meaning = " Closed leads would be scored as open ones." if name == "outcomes" else ""
            yield InputDifference(
                f"{name}-gone",
                "stop",
                name,
                f"{name}: the model was trained with this table, but {came}.{meaning}",
            )


def _closes(store: Store) -> int:
    return int(store.value("SELECT count(*) FROM episodes WHERE closed_day IS NOT NULL"))


def _reads_events(spec: FeatureSpec) -> bool:
    return any(isinstance(feature.source, BehaviourSource) for feature in spec.features)


def _reads_changes(spec: FeatureSpec) -> bool:
    return any(
        isinstance(feature.source, AttributeSource) and feature.source.history
        for feature in spec.features
    )


def _unmatched(store: Store, limits: InputCheckSettings) -> Iterator[InputDifference]:
    """Tables most of whose rows belong to no lead."""
    for name, counts in store.report.tables.items():
        strangers = counts.quarantined.get(UNKNOWN_LEAD, 0)
        if strangers > limits.unmatched * max(counts.read, 1):
            yield InputDifference(
                f"{name}-unmatched",
                "stop" if name == "events" else "look",
                name,
                f"{name}: {strangers:,} of {counts.read:,} rows belong to no lead of the leads"
                f" table; expected at most {limits.unmatched:.0%} (`input_check.unmatched`): are"
                " the ids written alike in both?",
            )
