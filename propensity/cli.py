"""The commands of use: score, nightly, ledger, explain, promote, rollback, history, models."""

import os
import re
import sys
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from propensity.name_clash import refuse_shadows

refuse_shadows("features")

from propensity.failures import told_in_sentences  # noqa: E402 — a shadow would fail here, less plainly
from propensity.progress import StepDisplay  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console

    from propensity.config.config import Config
    from propensity.scoring.job import Engine

__all__ = [
    "Force",
    "StepDisplay",
    "app",
    "console",
    "echo",
    "main",
    "settings_of",
    "steps",
    "tell_of_threads",
]

#: Columns that a waterfall needs.
_NARROWEST = 40
#: Exit codes: 0 done; 1 failed; 2 wrong call; these two are ours.
WARNED, REFUSED = 10, 20

app = typer.Typer(
    name="propensity",
    help="Lead scoring that data scientists can check and salespeople believe.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_ConfigFile = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="YAML file that names sources and columns.")
]
_AsOf = Annotated[
    datetime | None,
    typer.Option(
        metavar="DATE",
        formats=["%Y-%m-%d"],
        help="Look at the leads at the start of this day; default today.",
    ),
]
_ModelVersion = Annotated[
    str, typer.Option("--model", metavar="VERSION|ALIAS", help="Of the model.")
]
_MemoryLimit = Annotated[str, typer.Option(help="Of the feature engine; beyond it, disk is used.")]
Force = Annotated[
    bool, typer.Option("--force", help="Replace files that Propensity did not write.")
]
_BatchLeads = Annotated[int, typer.Option(min=1, help="Leads in memory at a time.")]
_AcceptInput = Annotated[
    str | None,
    typer.Option(
        metavar="REASON",
        help="Score although the input is not what the model was trained on; stands in rows.",
    ),
]
_JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Also write counts and differences as codes."),
]
EngineName = Annotated[
    Literal["local", "spark"],
    typer.Option(help="Who computes: this machine, or Spark where one is too small."),
]
SharedFolder = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="With Spark on several machines, a folder that all of them see."
    ),
]
InputFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="FILE|NAME=FILE",
        help="Another file for a source: leads=…, events=…; a bare FILE is the flat table's.",
    ),
]
_Threads = Annotated[int | None, typer.Option(min=1, help="At most; default all cores.")]


@app.command(rich_help_panel="Use")
def score(
    config: _ConfigFile,
    input_files: InputFiles = None,
    decided: Annotated[
        bool,
        typer.Option(
            "--decided", help="Of a flat table, score rows too whose outcome says won or lost."
        ),
    ] = False,
    as_of: _AsOf = None,
    out: Annotated[
        Path | None, typer.Option(help="Scored file, .parquet or .csv; default as configured.")
    ] = None,
    model: _ModelVersion = "champion",
    definition: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Try this definition; what comes out is a DRAFT."),
    ] = None,
    memory_limit: _MemoryLimit = "2GB",
    threads: _Threads = None,
    batch_leads: _BatchLeads = 100_000,
    accept_input: _AcceptInput = None,
    engine: EngineName = "local",
    shared_folder: SharedFolder = None,
    json_file: _JsonFile = None,
    force: Force = False,
    database: Annotated[
        bool,
        typer.Option(
            "--database/--no-database", help="Write to the table of output.database too, if any."
        ),
    ] = True,
) -> None:
    """Score every open lead, with reasons that add up."""
    from propensity.config.other_files import named_files, reading

    settings = reading(settings_of(config), named_files(input_files) if input_files else None)
    path = out or Path(settings.output.path)

    from propensity import api
    from propensity.inputs import inputs_of, scored_output
    from propensity.scoring.differences import InputStopError
    from propensity.scoring.job import ScoringResources
    from propensity.scoring.show import report
    from propensity.scoring.summary_file import write_refusal, write_summary

    tell_of_threads(threads)
    read = (("CONFIG", config), ("--definition", definition))
    inputs = inputs_of(settings, *read)
    scored = scored_output(inputs, settings, path, force=force)
    report_file = inputs.file(json_file, "--json", force=force) if json_file else None
    with steps() as on_step:

        def on_progress(done: int, total: int) -> None:
            on_step.count("scoring", done, total, "leads")

        if engine == "spark":
            on_step("starting Spark", 0.0)
        try:
            with _engine(engine, shared_folder, memory_limit, on_progress) as elsewhere:
                done = api.score(
                    settings,
                    decided=decided,
                    as_of=_day(as_of),
                    out=scored,
                    version=model,
                    definition=definition,
                    accept_input=accept_input,
                    engine=elsewhere,
                    database=database,
                    resources=ScoringResources(memory_limit, threads, batch_leads),
                    on_step=on_step,
                    on_progress=on_progress,
                )
        except InputStopError as error:
            if report_file is not None:
                write_refusal(error, report_file)
            raise
    if report_file is not None:
        write_summary(done.summary, report_file)
    echo(report(done.summary, path, done.delivered))
    if done.summary.matters:
        raise typer.Exit(WARNED)


