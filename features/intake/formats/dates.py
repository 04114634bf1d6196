"""Dates as people write them, each way with a name that is the pattern: ``dd.mm.yyyy``.

Everything here returns SQL expressions.
"""

import re
from dataclasses import dataclass

from features.sql import quote_literal
from features.zone import differences, moment_of

_REST = r"(?:[ T,]+(.*))?$"
#: Two digits of a year: from 70 on they are of the last century.
_CENTURIES = (("[0-6][0-9]", "20"), ("[7-9][0-9]", "19"))
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "㋿": 2018, "㍻": 1988}
_ERAS |= {"R": 2018, "H": 1988, "S": 1925, "T": 1911}
_ERA = (
    rf"^({'|'.join(_ERAS)})\s?([0-9]{{1,2}}|元)[年./-]([0-9]{{1,2}})[月./-]([0-9]{{1,2}})日?"
    r"\s*(.*)$"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: German, French and Spanish beginnings that differ from the English ones.
_MORE_MONTHS = {"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "fev": 2, "avr": 4}
_MORE_MONTHS |= {"aoû": 8, "aou": 8, "déc": 12, "ene": 1, "abr": 4, "ago": 8, "dic": 12}
_NAMED_MONTHS = {name: i for i, name in enumerate(_MONTHS, start=1)} | _MORE_MONTHS
_NAME = r"([A-Za-zäöüéû]{3,10})\.?"
_DAY = r"([0-9]{1,2})(?:st|nd|rd|th|\.)?"
_YEAR = r"(?:de )?([0-9]{4})"
_WEEKDAY = r"(?:[A-Za-z]{2,10}\.?,\s*)?"

#: A time of day of twelve hours.
_HALF_DAY = r"\s*([AaPp])\.?[Mm]\.?$"
#: A time of day followed by a letter or a sign: the text says which zone it is in.
SAYS_OFFSET = r":[0-9]+([.,][0-9]+)?\s*[A-Za-z+-]"
#: An offset behind a blank, and without it.
_OFFSET, _CLOSE = r"\s+([+-][0-9]{2}:?[0-9]{2})$", r"\1"
_SPACED = r" \1M"
_TWELVE = ("%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p", "%Y-%m-%d %I %p")

#: Seconds and milliseconds from 1980 to 2200, and days of Excel from 1954 to 2200: no number is of
#: two of them.
NUMBERS = {"epoch": (3.15e8, 7.26e9), "epoch_ms": (3.15e11, 7.26e12), "excel": (20_000, 109_575)}
#: Times outside these years are sentinels ("9999-12-31") or damage, not facts.
_FIRST, _LAST = "1900-01-01 00:00:00+00", "2200-01-01 00:00:00+00"


@dataclass(frozen=True)
class DateStyle:
    """A way to write dates.

    Attributes:
        name: The pattern, as a configuration has it.
        patterns: Regular expressions, and the date in the order of the standard with what is left.
    """

    name: str
    patterns: tuple[tuple[str, str], ...]

    def matches(self, text: str) -> bool:
        """Whether a text is written so; its day or month may still be none."""
        return any(re.match(pattern, text) for pattern, _ in self.patterns)


def _ordered() -> list[DateStyle]:
    """Day, month and year in every order, with every separator."""
    found = []
    for sign in (".", "-", "/"):
        s = rf"\s?{re.escape(sign)}\s?"
        two = rf"^([0-9]{{1,2}}){s}([0-9]{{1,2}}){s}"
        long, short = (
            [(rf"{two}([0-9]{{4}}){_REST}", "")],
            [(rf"{two}({digits}){_REST}", century) for digits, century in _CENTURIES],
        )
        first = [
            (rf"^({digits}){s}([0-9]{{1,2}}){s}([0-9]{{1,2}}){_REST}", c)
            for digits, c in _CENTURIES
        ]
        for name, patterns, order in (
            (f"dd{sign}mm{sign}yyyy", long, r"\3-\2-\1 \4"),
            (f"mm{sign}dd{sign}yyyy", long, r"\3-\1-\2 \4"),
            (f"dd{sign}mm{sign}yy", short, r"\3-\2-\1 \4"),
            (f"mm{sign}dd{sign}yy", short, r"\3-\1-\2 \4"),
            (f"yy{sign}mm{sign}dd", first, r"\1-\2-\3 \4"),
        ):
            found.append(DateStyle(name, tuple((p, century + order) for p, century in patterns)))
    return found


STYLES = {
    style.name: style
    for style in [
        *_ordered(),
        DateStyle(
            "yyyy-mm-dd",
            ((rf"^([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}){_REST}", r"\1-\2-\3 \4"),),
        ),
        DateStyle(
            "yyyy年m月d日",
            (
                (
                    r"^([0-9]{4})年\s?([0-9]{1,2})月\s?([0-9]{1,2})日(?:[(（].{1,3}[)）])?\s*(.*)$",
                    r"\1-\2-\3 \4",
                ),
            ),
        ),
        DateStyle("era", ((_ERA, ""),)),
        DateStyle(
            "d mmm yyyy",
            (
                (
                    rf"^{_WEEKDAY}{_DAY}[ -]+(?:de )?{_NAME},?[ -]+{_YEAR}{_REST}",
                    r"\3-\2-\1 \4",
                ),
            ),
        ),
        DateStyle(
            "mmm d, yyyy",
            (
                (
                    rf"^{_WEEKDAY}{_NAME}[ -]+{_DAY},?[ -]+{_YEAR}{_REST}",
                    r"\3-\1-\2 \4",
                ),
            ),
        ),
        DateStyle(
            "yyyymmddHHMMSS",
            (
                (
                    r"^((?:19|20|21)[0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$",
                    r"\1-\2-\3 \4:\5:\6",
                ),
            ),
        ),
    ]
}


def moment(cell: str, style: str, zone: str) -> str:
    """TIMESTAMPTZ: the time a text shows, read in one way; NULL where it is not written so.

    Args:
        cell: VARCHAR; a number of :data:`NUMBERS` may be any number.
        style: A name of :data:`STYLES` or :data:`NUMBERS`, or a format for ``strptime``.
        zone: IANA name in which times without offset are meant.
    """
    if style in NUMBERS:
        return _of_number(f"TRY_CAST({cell} AS DOUBLE)", style, zone)
    if style not in STYLES:
        return moment_of(f"try_strptime({cell}, {quote_literal(style)})", zone)
    iso = f"rtrim({_iso(cell, STYLES[style])})"
    if style != "yyyymmddHHMMSS":
        twelve = "[" + ", ".join(map(quote_literal, _TWELVE)) + "]"
        half = f"regexp_replace({iso}, {quote_literal(_HALF_DAY)}, {quote_literal(_SPACED)})"
        usual = _usual(cell, style)
        fast = f"{moment_of(usual, zone)}, " if usual else ""
        close = f"regexp_replace({iso}, {quote_literal(_OFFSET)}, {quote_literal(_CLOSE)})"
        return (
            f"coalesce({fast}{of_iso(iso, zone)}, {of_iso(close, zone)},"
            f" {moment_of(f'try_strptime({half}, {twelve})', zone)})"
        )
    return of_iso(iso, zone)


def of_iso(text: str, zone: str) -> str:
    """TIMESTAMPTZ of a text as ISO 8601 writes times; without an offset it is local."""
    said = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    if not differences(zone):
        return said
    local = moment_of(f"TRY_CAST({text} AS TIMESTAMP)", zone)
    has_offset = f"regexp_matches({text}, {quote_literal(SAYS_OFFSET)})"
    return f"CASE WHEN {has_offset} THEN {said} ELSE {local} END"


def _usual(cell: str, style: str) -> str:
    """TIMESTAMP: what ``strptime`` reads of an order of day, month and year, a tenth of the work;
    or an empty text.
    """
    if style[2] not in "./-":
        return ""
    year = "%Y" if "yyyy" in style else "%y"
    day = re.sub("y+", year, style).replace("dd", "%d").replace("mm", "%m")

    def read(*clocks: str) -> str:
        formats = ", ".join(quote_literal(day + clock) for clock in clocks)
        return f"try_strptime({cell}, [{formats}])"

    return (
        f"(CASE WHEN NOT contains({cell}, ':') THEN {read('')} WHEN {cell}[-1] IN ('M', 'm') THEN"
        f" {read(' %I:%M %p', ' %I:%M:%S %p')} ELSE {read(' %H:%M', ' %H:%M:%S')} END)"
    )


def in_range(moment: str) -> str:
    """TIMESTAMPTZ: a moment of the years 1900 to 2199; NULL for any other."""
    first, last = quote_literal(_FIRST), quote_literal(_LAST)
    return (
        f"CASE WHEN {moment} >= TIMESTAMPTZ {first} AND {moment} < TIMESTAMPTZ {last} THEN"
        f" {moment} END"
    )


def without_half_day(cell: str) -> str:
    """VARCHAR: the text without ``AM`` and ``PM``, which are no time zone."""
    return f"regexp_replace({cell}, {quote_literal(_HALF_DAY)}, '')"


def _of_number(number: str, style: str, zone: str) -> str:
    low, high = NUMBERS[style]
    if style == "excel":
        micros = f"to_microseconds(CAST(round({number} * 86400) AS BIGINT) * 1000000)"
        found = moment_of(f"(TIMESTAMP '1899-12-30' + {micros})", zone)
    else:
        found = f"to_timestamp({number}{' / 1000' if style == 'epoch_ms' else ''})"
    return f"CASE WHEN {number} BETWEEN {low!r} AND {high!r} THEN {found} END"


def _iso(cell: str, style: DateStyle) -> str:
    """VARCHAR: the date in the order of the standard; NULL where it is not written so."""
    if style.name == "era":
        return _of_era(cell)
    cases = " ".join(
        f"WHEN regexp_matches({cell}, {quote_literal(pattern)}) THEN "
        + f"regexp_replace({cell}, {quote_literal(pattern)}, {quote_literal(order)})"
        for pattern, order in style.patterns
    )
    found = f"CASE {cases} END"
    if style.name == "yyyy年m月d日":
        return _of_clock(found)
    return _of_month(cell, style) if "mmm" in style.name else found


def _of_month(cell: str, style: DateStyle) -> str:
    """The name of the month as its number."""
    ((pattern, order),) = style.patterns
    day, name = (1, 2) if order.index(r"\2") < order.index(r"\1") else (2, 1)
    names = " ".join(f"WHEN '{start}' THEN '{i:02}'" for start, i in _NAMED_MONTHS.items())
    year, said, number, rest = (_part(cell, pattern, i) for i in (3, name, day, 4))
    month = f"CASE lower(left({said}, 3)) {names} END"
    return f"{year} || '-' || {month} || '-' || {number} || ' ' || {rest}"


def _of_era(cell: str) -> str:
    era, of_era, month, day, rest = (_part(cell, _ERA, i) for i in range(1, 6))
    base = " ".join(f"WHEN '{name}' THEN {before}" for name, before in _ERAS.items())
    year = f"TRY_CAST(replace({of_era}, '元', '1') AS INTEGER) + CASE {era} {base} END"
    return _of_clock(f"({year}) || '-' || {month} || '-' || {day} || ' ' || {rest}")


def _part(cell: str, pattern: str, group: int) -> str:
    return f"regexp_extract({cell}, {quote_literal(pattern)}, {group})"


def _of_clock(iso: str) -> str:
    """``9時05分`` as 9:05, ``9時`` as 9:00."""
    minutes = rf"regexp_replace({iso}, '([0-9]{{1,2}})時([0-9]{{1,2}})分', '\1:\2:')"
    whole = rf"regexp_replace({minutes}, '([0-9]{{1,2}})時$', '\1:00')"
    return f"rtrim(replace({whole}, '秒', ''), ': ')"
