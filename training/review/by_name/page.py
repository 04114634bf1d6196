"""The walk-through page: one file with its data inside, which asks nobody for anything."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

import numpy as np

from features.days import date_of
from features.zone import zone
from propensity.grading.grading import GRADES
from propensity.pages.template import bundled, style
from propensity.pages.visible_text import shown
from propensity.scoring.scorer import carried_names
from training.learn.metrics.segments import LEAST_LEADS
from training.learn.rows.run import Run
from training.review.by_name.nights import NightScores
from training.review.by_name.open_leads import OpenLeads
from training.review.by_name.segment_means import SegmentMeans
from training.review.by_name.steps import FEWEST, Step, StepCount
from training.review.page.templates import TEMPLATES
from training.review.words import Words

#: Contributions are written as whole ten-thousandths.
_FINE = 10_000
#: Texts that the page's own script fills and places.
_IN_THE_BROWSER = (
    "first lead",
    "second lead",
    "nothing found",
    "more found",
    "chance",
    "grade",
    "team",
    "due",
    "instruction",
    "held back",
    "sum title",
    "concept",
    "log odds",
    "points",
    "after",
    "start",
    "fit",
    "interest",
    "unknown",
    "rest",
    "this lead",
    "nights title",
    "no nights",
    "night",
    "steps title",
    "steps about",
    "no steps",
    "best already",
    "no steps flat",
    "step once",
    "step times",
    "step to",
    "step alike",
    "step others",
    "difference",
    "little apart",
    "pick two",
    "pick one",
    "leads",
    "rate",
    "range",
    "mean chance",
    "all leads",
    "version",
    "not in it",
)


@dataclass(frozen=True)
class NamedLeads:
    """What the page is made of.

    Attributes:
        leads: The open leads under the version under review.
        other: The same leads under the version that is compared with; None where there is none.
        nights: The last nights, the oldest first.
        steps: What leads can still do.
        taken: What came of steps; see ``steps_taken``.
        segments: All leads that the recipe had not seen, and their segments.
        segment_concepts: Names of the concepts that the segments' means are of.
    """

    leads: OpenLeads
    other: OpenLeads | None
    nights: tuple[NightScores, ...]
    steps: tuple[Step, ...]
    taken: Mapping[tuple[str, str, int], StepCount]
    segments: tuple[SegmentMeans, ...]
    segment_concepts: tuple[str, ...]


def page(found: NamedLeads, run: Run, words: Words) -> str:
    """The whole page.

    Args:
        found: What it is made of.
        run: The configuration, and the canonical tables.
        words: Its words.
    """
    leads, is_flat = found.leads, run.store.is_flat
    counts = {"n": len(leads), "total": leads.total, "version": str(leads.version)}
    told = (
        words.say("from flat", **counts)
        if is_flat
        else words.say("from", day=words.day(date_of(run.store.observed_day)), **counts)
    )
    return TEMPLATES.get_template("training/review/by_name/page.html").render(
        language=words.language,
        title=words.say("title"),
        told=told,
        style=style("training/review/by_name/page.css"),
        script=bundled("training/review/by_name/script.js"),
        say=words.say,
        least=LEAST_LEADS,
        versions=_versions_told(found, words),
        has_segments=len(found.segments) > 1,
        data=_data(found, run, words),
    )


def _versions_told(found: NamedLeads, words: Words) -> list[str]:
    """How the two versions stand to each other; empty where there is one."""
    if found.other is None:
        return []
    order = {grade: place for place, grade in enumerate(GRADES)}
    pairs = list(zip(found.other.grade, found.leads.grade, strict=True))
    same = sum(before == now for before, now in pairs)
    better = sum(_is_better(before, now) for before, now in pairs if before in order)
    return [
        words.say(
            "versions about",
            reference=str(found.other.version),
            version=str(found.leads.version),
        ),
        words.say(
            "versions count",
            n=len(pairs),
            better=better,
            same=same,
            worse=len(pairs) - same - better,
        ),
    ]


def _is_better(before: str, now: str) -> bool:
    """Whether a grade is better on one axis and worse on none; A1 is the best."""
    ups = [new < old for old, new in zip(before, now, strict=True)]
    downs = [new > old for old, new in zip(before, now, strict=True)]
    return any(ups) and not any(downs)


# --- the data -------------------------------------------------------------------------------------


def _data(found: NamedLeads, run: Run, words: Words) -> dict[str, Any]:
    leads = found.leads
    values = _Pool()
    carry = [name for name in run.config.columns.carry if name != run.config.compare_with]
    horizon = run.config.goal.horizon_days if run.config.goal else None
    return {
        "language": words.language,
        "texts": {key: _with_gaps(words, key) for key in _IN_THE_BROWSER},
        "flat": run.store.is_flat,
        "fewest": FEWEST,
        "days": horizon,
        "carried": [shown(name) for name in carry],
        "sides": [_side(side, values, words) for side in (leads, found.other) if side is not None],
        "leads": list(_leads(found, run, words)),
        "nights": [night.day.isoformat() for night in found.nights],
        "steps": [[words.name(step.kind), step.times] for step in found.steps],
        "taken": _taken(found),
        "segments": [_segment(each) for each in found.segments],
        "segment_concepts": [words.name(name) for name in found.segment_concepts],
        "values": values.texts,
    }


class _Pool:
    """Texts that occur often, each once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._places: dict[str, int] = {}

    def place(self, text: str | None) -> int:
        """Place of a text; -1 of none."""
        if text is None:
            return -1
        if text not in self._places:
            self._places[text] = len(self.texts)
            self.texts.append(shown(text))
        return self._places[text]