@app.command(rich_help_panel="Use")
def nightly(
    config: _ConfigFile,
    as_of: _AsOf = None,
    memory_limit: _MemoryLimit = "2GB",
    threads: _Threads = None,
    batch_leads: _BatchLeads = 100_000,
    accept_input: _AcceptInput = None,
    json_file: _JsonFile = None,
    force: Force = False,
) -> None:
    """Score every open lead, hand over what is new once, and list who is due, late and cooled."""
    settings = settings_of(config)

    from propensity import api
    from propensity.inputs import inputs_of
    from propensity.night.show import report
    from propensity.scoring.differences import InputStopError
    from propensity.scoring.job import ScoringResources
    from propensity.scoring.summary_file import write_refusal, write_summary

    tell_of_threads(threads)
    inputs = inputs_of(settings, ("CONFIG", config))
    report_file = inputs.file(json_file, "--json", force=force) if json_file else None
    with steps() as on_step:
        try:
            run = api.nightly(
                settings,
                as_of=_day(as_of),
                accept_input=accept_input,
                resources=ScoringResources(memory_limit, threads, batch_leads),
                on_step=on_step,
                on_progress=lambda done, total: on_step.count("scoring", done, total, "leads"),
            )
        except InputStopError as error:
            if report_file is not None:
                write_refusal(error, report_file)
            raise
    if report_file is not None:
        write_summary(run.summary, report_file, lists=run.lists)
    echo(report(run))
    if run.summary.matters:
        raise typer.Exit(WARNED)


@app.command(rich_help_panel="Use")
def ledger(
    config: _ConfigFile,
    lead_id: Annotated[
        str | None, typer.Argument(metavar="[LEAD_ID]", help="Show the course of this lead.")
    ] = None,
) -> None:
    """List the nights that were run and check the ledger, or show what happened to one lead."""
    settings = settings_of(config)

    from propensity.ledger.ledger import ledger_of
    from propensity.ledger.show import course, nights
    from propensity.ledger.verify import wrong_facts

    with ledger_of(settings) as found:
        if lead_id is not None:
            facts = found.course(lead_id)
            echo(course(lead_id, facts, settings.input.timezone or "UTC"))
            return
        ran = found.nights()
        wrong = wrong_facts(found.facts(), ran)
    echo(nights(ran, wrong))
    if wrong:
        raise typer.Exit(WARNED)


@app.command(rich_help_panel="Use")
def explain(
    lead_id: Annotated[str, typer.Argument(metavar="LEAD_ID", help="As in the leads table.")],
    config: _ConfigFile,
    as_of: _AsOf = None,
    model: _ModelVersion = "champion",
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE|FILE",
            help="What moved the lead since this day, or since this scored file.",
        ),
    ] = None,
) -> None:
    """Draw one lead's sum, its reasons in words, and what moved it."""
    settings = settings_of(config)

    from propensity import api
    from propensity.explanation.show_change import report
    from propensity.explanation.waterfall import draw

    earlier, day = _since(since) if since else None, _day(as_of)
    with steps() as on_step:
        if earlier is None:
            found = api.explain(settings, lead_id, as_of=day, version=model, on_step=on_step)
        else:
            moved = api.moved(
                settings, lead_id, since=earlier, as_of=day, version=model, on_step=on_step
            )
    if earlier is None:
        echo([draw(found, settings.audience, width=max(console(80).width, _NARROWEST))])
    else:
        echo(report(moved, settings.audience))


