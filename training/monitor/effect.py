"""What does a call change? A chance to close is not the effect of calling: only a draw shows it."""

from collections.abc import Iterator, Mapping

import numpy as np

from propensity.concepts.wording import quadrant_label
from propensity.grading.grading import AREAS
from propensity.language import Catalogue
from propensity.language.audience import Audience
from training.monitor.answer import (
    LEAST_LEADS,
    Answer,
    Cell,
    Figures,
    Form,
    Verdict,
    figure_columns,
)
from training.monitor.parted import SIDES, PartedLeads, Side, parted
from training.monitor.two_arms import TwoArms, compare
from training.monitor.watched import Watched
from training.monitor.written import written

_COLUMNS: tuple[tuple[str, Form], ...] = (
    ("where", "text"),
    ("handed_over", "count"),
    ("handed_over_closed", "chance"),
    ("others", "count"),
    ("others_closed", "chance"),
    ("difference", "points"),
)


def answer(watched: Watched) -> Answer:
    """What handing over changed, below the line and over it, as far as a draw shows it."""
    return judged(
        parted(watched),
        watched.words("effect"),
        watched.config.audience,
        horizon=watched.horizon,
    )


def judged(
    sides: Mapping[Side, PartedLeads | None],
    words: Catalogue,
    audience: Audience,
    *,
    horizon: int,
) -> Answer:
    """Compare the leads that the draws parted. Without a draw, or of few, nothing is claimed.

    Args:
        sides: The leads of each side; None of a side without a draw.
        words: The texts.
        audience: What quadrants are called.
        horizon: Days within which closes count.
    """
    found = {
        side: compare(leads.handed, leads.won, leads.cluster)
        for side, leads in sides.items()
        if leads is not None
    }
    if not found:
        return Answer("effect", "unknown", words["nothing drawn"])
    told = [_sentence(side, sides[side], found.get(side), words) for side in SIDES]
    verdict: Verdict = "fine" if any(arms.tells for arms in found.values()) else "too early"
    rows = [
        row
        for side in SIDES
        if (leads := sides[side]) is not None
        for row in _rows(side, leads, found[side], words, audience)
    ]
    figures = Figures(
        "by_quadrant",
        words["figures"],
        figure_columns(words, _COLUMNS),
        tuple(rows),
        (words.say("note", horizon=horizon),),
    )
    return Answer("effect", verdict, words["between"].join(told), (figures,))


def _sentence(side: Side, leads: PartedLeads | None, arms: TwoArms | None, words: Catalogue) -> str:
    if leads is None or arms is None:
        return words[f"none: {side}"]
    if not arms.tells or arms.difference is None:
        return words.say(
            f"few: {side}",
            handed=f"{arms.handed:,}",
            others=f"{arms.others:,}",
            n=f"{arms.handed_won + arms.others_won:,}",
            waiting=f"{leads.waiting:,}",
        )
    ends = (arms.difference.value, arms.difference.low, arms.difference.high)
    points, low, high = (written(end, "points") for end in ends)
    by = words.say("by", points=points, low=low, high=high)
    if not arms.is_shown:
        return words.say(f"not shown: {side}", by=by)
    rate, other = (
        written(share, "chance")
        for share in (arms.handed_won / arms.handed, arms.others_won / arms.others)
    )
    return words.say(f"shown: {side}", rate=rate, other=other, by=by)


def _rows(
    side: Side, leads: PartedLeads, whole: TwoArms, words: Catalogue, audience: Audience
) -> Iterator[tuple[Cell, ...]]:
    """The side, then its quadrants."""
    yield _row(words[f"side: {side}"], whole)
    for area in AREAS:
        here = np.asarray(leads.area == area, dtype=np.bool_)
        if here.any():
            arms = compare(leads.handed[here], leads.won[here], leads.cluster[here])
            yield _row(words.say("part", quadrant=quadrant_label(area, audience)), arms)


def _row(name: str, arms: TwoArms) -> tuple[Cell, ...]:
    def share(won: int, leads: int) -> float | None:
        return won / leads if leads >= LEAST_LEADS else None

    return (
        name,
        arms.handed,
        share(arms.handed_won, arms.handed),
        arms.others,
        share(arms.others_won, arms.others),
        arms.difference,
    )
