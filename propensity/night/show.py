"""What a night prints: what changed, and what to do first."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from propensity.crm.export import CrmFile
from propensity.night.overridden import OverridesUsed
from propensity.night.run import NightRun
from propensity.scoring.delivery import delivery_told
from propensity.scoring.show import plain_path, to_look_at

_WHAT = {
    "new": "handed over tonight",
    "late": "the deadline has passed, and nobody did anything",
    "due": "the deadline ends today",
    "held": "handed over, and paused because somebody decided so",
    "cooled": "handed over, and neither over the line nor asking any more",
    "sent_back": "sales gave it back: nobody has it",
    "recycle": "lost before, and due to be approached again",
}


def report(run: NightRun) -> Iterator[RenderableType]:
    """A night: how many were scored, handed over, are due, late and have cooled."""
    summary = run.summary
    again = " once more" if run.is_repeated else ""
    yield Text(
        f"\n{summary.leads:,} leads scored{again} as of {summary.as_of} with {summary.model},"
        f" version {summary.version}, definition {summary.definition}",
        style="bold",
    )
    if run.is_made_up:
        yield Text(
            "Made up: later nights were run before, so this one hands nothing over and gives no"
            " deadlines."
        )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for name, count in run.lists.items():
        if name == "late" and not run.knows_attempts:
            told = "not known: no event type has the actor sales (behaviour.actors)"
            table.add_row("late", "?", told)
            continue
        since = f"; {run.cooled:,} since the night before" if name == "cooled" else ""
        table.add_row(name, f"{count:,}", _WHAT[name] + since)
    yield table
    if run.is_behind and run.contacts_until is not None:
        yield Text(
            f"Contacts are known up to {run.contacts_until:%Y-%m-%d %H:%M}; whether later deadlines"
            " were kept is not known."
        )
    yield from map(of_crm, run.crm)
    if used := list(_overrides(run.overrides)):
        yield Text("Overrides: " + ", ".join(used))
    if sentence := delivery_told(run.delivered):
        yield Text(f"\n{sentence}")
    yield Text(
        f"\nWrote {plain_path(run.folder)}: scored.parquet, the lists, and a page for each team"
    )
    yield from to_look_at(summary)


def of_crm(file: CrmFile) -> Text:
    """What a file for another system holds, and what it could not hold."""
    since = f"what changed since {file.compared_with}" if file.compared_with else "all leads"
    if file.is_other:
        since = "the profile was changed: all leads"
    told = [f"{file.name}: {file.rows:,} rows, {since}"]
    if file.gone:
        told.append(f"{file.gone:,} of them scored no more")
    if file.parts > 1:
        told.append(f"in {file.parts} files, because the system reads no larger ones")
    if file.replaced:
        told.append(f"{file.replaced:,} characters that the encoding does not have are now 〓")
    left_out = (
        (file.without_key, "without a key"),
        (file.doubled, "with the key of a better one"),
        (file.unsafe, "whose key would run as a formula, is too long, or cannot be encoded"),
    )
    told += [f"left out: {count:,} leads {why}" for count, why in left_out if count]
    return Text("; ".join(told))


def _overrides(used: OverridesUsed) -> Iterator[str]:
    """How many of each, where there are any."""
    told = (
        (used.handed_over, "handed over"),
        (used.held, "held"),
        (used.disqualified, "not followed: a disqualifier goes before them"),
        (used.other_episode, "of leads that are open in another episode"),
        (used.not_open, "of leads that are not open"),
        (used.unknown, "of leads that the leads table does not have"),
        (used.past, "past their `until`"),
    )
    yield from (f"{count:,} {what}" for count, what in told if count)
