"""Options that the commands of training share."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propensity import cli as use

if TYPE_CHECKING:
    from features.build.build import Builder
    from features.resources import Resources

ConfigFile = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="YAML file; `propensity init DATA…` writes one.")
]
JsonFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write everything as JSON too.")
]
MemoryLimit = Annotated[str | None, typer.Option(help="Of the feature engine, such as 4GB.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Of the feature engine, at most.")]
ModelVersion = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="VERSION|ALIAS", help="Default the challenger, else the champion."
    ),
]

#: Memory of the feature engine in a task of Spark, where nothing is said: a machine runs several.
_OF_A_TASK = "2GB"


def resources_of(memory_limit: str | None, threads: int | None) -> "Resources":
    """What the feature engine may use, as the options say."""
    from features.resources import Resources

    use.tell_of_threads(threads)
    return Resources(memory_limit, threads)


def builder_of(
    engine: str, shared_folder: Path | None, memory_limit: str | None
) -> "AbstractContextManager[Builder]":
    """Who builds features, as the options say; each task of Spark may use 2 GB unless told."""
    if use.is_local(engine, shared_folder):
        from features.build.build import built

        return nullcontext(built)
    from propensity.spark.builder import builder_of_process

    return builder_of_process(shared_folder, memory_limit or _OF_A_TASK)
