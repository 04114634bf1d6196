"""What a model card says, as plain text and tables; how it is written down is another question.

Aggregates only: no lead, and no value that fewer than 20 leads have.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from features.spec import AttributeSource
from propensity.concepts.wording import plain
from propensity.model import bundle
from training.gate.migration import FEWEST
from training.learn.learners.chosen import OwnLinear
from training.learn.metrics.calibration_sentences import base_rate_lines, calibration_lines
from training.learn.metrics.days import day_lines
from training.learn.metrics.evaluation import Estimate, Evaluation
from training.learn.recipe.expected_rate import FACT as BASE_RATE
from training.learn.recipe.newest_level import FACT as LEVEL
from training.learn.recipe.newest_level import level_line
from training.train.card.fairness import FairnessGroup, groups, threshold_of
from training.train.command import TrainingResult

#: Names of baselines, as the card tells them.
_BASELINES = {
    "base_rate": "base rate",
    "lead_age": "lead age alone",
    "logistic": "plain logistic regression",
    "points_table": "points table",
}
_FIGURES = ("roc_auc", "average_precision", "log_loss", "captured_in_top_20", "calibration_slope")
_HEADINGS = ("", "ROC AUC", "avg. precision", "log loss", "wins in top 20 %", "calibration slope")
#: Wins of the test part below which the card warns of little data.
_FEW_WINS = 120
#: Columns and findings that are listed.
_MOST = 30
_LONGEST = 500


@dataclass(frozen=True)
class CardTable:
    """A table of a card.

    Attributes:
        headings: Headings of the columns.
        rows: Cells, as text.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class CardPart:
    """A part of a card.

    Attributes:
        title: Its heading.
        body: Paragraphs, lists of points, and tables.
    """

    title: str
    body: tuple["str | tuple[str, ...] | CardTable", ...]


@dataclass(frozen=True)
class Card:
    """A model card.

    Attributes:
        title: Title of the card.
        parts: Parts in order.
    """

    title: str
    parts: tuple[CardPart, ...]


def card(trained: TrainingResult) -> Card:
    """The card of a training run's model."""
    parts = (
        CardPart("Purpose", tuple(_purpose(trained))),
        CardPart("What it must not be used for", (_MISUSES,)),
        CardPart("Data", tuple(_data(trained))),
        CardPart("What is learned", tuple(_label(trained))),
        CardPart("How good the recipe is", tuple(_quality(trained))),
        CardPart("What was chosen", tuple(_choices(trained))),
        CardPart("Against the model in use", tuple(_gate(trained))),
        CardPart("Segments", tuple(_fairness(trained))),
        CardPart("Limits", tuple(_limits(trained))),
    )
    return Card(f"Model card: {plain(trained.model.config.model_name)}", parts)


_MISUSES = (
    "Decisions about people themselves: employment, credit, prices, access to a service.",
    "Leads outside the population described below, or a moment outside the sources' coverage.",
    (
        "What would happen if something were done: the model tells who closes, not what makes them"
        " close."
    ),
    "Judging salespeople: who works a lead is part of what happened to it.",
    "A longer horizon than the one it learned, or another goal.",
    "Handing leads over by a definition that is still a DRAFT.",
)


def _purpose(trained: TrainingResult) -> Iterator["str | tuple[str, ...] | CardTable"]:
    config, model = trained.model.config, trained.model
    when = f" within {config.goal.horizon_days} days" if config.goal else ""
    axes = model.reference.axes
    only: dict[tuple[str, ...], str] = {
        ("fit",): "of what the lead is (fit); what leads did tells none from another, so there are"
        " no quadrants, and a grade is a letter alone",
        ("interest",): "of what the lead does (interest); what leads are tells none from another,"
        " so there are no quadrants, and a grade is a digit alone",
    }
    parts = only.get(axes, "of what the lead is (fit) and what it does (interest)")
    yield (
        f"For every open lead, the chance that it {_goal(trained)}{when}, as a sum {parts}. With it"
        " come the reasons that add up to it. Marketing and sales rank open leads by it and hand"
        " them over by the definition they signed."
    )
    packages = ", ".join(
        f"{name} {version}" for name, version in model.facts.get("packages", {}).items()
    )
    yield f"SHA-256 of the model: {bundle.model_hash(model)}. Made with {packages}."


