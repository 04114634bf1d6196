"""The verbs of use as functions: load, score, explain, and what moved a lead."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from features.days import date_of, day_number, local_day
from features.files.output import Output
from features.store import Store
from propensity.config.config import Config
from propensity.config.config import load as load_config
from propensity.config.other_files import reading
from propensity.explanation.change import ScoreChange, score_change_since
from propensity.explanation.explanation import Explanation
from propensity.explanation.explanation import explain as explain_lead
from propensity.grading.previous_scores import read_previous
from propensity.input_check import check_input
from propensity.inputs import inputs_of, scored_output
from propensity.model.model import PropensityModel
from propensity.progress import OnStep, silent
from propensity.registry import CHAMPION, Registry
from propensity.registry.champion import Champion, load_champion
from propensity.scoring.asked_rules import rule_doubts
from propensity.scoring.differences import InputStopError
from propensity.scoring.job import (
    ScoringResources,
    Summary,
    open_input,
    score_to_file,
    score_to_table,
    telling,
)
from propensity.scoring.scored_file import check_path
from propensity.scoring.scorer import Progress
from propensity.scoring.tonight import look_at


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
    return Registry.of(settings).load(version)[0]


def score(
    config: Config | Path | str,
    *,
    input: Mapping[str, Path | str] | Path | str | None = None,
    decided: bool = False,
    as_of: date | str | None = None,
    out: Path | str | Output | None = None,
    version: str | int = CHAMPION,
    definition: Path | str | None = None,
    previous: Path | str | None = None,
    accept_input: str | None = None,
    force: bool = False,
    resources: ScoringResources | None = None,
    on_step: OnStep = silent,
    on_progress: Progress | None = None,
) -> Scored:
    """Score the leads that a configuration names.

    Args:
        config: A configuration, or the path of its file.
        input: Other files in the place of the configuration's: source (``leads``, ``events`` …) to
            file, or the file of the flat table.
        decided: Whether rows of a flat table whose outcome says won or lost are scored too.
        as_of: The day at whose start the leads are looked at; default today, in the model's time
            zone.
        out: Parquet or CSV file to write; without one the rows are returned. One that
            ``propensity.inputs.scored_output`` gave is not asked about again.
        version: Number or alias of the model.
        definition: A definition file to try instead of the registered one; what comes out is a
            DRAFT.
        previous: The scored file of an earlier day: leads that were MQLs then stay so down to the
            leave line.
        accept_input: Why leads are scored although the input differs from what the model was
            trained on; stands in the warnings of every row.
        force: Replace a file at ``out`` that Propensity did not write.
        resources: Memory, threads, leads at a time.
        on_step: Told about progress.
        on_progress: Told how many leads are scored, and how many there are.

    Raises:
        ConfigError: The configuration, or the output's path, cannot be used.
        DataError: The sources cannot be used; everything wrong is listed.
        InputStopError: The input is not what the model was trained on, and ``accept_input`` is not
            given. Nothing was written.
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
    """
    settings, resources = reading(_config(config), input), resources or ScoringResources()
    read = (
        ("the configuration", None if isinstance(config, Config) else config),
        ("the definition", definition),
        ("the scored file of the earlier day", previous),
    )
    output = None if out is None else _output(out, settings, read, force=force)
    on_step("loading the model", 0.0)
    champion = load_champion(settings, version, definition=definition)
    day = _day_number(as_of, champion)
    before = None if previous is None else read_previous(previous, before=date_of(day))
    on_step("reading the leads", 0.0)
    with open_input(settings, champion.model, resources, only_open=not decided) as store:
        on_step("comparing the input with the training", 0.0)
        tonight = look_at(champion.model, store, day)
        found = check_input(champion.model, store, settings, day, tonight=tonight)
        if accept_input is None and any(finding.severity == "stop" for finding in found):
            raise InputStopError(found)
        doubts = rule_doubts(champion, store, day)
        if output is None:
            table, summary = score_to_table(
                champion,
                store,
                day,
                config=settings,
                tonight=tonight,
                previous=before,
                accepted=accept_input,
                resources=resources,
                on_progress=on_progress,
            )
            summary.differences, summary.doubts = found, doubts
            return Scored(table, None, summary)
        summary = score_to_file(
            champion,
            store,
            day,
            config=settings,
            output=output,
            previous=before,
            accepted=accept_input,
            resources=resources,
            on_progress=on_progress,
        )
        summary.differences, summary.doubts = found, doubts
        return Scored(None, output.path, summary)


def _output(
    out: Path | str | Output,
    settings: Config,
    read: Sequence[tuple[str, Path | str | None]],
    *,
    force: bool,
) -> Output:
    if not isinstance(out, Output):
        check_path(Path(out))
        return scored_output(inputs_of(settings, *read), settings, Path(out), force=force)
    check_path(out.path)
    return out


def explain(
    config: Config | Path | str,
    lead_id: str,
    *,
    as_of: date | str | None = None,
    version: str | int = CHAMPION,
    on_step: OnStep = silent,
) -> Explanation:
    """Take the sum of one lead apart; ``propensity.explanation.waterfall.draw`` draws it.

    Args:
        config: A configuration, or the path of its file.
        lead_id: Identifier as in the source.
        as_of: See ``score``.
        version: Number or alias of the model.
        on_step: Told about progress.

    Raises:
        LeadNotFoundError: There is no such lead, or it is not in the population at the as-of.
        PropensityError: See ``score``.
    """
    settings = _config(config)
    with _opened(settings, version, as_of, on_step) as (champion, store, day):
        return explain_lead(
            champion.model, store, lead_id, day, telling=telling(champion, settings)
        )


def moved(
    config: Config | Path | str,
    lead_id: str,
    *,
    since: date | Path,
    as_of: date | str | None = None,
    version: str | int = CHAMPION,
    on_step: OnStep = silent,
) -> ScoreChange:
    """What moved one lead; ``propensity.explanation.show_change.report`` draws it.

    Args:
        config: A configuration, or the path of its file.
        lead_id: Identifier as in the source.
        since: The day of an earlier scoring, or the file it wrote.
        as_of: See ``score``.
        version: Number or alias of the model.
        on_step: Told about progress.

    Raises:
        LeadNotFoundError: There is no such lead, or it was not in the population on both days.
        PropensityError: See ``score``.
    """
    settings = _config(config)
    with _opened(settings, version, as_of, on_step) as (champion, store, day):
        return score_change_since(settings, store, champion, lead_id, since=since, as_of_day=day)


def _config(config: Config | Path | str) -> Config:
    return config if isinstance(config, Config) else load_config(config)


@contextmanager
def _opened(
    config: Config, version: str | int, as_of: date | str | None, on_step: OnStep
) -> Iterator[tuple[Champion, Store, int]]:
    """A model, the input, and the number of the as-of day, for one lead."""
    on_step("loading the model", 0.0)
    champion = load_champion(config, version)
    on_step("reading the leads", 0.5)
    with open_input(config, champion.model, ScoringResources()) as store:
        yield champion, store, _day_number(as_of, champion)


def _day_number(given: date | str | None, champion: Champion) -> int:
    """The number of a day, given or today; only here a clock is read."""
    if given is None:
        return local_day(datetime.now(UTC), champion.model.spec.timezone)
    return day_number(date.fromisoformat(given) if isinstance(given, str) else given)
