"""What a training run prints: what came in, how good the recipe is, and what matters. 80 columns
are enough.
"""

import math
import unicodedata
from collections.abc import Iterator

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from features.days import date_of
from features.settings import Axis
from features.spec import AttributeSource
from propensity.concepts.wording import plain
from training.audit.gate import LONGEST_REASON
from training.learn.metrics.calibration_sentences import base_rate_lines, calibration_lines
from training.learn.metrics.days import day_lines
from training.learn.metrics.evaluation import Estimate, Evaluation
from training.learn.recipe.axes_price import AxesPrice
from training.learn.recipe.expected_rate import FACT as BASE_RATE
from training.learn.recipe.judgement import Judgement
from training.learn.recipe.newest_level import FACT as LEVEL
from training.learn.recipe.newest_level import level_line
from training.learn.tournament.show import choice_lines, contestants_table
from training.train.command import TrainingResult

#: Concepts shown per axis, and columns of one kind shown.
_TOP = 8
_MOST = 15
#: What a figure that cannot be formed looks like.
_NONE = "–"
#: Unicode categories of what a terminal obeys or what turns text around: control, format,
#: surrogates, separators.
_OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}

#: ROC AUC by which seen leads may be ranked better than new ones before that is said.
_KNOWN_AGAIN = 0.15
_OBSERVED_FROM = {
    "config": "from the configuration",
    "events": "the newest event",
    "outcomes": "the newest outcome",
    "leads": "the newest lead",
}
_BASELINES = {
    "base_rate": "base rate",
    "lead_age": "lead age alone",
    "logistic": "plain logistic",
    "points_table": "points table",
}


def show(trained: TrainingResult, console: Console) -> None:
    """Print a training run."""
    for part in _parts(trained):
        console.print(part)


def _parts(trained: TrainingResult) -> Iterator[RenderableType]:
    yield _heading("What came in")
    yield from (_line(line) for line in trained.intake.lines())
    yield from (_line(line) for line in _snapshots(trained))
    yield from (_line(line) for line in _columns(trained))
    yield _heading("What the audit says")
    yield from (_line(line) for line in _audit(trained))
    yield _heading("Who did best on later leads of the older part")
    if trained.judgement.choice.contestants:
        yield contestants_table(trained.judgement.choice)
    yield from (_line(line) for line in choice_lines(trained.judgement.choice))
    yield _heading(
        "How good the recipe is, on the test part: the newest outcomes, from which it did not learn"
    )
    yield _line(_test_part(trained))
    if trained.judgement.level is not None and trained.judgement.level.shift:
        known = level_line(trained.judgement.level.to_dict())
        yield _line(f"as known on the first of these days, {known}")
    yield _figures(trained.judgement)
    yield from (
        _line(line) for line in _verdicts(trained.judgement, trained.price, _every_days(trained))
    )
    yield _deciles(trained.judgement.recipe)
    yield _heading("What matters (mean effect on the log-odds of the reference population)")
    yield _importance(trained)


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _line(text: str) -> Text:
    """The text as it stands, never as markup, without what a terminal would obey."""
    return Text("".join(c for c in text if unicodedata.category(c) not in _OBEYED))


def _snapshots(trained: TrainingResult) -> Iterator[str]:
    reference = trained.model.reference
    if trained.plan and trained.coverage:
        plan, coverage = trained.plan, trained.coverage
        period = trained.model.facts["period"]
        yield (
            f"observed until {period['observed_until']} ({_OBSERVED_FROM[period['observed_from']]})"
        )
        every = _every_days(trained)
        own = f"every {every} days, each on days of its own" if every > 1 else "every day"
        yield (
            f"leads looked at {own}, from {date_of(plan.older[0])} to {date_of(plan.test[-1])}: "
            f"{len(plan.older)} days teach, {len(plan.embargo)} embargo, {len(plan.test)} judge"
        )
        if coverage.wins:
            share = coverage.wins_seen / coverage.wins
            yield (
                f"{coverage.wins_seen:,} of {coverage.wins:,} wins ({share:.0%}) were seen coming"
                " by a snapshot"
            )
        if coverage.decided_unrecorded:
            yield (
                f"left out: {coverage.decided_unrecorded:,} rows that had closed, which was not"
                " recorded yet"
            )
    yield (
        f"reference population: {reference.rows:,} rows of {reference.leads:,} leads, "
        f"{reference.close_rate:.1%} reach the goal"
    )
    yield from base_rate_lines(trained.model.facts.get(BASE_RATE, {}))
    if line := level_line(trained.model.facts.get(LEVEL)):
        yield line


