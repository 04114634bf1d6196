"""`propensity definition write` and `show`."""

from pathlib import Path
from typing import Annotated

import typer

from propensity import cli as use
from training.commands.options import ConfigFile, ModelVersion

definition = typer.Typer(
    help="Propose the MQL definition, and show what one is worth.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@definition.command("write")
def definition_write(
    config: ConfigFile,
    out: Annotated[
        Path, typer.Option(help="New file; an existing one is never overwritten.")
    ] = Path("definition.yaml"),
    preset: Annotated[
        str, typer.Option(help="plain, japan-finance or japan-demo: whose rules to start from.")
    ] = "plain",
    model: ModelVersion = None,
) -> None:
    """Write a definition for a model, with cuts and a line proposed from data."""
    from propensity.concepts.wording import plain
    from training.api import write_definition as run
    from training.definition.show import show as shown

    settings = use.settings_of(config)
    with use.steps() as on_step:
        written = run(settings, out, preset=preset, version=model, on_step=on_step)
    use.echo(shown(written.worth, written.redraws, language=settings.language))
    for pattern, names in written.renamed.items():
        typer.echo(
            f"The preset's events {pattern!r} are called {', '.join(map(plain, names))} here."
        )
    for doubt in written.doubts:
        typer.echo(f"Warning: {doubt}")
    typer.echo(f"\nWrote {out}, a DRAFT for version {written.version} of {settings.model_name}.")
    if settings.definition is None:
        typer.echo(
            f"Name it in {config} (definition: {out}) and agree on it; then\n  propensity promote",
            nl=False,
        )
        typer.echo(
            f" {written.version} {config} --signed-by 'sales: NAME' --signed-by 'marketing: NAME'"
        )
    if written.doubts:
        raise typer.Exit(use.WARNED)


@definition.command("show")
def definition_show(config: ConfigFile, model: ModelVersion = None) -> None:
    """Grades, quadrants and instructions of a definition on outcomes the model had not seen."""
    from training.api import show_definition as run
    from training.definition.show import show as shown
    from training.learn.rows.earlier_changes import sentence

    settings = use.settings_of(config)
    with use.steps() as on_step:
        found = run(settings, version=model, on_step=on_step)
    typer.echo(
        f"Definition {found.version}"
        if found.definition
        else "No definition yet; grades by the model's own cuts."
    )
    use.echo(shown(found.worth, found.redraws, language=settings.language))
    for change in found.definition.changes if found.definition else ():
        typer.echo(f"decided: {sentence(change)}")
    for doubt in found.doubts:
        typer.echo(f"Warning: {doubt}")
    if found.doubts or any(disorder.beyond_noise for disorder in found.worth.disorders):
        raise typer.Exit(use.WARNED)
