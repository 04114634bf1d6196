"""From the text of a rule to the rule."""

from features.rules.cursor import Cursor
from features.rules.fault import clipped
from features.rules.syntax import (
    Acted,
    AllOf,
    AnyOf,
    AtLeast,
    Bound,
    Compare,
    ComparisonSign,
    Events,
    Known,
    LeadAge,
    Like,
    Lost,
    Not,
    OneOf,
    Rule,
    RuleColumn,
    Silent,
)
from features.rules.tokens import RESERVED, Token

#: Brackets, lists and negations inside of each other.
DEEPEST = 50
#: Conditions of one rule.
MOST_CONDITIONS = 500
#: Days that a window or a silence may last; as in ``features.settings.Days``.
LONGEST_WINDOW = 3660
#: Days of a lead's age.
OLDEST = 36_600
#: Times that something may be counted.
MOST_TIMES = 1_000_000

_OTHER_WAY = "a column is compared with =, !=, <, <=, >, >=, in, like or is"


def parse(text: str) -> Rule:
    """Read a rule; see the package for the grammar.

    Raises:
        RuleError: The text is no rule, or beyond a limit. The message names line and column of the
            fault, what was expected and what came.
    """
    return _Parser(text).whole()


class _Parser:
    """Recursive descent; no deeper than ``DEEPEST``."""

    def __init__(self, text: str) -> None:
        self._at = Cursor(text)
        self._depth = 0
        self._conditions = 0

    def whole(self) -> Rule:
        rule = self._rule()
        if self._at.token.kind != "end":
            raise self._at.error(
                f"expected `and`, `or` or the end of the rule, got {self._at.came}{self._at.hint}"
            )
        return rule

    # --- combinations -----------------------------------------------------------------------------

    def _rule(self) -> Rule:
        """Operands joined by ``and``, or by ``or``; both side by side mean different things to
        different people.
        """
        rules = [self._operand()]
        joint = self._at.token.word
        if joint not in ("and", "or"):
            return rules[0]
        while self._at.taken(joint):
            rules.append(self._operand())
        other = self._at.token.word
        if other in ("and", "or"):
            raise self._at.error(
                f"expected brackets: `{other}` after `{joint}` can be read in two ways; write "
                f"(… {joint} …) {other} … or … {joint} (… {other} …)"
            )
        return AllOf(tuple(rules)) if joint == "and" else AnyOf(tuple(rules))

    def _operand(self) -> Rule:
        token = self._at.token
        match token.word:
            case "not":
                self._enter()
                rule: Rule = Not(self._operand())
                self._depth -= 1
            case "(":
                self._enter()
                rule = self._rule()
                self._leave(token)
            case "any" | "all":
                self._at.advance()
                self._at.expect("of", after=token)
                rules = self._list()
                rule = AnyOf(rules) if token.word == "any" else AllOf(rules)
            case "at":
                rule = self._at_least()
            case _:
                rule = self._condition()
        return rule

    def _at_least(self) -> Rule:
        self._at.expect("least", after=self._at.advance())
        number_token = self._at.token
        number = self._at.whole_number("a number such as 2", 1, MOST_CONDITIONS)
        self._at.expect("of", after=number_token)
        rules = self._list()
        if number > len(rules):
            raise self._at.error(
                f"expected at most as many as there are rules in the brackets ({len(rules)}), got"
                f" {number}",
                at=number_token,
            )
        return AtLeast(number, rules)

    def _list(self) -> tuple[Rule, ...]:
        opening = self._at.token
        if opening.word != "(":
            raise self._at.error(
                f"expected `(` and rules with commas between them, got {self._at.came}"
            )
        self._enter()
        rules = [self._rule()]
        while self._at.taken(","):
            rules.append(self._rule())
        self._leave(opening)
        return tuple(rules)

    def _enter(self) -> None:
        """Go past what opens a level."""
        if self._depth >= DEEPEST:
            raise self._at.error(
                f"expected at most {DEEPEST} brackets and negations inside of each other"
            )
        self._depth += 1
        self._at.advance()

    def _leave(self, opening: Token) -> None:
        self._at.close(opening)
        self._depth -= 1

    # --- conditions -------------------------------------------------------------------------------

    def _condition(self) -> Rule:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise self._at.error(f"expected at most {MOST_CONDITIONS} conditions in a rule")
        match self._at.token.word:
            case "did" | "received":
                return self._acted()
            case "silent":
                return self._silent()
            case "lost":
                return self._lost()
            case "lead":
                return self._lead_age()
            case _:
                return self._of_column()

    def _acted(self) -> Rule:
        verb = self._at.advance()
        events = self._events(verb)
        bound, times = self._count()
        without = self._at.token
        unanswered = self._at.taken("without")
        if unanswered and events.verb == "did":
            raise self._at.error(
                "`without answer` is said of what a lead `received`, not of what it did", at=without
            )
        if unanswered:
            self._at.expect("answer", after=without)
        window = self._window()
        if self._at.token.word in ("at", "exactly", "detail", "through", "without", "in"):
            raise self._at.error(
                "expected each of `detail`, `through`, the number of times, `without answer` and"
                f" `in … days` at most once and in this order, got {self._at.came}"
            )
        return Acted(events, bound, times, window, unanswered)

    def _events(self, verb: Token) -> Events:
        types = self._at.texts(after=verb)
        details = (
            self._at.texts(after=self._at.advance()) if self._at.token.word == "detail" else ()
        )
        channels = (
            self._at.texts(after=self._at.advance()) if self._at.token.word == "through" else ()
        )
        return Events("received" if verb.word == "received" else "did", types, details, channels)

    def _count(self) -> tuple[Bound, int]:
        bound: Bound = "at least"
        if self._at.taken("exactly"):
            bound = "exactly"
        elif self._at.taken("at"):
            if self._at.token.word not in ("least", "most"):
                raise self._at.error(f"expected `least` or `most` after `at`, got {self._at.came}")
            bound = "at least" if self._at.advance().word == "least" else "at most"
        else:
            return bound, 1
        times = self._at.whole_number(
            "a number of times such as 3", 1 if bound == "at least" else 0, MOST_TIMES
        )
        if not self._at.taken("times", "time"):
            raise self._at.error(f"expected `times` after `{bound} {times}`, got {self._at.came}")
        return bound, times

    def _window(self) -> int | None:
        """``in 30 days``, ``in the last 30 days``."""
        if not self._at.taken("in"):
            return None
        self._at.taken("the")
        self._at.taken("last")
        return self._at.days(1, LONGEST_WINDOW)

    def _silent(self) -> Rule:
        self._at.advance()
        days = self._at.days(1, LONGEST_WINDOW)
        if self._at.token.word != "after":
            raise self._at.error(
                f"expected `after` and what the silence followed, got {self._at.came}; for silence"
                " alone write "
                f'`not did "*" in {days} days`'
            )
        return Silent(days, self._events(self._at.advance()))

    def _lost(self) -> Rule:
        self._at.advance()
        reasons = (
            self._at.texts(after=self._at.advance()) if self._at.token.word == "because" else ()
        )
        return Lost(reasons, self._window())

    def _lead_age(self) -> Rule:
        self._at.expect("age", after=self._at.advance())
        comparison = self._at.comparison()
        return LeadAge(comparison, self._at.days(0, OLDEST))

    # --- columns ----------------------------------------------------------------------------------

    def _of_column(self) -> Rule:
        column = self._column()
        negated = self._at.taken("not")
        match self._at.token.word:
            case "in":
                self._at.advance()
                rule: Rule = OneOf(column, self._at.values())
            case "like":
                rule = Like(column, self._at.texts(after=self._at.advance()))
            case _ if negated:
                raise self._at.error(f"expected `in` or `like` after `not`, got {self._at.came}")
            case "is":
                return self._is(column)
            case "=" | "!=" | "<" | "<=" | ">" | ">=":
                return self._compared(column)
            case _:
                raise self._at.error(
                    f"expected a comparison after the column {clipped(column.name)} ({_OTHER_WAY}),"
                    f" got {self._at.came}{self._at.hint}"
                )
        return Not(rule) if negated else rule

    def _column(self) -> RuleColumn:
        hearing = self._at.taken("hearing")
        token = self._at.token
        if token.kind == "word" and token.word in RESERVED:
            raise self._at.error(
                f"expected {'a hearing item' if hearing else 'a condition'}, got {self._at.came};"
                " if a column has this name, put it in quotes"
            )
        if token.kind not in ("word", "text"):
            wanted = (
                "the name of a hearing item"
                if hearing
                else 'a condition such as employees >= 100 or did "demo"'
            )
            raise self._at.error(f"expected {wanted}, got {self._at.came}{self._at.hint}")
        return RuleColumn(str(self._at.advance().value), hearing=hearing)

    def _is(self, column: RuleColumn) -> Rule:
        self._at.advance()
        negated = self._at.taken("not")
        if self._at.token.word in ("known", "unknown"):
            unknown = self._at.advance().word == "unknown"
            return Not(Known(column)) if unknown != negated else Known(column)
        return Compare(column, "!=" if negated else "=", self._at.value())

    def _compared(self, column: RuleColumn) -> Rule:
        comparison: ComparisonSign = self._at.comparison()
        at = self._at.token
        value = self._at.value()
        if isinstance(value, str) and comparison not in ("=", "!="):
            raise self._at.error(
                f"expected a number or a date without quotes after `{comparison}`, got the text"
                f" {clipped(value)}; texts are compared with =, !=, in or like",
                at=at,
            )
        return Compare(column, comparison, value)