def _every_days(trained: TrainingResult) -> int:
    snapshots = trained.model.config.snapshots
    return snapshots.every_days if snapshots else 1


def _columns(trained: TrainingResult) -> Iterator[str]:
    spec = trained.model.spec
    derived = [u for u in spec.unusable if u.reason.startswith(("always equal", "constant on"))]
    columns = [u for u in spec.unusable if u not in derived]
    reference = trained.model.reference
    axes = reference.axes
    if len(axes) < 2:
        other = "interest" if axes == ("fit",) else "fit"
        grades = "a letter (A to D)" if axes == ("fit",) else "a digit (1 to 4)"
        yield (
            f"leads differ by {axes[0]} alone, as nothing is known of their {other}: a grade is"
            f" {grades}, and there are no quadrants"
        )
    for axis in axes:
        if len(axes) > 1 and len(reference.curve(axis)) == 1:
            yield f"the model reads nothing of {axis}: every lead has the same grade there"
    yield f"{len(spec.features)} features; {len(derived)} constant or double ones left out"
    for unusable in columns[:_MOST]:
        yield f"  not used: {plain(unusable.column)}: {unusable.reason}"
    if len(columns) > _MOST:
        yield f"  … and {len(columns) - _MOST} more"
    today = [
        f.name
        for f in spec.features
        if isinstance(f.source, AttributeSource) and not f.source.history
    ]
    if trained.plan and today:
        more = f" and {len(today) - _MOST} more" if len(today) > _MOST else ""
        yield f"today's value, used in the past: {', '.join(map(plain, today[:_MOST]))}{more}"


def _audit(trained: TrainingResult) -> Iterator[str]:
    """The light and what is not green, a line each, and what training obeyed."""
    accepted = (
        f", accepted: {plain(trained.accepted, longest=LONGEST_REASON)}" if trained.accepted else ""
    )
    yield f"{trained.audit.light}{accepted}"
    doubts = [finding for finding in trained.audit.findings if finding.light != "green"]
    yield from (
        f"  {finding.light}: {plain(finding.sentence, longest=300)}" for finding in doubts[:_MOST]
    )
    if len(doubts) > _MOST:
        yield f"  … and {len(doubts) - _MOST} more; `propensity audit` shows all"
    yield from (plain(line, longest=300) for line in trained.obeyed)


def _test_part(trained: TrainingResult) -> str:
    recipe, config = trained.judgement.recipe, trained.model.config.input
    table = config.flat or config.leads
    whose = "accounts" if table and table.columns.account_id else "leads"
    what = f"looks at {whose}" if trained.plan else "rows"
    when = (
        f" of {date_of(trained.plan.test[0])} to {date_of(trained.plan.test[-1])}"
        if trained.plan
        else ""
    )
    return (
        f"{recipe.n_rows:,} {what}{when}; {recipe.n_wins_leads:,} of {recipe.n_leads:,} {whose} won"
    )


