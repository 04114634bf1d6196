"""The verbs of use as functions: load, score, explain."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from features.days import day_number, local_day
from features.store import Store
from propensity.config import Config
from propensity.config import load as load_config
from propensity.explanation import Explanation
from propensity.explanation import explain as explain_lead
from propensity.job import Champion, Resources, Summary, open_input, score_to_file, score_to_table
from propensity.model import PropensityModel
from propensity.registry import CHAMPION, Registry


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
    return _champion(_config(config), version).model


def score(
    config: Config | Path | str,
    *,
    as_of: date | str | None = None,
    out: Path | str | None = None,
    version: str | int = CHAMPION,
    resources: Resources | None = None,
) -> Scored:
    """Score the leads that a configuration names.

    Args:
        config: A configuration, or the path of its file.
        as_of: The day at whose start the leads are looked at; default today, in the model's time zone.
        out: Parquet or CSV file to write; without one the rows are returned.
        version: Number or alias of the model.
        resources: Memory, threads, leads at a time.

    Raises:
        ConfigError: The configuration, or the output's path, cannot be used.
        DataError: The sources cannot be used; everything wrong is listed.
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
    """
    settings, resources = _config(config), resources or Resources()
    champion = _champion(settings, version)
    with _opened(settings, champion, as_of, resources) as (store, as_of_day):
        if out is None:
            table, summary = score_to_table(champion, store, as_of_day, config=settings, resources=resources)
            return Scored(table, None, summary)
        path = Path(out)
        summary = score_to_file(champion, store, as_of_day, config=settings, path=path, resources=resources)
        return Scored(None, path, summary)


def explain(
    config: Config | Path | str,
    lead_id: str,
    *,
    as_of: date | str | None = None,
    version: str | int = CHAMPION,
) -> Explanation:
    """Take the sum of one lead apart; ``propensity.waterfall.draw`` draws it.

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
    champion = _champion(settings, version)
    with _opened(settings, champion, as_of, Resources()) as (store, as_of_day):
        return explain_lead(
            champion.model,
            store,
            lead_id,
            as_of_day,
            language=settings.language,
            at_most=settings.output.reasons,
        )


def _config(config: Config | Path | str) -> Config:
    return config if isinstance(config, Config) else load_config(config)


def _champion(config: Config, version: str | int) -> Champion:
    model, number = Registry(str(config.registry.uri), config.model_name).load(version)
    return Champion(model, config.model_name, str(number))


@contextmanager
def _opened(
    config: Config, champion: Champion, as_of: date | str | None, resources: Resources
) -> Iterator[tuple[Store, int]]:
    """The input, and the number of the as-of day; only here, and in the command line, a clock is read."""
    with open_input(config, champion.model, resources) as store:
        if as_of is None:
            yield store, local_day(datetime.now(UTC), champion.model.spec.timezone)
        else:
            yield store, day_number(date.fromisoformat(as_of) if isinstance(as_of, str) else as_of)
