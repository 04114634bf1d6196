"""Who meets whom: the models themselves on leads that are newer than both, else their recipes on
the test part.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.build.build import build, prepare
from features.days import date_of, day_number
from features.errors import DataError, RefusedError
from propensity.config.config import Config
from propensity.model.model import PropensityModel
from training.gate.stores import store_to_learn, store_to_score
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.scores_compared import ScoreComparison, segments_of
from training.learn.metrics.segments import segment_values
from training.learn.recipe import recipe
from training.learn.rows.history import History
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows

#: What makes a recipe, besides its choices: the sections of the configuration it reads.
_SECTIONS = ("columns", "behaviour", "features", "learner")
#: Wins, and losses, below which nothing can be compared.
_LEAST = 10
#: Share of the test part's wins that are later than the champion's last training label: with fewer,
#: its recipe meets.
_MOSTLY_LATER = 0.5


def meet_recipes(
    run: Run,
    past: History,
    base: ScoreComparison,
    champion: PropensityModel,
    chosen: RecipeChoices,
    *,
    on_fold: Callable[[], None] = lambda: None,
) -> ScoreComparison:
    """The challenger's recipe on the test part, beside the champion itself or its recipe.

    The champion itself comes as far as the test part is later than its last training label, and
    judges today's goal
    and population: then the question is what a new model is worth, fresher data included. Where too
    little is later,
    its recipe comes instead: it learns its features and fits anew on the older part, with the
    choices it was stored with; goal, population and snapshots are those of today.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows and their parts.
        base: The challenger's recipe on the test part.
        champion: Champion in use.
        chosen: The challenger's choices.
        on_fold: Called at the start of each fold of the calibration.

    Raises:
        DataError: Today's sources do not carry the champion's recipe.
        RefusedError: No column of the champion's can be learned from.
    """
    older, test = past.rows.take(past.older), past.rows.take(past.test)
    theirs = recipe_of(run.config, champion)
    their_choices = RecipeChoices.stored_in(champion.facts)
    same = is_same_recipe(run.config, theirs) and their_choices == chosen
    later = _later(run.config, test, champion, least=0.0 if same else _MOSTLY_LATER)
    if later is not None:
        return _itself(run, test, base, champion, later)
    if same:
        notes = (
            (
                "The recipe is the champion's own, and too few leads are later than its last"
                " training label to see whether it has aged."
            ),
        )
        return replace(base, rivals={"champion": base.challenger}, mode="recipes", notes=notes)
    with store_to_learn(run, theirs) as opened:
        spec, seen = recipe.see(Run(theirs, opened), older)
        choices = their_choices or recipe.plain(theirs, older, spec, seen)
        fitted = recipe.fit(theirs, older, spec, seen, chosen=choices, on_fold=on_fold)
        prepare(opened, spec, test.rows)
        score = fitted.log_odds(build(opened, test.rows, spec).matrix)
    notes = (
        "Both recipes were fitted on the older part of today's data and judged on its test part.",
    )
    return replace(base, rivals={"champion": score}, mode="recipes", notes=notes)


def meet_models(
    run: Run,
    past: History,
    champion: PropensityModel,
    challenger: PropensityModel,
) -> ScoreComparison:
    """The two models themselves, on mature snapshots later than the last training label of either.

    Raises:
        DataError: The sources cannot be used with the columns of one of them.
        RefusedError: There are no such snapshots yet, or too few outcomes in them.
    """
    days = [known_until(model) for model in (champion, challenger)]
    if run.store.is_flat or None in days:
        raise RefusedError(
            "Two models meet on leads later than anything they learned from; rows of a flat table"
            " have no such day. `propensity train CONFIG` lets their recipes meet."
        )
    first = max(day for day in days if day is not None)
    rows = past.rows.take(past.rows.time >= first)
    wins = rows.wins
    if min(wins, rows.others) < _LEAST:
        raise RefusedError(
            f"The two models learned from what happened until {date_of(first)}. Of leads looked at"
            f" later, {len(rows):,} rows have come to an end, {wins:,} of them wins; at least"
            f" {_LEAST} wins and {_LEAST} others are needed. Wait until a horizon has passed, and"
            " compare again."
        )
    day = rows.round.astype(np.int32)
    holdout = Holdout(rows.label, day, rows.cluster, rows.weight, win=rows.win)
    scores = [score_of(run, rows, model) for model in (challenger, champion)]
    notes = ("The two models met on leads later than the last training label of either.",)
    segments = segments_of(segment_values(run.store, rows, run.config.audit.segments))
    return ScoreComparison(holdout, scores[0], {"champion": scores[1]}, segments, "models", notes)


def recipe_of(config: Config, champion: PropensityModel) -> Config:
    """Today's configuration with the sections that make the champion's recipe."""
    theirs = champion.config
    decisions = config.decisions.model_copy(update={"entries": theirs.decisions.entries})
    return config.model_copy(
        update={**{name: getattr(theirs, name) for name in _SECTIONS}, "decisions": decisions}
    )


def is_same_recipe(config: Config, other: Config) -> bool:
    """Whether two configurations make the same recipe, the choices apart."""
    same = all(getattr(config, name) == getattr(other, name) for name in _SECTIONS)
    return same and config.decisions.in_force == other.decisions.in_force


def known_until(model: PropensityModel) -> int | None:
    """Number of the day up to which a model's training labels reach; None where it does not say."""
    until = model.facts.get("period", {}).get("observed_until")
    return day_number(date.fromisoformat(until)) if until else None


def score_of(run: Run, rows: LabelledRows, model: PropensityModel) -> NDArray[np.float64]:
    """(n,) log-odds of a model for rows."""
    with store_to_score(run, model) as opened:
        prepare(opened, model.spec, rows.rows)
        return model.concept_sums(build(opened, rows.rows, model.spec).matrix).log_odds


def _later(
    config: Config, test: LabelledRows, champion: PropensityModel, *, least: float
) -> NDArray[np.bool_] | None:
    """Where the test part is later than the champion's last training label.

    None where that is too little.

    Args:
        config: Configuration of today.
        test: The test part.
        champion: Champion in use.
        least: Share of the wins that have to be later.
    """
    until, theirs = known_until(champion), champion.config
    if (
        until is None
        or config.input.is_flat
        or (theirs.goal, theirs.population) != (config.goal, config.population)
    ):
        return None
    later = test.time >= until
    newer = test.take(later)
    enough = min(newer.wins, newer.others) >= _LEAST and newer.wins >= least * test.wins
    return later if enough else None


def _itself(
    run: Run,
    test: LabelledRows,
    base: ScoreComparison,
    champion: PropensityModel,
    later: NDArray[np.bool_],
) -> ScoreComparison:
    """The challenger's recipe beside the champion itself, on what is later than its last training
    label.
    """
    score = score_of(run, test.take(later), champion)
    segments = tuple(replace(segment, code=segment.code[later]) for segment in base.segments)
    notes = (
        "The champion itself met the new recipe, on leads later than its last training label.",
    )
    return ScoreComparison(
        base.rows.part(later),
        base.challenger[later],
        {"champion": score},
        segments,
        "champion and recipe",
        notes,
    )


def failed_to_meet(error: DataError | RefusedError) -> str:
    """Why the champion's recipe could not be carried out, on one line."""
    told = " ".join(str(error).split())
    return (
        "the champion's recipe cannot be carried out on today's sources, so the two could not"
        f" meet: {told[:400]}"
    )
