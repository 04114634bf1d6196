"""The level of the newest outcomes: wins that came of late beside those that the model expected
until now, of young rows as well.

A row looked at on day t, with the chance p, is expected to win on day t + u with probability
p x f(u), where f is the distribution of the days to a win (``training.learn.rows.young_rows``).
Every day of the past has so its expected wins, of all rows looked at before it; the newest days
too, whose rows are young. With weights w that halve every horizon back from now, the level is the
shift d of all log-odds at which

    sum over rows of [won by now] w(day of the win)
        = sum over rows of sigmoid(log-odds + d) x (sum over u until now of f(u) w(t + u)).

Whether it is beyond noise is asked of leads (sandwich error, the rows of a lead together) and of
the level itself: how it moved from horizon to horizon before, half the mean square of successive
differences (von Neumann 1941); the larger of both counts. What the same season moved a year ago is
no news and taken off; where the history is shorter than a year, nobody knows the season, and more
is asked. The shift is then shrunk by the share of noise in it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from propensity.config.config import Config
from propensity.model.model_parts import Calibration
from training.learn.metrics.metrics import sigmoid
from training.learn.recipe.recipe import FittedRecipe
from training.learn.rows.known import NEVER, recorded
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.young_rows import WinDelays, win_delays, young_at

#: Where a model's facts hold the level of the newest outcomes.
FACT = "newest_level"
#: Standard errors that the level has to be off before anything moves: where the same season of the
#: year before is known, and where it is not.
_BEYOND, _BEYOND_UNKNOWN_SEASON = 2.0, 3.0
#: Levels of earlier horizons that tell how much the level moves by itself.
_FEWEST_LEVELS = 4
#: Half-lives after which a day has no say.
_FORGOTTEN = 10
_YEAR = 365
#: No shift is looked for beyond this.
_FARTHEST = 3.0

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True)
class NewestLevel:
    """What the newest outcomes say of the level.

    Attributes:
        days: Days of a horizon.
        wins: Wins of the last so many days, weighted as the population.
        expected: Wins that were expected on these days.
        level: Shift in log-odds at which the expected are the observed ones, days weighing half as
            much with every horizon back.
        season: The same a year before; None where the history does not reach.
        error: Standard error of the level.
        young: Looks among the rows whose horizon is not over.
        shift: What the log-odds are moved by; 0 where the level is within noise.
    """

    days: int
    wins: float
    expected: float
    level: float
    season: float | None
    error: float
    young: int
    shift: float

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; aggregates only. An error that nobody knows is None."""
        told = asdict(self)
        return {**told, "error": self.error if np.isfinite(self.error) else None}


@dataclass(frozen=True)
class LevelRows:
    """Rows with what was known of them at a moment; all arrays have shape ``(n,)``.

    Attributes:
        time: Local day of the look, before the moment.
        log_odds: Calibrated score, of a model that had not seen the lead where there is one.
        weight: Rows of the population each stands for.
        cluster: Number of the account, else of the lead.
        won_day: Local day on which the win was recorded; ``NEVER`` where none was by the moment.
        mature: Whether the horizon was over.
    """

    time: _Ints
    log_odds: _Floats
    weight: _Floats
    cluster: _Ints
    won_day: _Ints
    mature: NDArray[np.bool_]


def is_followed(config: Config) -> bool:
    """Whether a configuration asks for the level of the newest outcomes."""
    calibrating = config.calibrating
    return (
        config.goal is not None
        and calibrating.level == "newest"
        and calibrating.expected_close_rate is None
        and config.learner.selection != "reweight"
    )


def level_of(
    run: Run,
    fitted: FittedRecipe,
    taught: LabelledRows,
    young: LabelledRows | None,
    *,
    moment: int,
) -> NewestLevel | None:
    """The level of the newest outcomes, as known at a moment.

    Args:
        run: The configuration, and the canonical tables.
        fitted: The recipe, carried out on ``taught``.
        taught: The rows that were mature at the moment.
        young: Rows that were not.
        moment: Local day at whose start "today" lies.

    Returns:
        None where it is not asked for, or not known: in a flat table, without young rows, where
        rows are weighted by hand-overs, where somebody says what close rate to expect, and for a
        model that was fitted elsewhere.
    """
    config, held_out = run.config, fitted.held_out
    if config.goal is None or not is_followed(config) or young is None or held_out is None:
        return None
    scored = np.flatnonzero(~np.isnan(held_out))
    old = taught.take(scored)
    parts = (old, young)
    won_day = np.concatenate([recorded(run, part) for part in parts])
    matrix = run.build(run.store, young.rows, fitted.spec).matrix
    rows = LevelRows(
        time=np.concatenate([part.time for part in parts]),
        log_odds=np.concatenate([held_out[scored], fitted.log_odds(matrix)]),
        weight=np.concatenate([part.weight for part in parts]),
        cluster=np.concatenate([part.cluster for part in parts]),
        won_day=np.where(won_day < moment, won_day, NEVER),
        mature=np.arange(len(won_day)) < len(old),
    )
    return newest_level(rows, moment=moment, horizon_days=config.goal.horizon_days)


