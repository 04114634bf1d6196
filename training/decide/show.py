"""What a filled file does, in words."""

from collections.abc import Iterator
from pathlib import Path

from propensity.concepts.wording import plain
from propensity.config.decisions import Decision
from training.decide.command import AppliedDecisions
from training.learn.rows.obeyed import signed

_DONE = {
    "drop": "left out",
    "impute": "missing values cannot be recognised",
    "keep": "kept in the model",
}


def lines(found: AppliedDecisions, config: Path, *, dry_run: bool) -> Iterator[str]:
    """A line each.

    Args:
        found: What the file does.
        config: The configuration's file.
        dry_run: Nothing was written.
    """
    if found.decisions:
        yield (
            f"{found.path}{' would get' if dry_run else ' got'}"
            f" {_count(len(found.decisions), 'new decision')}:"
        )
        yield from (f"  + {_entry(entry)}" for entry in found.decisions)
    if found.definition is not None:
        yield (
            f"{found.definition_path}, {'would be ' if dry_run else ''}a new DRAFT; the old file"
            " stays as it is:"
        )
        yield from (f"  ~ {plain(line, longest=400)}" for line in found.definition.told)
    for title, listed in (
        ("Stands there already", found.already),
        ("Rejected; nothing changes", found.rejected),
        ("Undecided; nothing changes", found.undecided),
        ("To be done by people, because no file holds it", found.by_people),
    ):
        if listed:
            yield f"{title}:"
            yield from (f"  - {plain(line, longest=400)}" for line in listed)
    if not found.decisions and found.definition is None:
        yield "Nothing was decided that changes a file."
    elif dry_run:
        yield "Nothing was written (--dry-run)."
    elif found.definition_path is not None:
        yield from (
            "",
            f"Now name the new definition in {config}:",
            f"  definition: {_named(found, config)}",
        )
        yield (
            "The signatures of before do not stand for it: it is signed with the next `propensity"
            " promote`."
        )


def _named(found: AppliedDecisions, config: Path) -> str:
    path = Path(str(found.definition_path)).resolve()
    folder = config.resolve().parent
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _entry(entry: Decision) -> str:
    kind, name = entry.about
    match entry.action:
        case "delay":
            done = f"counts {entry.days} days later"
        case "monotone":
            done = (
                f"more of it never {'lowers' if entry.direction == 'up' else 'raises'} the chance"
            )
        case "label":
            done = f"is called {entry.label!r}"
        case action:
            done = _DONE[str(action)]
    return plain(f"{kind} {name!r}: {done}: {entry.because} ({signed(entry)})", longest=400)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' if n > 1 else ''}"
