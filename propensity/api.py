"""The verbs of use as functions: load, score, nightly, explain, moved, promote, rollback."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import pyarrow as pa
import pyarrow.parquet as pq

from features.days import date_of, day_number, local_day
from features.errors import ConfigError, DataError
from features.files.output import Output
from features.store import Store
from propensity.config.config import Config
from propensity.config.given_tables import (
    AnyConfig,
    GivenTables,
    Input,
    config_without_tables,
    given,
)
from propensity.explanation.change import ScoreChange, score_change_since
from propensity.explanation.explanation import Explanation
from propensity.explanation.explanation import explain as explain_lead
from propensity.input_check.accepted_input import accepted_input
from propensity.inputs import inputs_of, scored_output
from propensity.model.model import PropensityModel
from propensity.notebook import as_html
from propensity.progress import OnStep, silent
from propensity.registry import CHALLENGER, CHAMPION, Registry
from propensity.registry.champion import Champion, load_champion
from propensity.scoring.delivery import delivery_of
from propensity.scoring.job import (
    Engine,
    ScoringResources,
    Summary,
    open_input,
    score_to_file,
    score_to_table,
    telling,
)
from propensity.scoring.scored_file import check_path
from propensity.scoring.scorer import Progress
from propensity.scoring.show import report

if TYPE_CHECKING:
    import pandas as pd

    from propensity.night.run import NightRun
    from propensity.promotion.promotion import Promoted, RolledBack
    from propensity.scores_database.deliver import Delivered


@dataclass(frozen=True, repr=False)
class Scored:
    """The result of ``score``.

    Attributes:
        table: The scored rows; None where they went to a file.
        path: The file; None where the rows are here.
        summary: Counts, the ten best leads, and what to look at.
        delivered: What the database of ``output.database`` took; None where there is none.
    """

    table: pa.Table | None
    path: Path | None
    summary: Summary
    delivered: "Delivered | None" = None

    def to_pandas(self) -> "pd.DataFrame":
        """The rows as a DataFrame, from the file where they went to one.

        Raises:
            DataError: The file is a CSV, which tells lists as texts.
        """
        rows = self.table
        if rows is None:
            if self.path is None or self.path.suffix != ".parquet":
                raise DataError([f"expected rows in memory or in a Parquet file, got {self.path}"])
            rows = pq.read_table(self.path)
        frame: pd.DataFrame = rows.to_pandas()
        return frame

    def __repr__(self) -> str:
        """How many, when, by what: rows of people are nothing to print."""
        told = self.summary
        return f"Scored({told.leads:,} leads as of {told.as_of}, {told.model} {told.version})"

    def _repr_html_(self) -> str:
        """What `propensity score` prints, for a notebook."""
        return as_html(report(self.summary, self.path, self.delivered))


def load(config: AnyConfig, *, version: str | int = CHAMPION) -> PropensityModel:
    """Fetch a model from the registry that a configuration names.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        version: Number or alias.

    Raises:
        ConfigError: The configuration cannot be used.
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
    """
    settings = config_without_tables(config)
    return Registry.of(settings).load(version)[0]


def score(
    config: AnyConfig,
    *,
    input: Input = None,
    decided: bool = False,
    as_of: date | str | None = None,
    out: Path | str | Output | None = None,
    version: str | int = CHAMPION,
    definition: Path | str | None = None,
    accept_input: str | None = None,
    force: bool = False,
    database: bool = True,
    engine: Engine | None = None,
    resources: ScoringResources | None = None,
    on_step: OnStep = silent,
    on_progress: Progress | None = None,
    **tables: Unpack[GivenTables],
) -> Scored:
    """Score the leads that a configuration names.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        input: Other tables in the place of the configuration's: source (``leads``, ``events.2`` …)
            to table, or the flat table. A table is a file, or one in memory: of pandas, polars,
            Arrow, DuckDB.
        decided: Whether rows of a flat table whose outcome says won or lost are scored too.
        as_of: The day at whose start the leads are looked at; default today, in the model's time
            zone.
        out: Parquet or CSV file to write; without one the rows are returned. One that
            ``propensity.inputs.scored_output`` gave is not asked about again.
        version: Number or alias of the model.
        definition: A definition file to try instead of the registered one; what comes out is a
            DRAFT.
        accept_input: Why leads are scored although the input differs from what the model was
            trained on; stands in the warnings of every row.
        force: Replace a file at ``out`` that Propensity did not write.
        database: Whether what is written to ``out`` goes to the table of ``output.database`` too;
            another version than the champion, and a definition that is tried, never do.
        engine: Who scores the rows, such as ``propensity.spark.SparkEngine``; None for this
            process.
        resources: Memory, threads, leads at a time.
        on_step: Told about progress.
        on_progress: Told how many leads are scored, and how many there are.
        **tables: The same as ``input``: ``leads=frame, events=frame``.

    Raises:
        ConfigError: The configuration, or the output's path, cannot be used.
        DataError: The sources cannot be used; everything wrong is listed.
        InputStopError: The input is not what the model was trained on, and ``accept_input`` is not
            given. Nothing was written.
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
        ScoresDatabaseError: The database did not take the scores. The file is written.
    """
    use = resources or ScoringResources()
    with ExitStack() as opened:
        settings = opened.enter_context(given(config, input, tables))
        read = (("the configuration", _file_of(config)), ("the definition", definition))
        output = None if out is None else _output(out, settings, read, force=force)
        on_step("loading the model", 0.0)
        champion = load_champion(settings, version, definition=definition)
        day = day_of(as_of, champion.model)
        found = opened.enter_context(
            accepted_input(
                champion,
                settings,
                day,
                use,
                only_open=not decided,
                accept_input=accept_input,
                on_step=on_step,
            )
        )
        table, delivery = None, None
        if database and output and version == CHAMPION and definition is None:
            delivery = delivery_of(settings, champion, day, on_step)
        if output is None:
            table, summary = score_to_table(
                champion,
                found.store,
                day,
                config=settings,
                tonight=found.tonight,
                accepted=accept_input,
                engine=engine,
                resources=use,
                on_progress=on_progress,
            )
        else:
            summary = score_to_file(
                champion,
                found.store,
                day,
                config=settings,
                output=output,
                tonight=found.tonight,
                accepted=accept_input,
                engine=engine,
                resources=use,
                on_progress=on_progress,
                also=delivery,
            )
        summary.differences, summary.doubts = found.differences, found.doubts
        return Scored(
            table, output.path if output else None, summary, delivery.done if delivery else None
        )


def _file_of(config: AnyConfig) -> Path | str | None:
    """The file of a configuration; None where it is in memory."""
    return config if isinstance(config, Path | str) else None


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


def nightly(
    config: AnyConfig,
    *,
    as_of: date | str | None = None,
    accept_input: str | None = None,
    resources: ScoringResources | None = None,
    on_step: OnStep = silent,
    on_progress: Progress | None = None,
    **tables: Unpack[GivenTables],
) -> "NightRun":
    """Run a night: score, hand over what is new, remember it, and write the lists people work from.

    A second run of the same night writes the same bytes and hands nothing over.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        as_of: The day at whose start the leads are looked at; default today, in the model's time
            zone.
        accept_input: Why leads are scored although the input differs from what the model was
            trained on.
        resources: Memory, threads, leads at a time.
        on_step: Told about progress.
        on_progress: Told how many leads are scored, and how many there are.
        **tables: See ``input`` of ``score``.

    Raises:
        RefusedError: Nothing may be handed over: no signed definition, or an input that the model
            was not trained on.
        LedgerError: The ledger cannot be used, or holds the night by another pair.
        PropensityError: See ``score``.
    """
    from propensity.night.run import run_night  # noqa: PLC0415 — 0.3 s of SQLAlchemy that only a night needs

    with given(config, None, tables) as settings:
        on_step("loading the model", 0.0)
        champion = load_champion(settings)
        return run_night(
            settings,
            champion,
            day_of(as_of, champion.model),
            read=(("the configuration", _file_of(config)),),
            accept_input=accept_input,
            resources=resources or ScoringResources(),
            on_step=on_step,
            on_progress=on_progress,
        )


def explain(
    config: AnyConfig,
    lead_id: str,
    *,
    as_of: date | str | None = None,
    version: str | int = CHAMPION,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> Explanation:
    """Take the sum of one lead apart; ``propensity.explanation.waterfall.draw`` draws it.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        lead_id: Identifier as in the source.
        as_of: See ``score``.
        version: Number or alias of the model.
        on_step: Told about progress.
        **tables: See ``input`` of ``score``.

    Raises:
        LeadNotFoundError: There is no such lead, or it is not in the population at the as-of.
        PropensityError: See ``score``.
    """
    with (
        given(config, None, tables) as settings,
        _opened(settings, version, as_of, on_step) as (champion, store, day),
    ):
        return explain_lead(
            champion.model, store, lead_id, day, telling=telling(champion, settings)
        )


def moved(
    config: AnyConfig,
    lead_id: str,
    *,
    since: date | str | Path,
    as_of: date | str | None = None,
    version: str | int = CHAMPION,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> ScoreChange:
    """What moved one lead; ``propensity.explanation.show_change.report`` draws it.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        lead_id: Identifier as in the source.
        since: The day of an earlier scoring (a text is a day), or the path of the file it wrote.
        as_of: See ``score``.
        version: Number or alias of the model.
        on_step: Told about progress.
        **tables: See ``input`` of ``score``.

    Raises:
        LeadNotFoundError: There is no such lead, or it was not in the population on both days.
        PropensityError: See ``score``.
    """
    with (
        given(config, None, tables) as settings,
        _opened(settings, version, as_of, on_step) as (champion, store, day),
    ):
        earlier = since if isinstance(since, Path) else date_of(day_of(since, champion.model))
        return score_change_since(settings, store, champion, lead_id, since=earlier, as_of_day=day)


def promote(
    config: AnyConfig,
    version: str | int = CHALLENGER,
    *,
    signed_by: Sequence[str] = (),
    signed_on: date | None = None,
    override: str | None = None,
    at: datetime | None = None,
    as_of: date | None = None,
    **tables: Unpack[GivenTables],
) -> "Promoted":
    """Make a version the champion: the one that scores, by the definition that was signed.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        version: Number or alias.
        signed_by: ``role: NAME`` each.
        signed_on: The local day on which they signed, where that was earlier, on paper.
        override: Why neither the gate nor the trial is obeyed; None to obey both.
        at: The time of the promotion, with ``tzinfo``; default now.
        as_of: The day of the trial; by default today, or the day on which the sources end, where
            they end earlier.
        **tables: See ``input`` of ``score``.

    Raises:
        ConfigError: The definition cannot be used, a signature is none of it or of a day to come,
            or the reason says nothing.
        RefusedError: The gate was not passed, or the pair does not work; everything that stands
            against it is listed.
        RegistryError: No such version, somebody else promoted meanwhile, or the registry cannot be
            reached or written.
    """
    from propensity.promotion.promotion import promote as promote_pair  # noqa: PLC0415 — not of use at night

    with given(config, None, tables) as settings:
        return promote_pair(
            settings,
            version,
            signed_by=signed_by,
            signed_on=signed_on,
            override=override,
            at=at or datetime.now(UTC),
            as_of=as_of,
        )


def rollback(config: AnyConfig, *, because: str | None = None) -> "RolledBack":
    """Return to the champion before: its model, by the definition it had then.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        because: Why; for the promotion log.

    Raises:
        ConfigError: The reason says nothing.
        RegistryError: There is no earlier pair, somebody else promoted meanwhile, or the registry
            cannot be reached or written.
        ArtifactError: The earlier pair is damaged.
    """
    from propensity.promotion.promotion import roll_back  # noqa: PLC0415 — not of use at night

    return roll_back(config_without_tables(config), because=because)


@contextmanager
def _opened(
    config: Config, version: str | int, as_of: date | str | None, on_step: OnStep
) -> Iterator[tuple[Champion, Store, int]]:
    """A model, the input, and the number of the as-of day, for one lead."""
    on_step("loading the model", 0.0)
    champion = load_champion(config, version)
    on_step("reading the leads", 0.5)
    day = day_of(as_of, champion.model)
    with open_input(config, champion.model, ScoringResources(), as_of_day=day) as store:
        yield champion, store, day


def day_of(given: date | str | None, model: PropensityModel) -> int:
    """The number of a day, given or today in the model's time zone; only here a clock is read.

    Raises:
        ConfigError: The text is no day.
    """
    if given is None:
        return local_day(datetime.now(UTC), model.spec.timezone)
    try:
        day = date.fromisoformat(given) if isinstance(given, str) else given
        return day_number(day.date() if isinstance(day, datetime) else day)
    except ValueError:
        raise ConfigError(f"as_of: expected a day such as 2025-04-01, got {given!r:.40}.") from None
