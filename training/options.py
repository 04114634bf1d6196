"""Options that the commands of training share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propensity import cli as use

if TYPE_CHECKING:
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


def resources_of(memory_limit: str | None, threads: int | None) -> "Resources":
    """What the feature engine may use, as the options say."""
    from features.resources import Resources  # noqa: PLC0415 — heavy imports wait until a command needs them

    use.tell_of_threads(threads)
    return Resources(memory_limit, threads)
