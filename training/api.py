"""The verbs of learning and agreeing as functions: what each command does, on files or on tables in
memory.

Each imports what it needs when it is called: an audit needs nothing of a deck.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from features.build.build import Builder, built
from features.resources import UNLIMITED, Resources
from propensity.config.given_tables import AnyConfig, GivenTables, Input, given
from propensity.progress import OnStep, silent
from propensity.registry.connection import CHAMPION

if TYPE_CHECKING:
    from training.audit.findings import Audit
    from training.backtest.command import Backtest
    from training.closed_loop.command import ClosedLoop
    from training.definition.command import DefinitionReport, WrittenDefinition
    from training.estimator.feature_frame import FeatureFrame
    from training.evaluate.command import ModelEvaluation
    from training.gate.ask import GateAnswer
    from training.monitor.command import Monitored
    from training.threshold.study import Study
    from training.train.command import TrainingResult
    from training.train.own_model import OwnModel

__all__ = [
    "audit",
    "backtest",
    "closed_loop",
    "compare",
    "evaluate",
    "features",
    "monitor",
    "review",
    "show_definition",
    "threshold",
    "train",
    "write_definition",
]


def audit(
    config: AnyConfig,
    *,
    input: Input = None,
    today: date | None = None,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> "Audit":
    """Ask whether the data may carry a model, and which columns lie.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        input: See ``propensity.score``.
        today: The day of the audit: what it proposes about columns is appended to the file of
            decisions under it; None proposes nothing.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.
        **tables: See ``propensity.score``.

    Raises:
        DataError: The input cannot be used; everything wrong is listed.
        ConfigError: There are no outcomes, or the file of decisions cannot be read or written.
    """
    from training.audit.command import audit as run

    with given(config, input, tables) as settings:
        return run(settings, today=today, resources=resources, on_step=on_step)


def train(
    config: AnyConfig,
    *,
    input: Input = None,
    own_model: "OwnModel | None" = None,
    accept_audit: str | None = None,
    register: bool = True,
    build: Builder = built,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> "TrainingResult":
    """Audit the data, learn a model, judge it on the newest leads, register it as challenger.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        input: See ``propensity.score``.
        own_model: A model of your own in the place of the tournament: it is judged, meets the
            champion and is registered like ours.
        accept_audit: Why a red audit is accepted; stored with the model.
        register: Whether the model becomes a version in the registry; the champion is read from
            there in any case.
        build: Who builds the features of the rows that teach and judge, such as a
            ``propensity.spark.SparkBuilder``; default this process.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.
        **tables: See ``propensity.score``.

    Raises:
        DataError: The input cannot be used; everything wrong is listed.
        RefusedError: The data is readable but cannot carry a model; the message shows the sums. Or
            the audit is red. Or the own model cannot be served: the message says what to do.
        ConfigError: The configuration cannot be used, the reason says nothing, or the own model is
            none.
        RegistryError: The registry cannot be reached or written.
    """
    from propensity.registry import Registry
    from propensity.registry.champion import load_champion
    from training.gate.looks import earlier_looks
    from training.train.command import train as run
    from training.train.publish import publish

    with given(config, input, tables) as settings:
        registry = Registry.of(settings)
        trained = run(
            settings,
            champion=load_champion(settings) if registry.pair() else None,
            own_model=own_model,
            accept_audit=accept_audit,
            earlier=earlier_looks(registry.versions()),
            build=build,
            resources=resources,
            on_step=on_step,
        )
        if not register:
            return trained
        on_step("registering the model", 1.0)
        return replace(trained, version=publish(trained, registry))


def compare(
    config: AnyConfig,
    *,
    input: Input = None,
    version: str | int = "challenger",
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> "GateAnswer":
    """Let a registered version meet the champion on leads newer than both, and ask the gate again.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        input: See ``propensity.score``.
        version: Number or alias of the challenger.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.
        **tables: See ``propensity.score``.

    Raises:
        RefusedError: There is no champion, it is the same version, or too few leads are newer than
            both.
        DataError: The input cannot be used.
        RegistryError: No such version, or the registry cannot be reached or written.
    """
    from training.gate.command import compare as run

    with given(config, input, tables) as settings:
        return run(settings, version=version, resources=resources, on_step=on_step)


def evaluate(
    config: AnyConfig,
    *,
    input: Input = None,
    version: str | int = CHAMPION,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> "ModelEvaluation":
    """Judge a registered model on leads later than its last training label.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        input: See ``propensity.score``.
        version: Number or alias.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.
        **tables: See ``propensity.score``.

    Raises:
        RefusedError: No leads are later, or too few of them have come to an end; or the rows of a
            flat table are those that the model learned from.
        DataError: The input cannot be used.
        RegistryError: No such version, or the registry cannot be reached.
    """
    from training.evaluate.command import evaluate as run

    with given(config, input, tables) as settings:
        return run(settings, version=version, resources=resources, on_step=on_step)


def backtest(
    config: AnyConfig,
    *,
    input: Input = None,
    quick: bool = False,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> "Backtest":
    """Replay every past quarter as if it were today.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        input: See ``propensity.score``.
        quick: Choose once, on what was known at the first quarter that is judged, and keep these
            choices.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.
        **tables: See ``propensity.score``.

    Raises:
        DataError: The input cannot be used.
        RefusedError: There is no time in the data, or no past quarter can be judged.
    """
    from training.backtest.command import backtest as run

    with given(config, input, tables) as settings:
        return run(settings, quick=quick, resources=resources, on_step=on_step)


def closed_loop(
    config: AnyConfig,
    *,
    input: Input = None,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> "ClosedLoop":
    """Find out which actions of leads end in a win, and the points table that follows.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        input: See ``propensity.score``.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.
        **tables: See ``propensity.score``.

    Raises:
        DataError: The input cannot be used; everything wrong is listed.
        ConfigError: A two-step action, or the present score, is not what the data hold.
        RefusedError: No lead was open at any mature as-of, or none of them won.
    """
    from training.closed_loop.command import closed_loop as run

    with given(config, input, tables) as settings:
        return run(settings, resources=resources, on_step=on_step)


def features(
    config: AnyConfig,
    *,
    input: Input = None,
    as_of: date | str | None = None,
    version: str | int = CHAMPION,
    resources: Resources = UNLIMITED,
    **tables: Unpack[GivenTables],
) -> "FeatureFrame":
    """The features of leads as they were known on a day, for one's own models and looks.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        input: See ``propensity.score``.
        as_of: The day at whose start leads are looked at: then the rows are the leads that a
            registered model would score, with its features. None gives the rows that a training
            learns from and is judged on, with what became of them; their features are learned from
            them, and no model is needed.
        version: Number or alias of the model whose features are built; of use with ``as_of``.
        resources: Memory and threads of the feature engine.
        **tables: See ``propensity.score``.

    Raises:
        DataError: The input cannot be used; everything wrong is listed.
        RefusedError: No row can be learned from.
        RegistryError: No such version, or the registry cannot be reached.
    """
    from propensity.api import day_of
    from propensity.registry.champion import load_champion
    from propensity.scoring.job import ScoringResources, open_input
    from training.estimator.feature_frame import labelled, open_leads
    from training.learn.rows.sources import open_sources

    with given(config, input, tables) as settings:
        if as_of is None:
            with open_sources(settings, resources=resources) as store:
                return labelled(settings, store)
        champion = load_champion(settings, version)
        day = day_of(as_of, champion.model)
        use = ScoringResources(resources.memory_limit, resources.threads)
        with open_input(settings, champion.model, use, as_of_day=day) as store:
            return open_leads(champion.model, store, day)


def write_definition(
    config: AnyConfig,
    path: Path | str,
    *,
    input: Input = None,
    preset: str = "plain",
    version: str | int | None = None,
    today: date | None = None,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> "WrittenDefinition":
    """Propose a definition for a registered model, with cuts and a line from data.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        path: New file; one that is there is never overwritten.
        input: See ``propensity.score``.
        preset: The rules to start from: ``plain``, ``japan-finance`` or ``japan-demo``.
        version: Number or alias; by default the challenger, else the champion.
        today: Day from which the review is a quarter away; default this one.
        on_step: Told about progress.
        **tables: See ``propensity.score``.

    Raises:
        ConfigError: The file exists, or there is no such preset.
        RegistryError: No such version.
        DataError: The input cannot be used.
    """
    from training.definition.command import write_definition as run

    with given(config, input, tables) as settings:
        return run(
            settings,
            path=Path(path),
            today=today or datetime.now(UTC).date(),
            preset=preset,
            version=version,
            on_step=on_step,
        )


def show_definition(
    config: AnyConfig,
    *,
    input: Input = None,
    version: str | int | None = None,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> "DefinitionReport":
    """Measure a definition on leads that the model had not seen: the one that the configuration
    names, else the one in use.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        input: See ``propensity.score``.
        version: Version of the model, number or alias; by default the challenger, else the
            champion.
        on_step: Told about progress.
        **tables: See ``propensity.score``.

    Raises:
        ConfigError: The definition cannot be used.
        RegistryError: No such version.
        DataError: The input cannot be used.
    """
    from training.definition.command import show_definition as run

    with given(config, input, tables) as settings:
        return run(settings, version=version, on_step=on_step)


def threshold(
    config: AnyConfig,
    *,
    input: Input = None,
    asked: dict[str, Any] | None = None,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> "Study":
    """Show what every MQL line would lead to, and choose one by a policy.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        input: See ``propensity.score``.
        asked: Parts of a policy, by the name of their key in the definition (``mql.policy``), such
            as ``{"capacity_per_week": 40}``; they go before the definition's own.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.
        **tables: See ``propensity.score``.

    Raises:
        ConfigError: The definition does not fit the input, or the input is a flat table.
        DataError: The input cannot be used.
        RefusedError: The history is too short.
        RegistryError: The registry cannot be reached.
    """
    from training.threshold.command import threshold as run

    with given(config, input, tables) as settings:
        return run(settings, asked=asked, resources=resources, on_step=on_step)


def review(
    config: AnyConfig,
    folder: Path | str,
    *,
    input: Input = None,
    version: str | int | None = None,
    language: str | None = None,
    only: str | None = None,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> tuple[Path, ...]:
    """Write the definition-review pack.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        folder: Folder of the pack; an earlier pack there is replaced, anything else is left alone.
        input: See ``propensity.score``.
        version: Number or alias; by default the challenger, else the champion.
        language: ``en`` or ``ja``; default the configuration's.
        only: ``sla`` for the sheet alone, which needs no model.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.
        **tables: See ``propensity.score``.

    Returns:
        The folder's files, the page first.

    Raises:
        ConfigError: No such language or part, the folder is no pack, or the definition does not fit
            the input.
        RegistryError: No such version, or the registry cannot be reached.
        DataError: The input cannot be used.
        RefusedError: The history is too short to hold out a part of it.
    """
    from training.review.command import review as run

    with given(config, input, tables) as settings:
        return run(
            settings,
            folder=Path(folder),
            version=version,
            language=language,
            only=only,
            resources=resources,
            on_step=on_step,
        )


def monitor(
    config: AnyConfig,
    *,
    input: Input = None,
    as_of: date | str | None = None,
    log: bool = True,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
    **tables: Unpack[GivenTables],
) -> "Monitored":
    """Watch the nights that were run: what was promised, what was kept, what has moved.

    Args:
        config: A configuration, the path of its file, or what such a file holds as a mapping.
        input: See ``propensity.score``.
        as_of: Day of the look; default today, in the time zone of the sources.
        log: Whether the figures by week are written to the registry.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.
        **tables: See ``propensity.score``.

    Raises:
        RefusedError: The input is a flat table, or no night was run up to the look.
        PropensityError: See ``training.monitor.watched.watched``.
    """
    from training.monitor.command import monitor as run

    with given(config, input, tables) as settings:
        return run(settings, as_of=as_of, log=log, resources=resources, on_step=on_step)
