"""All commands: those of use, and those of training on top.

The installed ``propensity`` starts here.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from propensity import cli as use
from propensity.name_clash import refuse_shadows

refuse_shadows("training")

from training.commands.definition import definition  # noqa: E402 — a shadow would fail here, less plainly
from training.commands.monitor import monitor  # noqa: E402
from training.commands.options import (  # noqa: E402
    ConfigFile,
    JsonFile,
    MemoryLimit,
    Threads,
    builder_of,
    resources_of,
)

_File = Annotated[list[str] | None, typer.Option(metavar="FILE", show_default=False)]


@use.app.command(rich_help_panel="Learn")
def init(
    data: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DATA…",
            help="CSV, Excel, JSON or Parquet files, or the URL of a database; their values tell"
            " their roles.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Configuration to write; an existing one is never overwritten.")
    ] = Path("propensity.yaml"),
    leads: _File = None,
    joined: _File = None,
    accounts: _File = None,
    events: _File = None,
    outcomes: _File = None,
    changes: _File = None,
    stage_history: _File = None,
) -> None:
    """Write a configuration for your files, with its guesses marked as such.

    The options say of a file what it is, where its values do not tell, or tell it wrongly; each may
    be given several times.
    """
    from training.init.command import write

    declared = {
        "leads": leads or [],
        "joined": [*(joined or []), *(accounts or [])],
        "events": events or [],
        "outcomes": outcomes or [],
        "attribute_changes": changes or [],
        "stage_history": stage_history or [],
    }
    for line in write(data or [], out, declared=declared):
        typer.echo(line)


@use.app.command(rich_help_panel="Learn")
def audit(
    config: ConfigFile,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Everything in full, with its evidence.")
    ] = False,
    json: JsonFile = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The page with pictures; default audit.html beside CONFIG."
        ),
    ] = None,
    force: use.Force = False,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
) -> None:
    """Ask whether the data may carry a model, and which columns lie; before training."""
    from datetime import UTC, datetime

    settings = use.settings_of(config)

    from features.files.whole_file import write_text
    from propensity.inputs import inputs_of
    from training.api import audit as run
    from training.audit.files import write_json
    from training.audit.page import page
    from training.audit.show import show

    inputs = inputs_of(settings, ("CONFIG", config), writes=frozenset({"monitor.audit"}))
    written = inputs.file(html or config.parent / "audit.html", "--html", force=force)
    as_json = inputs.file(json, "--json", force=force) if json else None
    with use.steps() as on_step:
        today = datetime.now(UTC).date()
        found = run(
            settings, today=today, on_step=on_step, resources=resources_of(memory_limit, threads)
        )
    show(found, settings.language, use.console(100), verbose=verbose)
    write_text(page(found, settings), written)
    if as_json is not None:
        write_json(found, as_json)
    typer.echo(f"\nWrote {written.path}{f' and {json}' if json is not None else ''}.")
    if found.light != "green":
        raise typer.Exit(use.REFUSED if found.light == "red" else use.WARNED)


@use.app.command(rich_help_panel="Learn")
def train(
    config: ConfigFile,
    accept_audit: Annotated[
        str | None,
        typer.Option(
            metavar="REASON", help="Train on a red audit; the reason is stored with the model."
        ),
    ] = None,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
    engine: use.EngineName = "local",
    shared_folder: use.SharedFolder = None,
) -> None:
    """Audit the data, learn a model, judge it on the newest leads, register it as challenger."""
    settings = use.settings_of(config)

    from propensity.registry import Registry
    from training.api import train as run
    from training.gate.show import show as gate_report
    from training.train.show import show

    with use.steps() as on_step:
        if engine == "spark":
            on_step("starting Spark", 0.0)
        with builder_of(engine, shared_folder, memory_limit) as build:
            trained = run(
                settings,
                accept_audit=accept_audit,
                build=build,
                on_step=on_step,
                resources=resources_of(memory_limit, threads),
            )
    show(trained, use.console(80))
    use.echo(gate_report(trained.asked))
    version = trained.version
    typer.echo(f"\nRegistered as version {version} of {settings.model_name}, the challenger.")
    if Registry.of(settings).champion() is None:
        typer.echo(
            f"No version scores yet. This one does after: propensity promote {version} {config}"
        )
    if (
        trained.judgement.worse_than
        or trained.audit.light != "green"
        or not trained.asked.gated.passed
        or (trained.price is not None and trained.price.is_open)
    ):
        raise typer.Exit(use.WARNED)


@use.app.command(rich_help_panel="Learn")
def compare(
    config: ConfigFile,
    model: Annotated[
        str, typer.Option("--model", metavar="VERSION|ALIAS", help="The one that wants to be.")
    ] = "challenger",
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
) -> None:
    """Let a registered version meet the champion on leads newer than both, and ask the gate
    again.
    """
    from training.api import compare as run
    from training.gate.show import show as gate_report

    settings = use.settings_of(config)
    with use.steps() as on_step:
        asked = run(
            settings, version=model, on_step=on_step, resources=resources_of(memory_limit, threads)
        )
    use.echo(gate_report(asked))
    if not asked.gated.passed:
        raise typer.Exit(use.WARNED)


@use.app.command(rich_help_panel="Learn")
def backtest(
    config: ConfigFile,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Choose once, on what was known at the first quarter, and keep the choices.",
        ),
    ] = False,
    json: JsonFile = None,
    svg: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The picture; default backtest.svg beside CONFIG."),
    ] = None,
    force: use.Force = False,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
) -> None:
    """Replay every past quarter as if it were today: skill and calibration over time, and how fast
    a model ages.
    """
    from json import dumps

    from features.files.ours import MADE_BY
    from features.files.whole_file import write_text
    from propensity.inputs import inputs_of
    from training.api import backtest as run
    from training.backtest.picture import picture
    from training.backtest.show import show

    settings = use.settings_of(config)
    inputs = inputs_of(settings, ("CONFIG", config), writes=frozenset({"review.backtest"}))
    drawn = inputs.file(svg or config.parent / "backtest.svg", "--svg", force=force)
    as_json = inputs.file(json, "--json", force=force) if json else None
    with use.steps() as on_step:
        found = run(
            settings, quick=quick, on_step=on_step, resources=resources_of(memory_limit, threads)
        )
    use.echo(show(found), width=100)
    write_text(picture(found), drawn)
    if as_json is not None:
        content = {**MADE_BY, **found.to_dict()}
        write_text(dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n", as_json)
    typer.echo(f"\nWrote {drawn.path}{f' and {json}' if json is not None else ''}.")


@use.app.command("closed-loop", rich_help_panel="Agree")
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


@use.app.command(rich_help_panel="Learn")
def simulate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the tables go.")],
    leads: Annotated[int, typer.Option(min=100, help="How many have come so far, about.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same company.")] = 0,
    clean: Annotated[
        bool, typer.Option("--clean", help="Without the mess of real exports.")
    ] = False,
    late: Annotated[
        bool,
        typer.Option("--late", help="With rows written down late: moves, reopenings, corrections."),
    ] = False,
    decision_rounds: Annotated[
        int | None,
        typer.Option(min=1, help="All leads decide together, every so many days: 28."),
    ] = None,
    month_end: Annotated[
        float,
        typer.Option(min=0.01, help="Times as many closings on the last five days of a month."),
    ] = 1.0,
    nights: Annotated[
        int | None,
        typer.Option(
            min=1, help="Live so many nights of the company in FOLDER, by the pair of --config."
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="With --nights: the configuration of `nightly`.")
    ] = None,
) -> None:
    """Simulate a B2B company whose true probabilities are known, or let one live night by night."""
    if nights is not None or config is not None:
        _live(folder, nights, config)
        return

    from training.simulate.command import (
        EVERY_LATE_ROW,
        Company,
        LateRows,
        check_free,
        with_a_year_ahead,
        write,
    )
    from training.simulate.command import simulate as run

    check_free(folder)
    rows = EVERY_LATE_ROW if late else LateRows()
    company = Company(n_leads=leads, seed=seed, mess=not clean, late=rows, month_end=month_end)
    if decision_rounds is not None:
        company = replace(company, decision_days=decision_rounds, together=True)
    world = run(with_a_year_ahead(company))
    write(world, folder)
    typer.echo(f"{world.description}\nWrote the tables to {folder}.")


def _live(folder: Path, count: int | None, config: Path | None) -> None:
    """Live nights, a line each."""
    from training.simulate.nights import nights
    from training.simulate.show import line_of

    if count is None or config is None:
        raise typer.BadParameter("--nights and --config go together.")
    settings = use.settings_of(config)
    found = nights(folder, settings, count=count, on_night=lambda night: typer.echo(line_of(night)))
    typer.echo(f"Lived {len(found)} nights; the tables in {folder} are those of the morning after.")
    if any(night.refused for night in found):
        raise typer.Exit(use.WARNED)


@use.app.command(rich_help_panel="Agree")
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


@use.app.command(rich_help_panel="Agree")
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


@use.app.command(rich_help_panel="Agree")
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


use.app.add_typer(definition, name="definition", rich_help_panel="Agree")
use.app.command(rich_help_panel="Use")(monitor)


def main() -> None:
    """Run the command line."""
    use.main(use.app)


if __name__ == "__main__":
    main()
