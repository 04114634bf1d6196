"""A recipe retrained against the one in use: on the newest days, and at past quarters; and which
days each side knew.

The retrained one is fitted on every look whose horizon was over before the first judged day. It
knows what a model trained on that day would have known, and no more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.days import date_of
from propensity.model.model import PropensityModel
from training.gate.champion_recipe import known_until, score_of
from training.gate.past_quarters import PastFits, QuarterMeeting, Side, past_meetings
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.scores_compared import Mode, ScoreComparison, segments_of
from training.learn.metrics.segments import segment_values
from training.learn.rows.history import History
from training.learn.rows.known import recorded
from training.learn.rows.run import Run


@dataclass(frozen=True)
class Meeting:
    """What a meeting is made of.

    Attributes:
        run: The configuration, and the canonical tables.
        past: The rows and their parts.
        base: The challenger's recipe on the test part.
        chosen: The challenger's choices.
        theirs: The champion's choices; the challenger's where it stored none.
        same: Whether the two share a recipe.
        on_fold: Called at the start of each fold of a calibration.
    """

    run: Run
    past: History
    base: ScoreComparison
    chosen: RecipeChoices
    theirs: RecipeChoices
    same: bool
    on_fold: Callable[[], None]

    @property
    def horizon(self) -> int:
        """Days after a look within which a win counts; 0 in a flat table."""
        return self.run.config.goal.horizon_days if self.run.config.goal else 0

    @property
    def test(self) -> NDArray[np.intp]:
        """Positions of the test part among all rows."""
        return np.flatnonzero(self.past.test)


def retrained_and_kept(
    meeting: Meeting, champion: PropensityModel, later: NDArray[np.bool_] | None
) -> ScoreComparison:
    """The recipe that both share, retrained against the one in use: on the newest days, and at past
    quarters.
    """
    run, past = meeting.run, meeting.past
    every = run.config.backtest.every_days
    fits = PastFits(run, past.rows, recorded(run, past.rows), meeting.on_fold)
    if later is not None:
        newest = champion_itself(meeting, fits, champion, later)
    else:
        kept = _kept(meeting, fits, champion)
        if kept is None:
            return _one_recipe(meeting, fits)
        newest = kept
    first = int(past.rows.time[newest.at].min())
    older = past_meetings(
        fits, first, every, (meeting.chosen, meeting.theirs), most=run.config.gate.past_quarters
    )
    itself = later is not None and not older
    mode: Mode = "champion and recipe" if itself else "retrained and kept"
    return compared(meeting, [newest, *older], mode)


def champion_itself(
    meeting: Meeting, fits: PastFits, champion: PropensityModel, later: NDArray[np.bool_]
) -> QuarterMeeting:
    """The challenger's recipe beside the champion itself, on what is later than its last training
    label.
    """
    at = meeting.test[later]
    rows = meeting.past.rows.take(at)
    first, until = int(rows.time.min()), known_until(champion)
    known = meeting.past.rows.time + meeting.horizon <= first
    more = int(known.sum()) > int(meeting.past.older.sum())
    score = fits.scores(first, meeting.chosen, at) if more else None
    ours = Side("the challenger, fitted for this meeting,", first)
    if score is None:
        score, ours = meeting.base.challenger[later], _recipe_side(meeting)
    theirs = Side("the champion itself", first if until is None else until)
    return QuarterMeeting(at, score, score_of(meeting.run, rows, champion), first, ours, theirs)


def _kept(meeting: Meeting, fits: PastFits, champion: PropensityModel) -> QuarterMeeting | None:
    """The recipe on the test part, beside itself as it was a quarter earlier; None where too little
    was known then.
    """
    at, every = meeting.test, meeting.run.config.backtest.every_days
    first = int(meeting.past.rows.time[at].min())
    score = fits.scores(first - every, meeting.theirs, at)
    if score is None:
        return None
    until = known_until(champion)
    why = "" if until is None else f", whose labels reach to {date_of(until)},"
    kept = Side(f"its recipe kept for {every} days, in place of the champion{why}", first - every)
    return QuarterMeeting(at, meeting.base.challenger, score, first, _recipe_side(meeting), kept)


def _recipe_side(meeting: Meeting) -> Side:
    """The challenger's recipe as it was fitted on the older part."""
    older = meeting.past.rows.time[meeting.past.older]
    return Side("the challenger's recipe", int(older.max()) + meeting.horizon)


