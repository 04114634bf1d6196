"""Learns what is rare among the training leads; `propensity.scoring.little_evidence` applies it."""

import numpy as np
from numpy.typing import NDArray

from features.spec import FIRST_LEVEL, Feature
from propensity.model.model_parts import ModelParts
from propensity.scoring.little_evidence import FeatureRarity, Rarity, sums

#: Share of the training population that is further out than the limit.
BEYOND = 0.001
#: Leads that a bin of a number, or a level, must hold for its share to be stored.
_LEAST_LEADS = 20
#: Shares of the known values at which bins of a number end: finer in the tails, where rarity is
#: decided.
_SHARES = (
    0.001,
    0.002,
    0.005,
    0.01,
    0.025,
    0.05,
    *np.arange(1, 10) / 10,
    0.95,
    0.975,
    0.99,
    0.995,
    0.998,
    0.999,
)
#: A number is outside of what was seen where it lies this many times further from the outermost bin
#: that holds enough leads than that bin lies from the median. The extremes themselves are single
#: leads, and are not stored.
_FAR = 3.0
#: Rows looked at, at most, spread evenly: more change no limit.
_MOST_ROWS = 200_000


def learn_rarity(
    model: ModelParts,
    matrix: NDArray[np.float64],
    weight: NDArray[np.float64],
    lead: NDArray[np.int64],
) -> Rarity:
    """Shares of values, and the limit of their sum.

    Args:
        model: The model whose features are looked at.
        matrix: (n, features) rows of the reference population.
        weight: (n,) rows of the population each row stands for.
        lead: (n,) number of each row's lead.
    """
    thin = np.argsort(lead, kind="stable")[:: -(-len(lead) // _MOST_ROWS)]
    matrix, weight = np.asfortranarray(matrix[thin]), weight[thin]
    number = np.unique(lead[thin], return_inverse=True)[1].astype(np.int64)
    features = tuple(
        _of_levels(feature, matrix[:, i], weight, number)
        if feature.is_category
        else _of_numbers(matrix[:, i], weight, number)
        for i, feature in enumerate(model.spec.features)
    )
    unlimited = Rarity(features=features, limit=0.0)
    own = sums(unlimited, model, matrix)
    limit = np.quantile(own, 1 - BEYOND, weights=weight, method="inverted_cdf")
    return unlimited.model_copy(update={"limit": float(limit)})


def _of_levels(
    feature: Feature,
    codes: NDArray[np.float64],
    weight: NDArray[np.float64],
    lead: NDArray[np.int64],
) -> FeatureRarity:
    surprise = _surprises(codes.astype(np.intp), FIRST_LEVEL + len(feature.levels), weight, lead)
    return FeatureRarity(surprise=tuple(surprise.tolist()))


def _of_numbers(
    values: NDArray[np.float64], weight: NDArray[np.float64], lead: NDArray[np.int64]
) -> FeatureRarity:
    known = ~np.isnan(values)
    edges = _edges(values[known], weight[known], lead[known]) if known.any() else np.empty(0)
    place = np.searchsorted(edges, values, side="left")
    place[~known] = len(edges) + 1
    surprise = _surprises(place, len(edges) + 2, weight, lead)
    return FeatureRarity(
        edges=tuple(edges.tolist()),
        surprise=tuple(surprise[:-1].tolist()),
        missing=float(surprise[-1]),
    )


def _edges(
    values: NDArray[np.float64], weight: NDArray[np.float64], lead: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Ends of bins that hold enough leads each, and beyond them the ends of what counts as seen."""
    ends = np.unique(np.quantile(values, _SHARES, weights=weight, method="inverted_cdf"))
    median = float(np.quantile(values, 0.5, weights=weight, method="inverted_cdf"))
    inner = _with_enough_leads(ends, values, lead)
    outermost = inner if len(inner) else np.array([median])
    low, high = float(outermost[0]), float(outermost[-1])
    reach = _FAR * max(median - low, high - median)
    fences = np.array([low - reach if reach else np.nextafter(low, -np.inf), high + reach])
    edges: NDArray[np.float64] = np.unique(np.concatenate([inner, fences[np.isfinite(fences)]]))
    return edges


def _with_enough_leads(
    ends: NDArray[np.float64], values: NDArray[np.float64], lead: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The ends between which, and beyond which, enough different leads lie; bins of fewer join the
    next one.
    """
    place = np.searchsorted(ends, values, side="left").astype(np.uint8)
    kept: list[float] = []
    waiting = 0
    leads = _leads_by_place(place, len(ends) + 1, lead)
    for end, here in zip(ends.tolist(), leads[:-1].tolist(), strict=True):
        waiting += here
        if waiting >= _LEAST_LEADS:
            kept.append(end)
            waiting = 0
    waiting += int(leads[-1])
    while kept and waiting < _LEAST_LEADS:
        last = kept.pop()
        below = kept[-1] if kept else -np.inf
        waiting += len(np.unique(lead[(values > below) & (values <= last)]))
    return np.array(kept)


def _leads_by_place(
    place: NDArray[np.integer], n_places: int, lead: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(n_places,) different leads in each place; leads are ascending."""
    # leads are ascending, and stay so within a place
    order = np.argsort(place.astype(np.uint16), kind="stable")
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(place[order].astype(np.int64)) != 0) | (np.diff(lead[order]) != 0)
    found: NDArray[np.int64] = np.bincount(place[order][first], minlength=n_places)
    return found


def _surprises(
    place: NDArray[np.intp], n_places: int, weight: NDArray[np.float64], lead: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n_places,) -log of the share of the population in a place as rare, or rarer; too few leads
    count as none.
    """
    leads = _leads_by_place(place, n_places, lead)
    share = np.bincount(place, weight, minlength=n_places) / weight.sum()
    never = 1 / (int(lead.max(initial=-1)) + 2)
    share = np.where(leads < _LEAST_LEADS, never, np.maximum(share, never))
    order = np.argsort(share, kind="stable")
    tail = np.cumsum(np.where(leads < _LEAST_LEADS, 0.0, share)[order])
    last_of_ties = np.searchsorted(share[order], share, side="right") - 1
    as_rare = np.maximum(tail[last_of_ties], never)
    surprise: NDArray[np.float64] = -np.log(np.minimum(as_rare, 1.0))
    return np.abs(surprise)
