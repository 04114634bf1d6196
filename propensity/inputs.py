"""Everything that a configuration makes a command read: what no output may be."""

import os
from pathlib import Path

from features.files.output import Inputs, Output
from features.intake.read_paths import read_paths
from propensity.config.config import Config
from propensity.ledger.address import file_of
from propensity.registry.client import local_store

#: Endings of the files that SQLite and we keep beside a database.
_BESIDE_A_DATABASE = ("-journal", "-wal", "-shm", ".lock")


def inputs_of(
    config: Config, *more: tuple[str, Path | str | None], writes: frozenset[str] = frozenset()
) -> Inputs:
    """The inputs of a command, for its outputs to be kept apart from.

    Args:
        config: Names sources, decisions, definition, files of the review, and the registry.
        more: Further files that the command reads, with what people call them; None is no file.
        writes: Keys of the configuration whose file this command writes, such as
            ``review.backtest``.
    """
    named: list[tuple[str, Path | str | None]] = [
        *read_paths(config.input),
        ("decisions", config.decisions.path),
        ("definition", config.definition),
        ("nightly.overrides", config.nightly.overrides),
        ("review.hypotheses", config.review.hypotheses),
        ("review.backtest", config.review.backtest),
        ("monitor.threshold", config.monitor.threshold),
        ("monitor.audit", config.monitor.audit),
        *_cache(config),
        *_registry(config),
        *more,
    ]
    return Inputs((name, path) for name, path in named if path is not None and name not in writes)


def scored_output(inputs: Inputs, config: Config, path: Path, *, force: bool) -> Output:
    """The scored file to write.

    Raises:
        ConfigError: See :meth:`features.files.output.Inputs.file`.
    """
    return inputs.file(
        path,
        "--out",
        force=force,
        configured=os.path.realpath(path) == os.path.realpath(config.output.path),
        mode=config.output.mode,
    )


def _cache(config: Config) -> list[tuple[str, Path | str | None]]:
    """The folder that keeps what databases said, where one is used."""
    used = any(table.incremental for table in config.input.tables().values())
    return [("input.cache", config.input.cache)] if used else []


def _registry(config: Config) -> list[tuple[str, Path]]:
    """The files of an SQLite registry and ledger, and the folder of the models."""
    ledger, local = file_of(config), local_store(config.registry.uri or "")
    found = _database("the ledger", ledger) if ledger else []
    if local is not None:
        models = local.artifacts_of(config.model_name).parent
        found += [*_database("the registry", local.file), ("the registry's models", models)]
    return found


def _database(name: str, file: Path) -> list[tuple[str, Path]]:
    """A database, and what is kept beside it."""
    beside = (file.with_name(file.name + ending) for ending in _BESIDE_A_DATABASE)
    return [(name, file), *((f"a file of {name}", path) for path in beside)]
