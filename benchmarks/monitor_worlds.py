"""Companies as weekly figures: three ordinary years in which leads, actions and closes swing by
themselves, with or without a fault from a week on.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.simulate.company import MONTH_PATTERN

Floats = NDArray[np.float64]
#: Weeks of history before the pair was promoted, and of the year that is watched.
HISTORY, YEAR = 104, 52
WEEKS = HISTORY + YEAR
#: Weeks after the line, or a look, within which a win counts: 28 days, as in the sample company.
HORIZON = 4

#: ``none``, or what changes from a week on.
Fault = Literal[
    "none",
    "level x 0.7",
    "nobody calls",
    "vanished channel",
    "stopped event type",
    "inflated line",
    "pushed action",
    "gold below the line",
    "moved scores",
]


@dataclass(frozen=True)
class WeeklyWorld:
    """A company in weekly figures; arrays run over all ``WEEKS``, the oldest first.

    Attributes:
        fault: What changes.
        since: Week from which it does, within the watched year.
        channels: (channels, WEEKS) new leads.
        active_days: (types, WEEKS * 7) whether events of a type came in on a day.
        actions: (types, WEEKS) leads that did it.
        hand_overs: (types, WEEKS) hand-overs that rest on it.
        open_leads: (WEEKS,).
        entered: (n,) week in which a lead first passed the line.
        won: (n,) week in which it was won, or -1.
        slice_week: (m,) week in which a lead of the random slice was handed over.
        slice_chance: (m,) its chance as served.
        slice_won: (m,) whether it was won.
        log_odds: Log-odds of a night per watched week.
        look_week: (k,) week of a look at a lead; no two horizons of a lead overlap.
        look_chance: (k,) its chance as served.
        look_won: (k,) whether it was won within the horizon.
        judged: (YEAR,) hand-overs of which it is known whether the first contact was in time.
        kept: (YEAR,) hand-overs among these with a contact in time.
    """

    fault: Fault
    since: int
    channels: Floats
    active_days: NDArray[np.bool_]
    actions: Floats
    hand_overs: NDArray[np.int64]
    open_leads: Floats
    entered: NDArray[np.int64]
    won: NDArray[np.int64]
    slice_week: NDArray[np.int64]
    slice_chance: Floats
    slice_won: NDArray[np.bool_]
    log_odds: list[Floats] = field(repr=False)
    look_week: NDArray[np.int64]
    look_chance: Floats
    look_won: NDArray[np.bool_]
    judged: NDArray[np.int64]
    kept: NDArray[np.int64]


def weekly_world(
    seed: int,
    fault: Fault = "none",
    *,
    strength: float = 1.0,
    new_leads: tuple[float, float] = (8, 80),
) -> WeeklyWorld:
    """Draw a company.

    Args:
        seed: Of the company: the same until the fault begins, whatever it is.
        fault: What changes.
        new_leads: Fewest and most that come in a week on average.
        strength: How strongly weeks and quarters swing by themselves; 1 is ordinary.
    """
    random = np.random.default_rng([7, seed])
    since = HISTORY + int(random.integers(13, YEAR - 13))
    late = (np.arange(WEEKS) >= since) & (fault != "none")
    level = _level(random, strength)
    new = random.uniform(*new_leads)
    channels, action_shares = _shares(random, 7, strength), _shares(random, 8, strength)
    if fault == "vanished channel":
        channels = _without(channels, 1, late)  # the second largest
    came = random.poisson(_over(random, new * level * channels, 1.3)).astype(np.float64)
    stock = new * random.uniform(12, 25)
    slow = np.convolve(np.pad(level, (12, 0), "edge"), np.ones(13) / 13, "valid")
    open_leads = np.rint(stock * slow)
    doing = action_shares * 0.15 * open_leads * level
    if fault == "stopped event type":
        doing = np.where((np.arange(8) == 1)[:, None] & late, 0.0, doing)
    if fault == "pushed action":
        doing = np.where((np.arange(8) == 4)[:, None] & late, 1.5 * doing, doing)
    actions = random.poisson(_over(random, doing, 1.5)).astype(np.float64)
    weekend = np.tile([1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5], WEEKS)
    active_days = random.random((8, WEEKS * 7)) < -np.expm1(-np.repeat(doing / 7, 7, 1) * weekend)
    quarter = np.repeat(random.normal(0, 0.17 * strength, WEEKS // 13), 13)
    entered, won, rests = _passing(random, open_leads, level, action_shares, quarter, fault, late)
    sliced = _sliced(random, open_leads, quarter, fault, late)
    move = _autoregression(random, 0.95, 0.06 * strength) + 0.1 * np.log(level)
    move += np.where(late & (fault == "moved scores"), 0.6, 0.0)
    log_odds = [
        random.normal(-3 + move[week], 1.1, int(open_leads[week])) for week in range(HISTORY, WEEKS)
    ]
    return WeeklyWorld(
        fault,
        since,
        came,
        active_days,
        actions,
        rests,
        open_leads,
        entered,
        won,
        *sliced,
        log_odds,
        *_looked(random, open_leads, quarter, fault, since),
        *_contacts(random, rests, fault, late),
    )


def _level(random: np.random.Generator, strength: float) -> Floats:
    """Seasons as of the simulated company, busy and quiet weeks that follow each other, growth."""
    month = ((np.arange(WEEKS) / 52 * 12 + random.integers(12)) % 12).astype(int)
    season = MONTH_PATTERN[month] ** (strength * random.uniform(0.2, 1.0))
    weeks = _autoregression(random, 0.8, 0.12 * strength)
    growth = random.normal(0.1, 0.1) * np.arange(WEEKS) / 52
    level: Floats = season * np.exp(weeks + growth - growth[HISTORY])
    return level


def _autoregression(random: np.random.Generator, stays: float, size: float) -> Floats:
    """(WEEKS,) normal, with standard deviation ``size``; each week remembers the one before."""
    path, own = np.empty(WEEKS), random.normal(0, size, WEEKS)
    path[0] = own[0]
    for week in range(1, WEEKS):
        path[week] = stays * path[week - 1] + np.sqrt(1 - stays**2) * own[week]
    return path


def _shares(random: np.random.Generator, count: int, strength: float) -> Floats:
    """(count, WEEKS) shares that add up to 1, the largest first; each wanders by itself."""
    size = np.sort(random.dirichlet(np.full(count, 3.0)))[::-1]
    walks = [_autoregression(random, 0.95, 0.2 * strength) for _ in range(count)]
    odds = size[:, None] * np.exp(np.stack(walks))
    shares: Floats = odds / odds.sum(axis=0)
    return shares


def _without(shares: Floats, place: int, late: NDArray[np.bool_]) -> Floats:
    return np.where((np.arange(len(shares)) == place)[:, None] & late, 0.0, shares)


def _over(random: np.random.Generator, mean: Floats, dispersion: float) -> Floats:
    """Means that vary by themselves, so that Poisson counts vary ``dispersion`` times as much."""
    scale = dispersion - 1
    found: Floats = random.gamma(np.maximum(mean, 1e-12) / scale, scale)
    return found


def _passing(
    random: np.random.Generator,
    open_leads: Floats,
    level: Floats,
    action_shares: Floats,
    quarter: Floats,
    fault: Fault,
    late: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """When leads of the watched year pass the line and are won, and what their hand-over rests on;
    an inflated line is passed twice as often, by leads of which none of the further ones closes.
    """
    rate, chance = random.uniform(0.006, 0.012), random.uniform(0.1, 0.25)
    inflated = np.where(late & (fault == "inflated line"), 2.0, 1.0)
    number = random.poisson(_over(random, rate * open_leads * level * inflated, 1.3))
    number[:HISTORY] = 0
    entered = np.repeat(np.arange(WEEKS), number)
    odds = chance / (1 - chance) * np.exp(quarter)
    is_won = random.random(len(entered)) < (odds / (1 + odds) / inflated)[entered]
    delay = random.integers(0, HORIZON, len(entered))
    won = np.where(is_won & (entered + delay < WEEKS), entered + delay, -1)
    weights = action_shares * np.where(
        (np.arange(8) == 4)[:, None] & late & (fault == "pushed action"), 3.0, 1.0
    )
    weights = weights / weights.sum(axis=0)
    rests = np.stack([random.multinomial(n, weights[:, w]) for w, n in enumerate(number)], axis=1)
    return entered, won, rests.astype(np.int64)


def _sliced(
    random: np.random.Generator,
    open_leads: Floats,
    quarter: Floats,
    fault: Fault,
    late: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], Floats, NDArray[np.bool_]]:
    """The random slice; where there is gold below the line, twice as many of it close."""
    number = random.poisson(open_leads * 0.005)
    number[:HISTORY] = 0
    week = np.repeat(np.arange(WEEKS), number)
    chance = random.beta(1.5, 40, len(week))
    odds = chance / (1 - chance) * np.exp(quarter[week])
    more = np.where(late & (fault == "gold below the line"), 3.0, 1.0)[week]
    return week, chance, random.random(len(week)) < np.minimum(more * odds / (1 + odds), 1)


def _looked(
    random: np.random.Generator, open_leads: Floats, quarter: Floats, fault: Fault, since: int
) -> tuple[NDArray[np.int64], Floats, NDArray[np.bool_]]:
    """Looks at every open lead once a horizon; where the level falls, 3 of 10 closes from that week
    on do not come.
    """
    number = np.rint(open_leads / HORIZON).astype(int)
    number[:HISTORY] = 0
    week = np.repeat(np.arange(WEEKS), number)
    chance = random.beta(1.2, 24, len(week))
    odds = chance / (1 - chance) * np.exp(quarter[week])
    won = random.random(len(week)) < odds / (1 + odds)
    closed = week + random.integers(0, HORIZON, len(week))
    lost = (closed >= since) & (random.random(len(week)) < 0.3) & (fault == "level x 0.7")
    return week, chance, won & ~lost


def _contacts(
    random: np.random.Generator, rests: NDArray[np.int64], fault: Fault, late: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hand-overs of each week, and those that were contacted in time: some nine of ten, in busy
    weeks fewer; where nobody calls any more, one of three is still written to.
    """
    judged = rests[:, HISTORY:].sum(axis=0)
    usual = random.beta(0.9 * 60, 0.1 * 60, YEAR)
    share = np.where(late[HISTORY:] & (fault == "nobody calls"), 0.33, usual)
    return judged.astype(np.int64), random.binomial(judged, share).astype(np.int64)
