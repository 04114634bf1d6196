"""Pictures of a training run, as PNG files for the registry."""

import io
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas

from training.learn.metrics.metrics import Decile
from training.learn.metrics.reliability import Bin
from training.learn.recipe.importance import Importance
from training.train import drawing


def plots(
    bins: tuple[Bin, ...],
    importance: tuple[Importance, ...],
    *,
    tenths: Mapping[str, Sequence[Decile]] = MappingProxyType({}),
    grades: Sequence[Sequence[int | None]] = (),
) -> dict[str, bytes]:
    """File name to PNG: what matters and which way, predicted beside observed close rates, wins
    met by the best leads, and which grades change.

    Args:
        bins: Bins of the test part.
        importance: Importance of the shipped model.
        tenths: Model or baseline to the tenths of the test part, the best first.
        grades: Leads by the champion's grade and the new one, in the order of ``GRADES``; empty
            where there is no champion.
    """
    high = 1.0 + 0.35 * drawing.places(importance)
    drawn = {
        "importance.png": _png((8, high), lambda axes: drawing.importance(axes, importance)),
        "reliability.png": _png((5, 5), lambda axes: drawing.calibration(axes, bins)),
    }
    if any(item.spread for item in importance):
        drawn["contributions.png"] = _png(
            (8, high), lambda axes: drawing.contributions(axes, importance)
        )
    if tenths:
        drawn["gain.png"] = _png((6, 5), lambda axes: drawing.gain(axes, tenths))
    if grades:
        drawn["migration.png"] = _png((8, 7), lambda axes: drawing.migration(axes, grades))
    return drawn


def _png(size: tuple[float, float], draw: Callable[[Axes], None]) -> bytes:
    """The picture without a date or a version in it, so that the same picture has the same
    bytes.
    """
    with drawing.lettering():
        canvas = Canvas(figsize=size, layout="constrained")
        draw(canvas.subplots())
        out = io.BytesIO()
        FigureCanvasAgg(canvas).print_png(out, metadata={"Software": None})
    return out.getvalue()
