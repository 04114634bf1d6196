"""Going through the pieces of a rule, one at a time, with the errors that say what was expected."""

from collections.abc import Mapping
from datetime import date

from features.rules.fault import RuleError, clipped
from features.rules.syntax import ComparisonSign, Value
from features.rules.tokens import RESERVED, Token, tokens

_COMPARISONS: Mapping[str, ComparisonSign] = {
    "=": "=",
    "!=": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}
_KINDS: Mapping[type, str] = {float: "a number", date: "a date", str: "a text in quotes"}


class Cursor:
    """Stands before one token of a rule.

    Attributes:
        text: The rule.
        token: What comes next.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokens(text)
        self.token = next(self._tokens)

    def advance(self) -> Token:
        """Go past the next token; return it. The end is never gone past."""
        token = self.token
        if token.kind != "end":
            self.token = next(self._tokens)
        return token

    def taken(self, *words: str) -> bool:
        """Go past the next token if it is one of these words or signs."""
        return self.token.word in words and bool(self.advance())

    def expect(self, word: str, *, after: Token) -> None:
        """Go past this word, which has to come next."""
        if not self.taken(word):
            before = self.piece(after)
            hint = f"; if {before} is a column, put it in quotes" if after.word in RESERVED else ""
            raise self.error(f"expected `{word}` after {before}, got {self.came}{hint}")

    def close(self, opening: Token) -> None:
        """Go past the closing bracket, which has to come next."""
        if not self.taken(")"):
            column = opening.start - self.text.rfind("\n", 0, opening.start)
            line = self.text.count("\n", 0, opening.start) + 1
            where = f"column {column}" if "\n" not in self.text else f"line {line}, column {column}"
            raise self.error(
                f"expected `)` for the bracket opened in {where}, got {self.came}{self.hint}"
            )

    # --- errors -----------------------------------------------------------------------------------

    def error(self, problem: str, *, at: Token | None = None) -> RuleError:
        """The error that points at a token; else at the next one."""
        return RuleError(self.text, (at or self.token).start, problem)

    def piece(self, token: Token) -> str:
        """A token as it is written, for a sentence."""
        return (
            "the end of the rule"
            if token.kind == "end"
            else clipped(self.text[token.start : token.end])
        )

    @property
    def came(self) -> str:
        """The next token as it is written, for a sentence."""
        return self.piece(self.token)

    @property
    def hint(self) -> str:
        """What people often mean where something stands that cannot follow."""
        match self.token:
            case Token(kind="word", word=word) if word not in RESERVED:
                hint = "; names of several words stand in quotes"
            case Token(word="("):
                hint = "; there are no functions"
            case Token(word=",", end=end) if self.text[end : end + 1].isdigit():
                hint = "; write 5000 without a comma"
            case Token(kind="number", start=start) if self.text[start - 1 : start] == ",":
                hint = "; write 5000 without a comma"
            case Token(kind="number"):
                hint = "; of times say `at least`, `at most` or `exactly`"
            case _:
                hint = ""
        return hint

    @property
    def _unquoted(self) -> str:
        return f'; put a text in quotes: "{self.token.value}"' if self.token.kind == "word" else ""

    # --- values -----------------------------------------------------------------------------------

    def comparison(self) -> ComparisonSign:
        """Go past a sign of comparison."""
        if self.token.word not in _COMPARISONS:
            raise self.error(f"expected =, !=, <, <=, > or >=, got {self.came}")
        return _COMPARISONS[self.advance().word]

    def value(self) -> Value:
        """Go past a number, a date or a text."""
        if self.token.kind not in ("text", "number", "date"):
            raise self.error(
                f"expected a number, a date or a text in quotes, got {self.came}{self._unquoted}"
            )
        return self.advance().value

    def values(self) -> tuple[Value, ...]:
        """Go past a value, or several of one kind in brackets."""
        opening = self.token
        if not self.taken("("):
            return (self.value(),)
        values = [self.value()]
        while self.taken(","):
            at = self.token
            values.append(self.value())
            if type(values[-1]) is not type(values[0]):
                wanted = _KINDS[type(values[0])]
                raise self.error(
                    f"expected {wanted} like the ones before it, got {self.piece(at)}", at=at
                )
        self.close(opening)
        return tuple(values)

    def texts(self, *, after: Token) -> tuple[str, ...]:
        """Go past a text, or several in brackets."""
        opening = self.token
        if not self.taken("("):
            return (self._text(after),)
        texts = [self._text(after)]
        while self.taken(","):
            texts.append(self._text(after))
        self.close(opening)
        return tuple(texts)

    def _text(self, after: Token) -> str:
        if self.token.kind != "text":
            raise self.error(
                f"expected a text in quotes after `{after.word}`, got {self.came}{self._unquoted}"
            )
        return str(self.advance().value)

    def days(self, least: int, most: int) -> int:
        """Go past a number of days within bounds."""
        days = self.whole_number("a number of days such as 30", least, most)
        if not self.taken("days", "day"):
            raise self.error(f"expected `days` after {days}, got {self.came}")
        return days

    def whole_number(self, wanted: str, least: int, most: int) -> int:
        """Go past a whole number within bounds."""
        value = self.token.value
        if self.token.kind != "number" or not isinstance(value, float):
            raise self.error(f"expected {wanted}, got {self.came}")
        if not value.is_integer() or not least <= value <= most:
            raise self.error(f"expected a whole number from {least} to {most:,}, got {self.came}")
        self.advance()
        return int(value)
