"""How much leads do, all kinds of behaviour together, beside the reference population.

Half of all events lost, or every event counted twice, moves each kind by less than its own limit
tells; together they show it.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.spec import BehaviourSource, Feature
from propensity.config.sections import InputCheckSettings
from propensity.input_check.values import NOISE_Z, telling_counts
from propensity.model.model import PropensityModel
from propensity.scoring.differences import InputDifference


def compared_volume(
    model: PropensityModel, matrix: NDArray[np.float64], limits: InputCheckSettings
) -> Iterator[InputDifference]:
    """Whether tonight's leads have as many events as those of the training had.

    A count stands for the bin it lies in, so that both means are of the same kind.

    Args:
        model: In use; without stored distributions there is nothing to compare with.
        matrix: (n, features) values of tonight's leads, or of an even sample of them.
        limits: Beyond which a difference is told.
    """
    numbers = telling_counts(model)
    if model.distributions is None or not len(matrix) or not numbers:
        return
    expected, found = 0.0, np.zeros(len(matrix))
    for number in numbers:
        feature = model.spec.features[number]
        share, size, edges = _bins(model, feature)
        expected += float(share @ size)
        found += size[np.searchsorted(edges, matrix[:, number], side="left")]
    mean = float(found.mean())
    if not expected or not mean:
        return
    error = float(found.std()) / mean / np.sqrt(len(matrix))
    least = 1 - limits.volume
    moved = abs(np.log(mean / expected))
    if moved <= -np.log(least) or moved <= NOISE_Z * error:
        return
    yield InputDifference(
        "volume",
        "look",
        "events",
        f"events: {mean / expected:.2f} times as many per lead as in training, expected"
        f" {least:.2f} to {1 / least:.2f} (`input_check.volume`): are some lost, or counted twice?",
    )


def _bins(
    model: PropensityModel, feature: Feature
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Shares of the reference population in the bins of a count, what each bin stands for, and
    the edges between them.
    """
    if model.distributions is None or not isinstance(feature.source, BehaviourSource):
        raise ValueError("expected a count of a model with stored distributions")
    rows = model.distributions.filter(pc.field("feature") == feature.name).to_pylist()
    bins = [row for row in rows if row["level"] is None]
    share = np.array([row["share"] for row in bins], dtype=np.float64)
    size = [row["low"] + 1 if row["high"] is None else row["high"] for row in bins[1:]]
    first = bins[0]["high"] if bins[0]["high"] is not None else 0.0
    edges = np.array([row["low"] for row in bins[1:]], dtype=np.float64)
    return share, np.array([first, *size], dtype=np.float64), edges
