"""`propensity decide` as one call: read what was filled in, check it, write what it does, whole or
not at all.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from features.errors import ConfigError
from features.files.output import Inputs
from features.files.problems import explained
from features.files.whole_file import write_text
from features.rules import absent_events, parse, problems
from features.spec import EventReading
from features.store import Store
from propensity.config.config import Config, load
from propensity.config.decisions import Decision
from propensity.definition.load import load_definition
from propensity.definition.schema import Definition
from propensity.inputs import inputs_of
from propensity.progress import OnStep, silent
from propensity.registry import Registry
from propensity.registry.definitions import Definitions
from training.audit.decisions import appended, obeying
from training.decide.definition import RefusedRowsError, RewrittenDefinition, rewrite
from training.decide.form_row import ABOUT_COLUMNS, REMOVE, WHOLE, FormRow, checked_rows, refusal
from training.decide.together import contradictions, unknown_columns
from training.definition.write import write_new
from training.learn.rows import monotone
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources

#: The day in the name of a definition file that an earlier review wrote.
_DAY = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_IN_DEFINITION = ("cut", "line", "leave", "owner", "promise", "rule")


@dataclass(frozen=True)
class AppliedDecisions:
    """What a filled file does, or did.

    Attributes:
        decisions: Decisions added to the file of decisions.
        path: Path of the file of decisions.
        definition: The new definition; None where nothing changes in it.
        definition_path: Path of the definition's file.
        undecided: Proposals that nobody decided about; they change nothing.
        rejected: Proposals that were rejected.
        by_people: What no file holds.
        already: What stands there already.
    """

    decisions: tuple[Decision, ...]
    path: Path
    definition: RewrittenDefinition | None
    definition_path: Path | None
    undecided: tuple[str, ...]
    rejected: tuple[str, ...]
    by_people: tuple[str, ...]
    already: tuple[str, ...]


def decide(
    file: Path,
    config: Path,
    *,
    today: date,
    out: Path | None = None,
    dry_run: bool = False,
    on_step: OnStep = silent,
) -> AppliedDecisions:
    """Write what a review decided into the file of decisions and a new definition file.

    Args:
        file: Filled in.
        config: The configuration's file; stays as it is.
        today: The day of decisions that say none.
        out: New definition file; by default beside the old one, with the day in its name.
        dry_run: Check and tell, and write nothing.
        on_step: Told about progress.

    Raises:
        ConfigError: Everything wrong with the file, or with what it would do; nothing was written.
        DataError: The input cannot be used.
    """
    settings, (found, wrong) = load(config), checked_rows(file, today=today)
    filled = found.filled
    if filled.model and filled.model != settings.model_name:
        raise ConfigError(
            f"{file}: expected proposals for {settings.model_name!r}, got those for"
            f" {filled.model!r}."
        )
    numbered = [
        (n, row)
        for n, row in zip(found.numbers, filled.proposals, strict=True)
        if row.decision is not None
    ]
    rows = [row for _, row in numbered]
    unknown = unknown_columns(settings, rows)
    wrong += [*contradictions(numbered), *unknown.values()]
    known = _Known(settings)
    added, already = _decisions(settings, [row for row in rows if row.column not in unknown], today)
    changing = [row for row in rows if row.do in _IN_DEFINITION and row.decision != "reject"]
    new = [row for row in changing if not known.has(row)]
    already += [row.about for row in changing if row not in new]
    decided = _obeyed(settings, added, wrong)
    definition = _definition(settings, known, new, today, wrong)
    wrong += _against_the_sources(decided or settings, added, new, on_step)
    if wrong:
        raise refusal(file, wrong)
    made = AppliedDecisions(
        decisions=tuple(added),
        path=Path(str(settings.decisions.path)),
        definition=definition,
        definition_path=_new_name(settings, out, today, definition) if definition else None,
        undecided=tuple(_said(row) for row in filled.proposals if row.decision is None),
        # what takes back an entry that stands is a new decision, and is told there
        rejected=tuple(
            _said(row)
            for row in rows
            if row.decision == "reject" and _entry(settings, row, today) is None
        ),
        by_people=tuple(
            f"{row.about}: {row.because} ({row.who})"
            for row in rows
            if row.do == "note" and row.decision != "reject"
        ),
        already=tuple(already),
    )
    if not dry_run:
        _write(made)
    return made


def _said(row: FormRow) -> str:
    return f"{row.do} {row.about}" if row.do in ABOUT_COLUMNS else row.about


# --- columns and event types ----------------------------------------------------------------------


def _decisions(
    config: Config, rows: Sequence[FormRow], today: date
) -> tuple[list[Decision], list[str]]:
    """New entries for the file of decisions, and what stands there already."""
    added, already = [], []
    for row in rows:
        entry = _entry(config, row, today)
        if entry is None:
            continue
        if any(_same(entry, known) for known in config.decisions.entries):
            already.append(_said(row))
        else:
            added.append(entry)
    return added, already


def _same(entry: Decision, known: Decision) -> bool:
    return entry.model_dump(exclude={"at"}) == known.model_dump(exclude={"at"})


def _entry(config: Config, row: FormRow, today: date) -> Decision | None:
    if row.do not in ABOUT_COLUMNS:
        return None
    subject = {"column": row.column, "event_type": row.event_type}
    signed = {"because": row.because, "by": row.who, "at": row.day(today)}
    if row.decision == "reject":
        in_force = {entry.about: entry for entry in config.decisions.in_force}
        standing = in_force.get(
            ("column", str(row.column)) if row.column else ("event type", str(row.event_type))
        )
        if (
            row.do not in WHOLE
            or standing is None
            or standing.action != row.do
            or not (row.who and row.because)
        ):
            return None
        # what stands is taken back
        return Decision.model_validate({**subject, **signed, "action": "keep"})
    extra: dict[str, object] = {}
    match row.action:
        case "delay":
            extra = {"days": int(float(str(row.value)))}
        case "monotone":
            extra = {"direction": row.value}
        case "label":
            extra = {"label": str(row.value).strip()}
    return Decision.model_validate({**subject, **signed, "action": row.action, **extra})


def _obeyed(config: Config, added: Sequence[Decision], wrong: list[str]) -> Config | None:
    try:
        return obeying(config, [*config.decisions.entries, *added])
    except ValidationError as error:
        wrong += explained(error, Config)
        return None


def _against_the_sources(
    config: Config, added: Sequence[Decision], rows: Sequence[FormRow], on_step: OnStep
) -> Iterator[str]:
    """What the data do not have; they are read only where something is asked of them."""
    rules = [row for row in rows if row.do == "rule" and row.value != REMOVE]
    events = [entry for entry in added if entry.event_type is not None]
    if not rules and not events and not any(entry.action == "monotone" for entry in added):
        return
    on_step("reading and checking the sources", 0.1)
    with open_sources(config) as store:
        yield from _unknown_events(config, events, store)
        reading = EventReading(**config.behaviour.model_dump(include={"actors", "groups", "sends"}))
        yield from (
            f"{row.about}: {problem}" for row in rules for problem in _doubts(row, store, reading)
        )
        yield from monotone.problems(Run(config, store))
    on_step("done", 1.0)


def _doubts(row: FormRow, store: Store, reading: EventReading) -> Iterator[str]:
    """What a rule asks for that the data do not have; one that cannot be read is told with the
    definition.
    """
    try:
        rule = parse(str(row.value))
    except ValueError:
        return
    found = problems(rule, store)
    yield from found
    if not found and not store.is_flat:
        yield from absent_events(rule, store, reading)


def _unknown_events(config: Config, events: Sequence[Decision], store: Store) -> Iterator[str]:
    if store.is_flat:
        yield from (
            f"event type {entry.event_type!r}: a flat table has no events" for entry in events
        )
        return
    types = {
        name
        for (name,) in store.connection.execute("SELECT DISTINCT event_type FROM events").fetchall()
    }
    groups = {group.name for group in config.behaviour.groups}
    for entry in events:
        known = types | groups if entry.action in ("monotone", "label") else types
        # ways are checked by those who obey them
        if entry.event_type not in known and entry.action != "monotone":
            yield (
                f"event type {entry.event_type!r}: there is no such event; expected one of"
                f" {sorted(known)[:20]}"
            )


# --- the definition -------------------------------------------------------------------------------


class _Known:
    """The definition that the configuration names, and the one that is registered."""

    def __init__(self, config: Config) -> None:
        self.config = config
        path = Path(config.definition) if config.definition else None
        self.path = path if path is not None and path.exists() else None
        self.definition = load_definition(self.path) if self.path else None

    def has(self, row: FormRow) -> bool:
        """Whether the definition holds this change already."""
        if self.definition is None or not self.definition.changes:
            return False
        value = f"{row.value:g}" if isinstance(row.value, float) else str(row.value).strip()
        after = "removed" if value == REMOVE else value
        about = {
            "cut": f"{row.axis} {row.between}",
            "line": "",
            "leave": "",
            "owner": str(row.name),
            "promise": f"{row.name} {row.what}",
            "rule": str(row.name),
        }[row.do]
        asked = (row.do, about, after, row.because, row.who)
        return any(
            (c.kind, c.about, c.after, c.because, c.by) == asked for c in self.definition.changes
        )

    @property
    def registered(self) -> Definition | None:
        """The registered definition of the champion pair; None without one."""
        registry = Registry.of(self.config)
        pair = registry.pair()
        if pair is None or pair.definition is None:
            return None
        return Definitions.of(self.config).load(pair.definition)


def _definition(
    config: Config, known: _Known, rows: Sequence[FormRow], today: date, wrong: list[str]
) -> RewrittenDefinition | None:
    if not rows:
        return None
    if known.path is None or known.definition is None:
        named = (
            f"{config.definition} is not there"
            if config.definition
            else "the configuration names none"
        )
        wrong.append(
            f"{', '.join(row.about for row in rows)}: there is no definition to change ({named}); "
            "`propensity definition write CONFIG` proposes one."
        )
        return None
    needs_cuts = known.definition.axes is None and any(row.do == "cut" for row in rows)
    agreed = known.registered if needs_cuts else None
    try:
        return rewrite(known.path.read_text(encoding="utf-8-sig"), rows, at=today, agreed=agreed)
    except RefusedRowsError as error:
        wrong += error.problems
        return None


def _new_name(
    config: Config, out: Path | None, today: date, definition: RewrittenDefinition
) -> Path:
    """Where the new definition goes; never onto a file that is there, unless a run that was killed
    wrote the same.
    """
    old = Path(str(config.definition))
    path = out or old.with_name(f"{_DAY.sub('', old.stem)}-{today}{old.suffix}")
    inputs = inputs_of(config)
    if not _holds(path, definition.text):
        inputs.new_file(path, "--out")
    return path


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode("utf-8", "replace")


# --- writing --------------------------------------------------------------------------------------


def _write(found: AppliedDecisions) -> None:
    """Write both files. The definition comes first and counts for nothing yet; a run that is
    killed before the decisions are there is made good by the next one.
    """
    text = appended(found.path, found.decisions) if found.decisions else None
    place, made = found.definition_path, found.definition
    if place is not None and made is not None and not _holds(place, made.text):
        write_new(place, made.text)
    try:
        if text is not None:
            write_text(text, Inputs().file(found.path, "decisions", configured=True))
    except BaseException:
        if place is not None:
            place.unlink(missing_ok=True)
        raise
