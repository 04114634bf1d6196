"""`propensity closed-loop`, `threshold`, `review` and `decide`."""

from pathlib import Path
from typing import Annotated

import typer

from propensity import cli as use
from training.commands.options import (
    ConfigFile,
    JsonFile,
    MemoryLimit,
    Threads,
    resources_of,
)


def closed_loop(
    config: ConfigFile,
    json: JsonFile = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the points table for a spreadsheet.")
    ] = None,
    force: use.Force = False,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
) -> None:
    """Show which actions of leads end in a win, and the points table that follows."""
    settings = use.settings_of(config)

    from propensity.inputs import inputs_of
    from training.api import closed_loop as run
    from training.closed_loop.files import headers, write_csv, write_json
    from training.closed_loop.show import show

    inputs = inputs_of(settings, ("CONFIG", config))
    as_json = inputs.file(json, "--json", force=force) if json else None
    as_csv = inputs.file(csv, "--csv", force=force, headers=headers()) if csv else None
    with use.steps() as on_step:
        found = run(settings, on_step=on_step, resources=resources_of(memory_limit, threads))
    show(found, settings, use.console(100))
    if as_json is not None:
        write_json(found, as_json)
    if as_csv is not None:
        write_csv(found, settings.language, as_csv)


def threshold(
    config: ConfigFile,
    capacity: Annotated[
        float | None, typer.Option(min=0, help="New MQLs that can be worked per week.")
    ] = None,
    precision: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of MQLs that must close: 0.2.")
    ] = None,
    volume: Annotated[
        float | None, typer.Option(min=0, help="New MQLs that marketing promises per week.")
    ] = None,
    cost: Annotated[
        float | None, typer.Option(min=0, help="Of working one MQL, in the currency of amounts.")
    ] = None,
    maximise: Annotated[str | None, typer.Option(help="wins, or value less cost.")] = None,
    json: JsonFile = None,
    force: use.Force = False,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
) -> None:
    """Show what every MQL line would lead to, and choose one by a policy."""
    from propensity.inputs import inputs_of
    from training.api import threshold as run
    from training.threshold.files import write
    from training.threshold.show import show

    settings = use.settings_of(config)
    asked = {
        "capacity_per_week": capacity,
        "minimum_precision": precision,
        "minimum_per_week": volume,
        "cost_per_contact": cost,
        "maximise": maximise,
    }
    inputs = inputs_of(settings, ("CONFIG", config), writes=frozenset({"monitor.threshold"}))
    as_json = inputs.file(json, "--json", force=force) if json else None
    with use.steps() as on_step:
        study = run(
            settings, asked=asked, resources=resources_of(memory_limit, threads), on_step=on_step
        )
    use.echo(show(study, language=settings.language), width=100)
    if as_json is not None:
        write(study, as_json)
        typer.echo(f"\nWrote {json}.")
    if study.choice.conflicts:
        raise typer.Exit(use.WARNED)


def review(
    config: ConfigFile,
    version: Annotated[
        str | None,
        typer.Option(metavar="VERSION|ALIAS", help="Default the challenger, else the champion."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="en|ja", help="Default the configuration's.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Default `review.out`, beside CONFIG.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="sla", help="The sheet alone, as it is made every month.")
    ] = None,
    walkthrough: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Instead of the pack, leads by name for the talk with sales: a list (.csv), or a"
            " page to search and compare (.html).",
        ),
    ] = None,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
) -> None:
    """Write the definition-review pack: what sales and marketing look at together."""
    from propensity.inputs import inputs_of
    from training.api import review as run

    settings = use.settings_of(config)
    if walkthrough is not None:
        from training.review.walkthrough import walkthrough as list_leads

        with use.steps() as on_step:
            n = list_leads(
                settings,
                walkthrough,
                pack=out or config.parent / settings.review.out,
                version=version,
                language=language,
                resources=resources_of(memory_limit, threads),
                on_step=on_step,
            )
        typer.echo(
            f"Wrote {walkthrough}: {n} leads by name, for the check with sales on this machine"
            " alone."
        )
        typer.echo("It is in no pack, no registry and no git. Delete it after the talk.")
        return
    with use.steps() as on_step:
        folder = out or config.parent / settings.review.out
        inputs_of(settings, ("CONFIG", config)).folder(folder, "--out")
        written = run(
            settings,
            folder,
            version=version,
            language=language,
            only=only,
            resources=resources_of(memory_limit, threads),
            on_step=on_step,
        )
    tables = [path for path in written if path.parent != folder]
    for path in written:
        if path not in tables:
            typer.echo(f"Wrote {path}")
    if tables:
        typer.echo(f"Wrote {len(tables)} tables to {tables[0].parent}")


def decide(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The decisions.yaml of a review, filled in.")
    ],
    config: ConfigFile,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and show; write nothing.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="New definition file; default beside the old one, with the day."
        ),
    ] = None,
) -> None:
    """Write what a review decided: into decisions.yaml, and into a new definition file."""
    from datetime import datetime

    from features.zone import zone
    from propensity.config.config import load
    from training.decide.command import decide as run
    from training.decide.show import lines

    today = datetime.now(zone(load(config).input.timezone or "UTC")).date()
    with use.steps() as on_step:
        found = run(file, config, today=today, out=out, dry_run=dry_run, on_step=on_step)
    for line in lines(found, config, dry_run=dry_run):
        typer.echo(line)
    if found.definition is not None and not dry_run:
        raise typer.Exit(use.WARNED)  # it counts only when the configuration names it