def on_newest_level(
    run: Run, fitted: FittedRecipe, taught: LabelledRows, rows: LabelledRows, *, moment: int
) -> tuple[FittedRecipe, NewestLevel | None]:
    """A recipe on the level of the newest outcomes as they were known at a moment of the past.

    Args:
        run: The configuration, and the canonical tables.
        fitted: The recipe, carried out on ``taught``.
        taught: The rows that were mature at the moment.
        rows: All rows that are mature today: those that were young then are found among them.
        moment: Local day at whose start the past "today" lies.
    """
    if run.config.goal is None:
        return fitted, None
    young = young_at(rows, moment, horizon_days=run.config.goal.horizon_days)
    level = level_of(run, fitted, taught, young, moment=moment)
    return replace(fitted, calibration=moved(fitted.calibration, level)), level


def moved(calibration: Calibration, level: NewestLevel | None) -> Calibration:
    """A calibration whose intercept is on the level of the newest outcomes."""
    if level is None or level.shift == 0:
        return calibration
    return calibration.model_copy(update={"intercept": calibration.intercept + level.shift})


def newest_level(rows: LevelRows, *, moment: int, horizon_days: int) -> NewestLevel | None:
    """The level of the newest outcomes; None where no mature row won.

    Args:
        rows: Mature and young rows.
        moment: Local day at whose start "today" lies.
        horizon_days: Days after a look within which a win counts, and half-life of what is known.
    """
    has_won = rows.won_day < NEVER
    known = rows.mature & has_won
    if not known.any():
        return None
    delays = win_delays(
        rows.log_odds[known],
        (rows.won_day - rows.time)[known],
        rows.weight[known],
        horizon_days=horizon_days,
    )
    waited = np.where(has_won, rows.won_day - rows.time, 0)
    # nobody waits longer for the record, of rows of any age
    in_time = has_won & (waited < delays.shares.shape[1])
    rows = replace(rows, won_day=np.where(in_time, rows.won_day, NEVER))
    daily = _daily(rows, delays, moment)
    level, over_leads = _level(rows, delays, moment, horizon_days)
    before = _levels_before(daily, horizon_days)
    error = max(over_leads, _moves(before))
    days = len(daily.wins)
    season = None
    if days - _YEAR >= 2 * horizon_days:
        season = _linear_level(daily, days - _YEAR, horizon_days)[0]
    newest = slice(max(0, days - horizon_days), days)
    return NewestLevel(
        days=horizon_days,
        wins=float(daily.wins[newest].sum()),
        expected=float(daily.expected[newest].sum()),
        level=level,
        season=season,
        error=error,
        young=int((~rows.mature).sum()),
        shift=_shift(level, season, error),
    )


def _shift(level: float, season: float | None, error: float) -> float:
    """How far to move: what is neither season nor noise."""
    news = level
    if season is not None and season * level > 0:
        news = float(np.sign(level)) * max(0.0, abs(level) - abs(season))
    least = _BEYOND if season is not None else _BEYOND_UNKNOWN_SEASON
    if not abs(news) > least * error:
        return 0.0
    return news * (1 - (error / news) ** 2)


@dataclass(frozen=True)
class _Daily:
    """By day, from the first look until the day before the moment: wins that came, wins that were
    expected, and the variance of these by chance (how much they rise with the log-odds).
    """

    wins: _Floats
    expected: _Floats
    slope: _Floats


def _daily(rows: LevelRows, delays: WinDelays, moment: int) -> _Daily:
    first = int(rows.time.min())
    days = moment - first
    chance, group = sigmoid(rows.log_odds), delays.group(rows.log_odds)
    expected, slope = np.zeros(days), np.zeros(days)
    for number, shares in enumerate(delays.shares):
        own = group == number
        looked = rows.time[own] - first
        mass = rows.weight[own] * chance[own]
        rises = mass * (1 - chance[own])
        expected += np.convolve(np.bincount(looked, mass, minlength=days), shares)[:days]
        slope += np.convolve(np.bincount(looked, rises, minlength=days), shares)[:days]
    won = rows.won_day < NEVER
    wins = np.bincount(rows.won_day[won] - first, rows.weight[won], minlength=days).astype(float)
    return _Daily(wins, expected, slope)


