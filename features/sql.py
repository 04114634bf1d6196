"""The one place that quotes names and texts for SQL."""

from collections.abc import Iterable


def quote_identifier(name: str) -> str:
    """A name as a SQL identifier, whatever it contains.

    >>> quote_identifier('price "net" [JPY]')
    '"price ""net"" [JPY]"'
    """
    return '"' + _without_nul(name).replace('"', '""') + '"'


def quote_qualified(name: str) -> str:
    """The name of a table, with its schema where one stands before a point.

    >>> quote_qualified("sales.leads of 2025")
    '"sales"."leads of 2025"'
    """
    return ".".join(quote_identifier(part) for part in name.split("."))


def quote_literal(text: str) -> str:
    """A text as a SQL literal.

    >>> quote_literal("it's")
    "'it''s'"
    """
    return "'" + _without_nul(text).replace("'", "''") + "'"


def quote_list(texts: Iterable[str]) -> str:
    """Texts as a SQL list in parentheses, for a short ``IN``; never empty.

    >>> quote_list(["a", "b"])
    "('a', 'b')"
    """
    return "(" + ", ".join(quote_literal(text) for text in texts) + ")"


def one_of(expression: str, texts: Iterable[str]) -> str:
    """BOOLEAN: whether a text is one of several; NULL for NULL.

    No ``IN``: DuckDB turns a long one into a join, and may put it where it multiplies the rows it
    works on.

    >>> one_of("c0", ["a", "b"])
    "CASE WHEN c0 IS NOT NULL THEN list_contains(['a', 'b']::VARCHAR[], c0) END"
    """
    listed = ", ".join(quote_literal(text) for text in texts)
    return (
        f"CASE WHEN {expression} IS NOT NULL THEN list_contains([{listed}]::VARCHAR[],"
        f" {expression}) END"
    )


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a NUL character cannot stand in SQL; remove it from the name or the text")
    return text
