"""Numbers as people write them: ``1,200``, ``1.200,50``, ``¥1,200``, ``12 %``, ``(1,200)``,
``１，２００``.

Everything here returns SQL expressions. What stands behind a number and is no money (``12 kg``)
makes it a text.
"""

import re

from features.settings import Decimal
from features.sql import quote_literal

#: Characters of other alphabets, and how they count. Spaces of all kinds part groups of digits.
#: CP932 has no ¥ beside the backslash: Japanese systems show that one as ¥, and write it for ¥.
_WIDE = "０１２３４５６７８９．，＋－−％（）￥＄　\u00a0\u202f\u2009’´`\\"
_NARROW = "0123456789.,+--%()¥$    '''¥"

_CODES = "USD|EUR|JPY|GBP|CHF|CNY|KRW|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|SGD|HKD|TWD"
_CODES += "|THB|IDR|MYR|PHP|VND|ZAR|TRY|ILS|AED|SAR|RUB|RMB|Rs|kr|zł|Kč|Ft"
_UNIT = rf"(?:US\$|A\$|C\$|R\$|[$€£¥₩₹₽฿%円元원]|(?:{_CODES})\b\.?)"
_BODY = r"[0-9.,](?:[0-9., ']*[0-9.,])?(?:[eE][+-]?[0-9]+)?"
#: (unit)(body)(unit), with signs, between brackets or not.
_WHOLE = rf"^\(?\s*[+-]?\s*({_UNIT}?)\s*[+-]?\s*({_BODY}?)\s*({_UNIT}?)\s*-?\s*\)?$"
_NEGATIVE = rf"^\(|-\s*$|^{_UNIT}?\s*-"

#: What parts groups of digits beside a decimal sign.
_GROUPS: dict[Decimal, str] = {".": ", '", ",": ". '"}


def flat(cell: str) -> str:
    """VARCHAR: the cell with digits and signs of the Latin alphabet."""
    return f"translate({cell}, {quote_literal(_WIDE)}, {quote_literal(_NARROW)})"


def unit(cell: str) -> str:
    """VARCHAR: the currency or ``%`` beside the number, or an empty text."""
    whole = quote_literal(_WHOLE)
    found = f"regexp_extract({flat(cell)}, {whole}, 1) || regexp_extract({flat(cell)}, {whole}, 3)"
    ends = " AND ".join(f"{cell}[{place}] BETWEEN '0' AND '9'" for place in (1, -1))
    return f"CASE WHEN {ends} THEN '' ELSE {found} END"


def shape(decimal: Decimal, thousands: str | None = None) -> str:
    """The pattern of a number's digits beside this decimal sign.

    A group never starts with 0 (``0,125`` is no 125). Beside a point, groups of two are Indian.

    >>> [bool(re.fullmatch(shape("."), text)) for text in ("1,200.5", "0,125", "1,2", "12,00,000")]
    [True, False, False, True]
    >>> [bool(re.fullmatch(shape(","), text)) for text in ("1.200,5", "1 200", "1.2", "1,200")]
    [True, True, False, True]
    """
    groups = _GROUPS[decimal] if thousands is None else thousands
    point = re.escape(decimal)
    kinds = [rf"[0-9]+(?:{point}[0-9]*)?", rf"{point}[0-9]+"]
    for sign in groups:
        parted = rf"(?:{re.escape(sign)}[0-9]{{3}})+"
        if sign == "," and decimal == ".":
            parted = r"(?:,[0-9]{2,3})*,[0-9]{3}"
        kinds.append(rf"[1-9][0-9]{{0,2}}{parted}(?:{point}[0-9]*)?")
    return rf"(?:{'|'.join(kinds)})(?:[eE][+-]?[0-9]+)?"


def number(cell: str, decimal: Decimal, thousands: str | None = None) -> str:
    """DOUBLE: the number a cell shows; NULL where it shows none."""
    bare = flat(cell)
    body = f"regexp_extract({bare}, {quote_literal(_WHOLE)}, 2)"
    digits = f"translate({body}, {quote_literal(_GROUPS[decimal])}, '')"
    if decimal == ",":
        digits = f"replace({digits}, ',', '.')"
    share = f"CASE WHEN contains({bare}, '%') THEN {digits} || 'e-2' ELSE {digits} END"
    sign = f"CASE WHEN regexp_matches({bare}, {quote_literal(_NEGATIVE)}) THEN -1 ELSE 1 END"
    brackets = f"starts_with({bare}, '(') = ends_with({bare}, ')')"
    fits = f"regexp_full_match({body}, {quote_literal(shape(decimal, thousands))})"
    return f"CASE WHEN {fits} AND {brackets} THEN {sign} * TRY_CAST({share} AS DOUBLE) END"


def usual(cell: str, decimal: Decimal) -> str:
    """DOUBLE: like :func:`number`, where at most commas or points part the digits, with a currency
    at the end or none: a tenth of the work. NULL where the cell is anything else.
    """
    sign, bare = _GROUPS[decimal][0], _bare(cell)
    digits = f"replace({bare}, {quote_literal(sign)}, '')"
    if decimal == ",":
        digits = f"replace({digits}, ',', '.')"
    return f"CASE WHEN {_fits(bare, decimal)} THEN TRY_CAST({digits} AS DOUBLE) END"


def _bare(cell: str) -> str:
    return f"trim({cell}, '$€£¥\\円 ')"


def _fits(bare: str, *decimals: Decimal) -> str:
    shapes = "|".join(shape(decimal, _GROUPS[decimal][0]) for decimal in decimals)
    return f"regexp_full_match({bare}, {quote_literal(f'[+-]?(?:{shapes})')})"


def fast_number(cell: str, decimal: Decimal) -> str:
    """DOUBLE: :func:`number`, by the short way where it leads there."""
    return (
        f"CASE WHEN {_fits(_bare(cell), '.', ',')} THEN {usual(cell, decimal)} ELSE"
        f" {number(cell, decimal)} END"
    )


def looks_like_number(text: str) -> bool:
    """Whether a text is a number beside one of the decimal signs.

    >>> [looks_like_number(text) for text in ("¥1,200", "12 kg", "(9)", "9.9.9999", "n.d.")]
    [True, False, True, False, False]
    """
    bare = text.translate(str.maketrans(_WIDE, _NARROW))
    found = re.match(_WHOLE, bare)
    body = found.group(2) if found else ""
    return any(re.fullmatch(shape(decimal), body) for decimal in _GROUPS)
