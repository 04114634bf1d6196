"""What the files hold: the columns of each table, counted, before anybody has said what they
mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from features.intake.question import Question
from features.intake.recognition import recognised
from features.intake.sources import LocatedSource, RawTable, cleaned, locate, read
from features.intake.values import Family, RawColumn, Reader
from features.kinds import ValueKind
from features.settings import MISSING_VALUES, Source
from features.store import Store

_FEW = 40
#: What people choose, or leave, when they choose nothing.
_NOT_CHOSEN = frozenset(
    {
        "select",
        "--select--",
        "-select-",
        "please select",
        "-",
        "--",
        "---",
        "未選択",
        "選択してください",
        "指定なし",
    }
)


@dataclass(frozen=True)
class ColumnProfile:
    """A column, counted.

    Attributes:
        name: Name as the source has it.
        family: Family of its type.
        kind: What kind of values it holds.
        rows: Number of rows of the table.
        present: Values that are not missing.
        distinct: Different values; exact where it is close to ``present``.
        length: Mean characters of a value.
        naive: Whether it holds times without offset.
        values: The different values, most frequent first, where they are few.
        not_chosen: Values that only say that nothing was chosen.
    """

    name: str
    family: Family
    kind: ValueKind
    rows: int
    present: int
    distinct: int
    length: float
    naive: bool
    values: tuple[str, ...] = ()
    not_chosen: tuple[str, ...] = ()

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows > 0 and self.distinct == self.rows


@dataclass(frozen=True)
class TableProfile:
    """A table, counted.

    Attributes:
        source: How it is read.
        rows: Readable rows.
        columns: Columns in the order of the file.
        raw: Where it stands in the store that profiled it.
        questions: What its values leave open.
    """

    source: Source
    rows: int
    columns: tuple[ColumnProfile, ...]
    raw: RawTable
    questions: tuple[Question, ...] = ()

    def column(self, name: str) -> ColumnProfile | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


def profile_all(store: Store, paths: Sequence[str]) -> list[TableProfile]:
    """Count the columns of every table.

    Raises:
        DataError: A file cannot be read.
    """
    located = [
        locate(f"table_{i}", Source(path=path), store.folder) for i, path in enumerate(paths)
    ]
    store.restrict(path for found in located for path in found.files)
    reader = Reader(MISSING_VALUES, "UTC")
    return [_profile(store, found, reader) for found in located]


def _profile(store: Store, located: LocatedSource, reader: Reader) -> TableProfile:
    questions: list[Question] = []
    plain = cleaned(store.connection, read(store.connection, located), reader)
    raw = recognised(
        store.connection,
        plain,
        reader,
        wanted={column.name: "any" for column in plain.columns},
        source=located.source,
        frozen={},
        questions=questions,
    )
    columns = _columns(store, raw, reader)
    return TableProfile(located.source, raw.rows, columns, raw, tuple(questions))


def _columns(store: Store, raw: RawTable, reader: Reader) -> tuple[ColumnProfile, ...]:
    counts = ", ".join(
        f"count({text}), approx_count_distinct({text}), coalesce(avg(length({text})), 0), "
        f"coalesce(bool_or({reader.without_offset(column)}), false)"
        for column in raw.columns
        for text in [reader.text(column)]
    )
    row = store.connection.execute(f"SELECT {counts} FROM {raw.relation}").fetchone() or ()
    return tuple(
        _column(store, raw, reader, column, raw.kinds[column.name], row[4 * i : 4 * i + 4])
        for i, column in enumerate(raw.columns)
    )


def _column(
    store: Store,
    raw: RawTable,
    reader: Reader,
    column: RawColumn,
    kind: ValueKind,
    counts: Sequence[float],
) -> ColumnProfile:
    present, distinct, length, naive = counts
    text = reader.text(column)
    if distinct > 0.8 * present:
        distinct = store.value(f"SELECT count(DISTINCT {text}) FROM {raw.relation}")
    frequent = store.connection.execute(
        f"SELECT v FROM (SELECT {text} AS v FROM {raw.relation}) WHERE v IS NOT NULL "
        f"GROUP BY v ORDER BY count(*) DESC, v LIMIT {_FEW}"
    ).fetchall()
    values = tuple(value for (value,) in frequent)
    return ColumnProfile(
        name=column.name,
        family=column.family,
        kind=kind,
        rows=raw.rows,
        present=int(present),
        distinct=int(distinct),
        length=float(length),
        naive=bool(naive),
        values=values if len(values) < _FEW else (),
        not_chosen=tuple(value for value in values if value.casefold() in _NOT_CHOSEN),
    )
