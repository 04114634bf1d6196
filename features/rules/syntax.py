"""What a rule is made of. ``str(rule)`` is a text that parses to the same rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from features.rules.tokens import is_plain_name

ComparisonSign = Literal["=", "!=", "<", "<=", ">", ">="]
Value = float | date | str
Bound = Literal["at least", "at most", "exactly"]


class Rule:
    """A rule: true, false or unknown of a lead at an as-of."""

    __slots__ = ()


# --- conditions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleColumn:
    """A lead column.

    Attributes:
        name: Name as in the source.
        hearing: Whether it must be a hearing item.
    """

    name: str
    hearing: bool = False

    def __str__(self) -> str:
        name = self.name if is_plain_name(self.name) else quoted(self.name)
        return f"hearing {name}" if self.hearing else name


@dataclass(frozen=True, slots=True)
class Compare(Rule):
    """A column compared with a number, a date or a text; a text is only equal or not."""

    column: RuleColumn
    comparison: ComparisonSign
    value: Value

    def __str__(self) -> str:
        return f"{self.column} {self.comparison} {written(self.value)}"


@dataclass(frozen=True, slots=True)
class OneOf(Rule):
    """A column that equals one of several values of one kind."""

    column: RuleColumn
    values: tuple[Value, ...]

    def __str__(self) -> str:
        return f"{self.column} {_one_of(self)}"


@dataclass(frozen=True, slots=True)
class Like(Rule):
    """A column whose text matches one of several patterns."""

    column: RuleColumn
    patterns: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.column} {_like(self)}"


@dataclass(frozen=True, slots=True)
class Known(Rule):
    """A column that holds a value; never unknown."""

    column: RuleColumn

    def __str__(self) -> str:
        return f"{self.column} is known"


@dataclass(frozen=True, slots=True)
class Events:
    """Events of a lead.

    Attributes:
        verb: ``did``: what the lead did itself. ``received``: what sales or marketing did.
        types: Patterns of the event type, or of the name of a group of the configuration; one must
            match.
        details: Patterns of the detail, one must match; none: any detail, also none.
        channels: Patterns of the channel, likewise.
    """

    verb: Literal["did", "received"]
    types: tuple[str, ...]
    details: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def __str__(self) -> str:
        details = f" detail {_texts(self.details)}" if self.details else ""
        channels = f" through {_texts(self.channels)}" if self.channels else ""
        return f"{_texts(self.types)}{details}{channels}"


@dataclass(frozen=True, slots=True)
class Acted(Rule):
    """How often something happened; never unknown.

    Attributes:
        events: Which events count.
        bound: How ``times`` is meant.
        times: Number of events.
        window: Days before the as-of that count; None for ever.
        unanswered: Whether only those count that came on a later day than the lead's last own
            event.
    """

    events: Events
    bound: Bound = "at least"
    times: int = 1
    window: int | None = None
    unanswered: bool = False

    def __str__(self) -> str:
        once = self.bound == "at least" and self.times == 1
        count = "" if once else f" {self.bound} {self.times} time{'s' * (self.times != 1)}"
        return (
            f"{self.events.verb}"
            f" {self.events}{count}{' without answer' * self.unanswered}{_window(self.window)}"
        )


@dataclass(frozen=True, slots=True)
class Silent(Rule):
    """No own event on a later day than the last of certain ones, and that one long ago; never
    unknown.
    """

    days: int
    after: Events

    def __str__(self) -> str:
        return f"silent {_days(self.days)} after {self.after}"


@dataclass(frozen=True, slots=True)
class Lost(Rule):
    """An earlier episode of the lead that was lost; unknown where the reason would decide and is
    not recorded.

    Attributes:
        reasons: Patterns of the reason, one must match; none: any reason, also none.
        window: Days before the as-of within which it was lost; None for ever.
    """

    reasons: tuple[str, ...] = ()
    window: int | None = None

    def __str__(self) -> str:
        because = f" because {_texts(self.reasons)}" if self.reasons else ""
        return f"lost{because}{_window(self.window)}"


@dataclass(frozen=True, slots=True)
class LeadAge(Rule):
    """Days since the lead was created; never unknown."""

    comparison: ComparisonSign
    days: int

    def __str__(self) -> str:
        return f"lead age {self.comparison} {_days(self.days)}"


# --- combinations ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Not(Rule):
    """True where the rule is false; unknown stays unknown."""

    rule: Rule

    def __str__(self) -> str:
        match self.rule:
            case OneOf(column=column) as inner:
                return f"{column} not {_one_of(inner)}"
            case Like(column=column) as inner:
                return f"{column} not {_like(inner)}"
            case Known(column=column):
                return f"{column} is unknown"
            case inner:
                return f"not {_nested(inner)}"


@dataclass(frozen=True, slots=True)
class AllOf(Rule):
    """True where all are; false where one is."""

    rules: tuple[Rule, ...]

    def __str__(self) -> str:
        return (
            f"all of {_list(self.rules)}"
            if len(self.rules) == 1
            else " and ".join(map(_nested, self.rules))
        )


@dataclass(frozen=True, slots=True)
class AnyOf(Rule):
    """True where one is; false where all are."""

    rules: tuple[Rule, ...]

    def __str__(self) -> str:
        return (
            f"any of {_list(self.rules)}"
            if len(self.rules) == 1
            else " or ".join(map(_nested, self.rules))
        )


@dataclass(frozen=True, slots=True)
class AtLeast(Rule):
    """True where so many are; false where so many cannot be any more."""

    number: int
    rules: tuple[Rule, ...]

    def __str__(self) -> str:
        return f"at least {self.number} of {_list(self.rules)}"


def conditions(rule: Rule) -> Iterator[Rule]:
    """The conditions of a rule, in the order of the text."""
    match rule:
        case Not(rule=inner):
            yield from conditions(inner)
        case AllOf(rules=rules) | AnyOf(rules=rules) | AtLeast(rules=rules):
            for inner in rules:
                yield from conditions(inner)
        case _:
            yield rule


# --- canonical text -------------------------------------------------------------------------------


def quoted(text: str) -> str:
    """A text as it stands in a rule.

    >>> print(quoted('the "big" one'))
    "the ""big"" one"
    """
    return '"' + text.replace('"', '""') + '"'


def written(value: Value) -> str:
    """A number, a date or a text as it stands in a rule.

    >>> written(5000.0), written(1e-7), written(date(2026, 4, 1)), written("a")
    ('5000', '0.0000001', '2026-04-01', '"a"')
    """
    match value:
        case str():
            return quoted(value)
        case date():
            return value.isoformat()
        case number:
            return f"{Decimal(repr(number)):f}".removesuffix(".0")


def _texts(texts: tuple[str, ...]) -> str:
    return quoted(texts[0]) if len(texts) == 1 else f"({', '.join(map(quoted, texts))})"


def _one_of(rule: OneOf) -> str:
    return f"in ({', '.join(map(written, rule.values))})"


def _like(rule: Like) -> str:
    return f"like {_texts(rule.patterns)}"


def _window(days: int | None) -> str:
    return "" if days is None else f" in {_days(days)}"


def _days(days: int) -> str:
    return f"{days} day{'s' * (days != 1)}"


def _list(rules: tuple[Rule, ...]) -> str:
    return f"({', '.join(map(str, rules))})"


def _nested(rule: Rule) -> str:
    return f"({rule})" if isinstance(rule, AllOf | AnyOf) and len(rule.rules) > 1 else str(rule)
