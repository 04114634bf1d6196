"""What the audit proposes, appended to the file of decisions; and what training obeyed, in
sentences.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from features.errors import ConfigError
from features.files.output import Inputs
from features.files.whole_file import write_text
from features.files.yaml_file import dumped_yaml
from propensity.config import decisions
from propensity.config.config import Config
from propensity.config.decisions import Decision
from training.audit.findings import ColumnVerdict, Finding
from training.audit.machines import filters_proposed

#: Who proposes.
AUDIT = "audit"
_HEADER = """\
# What was decided about columns and event types; `propensity train` obeys it. The audit adds \
proposals at the end and
# changes nothing else. Edit a line, or write a later entry about the same column: the last one \
holds.
# action: drop | impute (missing cannot be recognised) | delay (with days:) | keep | filter \
(events of machines, with
# seconds: after a message, or user_agents:); and beside these, of numbers and events: monotone \
(with direction: up, more
# of it never lowers the chance; or down, never raises it), and of anything:
# label (with label:, what people call it). known: at_creation | at_contact | after says when a \
column is written, or several
# (columns: [...]). The definition review adds decisions too: `propensity decide`.
"""


def proposals(
    verdicts: Iterable[ColumnVerdict], decided: decisions.Decisions, *, at: date
) -> list[Decision]:
    """A decision for each column and event type that leaks or is suspect and that nobody has
    decided about yet.

    Args:
        verdicts: Verdicts of the audit.
        decided: What stands in the file.
        at: The day of the audit.
    """
    known = {entry.about for entry in decided.in_force}
    found = []
    for verdict in verdicts:
        if verdict.action == "none" or (verdict.kind, verdict.name) in known:
            continue
        if verdict.action == "date":  # asked, not proposed
            continue
        found.append(
            Decision(
                column=verdict.name if verdict.kind == "column" else None,
                event_type=verdict.name if verdict.kind == "event type" else None,
                action=verdict.action,
                days=verdict.delay_days if verdict.action == "delay" else None,
                because=f"{verdict.verdict}: {verdict.hits[0].rule}: {verdict.hits[0].sentence}",
                by=AUDIT,
                at=at,
            )
        )
    return found


def append(path: Path, proposed: Iterable[Decision]) -> int:
    """Write decisions to the end of a file, which is left as it is before them.

    Returns:
        How many.

    Raises:
        ConfigError: The file cannot be read or written.
    """
    found = list(proposed)
    if found:
        write_text(appended(path, found), Inputs().file(path, "decisions", configured=True))
    return len(found)


def appended(path: Path, proposed: Iterable[Decision]) -> str:
    """The text of a file of decisions with these at its end, and as it is before them.

    Raises:
        ConfigError: The file cannot be read.
    """
    entries = list(proposed)
    # one by one: a date that several entries share would become an anchor, which nobody wants to
    # edit
    text = "".join(dumped_yaml([entry]) for entry in _together(entries))
    try:
        before = path.read_bytes().decode("utf-8") if path.exists() else ""
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{path} cannot be read as UTF-8 text: {error}") from error
    empty = not before.strip().removeprefix("\ufeff")
    lead = _HEADER if empty else ("" if before.endswith("\n") else "\n")
    added = lead + text
    return before + (added.replace("\n", "\r\n") if "\r\n" in before else added)


def _together(entries: list[Decision]) -> Iterator[dict[str, Any]]:
    """The entries as written: what is the same of several columns once, with all of them."""
    written = [entry.model_dump(exclude_none=True) for entry in entries]
    same: dict[str, list[int]] = {}
    for number, entry in enumerate(written):
        rest = {key: value for key, value in entry.items() if key != "column"}
        same.setdefault(repr(rest) if "column" in entry else f"alone {number}", []).append(number)
    for numbers in same.values():
        first = written[numbers[0]]
        if len(numbers) > 1:
            names = [written[number]["column"] for number in numbers]
            first = {"columns": names, **{k: v for k, v in first.items() if k != "column"}}
        yield first


def propose(
    config: Config,
    verdicts: Iterable[ColumnVerdict],
    *,
    at: date,
    findings: Iterable[Finding] = (),
) -> tuple[Config, list[Decision]]:
    """Append what the audit proposes, and read the file again.

    Args:
        config: Names the file.
        verdicts: Verdicts of the audit.
        at: The day of the audit.
        findings: Findings about the tables, some of which can be decided away.

    Returns:
        The configuration with what is now decided, and the new decisions; both as they were where
        the configuration has no file (it was not read from one).
    """
    if config.decisions.path is None:
        return config, []
    path = Path(config.decisions.path)
    decided = decisions.read(path)
    found = [
        *proposals(verdicts, decided, at=at),
        *filters_proposed(findings, decided, by=AUDIT, at=at),
    ]
    append(path, found)
    return obeying(config, [*decisions.read(path).entries]), found


def obeying(config: Config, entries: Iterable[Decision]) -> Config:
    """The configuration with these decisions.

    Raises:
        ValueError: They do not fit it.
    """
    decided = config.decisions.model_copy(update={"entries": tuple(entries)})
    return Config.model_validate(config.model_copy(update={"decisions": decided}).model_dump())
