"""`propensity init`, `audit`, `train`, `compare`, `backtest` and `simulate`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from propensity import cli as use
from training.commands.options import (
    ConfigFile,
    JsonFile,
    MemoryLimit,
    Threads,
    builder_of,
    resources_of,
)

_File = Annotated[list[str] | None, typer.Option(metavar="FILE", show_default=False)]


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


def train(
    config: ConfigFile,
    accept_audit: Annotated[
        str | None,
        typer.Option(
            metavar="REASON", help="Train on a red audit; the reason is stored with the model."
        ),
    ] = None,
    own_model: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A LightGBM text model of your own in the place of the tournament; it was trained"
            " over the features of propensity.features.",
        ),
    ] = None,
    trained_until: Annotated[
        str | None,
        typer.Option(
            metavar="DAY", help="The day before which the own model saw what became of leads."
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
    from training.train.own_model import OwnModel
    from training.train.show import show

    if trained_until is not None and own_model is None:
        raise typer.BadParameter("it goes with --own-model", param_hint="--trained-until")
    own = OwnModel(own_model, trained_until) if own_model is not None else None
    with use.steps() as on_step:
        if engine == "spark":
            on_step("starting Spark", 0.0)
        with builder_of(engine, shared_folder, memory_limit) as build:
            trained = run(
                settings,
                own_model=own,
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


def evaluate(
    config: ConfigFile,
    model: Annotated[
        str, typer.Option("--model", metavar="VERSION|ALIAS", help="The one that is judged.")
    ] = "champion",
    input_files: use.InputFiles = None,
    memory_limit: MemoryLimit = None,
    threads: Threads = None,
) -> None:
    """Judge a registered version on leads later than anything it learned from."""
    from propensity.config.other_files import named_files, reading
    from training.api import evaluate as run
    from training.evaluate.show import report

    settings = reading(use.settings_of(config), named_files(input_files) if input_files else None)
    with use.steps() as on_step:
        found = run(
            settings, version=model, on_step=on_step, resources=resources_of(memory_limit, threads)
        )
    use.echo(report(found))
    if found.matters:
        raise typer.Exit(use.WARNED)


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
