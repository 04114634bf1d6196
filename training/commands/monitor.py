"""`propensity monitor`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from propensity import cli as use
from training.commands.options import ConfigFile, JsonFile, MemoryLimit, Threads, resources_of


def monitor(
    config: ConfigFile,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="Look on this day, with what was known then; default today.",
        ),
    ] = None,
    json: JsonFile = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The page; default monitor.html beside CONFIG."),
    ] = None,
    no_log: Annotated[
        bool, typer.Option("--no-log", help="Write no figures to the registry.")
    ] = False,
    force: use.Force = False,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
) -> None:
    """Watch the nights: do leads close as promised, are the promises kept, is it time to
    retrain?
    """
    settings = use.settings_of(config)

    from features.files.whole_file import write_text
    from propensity.inputs import inputs_of
    from training.api import monitor as run
    from training.monitor.files import write_json
    from training.monitor.page import page
    from training.monitor.show import show

    inputs = inputs_of(settings, ("CONFIG", config))
    drawn = inputs.file(
        html or config.parent / "monitor.html", "--html", force=force, mode=settings.output.mode
    )
    as_json = inputs.file(json, "--json", force=force) if json else None
    with use.steps() as on_step:
        look = run(
            settings,
            as_of=as_of.date() if as_of else None,
            log=not no_log,
            resources=resources_of(memory_limit, threads),
            on_step=on_step,
        )
    use.echo(show(look, language=settings.language), width=100)
    write_text(page(look, language=settings.language), drawn)
    if as_json is not None:
        write_json(look, as_json)
    typer.echo(f"\nWrote {drawn.path}{f' and {json}' if json is not None else ''}.")
    if look.matters:
        raise typer.Exit(use.WARNED)
