"""Where the MQL line may be drawn: every candidate with what it leads to, from a replay or from a
flat table.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.settings import Axis
from propensity.definition.schema import Definition
from propensity.grading.grading import Graded, areas_on, fits
from training.definition.held_out import HeldOut
from training.learn.metrics.clustered_intervals import rate_interval
from training.threshold.crossings import crossings
from training.threshold.figures import LineFigures
from training.threshold.nightly_replay import NightlyReplay
from training.threshold.promise import FEWEST_FOR_A_RATE
from training.threshold.removed import house_list
from training.threshold.study import Study

#: Lines that a slider stops at, about.
STOPS = 41
#: Fewer leads than this are not told.
FEWEST = 5
#: Shares of the leads of a flat table at which a line is looked at.
_SHARES = np.concatenate([np.arange(0.01, 0.1, 0.01), np.arange(0.1, 0.61, 0.02)])

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CandidateLines:
    """L lines with what each leads to; NaN for what too few leads speak for. Counts are scaled to
    all leads.

    Attributes:
        lines: (L,) chances, ascending.
        chosen: Place of the line that the definition or a policy chose, else of the best tenth.
        why: ``signed``, ``proposed`` or ``best tenth``.
        per_week: (L, 3) leads that newly cross per week: expected, low, high; all NaN of a flat
            table.
        backlog: (L,) leads over the line on day one; NaN of a flat table.
        precision: (L, 3) share that reaches the goal: observed, low, high.
        judged: (L,) leads it is read off.
        captured: (L,) share of all wins that were over the line before.
        wins: (L,) goals reached per week; NaN of a flat table.
        value: (L,) the same in money, less the cost; NaN where no amount is known.
        axes: The axes that leads are graded by.
        areas: (L, A) share of the leads over the line by quadrant, of one axis by half; in the
            order of ``areas_named``.
        fit: Share of the leads that fit; NaN where nothing is known of fit.
        followed: (L,) leads of 100 to be followed.
        leads: The leads these are of.
    """

    lines: Floats
    chosen: int
    why: str
    per_week: Floats
    backlog: Floats
    precision: Floats
    judged: Floats
    captured: Floats
    wins: Floats
    value: Floats
    axes: tuple[Axis, ...]
    areas: Floats
    fit: float
    followed: Floats
    leads: float

    def __len__(self) -> int:
        return len(self.lines)


def lines_of_replay(rows: NightlyReplay, study: Study, *, scale: float) -> CandidateLines:
    """Lines of a replay.

    Args:
        rows: The rows of the replay.
        study: What it was found to say.
        scale: Leads that each lead of the replay stands for.
    """
    figures, outlook, worth = study.lines.figures, study.lines.outlook, study.lines.worth
    place = study.signed if study.signed is not None else study.choice.line
    why = (
        "signed" if study.signed is not None else "proposed" if place is not None else "best tenth"
    )
    if place is None:
        place = int(np.argmin(np.abs(figures.backlog - 0.1 * study.open_leads)))
    at = _stops(figures, place)
    found = crossings(rows, rows.eligible_chance, figures.lines[at])
    crossed = found.total(np.ones(len(found)))
    mixed = np.stack(
        [found.total(rows.area[found.row] == code) for code in areas_on(rows.axes)], axis=1
    )
    waiting = study.standing
    houses = [house_list(waiting, waiting.eligible_chance >= line) for line in figures.lines[at]]
    leads = max(houses[0].leads, 1)
    known = figures.judged[at] >= FEWEST_FOR_A_RATE
    few = (crossed < FEWEST) & (crossed > 0)

    def told(values: Floats, *, unless: NDArray[np.bool_]) -> Floats:
        return np.where(unless if values.ndim == 1 else unless[:, None], np.nan, values)

    backlog = figures.backlog[at].astype(np.float64)
    return CandidateLines(
        lines=figures.lines[at],
        chosen=int(np.searchsorted(at, place)),
        why=why,
        per_week=told(
            scale * np.where(np.isfinite(outlook.per_week[at]), outlook.per_week[at], np.nan),
            unless=few,
        ),
        backlog=told(scale * backlog, unless=(backlog < FEWEST) & (backlog > 0)),
        precision=told(outlook.precision[at], unless=~known),
        judged=figures.judged[at].astype(np.float64),
        captured=figures.share_captured[at] if figures.wins >= FEWEST else np.full(len(at), np.nan),
        wins=told(scale * worth.wins[at], unless=~known),
        value=told(scale * worth.value[at], unless=~known),
        axes=rows.axes,
        areas=mix(mixed, crossed),
        fit=float("nan") if houses[0].fit is None else houses[0].fit / leads,
        followed=np.array([house.followed for house in houses]) / leads,
        leads=scale * houses[0].leads,
    )


def lines_of_leads(judged: HeldOut, where: Graded, definition: Definition | None) -> CandidateLines:
    """Lines of a flat table, read off leads the model had not seen: whoever is over one is so once.

    Args:
        judged: The leads.
        where: Where each stands.
        definition: Definition with the line and the qualifiers; None without one.
    """
    ruled = judged.ruled
    eligible = ruled.eligible if ruled is not None else np.ones(len(judged), dtype=np.bool_)
    raised = (
        (ruled.hand_raiser >= 0) & (ruled.disqualifier < 0) & (ruled.missing < 0)
        if ruled is not None
        else ~eligible
    )
    chance = np.where(eligible & ~raised, judged.probability, 0.0)
    enter = definition.mql.enter if definition else None
    wanted = [float(f"{line:.2g}") for line in np.quantile(judged.probability, 1 - _SHARES)]
    lines = np.array(
        sorted({line for line in (*wanted, *([enter] if enter else [])) if 0 < line < 1})
    )
    best = float(f"{np.quantile(judged.probability, 0.9):.2g}")
    over = chance[None, :] >= lines[:, None]
    crossed = over.sum(axis=1)
    won = (over & judged.won).sum(axis=1)
    known = crossed >= FEWEST_FOR_A_RATE
    mixed = np.stack(
        [(over & (where.area == code)).sum(axis=1) for code in areas_on(where.axes)], axis=1
    )
    fit = fits(where.area, where.axes)
    nothing = np.full(len(lines), np.nan)
    ends = [rate_interval(judged.won[own], judged.cluster[own]) for own in over]
    precision = np.column_stack([won / np.maximum(crossed, 1), np.array(ends, dtype=np.float64)])
    return CandidateLines(
        lines=lines,
        chosen=int(np.argmin(np.abs(lines - (enter or best)))),
        why="signed" if enter else "best tenth",
        per_week=np.full((len(lines), 3), np.nan),
        backlog=nothing,
        precision=np.where(known[:, None], precision, np.nan),
        judged=crossed.astype(np.float64),
        captured=won / max(int(judged.won.sum()), 1),
        wins=nothing,
        value=nothing,
        axes=where.axes,
        areas=mix(mixed, crossed),
        fit=float("nan") if fit is None else float(fit.mean()),
        followed=((over | raised).mean(axis=1)),
        leads=float(len(judged)),
    )


def _stops(figures: LineFigures, place: int) -> NDArray[np.intp]:
    """Places of lines from many leads to few, in even steps of the logarithm, the chosen one among
    them.
    """
    volume = figures.weekly.sum(axis=1)
    known = np.flatnonzero((volume >= FEWEST) & (figures.judged >= FEWEST_FOR_A_RATE))
    if not len(known):
        return np.array([place], dtype=np.intp)
    steps = np.geomspace(volume[known].max(), volume[known].min(), STOPS)
    nearest = {int(known[np.argmin(np.abs(np.log(volume[known] / step)))]) for step in steps}
    return np.array(sorted({place, *nearest}), dtype=np.intp)


def mix(mixed: NDArray[np.number], crossed: NDArray[np.number]) -> Floats:
    """(L, A) shares.

    NaN where fewer than ``FEWEST`` leads are over the line, or in an area of it.
    """
    share = np.divide(
        mixed, crossed[:, None], out=np.full(mixed.shape, np.nan), where=crossed[:, None] >= FEWEST
    )
    few: NDArray[np.bool_] = (mixed > 0) & (mixed < FEWEST)
    return np.where(few, np.nan, share)
