"""What people decided about columns and event types: a file beside the configuration, which
training obeys.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from features.errors import ConfigError
from features.event_filter import EventFilter
from features.files.problems import WHOLE_FILE, explained
from features.files.yaml_file import read_yaml
from features.settings import Days, StrictModel

#: Beside the configuration, unless it says otherwise.
DEFAULT_NAME = "decisions.yaml"

#: When a column is written: when the lead comes; when sales talks to it; later, or with the close.
Known = Literal["at_creation", "at_contact", "after"]
#: What follows where only that is written.
_BECAUSE: Mapping[str, str] = {
    "at_creation": "written when the lead comes",
    "at_contact": "written when sales talks to the lead: a hearing item",
    "after": "written after the as-of, or with the close",
}


class Decision(StrictModel):
    """What is done with a lead column or an event type.

    Attributes:
        column: Lead column; or
        event_type: Event type.
        action: ``drop``: no feature, no behaviour. ``impute``: a missing value is replaced by one
            that other leads have, so that it cannot be recognised. ``delay``: a fact counts
            ``days`` later. ``keep``: nothing. ``monotone``: more of it never speaks against a lead,
            or never for it; stands beside any of the others. ``label``: people call it something
            else; stands beside them too. ``filter``: events of a type that a machine made count as
            nothing: those ``seconds`` after a message, or of one of the ``user_agents``. None where
            only ``known`` is said.
        known: When the column is written. ``at_creation``: when the lead comes. ``at_contact``:
            when sales talks to it; it is a hearing item, which rules may use and the model not.
            ``after``: later, or with the close; it is dropped. A statement of this kind needs no
            reason and no name, though both help whoever asks later.
        days: Number of days of a ``delay``.
        direction: Direction of ``monotone``. ``up``: a greater number, or more events, never lowers
            the chance; ``down``: never raises it.
        label: What people call it, for ``label``.
        seconds: For ``filter``: so soon after a message to the lead (``behaviour.sends``).
        user_agents: For ``filter``: patterns of ``columns.user_agent`` of the events, whatever
            their case.
        because: Why.
        by: Who decided.
        at: When.
    """

    column: str | None = None
    event_type: str | None = None
    action: Literal["drop", "impute", "delay", "keep", "filter", "monotone", "label"] | None = None
    known: Known | None = None
    days: Days | None = None
    direction: Literal["up", "down"] | None = None
    label: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    seconds: Annotated[int, Field(ge=0, le=3600)] | None = None
    user_agents: tuple[Annotated[str, Field(min_length=1)], ...] | None = None
    because: Annotated[str, Field(min_length=1)]
    by: Annotated[str, Field(min_length=1)]
    at: date | datetime | None = None

    @model_validator(mode="before")
    @classmethod
    def _known_says_the_rest(cls, raw: Any) -> Any:  # noqa: ANN401 — whatever the file holds
        """What is written late is out of the model; when it is written needs no other reason."""
        known = raw.get("known") if isinstance(raw, Mapping) else None
        if not isinstance(known, str) or known not in _BECAUSE:
            return raw
        filled = {"because": _BECAUSE[known], "by": "not signed"}
        if known != "at_creation":
            filled["action"] = "drop"
        return {**filled, **{key: value for key, value in raw.items() if value is not None}}

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.column is None) == (self.event_type is None):
            raise ValueError("expected exactly one of `column` and `event_type`")
        if self.action is None and self.known is None:
            raise ValueError(
                "expected an `action` (drop, impute, delay, keep, monotone or label), or `known`"
                " (at_creation, at_contact or after): when the column is written"
            )
        if self.known is not None and self.column is None:
            raise ValueError(
                "`known` is said of a column; an event says itself when it happened (a late entry"
                " is told by `recorded_at`, or by the action `delay`)"
            )
        if self.known in ("at_contact", "after") and self.action != "drop":
            raise ValueError(
                f"known: {self.known} keeps the column out of the model; `action: {self.action}`"
                " is another matter: leave out one of the two, or write two entries"
            )
        if self.at is None and self.known is None:
            raise ValueError("at: expected the day on which it was decided")
        if (self.action == "delay") != (self.days is not None):
            raise ValueError("`days` goes with the action `delay`, and with no other")
        if (self.action == "monotone") != (self.direction is not None):
            raise ValueError(
                "`direction` (up or down) goes with the action `monotone`, and with no other"
            )
        if (self.action == "label") != (self.label is not None):
            raise ValueError(
                "`label`, what people call it, goes with the action `label`, and with no other"
            )
        says_which = self.seconds is not None or bool(self.user_agents)
        if (self.action == "filter") != says_which:
            raise ValueError(
                "`seconds` after a message, or `user_agents`, goes with the action `filter`, and"
                " with no other"
            )
        if self.action == "filter" and self.event_type is None:
            raise ValueError("only events are filtered; expected `event_type`")
        if self.action == "impute" and self.column is None:
            raise ValueError("an event cannot be imputed; expected drop, delay, keep or monotone")
        return self

    @property
    def about(self) -> tuple[str, str]:
        """``column`` or ``event type``, and its name."""
        return (
            ("column", self.column)
            if self.column is not None
            else ("event type", str(self.event_type))
        )


class AxesDecision(StrictModel):
    """That fit and interest stay apart although it costs ranking.

    Attributes:
        axes: ``apart``. What is served with shared axes is `learner: {axes: shared}` in the
            configuration.
        up_to: ROC AUC that keeping them apart may cost; once its price is beyond that, it is asked
            again.
        because: Why.
        by: Who decided.
        at: When.
    """

    axes: Literal["apart"]
    up_to: Annotated[float, Field(gt=0, lt=0.5)]
    because: Annotated[str, Field(min_length=1)]
    by: Annotated[str, Field(min_length=1)]
    at: date | datetime


class Decisions(StrictModel):
    """All that was decided.

    Attributes:
        path: Path of the file.
        entries: Decisions in the order of the file; of several about the same column the last one
            holds, and beside it the last that is ``monotone`` and the last that is ``label``.
        axes: The last that says what the axes may cost; None where nobody decided it.
    """

    path: str | None = None
    entries: tuple[Decision, ...] = ()
    axes: AxesDecision | None = None

    @property
    def in_force(self) -> tuple[Decision, ...]:
        """What is done with columns and event types, one each: the last; see ``directions``,
        ``names`` for the rest.
        """
        found: dict[tuple[str, str], Decision] = {}
        for entry in self.entries:
            if entry.action in ("monotone", "label"):
                continue
            if entry.action is not None:
                found[entry.about] = entry
            elif entry.about in found and found[entry.about].known in ("at_contact", "after"):
                del found[entry.about]  # what kept it out was taken back
        return tuple(found.values())

    @property
    def directions(self) -> tuple[Decision, ...]:
        """The ways in which columns and event types may act, one each: the last that is
        ``monotone``.
        """
        return tuple(
            {entry.about: entry for entry in self.entries if entry.action == "monotone"}.values()
        )

    @property
    def names(self) -> tuple[Decision, ...]:
        """What columns and event types are called, one each: the last that is ``label``."""
        return tuple(
            {entry.about: entry for entry in self.entries if entry.action == "label"}.values()
        )

    @property
    def labels(self) -> dict[str, str]:
        """Column or event type to what people call it."""
        return {entry.about[1]: entry.label for entry in self.names if entry.label is not None}

    @property
    def known(self) -> dict[str, Known]:
        """Lead column to when it is written, where somebody has said so: the last that did."""
        return {
            e.column: e.known for e in self.entries if e.column is not None and e.known is not None
        }

    def columns(self, action: str) -> tuple[str, ...]:
        """Lead columns with this action."""
        return tuple(e.column for e in self.in_force if e.column is not None and e.action == action)

    def event_types(self, action: str) -> tuple[str, ...]:
        """Event types with this action."""
        return tuple(
            e.event_type for e in self.in_force if e.event_type is not None and e.action == action
        )

    def filters(self, messages: tuple[str, ...]) -> tuple[EventFilter, ...]:
        """Events of machines that were decided away, by event type.

        Args:
            messages: Patterns of the event types that are messages.
        """
        found = [
            EventFilter(
                event_type=e.event_type,
                seconds=e.seconds,
                messages=messages if e.seconds is not None else (),
                user_agents=e.user_agents or (),
            )
            for e in self.in_force
            if e.event_type is not None and e.action == "filter"
        ]
        return tuple(sorted(found, key=lambda each: each.event_type))

    @property
    def column_delays(self) -> dict[str, int]:
        """Lead column to days."""
        return {
            e.column: e.days for e in self.in_force if e.column is not None and e.days is not None
        }

    @property
    def event_delays(self) -> dict[str, int]:
        """Event type to days."""
        return {
            e.event_type: e.days
            for e in self.in_force
            if e.event_type is not None and e.days is not None
        }


def read(path: Path) -> Decisions:
    """Read a file of decisions; one that is absent or empty decides nothing.

    Raises:
        ConfigError: Everything wrong with it, one line each.
    """
    try:
        raw = read_yaml(path)
    except FileNotFoundError:
        return Decisions(path=str(path))
    if raw is None:
        return Decisions(path=str(path))
    if not isinstance(raw, list) or not all(isinstance(entry, Mapping) for entry in raw):
        raise ConfigError(
            f"{path}: expected a list of decisions, each with `column` or `event_type`, `action`, "
            "`because`, `by` and `at`."
        )
    entries = _entries(path, raw)
    of_axes = [entry for entry in entries if isinstance(entry, AxesDecision)]
    return Decisions(
        path=str(path),
        entries=tuple(entry for entry in entries if isinstance(entry, Decision)),
        axes=of_axes[-1] if of_axes else None,
    )


def _entries(path: Path, raw: list[Mapping[str, Any]]) -> list[Decision | AxesDecision]:
    entries: list[Decision | AxesDecision] = []
    problems = []
    for number, entry in enumerate(raw, start=1):
        kind: type[Decision] | type[AxesDecision] = AxesDecision if "axes" in entry else Decision
        try:
            entries += [kind.model_validate(each) for each in _one_by_one(entry)]
        except ValidationError as error:
            problems += [
                f"decision {number}: {line.removeprefix(WHOLE_FILE)}"
                for line in explained(error, kind)
            ]
        except ValueError as error:
            problems.append(f"decision {number}: {error}")
    if problems:
        lines = "\n".join(f"  - {line}" for line in problems)
        raise ConfigError(f"{path} cannot be used: {len(problems)} problem(s).\n{lines}")
    return entries


def _one_by_one(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """An entry about several ``columns`` as one about each.

    Raises:
        ValueError: The columns are no list of names, or the entry names a single one as well.
    """
    if "columns" not in entry:
        yield dict(entry)
        return
    names, rest = entry["columns"], {k: v for k, v in entry.items() if k != "columns"}
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise ValueError(f"columns: expected a list of names, got {names!r:.80}")
    if "column" in entry or "event_type" in entry:
        raise ValueError("expected one of `column`, `columns` and `event_type`")
    yield from ({"column": name, **rest} for name in names)