def _data(trained: TrainingResult) -> Iterator["str | tuple[str, ...] | CardTable"]:
    config, model, reference = trained.model.config, trained.model, trained.model.reference
    period = model.facts.get("period", {})
    if period:
        yield (
            f"Snapshots from {period['first_as_of']} to {period['last_as_of']}; the sources were"
            f" complete up to {period['observed_until']}."
        )
    if config.population:
        yield (
            f"Population: leads until {plain(config.population.until)}, open as long as something"
            f" happened in the last {config.population.stale_after_days} days."
        )
    yield (
        f"Learned from {reference.rows:,} rows of {reference.leads:,} leads;"
        f" {reference.close_rate:.1%} of the rows {_goal(trained, past=True)}."
        f" {len(model.spec.features)} features."
    )
    tables = [
        (
            name,
            f"{found['rows']:,}",
            str(found.get("first") or "–")[:10],
            str(found.get("last") or "–")[:10],
        )
        for name, found in model.facts.get("fingerprint", {}).items()
    ]
    if tables:
        yield CardTable(("table", "rows", "first", "last"), tuple(tables))


def _label(trained: TrainingResult) -> Iterator["str | tuple[str, ...] | CardTable"]:
    goal = trained.model.config.goal
    if goal is None:
        yield "The outcome column of one flat table, a row per lead, without a horizon."
        return
    yield (
        f"Whether an open lead {_goal(trained)} on the day it is looked at or within the"
        f" {goal.horizon_days} days from it. Only snapshots whose horizon is over were used; what"
        " was recorded later than a snapshot does not count."
    )
    yield (
        "The outcome is that under the treatment given then. Leads that sales worked, because a"
        " model or a rule put them on top, close more often than they would have alone, and the"
        " model takes that for a part of the lead."
    )


def _quality(trained: TrainingResult) -> Iterator["str | tuple[str, ...] | CardTable"]:
    judgement = trained.judgement
    recipe = judgement.recipe
    yield (
        f"Figures of the recipe on the test part: {recipe.n_rows:,} rows, from whose outcomes it"
        f" did not learn; {recipe.n_wins_leads:,} of {recipe.n_leads:,} leads (accounts) won. The"
        " audit read these outcomes before, and whoever trains again after seeing these figures"
        " chooses by them. The model itself is the recipe refitted on all mature rows, so no row is"
        " left that could judge it. In brackets the 95 % interval over leads (accounts)."
    )
    evaluations = {"this recipe": recipe} | {
        _BASELINES.get(k, k): v for k, v in judgement.baselines.items()
    }
    yield CardTable(_HEADINGS, tuple((name, *_cells(found)) for name, found in evaluations.items()))
    if judgement.seen_and_new:
        told = "; ".join(
            f"{'leads seen in training' if part == 'seen' else 'new leads'}"
            f" {_interval(found.figures['roc_auc'])}"
            for part, found in judgement.seen_and_new.items()
        )
        yield f"ROC AUC on {told}."
    if judgement.price_of_axes:
        yield (
            f"Keeping fit and interest apart costs {_interval(judgement.price_of_axes, '+.3f')} of"
            " ROC AUC."
        )
        if trained.price and trained.price.is_real:
            yield tuple(line.strip(" -") for line in trained.price.lines())
    rates = base_rate_lines(trained.model.facts.get(BASE_RATE, {}))
    newest = level_line(trained.model.facts.get(LEVEL))
    told_of_chances = tuple(
        line.strip() for line in (*calibration_lines(judgement.calibration), *rates, newest) if line
    )
    if told_of_chances:
        yield told_of_chances
    if judgement.days is not None and trained.model.config.snapshots is not None:
        every = trained.model.config.snapshots.every_days
        lines = tuple(day_lines(judgement.days, every_days=every))
        yield lines or "Weekdays and phases: no difference beyond noise."


def _choices(trained: TrainingResult) -> Iterator["str | tuple[str, ...] | CardTable"]:
    choice = trained.judgement.choice
    chosen = choice.chosen
    axes = f", axes {chosen.axes}" if len(choice.axes) > 1 else ""
    points = [f"Contestant: {chosen.contestant}{axes}."]
    points += [
        "Part: "
        + ", ".join(
            f"{name} {value}"
            for name, value in part.model_dump(mode="json", exclude={"params", "estimator"}).items()
        )
        for part in chosen.parts
    ]
    points += [
        f"Made of {', '.join(part.classes)} of scikit-learn."
        for part in chosen.parts
        if isinstance(part, OwnLinear)
    ]
    if chosen.params:
        points.append(f"Parameters as written for LightGBM, not tuned: {chosen.params}.")
    how = (
        chosen.past.how
        if chosen.past.how == "all"
        else f"{chosen.past.how} {chosen.past.length:g} {chosen.past.unit}"
    )
    points.append(f"Old history: {how}.")
    points.append(f"Parameters tried: {chosen.trials}. Seed: {trained.model.config.learner.seed}.")
    if choice.clocks:
        points.append(
            f"Left out, because they tell the time: {', '.join(map(plain, choice.clocks[:_MOST]))}."
        )
    points += [f"{limit.sentence}." for limit in choice.limits]
    if chosen.cut:
        points.append(
            "The time ran out before everything was tried: another run may choose otherwise."
        )
    yield tuple(points)


