"""How many values of a chart are drawn: on the page and on the slides alike."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from training.review.document.blocks import Chart

#: Values of numbers that are drawn, at most; and of labels.
POINTS, LABELS = 120, 40


def thinned(chart: Chart) -> Chart:
    """A chart of at most so many values: numbers evenly spread with both ends and the extremes,
    labels the first.
    """
    size = len(chart.x)
    if not is_numeric(chart):
        return chart if size <= LABELS else _taken(chart, range(LABELS))
    if size <= POINTS:
        return chart
    places = set(
        np.linspace(0, size - 1, POINTS - 2 * len(chart.series)).round().astype(int).tolist()
    )
    for series in chart.series:
        known = [place for place, y in enumerate(series.y) if y is not None]
        if known:
            places |= {
                min(known, key=lambda p: series.y[p] or 0),
                max(known, key=lambda p: series.y[p] or 0),
            }
    return _taken(chart, sorted(places))


def is_numeric(chart: Chart) -> bool:
    """Whether x is a scale, not labels."""
    return bool(chart.x) and not any(isinstance(x, str) for x in chart.x)


def _taken(chart: Chart, places: Sequence[int]) -> Chart:
    def of(values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(values[place] for place in places) if values else ()

    series = tuple(replace(s, y=of(s.y), low=of(s.low), high=of(s.high)) for s in chart.series)
    return replace(chart, x=of(chart.x), series=series)
