"""Which columns of two tables hold the same things: by values that both have, under a rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from features.intake.values import Reader
from features.settings import MISSING_VALUES
from features.sql import quote_identifier
from features.store import Store
from training.init.keys import may_be_key, single_keys
from training.init.name_words import NAMES, kin, says, words
from training.init.table_profile import ColumnProfile, TableProfile

Rule = Literal["exact", "number", "salesforce", "email", "text"]

#: How a value ``$v`` is compared.
_RULES: dict[Rule, str] = {
    "exact": "$v",
    # A key of several columns holds one number for each, parted by chr(31).
    "number": (
        "CASE WHEN regexp_full_match($v, '[0-9]+([.]0+)?(\\x1f[0-9]+([.]0+)?)*') THEN"
        " regexp_replace(regexp_replace($v, '[.]0+(\\x1f|$)', '\\1', 'g'),"
        " '(^|\\x1f)0+([0-9])', '\\1\\2', 'g') END"
    ),
    "salesforce": (
        "CASE WHEN regexp_full_match($v, '[0-9A-Za-z]{15}([A-Z0-5]{3})?') THEN left($v, 15) END"
    ),
    "email": (
        "CASE WHEN contains($v, '@') THEN regexp_replace(lower(trim($v)), '^mailto:', '') END"
    ),
    "text": "regexp_replace(lower($v), '[\\s　]+', '', 'g')",
}
#: Different values of a column that are looked for in another table.
_LOOKED_FOR = 2_000
_TARGETS, _SOURCES = 8, 60
#: Below this share of values that the other table has, two columns do not belong together; a key
#: that is found in a table of mostly other things (visitors of a website) may still.
_LEAST_FOUND = 0.3
_LEAST_COVERED = 0.3


@dataclass(frozen=True)
class Link:
    """A column whose values are found in a column of another table.

    Attributes:
        table: Position of the table that refers.
        column: Its column.
        to: Position of the table that is referred to.
        target: Its column, (nearly) unique.
        rule: How values are compared.
        found: Share of the column's different values that the target has.
        covered: Share of the target's values that the column has.
    """

    table: int
    column: ColumnProfile
    to: int
    target: ColumnProfile
    rule: Rule
    found: float
    covered: float

    @property
    def strength(self) -> float:
        """How much speaks for it; the plainest rule wins ties."""
        same = self.column.name.casefold() == self.target.name.casefold()
        named = 0.5 if same else 0.2 if kin(self.column.name, self.target.name) else 0.0
        named += 0.2 if says(self.target.name, NAMES["id"]) else 0.0
        order: list[Rule] = list(_RULES)
        return self.found + self.covered + named - 0.001 * order.index(self.rule)


def links_of(store: Store, tables: Sequence[TableProfile]) -> list[Link]:
    """All links between different tables, the strongest first.

    Never one whose columns share no value, and of two columns only the rule that finds most.
    """
    _fill_samples(store, tables)
    best: dict[tuple[int, str, int, str], Link] = {}
    for position, table in enumerate(tables):
        for target in [c for c in table.columns if c in single_keys(table)][:_TARGETS]:
            for link in _to(store, tables, position, target):
                place = (link.table, link.column.name, link.to, link.target.name)
                if place not in best or link.strength > best[place].strength:
                    best[place] = link
    store.connection.execute("DROP TABLE IF EXISTS looked_for")
    return sorted(best.values(), key=lambda link: -link.strength)


def _sources(table: TableProfile) -> list[tuple[int, ColumnProfile]]:
    found = [(i, c) for i, c in enumerate(table.columns) if may_be_key(c)]
    return sorted(found, key=lambda pair: -pair[1].distinct)[:_SOURCES]


def _fill_samples(store: Store, tables: Sequence[TableProfile]) -> None:
    reader = Reader(MISSING_VALUES, "UTC")
    store.connection.execute(
        "CREATE OR REPLACE TEMP TABLE looked_for (t INTEGER, c INTEGER, v VARCHAR)"
    )
    for position, table in enumerate(tables):
        for i, column in _sources(table):
            text = reader.text(table.raw_column(column))
            store.connection.execute(
                f"INSERT INTO looked_for SELECT {position}, {i}, v FROM (SELECT DISTINCT {text} AS"
                f" v FROM {table.raw.relation}) WHERE v IS NOT NULL ORDER BY hash(v), v"
                f" LIMIT {_LOOKED_FOR}"
            )


def _to(
    store: Store, tables: Sequence[TableProfile], to: int, target: ColumnProfile
) -> Iterator[Link]:
    """The links to one column."""
    reader, table = Reader(MISSING_VALUES, "UTC"), tables[to]
    text = reader.text(table.raw_column(target))
    for rule in _rules(target):
        value = compared(rule, "v")
        keys = quote_identifier(f"keys_{rule}")
        store.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {keys} AS SELECT DISTINCT {value} AS v FROM (SELECT"
            f" {text} AS v FROM {table.raw.relation}) WHERE {value} IS NOT NULL"
        )
        rows = store.connection.execute(
            f"SELECT t, c, count(*), count(k.v) FROM (SELECT t, c, {value} AS v FROM looked_for"
            f" WHERE t <> {to}) AS s LEFT JOIN {keys} AS k ON s.v = k.v GROUP BY t, c"
            " HAVING count(k.v) > 1 ORDER BY t, c"
        ).fetchall()
        for t, c, looked, shared in rows:
            column = tables[t].columns[c]
            covered = _covered(store, tables[t], column, keys, value)
            link = Link(t, column, to, target, rule, shared / looked, covered)
            if _belongs(link):
                yield link
        store.connection.execute(f"DROP TABLE {keys}")


def _rules(target: ColumnProfile) -> list[Rule]:
    rules: list[Rule] = ["exact"]
    if target.kind == "number" or target.look in ("id", "phone number"):
        rules.append("number")
    if target.look == "Salesforce id":
        rules.append("salesforce")
    if target.look == "e-mail":
        rules.append("email")
    if target.look == "words" or (target.look == "id" and target.kind == "text"):
        rules.append("text")
    return rules


def _covered(
    store: Store, table: TableProfile, column: ColumnProfile, keys: str, value: str
) -> float:
    text = Reader(MISSING_VALUES, "UTC").text(table.raw_column(column))
    share = store.value(
        f"SELECT avg(CAST(v IN (SELECT {value} FROM (SELECT DISTINCT {text} AS v FROM"
        f" {table.raw.relation}) WHERE {value} IS NOT NULL) AS INTEGER)) FROM {keys}"
    )
    return float(share or 0.0)


def _belongs(link: Link) -> bool:
    """Whether two columns that share values mean the same: small numbers are in every column."""
    if link.found < _LEAST_FOUND and link.covered < _LEAST_COVERED:
        return False
    if not _is_small_number(link.target):
        return True
    names = words(link.column.name), words(link.target.name)
    if names[0] == names[1] or kin(link.column.name, link.target.name):
        return link.found > _LEAST_FOUND
    both_ids = all(says(c.name, NAMES["id"]) for c in (link.column, link.target))
    wanted = 0.3 if both_ids else 0.6
    enough = link.column.distinct > 20
    return enough and link.found > 0.95 and link.covered > wanted


def _is_small_number(column: ColumnProfile) -> bool:
    """Whether a column numbers its rows from about one on, as counts and codes do too."""
    if column.kind != "number":
        return False
    return column.high - column.low < 3 * column.distinct and column.low < 1_000


def compared(rule: Rule, text: str) -> str:
    """VARCHAR: a text as a rule compares it; NULL where the rule takes it for none of its kind."""
    return f"({_RULES[rule].replace('$v', text)})"
