"""From raw sources to a model: judge the recipe on the newest leads, then ship it refitted on all
of them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from features.build.build import Builder, built
from features.intake_report import IntakeReport
from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.model.model import PropensityModel
from propensity.notebook import ResultTable
from propensity.progress import OnStep, silent
from propensity.registry.champion import Champion
from training.audit.command import examine
from training.audit.files import brief
from training.audit.findings import Audit
from training.audit.gate import check_reason, pass_gate
from training.gate.ask import GateAnswer, ask, with_same_recipe
from training.gate.looks import GateLook
from training.learn.learners.monotone_contradicted import contradictions
from training.learn.metrics.days import day_lines
from training.learn.metrics.evaluation import Evaluation
from training.learn.recipe import recipe
from training.learn.recipe.axes_price import AxesPrice, axes_price
from training.learn.recipe.importance import Importance, importance
from training.learn.recipe.judgement import RECIPE, Judgement, judge
from training.learn.recipe.newest_level import on_newest_level
from training.learn.recipe.refit import ship
from training.learn.rows.earlier_changes import changes
from training.learn.rows.history import History, history, since
from training.learn.rows.obeyed import obeyed
from training.learn.rows.run import Run
from training.learn.rows.snapshots import Coverage
from training.learn.rows.sources import open_sources
from training.learn.rows.split import SplitPlan
from training.learn.tournament.choose import TournamentChoice
from training.train.own_model import OwnModel, on_axes, own_choice

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: What a training can draw.
Picture = Literal["importance", "contributions", "calibration", "gain", "migration"]


@dataclass(frozen=True, repr=False)
class TrainingResult(ResultTable):
    """What a training run gives.

    Attributes:
        model: The shipped model: the recipe refitted on all mature rows.
        judgement: The recipe's figures on the test part, from which it did not learn.
        importance: Concepts, the largest first.
        plan: As-ofs of the two parts; None for flat input.
        coverage: What the snapshots see; None for flat input.
        intake: What was read, kept and put aside.
        audit: What was found before training.
        asked: What the gate says, and what would change for whom.
        accepted: Why a red audit was accepted; None where nobody had to say.
        obeyed: What was done because it was decided, one sentence each.
        version: Its number in the registry; None where it is not registered.
    """

    model: PropensityModel
    judgement: Judgement
    importance: tuple[Importance, ...]
    plan: SplitPlan | None
    coverage: Coverage | None
    intake: IntakeReport
    audit: Audit
    asked: GateAnswer
    accepted: str | None = None
    obeyed: tuple[str, ...] = ()
    version: int | None = None

    @property
    def price(self) -> AxesPrice | None:
        """What keeping the axes apart costs, and what was decided about it; None where nothing was
        measured.
        """
        return axes_price(self.judgement.price_of_axes, self.model.config)

    def plot(self, what: Picture = "importance", ax: "Axes | None" = None) -> "Axes":
        """Draw a picture of the training on axes of Matplotlib.

        Args:
            what: ``importance`` of concepts, their ``contributions`` and which way they go,
                ``calibration`` on the test part, ``gain``: wins met by the best leads, or
                ``migration``: leads by the champion's grade and the new one.
            ax: Where to draw; None for a new figure.

        Returns:
            The axes.

        Raises:
            ValueError: There is no such picture, or no champion whose grades could change.
        """
        from training.train import drawing  # noqa: PLC0415 — Matplotlib waits until it is needed

        moved = self.asked.migration
        tenths = {name: each.deciles for name, each in self.evaluations.items()}
        pictures: dict[str, Callable[[Axes], None]] = {
            "importance": lambda axes: drawing.importance(axes, self.importance),
            "contributions": lambda axes: drawing.contributions(axes, self.importance),
            "calibration": lambda axes: drawing.calibration(axes, self.judgement.calibration.bins),
            "gain": lambda axes: drawing.gain(axes, tenths),
            **({"migration": lambda axes: drawing.migration(axes, moved.grades)} if moved else {}),
        }
        if what not in pictures:
            raise ValueError(f"expected one of {', '.join(pictures)}, got {what!r:.40}")
        return drawing.drawn(pictures[what], ax)

    @property
    def evaluations(self) -> dict[str, Evaluation]:
        """The recipe, and what it has to beat."""
        return {RECIPE: self.judgement.recipe, **self.judgement.baselines}

    def to_pandas(self) -> "pd.DataFrame":
        """The figures of the test part, a row for the model and for each baseline."""
        import pandas as pd  # noqa: PLC0415 — only who asks for a table needs it

        return pd.DataFrame(
            {
                "model": name,
                **{figure: estimate.value for figure, estimate in evaluation.figures.items()},
            }
            for name, evaluation in self.evaluations.items()
        )


def train(
    config: Config,
    *,
    champion: Champion | None = None,
    own_model: OwnModel | None = None,
    accept_audit: str | None = None,
    earlier: Sequence[GateLook] = (),
    build: Builder = built,
    on_step: OnStep = silent,
    resources: Resources = UNLIMITED,
) -> TrainingResult:
    """Learn a model from the sources a configuration names.

    Args:
        config: What to learn, from what.
        champion: The pair in use, which the new model meets; None where there is none.
        own_model: A model that somebody brings in the place of the tournament.
        accept_audit: Why a red audit is accepted; stored with the model.
        earlier: Looks that registered versions took, see ``earlier_looks``: the gate counts those
            at the same closes.
        build: Who builds the features of the rows that teach and judge, such as a
            ``propensity.spark.SparkBuilder``.
        on_step: Told about progress.
        resources: Memory and threads of the feature engine.

    Raises:
        DataError: The input cannot be used; everything wrong is listed.
        RefusedError: The data is readable but cannot carry a model; the message shows the sums. Or
            the audit is red. Or the own model cannot be served.
        ConfigError: The reason says nothing, or the own model is none.
    """
    check_reason(accept_audit)
    brought = own_choice(own_model, config) if own_model is not None else None
    on_step("reading and checking the sources", 0.0)
    with open_sources(config, resources=resources) as store:
        run = Run(config, store, build)
        on_step("audit: taking snapshots", 0.1)
        past = history(run)
        audit = examine(
            run,
            past,
            on_step=lambda what, share: on_step(f"audit: {what}", 0.12 + 0.28 * share),
        )
        pass_gate(audit, accept_audit)
        past, judgement = _judged(run, past, brought, on_step)
        on_step("refitting the recipe on all mature rows", 0.75)
        folds = _Ticker(on_step, "calibrating the shipped model", 0.80, 0.92)
        model, seen = ship(
            run,
            past,
            chosen=judgement.choice.chosen,
            metrics=judgement.to_dict(),
            on_fold=folds,
        )
        asked = ask(
            run,
            past,
            judgement.met,
            chosen=judgement.choice.chosen,
            challenger=model,
            champion=champion,
            light=audit.light,
            accepted=accept_audit is not None,
            earlier=earlier,
            on_fold=_Ticker(on_step, "meeting the champion", 0.92, 0.97),
        )
        if config.gate.same_recipe:
            on_step("fitting the same recipe with another seed", 0.97)
            asked = with_same_recipe(
                asked,
                run,
                past,
                chosen=judgement.choice.chosen,
                challenger=model,
                champion=champion,
            )
        on_step("measuring what matters", 0.98)
        matters = importance(model, seen.matrix, seen.weight)
        told = (*obeyed(config, store), *changes(config))
        against = tuple(contradictions(config.decisions, model.spec, seen, past.rows.cluster))
        on_step("done", 1.0)
    doubts = (warning for warning in past.warnings if warning not in told)
    uneven = _uneven_days(judgement, config)
    intake = replace(store.report, warnings=(*store.report.warnings, *doubts, *against, *uneven))
    accepted = accept_audit if audit.light == "red" else None
    model = replace(model, facts={**model.facts, "audit": {**brief(audit), "accepted": accepted}})
    return TrainingResult(
        model, judgement, matters, past.plan, past.coverage, intake, audit, asked, accepted, told
    )


def _uneven_days(judgement: Judgement, config: Config) -> Iterator[str]:
    if judgement.days and judgement.days.differing and config.snapshots:
        (first, *_) = day_lines(judgement.days, every_days=config.snapshots.every_days)
        yield f"the score is not the same on all days: {first}"


def _judged(
    run: Run, past: History, brought: TournamentChoice | None, on_step: OnStep
) -> tuple[History, Judgement]:
    """The rows with the test part that can judge, and the recipe's figures there.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows.
        brought: What somebody brought in the place of the tournament.
        on_step: Told about progress.
    """
    own = brought.chosen.fitted_elsewhere if brought is not None else None
    if brought is None or own is None:
        return past, _judge_recipe(run, past, brought, on_step)
    past = since(past, own.trained_until)
    return past, _judge_fitted_elsewhere(run, past, brought, on_step)


def _judge_fitted_elsewhere(
    run: Run, past: History, brought: TournamentChoice, on_step: OnStep
) -> Judgement:
    """A model that was fitted elsewhere, on a test part that it has not seen; other leads draw the
    line that each is judged by.
    """
    older, test = past.rows.take(past.older), past.rows.take(past.test)
    on_step("building the features of all rows", 0.40)
    spec, seen = recipe.see(run, past.rows)
    fitted = recipe.fit(run.config, past.rows, spec, seen, chosen=brought.chosen)
    on_step("judging on the test part", 0.68)
    known = seen.as_scored(spec).matrix[past.test]
    scores = recipe.calibrated_apart(fitted.raw(known), test, seed=run.config.learner.seed)
    of_older = replace(fitted, seen=seen.take(np.flatnonzero(past.older)))
    return judge(run, of_older, older, test, choice=on_axes(brought, spec.axes), scores=scores)


def _judge_recipe(
    run: Run, past: History, brought: TournamentChoice | None, on_step: OnStep
) -> Judgement:
    older, test = past.rows.take(past.older), past.rows.take(past.test)
    on_step("building the features of the older part", 0.40)
    spec, seen = recipe.see(run, older)
    choice = (
        on_axes(brought, spec.axes)
        if brought is not None
        else recipe.choose(
            run.config,
            older,
            spec,
            seen,
            lambda what, share: on_step(f"choosing on later leads: {what}", 0.42 + 0.16 * share),
        )
    )
    folds = _Ticker(on_step, "calibrating on cross-fitted scores", 0.58, 0.65)
    fitted = recipe.fit(run.config, older, spec, seen, chosen=choice.chosen, on_fold=folds)
    on_step("judging on the test part", 0.68)
    level = None
    if past.plan is not None:
        first = past.plan.test.start
        fitted, level = on_newest_level(run, fitted, older, past.rows, moment=first)
    return judge(run, fitted, older, test, choice=choice, level=level)


class _Ticker:
    """Reports the folds of one step, one after another."""

    def __init__(self, on_step: OnStep, what: str, start: float, end: float) -> None:
        self._on_step, self._what, self._at, self._end = on_step, what, start, end
        self._by = (end - start) / recipe.CALIBRATION_FOLDS

    def __call__(self) -> None:
        self._on_step(self._what, self._at)
        self._at = min(self._at + self._by, self._end)
