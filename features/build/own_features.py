"""Features that a company writes itself: computed from the facts known before the as-of, and tried
before anything is learned from them.

The code gets only what was known of each row, see ``features.build.own_facts``, so that no fact of
the future is in its reach. What remains is that the value of a row may depend on other rows that
stand beside it: a rank, a mean, the newest day of all. Such code sees later rows in training and
none at night; it is found out by computing some rows alone, and refused.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.build.batch import make_batch
from features.build.own_facts import own_facts
from features.errors import ConfigError
from features.own.code import OwnCode, code_name
from features.own.settings import OwnFeatures
from features.spec import Feature, FeatureSpec, OwnSource
from features.store import Store

#: Rows on which code is tried, and how many of them all alone.
_TRIED, _ALONE = 200, 8


def own_features(store: Store, own: Sequence[OwnFeatures]) -> list[Feature]:
    """The own features that a configuration names.

    Args:
        store: Holds their code.
        own: What the configuration says.
    """
    return [
        Feature(
            name=name,
            axis=column.axis,
            concept=column.concept or name,
            unit=column.unit,
            source=OwnSource(
                code=code_name(each),
                sha256=store.own[code_name(each)].sha256,
                default=column.default,
            ),
        )
        for each in own
        for name, column in each.columns.items()
    ]


def fill_own(store: Store, spec: FeatureSpec, matrix: NDArray[np.float64]) -> None:
    """Write the own features of the rows in the table ``batch``.

    Raises:
        ConfigError: The code is not there or another than in training, fails, or gives something
            else than a number per row.
    """
    wanted = _by_code(spec)
    if not wanted:
        return
    codes = {name: _code(store, name, features) for name, features in wanted.items()}
    facts = own_facts(store, spec)
    for name, features in wanted.items():
        found = _columns(codes[name], facts, list(features.values()), len(matrix))
        for place, values in zip(features, found, strict=True):
            matrix[:, place] = values


def check_own(store: Store, rows: pa.Table, spec: FeatureSpec) -> None:
    """Refuse own features whose value depends on the rows beside it.

    Some rows are computed together, in another order, the earlier ones without the later ones, and
    a few alone: every value must have the same bits each time.

    Args:
        store: The canonical tables.
        rows: ``lead``, ``episode``, ``as_of_day``.
        spec: With the own features.

    Raises:
        ConfigError: Names the features. Or see ``fill_own``.
    """
    places = [place for features in _by_code(spec).values() for place in features]
    if not places or not rows.num_rows:
        return
    in_time = np.argsort(rows["as_of_day"].to_numpy(), kind="stable")
    spread = np.unique(np.linspace(0, len(in_time) - 1, min(_TRIED, len(in_time))).astype(np.intp))
    tried = rows.take(in_time[spread])
    n = tried.num_rows
    together = _values(store, tried, spec, places)
    half = max(1, n // 2)
    parts = [
        np.arange(n),
        np.arange(n)[::-1],
        np.arange(half),
        *([place] for place in np.unique(np.linspace(0, n - 1, min(_ALONE, n)).astype(np.intp))),
    ]
    for part in parts:
        at = np.asarray(part, dtype=np.intp)
        again = _values(store, tried.take(at), spec, places)
        differ = ~((together[at] == again) | (np.isnan(together[at]) & np.isnan(again)))
        if differ.any():
            names = [spec.features[places[i]].name for i in np.flatnonzero(differ.any(axis=0))]
            raise ConfigError(
                f"features.own: expected the value of a row to follow from that row alone, got"
                f" others for {', '.join(map(repr, names))} when the same rows were computed"
                f" {_how(len(at), n)}: it depends on other leads, on later rows, on chance or on"
                " the clock. Compute every row from its own facts."
            )


def _how(computed: int, tried: int) -> str:
    if computed == tried:
        return "once more"
    return "alone" if computed == 1 else "without the later ones"


def _values(
    store: Store, rows: pa.Table, spec: FeatureSpec, places: Sequence[int]
) -> NDArray[np.float64]:
    """(rows, places) own features of rows."""
    matrix = np.full((rows.num_rows, len(spec.features)), np.nan)
    make_batch(store, rows)
    fill_own(store, spec, matrix)
    return matrix[:, list(places)]


def _by_code(spec: FeatureSpec) -> dict[str, dict[int, Feature]]:
    """Name of the code to the features it computes, by their column."""
    found: dict[str, dict[int, Feature]] = {}
    for place, feature in enumerate(spec.features):
        if isinstance(feature.source, OwnSource):
            found.setdefault(feature.source.code, {})[place] = feature
    return found


def _code(store: Store, name: str, features: Mapping[int, Feature]) -> OwnCode:
    code = store.own.get(name)
    told = ", ".join(repr(feature.name) for feature in features.values())
    if code is None:
        raise ConfigError(
            f"features.own: the model reads {told} of {name}, which the configuration does not"
            " name."
        )
    other = [f for f in features.values() if _sha256(f) != code.sha256]
    if other:
        raise ConfigError(
            f"features.own: {name} is not the code that the model was trained with: what"
            f" {told} means may have changed. Train again, or restore the code."
        )
    return code


def _sha256(feature: Feature) -> str:
    return feature.source.sha256 if isinstance(feature.source, OwnSource) else ""


def _columns(
    code: OwnCode, facts: Mapping[str, pa.Table], features: Sequence[Feature], n: int
) -> list[NDArray[np.float64]]:
    """(n,) the values of each feature."""
    found = code.run(facts)
    row = _row_numbers(code, found, n)
    return [_spread(code, found, row, feature, n) for feature in features]


def _row_numbers(code: OwnCode, found: pd.DataFrame, n: int) -> NDArray[np.intp]:
    numbers = found["row"] if "row" in found.columns else found.index.to_series()
    if isinstance(numbers, pd.DataFrame):
        raise ConfigError(f"features.own: {code.name}: expected one column 'row', got several.")
    as_number = pd.to_numeric(numbers, errors="coerce").to_numpy("float64", na_value=np.nan)
    whole = np.isfinite(as_number) & (as_number == np.floor(as_number))
    inside = whole & (as_number >= 0) & (as_number < n)
    if not inside.all():
        raise ConfigError(
            f"features.own: {code.name}: expected the number of a row of the table `rows` as index"
            f" or in a column `row`, got {int((~inside).sum()):,} that are none."
        )
    row: NDArray[np.intp] = as_number.astype(np.intp)
    if len(np.unique(row)) < len(row):
        raise ConfigError(
            f"features.own: {code.name}: expected each row at most once, got one twice."
        )
    return row


def _spread(
    code: OwnCode, found: pd.DataFrame, row: NDArray[np.intp], feature: Feature, n: int
) -> NDArray[np.float64]:
    name = feature.name
    if name not in found.columns:
        raise ConfigError(
            f"features.own: {code.name}: expected a column {name!r}, got"
            f" {len(found.columns)} of other names."
        )
    column = found[name]
    if isinstance(column, pd.DataFrame):
        raise ConfigError(f"features.own: {code.name}: expected one column {name!r}, got several.")
    try:
        real = column.astype("str") if pd.api.types.is_complex_dtype(column.dtype) else column
        values = real.astype("float64").to_numpy("float64", na_value=np.nan)
    except (TypeError, ValueError, OverflowError):
        raise ConfigError(
            f"features.own: {code.name}: {name!r}: expected numbers, got a column of"
            f" {column.dtype}."
        ) from None
    if np.isinf(values).any():
        raise ConfigError(
            f"features.own: {code.name}: {name!r}: expected finite numbers, got"
            f" {int(np.isinf(values).sum()):,} that are infinite."
        )
    whole = np.full(n, np.nan)
    whole[row] = values
    default = feature.source.default if isinstance(feature.source, OwnSource) else None
    return whole if default is None else np.where(np.isnan(whole), default, whole)
