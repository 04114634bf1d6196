"""The words, texts, numbers, dates and signs that a rule is written with."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, NoReturn

from features.folding import fold
from features.rules.fault import RuleError, clipped

#: Characters of a rule.
LONGEST_TEXT = 10_000
#: Numbers lie between minus and plus this.
LARGEST_NUMBER = 1e15

#: Words that begin or join conditions: a column of that name stands in quotes.
RESERVED = frozenset(
    [
        "and",
        "or",
        "not",
        "any",
        "all",
        "at",
        "did",
        "received",
        "silent",
        "lost",
        "lead",
        "hearing",
        "in",
        "is",
        "like",
    ]
)

#: Opening quote to closing quote; what keyboards and word processors make of a quote is one too.
_QUOTES = {'"': '"', "'": "'", "＂": "＂", "“": "”", "‘": "’", "「": "」"}
#: Signs in other spellings.
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "!=", "<>": "!=", "、": ",", "≧": ">=", "≦": "<="}
_INSTEAD = {
    "==": "`=`",
    "&&": "`and`",
    "&": "`and`",
    "||": "`or`",
    "|": "`or`",
    "!": "`not`",
    "=>": "`>=`",
    "=<": "`<=`",
    ";": "`and` or `or`",
    "%": "the plain number",
}

_SPACE = re.compile("[ \t\r\n\u3000\u00a0]*")
_WORD = re.compile(r"[^\W\d]\w*")
_DATE = re.compile(r"\d{4}([-/])(\d{1,2})\1(\d{1,2})(?!\w)")
_NUMBER = re.compile(r"[+\-−－]?\d[\d_]*(?:[.．]\d+)?")
_SIGN = re.compile(r"[<＜][=＝]|[>＞][=＝]|[!！][=＝]|<>|==|=>|=<|&&|\|\||[^\w\s]")
#: In a text: control characters but line breaks and tabs, and marks that make it read differently
#: than it is.
_DECEITFUL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

TokenKind = Literal["word", "text", "number", "date", "sign", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a rule.

    Attributes:
        kind: What it is.
        word: A word or sign in its one spelling, for comparing; else empty.
        value: Value of a word as it is written, of a text, a number or a date; else empty.
        start: Position of its first character.
        end: Position after its last character.
    """

    kind: TokenKind
    word: str
    value: str | float | date
    start: int
    end: int


def is_plain_name(name: str) -> bool:
    """Whether a column's name may stand without quotes.

    >>> is_plain_name("業種"), is_plain_name("lead source"), is_plain_name("Lost")
    (True, False, False)
    """
    return _WORD.fullmatch(name) is not None and fold(name) not in RESERVED


def tokens(text: str) -> Iterator[Token]:
    """The pieces of a rule, the last one of kind ``end``.

    Raises:
        RuleError: The text is too long, or a piece of it is nothing that a rule is written with.
    """
    if len(text) > LONGEST_TEXT:
        raise RuleError(
            text, LONGEST_TEXT, f"expected at most {LONGEST_TEXT:,} characters, got {len(text):,}"
        )
    position = _after_space(text, 0)
    while position < len(text):
        token = _token(text, position)
        yield token
        position = _after_space(text, token.end)
    yield Token("end", "", "", len(text), len(text))


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _token(text: str, start: int) -> Token:
    if text[start] in _QUOTES:
        return _text(text, start)
    if found := _WORD.match(text, start):
        return Token("word", fold(found.group()), found.group(), start, found.end())
    if found := _DATE.match(text, start):
        return Token("date", "", _date(text, found), start, found.end())
    if found := _NUMBER.match(text, start):
        return Token("number", "", _number(text, found), start, found.end())
    return _sign(text, start)


def _text(text: str, start: int) -> Token:
    closing = _QUOTES[text[start]]
    end = start + 1
    while True:
        end = text.find(closing, end)
        if end < 0:
            raise RuleError(
                text, start, f"this quote is never closed; expected a `{closing}` after it"
            )
        if not text.startswith(closing, end + 1) or closing != text[start]:
            break
        end += 2
    value = text[start + 1 : end]
    if found := _DECEITFUL.search(value):
        at = start + 1 + found.start()
        raise RuleError(
            text,
            at,
            f"expected text that can be seen, got the invisible character U+{ord(found[0]):04X}",
        )
    if closing == text[start]:
        value = value.replace(closing * 2, closing)
    if not fold(value):
        raise RuleError(
            text,
            start,
            "expected a text, got an empty one; of a column without a value say `is unknown`",
        )
    return Token("text", "", value, start, end + 1)


def _date(text: str, found: re.Match[str]) -> date:
    try:
        return date(int(found[0][:4]), int(found[2]), int(found[3]))
    except ValueError as error:
        problem = f"expected a day of the calendar such as 2026-04-01, got {clipped(found[0])}"
        raise RuleError(text, found.start(), problem) from error


def _number(text: str, found: re.Match[str]) -> float:
    if found.end() < len(text) and (text[found.end()].isalnum() or text[found.end()] in "._％%"):
        rest = re.compile(r"[\w.％%]*").match(text, found.end())
        came = clipped(found[0] + (rest[0] if rest else ""))
        raise RuleError(
            text,
            found.start(),
            f"expected a number in plain digits such as 1500000 or 0.25, got {came}; put a space "
            "after a number, and no unit into it",
        )
    plain = fold(found[0]).replace("−", "-").replace("_", "")
    number = float(plain)
    if not math.isfinite(number) or abs(number) > LARGEST_NUMBER:
        problem = f"expected a number between -1e15 and 1e15, got {clipped(found[0])}"
        raise RuleError(text, found.start(), problem)
    return number


def _sign(text: str, start: int) -> Token:
    found = _SIGN.match(text, start)
    sign = fold(found[0]) if found else ""
    sign = _SIGNS.get(sign, sign)
    if found is None or sign not in ("(", ")", ",", "=", "!=", "<", "<=", ">", ">="):
        _refuse(text, start, found[0] if found else text[start])
    return Token("sign", sign, "", start, found.end())


def _refuse(text: str, start: int, sign: str) -> NoReturn:
    instead = _INSTEAD.get(fold(sign))
    todo = (
        f"write {instead} instead"
        if instead
        else "names and texts with signs in them stand in quotes"
    )
    raise RuleError(
        text,
        start,
        f"expected a word, a number, a text in quotes or a sign of comparison, "
        f"got {clipped(sign)}; {todo}",
    )
