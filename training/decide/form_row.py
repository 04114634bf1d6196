"""The file that a review fills in: a row per proposal, read and checked."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from features.errors import ConfigError
from features.files.problems import WHOLE_FILE, explained
from features.files.yaml_file import read_yaml
from features.settings import StrictModel
from propensity.definition.business_hours import parse_span
from propensity.definition.schema import CASES

#: Borders of the grades, best first, by axis.
BORDERS: Mapping[str, tuple[str, str, str]] = {
    "fit": ("A|B", "B|C", "C|D"),
    "interest": ("1|2", "2|3", "3|4"),
}
#: What is done with a column or an event type as a whole.
WHOLE = ("drop", "impute", "delay")
#: Rows about a column or an event type.
ABOUT_COLUMNS = (*WHOLE, "monotone", "label")
#: Figures of a promise, each with what it has to look like.
PROMISED: Mapping[str, Literal["span", "count"]] = {
    "first_contact_within": "span",
    "attempts_within": "span",
    "calls": "count",
    "mails": "count",
    "mqls_per_week": "count",
    "mqls_per_quarter": "count",
}
#: The rule goes.
REMOVE = "remove"
_WAYS = ("up", "down")


class FormRow(StrictModel):
    """A proposal, and what was decided about it.

    Attributes:
        do: ``drop``, ``impute``, ``delay``, ``monotone`` and ``label`` as in the file of decisions;
            move a ``cut``; move the ``line``, or its lower end, ``leave``; give a case another
            ``owner``; change a ``promise``; change a ``rule``; ``note``: something that no file
            holds, to be done by people.
        column: Lead column of the first five; or
        event_type: Event type, or group of them.
        between: Border of a ``cut``: ``A|B``, ``B|C``, ``C|D`` of fit; ``1|2``, ``2|3``, ``3|4`` of
            interest.
        name: Name of the ``rule``; case of an ``owner``, such as ``keen``; segment of a
            ``promise``; what a ``note`` is about.
        what: Figure of a ``promise``, such as ``mqls_per_week``.
        to: What it becomes: days of ``delay``, ``up`` or ``down``, a name, a cut in log-odds from
            the zero of its axis, a chance of the line, a role, what is promised, a rule or
            ``remove``.
        decision: ``keep``: do it as proposed. ``change``: do it with ``instead``. ``reject``: do
            not. Nothing: not decided yet, and nothing is done.
        instead: Value in place of ``to``; of ``drop`` and ``impute`` another action.
        who: Decided.
        because: Why.
        at: When; default the day on which the file is read.
    """

    do: Literal[
        "drop",
        "impute",
        "delay",
        "monotone",
        "label",
        "cut",
        "line",
        "leave",
        "owner",
        "promise",
        "rule",
        "note",
    ]
    column: str | None = None
    event_type: str | None = None
    between: Literal["A|B", "B|C", "C|D", "1|2", "2|3", "3|4"] | None = None
    name: str | None = None
    what: (
        Literal[
            "first_contact_within",
            "attempts_within",
            "calls",
            "mails",
            "mqls_per_week",
            "mqls_per_quarter",
        ]
        | None
    ) = None
    to: float | str | None = None
    decision: Literal["keep", "change", "reject"] | None = None
    instead: float | str | None = None
    who: str | None = None
    because: str | None = None
    at: date | datetime | None = None

    @property
    def about(self) -> str:
        """What it is about, in words."""
        subject = (
            f"column {self.column!r}"
            if self.column is not None
            else f"event type {self.event_type!r}"
        )
        return {
            "cut": f"the border {self.between} of {self.axis}",
            "line": "the MQL line",
            "leave": "the lower end of the MQL line",
            "owner": f"the owner of {self.name!r}",
            "promise": f"the promise {self.what} of segment {self.name!r}",
            "rule": f"the rule {self.name!r}",
            "note": self.name or "a note",
        }.get(self.do, subject)

    @property
    def axis(self) -> Literal["fit", "interest"]:
        """The axis of a cut."""
        return "fit" if self.between in BORDERS["fit"] else "interest"

    @property
    def value(self) -> float | str | None:
        """What it becomes, as decided."""
        return self.instead if self.decision == "change" else self.to

    @property
    def action(self) -> str:
        """What is done, as decided: for ``drop`` and ``impute`` people may have chosen another
        action.
        """
        return (
            str(self.instead)
            if self.do in ("drop", "impute") and self.decision == "change"
            else self.do
        )

    def day(self, today: date) -> date:
        """When it was decided."""
        return self.at.date() if isinstance(self.at, datetime) else (self.at or today)

    def wrong(self) -> Iterator[str]:
        """Everything wrong with the row, one sentence each."""
        yield from self._wrong_subject()
        if self.decision is None:
            if self.instead is not None or self.who or self.because:
                yield "filled in, but `decision` is empty: expected keep, change or reject"
            return
        if self.decision != "change" and self.instead is not None:
            yield (
                f"`instead` is filled in, but `decision` is {self.decision}: write change to take"
                " it, or empty it"
            )
        if self.decision != "reject":
            yield from (
                f"`{name}` is empty: who decides says so, and why"
                for name in ("who", "because")
                if not (getattr(self, name) or "").strip()
            )
            yield from self._wrong_value()

    def _wrong_subject(self) -> Iterator[str]:
        named = (self.column is not None) + (self.event_type is not None)
        if self.do in ABOUT_COLUMNS and named != 1:
            yield "expected exactly one of `column` and `event_type`"
        if self.do == "impute" and self.event_type is not None:
            yield "an event cannot be imputed; expected drop or delay"
        if self.do == "cut" and self.between is None:
            yield f"`between`: expected one of {', '.join([*BORDERS['fit'], *BORDERS['interest']])}"
        if self.do == "owner" and self.name not in CASES:
            yield f"`name`: expected one of {', '.join(CASES)}"
        if self.do == "promise":
            if not self.name:
                yield "`name`: expected the segment of a promise of the definition"
            if self.what is None:
                yield f"`what`: expected one of {', '.join(PROMISED)}"
        if self.do == "rule" and not self.name:
            yield "`name`: expected the name of a rule of the definition"

    def _wrong_value(self) -> Iterator[str]:
        value, where = self.value, "instead" if self.decision == "change" else "to"
        if self.decision == "change" and value is None and self.do != "note":
            yield (
                "`instead` is empty: with `decision: change`, expected what it becomes in place of"
                " `to`"
            )
            return
        number = value if isinstance(value, float) else float("nan")
        text = value.strip() if isinstance(value, str) else ""
        expected = ""
        match self.do:
            case "drop" | "impute" if self.decision == "change" and value not in (
                "drop",
                "impute",
                "keep",
            ):
                expected = "drop, impute or keep"
            case "delay" if number not in range(1, 3651):
                expected = "a number of days"
            case "monotone" if value not in _WAYS:
                expected = "up (more of it never lowers the chance) or down (never raises it)"
            case "label" if not 1 <= len(text) <= 80:
                expected = "a name of at most 80 signs" + (
                    ", in quotes" if isinstance(value, float) else ""
                )
            case "cut" if not math.isfinite(number):
                expected = "a number, log-odds from the zero of the axis"
            case "line" | "leave" if not 0 < number < 1:
                expected = "a chance between 0 and 1, such as 0.08"
            case "owner" if not text:
                expected = "a role of the definition"
            case "promise" if self.what is not None:
                expected = _promised(self.what, value)
            case "rule" if not text:
                expected = f"a rule, or {REMOVE}"
        if expected:
            yield f"`{where}`: expected {expected}, got {value!r:.80}"


def _promised(figure: str, value: float | str | None) -> str:
    """What was expected of a promise; empty where the value is that."""
    if PROMISED[figure] == "count":
        whole = isinstance(value, float) and value > 0 and value.is_integer()
        may_be_rate = figure.startswith("mqls")
        is_rate = may_be_rate and isinstance(value, float) and 0 < value < math.inf
        return "" if whole or is_rate else f"a {'' if may_be_rate else 'whole '}number above 0"
    try:
        parse_span(value if isinstance(value, str) else "")
    except ValueError:
        return "business time such as 30 minutes, 4 hours or 1 day"
    return ""


class FilledForm(StrictModel):
    """A file that was filled in.

    Attributes:
        model: Name of the model that the proposals are about.
        version: Version of the model under review.
        proposals: Rows.
    """

    model: str = ""
    version: int | None = None
    proposals: tuple[FormRow, ...] = ()


@dataclass(frozen=True)
class NumberedRows:
    """Rows that are right, and which of the file they are.

    Attributes:
        filled: The file with these rows alone.
        numbers: Numbers of the rows, counted from 1.
    """

    filled: FilledForm
    numbers: tuple[int, ...]


def read(path: Path) -> FilledForm:
    """Read a filled file.

    Raises:
        ConfigError: Everything wrong with it, one line each, with the number of the proposal.
    """
    found, problems = checked_rows(path)
    if problems:
        raise refusal(path, problems)
    return found.filled


def refusal(path: Path, problems: Sequence[str]) -> ConfigError:
    """An error that lists what is wrong with a filled file."""
    lines = "\n".join("  - " + line.replace("\n", "\n    ") for line in problems)
    return ConfigError(
        f"{path} cannot be obeyed: {len(problems)} problem(s), and nothing was changed.\n{lines}"
    )


def checked_rows(path: Path, *, today: date | None = None) -> tuple[NumberedRows, list[str]]:
    """The rows of a filled file that are right, and everything wrong with the others, one line
    each.

    Args:
        path: Path of the file.
        today: No decision is of a later day; None to let any pass.

    Raises:
        ConfigError: It is no such file.
    """
    try:
        raw = read_yaml(path)
    except FileNotFoundError:
        raise ConfigError(
            f"No file at {path}. `propensity review CONFIG` writes one to fill in."
        ) from None
    ours = isinstance(raw, Mapping) and any(str(key).startswith("proposal") for key in raw)
    if not isinstance(raw, Mapping) or not ours or not isinstance(raw.get("proposals") or [], list):
        raise ConfigError(
            f"{path}: expected `proposals:` with a list, as `propensity review CONFIG` writes it."
        )
    return _checked(raw, today)


def _checked(raw: Mapping[str, Any], today: date | None) -> tuple[NumberedRows, list[str]]:
    rows: list[tuple[int, FormRow]] = []
    problems: list[str] = []
    for number, item in enumerate(raw.get("proposals") or [], start=1):
        try:
            row = FormRow.model_validate(item)
        except ValidationError as error:
            problems += [
                f"proposal {number}: {line.removeprefix(WHOLE_FILE)}"
                for line in explained(error, FormRow)
            ]
        else:
            wrong = [
                f"proposal {number} ({row.about}): {line}"
                for line in (*row.wrong(), *_to_come(row, today))
            ]
            problems += wrong
            rows += [] if wrong else [(number, row)]
    try:
        head = FilledForm.model_validate(
            {key: value for key, value in raw.items() if key != "proposals"}
        )
    except ValidationError as error:
        problems += explained(error, FilledForm)
        head = FilledForm()
    filled = head.model_copy(update={"proposals": tuple(row for _, row in rows)})
    return NumberedRows(filled, tuple(number for number, _ in rows)), problems


def _to_come(row: FormRow, today: date | None) -> Iterator[str]:
    if row.at is not None and today is not None and row.day(today) > today:
        yield f"`at`: expected a day up to today, {today}, got {row.day(today)}"
