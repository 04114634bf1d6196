"""The audit: may this data carry a model, and which columns lie."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from features.errors import RefusedError
from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.config.decisions import Decision
from propensity.progress import OnStep, silent
from training.audit.decisions import AUDIT, propose
from training.audit.findings import LIGHTS, Audit, ColumnVerdict, Finding, GroupVerdict
from training.audit.forms import unneeded_fields
from training.audit.intake import intake
from training.audit.labels import label_health
from training.audit.leaks.firewall import judge
from training.audit.learning_curve import learning_curve, learning_curve_findings
from training.audit.maturity import label_curves
from training.audit.skill import skill
from training.audit.sufficiency import sufficiency
from training.audit.tables import listed, table_health
from training.audit.trial import trial
from training.audit.undated import ask, undated, undated_findings
from training.learn.rows.history import History, history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources

#: Where lights and areas are equal: the headline first.
_AREAS = ("skill", "sufficiency", "leaks", "labels", "tables")


def audit(
    config: Config,
    *,
    today: date | None = None,
    on_step: OnStep = silent,
    resources: Resources = UNLIMITED,
) -> Audit:
    """Look at the sources a configuration names before anything is learned from them.

    Args:
        config: What is to be learned, from what.
        today: The day of the audit: what it proposes about columns is appended to the file of
            decisions under it; None proposes nothing.
        on_step: Told about progress.
        resources: Memory and threads of the feature engine.

    Raises:
        DataError: The input cannot be used; everything wrong is listed.
        ConfigError: There are no outcomes, or the file of decisions cannot be read or written.
    """
    on_step("reading and checking the sources", 0.0)
    with open_sources(config, resources=resources) as store:
        run = Run(config, store)
        return examine(
            run, today=today, on_step=lambda what, share: on_step(what, 0.1 + 0.9 * share)
        )


def examine(
    run: Run,
    past: History | None = None,
    *,
    today: date | None = None,
    on_step: OnStep = silent,
) -> Audit:
    """Audit a store that is open already.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows of training, where they have been taken already.
        today: See :func:`audit`.
        on_step: Told about progress.
    """
    on_step("looking at the tables", 0.0)
    findings = [*intake(run.store), *table_health(run)]
    on_step("taking snapshots", 0.1)
    past, refused = (past, "") if past is not None else _history(run)
    on_step("looking at when wins come", 0.15)
    findings += label_health(run, past)
    judged = judge(run, past, on_step=lambda what: on_step(what, 0.2))
    columns = judged.columns
    proposed: list[Decision] = []
    if today is not None:
        decided, proposed = propose(run.config, columns, at=today, findings=findings)
        ask(decided, columns)
        run = replace(run, config=decided)
        past, refused = _history(run) if proposed else (past, refused)
    findings += [
        *_leaks(run.config, columns),
        *_groups(run.config, judged.groups),
        *_proposed(proposed),
        *unneeded_fields(run, columns),
    ]
    on_step("counting wins and losses", 0.6)
    findings += sufficiency(run, past, refused=refused)
    on_step("asking whether there is any skill", 0.65)
    curves: dict[str, Any] = label_curves(run)
    if past is not None:
        shown, drawn = _skill(run, past, on_step)
        findings += shown
        curves |= drawn
    on_step("done", 1.0)
    return Audit(tuple(sorted(findings, key=_worst_first)), columns, curves, judged.groups)


def _worst_first(finding: Finding) -> tuple[int, int, str]:
    return -LIGHTS.index(finding.light), _AREAS.index(finding.area), finding.name


def _history(run: Run) -> tuple[History | None, str]:
    """The rows of training, and why there are none."""
    try:
        return history(run), ""
    except RefusedError as error:
        return None, str(error)


# --- leaks ----------------------------------------------------------------------------------------


def _leaks(config: Config, columns: Sequence[ColumnVerdict]) -> Iterator[Finding]:
    """Columns that leak, and what is decided about them; the verdicts themselves stand in a list of
    their own.
    """
    entries = {entry.about: entry for entry in config.decisions.in_force}
    of = f"{len(columns):,} columns and event types"
    for verdict, called in (("leak", "Leak"), ("suspect", "Suspect")):
        here = [column for column in columns if column.verdict == verdict]
        undecided = [c.name for c in here if (c.kind, c.name) not in entries]
        decided = [entries[c.kind, c.name] for c in here if (c.kind, c.name) in entries]
        kept = [entry.about[1] for entry in decided if entry.action == "keep" and entry.by != AUDIT]
        spared = [
            entry.about[1] for entry in decided if entry.action == "keep" and entry.by == AUDIT
        ]
        by_audit = [
            entry.about[1] for entry in decided if entry.by == AUDIT and entry.action != "keep"
        ]
        if undecided:
            yield Finding(
                "leaks",
                f"undecided: {verdict}",
                "red" if verdict == "leak" else "amber",
                f"{called}, and nobody decided what to do ({len(undecided)} of {of}):"
                f" {listed(undecided)}",
                "`propensity audit` proposes in decisions.yaml what to do; read it, change it, then"
                " train.",
                {"names": undecided},
            )
        if by_audit:
            yield Finding(
                "leaks",
                f"proposed: {verdict}",
                "amber",
                f"{called}; training obeys what the audit "
                f"proposed ({len(by_audit)} of {of}): {listed(by_audit)}",
                "Look at each; where you agree, put your name under `by:` in decisions.yaml.",
                {"names": by_audit},
            )
        if spared:
            yield Finding(
                "leaks",
                f"spared: {verdict}",
                "amber" if verdict == "leak" else "green",
                f"{called}; the audit proposes to keep them ({len(spared)} of {of}):"
                f" {listed(spared)}",
                "Find out when each is written; if you agree, put your name under `by:` in"
                " decisions.yaml.",
                {"names": spared},
            )
        if kept:
            yield Finding(
                "leaks",
                f"kept: {verdict}",
                "amber" if verdict == "leak" else "green",
                f"{called}, but kept because it was decided so ({len(kept)} of {of}):"
                f" {listed(kept)}",
                "",
                {"names": kept},
            )
    names = undated(config, columns)
    yield from undated_findings(names, sum(column.kind == "column" for column in columns))
    if columns and all(column.verdict in ("fine", "not seen") for column in columns):
        yield Finding(
            "leaks",
            "leaks",
            "green",
            f"None of {len(columns)} columns and event types looks like a leak",
        )


def _groups(config: Config, groups: Sequence[GroupVerdict]) -> Iterator[Finding]:
    """Columns that carry more together than they should, unless people decided about each."""
    by_people = {e.column for e in config.decisions.in_force if e.by != AUDIT}
    dropped = set(config.decisions.columns("drop"))
    worst = [group for group in groups if group.verdict != "fine"]
    for number, group in enumerate(worst, start=1):
        is_decided = set(group.columns) <= by_people | dropped
        yield Finding(
            "leaks",
            f"together: {group.verdict}, {number}",
            "green" if is_decided else "amber",
            f"{'Leak' if group.verdict == 'leak' else 'Suspect'} together: {group.sentence}",
            ""
            if is_decided
            else "Find out when each of them is written, and say so in decisions.yaml (`known:`);"
            " drop those that are written on the way to the close.",
            group.evidence,
        )
    if groups and not worst:
        yield Finding(
            "leaks",
            "together",
            "green",
            f"{len(groups)} groups of columns that belong together were judged as groups: none"
            " carries more than it should",
            "",
            {"groups": [list(group.columns) for group in groups]},
        )


def _proposed(proposed: Sequence[Decision]) -> Iterator[Finding]:
    if proposed:
        yield Finding(
            "leaks",
            "decisions",
            "green",
            f"{len(proposed)} proposals were appended to decisions.yaml",
            "",
            {"proposals": [" ".join(entry.about) for entry in proposed]},
        )


# --- skill ----------------------------------------------------------------------------------------


def _skill(run: Run, past: History, on_step: OnStep) -> tuple[list[Finding], dict[str, Any]]:
    """Skill and learning curve, on one preparation of features; what training would refuse is
    red.
    """
    try:
        tried = trial(run, past)
        found = skill(run, past, tried=tried)
        on_step("drawing the learning curve", 0.85)
        curve = learning_curve(run, past, tried=tried)
    except RefusedError as error:
        sentence = str(error).splitlines()[0].rstrip(":")
        return [
            Finding(
                "skill",
                "no skill",
                "red",
                f"Nothing can be learned. {sentence}",
                "",
                {"refused": str(error)},
            )
        ], {}
    return [*found, *learning_curve_findings(curve)], (
        {"learning_curve": curve.to_dict()} if curve is not None else {}
    )
