"""What is wrong with a rule on the columns and tables there are."""

import difflib
from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from features.errors import DataError
from features.rules.columns import Values, may_equal, numbers_of
from features.rules.fault import clipped
from features.rules.syntax import (
    Acted,
    Compare,
    Known,
    LeadAge,
    Like,
    Lost,
    OneOf,
    Rule,
    RuleColumn,
    Silent,
    Value,
    conditions,
    written,
)
from features.sql import quote_identifier
from features.store import Store

#: Names listed where a column is absent and none is near.
_MOST = 12


def problems(rule: Rule, store: Store) -> list[str]:
    """What keeps a rule from meaning anything on a store, one sentence each.

    Columns that are absent (the nearest names are suggested), behaviour on a flat table, a value
    compared with a column of which no value is of its kind.
    """
    return list(dict.fromkeys([*_absent(rule, store), *_of_another_kind(rule, store)]))


def refuse_absent(rules: Sequence[Rule], store: Store) -> None:
    """Refuse rules that cannot be evaluated.

    Raises:
        DataError: Lists the columns and tables that rules ask for and that are absent.
    """
    wrong = list(dict.fromkeys(problem for rule in rules for problem in _absent(rule, store)))
    if wrong:
        raise DataError(wrong, about="The rules cannot be evaluated")


def _absent(rule: Rule, store: Store) -> Iterator[str]:
    for condition in conditions(rule):
        if isinstance(condition, Compare | OneOf | Like | Known):
            yield from _column_problem(condition.column, store)
        elif store.is_flat and isinstance(condition, Acted | Silent | Lost | LeadAge):
            yield (
                f"{clipped(str(condition))}: a flat table has no events, no dates of leads and no"
                " earlier losses; compare its columns instead"
            )


def _column_problem(column: RuleColumn, store: Store) -> Iterator[str]:
    found = numbers_of(store, column)
    if len(found) == 1:
        return
    what = "hearing item" if column.hearing else "column"
    if found:
        names = ", ".join(clipped(store.attributes[i].name) for i in found)
        yield (
            f"{what} {clipped(column.name)}: it may be one of {names}; write the name exactly as in"
            " the data"
        )
        return
    roles = {attribute.name: attribute.role for attribute in store.attributes}
    if column.hearing and column.name in roles:
        yield (
            f"hearing item {clipped(column.name)}: it stands under `columns.{roles[column.name]}`;"
            " leave out the word `hearing`, or list it under `columns.hearing`"
        )
        return
    there = list(
        dict.fromkeys(a.name for a in store.attributes if a.role == "hearing" or not column.hearing)
    )
    near = difflib.get_close_matches(column.name, there, n=3, cutoff=0.6)
    if near:
        end = f"did you mean {' or '.join(map(clipped, near))}?"
    elif there:
        more = f" and {len(there) - _MOST} more" if len(there) > _MOST else ""
        end = f"there are {', '.join(map(clipped, there[:_MOST]))}{more}"
    else:
        end = "there are none"
    yield f"{what} {clipped(column.name)}: not in the data, or listed under `columns.ignore`; {end}"


def _of_another_kind(rule: Rule, store: Store) -> Iterator[str]:
    for condition in conditions(rule):
        match condition:
            case Compare(column=column, value=value):
                compared: tuple[Value, ...] = (value,)
            case OneOf(column=column, values=compared):
                pass
            case _:
                continue
        found = numbers_of(store, column)
        if len(found) == 1:
            yield from _kind_problem(store, found[0], compared)


def _kind_problem(store: Store, number: int, compared: tuple[Value, ...]) -> Iterator[str]:
    attribute = store.attributes[number]
    start = f"column {clipped(attribute.name)}: "
    first = compared[0]
    if isinstance(first, str):
        odd = [text for text in map(str, compared) if not may_equal(attribute.kind, text)]
        if odd:
            example = "5000" if attribute.kind == "number" else "2026-04-01"
            yield (
                f"{start}it holds {attribute.kind}s, which never equal the text"
                f" {clipped(written(odd[0]))}; write a {attribute.kind} without quotes, such as"
                f" {example}"
            )
        return
    wanted = "date" if isinstance(first, date) else "number"
    if attribute.kind == wanted:
        return
    values = Values(_distinct(store, number), attribute.kind)
    read = values.days if wanted == "date" else values.numbers
    if len(read) and np.isnan(read).all():
        todo = (
            "compare it with texts in quotes"
            if attribute.kind == "text"
            else f"compare it with a {attribute.kind}"
        )
        yield (
            f"{start}it holds {attribute.kind}s, none of which is a {wanted} like {written(first)};"
            f" {todo}"
        )


def _distinct(store: Store, number: int) -> pa.Array:
    name = quote_identifier(f"a{number}")
    table = store.query(f"SELECT DISTINCT {name} AS value FROM leads WHERE {name} IS NOT NULL")
    return table["value"].combine_chunks()
