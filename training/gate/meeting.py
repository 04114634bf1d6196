"""Who meets whom: the champion itself where enough has closed since it learned, else its recipe."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from features.days import date_of, day_number
from features.errors import DataError, RefusedError
from propensity.config.config import Config
from propensity.model.model import PropensityModel
from training.gate.champion_recipe import (
    is_same_recipe,
    known_until,
    own_of,
    recipe_of,
    score_of,
)
from training.gate.past_quarters import PastFits
from training.gate.retraining import (
    Meeting,
    champion_itself,
    compared,
    days_of,
    knows,
    retrained_and_kept,
)
from training.gate.stores import store_to_learn
from training.learn.learners.chosen import OwnFitted, RecipeChoices
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.scores_compared import ScoreComparison, segments_of
from training.learn.metrics.segments import segment_values
from training.learn.recipe import recipe
from training.learn.recipe.newest_level import on_newest_level
from training.learn.recipe.recipe import calibrated_apart
from training.learn.rows.history import History
from training.learn.rows.known import recorded
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows

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
    """The challenger's recipe on the newest rows, beside the champion itself or its recipe.

    The champion itself comes where the test part is later than its last training label, and
    judges today's goal and population; the challenger's recipe is then fitted anew on everything
    known before the first of these days. Where too little is later, a recipe comes in its place.
    One that is the challenger's own comes as it was a quarter earlier: retrained against kept, and
    at past quarters too. Another one learns its features and fits anew on the older part, with the
    choices it was stored with; goal, population and snapshots are those of today. A champion that
    was fitted elsewhere comes itself in any case.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows and their parts.
        base: The challenger's recipe on the test part.
        champion: Champion in use.
        chosen: The challenger's choices.
        on_fold: Called at the start of each fold of a calibration.

    Raises:
        DataError: Today's sources do not carry the champion's recipe.
        RefusedError: No column of the champion's can be learned from.
    """
    theirs = recipe_of(run.config, champion)
    their_choices = RecipeChoices.stored_in(champion.facts)
    elsewhere = their_choices.fitted_elsewhere if their_choices else None
    same = (
        elsewhere is None and chosen.own == own_of(champion) and is_same_recipe(run.config, theirs)
    )
    meeting = Meeting(run, past, base, chosen, their_choices or chosen, same, on_fold)
    later = _later(run.config, past.rows.take(past.test), champion)
    if same and not run.store.is_flat:
        return retrained_and_kept(meeting, champion, later)
    if later is not None:
        fits = PastFits(run, past.rows, recorded(run, past.rows), on_fold)
        met = champion_itself(meeting, fits, champion, later)
        return compared(meeting, [met], "champion and recipe")
    if same and their_choices == chosen:
        notes = ("Champion and challenger are one recipe with the same choices.",)
        rivals = {"champion": base.challenger}
        return replace(base, rivals=rivals, mode="recipes", same_recipe=True, notes=notes)
    if elsewhere is not None:
        return _beside_itself(meeting, champion, elsewhere)
    return replace(_both_recipes(meeting, theirs, their_choices), same_recipe=same)


def _beside_itself(meeting: Meeting, champion: PropensityModel, own: OwnFitted) -> ScoreComparison:
    """The challenger's recipe, and a champion that was fitted elsewhere: it cannot be fitted again,
    but has not seen the test part, on which its line is drawn by other leads.
    """
    run, past = meeting.run, meeting.past
    test = past.rows.take(past.test)
    if int(test.time.min()) < day_number(own.trained_until):
        raise RefusedError(
            f"the champion was fitted elsewhere and saw outcomes until {own.trained_until}, which"
            " is later than the first day of the test part; wait until newer snapshots have come"
            " to an end"
        )
    score = calibrated_apart(score_of(run, test, champion), test, seed=run.config.learner.seed)
    days = days_of(meeting, meeting.test)
    ours = (
        "so did the challenger"
        if meeting.chosen.fitted_elsewhere is not None
        else "the challenger's recipe was fitted on the older part"
    )
    notes = (
        "The champion was fitted elsewhere and came itself, calibrated on other leads of the test"
        f" part; {ours}.",
    )
    return replace(meeting.base, rivals={"champion": score}, mode="recipes", notes=notes, days=days)


def _both_recipes(
    meeting: Meeting, theirs: Config, their_choices: RecipeChoices | None
) -> ScoreComparison:
    """Both recipes, fitted on the older part, on the test part."""
    run, past = meeting.run, meeting.past
    older, test = past.rows.take(past.older), past.rows.take(past.test)
    with store_to_learn(run, theirs) as opened:
        spec, seen = recipe.see(replace(run, config=theirs, store=opened), older)
        choices = their_choices or recipe.plain(theirs, older, spec, seen)
        fitted = recipe.fit(theirs, older, spec, seen, chosen=choices, on_fold=meeting.on_fold)
        if past.plan is not None:
            first = past.plan.test.start
            own = replace(run, config=theirs, store=opened)
            fitted, _ = on_newest_level(own, fitted, older, past.rows, moment=first)
        score = fitted.log_odds(run.build(opened, test.rows, spec).matrix)
    notes = [
        "Both recipes were fitted on the older part of today's data and judged on its test part."
    ]
    days = days_of(meeting, meeting.test)
    if days is not None:
        notes.append(knows("Both", int(older.time.max()) + meeting.horizon, days[0]))
    return replace(
        meeting.base, rivals={"champion": score}, mode="recipes", notes=tuple(notes), days=days
    )


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
    judged = int(rows.time.min())
    notes = (
        "The two models met on leads later than the last training label of either.",
        *(
            knows(who, day, judged)
            for who, day in zip(("The champion", "The challenger"), days, strict=True)
            if day is not None
        ),
    )
    segments = segments_of(segment_values(run.store, rows, run.config.audit.segments))
    horizon = run.config.goal.horizon_days if run.config.goal else 0
    return ScoreComparison(
        holdout,
        scores[0],
        {"champion": scores[1]},
        segments,
        "models",
        notes,
        same_recipe=is_same_recipe(challenger.config, champion.config)
        and own_of(challenger) == own_of(champion),
        days=(judged, int(rows.time.max()) + horizon),
    )


def _later(
    config: Config, test: LabelledRows, champion: PropensityModel
) -> NDArray[np.bool_] | None:
    """Where the test part is later than the champion's last training label; None where that is too
    little.
    """
    until, theirs = known_until(champion), champion.config
    if (
        until is None
        or config.input.is_flat
        or (theirs.goal, theirs.population) != (config.goal, config.population)
    ):
        return None
    return mostly_later(test, until)


def mostly_later(test: LabelledRows, until: int) -> NDArray[np.bool_] | None:
    """Where rows of the test part are later than a day; None where too few of its wins are."""
    later = test.time >= until
    newer = test.take(later)
    enough = newer.wins >= max(_LEAST, _MOSTLY_LATER * test.wins) and newer.others >= _LEAST
    return later if enough else None


def failed_to_meet(error: DataError | RefusedError) -> str:
    """Why the champion's recipe could not be carried out, on one line."""
    told = " ".join(str(error).split())
    return (
        "the champion's recipe cannot be carried out on today's sources, so the two could not"
        f" meet: {told[:400]}"
    )
