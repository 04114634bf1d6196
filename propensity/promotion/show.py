"""What `models`, `promote`, `rollback` and `history` print: which version scores, since when, why;
80 columns.
"""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from propensity.concepts.wording import plain
from propensity.promotion.dry_run import DryRun
from propensity.promotion.promotion import Promoted, RolledBack
from propensity.registry import Pair, Promotion, Version
from propensity.registry.entries import ACCEPTED, AUDIT, GATE

#: Figures of a version that are shown.
_MOST = 10
#: Characters of a reason.
_LONGEST = 2000


def versions(name: str, found: Sequence[Version]) -> Iterator[RenderableType]:
    """The registered versions of a model."""
    if not found:
        yield Text(f"No version of {name} is registered yet; `propensity train` registers one.")
        return
    table = Table(box=None, pad_edge=False)
    audited, gated = (
        any(AUDIT in version.tags for version in found),
        any(GATE in version.tags for version in found),
    )
    headings = (
        "version",
        "registered (UTC)",
        "alias",
        *["audit"] * audited,
        *["gate"] * gated,
        "figures",
    )
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for version in found:
        figures = ", ".join(
            f"{plain(key)} {value:.4g}" for key, value in list(version.metrics.items())[:_MOST]
        )
        table.add_row(
            Text(str(version.number)),
            Text(f"{version.registered_at:%Y-%m-%d %H:%M}"),
            Text(", ".join(version.aliases)),
            *([Text(_audited(version))] if audited else []),
            *([Text(plain(version.tags.get(GATE, "")))] if gated else []),
            Text(figures),
        )
    yield table


def promoted(found: Promoted, name: str) -> Iterator[RenderableType]:
    """What became of a version, whether its definition is signed, and what its first scoring will
    do.
    """
    yield Text(_became(found, plain(name)))
    if found.step == "unchanged":
        if found.unsigned:
            yield Text(f"Its definition is a DRAFT: {_missing(found)}.")
        return
    if found.gate:
        why = f": {found.because}" if found.because else ""
        yield Text(f"The gate: {found.gate}{why}.")
    if found.definition is not None:
        yield Text(f"{_by(found)}.")
    if found.bounds:
        yield Text(f"What changes: {found.bounds}.")
    if found.trial is not None:
        yield from _tried(found.trial)
    yield from _listed("Overridden", found.overridden)


def _became(found: Promoted, name: str) -> str:
    """The first sentence: what the version is now."""
    stays = "there is still no champion"
    if found.previous:
        by = ", by the definition it has" if found.previous == found.version else ""
        stays = f"version {found.previous} stays the champion{by}"
    if found.waits:
        again = " already; nothing changed" if found.step == "waits already" else ""
        return (
            f"Version {found.version} of {name} waits for signatures{again}: {_missing(found)};"
            f" {stays}."
        )
    if found.step == "unchanged":
        return f"Version {found.version} of {name} is the champion already; nothing changed."
    replaced = (
        f", in place of version {found.previous}"
        if found.previous not in (None, found.version)
        else ""
    )
    return f"Version {found.version} of {name} is the champion{replaced}."


def _missing(found: Promoted) -> str:
    """Who has to sign, and how."""
    first = plain(found.unsigned[0])
    return (
        f"signatures of {', '.join(map(plain, found.unsigned))} for this model are missing; add"
        f' each with `propensity promote {found.version} CONFIG --signed-by "{first}: NAME"`'
    )


def _by(found: Promoted) -> str:
    if found.waits:
        return f"What waits is definition {found.definition}"
    state = "signed by every role that must sign"
    if found.carried:
        state = (
            "whose signatures stand for this model too, because what changes stays inside the"
            " bounds signed with it"
        )
    return f"It scores by definition {found.definition}, {state}"


def _tried(trial: DryRun) -> Iterator[RenderableType]:
    """The first scoring in counts."""
    if trial.leads:
        when = f" as of {trial.as_of}" if trial.as_of else ""
        over = "" if trial.handed_over is None else f", {trial.handed_over:,} handed over"
        yield Text(f"\nThe first scoring, tried{when}: {trial.leads:,} leads{over}.")
        yield from (
            Text(f"  {heading}: {_counts(counts)}")
            for heading, counts in (("decided by", trial.cases), ("leads", trial.areas))
            if counts
        )
    yield from _listed("To look at", trial.notes)


def _counts(counts: Mapping[str, int]) -> str:
    return "  ".join(f"{name} {count:,}" for name, count in counts.items())


def _listed(heading: str, lines: Sequence[str]) -> Iterator[RenderableType]:
    if lines:
        yield Text(f"\n{heading}")
        yield from (Text(f"  - {plain(line, longest=_LONGEST)}") for line in lines[:_MOST])
        if len(lines) > _MOST:
            yield Text(f"  and {len(lines) - _MOST} more")


def rolled_back(found: RolledBack, name: str) -> Iterator[RenderableType]:
    """Which pair scores again."""
    yield Text(f"{plain(name)} is back at {_told(found.now)}, in place of {_told(found.before)}.")


def promotions(name: str, found: Sequence[Promotion], now: Pair | None) -> Iterator[RenderableType]:
    """The promotion log of a model.

    Args:
        name: Name of the model.
        found: The log, oldest first.
        now: The champion pair.
    """
    if not found:
        yield Text(f"No version of {name} was promoted yet; `propensity promote VERSION` does.")
    for promotion in found:
        yield Text(_line(promotion))
        if promotion.gate:
            yield Text(f"  gate: {plain(promotion.gate, longest=_LONGEST)}")
        if promotion.because:
            yield Text(f"  because: {plain(promotion.because, longest=_LONGEST)}")
    if found and now != found[-1].pair:
        yield Text(
            f"Now {_told(now)} is in use: set without Propensity, so the log does not say who did"
            " it, or why."
        )


def _line(promotion: Promotion) -> str:
    replaced = promotion.previous if promotion.previous != promotion.version else None
    before = f", in place of version {replaced}" if replaced else ""
    definition = f", with definition {promotion.definition}" if promotion.definition else ""
    signed = (
        f", signed by {', '.join(map(plain, promotion.signed_by))}" if promotion.signed_by else ""
    )
    became = "became champion" if promotion.previous != promotion.version else "stayed champion"
    if promotion.kind == "rollback":
        became = "came back"
    return (
        f"{promotion.at:%Y-%m-%d %H:%M} UTC: version {promotion.version}"
        f" {became}{before}{definition}{signed}"
    )


def _told(pair: Pair | None) -> str:
    if pair is None:
        return "no version"
    return f"version {pair.version}" + (
        f" with definition {pair.definition}" if pair.definition else ""
    )


def _audited(version: Version) -> str:
    """How the audit of a version's data came out, and why a red one was accepted."""
    light, accepted = version.tags.get(AUDIT, ""), version.tags.get(ACCEPTED)
    return plain(light) if accepted is None else f"{plain(light)}, accepted: {plain(accepted)}"