def _level(rows: LevelRows, delays: WinDelays, moment: int, half_life: int) -> tuple[float, float]:
    """The shift at which expected wins are observed ones, and its standard error over leads."""
    age = moment - rows.time
    near = age <= delays.shares.shape[1] + _FORGOTTEN * half_life
    age, log_odds, weight = age[near], rows.log_odds[near], rows.weight[near]
    won_day = rows.won_day[near]
    won = won_day < NEVER
    back = np.where(won, moment - won_day, 0)
    observed = np.where(won, weight * 0.5 ** (back / half_life), 0.0)
    counts = weight * _weight_by_age(delays, int(age.max()), half_life)[delays.group(log_odds), age]

    def surplus(shift: float) -> float:
        return float(observed.sum() - (sigmoid(log_odds + shift) * counts).sum())

    if surplus(-_FARTHEST) <= 0:
        level = -_FARTHEST
    elif surplus(_FARTHEST) >= 0:
        level = _FARTHEST
    else:
        level = float(brentq(surplus, -_FARTHEST, _FARTHEST, xtol=1e-10))
    chance = sigmoid(log_odds + level)
    slope = float((chance * (1 - chance) * counts).sum())
    cluster = np.unique(rows.cluster[near], return_inverse=True)[1]
    off = np.bincount(cluster, observed - chance * counts)
    return level, float(np.sqrt(np.sum(off**2))) / slope


def _weight_by_age(delays: WinDelays, oldest: int, half_life: int) -> _Floats:
    """(groups, oldest + 1) sum over the days until now of the share of wins on a day times its
    weight, for a row looked at so many days ago.
    """
    groups, longest = delays.shares.shape
    found = np.zeros((groups, oldest + 1))
    for age in range(1, oldest + 1):
        until = min(age, longest)
        weights = 0.5 ** ((age - np.arange(until)) / half_life)
        found[:, age] = (delays.shares[:, :until] * weights).sum(axis=1)
    return found


def _linear_level(daily: _Daily, end: int, half_life: int) -> tuple[float, float]:
    """The level at the end of an earlier day by one Newton step, and how much is known of it (the
    inverse of its variance by chance).
    """
    weight = 0.5 ** ((end - np.arange(end)) / half_life)
    slope = daily.slope[:end]
    rises = float((weight * slope).sum())
    surplus = float((weight * (daily.wins[:end] - daily.expected[:end])).sum())
    return surplus / rises, rises**2 / float((weight**2 * slope).sum())


def _levels_before(daily: _Daily, horizon: int) -> tuple[_Floats, _Floats]:
    """Levels a horizon apart, the newest first, without today's; and how much is known of each."""
    days = len(daily.wins)
    found = [
        _linear_level(daily, end, horizon)
        for end in range(days - horizon, 2 * horizon - 1, -horizon)
        if daily.slope[:end].any()
    ]
    return np.array([level for level, _ in found]), np.array([known for _, known in found])


def _moves(before: tuple[_Floats, _Floats]) -> float:
    """Standard deviation of the level by itself; infinite where too few levels tell."""
    levels, known = before
    if len(levels) < _FEWEST_LEVELS:
        return float("inf")
    both = 1 / (1 / known[1:] + 1 / known[:-1])
    return float(np.sqrt(np.average(np.diff(levels) ** 2 / 2, weights=both)))


def level_line(facts: Mapping[str, Any] | None) -> str:
    """What the newest outcomes say of the level, and what was done about it; empty where nothing
    was asked.

    Args:
        facts: A level as ``NewestLevel.to_dict`` has it.
    """
    if not facts:
        return ""
    told = (
        f"level of the newest outcomes: {facts['wins']:,.0f} wins in the last {facts['days']} days,"
        f" {facts['expected']:,.0f} expected: {facts['level']:+.2f} log-odds"
    )
    if facts["error"] is None:
        return f"{told}; too short a history to know its noise: nothing moved"
    told += f" (noise {facts['error']:.2f}"
    told += ")" if facts["season"] is None else f"; a year before {facts['season']:+.2f})"
    if not facts["shift"]:
        return f"{told}: nothing moved"
    return (
        f"{told}: all chances moved by {facts['shift']:+.2f} log-odds"
        " (calibrating: {level: mature} leaves them)"
    )
