"""Texts of leads in files that people open: a spreadsheet shows them and runs nothing, and no sign
turns the direction of what is read.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

from features.sql import quote_literal

#: Signs that turn the direction of the text around them, so that a name reads as another.
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_TURNING = f"[{TURNING}]"
_REPLACED = "\N{REPLACEMENT CHARACTER}"
#: What a spreadsheet takes for the start of a formula, in either width.
_FORMULA = r"^\s*[=+\-@\t\r\n＝＋－＠]"
#: Plain numbers start with a sign and are no formula.
_NUMBER = r"^[+-]?[0-9]*[.]?[0-9]+([eE][+-]?[0-9]+)?$"
_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in TURNING}


def harmless(text: str) -> str:
    """A text as a cell that no spreadsheet runs.

    >>> harmless("=1+1"), harmless("plain"), harmless("-5")
    ("'=1+1", 'plain', '-5')
    """
    shown = re.sub(_TURNING, _REPLACED, text)
    is_formula = re.match(_FORMULA, shown) and not re.match(_NUMBER, shown)
    return f"'{shown}" if is_formula else shown


def harmless_cells(values: pa.Array) -> pa.Array:
    """The same for every text of an array; what is no text stays as it is."""
    if not pa.types.is_string(values.type) and not pa.types.is_large_string(values.type):
        return values
    if pc.any(pc.match_substring_regex(values, _TURNING)).as_py():
        values = pc.replace_substring_regex(values, _TURNING, _REPLACED)
    formulas = pc.match_substring_regex(values, _FORMULA)
    if not pc.any(formulas).as_py():
        return values
    formulas = pc.and_(formulas, pc.invert(pc.match_substring_regex(values, _NUMBER)))
    return pc.if_else(formulas, pc.binary_join_element_wise("'", values, ""), values)


def harmless_sql(cell: str) -> str:
    """The same in SQL, of an expression that gives a text."""
    shown = f"regexp_replace({cell}, {quote_literal(_TURNING)}, {quote_literal(_REPLACED)}, 'g')"
    formula, number = quote_literal(_FORMULA), quote_literal(_NUMBER)
    return (
        f"CASE WHEN regexp_matches({cell}, {formula}) AND NOT regexp_matches({cell}, {number}) "
        f"THEN '''' || {shown} ELSE {shown} END"
    )


def harmless_yaml(text: str) -> str:
    r"""A text of YAML in double quotes whose turning signs are written as escapes: the same value.

    >>> print(harmless_yaml('"a\u202eb"'))
    "a\u202eb"
    """
    return text.translate(_ESCAPED)