def _one_recipe(meeting: Meeting, fits: PastFits) -> ScoreComparison:
    """The recipe with the champion's choices and with the challenger's, where the history is too
    short to keep anything for a quarter.
    """
    at = meeting.test
    first = int(meeting.past.rows.time[at].min())
    score = meeting.base.challenger
    if meeting.theirs != meeting.chosen:
        fitted = fits.scores(first, meeting.theirs, at)
        score = score if fitted is None else fitted
    ours, kept = (
        Side(f"the recipe with the choices of the {who}", first)
        for who in ("challenger", "champion")
    )
    judged = QuarterMeeting(at, meeting.base.challenger, score, first, ours, kept)
    short = "The history is too short to see what a model loses that is kept for a quarter."
    met = compared(meeting, [judged], "recipes")
    return replace(met, notes=(short, *met.notes))


def compared(meeting: Meeting, judged: list[QuarterMeeting], mode: Mode) -> ScoreComparison:
    """Meetings on the newest rows and at past quarters as one."""
    run, newest = meeting.run, judged[0]
    at = np.concatenate([one.at for one in judged])
    rows = meeting.past.rows.take(at)
    # leads of one round are ranked together, by scores of one fit
    which = np.repeat(np.arange(len(judged)), [len(one.at) for one in judged])
    group = rows.round * len(judged) + which
    return ScoreComparison(
        Holdout(rows.label, group.astype(np.int32), rows.cluster, rows.weight, win=rows.win),
        np.concatenate([one.challenger for one in judged]),
        {"champion": np.concatenate([one.champion for one in judged])},
        segments_of(segment_values(run.store, rows, run.config.audit.segments)),
        mode,
        tuple(_told(meeting, judged)),
        same_recipe=meeting.same,
        newest=np.arange(len(at)) < len(newest.at),
        days=days_of(meeting, newest.at),
    )


def _told(meeting: Meeting, judged: list[QuarterMeeting]) -> Iterator[str]:
    """Who met, on which days, and what each side knew."""
    newest, older = judged[0], judged[1:]
    days = meeting.past.rows.time[newest.at]
    yield (
        f"Judged are looks of {date_of(int(days.min()))} to {date_of(int(days.max()))}, by the"
        f" {meeting.horizon} days after each."
    )
    for side in (newest.theirs, newest.ours):
        yield knows(f"{side.name[0].upper()}{side.name[1:]}", side.until, newest.first)
    if older:
        told = ", ".join(
            f"{date_of(one.first)} {one.gain(meeting.past.rows):+.4f}" for one in older
        )
        yield (
            f"Beside them {len(older)} past quarter{'s' * (len(older) > 1)}: the recipe retrained"
            " at its first day against the one kept from a quarter before; gain in log loss per"
            f" look: {told}."
        )


def knows(who: str, until: int, first: int) -> str:
    """Until which day somebody knows closes, beside the first judged day, in one sentence."""
    before = first - until
    when = "the first judged day" if before == 0 else f"{before} days before the first judged day"
    verb = "know" if who == "Both" else "knows"
    return f"{who} {verb} closes until {date_of(until)}, {when}."


def days_of(meeting: Meeting, at: NDArray[np.intp]) -> tuple[int, int] | None:
    """The first day of some rows, and the day before which their closes lie."""
    if meeting.run.store.is_flat:
        return None
    days = meeting.past.rows.time[at]
    return int(days.min()), int(days.max()) + meeting.horizon
