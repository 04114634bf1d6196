"""What there is to decide: changes that the figures speak for, each with what speaks for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

import numpy as np
from scipy import stats

from features.settings import Axis
from features.spec import AttributeSource, BehaviourSource, Feature
from propensity.language import NAMED_HERE
from training.audit.decisions import AUDIT
from training.definition.cuts import Cuts
from training.review.findings.close_rates import close_rate_comparison
from training.review.findings.concept_effects import ConceptEffect
from training.review.findings.loosened import to_loosen
from training.review.findings.material import Material
from training.review.findings.shape import FEWEST, Shape
from training.threshold.flapping import RETURNS
from training.threshold.study import Study

ProposalKind = Literal[
    "line",
    "leave",
    "owner",
    "promise",
    "rule",
    "cut",
    "order",
    "keep out",
    "direction",
    "drop",
    "rename",
]
#: Of one kind, at most.
_MOST = 4
#: Leads that are told.
_FEWEST = 5
#: Points of the chance below which a column moves hardly anything.
_HARDLY = 0.0005
#: Rank correlation from which a concept that wavers goes one way on the whole.
_ONE_WAY = 0.6
#: What only a machine would call a column.
_MACHINE = re.compile(r"[_\[\]{}<>|\\/=]|[a-z][A-Z]|\d{4,}")


@dataclass(frozen=True)
class Proposal:
    """A change to keep, change or reject.

    Attributes:
        kind: ``drop`` a column; ``keep out`` what the audit keeps out; force a ``direction``;
            ``rename``; move a ``cut``; look at an ``order`` of grades; move the ``line``, or its
            lower end (``leave``); give a quadrant another ``owner``; ``promise`` MQLs a week;
            loosen a ``rule``.
        about: Column, kind of behaviour, axis, grade, rule, quadrant or segment, as the data or the
            definition call it.
        to: What it becomes: ``up`` or ``down``, a cut's new value, a chance, an action; None where
            people have to say.
        figures: Figures behind the proposal, by name.
    """

    kind: ProposalKind
    about: str
    to: str | float | None = None
    figures: dict[str, float | str] = field(default_factory=dict)


def proposals(material: Material) -> tuple[Proposal, ...]:
    """Everything to decide, in the order in which a meeting would."""
    return (
        *_line(material),
        *_leave(material),
        *_owner(material),
        *_promise(material),
        *_rules(material),
        *_cuts(material),
        *_orders(material),
        *_audit(material),
        *_directions(material),
        *_drops(material),
        *_names(material),
    )


def _line(material: Material) -> Iterator[Proposal]:
    study, stops, definition = material.study, material.stops, material.definition
    signed = definition.mql.enter if definition and definition.mql.by == "model" else None
    if study is not None and study.choice.line is not None:
        line = float(study.lines.figures.lines[study.choice.line])
        if signed is None or (line != signed and not study.signed_does):
            now = study.signed if study.signed is not None else None
            yield Proposal("line", "", line, _at_line(material, study, study.choice.line, now))
    elif (
        signed is None
        and stops is not None
        and (definition is None or definition.mql.by == "model")
    ):
        yield Proposal("line", "", float(stops.lines[stops.chosen]), {})


def _at_line(
    material: Material, study: Study, place: int, now: int | None
) -> dict[str, float | str]:
    """New MQLs and wins a week at a line, and at the one that was signed."""
    figures, worth = study.lines.figures, study.lines.worth
    found: dict[str, float | str] = {}
    for end, at in (("", place), ("_now", now)):
        if at is None:
            continue
        found[f"per_week{end}"] = material.scale * float(figures.per_week[at])
        if figures.judged[at] >= FEWEST:
            found[f"wins{end}"] = material.scale * float(worth.wins[at])
    return found


def _leave(material: Material) -> Iterator[Proposal]:
    """A lower end of the line, where leads come and go without."""
    focus = material.study.focus if material.study else None
    definition = material.definition
    if focus is None or focus.leave is None or definition is None:
        return
    line = definition.mql
    if line.by != "model" or line.enter is None:
        return
    comes_back = line.leave is None or focus.signed_returns > RETURNS
    if comes_back and focus.leave < line.leave_below and focus.returns <= RETURNS:
        figures: dict[str, float | str] = {"returns": focus.returns}
        if line.leave is not None:
            figures["returns_now"] = focus.signed_returns
        yield Proposal("leave", "", focus.leave, figures)


def _owner(material: Material) -> Iterator[Proposal]:
    """Keen leads that close more often than those that fit, or than those that are handed over, for
    the team that calls MQLs.
    """
    of = {cell.name: cell for cell in material.worth.areas}
    definition = material.definition
    if definition is None or "keen" not in of or "MQL" not in definition.instructions:
        return
    keen, nurture = of["keen"], of["nurture"]
    role = definition.instructions["MQL"].owner
    now = definition.instructions.get("keen")
    if role is None or (now is not None and now.owner == role):
        return
    handed = close_rate_comparison(material).rate
    beats = handed is not None and keen.low > handed
    if keen.low > nurture.rate or beats:
        figures: dict[str, float | str] = {"keen": keen.rate, "nurture": nurture.rate}
        if handed is not None and beats:
            figures["handed"] = handed
        waiting = material.monday.now.by_case.get("keen") if material.monday else None
        if waiting is not None and waiting >= _FEWEST:
            figures["waiting"] = waiting
        yield Proposal("owner", "keen", role, figures)


def _promise(material: Material) -> Iterator[Proposal]:
    """As many MQLs a week as an ordinary quarter brings at least, where marketing promises none, or
    more than that.
    """
    definition, study = material.definition, material.study
    focus = study.focus if study else None
    if definition is None or focus is None or focus.promise.judged < FEWEST:
        return
    per_week = focus.promise.per_week
    low, high = material.scale * per_week.low, material.scale * per_week.high
    everybody = next((one for one in definition.promises if one.rule is None), None)
    if everybody is None or not 1 <= low < np.inf:
        return
    others = sum(one.mqls_per_week or 0.0 for one in definition.promises if one is not everybody)
    now = None if everybody.mqls_per_week is None else everybody.mqls_per_week + others
    least = float(np.floor(low) - others)  # whoever has a promise of their own has it already
    if least >= 1 and (now is None or not low <= now <= high):
        figures: dict[str, float | str] = {"low": low, "high": high}
        if now is not None:
            figures["now"] = now
        yield Proposal("promise", everybody.segment, least, figures)


def _cuts(material: Material) -> Iterator[Proposal]:
    definition = material.definition
    if definition is None or definition.axes is None:
        return
    proposed: dict[Axis, Cuts] = {"fit": material.cuts[0], "interest": material.cuts[1]}
    for axis, found in proposed.items():
        cuts = definition.axes.of(axis)
        if cuts is None or not found.from_data:
            continue
        signed = cuts.cuts
        best, middle, worst = found.boundaries
        ends = (
            ("best", signed[0], best, found.best_interval),
            ("worst", signed[2], worst, found.worst_interval),
        )
        for end, now, to, interval in ends:
            if (
                np.isfinite(interval).all()
                and not interval[0] <= now <= interval[1]
                and worst < middle < best
            ):
                yield Proposal("cut", f"{axis} {end}", to, {"now": now})


def _orders(material: Material) -> Iterator[Proposal]:
    axes = material.definition.axes if material.definition else None
    if axes is None:
        return  # no file holds the border
    broken = [disorder for disorder in material.worth.disorders if disorder.beyond_noise]
    for disorder in broken[:_MOST]:
        yield Proposal("order", disorder.better, None, {"worse": disorder.worse})


def _rules(material: Material) -> Iterator[Proposal]:
    """Rules that hold back leads which close more often than those that are handed over."""
    study, definition = material.study, material.definition
    focus = study.focus if study else None
    if study is None or focus is None or definition is None or focus.promise.judged < FEWEST:
        return
    judged, won = focus.promise.judged, focus.promise.won
    for removal in to_loosen(focus.removals, definition, judged=judged, won=won):
        held = material.scale * removal.over_line / max(study.weeks, 1.0)
        yield Proposal(
            "rule",
            removal.name,
            None,
            {
                "rate": removal.won / removal.judged,
                "handed": won / judged,
                "kind": removal.kind,
                "held": held,
                "judged": float(removal.judged),
            },
        )


def _audit(material: Material) -> Iterator[Proposal]:
    """What the audit keeps out and nobody has confirmed."""
    for decision in material.config.decisions.in_force:
        if decision.by == AUDIT and decision.action != "keep":
            kind, name = decision.about
            yield Proposal("keep out", name, decision.action, {"what": kind})


# --- columns --------------------------------------------------------------------------------------


def _directions(material: Material) -> Iterator[Proposal]:
    """Numbers that go one way on the whole, and waver no more than chance explains."""
    found = 0
    for matter in material.matters:
        way = _one_way(matter.shape) if matter.shape.way in ("mixed", "peak", "bottom") else None
        about = _source(matter.shape.feature)
        if way is not None and about is not None and found < _MOST:
            found += 1
            yield Proposal(
                "direction",
                about,
                way,
                {"points": matter.effect.points, "concept": matter.concept.name},
            )


def _one_way(shape: Shape) -> str | None:
    levels = [point.change for point in shape.points if point.kind == "value"]
    if len(levels) < 4:
        return None
    rank = float(stats.spearmanr(np.arange(len(levels)), levels).statistic)
    if abs(rank) < _ONE_WAY:
        return None
    sign = 1 if rank > 0 else -1
    return None if _against(shape, sign) else ("up" if sign > 0 else "down")


def _against(shape: Shape, sign: int) -> bool:
    """Whether leads closed the other way from one group to a later one, beyond noise (one-sided 95
    %).
    """
    points = [point for point in shape.points if point.kind == "value"]
    for first, later in combinations(points, 2):
        pooled = (first.won + later.won) / (first.leads + later.leads)
        few = first.design / first.leads + later.design / later.leads
        error = float(np.sqrt(pooled * (1 - pooled) * few))
        if (
            sign * (first.won / first.leads - later.won / later.leads)
            > stats.norm.ppf(0.95) * error
        ):
            return True
    return False


def _source(feature: Feature) -> str | None:
    """The column or event type that a decision would name."""
    match feature.source:
        case AttributeSource(reading="number", column=column):
            return column
        case BehaviourSource(measure="count" | "active_days", kind=kind) if kind not in NAMED_HERE:
            return kind
        case _:
            return None


def _drops(material: Material) -> Iterator[Proposal]:
    """Columns that move hardly any chance, and that resamplings do not agree on."""
    weak = [
        m
        for m in reversed(material.matters)
        if m.effect.points < _HARDLY and not m.steadiness.is_steady
    ]
    columns = [(matter, column) for matter in weak if (column := _column(matter)) is not None]
    for matter, column in columns[:_MOST]:
        yield Proposal("drop", column, "drop", {"points": matter.effect.points})


def _column(matter: ConceptEffect) -> str | None:
    source = matter.shape.feature.source
    return source.column if isinstance(source, AttributeSource) else None


def _names(material: Material) -> Iterator[Proposal]:
    """What matters most and is called as only a machine would."""
    labels = material.config.labels
    top = [m.concept.name for m in material.matters[: 2 * material.config.review.concepts]]
    technical = [
        name for name in dict.fromkeys(top) if name not in labels and name not in NAMED_HERE
    ]
    for name in [name for name in technical if _MACHINE.search(name)][:_MOST]:
        yield Proposal("rename", name)
