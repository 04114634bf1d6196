"""Which tables a database has."""

import duckdb
import sqlalchemy

from features.databases.address import Address
from features.databases.dialects import (
    DATABASE_ERRORS,
    connected,
    duckdb_file,
    engine_for_reading,
    is_duckdb,
    reason_of,
)
from features.errors import DataError

_IN_DUCKDB = """
SELECT if(table_schema = 'main', '', table_schema || '.') || table_name
FROM information_schema.tables WHERE table_catalog = current_database() ORDER BY ALL
"""
#: Schemas in which databases keep what they know of themselves.
_OF_THE_SYSTEM = {
    "information_schema",
    "INFORMATION_SCHEMA",
    "mysql",
    "performance_schema",
    "pg_catalog",
    "sys",
}
#: How the names of our own tables begin, but for those that somebody named.
_OURS = "propensity_"


def tables_in(text: str) -> list[str]:
    """The tables and views of a database, by name; ``schema.table`` outside of the usual schema.
    Those that Propensity makes are left out.

    Args:
        text: The address; ``${NAME}`` is taken from the environment.

    Raises:
        DataError: The database cannot be reached.
        ConfigError: The address names an environment variable that is not set.
    """
    address = Address(text)
    try:
        if is_duckdb(address.url):
            with duckdb.connect(duckdb_file(address.url), read_only=True) as connection:
                found = [name for (name,) in connection.execute(_IN_DUCKDB).fetchall()]
        else:
            found = _listed(engine_for_reading(address.url))
    except DATABASE_ERRORS as error:
        reason = address.told(reason_of(error))
        raise DataError([f"the tables of {address} cannot be listed: {reason}"]) from None
    return [name for name in found if not name.rpartition(".")[2].startswith(_OURS)]


def _listed(engine: sqlalchemy.Engine) -> list[str]:
    try:
        with connected(engine) as connection:
            look = sqlalchemy.inspect(connection)
            usual = look.default_schema_name
            found: list[str] = []
            for schema in look.get_schema_names():
                if schema in _OF_THE_SYSTEM:
                    continue
                prefix = "" if schema == usual else f"{schema}."
                names = {*look.get_table_names(schema), *look.get_view_names(schema)}
                found += [prefix + name for name in sorted(names)]
            return found
    finally:
        engine.dispose()
