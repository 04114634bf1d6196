"""The sheet without the rest of the pack, as it is made every month: it needs no model."""

from pathlib import Path

from features.intake.monthly import open_monthly
from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.progress import OnStep, silent
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.funnel.sheet_figures import sla_figures
from training.review.sheet.workbook import workbook
from training.review.words import words_of


def sheet_alone(
    config: Config,
    *,
    language: str,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
) -> dict[str, bytes]:
    """The sheet as the only file of a pack: its name to its content.

    Args:
        config: Names the sources, channels, personas and prices.
        language: ``en`` or ``ja``.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.

    Raises:
        DataError: The input cannot be used, or a rule asks for what it does not have.
    """
    on_step("reading and checking the sources", 0.0)
    monthly = open_monthly(
        config.input,
        quarantine=Path(config.output.quarantine),
        quarantine_mode=config.output.mode,
    )
    with open_sources(config, resources=resources) as store:
        run = Run(config, store)
        on_step("counting leads", 0.8)
        figures = sla_figures(run, monthly)
    return {"sla.xlsx": workbook(figures, words_of("sheet", language))}
