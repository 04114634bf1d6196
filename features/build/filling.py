"""Values in place of missing ones, drawn as other leads have them, so that emptiness cannot be
recognised.

A draw depends on the lead and the column alone: the same at every as-of. Rows that teach are drawn;
when leads are scored, a missing value adds what the value adds on average, so that leads alike
score alike.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.mail import mail_kinds
from features.errors import ConfigError
from features.levels import codes_of
from features.spec import FIRST_LEVEL, MISSING, AttributeSource, Feature, FeatureSpec, Texts
from features.sql import quote_literal
from features.store import Store

#: Parts of about equal share whose borders are kept of a number; the extremes would be single
#: leads.
_PARTS = 50
#: What is drawn where nobody knows which lead it is: the middle.
MIDDLE = 0.5


def learned_fill(
    feature: Feature, values: pa.Table, compared: Texts = "as written"
) -> tuple[float, ...]:
    """What missing values of a feature are drawn from; see ``features.spec.AttributeSource.fill``.

    Args:
        feature: A number or a category.
        values: Its different values (``value``) with the number of leads (``leads``).
        compared: How the texts of levels are compared.

    Raises:
        ConfigError: The feature is the age of a date.
    """
    leads = values["leads"].to_numpy().astype(np.float64)
    if isinstance(feature.source, AttributeSource) and feature.source.reading == "age":
        raise ConfigError(
            f"decisions: {feature.name!r} is a date, which cannot be imputed; drop it or keep it."
        )
    if feature.is_category:
        texts = values["value"].combine_chunks().cast(pa.string())
        if isinstance(feature.source, AttributeSource) and feature.source.reading == "mail_domain":
            texts = mail_kinds(texts)
        codes = codes_of(feature, map(str, texts.to_pylist()), compared).astype(np.intp)
        mass = np.bincount(codes, leads, minlength=FIRST_LEVEL + len(feature.levels))
        return tuple(float(share) for share in mass / mass.sum())
    numbers = values["value"].cast(pa.float64()).to_numpy()
    places = (np.arange(_PARTS) + 0.5) / _PARTS
    found = np.quantile(numbers, places, weights=leads, method="inverted_cdf")
    return tuple(float(number) for number in found)


def fill(
    feature: Feature, column: NDArray[np.float64], part: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """A column of the matrix with its missing values drawn.

    Args:
        feature: Number of the feature whose column this is.
        column: (n,) as read.
        part: (n,) 0 <= part < 1 of each row, or one for all.
    """
    source = feature.source
    if not isinstance(source, AttributeSource) or not source.fill:
        return column
    return np.where(
        is_missing(feature, column),
        _drawn(feature, np.asarray(source.fill), np.asarray(part)),
        column,
    )


def is_missing(feature: Feature, column: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) where a column of the matrix has no value."""
    return np.asarray(column == MISSING if feature.is_category else np.isnan(column))


def as_missing(
    spec: FeatureSpec, matrix: NDArray[np.float64], drawn: Mapping[int, NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """The matrix with what was drawn as missing; itself where nothing was.

    Args:
        spec: Features of the columns.
        matrix: (n, features).
        drawn: (n,) per column whether a value was drawn.
    """
    if not any(mask.any() for mask in drawn.values()):
        return matrix
    known = matrix.copy(order="F")
    for i, mask in drawn.items():
        known[mask, i] = MISSING if spec.features[i].is_category else np.nan
    return known


def _drawn(
    feature: Feature, table: NDArray[np.float64], part: NDArray[np.float64]
) -> NDArray[np.float64]:
    if feature.is_category:
        return np.minimum(
            np.searchsorted(np.cumsum(table), part, side="right"), len(table) - 1
        ).astype(np.float64)
    drawn = np.interp(part * len(table) - 0.5, np.arange(len(table)), table)
    return np.round(drawn) if (table == np.floor(table)).all() else drawn


def parts(store: Store, column: str) -> NDArray[np.float64]:
    """(rows,) where each row in the table ``batch`` draws, 0 <= part < 1: from its lead_id and the
    column's name.
    """
    found = store.query(f"""
        SELECT md5_number_lower(concat(l.lead_id, chr(31), {quote_literal(column)})) AS number
        FROM batch b JOIN leads l ON b.lead = l.lead ORDER BY b.row
    """)
    number = found["number"].to_numpy().astype(np.uint64)
    return np.asarray((number >> np.uint64(11)).astype(np.float64) * 2.0**-53)
