"""How people say how a date is written: ``dd.mm.yyyy HH:MM``, ``m/d/yyyy h:mm AM``, ``epoch``."""

import re

#: Orders of day, month and year that are read with any time of day behind them.
_ORDERS = {"dmy": "dd{0}mm{0}yyyy", "mdy": "mm{0}dd{0}yyyy", "ymd": "yyyy-mm-dd"}
_SHORT_ORDERS = {"dmy": "dd{0}mm{0}yy", "mdy": "mm{0}dd{0}yy", "ymd": "yy{0}mm{0}dd"}
#: Times that are numbers, and dates with words.
NAMED = ("epoch", "epoch_ms", "excel", "era", "yyyy年m月d日", "d mmm yyyy", "mmm d, yyyy")

_TOKEN = re.compile(r"y+|d+|h+|s+|m+|am/pm|am|pm|[^a-z]+|[a-z]", re.IGNORECASE)
_EXAMPLE = "dd.mm.yyyy, m/d/yyyy h:mm AM, %d.%m.%Y, epoch, epoch_ms or excel"


def date_style(pattern: str) -> str:
    """The way of reading that a pattern asks for: the name of one, or a format for ``strptime``.

    Raises:
        ValueError: The pattern says no day, month and year.

    >>> date_style("dd.mm.yyyy HH:MM"), date_style("M/D/YYYY h:mm AM"), date_style("yyyy/m/d")
    ('dd.mm.yyyy', 'mm/dd/yyyy', 'yyyy-mm-dd')
    >>> date_style("d.m.yy"), date_style("%d %b %y"), date_style("dd_mm_yyyy")
    ('dd.mm.yy', '%d %b %y', '%d_%m_%Y')
    >>> date_style("epoch")
    'epoch'
    """
    text = pattern.strip()
    if text.casefold() in NAMED:
        return text.casefold()
    if "%" in text:
        return text
    tokens = _TOKEN.findall(text)
    date = _date_tokens(tokens)
    order = "".join(token[0].lower() for token in date if token[0].lower() in "dmy")
    if sorted(order) != ["d", "m", "y"]:
        raise ValueError(f"expected a way to write dates such as {_EXAMPLE}; got {pattern!r}")
    if any(len(token) > 2 and token[0] in "mM" for token in date):
        return "d mmm yyyy" if order == "dmy" else "mmm d, yyyy"
    separators = {token for token in date if token[0].lower() not in "dmy"}
    year = next(token for token in date if token[0] in "yY")
    known = _ORDERS if len(year) > 2 else _SHORT_ORDERS
    if order in known and (separators <= {"-", "/", "."} and len(separators) == 1):
        return known[order].format(separators.pop())
    return _strptime(tokens)


def _date_tokens(tokens: list[str]) -> list[str]:
    """The tokens up to the last one of day, month and year; an ``m`` behind an hour is a minute."""
    hour = next((i for i, token in enumerate(tokens) if token[0] in "hH"), len(tokens))
    last = max((i for i, token in enumerate(tokens[:hour]) if token[0].lower() in "dmy"), default=0)
    return tokens[: last + 1]


def _strptime(tokens: list[str]) -> str:
    found, after_hour = "", False
    for token in tokens:
        letter = token[0].lower()
        match letter:
            case "y":
                found += "%Y" if len(token) > 2 else "%y"
            case "d":
                found += "%d"
            case "h":
                twelve = any(other.lower() in ("am", "pm", "am/pm") for other in tokens)
                found, after_hour = found + ("%I" if twelve else "%H"), True
            case "m":
                found += "%M" if after_hour else "%m"
            case "s":
                found += "%S"
            case "a" | "p":
                found += "%p"
            case _:
                found += token
    return found
