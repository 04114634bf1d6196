"""What changed since last time: the new model against the one in use, who moves where, and what
matters now.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from propensity.concepts.wording import plain
from propensity.grading.grading import GRADES
from training.gate.checks import GateCheck
from training.gate.gate import GateResult
from training.gate.migration import Migration
from training.gate.same_recipe import SameRecipe
from training.review.document.blocks import (
    Block,
    CellValue,
    Folded,
    Section,
    Table,
    TableColumn,
    Text,
)
from training.review.findings.material import Material
from training.review.findings.registry_documents import gated, migration, same_recipe
from training.review.sections.sources_told import FigureSources
from training.review.words import Words

#: What was found on the leads that both models would treat alike.
_ALIKE = "alike"
#: Concepts that moved leads, and broken things, that are told.
_MOST, _NAMED = 8, 3


def section(material: Material, words: Words) -> Section:
    """What changed since last time."""
    title, documents = words.say("title"), material.reviewed.documents
    asked, moved = gated(documents), migration(documents)
    if asked is None and moved is None:
        return Section(name="changed", title=title, absent=words.say("absent"))
    blocks: list[Block] = []
    if asked is not None:
        blocks += _checks(asked, material, words)
    if moved is not None:
        blocks += _moved(moved, words)
    elif asked is not None and asked.against is None:
        blocks.append(Text(words.say(_why_nobody_moves(material))))
    blocks += _by_chance(same_recipe(documents), words)
    return Section(name="changed", title=title, blocks=tuple(blocks), notes=(words.say("note"),))


# --- the new model against the one in use ---------------------------------------------------------


def _checks(found: GateResult, material: Material, words: Words) -> Iterator[Block]:
    failed = sum(not check.passed for check in found.checks)
    which = "new" if found.against is not None else _first_of_all(material)
    version, against = str(material.reviewed.version.number), str(found.against)
    key = f"headline {which} {'failed' if failed else 'passed'}"
    yield Text(words.say(key, version=version, against=against, n=failed), "headline")
    columns = (
        TableColumn(words.say("check")),
        TableColumn(words.say("verdict")),
        TableColumn(words.say("found")),
    )
    rows = tuple(
        (
            words.say(_title(check)),
            words.say(check.result),
            _found(check, material, words),
        )
        for check in found.checks
    )
    yield Table("changed-checks", words.say("checks"), columns, rows, _source(found, words))
    if found.looks > 1:
        yield Text(words.say("looks", n=found.looks), "small")
    if found.against is not None:
        yield Text(words.say("treated"), "small")


def _first_of_all(material: Material) -> str:
    """Whether a version that met no model in use is still the first one: another may be in use by
    now.
    """
    other = material.reviewed.champion
    version = str(material.reviewed.version.number)
    return "first" if other is None or other.version == version else "alone"


def _why_nobody_moves(material: Material) -> str:
    if _first_of_all(material) == "alone":
        return "first alone"
    return "first in use" if material.reviewed.is_champion else "first"


def _title(check: GateCheck) -> str:
    kept = check.name == "log loss" and "margin" in check.figures
    return "check: log loss, kept" if kept else f"check: {check.name}"


def _source(found: GateResult, words: Words) -> str:
    if not found.rows:
        return words.say("source nobody")
    return words.say(f"source {found.mode}", rows=found.rows, leads=found.leads, wins=found.wins)


def _found(check: GateCheck, material: Material, words: Words) -> str:
    """What a check found, in words of the meeting; the expert reads the model card."""
    figures = check.figures
    match check.name:
        case "log loss":
            return words.join(_better(figures, words, passed=check.passed))
        case "captured wins":
            return _captured(figures, words)
        case "decile order":
            pairs = [_pair(pair, words) for pair in figures.get("pairs", ())]
            return words.join([words.say("order" if check.passed else "no order"), *pairs[:_NAMED]])
        case "calibration":
            return words.say(
                _off(figures, passed=check.passed),
                close=FigureSources(material, words).goal("close"),
            )
        case "segments":
            worse = [
                words.say(
                    "with value",
                    concept=words.name(one["column"]),
                    value=plain(one["level"], longest=40),
                )
                for one in figures.get("segments", ())
            ]
            nobody = "nobody worse" if check.asked else "nobody looked"
            return (
                words.say("worse", names=words.listed(worse[:_NAMED]))
                if worse
                else words.say(nobody)
            )
        case "audit" | "meeting":
            return words.say(f"{check.name} {'passed' if check.passed else 'failed'}")


def rivals_found(found: GateResult, words: Words) -> list[str]:
    """How many closes the model and its simple rivals find among the best; empty where nobody
    asked.

    Args:
        found: What the gate found.
        words: Words of this section.
    """
    return [
        _captured(check.figures, words) for check in found.checks if check.name == "captured wins"
    ]


def _rivals(figures: Mapping[str, Any], words: Words) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, own in figures.items():
        if isinstance(own, Mapping) and name != _ALIKE:
            key = f"rival: {name}"
            yield (words.say(key) if key in words.texts else plain(name)), own


def _better(figures: Mapping[str, Any], words: Words, *, passed: bool) -> list[str]:
    """A sentence for those that it is surely better than, one for the doubtful, one for the others;
    for a recipe that was carried out anew, whether it is no worse.
    """
    if "margin" in figures:
        key = "no worse" if passed else "perhaps worse"
        return [words.say(key, name=words.say("rival: champion"))]
    verdicts: dict[str, list[str]] = {"surely better": [], "perhaps better": [], "not better": []}
    for name, own in _rivals(figures, words):
        fair = figures.get(_ALIKE) or {}
        value = own.get("value")
        low = max(
            (end for end in (own.get("low"), fair.get("low")) if end is not None), default=None
        )
        sure, doubtful = low is not None and low > 0, bool(value and value > 0)
        verdicts[
            "surely better" if sure else "perhaps better" if doubtful else "not better"
        ].append(name)
    return [words.say(key, name=words.listed(names)) for key, names in verdicts.items() if names]


def _captured(figures: Mapping[str, Any], words: Words) -> str:
    share, rivals = words.write(figures.get("share"), "share"), list(_rivals(figures, words))
    ours = next((own.get("challenger") for _, own in rivals), None)
    others = [
        words.say("captured by", name=name, share=words.write(own.get("rival"), "share"))
        for name, own in rivals
    ]
    return words.say(
        "captured", best=share, ours=words.write(ours, "share"), others=words.listed(others)
    )


def _pair(pair: Mapping[str, Any], words: Words) -> str:
    better, worse = (words.write(rate, "share") for rate in pair["rates"])
    return words.say("pair", better=pair["better"], worse=pair["worse"], rate=better, other=worse)


def _off(figures: Mapping[str, Any], *, passed: bool) -> str:
    own = figures.get("challenger") or {}
    if passed:
        return "level no worse" if len(figures) > 1 else "level right"
    level, slope, error = (own.get(name) for name in ("level", "slope", "level_error"))
    if level is not None and abs(level) > 2 * (error or 0.0):
        return "level too low" if level > 0 else "level too high"
    return "too extreme" if slope is not None and slope < 1 else "too timid"


# --- who moves where ------------------------------------------------------------------------------


def _moved(found: Migration, words: Words) -> Iterator[Block]:
    source = words.say("source moved flat", n=found.leads, against=str(found.against))
    if found.as_of:
        day = words.day(date.fromisoformat(found.as_of))
        source = words.say("source moved", n=found.leads, day=day, against=str(found.against))
    if found.quadrant_changed == 0 and found.instruction_changed == 0:
        yield Text(words.say("nobody moves"))
        yield Text(source, "small")
        return
    where, done = (_count(n, words) for n in (found.quadrant_changed, found.instruction_changed))
    told = [
        words.say("moved", n=found.leads, quadrant=where, instruction=done)
        if len(found.axes_after) > 1
        else words.say("moved half", n=found.leads, half=where, instruction=done)
    ]
    if found.axes_before != found.axes_after:
        told.append(words.say("other axes"))
    if found.definition is not None:
        told.append(
            words.say(
                "mqls",
                now=_count(found.mql_before, words),
                enter=_count(found.mql_enter, words),
                leave=_count(found.mql_leave, words),
            )
        )
    if found.weekly_before is not None and found.weekly_after is not None:
        told.append(
            words.say("weekly", before=round(found.weekly_before), after=round(found.weekly_after))
        )
    yield Text(words.join(told))
    yield from _quadrants(found, words, source)
    yield from _movers(found, words, source)
    yield from _ranks(found, words, source)
    yield from _grades(found, words, source)


def _by_chance(found: SameRecipe | None, words: Words) -> Iterator[Text]:
    """What changes for leads although nothing changed but the seed."""
    if found is None:
        return
    told = {"n": found.leads, "grades": words.write(found.grades, "share")}
    if found.instructions is None:
        yield Text(words.say("by chance", **told))
        return
    share = words.write(found.instructions, "share")
    yield Text(words.say("by chance instructed", **told, instructions=share))


def _count(count: int | None, words: Words) -> str:
    return words.say("few") if count is None else words.say("leads n", n=count)


def _quadrants(found: Migration, words: Words, source: str) -> Iterator[Table]:
    if not found.quadrants:
        return
    columns = (
        TableColumn(words.say("before")),
        TableColumn(words.say("after")),
        TableColumn(words.say("leads"), "count"),
    )
    ranked = sorted(found.quadrants.items(), key=lambda move: -(move[1] or 0))
    rows: tuple[tuple[CellValue, ...], ...] = tuple(
        (*(words.quadrant(name) for name in pair.split(" → ")), count) for pair, count in ranked
    )
    yield Table("changed-quadrants", words.say("quadrants"), columns, rows, source)


def _movers(found: Migration, words: Words, source: str) -> Iterator[Table]:
    if not found.movers:
        return
    columns = (
        TableColumn(words.say("concept")),
        TableColumn(words.say("axis")),
        TableColumn(words.say("way")),
        TableColumn(words.say("most of all for"), "count"),
    )
    rows = tuple(
        (
            words.name(mover.concept),
            words.say(f"axis {mover.axis}"),
            words.say("raises" if mover.shift > 0 else "lowers"),
            mover.leads,
        )
        for mover in found.movers[:_MOST]
    )
    yield Table("changed-by", words.say("movers"), columns, rows, source)


def _ranks(found: Migration, words: Words, source: str) -> Iterator[Folded]:
    if not found.ranks:
        return
    columns = (
        TableColumn(words.say("concept")),
        TableColumn(words.say("axis")),
        TableColumn(words.say("place before"), "count"),
        TableColumn(words.say("place now"), "count"),
    )
    rows: tuple[tuple[CellValue, ...], ...] = tuple(
        (
            words.name(rank.concept),
            words.say(f"axis {rank.axis}"),
            words.say("new concept") if rank.before is None else rank.before,
            words.say("gone concept") if rank.after is None else rank.after,
        )
        for rank in found.ranks
    )
    title = words.say("ranks")
    yield Folded(title, (Table("changed-ranks", title, columns, rows, source),))


def _grades(found: Migration, words: Words, source: str) -> Iterator[Folded]:
    """Old grades in rows, new ones in columns; only those that some lead has."""
    there = [[cell != 0 for cell in row] for row in found.grades]
    rows = _places(there)
    columns = _places(list(zip(*there, strict=True)))
    if not rows:
        return
    titles = (
        TableColumn(words.say("grade before")),
        *(TableColumn(GRADES[place], "count") for place in columns),
    )
    cells: tuple[tuple[CellValue, ...], ...] = tuple(
        (GRADES[row], *(found.grades[row][column] for column in columns)) for row in rows
    )
    title = words.say("grades")
    yield Folded(title, (Table("changed-grades", title, titles, cells, source),))


def _places(rows: Sequence[Sequence[bool]]) -> list[int]:
    return [place for place, row in enumerate(rows) if any(row)]
