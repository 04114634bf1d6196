"""Which lead a row belongs to: rows of other tables get, by a rule, the lead_id of their lead."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import duckdb

from features.folding import fold
from features.intake.quarantine import named_rows
from features.intake.raw_table import RawTable
from features.intake.state import Intake, nearest
from features.intake.stated import AnySource, joined_text, renamed
from features.intake.tables import ReadTable
from features.intake.values import RawColumn
from features.intake_report import Matched
from features.settings import FlatTable, JoinRule, JoinSettings, LeadsTable, MatchedSource
from features.sql import quote_identifier

#: First signs, as SQL, of the ids of rows without a lead; cleaned ids have no such signs.
NO_LEAD, SEVERAL_LEADS = "chr(1)", "chr(2)"
_FOLDED = "folded_id"


def ruled(rule: JoinRule, text: str) -> str:
    """VARCHAR: an id as it is compared; NULL for NULL.

    Args:
        rule: How ids are compared.
        text: SQL of the id.
    """
    match rule:
        case "exact":
            return text
        case "number":
            whole = f"regexp_extract({text}, '^0*([0-9]+)(?:[.]0*)?$', 1)"
            return f"CASE WHEN {whole} <> '' THEN {whole} ELSE {text} END"
        case "salesforce":
            long = f"regexp_full_match({text}, '[A-Za-z0-9]{{18}}')"
            return f"CASE WHEN {long} THEN left({text}, 15) ELSE {text} END"
        case "email":
            return f"lower(trim(regexp_replace(lower(trim({text})), '^mailto:', '')))"
        case "text":
            return f"{_FOLDED}({text})"


def allow_rules(connection: duckdb.DuckDBPyConnection) -> None:
    """Let SQL fold texts as :func:`features.folding.fold` does."""
    connection.create_function(
        _FOLDED, lambda text: fold(text).replace(" ", ""), ["VARCHAR"], "VARCHAR"
    )


@dataclass
class LeadKeys:
    """The ids under which leads are known.

    Attributes:
        intake: The intake.
        leads: The leads.
        table: Their section.
    """

    intake: Intake
    leads: RawTable
    table: LeadsTable | FlatTable
    _maps: dict[tuple[tuple[str, ...], JoinRule], str] = field(default_factory=dict)

    @property
    def aliases(self) -> tuple[str, ...]:
        """Columns of other ids of the leads."""
        return self.table.aliases if isinstance(self.table, LeadsTable) else ()

    def columns(self, names: Sequence[str]) -> list[RawColumn]:
        """The lead columns of these names; ``lead_id`` and ``account_id`` are those of the section.

        A name that is absent is a problem.
        """
        own = {"lead_id": self.table.columns.lead_id, "account_id": self.table.columns.account_id}
        found = []
        for name in names:
            column = self.leads.column(own.get(name) or name)
            if column is None:
                self.intake.problems.append(
                    f"{self.leads.name}: no column {name!r} (`to`){nearest(self.leads, name)}"
                )
            else:
                found.append(column)
        return found

    def map(self, join: JoinSettings, asked_by: str) -> str | None:
        """Table of ``id``, the ``lead_id`` that it means and the number of ``leads`` it may mean;
        None where a column is absent.
        """
        known = (join.to, join.rule)
        if known not in self._maps:
            own = self.table.key or ("lead_id",)
            lists = [join.to] if join.to else [own, *((name,) for name in self.aliases)]
            found = [self.columns(names) for names in lists]
            if any(len(a) != len(b) for a, b in zip(lists, found, strict=True)):
                return None
            name = quote_identifier(f"lead_map_{len(self._maps)}")
            self._fill(name, found, join.rule)
            self._maps[known] = name
            if not join.to:
                self._refuse_collisions(found[0], join.rule, asked_by)
        return self._maps[known]

    def _fill(self, name: str, found: Sequence[Sequence[RawColumn]], rule: JoinRule) -> None:
        """The first list of columns goes before the others: an alias is no other lead's id."""
        selects = [
            f"SELECT {self._id(columns, rule)} AS id, {self._lead_id} AS lead_id, {place} AS place"
            f" FROM {relation}"
            for place, columns in enumerate(found)
            for relation in self._relations
        ]
        self.intake.run(
            f"CREATE TEMP TABLE {name} AS SELECT id, min(lead_id) AS lead_id, count(DISTINCT"
            f" lead_id) AS leads FROM (SELECT *, min(place > 0) OVER (PARTITION BY id) AS alias"
            f" FROM ({' UNION ALL '.join(selects)}) WHERE id IS NOT NULL AND lead_id IS NOT NULL)"
            " WHERE alias = (place > 0) GROUP BY id"
        )

    def _id(self, columns: Sequence[RawColumn], rule: JoinRule) -> str:
        text = self.intake.reader.text
        return joined_text([ruled(rule, text(column)) for column in columns])

    @property
    def _lead_id(self) -> str:
        column = self.leads.column(self.table.columns.lead_id)
        return "NULL" if column is None else self.intake.reader.text(column)

    @property
    def _relations(self) -> list[str]:
        outside = [self.leads.passed_over] if self.leads.passed_over else []
        return [self.leads.relation, *outside]

    def _refuse_collisions(self, own: Sequence[RawColumn], rule: JoinRule, asked_by: str) -> None:
        """Refuse a rule under which different lead_ids are the same."""
        if rule == "exact":
            return
        same = self._id(own, rule)
        select = " UNION ALL ".join(
            f"SELECT file, row, {self._lead_id} AS lead_id, {same} AS id FROM {relation}"
            for relation in self._relations
        )
        alike = (
            "SELECT file, row, count(DISTINCT lead_id) OVER (PARTITION BY id) AS n FROM"
            f" ({select}) WHERE id IS NOT NULL"
        )
        rows = self.intake.store.connection.execute(
            f"SELECT file, row, count(*) OVER () FROM ({alike}) WHERE n > 1 ORDER BY file, row"
            " LIMIT 6"
        ).fetchall()
        if rows:
            shown = named_rows(self.leads, [row[:2] for row in rows])
            self.intake.problems.append(
                f"{asked_by}: {rows[0][2]:,} leads are the same under `join: {rule}` ({shown} of"
                f" {self.leads.name}): write `join: exact`, or make their ids one"
            )

    def matched(self, table: ReadTable) -> ReadTable:
        """The table with the lead_id of each row's lead; counts what found one.

        Rows of leads that ``where`` passes over are passed over too. A row without a lead keeps its
        id behind :data:`NO_LEAD` or :data:`SEVERAL_LEADS`.
        """
        raw, source = table.raw, table.source
        columns = self._key_of(raw, source)
        if columns is None or not isinstance(source, MatchedSource):
            return table
        lookup = self.map(source.join, raw.name)
        if lookup is None:
            return table
        found = self._found(raw, columns, source.join.rule, lookup)
        counted = replace(raw, matched=self._counted(found, source))
        if self._is_plain(source):
            return replace(table, raw=counted)
        return ReadTable(*self._renumbered(counted, source, columns, found))

    def _key_of(self, raw: RawTable, source: object) -> list[RawColumn] | None:
        if not isinstance(source, MatchedSource) or not hasattr(source, "columns"):
            return None
        names = source.key or (source.columns.lead_id,)
        found = [raw.column(name) for name in names]
        if any(column is None for column in found) or not raw.rows:
            return None
        return [column for column in found if column is not None]

    def _is_plain(self, source: MatchedSource) -> bool:
        plain = source.join == JoinSettings()
        return plain and not self.aliases and self.leads.passed_over is None

    def _found(
        self, raw: RawTable, columns: Sequence[RawColumn], rule: JoinRule, lookup: str
    ) -> str:
        """Table of the different ids of a table (``p0``, …), their rows ``n``, and their lead."""
        texts = [self.intake.reader.text(column) for column in columns]
        parts = ", ".join(f"{text} AS p{i}" for i, text in enumerate(texts))
        names = [f"p{i}" for i in range(len(texts))]
        same = joined_text([ruled(rule, name) for name in names])
        outside = "SELECT NULL WHERE false"
        if self.leads.passed_over:
            outside = f"SELECT {self._lead_id} FROM {self.leads.passed_over}"
        name = quote_identifier(f"found_{raw.name}")
        self.intake.run(
            f"CREATE TEMP TABLE {name} AS SELECT d.*, m.lead_id, coalesce(m.leads, 0) AS leads,"
            f" coalesce(m.lead_id IN ({outside}), false) AS is_outside FROM (SELECT {parts},"
            f" count(*) AS n FROM {raw.relation} GROUP BY ALL) AS d LEFT JOIN {lookup} AS m ON m.id"
            f" = {same} WHERE {' AND '.join(f'{p} IS NOT NULL' for p in names)}"
        )
        return name

    def _counted(self, found: str, source: MatchedSource) -> Matched:
        row = self.intake.row(
            "SELECT sum(n), sum(n) FILTER (WHERE leads = 1), count(*), count(*) FILTER (WHERE leads"
            f" = 1) FROM {found} WHERE NOT is_outside"
        )
        rows, rows_found, ids, ids_found = (int(str(value or 0)) for value in row)
        to, rule = source.join.to, source.join.rule
        said = f"{{to: {', '.join(to)}, rule: {rule}}}" if to else rule
        plain = source.join == JoinSettings()
        return Matched(rows, rows_found, ids, ids_found, "" if plain else said)

    def _renumbered(
        self, raw: RawTable, source: AnySource, columns: Sequence[RawColumn], found: str
    ) -> tuple[RawTable, AnySource]:
        relation = quote_identifier(f"matched_{raw.name}")
        texts = [self.intake.reader.text(column) for column in columns]
        same = " AND ".join(f"f.p{i} = {text}" for i, text in enumerate(texts))
        id_ = joined_text(texts)
        lead_id = (
            f"CASE WHEN leads = 1 THEN f.lead_id WHEN leads > 1 THEN"
            f" {SEVERAL_LEADS} || {id_} ELSE {NO_LEAD} || {id_} END"
        )
        self.intake.run(
            f"CREATE TEMP VIEW {relation} AS SELECT r.*, {lead_id} AS m0 FROM {raw.relation} AS r"
            f" LEFT JOIN {found} AS f ON {same} WHERE NOT coalesce(is_outside, false)"
        )
        key = RawColumn("lead_id (matched)", "m0", "VARCHAR", is_made=True)
        table = replace(raw, relation=relation, columns=(key, *raw.columns))
        outside = self.intake.number(f"SELECT sum(n) FROM {found} WHERE is_outside")
        if outside:
            said = f"{outside:,} rows are of leads that `where` passes over"
            table = replace(table, rows=raw.rows - outside, is_part=True, dress=(*raw.dress, said))
        return table, renamed(source, {"lead_id": key.name})
