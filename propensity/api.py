"""The verbs of use as functions: load, score, explain."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from features.days import date_of, day_number, local_day
from features.store import Store
from propensity.config.config import Config
from propensity.config.config import load as load_config
from propensity.explanation.explanation import Explanation
from propensity.explanation.explanation import explain as explain_lead
from propensity.grading.previous_scores import read_previous
from propensity.model.model import PropensityModel
from propensity.registry import CHAMPION, Registry
from propensity.registry.champion import Champion, load_champion
from propensity.scoring.job import (
    Resources,
    Summary,
    open_input,
    score_to_file,
    score_to_table,
    telling,
)


@dataclass(frozen=True)
class Scored:
    """The result of ``score``.

    Attributes:
        table: The scored rows; None where they went to a file.
        path: The file; None where the rows are here.
        summary: Counts, the ten best leads, and what to look at.
    """

    table: pa.Table | None
    path: Path | None
    summary: Summary


def load(config: Config | Path | str, *, version: str | int = CHAMPION) -> PropensityModel:
    """Fetch a model from the registry that a configuration names.

    Args:
        config: A configuration, or the path of its file.
        version: Number or alias.

    Raises:
        ConfigError: The configuration cannot be used.
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
    """
    settings = _config(config)
    return Registry(str(settings.registry.uri), settings.model_name).load(version)[0]


def score(
    config: Config | Path | str,
    *,
    as_of: date | str | None = None,
    out: Path | str | None = None,
    version: str | int = CHAMPION,
    definition: Path | str | None = None,
    previous: Path | str | None = None,
    resources: Resources | None = None,
) -> Scored:
    """Score the leads that a configuration names.

    Args:
        config: A configuration, or the path of its file.
        as_of: The day at whose start the leads are looked at; default today, in the model's time
            zone.
        out: Parquet or CSV file to write; without one the rows are returned.
        version: Number or alias of the model.
        definition: A definition file to try instead of the registered one; what comes out is a
            DRAFT.
        previous: The scored file of an earlier day: leads that were MQLs then stay so down to the
            leave line.
        resources: Memory, threads, leads at a time.

    Raises:
        ConfigError: The configuration, or the output's path, cannot be used.
        DataError: The sources cannot be used; everything wrong is listed.
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
    """
    settings, resources = _config(config), resources or Resources()
    champion = load_champion(settings, version, definition=definition)
    with _opened(settings, champion, as_of, resources) as (store, as_of_day):
        before = (
            read_previous(previous, before=date_of(as_of_day)) if previous is not None else None
        )
        if out is None:
            table, summary = score_to_table(
                champion, store, as_of_day, config=settings, previous=before, resources=resources
            )
            return Scored(table, None, summary)
        path = Path(out)
        summary = score_to_file(
            champion,
            store,
            as_of_day,
            config=settings,
            path=path,
            previous=before,
            resources=resources,
        )
        return Scored(None, path, summary)


def explain(
    config: Config | Path | str,
    lead_id: str,
    *,
    as_of: date | str | None = None,
    version: str | int = CHAMPION,
) -> Explanation:
    """Take the sum of one lead apart; ``propensity.explanation.waterfall.draw`` draws it.

    Args:
        config: A configuration, or the path of its file.
        lead_id: As in the source.
        as_of: See ``score``.
        version: Number or alias of the model.

    Raises:
        LeadNotFoundError: There is no such lead, or it is not in the population at the as-of.
        PropensityError: See ``score``.
    """
    settings = _config(config)
    champion = load_champion(settings, version)
    with _opened(settings, champion, as_of, Resources()) as (store, as_of_day):
        return explain_lead(
            champion.model, store, lead_id, as_of_day, telling=telling(champion, settings)
        )


def _config(config: Config | Path | str) -> Config:
    return config if isinstance(config, Config) else load_config(config)


@contextmanager
def _opened(
    config: Config, champion: Champion, as_of: date | str | None, resources: Resources
) -> Iterator[tuple[Store, int]]:
    """The input, and the number of the as-of day; only here, and in the command line, a clock is
    read.
    """
    with open_input(config, champion.model, resources) as store:
        if as_of is None:
            yield store, local_day(datetime.now(UTC), champion.model.spec.timezone)
        else:
            yield store, day_number(date.fromisoformat(as_of) if isinstance(as_of, str) else as_of)
