"""Which texts of a column mean a configured value: compared as rules compare texts."""

from collections.abc import Sequence

import duckdb

from features.folding import fold


def spellings(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    text: str,
    values: Sequence[str],
    *,
    case_matters: bool,
) -> tuple[str, ...]:
    """The texts in a relation that are one of the values, but for width, spacing and case.

    Args:
        connection: To DuckDB.
        relation: Relation that holds them.
        text: SQL of the text.
        values: As configured.
        case_matters: Whether texts that differ in upper and lower case alone are two.
    """
    wanted = {fold(value, case_matters=case_matters) for value in values}
    if not wanted:
        return ()
    found = connection.execute(
        f"SELECT DISTINCT {text} AS v FROM {relation} WHERE v IS NOT NULL ORDER BY v"
    ).fetchall()
    return tuple(v for (v,) in found if fold(v, case_matters=case_matters) in wanted)