def _gate(trained: TrainingResult) -> Iterator["str | tuple[str, ...] | CardTable"]:
    found, moved = trained.asked.gated, trained.asked.migration
    whom = "as the first model" if found.against is None else f"against version {found.against}"
    verdict = "passed" if found.passed else "not passed"
    yield f"The gate was {verdict} {whom}. {' '.join(found.notes)}".strip()
    yield CardTable(
        ("check", "result", "found"),
        tuple((check.name, check.result, check.sentence) for check in found.checks),
    )
    if moved is not None:
        where = "quadrant" if len(moved.axes_after) > 1 else "half of the only axis"
        yield (
            f"Of {moved.leads:,} leads, {_few(moved.quadrant_changed)} would change the {where}"
            f" and {_few(moved.instruction_changed)} the instruction; {_few(moved.mql_enter)} would"
            f" become MQLs and {_few(moved.mql_leave)} stop being MQLs."
        )
    if trained.asked.same_recipe is not None:
        yield f"{trained.asked.same_recipe.sentence}."


def _fairness(trained: TrainingResult) -> Iterator["str | tuple[str, ...] | CardTable"]:
    met, config = trained.judgement.met, trained.model.config
    if not config.audit.segments:
        yield (
            "No segments are configured (audit.segments), so nobody looked whether some leads are"
            " treated otherwise."
        )
        return
    share = config.gate.capacity_share
    line = threshold_of(met, share)
    yield (
        "Values that at least 20 leads have, on the test part. Over the line: a chance of"
        f" {line:.1%} or more, which the best {share:.0%} of all rows reach."
    )
    rows = tuple(_group(group) for group in groups(met, line))
    yield CardTable(
        ("segment", "leads", "wins", "ROC AUC", "closed", "promised", "over the line"), rows
    )


def _limits(trained: TrainingResult) -> Iterator["str | tuple[str, ...] | CardTable"]:
    audit, model = trained.audit, trained.model
    accepted = (
        f" It was accepted: {plain(trained.accepted, longest=_LONGEST)}" if trained.accepted else ""
    )
    yield f"The audit of the data is {audit.light}.{accepted}"
    doubts = [finding for finding in audit.findings if finding.light != "green"]
    points = [
        f"{finding.light}: {plain(finding.sentence, longest=_LONGEST)}"
        for finding in doubts[:_MOST]
    ]
    wins = trained.judgement.recipe.n_wins_leads
    if wins < _FEW_WINS:
        points.append(
            f"Little data: {wins:,} wins judge, so every figure above is known only within its"
            " interval."
        )
    today = [
        f.name
        for f in model.spec.features
        if isinstance(f.source, AttributeSource) and not f.source.history
    ]
    if trained.plan and today:
        more = f" and {len(today) - _MOST:,} more" if len(today) > _MOST else ""
        points.append(
            f"Today's value, used in the past: {', '.join(map(plain, today[:_MOST]))}{more}."
        )
    points += [plain(sentence, longest=_LONGEST) for sentence in trained.obeyed]
    yield tuple(points) or ("Nothing else is known.",)


def _goal(trained: TrainingResult, *, past: bool = False) -> str:
    goal = trained.model.config.goal
    if goal is None:
        return "had the outcome" if past else "has the outcome"
    if goal.stage == "won":
        return "were won in time" if past else "is won"
    return (
        f"reached the stage {plain(goal.stage)} in time"
        if past
        else f"reaches the stage {plain(goal.stage)}"
    )


def _cells(found: Evaluation) -> Sequence[str]:
    return [_interval(found.figures[name]) if name in found.figures else "–" for name in _FIGURES]


def _group(group: FairnessGroup) -> tuple[str, ...]:
    return (
        f"{plain(group.column)} = {plain(group.level)}",
        f"{group.leads:,}",
        _few(None if 0 < group.wins < FEWEST else group.wins),
        _interval(group.roc_auc),
        "–" if 0 < group.wins < FEWEST else f"{group.close_rate:.1%}",
        f"{group.mean_chance:.1%}",
        f"{group.over_line:.1%}",
    )


def _interval(figure: Estimate, form: str = ".3f") -> str:
    if math.isnan(figure.value):
        return "–"
    ends = "" if math.isnan(figure.low) else f" ({figure.low:{form}} to {figure.high:{form}})"
    return f"{figure.value:{form}}{ends}"


def _few(count: int | None) -> str:
    return f"fewer than {FEWEST}" if count is None else f"{count:,}"
