"""A definition file as a review changed it: a new text, in which everything else stands as people
wrote it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import yaml

from features.errors import ConfigError
from features.files.yaml_file import parsed_yaml
from features.rules import parse
from propensity.definition.load import parse_definition
from propensity.definition.schema import Definition, Line
from training.decide.form_row import BORDERS, REMOVE, FormRow
from training.decide.yaml_edit import (
    has,
    scalar,
    with_items,
    with_key,
    with_value,
    without_item,
    without_key,
)

#: Lists of rules with a name.
_RULES = ("qualifiers", "disqualifiers", "always_hand_over")
_COMMENT = (
    "What definition reviews changed, the oldest first; the signatures of before do not stand"
    " for it."
)
_WITH_DECISIONS = "the definition with these decisions"
#: Longest reason of the definition's schema.
_LONGEST = 300


class RefusedRowsError(ConfigError):
    """What cannot be done to a definition.

    Attributes:
        problems: Everything, one sentence each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class RewrittenDefinition:
    """A definition with the changes of a review.

    Attributes:
        text: Text of the new file; a DRAFT until it is signed.
        told: What changed, one sentence each.
    """

    text: str
    told: tuple[str, ...]


def rewrite(
    text: str, rows: Sequence[FormRow], *, at: date, agreed: Definition | None = None
) -> RewrittenDefinition:
    """Apply the rows about cuts, line, owners, promises and rules.

    Args:
        text: Text of the definition file.
        rows: Decided.
        at: The day of those that say none.
        agreed: The definition that is registered; gives the cuts where the file has none.

    Raises:
        RefusedRowsError: Everything that cannot be done.
    """
    start = text.removeprefix("\ufeff")
    writer = _DefinitionWriter(start, at, agreed, any(row.do == "leave" for row in rows))
    # a line takes its lower end along, unless that was decided too
    for row in sorted(rows, key=lambda row: row.do == "leave"):
        writer.apply(row)
    problems = list(writer.problems)
    if not problems:
        try:
            parse_definition(parsed_yaml(writer.finished(), _WITH_DECISIONS), name=_WITH_DECISIONS)
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise RefusedRowsError(problems)
    return RewrittenDefinition(writer.finished(), tuple(writer.told))