def _side(side: OpenLeads, values: _Pool, words: Words) -> dict[str, Any]:
    """All sums under a version."""
    cells = [[values.place(text) for text in told.to_pylist()] for told in side.values]
    return {
        "version": side.version,
        "base": round(side.base * _FINE),
        "concepts": [
            [words.name(name), axis] for name, axis in zip(side.concepts, side.axes, strict=True)
        ],
        "added": np.rint(side.contributions * _FINE).astype(int).tolist(),
        "values": [list(row) for row in zip(*cells, strict=True)],
        "grades": side.grade,
        "chances": [round(float(chance), 6) for chance in side.probability],
    }


def _leads(found: NamedLeads, run: Run, words: Words) -> Iterator[list[Any]]:
    """Of each lead: its ID, carried texts, quadrant, team, deadline, instruction, what holds it
    back, nights and steps.
    """
    scored = found.leads.scored
    ours = dict(zip(run.config.columns.carry, carried_names(run.config.columns.carry), strict=True))
    carried = [scored[name] for key, name in ours.items() if key != run.config.compare_with]
    names = ("lead_id", "episode", "quadrant", "owner", "respond_by", "instruction", "blocked_by")
    columns = [scored[name].to_pylist() for name in names]
    who = [[_text(value) for value in column.to_pylist()] for column in carried]
    for place, (lead_id, episode, quadrant, owner, due, *told) in enumerate(
        zip(*columns, strict=True)
    ):
        local = f"{due.astimezone(zone(run.store.timezone)):%Y-%m-%d %H:%M}" if due else ""
        yield [
            shown(lead_id),
            [texts[place] for texts in who],
            words.quadrant(quadrant) if quadrant else "",
            _text(owner),
            local,
            *map(_text, told),
            _course(found.nights, (lead_id, episode)),
            _moving(found.steps, place),
        ]


def _course(nights: Sequence[NightScores], key: tuple[str, int]) -> list[list[Any]]:
    return [
        [place, round(score[0], 6), score[1]]
        for place, night in enumerate(nights)
        if (score := night.scores.get(key)) is not None
    ]


def _moving(steps: Sequence[Step], lead: int) -> list[list[Any]]:
    """Steps that move a lead, the least effort of each kind first."""
    found: dict[str, list[Any]] = {}
    for place, step in enumerate(steps):
        if step.moves[lead] and step.kind not in found:
            chance = round(float(step.chance[lead]), 6)
            found[step.kind] = [place, GRADES[step.grade[lead]], chance]
    return list(found.values())


def _taken(found: NamedLeads) -> dict[str, dict[str, list[Any]]]:
    """Grade to place of the step to what came of it."""
    places = {(step.kind, step.times): str(place) for place, step in enumerate(found.steps)}
    told: dict[str, dict[str, list[Any]]] = {}
    for (grade, kind, times), count in found.taken.items():
        if (kind, times) in places:
            told.setdefault(grade, {})[places[kind, times]] = [
                count.leads,
                count.did,
                count.won,
                count.low,
                count.high,
                count.others_won,
            ]
    return told


def _segment(each: SegmentMeans) -> dict[str, Any]:
    return {
        "name": [shown(each.column), shown(each.value)] if each.column else [],
        "leads": each.leads,
        "won": each.won,
        "low": each.low,
        "high": each.high,
        "chance": each.chance,
        "means": [round(float(mean), 6) for mean in each.means],
    }


def _text(value: object) -> str:
    return "" if value is None else shown(str(value))


def _with_gaps(words: Words, key: str) -> str:
    """A text whose gaps the browser fills; those of the goal are filled."""
    gaps = {gap for _, gap, _, _ in Formatter().parse(words.texts[key]) if gap is not None}
    left = {gap: f"{{{gap}}}" for gap in gaps if gap not in words.texts.standing}
    return words.texts.say(key, **left)
