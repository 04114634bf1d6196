"""What in the text of a statement is SQL, and what is a text, a name or a comment in it."""

import re
from collections.abc import Callable

from features.settings import Source
from features.sql import quote_qualified

#: What is said of a statement that only does something.
NO_ROWS = "expected a query that returns rows"

#: What holds colons and semicolons that mean nothing, then a cast, then what is looked for.
_PARTS = re.compile(
    r"""
    (?P<still> \b[eE]'(?:[^'\\]|\\.|'')*'            # a text of PostgreSQL with backslashes
      | '(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*`
      | --[^\n]* | /\*.*?\*/
      | \$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$
      | :: )
    | (?<!\w):(?P<asked>as_of|since)\b
    | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
#: What SQLAlchemy takes for a parameter, or for a backslash that it takes away.
_COLON = re.compile(r"(?<!:):(?=[\w$]*(?![:\w$]))")


def query_of(source: Source) -> str:
    """The query of a source, or the one that reads its table, with the quotes of the standard."""
    return source.query or f"SELECT * FROM {quote_qualified(source.table or '')}"


def asked_of(query: str) -> set[str]:
    """Which of ``:as_of`` and ``:since`` a query asks for: not those in texts and comments.

    >>> asked_of("SELECT ':since' FROM t WHERE x::since < :as_of -- not :since")
    {'as_of'}
    """
    return {found["asked"] for found in _PARTS.finditer(query) if found["asked"]}


def with_names(query: str, name_of: Callable[[str], str]) -> str:
    """The query with other names for what it asks for.

    >>> with_names("SELECT ':as_of' WHERE known_at < :as_of", lambda name: "$1")
    "SELECT ':as_of' WHERE known_at < $1"
    """
    return _PARTS.sub(lambda found: name_of(found["asked"]) if found["asked"] else found[0], query)


def for_sqlalchemy(query: str) -> str:
    r"""The query as ``sqlalchemy.text`` wants it: no colon but those of ``:as_of`` and ``:since``
    begins a parameter.

    >>> for_sqlalchemy("SELECT '10:30', x::text WHERE known_at < :as_of")
    "SELECT '10\\:30', x::text WHERE known_at < :as_of"
    """
    asked = {found.start() for found in _PARTS.finditer(query) if found["asked"]}
    places = [found.start() for found in _COLON.finditer(query) if found.start() not in asked]
    for place in reversed(places):
        query = f"{query[:place]}\\{query[place:]}"
    return query


def single(query: str) -> str | None:
    """The statement of a query, without what ends it; None where there are several.

    >>> single("SELECT ';'; -- the end")
    "SELECT ';'"
    >>> single("SELECT 1; SELECT 2")
    """
    end = next((found for found in _PARTS.finditer(query) if found["end"]), None)
    if end is None:
        return query
    rest = _COMMENT.sub("", query[end.end() :]).strip(" \t\r\n;")
    return None if rest else query[: end.start()]