class _DefinitionWriter:
    def __init__(
        self, text: str, at: date, agreed: Definition | None, is_leave_decided: bool
    ) -> None:
        self.text, self.at, self.agreed = text, at, agreed
        self.is_leave_decided = is_leave_decided
        self.definition = parse_definition(parsed_yaml(text, "the definition"))
        self.problems: list[str] = []
        self.told: list[str] = []
        self.changes: list[dict[str, str]] = []

    def apply(self, row: FormRow) -> None:
        match row.do:
            case "cut":
                self._cut(row)
            case "line":
                self._line(row)
            case "leave":
                self._leave(row)
            case "owner":
                self._owner(row)
            case "promise":
                self._promise(row)
            case "rule":
                self._rule(row)
            case _:
                raise ValueError(f"expected a change of the definition, got {row.do}")

    def finished(self) -> str:
        return with_items(
            without_key(self.text, "signed"), "changes", self.changes, comment=_COMMENT
        )

    def _cut(self, row: FormRow) -> None:
        if not has(self.text, ["axes"]):
            self._take_axes()
        if not has(self.text, ["axes"]):
            self.problems.append(
                f"{row.about}: the definition has no cuts yet, because it was never fitted to a"
                " model; promote one with it, or write one with `propensity definition write"
                " CONFIG`."
            )
            return
        held = parsed_yaml(self.text, "the definition")["axes"]
        if row.axis not in held:
            self.problems.append(
                f"{row.about}: the definition has no cuts of {row.axis}, because the model tells"
                f" leads apart by {' and '.join(held)} alone."
            )
            return
        place = BORDERS[row.axis].index(str(row.between))
        path = ["axes", row.axis, "cuts", place]
        before = held[row.axis]["cuts"][place]
        self.text = with_value(self.text, path, float(str(row.value)))
        self._log(row, "cut", f"{row.axis} {row.between}", f"{before:g}", f"{row.value:g}")

    def _take_axes(self) -> None:
        """The cuts that are in use and that the file does not hold."""
        if self.agreed is None or self.agreed.axes is None or self.agreed.agreed_on is None:
            return
        held = self.agreed.model_dump(mode="json", include={"agreed_on", "axes"})
        block = yaml.safe_dump(
            held, sort_keys=False, allow_unicode=True, default_flow_style=None, width=1000
        )
        self.text = (
            f"{self.text.rstrip()}\n\n# The average, and the cuts of both axes, as they were"
            f" signed.\n{block}"
        )

    def _line(self, row: FormRow) -> None:
        line = self.definition.mql
        if line.by != "model" or line.enter is None:
            self.problems.append(
                f"{row.about}: in this definition the rule in words is the line (mql.by: rules)."
            )
            return
        enter = float(str(row.value))
        self.text = with_value(self.text, ["mql", "enter"], enter)
        told = ""
        if line.leave is not None and has(self.text, ["mql", "leave"]):
            leave = float(f"{enter * line.leave / line.enter:.2g}")
            self.text = with_value(self.text, ["mql", "leave"], leave)
            if not self.is_leave_decided:
                told = f"; an MQL stays one down to {leave:g}, in proportion (was {line.leave:g})"
        self._because(row, ["mql", "because"])
        self._log(row, "line", "", f"{line.enter:g}", f"{enter:g}", told)

    def _leave(self, row: FormRow) -> None:
        line = self._mql()
        if line.by != "model" or line.enter is None:
            self.problems.append(
                f"{row.about}: in this definition the rule in words is the line (mql.by: rules)."
            )
            return
        leave = float(str(row.value))
        if leave > line.enter:
            self.problems.append(
                f"{row.about}: expected at most {line.enter:g}, the line itself, got {leave:g}."
            )
            return
        signed = self.definition.mql.leave
        before = f"{signed:g}" if signed is not None else "none"
        self._put(["mql"], "leave", leave)
        self._log(row, "leave", "", before, f"{leave:g}")

    def _mql(self) -> Line:
        """The line as it stands by now; another row may have moved it."""
        return parse_definition(parsed_yaml(self.text, "the definition")).mql

    def _owner(self, row: FormRow) -> None:
        role, case = str(row.value).strip(), str(row.name)
        if role not in self.definition.roles:
            self.problems.append(
                f"{row.about}: expected a role of the definition, one of"
                f" {list(self.definition.roles)}, got {role!r:.80}."
            )
            return
        told = {str(name): one for name, one in self.definition.instructions.items()}.get(case)
        before = told.owner if told and told.owner else "nobody"
        if has(self.text, ["instructions", case]):
            self._put(["instructions", case], "owner", role)
        elif has(self.text, ["instructions"]):
            self.text = with_key(self.text, ["instructions"], case, f"{{owner: {scalar(role)}}}")
        else:
            self.text = (
                f"{self.text.rstrip()}\n\ninstructions:\n  {case}: {{owner: {scalar(role)}}}\n"
            )
        self._log(row, "owner", case, before, role)

    def _promise(self, row: FormRow) -> None:
        figure, promises = str(row.what), self.definition.promises
        known = [promise.segment for promise in promises]
        if str(row.name) not in known:
            self.problems.append(
                f"{row.about}: the definition promises nothing to this segment; it has {known}."
            )
            return
        place = known.index(str(row.name))
        before = getattr(promises[place], figure)
        value = float(row.value) if isinstance(row.value, float) else str(row.value).strip()
        self._put(["promises", place], figure, value)
        told = f"{value:g}" if isinstance(value, float) else value
        was = "none" if before is None else f"{before:g}" if not isinstance(before, str) else before
        self._log(row, "promise", f"{row.name} {figure}", was, told)

    def _put(self, path: list[str | int], key: str, value: float | str) -> None:
        """Change a value, or add it where it is not there."""
        self.text = (
            with_value(self.text, [*path, key], value)
            if has(self.text, [*path, key])
            else with_key(self.text, path, key, scalar(value))
        )

    def _rule(self, row: FormRow) -> None:
        places = list(self._places(str(row.name)))
        if len(places) != 1:
            known = [item.name for where in _RULES for item in getattr(self.definition, where)]
            known += [item.column for item in self.definition.required_info]
            there = (
                f"stands there {len(places)} times; give each a name of its own"
                if places
                else "is not there"
            )
            self.problems.append(f"{row.about}: {there}; the definition has the rules {known}")
            return
        where, place, before = places[0]
        value = str(row.value).strip()
        if value == REMOVE:
            left = without_item(self.text, [where], place)
            self.text = left
            self.definition = parse_definition(parsed_yaml(left, "the definition"))
            self._log(row, "rule", str(row.name), before, "removed")
            return
        if where == "required_info":
            self.problems.append(
                f"{row.about}: a column that has to be known; expected {REMOVE}, got {value!r:.80}."
            )
            return
        try:
            parse(value)
        except ValueError as error:
            self.problems.append(f"{row.about}: {error}")
            return
        self.text = with_value(self.text, [where, place, "rule"], value)
        self._because(row, [where, place, "because"])
        self._log(row, "rule", str(row.name), before, value)

    def _places(self, name: str) -> Iterator[tuple[str, int, str]]:
        for where in _RULES:
            for place, item in enumerate(getattr(self.definition, where)):
                if item.name == name:
                    yield where, place, item.rule
        for place, needed in enumerate(self.definition.required_info):
            if needed.column == name:
                yield "required_info", place, f"{name} has to be known"

    def _because(self, row: FormRow, path: list[str | int]) -> None:
        """The new reason with its author; the old one stays in the old file."""
        signed = f" ({row.who}, {row.day(self.at)})"[:_LONGEST]
        self.text = with_value(self.text, path, str(row.because)[: _LONGEST - len(signed)] + signed)

    def _log(
        self, row: FormRow, kind: str, about: str, before: str, after: str, also: str = ""
    ) -> None:
        day = str(row.day(self.at))
        because = str(row.because)[:_LONGEST]
        self.changes.append(
            {
                "kind": kind,
                "about": about,
                "before": before,
                "after": after,
                "because": because,
                "by": str(row.who)[:_LONGEST],
                "at": day,
            }
        )
        self.told.append(
            f"{row.about}: {before} -> {after}{also}: {row.because} ({row.who}, {day})"
        )