@app.command(rich_help_panel="Use")
def promote(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Number, or `challenger`.")],
    config: _ConfigFile,
    signed_by: Annotated[
        list[str] | None,
        typer.Option(metavar="'ROLE: NAME'", help="Who signed the definition; once for each."),
    ] = None,
    signed_on: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="The day on which they signed, where that was before today; default now.",
        ),
    ] = None,
    override: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            help="Promote whatever the gate and the trial said; the log keeps the reason.",
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="Try the first scoring on this day; default today, or the day the sources end.",
        ),
    ] = None,
) -> None:
    """Make a version the champion: the one that scores, by the definition that was signed."""
    from propensity import api
    from propensity.promotion.show import promoted

    settings = settings_of(config)
    done = api.promote(
        settings,
        version,
        signed_by=signed_by or (),
        signed_on=_day(signed_on),
        override=override,
        as_of=_day(as_of),
    )
    echo(promoted(done, settings.model_name))
    if done.waits:
        raise typer.Exit(WARNED)


@app.command(rich_help_panel="Use")
def rollback(
    config: _ConfigFile,
    because: Annotated[
        str | None, typer.Option(metavar="REASON", help="Why; for the promotion log.")
    ] = None,
) -> None:
    """Return to the champion before: its model, by the definition it had then."""
    from propensity import api
    from propensity.promotion.show import rolled_back

    settings = settings_of(config)
    echo(rolled_back(api.rollback(settings, because=because), settings.model_name))


@app.command(rich_help_panel="Use")
def models(config: _ConfigFile) -> None:
    """List the registered versions."""
    from propensity.promotion.show import versions
    from propensity.registry import Registry

    registry = Registry.of(settings_of(config))
    echo(versions(registry.model_name, registry.versions()))


@app.command(rich_help_panel="Use")
def history(config: _ConfigFile) -> None:
    """List who was champion when, who signed, why, and what the gate said."""
    from propensity.promotion.show import promotions
    from propensity.registry import Registry

    registry = Registry.of(settings_of(config))
    log = registry.promotions() if registry.versions() else []
    echo(promotions(registry.model_name, log, registry.pair()))


def _engine(
    name: str,
    shared_folder: Path | None,
    memory_limit: str,
    on_progress: "Callable[[int, int], None]",
) -> "AbstractContextManager[Engine | None]":
    """Who scores; None for this process."""
    if is_local(name, shared_folder):
        return nullcontext()
    from propensity.spark.scoring import engine_of_process

    return engine_of_process(shared_folder, memory_limit, on_progress)


def is_local(engine: str, shared_folder: Path | None) -> bool:
    """Whether this process computes; it shares no folder with anybody."""
    if engine == "local" and shared_folder is not None:
        raise typer.BadParameter("it is of use with --engine spark", param_hint="--shared-folder")
    return engine == "local"


def tell_of_threads(asked: int | None) -> None:
    """Say so where more threads are asked for than there are cores."""
    from features.resources import cores

    if asked is not None and asked > cores():
        typer.echo(f"--threads {asked}: {cores()} are used, one for each core.", err=True)


def steps() -> StepDisplay:
    """Progress of a command, for a ``with`` statement."""
    return StepDisplay()


def main(commands: "Callable[[], object]" = app) -> None:
    """Run a command line.

    Exit codes: 0 done, 1 failed, 2 called wrongly, 10 done with a warning that matters, 20 refused.
    """
    # a terminal or pipe that knows no Japanese gets a question mark
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    with told_in_sentences():
        commands()


def settings_of(path: Path) -> "Config":
    """The configuration in a file, read when a command asks for it."""
    from propensity.config.config import load

    return load(path)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _since(given: str) -> date | Path:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise typer.BadParameter(f"no such day: {given}", param_hint="--since") from None
    return Path(given)


def echo(parts: "Iterator[object] | list[object]", *, width: int = 80) -> None:
    """Print on stdout, so many columns wide where nobody says otherwise."""
    to = console(width, markup=False, emoji=False)
    for part in parts:
        to.print(part)


def console(width: int, *, markup: bool = True, emoji: bool = True) -> "Console":
    """Stdout as a terminal shows it; elsewhere as wide as ``COLUMNS`` or we say."""
    from rich.console import Console

    found = Console(markup=markup, highlight=False, emoji=emoji, soft_wrap=False)
    if not found.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        found.width = width
    return found


if __name__ == "__main__":
    main()
