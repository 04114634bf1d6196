"""How the pack writes numbers, in every medium and both languages.

``written(0.084, "chance", "ja")`` is ``8.4%``.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from training.review.document.blocks import CellKind, CellValue

#: Stands for what is not told: too few leads, or not known.
MISSING = "–"
#: Fewer leads than this are no count that is told.
FEWEST_FOR_A_COUNT = 5
_MINUS = "−"
#: Distance from never and always down to which a percentage is written with no decimal, one, two;
#: then with three.
_LEAST = (0.03, 0.001, 0.0001)
#: Share below which a whole percentage is no certainty.
_ALWAYS = 0.995
#: Currencies with a sign of their own in English, and with a word in Japanese; others are written
#: as their code.
_SIGNS: Mapping[str, str] = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
_UNITS: Mapping[str, str] = {"JPY": "円", "USD": "ドル", "EUR": "ユーロ", "GBP": "ポンド"}
#: Money is counted in these from so much on, largest first; below, every digit is written.
_LARGE: Mapping[str, tuple[tuple[float, float, str], ...]] = {
    "en": ((1e9, 1e9, " billion"), (1e6, 1e6, " million")),
    "ja": ((1e8, 1e8, "億"), (1e5, 1e4, "万")),
}


class _Written(NamedTuple):
    before: str
    digits: str
    after: str

    def __str__(self) -> str:
        return f"{self.before}{self.digits}{self.after}"


def told_count(n: float) -> int | None:
    """A count of leads, unless it is of a handful, which might be somebody.

    >>> told_count(7.4), told_count(4), told_count(0)
    (7, None, 0)
    """
    whole = round(n)
    return None if 0 < whole < FEWEST_FOR_A_COUNT else whole


def written(value: CellValue, kind: CellKind, language: str, currency: str = "") -> str:
    """A value as people write it.

    Args:
        value: Shares and chances in 0..1; money in the currency. Text stays as it is; None and NaN
            are a dash.
        kind: See ``CellKind``. Shares and chances have more decimals near never and always, and are
            never written as a certainty that they are not.
        language: ``en`` or ``ja``.
        currency: Code such as ``JPY``; empty where it is not known.

    >>> written(1204, "count", "en"), written(0.0042, "share", "en"), written(0.084, "chance", "ja")
    ('1,204', '0.4 %', '8.4%')
    >>> written(12_500_000, "money", "ja", "JPY"), written(450, "money", "en", "USD")
    ('1,250万円', '$450')
    """
    if value is None or isinstance(value, str):
        return MISSING if value is None else value
    if not math.isfinite(value):
        return MISSING
    return str(_WRITERS[kind](float(value), kind, language, currency, 0))


def written_range(
    low: float | None, high: float | None, kind: CellKind, language: str, currency: str = ""
) -> str:
    """Two ends of a range with one unit; a dash where an end is missing.

    >>> written_range(0.19, 0.27, "share", "en"), written_range(0.024, 0.04, "share", "ja")
    ('19–27 %', '2.4〜4.0%')
    """
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return MISSING
    # whole ends read best, and neither is a certainty
    if kind == "share" and low >= _LEAST[0] and high < _ALWAYS:
        unit = "%" if language == "ja" else " %"
        return f"{100 * low:.0f}{'〜' if language == 'ja' else '–'}{100 * high:.0f}{unit}"
    decimals = max(_decimals(low, kind), _decimals(high, kind))
    ends = [_WRITERS[kind](float(end), kind, language, currency, decimals) for end in (low, high)]
    between = "〜" if language == "ja" else "–"
    first, last = ends
    if first.before == last.before and first.after == last.after:
        return f"{first.before}{first.digits}{between}{last.digits}{last.after}"
    return f"{first}{between}{last}"


def _sign(value: float) -> str:
    return _MINUS if value < 0 else ""


def _plain(value: float, decimals: int) -> _Written:
    digits = f"{abs(value):,.{decimals}f}"
    sign = _MINUS if value < 0 and any(digit in digits for digit in "123456789") else ""
    return _Written(sign, digits, "")


def _count(value: float, _kind: CellKind, _language: str, _currency: str, _least: int) -> _Written:
    return _plain(value, 0)


def _number(value: float, _kind: CellKind, _language: str, _currency: str, _least: int) -> _Written:
    return _plain(value, 2)


def _decimals(value: float, kind: CellKind) -> int:
    """Decimals of a percentage by its distance from never and always; none for other kinds."""
    size = abs(value)
    if kind not in ("share", "chance") or size == 0 or size >= 1:
        return 0
    edge = min(size, 1.0 - size)
    return max(sum(edge < least for least in _LEAST), int(kind == "chance"))


def _percent(value: float, kind: CellKind, language: str, _currency: str, least: int) -> _Written:
    decimals = max(_decimals(value, kind), least)
    size, finest = abs(value), 10.0**-decimals
    digits = f"{100 * size:,.{decimals}f}"
    if 0 < size < 1 and float(digits) in (0, 100):
        digits = f"<{finest:.{decimals}f}" if size < 0.5 else f">{100 - finest:.{decimals}f}"
    return _Written(_sign(value), digits, "%" if language == "ja" else " %")


def _days(value: float, _kind: CellKind, language: str, _currency: str, _least: int) -> _Written:
    shown = round(value, 1) if abs(value) < 10 else round(value)
    number = _plain(shown, 0 if shown == int(shown) else 1)
    if language == "ja":
        return number._replace(after="日")
    return number._replace(after=" day" if abs(shown) == 1 else " days")


def _money(value: float, _kind: CellKind, language: str, currency: str, _least: int) -> _Written:
    number = _large(value, language)
    if language == "ja":
        return number._replace(after=number.after + _UNITS.get(currency, currency))
    if currency in _SIGNS or not currency:
        return number._replace(before=number.before + _SIGNS.get(currency, ""))
    return number._replace(after=f"{number.after} {currency}")


def _large(value: float, language: str) -> _Written:
    """In full where small; then with three digits at least, in the large numbers of the
    language.
    """
    size = round(abs(value))
    for start, step, name in _LARGE[language]:
        if size >= start:
            parts = size / step
            digits = f"{parts:,.{max(0, 2 - int(math.log10(parts)))}f}"
            return _Written(
                _sign(value), digits.rstrip("0").rstrip(".") if "." in digits else digits, name
            )
    return _plain(value, 0)


_WRITERS: Mapping[CellKind, Callable[[float, CellKind, str, str, int], _Written]] = {
    "text": _number,
    "count": _count,
    "share": _percent,
    "chance": _percent,
    "money": _money,
    "days": _days,
    "number": _number,
}


def written_ticks(
    values: Sequence[float], kind: CellKind, language: str, currency: str = ""
) -> list[str]:
    """Values of an axis, percentages and numbers with equally many decimals: as few as tell them
    apart.

    >>> written_ticks([0, 0.025, 0.05], "share", "en"), written_ticks([0, 0.5, 1], "chance", "ja")
    (['0.0 %', '2.5 %', '5.0 %'], ['0%', '50%', '100%'])
    """
    if kind == "number":
        return [str(_plain(value, _exact(values, 0))) for value in values]
    if kind not in ("share", "chance"):
        return [written(value, kind, language, currency) for value in values]
    exact = _exact(values, 2)
    return [
        f"{_sign(v)}{abs(100 * v):,.{exact}f}{'%' if language == 'ja' else ' %'}" for v in values
    ]


def _exact(values: Sequence[float], more: int) -> int:
    """Decimals that tell all of them, where so many more are told already."""
    return next(
        (
            d
            for d in range(4)
            if all(math.isclose(round(v, d + more), v, abs_tol=1e-9) for v in values)
        ),
        4,
    )
