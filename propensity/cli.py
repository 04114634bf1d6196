"""The commands of use: score, explain, promote, rollback, history, models."""

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propensity.name_clash import refuse_shadows

refuse_shadows("features")

from features.errors import PropensityError, RefusedError  # noqa: E402 — a shadow would fail here, less plainly
from propensity.progress import StepDisplay  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from propensity.config.config import Config
    from propensity.registry import Registry
    from propensity.registry.champion import Champion

__all__ = ["StepDisplay", "app", "echo", "main", "steps"]

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
_Threads = Annotated[int | None, typer.Option(min=1, help="At most; default all cores.")]


@app.command(rich_help_panel="Use")
def score(
    config: _ConfigFile,
    as_of: _AsOf = None,
    out: Annotated[
        Path | None, typer.Option(help="Scored file, .parquet or .csv; default as configured.")
    ] = None,
    model: _ModelVersion = "champion",
    definition: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Try this definition; what comes out is a DRAFT."),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Scored file of an earlier day: its MQLs stay so down to the leave line.",
        ),
    ] = None,
    memory_limit: _MemoryLimit = "2GB",
    threads: _Threads = None,
    batch_leads: Annotated[int, typer.Option(min=1, help="Leads in memory at a time.")] = 100_000,
) -> None:
    """Score every open lead, with reasons that add up."""
    settings = _config(config)
    path = out or Path(settings.output.path)

    from propensity.scoring.scored_file import check_path

    check_path(path)

    from features.days import date_of
    from propensity.grading.previous_scores import read_previous
    from propensity.registry.champion import load_champion
    from propensity.scoring.job import Resources, open_input, score_to_file
    from propensity.scoring.show import report

    resources = Resources(memory_limit=memory_limit, threads=threads, batch_leads=batch_leads)
    with steps() as on_step:
        on_step("loading the model", 0.0)
        champion = load_champion(settings, model, definition=definition)
        as_of_day = _as_of_day(as_of, champion)
        before = read_previous(previous, before=date_of(as_of_day)) if previous else None
        on_step("reading the leads", 0.0)
        with open_input(settings, champion.model, resources) as store:
            summary = score_to_file(
                champion,
                store,
                as_of_day,
                config=settings,
                path=path,
                previous=before,
                resources=resources,
                on_progress=lambda done, total: on_step.count("scoring", done, total, "leads"),
            )
    echo(report(summary, path))
    if summary.matters:
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
    settings = _config(config)

    from propensity.explanation.change import moved_since
    from propensity.explanation.explanation import explain as explain_lead
    from propensity.explanation.show_change import report as moved_report
    from propensity.explanation.waterfall import draw
    from propensity.registry.champion import load_champion
    from propensity.scoring.job import Resources, open_input, telling

    earlier = _since(since) if since else None
    with steps() as on_step:
        on_step("loading the model", 0.0)
        champion = load_champion(settings, model)
        on_step("reading the leads", 0.5)
        with open_input(settings, champion.model, Resources()) as store:
            day = _as_of_day(as_of, champion)
            if earlier is None:
                found = explain_lead(
                    champion.model, store, lead_id, day, telling=telling(champion, settings)
                )
            else:
                moved = moved_since(
                    settings, store, champion, lead_id, since=earlier, as_of_day=day
                )
    if earlier is None:
        echo([draw(found, language=settings.language, labels=settings.labels)])
    else:
        echo(moved_report(moved, language=settings.language, labels=settings.labels))


@app.command(rich_help_panel="Use")
def promote(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Number, or `challenger`.")],
    config: _ConfigFile,
    signed_by: Annotated[
        list[str] | None,
        typer.Option(metavar="'ROLE: NAME'", help="Who signed the definition; once for each."),
    ] = None,
    override: Annotated[
        str | None,
        typer.Option(
            metavar="REASON", help="Promote whatever the gate said; the log keeps the reason."
        ),
    ] = None,
) -> None:
    """Make a version the champion: the one that scores, by the definition that was signed."""
    from propensity.promotion.promotion import promote as promote_pair
    from propensity.promotion.show import promoted

    settings = _config(config)
    done = promote_pair(
        settings, version, signed_by=signed_by or (), override=override, at=datetime.now(UTC)
    )
    echo(promoted(done, settings.model_name))


@app.command(rich_help_panel="Use")
def rollback(
    config: _ConfigFile,
    because: Annotated[
        str | None, typer.Option(metavar="REASON", help="Why; for the promotion log.")
    ] = None,
) -> None:
    """Return to the champion before: its model, by the definition it had then."""
    from propensity.promotion.promotion import roll_back
    from propensity.promotion.show import rolled_back

    settings = _config(config)
    echo(rolled_back(roll_back(settings, because=because), settings.model_name))


@app.command(rich_help_panel="Use")
def models(config: _ConfigFile) -> None:
    """List the registered versions."""
    from propensity.promotion.show import versions

    registry, name = _registry(_config(config))
    echo(versions(name, registry.versions()))


@app.command(rich_help_panel="Use")
def history(config: _ConfigFile) -> None:
    """List who was champion when, who signed, why, and what the gate said."""
    from propensity.promotion.show import promotions

    registry, name = _registry(_config(config))
    echo(promotions(name, registry.promotions() if registry.versions() else [], registry.pair()))


def steps() -> StepDisplay:
    """Progress of a command, for a ``with`` statement."""
    return StepDisplay()


def main(commands: "Callable[[], object]" = app) -> None:
    """Run a command line.

    Exit codes: 0 done, 1 failed, 2 called wrongly, 10 done with a warning that matters, 20 refused.
    What we raise on purpose is a sentence on stderr; everything else is a bug and shows its
    traceback.
    """
    # a terminal or pipe that knows no Japanese gets a question mark
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        commands()
    except PropensityError as error:
        sys.stderr.write(f"Error: {_harmless(str(error))}\n")
        sys.exit(REFUSED if isinstance(error, RefusedError) else 1)


def _harmless(text: str) -> str:
    """Without the control characters that a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _config(path: Path) -> "Config":
    from propensity.config.config import load

    return load(path)


def _registry(config: "Config") -> "tuple[Registry, str]":
    from propensity.registry import Registry

    return Registry(str(config.registry.uri), config.model_name), config.model_name


def _since(given: str) -> date | Path:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise typer.BadParameter(f"no such day: {given}", param_hint="--since") from None
    return Path(given)


def _as_of_day(given: datetime | None, champion: "Champion") -> int:
    """The number of a day, given or today; only here a clock is read."""
    from features.days import day_number, local_day

    return (
        local_day(datetime.now(UTC), champion.model.spec.timezone)
        if given is None
        else day_number(given.date())
    )


def echo(parts: "Iterator[object] | list[object]", *, width: int = 80) -> None:
    """Print on stdout, so many columns wide where nobody says otherwise."""
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = width
    for part in parts:
        console.print(part)


if __name__ == "__main__":
    main()