def _figures(judgement: Judgement) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in ("ROC AUC (95 %)", "avg.\nprec.", "log\nloss", "Brier", "wins in\ntop 20 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row(*_row("this model", judgement.recipe), style="bold")
    for name, evaluation in judgement.baselines.items():
        table.add_row(*_row(_BASELINES.get(name, name), evaluation))
    return table


def _row(name: str, evaluation: Evaluation) -> list[str]:
    figures = evaluation.figures
    auc = figures["roc_auc"]
    return [
        name,
        f"{_number(auc.value, '.3f')} ({_number(auc.low, '.3f')}-{_number(auc.high, '.3f')})",
        _number(figures["average_precision"].value, ".3f"),
        _number(figures["log_loss"].value, ".4f"),
        _number(figures["brier"].value, ".4f"),
        _number(figures["captured_in_top_20"].value, ".0%"),
    ]


def _days(judgement: Judgement, every_days: int) -> Iterator[str]:
    """Days on which the score is another one than on the others."""
    if judgement.days and judgement.days.differing:
        yield "not every day is alike, and scores are made on all of them:"
        yield from (f"  {line}" for line in day_lines(judgement.days, every_days=every_days))


def _verdicts(judgement: Judgement, price: AxesPrice | None, every_days: int) -> Iterator[str]:
    for name, gain in judgement.gains.items():
        if name != "base_rate":
            yield f"AUC above {_BASELINES.get(name, name)}: {_interval(gain)}{_doubt(gain)}"
    for name, evaluation in judgement.seen_and_new.items():
        auc = evaluation.figures["roc_auc"]
        whose = "leads seen in training" if name == "seen" else "new leads"
        yield f"AUC on {whose}: {_interval(auc, sign=False)}, {evaluation.n_wins_leads:,} won"
    if judgement.seen_and_new and _knows_again(judgement):
        yield (
            "much of this skill is knowing leads again: on new leads expect what the line above"
            " says"
        )
    if judgement.price_of_axes:
        yield f"price of keeping the axes apart, in AUC: {_interval(judgement.price_of_axes)}"
        yield from price.lines() if price else ()
    figures = judgement.recipe.figures
    yield (
        f"calibration: slope {_interval(figures['calibration_slope'], sign=False)}, "
        f"error {_number(figures['expected_calibration_error'].value, '.4f')}, "
        f"level {_number(figures['calibration_in_the_large'].value, '+.2f')} log-odds"
    )
    yield from calibration_lines(judgement.calibration)
    yield from _days(judgement, every_days)
    trees = judgement.choice.chosen.trees
    size = f"; {trees:,} trees" if trees else ""
    yield f"lift in the best 10 %: {_interval(figures['lift_at_10'], sign=False)}{size}"


def _knows_again(judgement: Judgement) -> bool:
    """Whether leads seen in training are ranked so much better that the headline misleads about new
    ones.
    """
    seen, new = (judgement.seen_and_new[part].figures["roc_auc"].value for part in ("seen", "new"))
    return seen - new > _KNOWN_AGAIN


def _doubt(gain: Estimate) -> str:
    """What an interval of a gain says about it; nothing where it is sure."""
    if gain.low > 0:
        return ""
    return ": this model is worse" if gain.high < 0 else ": cannot be told apart"


def _interval(figure: Estimate, *, sign: bool = True) -> str:
    form = f"{'+' if sign else ''}.3f"
    return (
        f"{_number(figure.value, form)} ({_number(figure.low, form)} to"
        f" {_number(figure.high, form)})"
    )


def _number(value: float, form: str) -> str:
    return _NONE if math.isnan(value) else format(value, form)


def _deciles(recipe: Evaluation) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        title="tenths of every round, best first",
        title_justify="left",
    )
    for name in ("tenth", "rows", "wins", "closed", "predicted"):
        table.add_column(name, justify="right")
    for decile in recipe.deciles:
        rates = _number(decile.close_rate, ".1%"), _number(decile.mean_probability, ".1%")
        table.add_row(str(decile.number), f"{decile.mass:,.0f}", f"{decile.wins:,.0f}", *rates)
    return table


def _importance(trained: TrainingResult) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    named: tuple[Axis, ...] = ("fit", "interest")
    axes = [axis for axis in named if any(item.axis == axis for item in trained.importance)]
    for axis in axes:
        table.add_column(axis, max_width=28, no_wrap=True)
        table.add_column("share", justify="right")
    columns = [[i for i in trained.importance if i.axis == axis][:_TOP] for axis in axes]
    for row in range(max(len(column) for column in columns)):
        cells: list[RenderableType] = []
        for column in columns:
            cells += (
                [Text(plain(column[row].concept)), f"{column[row].share:.0%}"]
                if row < len(column)
                else ["", ""]
            )
        table.add_row(*cells)
    return table
