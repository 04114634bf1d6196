"""A rule that cannot be read: where, what was expected, what came."""

import unicodedata

from features.errors import PropensityError

#: Characters of the faulty line shown on either side of the fault.
_AROUND = 60
#: Characters of a piece of the rule that is quoted in a sentence.
_LONGEST = 40


class RuleError(PropensityError, ValueError):
    """A text is no rule.

    Attributes:
        line: Line of the fault, from 1.
        column: Column of the fault in its line, in characters from 1.
    """

    def __init__(self, text: str, position: int, problem: str) -> None:
        """Say what is wrong, and point at it.

        Args:
            text: The rule.
            position: Position of the fault, in characters from 0.
            problem: What was expected, what came, and what to do.
        """
        start = text.rfind("\n", 0, position) + 1
        end = text.find("\n", position)
        self.line = text.count("\n", 0, position) + 1
        self.column = position - start + 1
        first = max(start, position - _AROUND)
        last = min(len(text) if end < 0 else end, position + _AROUND)
        pointer = " " * _width(shown(text[first:position])) + "^"
        super().__init__(
            f"line {self.line}, column {self.column}: {problem}\n    {shown(text[first:last])}\n   "
            f" {pointer}"
        )


def shown(text: str) -> str:
    r"""A text as it may stand on a terminal: nothing that moves, hides or turns what is around it.

    >>> shown("a\tb\x1b[31m\u202e")
    'a b�[31m�'
    """
    return "".join(
        " " if sign.isspace() else "�" if unicodedata.category(sign) in _HARMFUL else sign
        for sign in text
    )


def clipped(text: str) -> str:
    """A text in backquotes for a sentence, not too long."""
    return f"`{shown(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…')}`"


_HARMFUL = ("Cc", "Cf", "Cs", "Co", "Cn")


def _width(text: str) -> int:
    """Columns that a text takes on a terminal; East Asian wide characters take two."""
    return sum(
        2 if unicodedata.east_asian_width(sign) in "WF" else not unicodedata.combining(sign)
        for sign in text
    )
