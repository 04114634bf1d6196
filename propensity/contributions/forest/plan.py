"""The plan of a forest: flat arrays that say how codes become cells, and what each leaf of a group
pays.

Both kernels (`kernel` in machine code, `kernel_numpy` for small jobs) read the same plan in the
same order.  A bucket of codes becomes a part of the cell in one of two ways: by *steps* (add
`delta` to the cell from the code `first` on, modulo 2**16), which vectorise and suit thresholds and
single categories, or, where the buckets are scattered over the codes, by one *pick* from a table.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from propensity.contributions.forest.codes import FeatureCodes
from propensity.contributions.forest.groups import LeafGroup, runs_of

MAX_STEPS = 8  # beyond so many steps one pick is faster
MODULUS = 1 << 16  # codes and cells are 16 bits wide: twice as many in a vector register as with 32


class Encoding(NamedTuple):
    """How the features that any decision asks for are encoded; arrays have one entry per such
    feature.
    """

    feature: NDArray[np.int64]  # column of the matrix
    threshold_start: NDArray[np.int64]  # (n + 1,) into thresholds
    thresholds: NDArray[np.float64]
    # (n + 1,) into category_codes; an empty range is a numeric feature
    category_start: NDArray[np.int64]
    category_codes: NDArray[np.uint16]
    nan_code: NDArray[np.uint16]
    zero_code: NDArray[np.uint16]


class Plan(NamedTuple):
    """How codes become cells and leaves become tables.

    `*_start` arrays hold one more entry than what they divide.
    """

    cells: NDArray[np.int64]  # per group: how many cells
    step_start: NDArray[np.int64]  # per group, into the step arrays
    step_feature: NDArray[np.int32]  # number within the encoding
    step_first: NDArray[np.uint16]
    step_delta: NDArray[np.uint16]
    pick_start: NDArray[np.int64]  # per group, into the pick arrays
    pick_feature: NDArray[np.int32]
    pick_table: NDArray[np.int64]  # offset of the table in `buckets`
    pick_stride: NDArray[np.uint16]
    buckets: NDArray[np.uint16]  # tables: bucket by code
    slot_start: NDArray[np.int64]  # per group: its distinct features
    slot_feature: NDArray[np.int32]  # column of the matrix
    slot_size: NDArray[np.int32]  # number of buckets
    leaf_start: NDArray[np.int64]  # per group: its leaves
    leaf_value: NDArray[np.float64]
    pair_start: NDArray[np.int64]  # per leaf: the features of its path
    pair_slot: NDArray[np.int32]  # number of the slot within the group
    pair_share: NDArray[np.float64]
    pair_ok: NDArray[np.int64]  # offset in `ok`
    ok: NDArray[np.uint8]  # by bucket: whether it goes the leaf's way


def encoding_of(features: dict[int, FeatureCodes]) -> Encoding:
    """Return the encoding arrays of the features, in ascending order of their numbers."""
    ordered = [features[number] for number in sorted(features)]
    return Encoding(
        feature=np.array(sorted(features), np.int64),
        threshold_start=_starts(len(codes.thresholds) for codes in ordered),
        thresholds=np.concatenate([np.zeros(0), *(codes.thresholds for codes in ordered)]),
        category_start=_starts(len(codes.category_codes) for codes in ordered),
        category_codes=np.concatenate(
            [np.zeros(0, np.uint16), *(codes.category_codes for codes in ordered)]
        ),
        nan_code=np.array([codes.nan_code for codes in ordered], np.uint16),
        zero_code=np.array([codes.zero_code for codes in ordered], np.uint16),
    )


def plan_of(groups: Iterable[LeafGroup], features: dict[int, FeatureCodes]) -> Plan:
    """Flatten the groups, in order; `features` are all features that their leaves ask for."""
    writer = _PlanWriter(features)
    for group in groups:
        writer.add(group)
    return writer.finished()


def _starts(lengths: Iterable[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *lengths], dtype=np.int64)


class _PlanWriter:
    """Collects the plan in compact arrays, so that a group's objects can be freed once it is
    written.
    """

    def __init__(self, features: dict[int, FeatureCodes]) -> None:
        self._features = features
        self._numbers = {feature: number for number, feature in enumerate(sorted(features))}
        starts = ("step_start", "pick_start", "slot_start", "leaf_start", "pair_start")
        self._columns: dict[str, array[Any]] = {
            name: array(_CODES.get(kind, "q"), [0] if name in starts else [])
            for name, kind in _KINDS.items()
        }
        self._tables: dict[tuple[int, ...], int] = {}
        self._runs: dict[tuple[int, ...], list[tuple[int, int]] | None] = {}

    def add(self, group: LeafGroup) -> None:
        columns = self._columns
        columns["cells"].append(group.cells)
        stride = 1
        for feature, buckets in group.buckets.items():
            columns["slot_feature"].append(feature)
            columns["slot_size"].append(len(buckets))
            self._add_buckets(feature, buckets, stride)
            stride *= len(buckets)
        self._add_leaves(group)
        for name in ("step", "pick", "slot", "leaf"):
            columns[f"{name}_start"].append(len(columns[_FIRST_OF[name]]))

    def _add_buckets(self, feature: int, buckets: list[int], stride: int) -> None:
        columns, key = self._columns, tuple(buckets)
        if key not in self._runs:
            n_runs = sum((bucket & ~(bucket << 1)).bit_count() for bucket in buckets)
            self._runs[key] = runs_of(buckets) if n_runs <= MAX_STEPS + 1 else None
        runs, number = self._runs[key], self._numbers[feature]
        if runs is None:
            columns["pick_feature"].append(number)
            columns["pick_table"].append(self._table(key, self._features[feature].n_codes))
            columns["pick_stride"].append(stride)
            return
        before = 0
        for first, bucket in runs:
            if bucket != before:
                columns["step_feature"].append(number)
                columns["step_first"].append(first)
                columns["step_delta"].append((bucket - before) * stride % MODULUS)
                before = bucket

    def _table(self, buckets: tuple[int, ...], n_codes: int) -> int:
        if buckets not in self._tables:
            self._tables[buckets] = len(self._columns["buckets"])
            n_bytes = (n_codes + 7) // 8
            raw = b"".join(bucket.to_bytes(n_bytes, "little") for bucket in buckets)
            bits = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little").reshape(
                len(buckets), -1
            )
            self._columns["buckets"].extend(bits.argmax(axis=0)[:n_codes].tolist())
        return self._tables[buckets]

    def _add_leaves(self, group: LeafGroup) -> None:
        columns, ok = self._columns, self._columns["ok"]
        slots = {feature: slot for slot, feature in enumerate(group.buckets)}
        offsets: dict[tuple[int, int], int] = {}
        for item in group.asked:
            feature, wanted = item
            offsets[item] = len(ok)
            ok.extend([bucket & wanted != 0 for bucket in group.buckets[feature]])
        for leaf in group.leaves:
            columns["leaf_value"].append(leaf.value)
            columns["pair_share"].extend(leaf.shares)
            columns["pair_slot"].extend([slots[feature] for feature, _ in leaf.asked])
            columns["pair_ok"].extend([offsets[item] for item in leaf.asked])
            columns["pair_start"].append(len(columns["pair_share"]))

    def finished(self) -> Plan:
        arrays = {name: np.array(self._columns[name], kind) for name, kind in _KINDS.items()}
        return Plan(**arrays)


_FIRST_OF = {"step": "step_first", "pick": "pick_table", "slot": "slot_size", "leaf": "leaf_value"}
#: What each array of the plan holds; a type hint looks different inside from one numpy to the next,
#: so it is no source.
_KINDS: dict[str, type[np.generic]] = {
    "cells": np.int64,
    "step_start": np.int64,
    "step_feature": np.int32,
    "step_first": np.uint16,
    "step_delta": np.uint16,
    "pick_start": np.int64,
    "pick_feature": np.int32,
    "pick_table": np.int64,
    "pick_stride": np.uint16,
    "buckets": np.uint16,
    "slot_start": np.int64,
    "slot_feature": np.int32,
    "slot_size": np.int32,
    "leaf_start": np.int64,
    "leaf_value": np.float64,
    "pair_start": np.int64,
    "pair_slot": np.int32,
    "pair_share": np.float64,
    "pair_ok": np.int64,
    "ok": np.uint8,
}
_CODES: dict[type[np.generic], Literal["d", "B"]] = {np.float64: "d", np.uint8: "B"}
