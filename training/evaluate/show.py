"""What `propensity evaluate` prints."""

from collections.abc import Iterator

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from training.evaluate.command import ModelEvaluation
from training.learn.metrics.calibration_sentences import calibration_lines

#: Figures that are shown, in this order, with their names.
_SHOWN = {
    "roc_auc": ("ROC AUC", ".3f"),
    "average_precision": ("average precision", ".3f"),
    "captured_in_top_20": ("wins in the top 20 %", ".0%"),
    "log_loss": ("log loss", ".4f"),
    "brier": ("Brier score", ".4f"),
    "calibration_slope": ("calibration slope", ".2f"),
}


def report(found: ModelEvaluation) -> Iterator[RenderableType]:
    """The figures beside those of the training, and what is said of the calibration."""
    when = f", looked at from {found.first} to {found.last}" if found.first else ""
    figures = found.figures
    yield Text(
        f"{found.name}, version {found.version}, on leads it did not learn from{when}:"
        f" {figures.n_rows:,} rows of {figures.n_leads:,} leads, {figures.n_wins_leads:,} won",
        style="bold",
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("now", "95 % interval", "in training"):
        table.add_column(name, justify="right", no_wrap=True)
    for key, (name, form) in _SHOWN.items():
        each, then = figures.figures[key], found.promised.get(key)
        table.add_row(
            name,
            format(each.value, form),
            f"{each.low:{form}} to {each.high:{form}}",
            "" if then is None else format(then, form),
        )
    yield table
    yield from map(Text, calibration_lines(found.calibration))
