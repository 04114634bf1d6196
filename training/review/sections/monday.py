"""What changes on Monday: for each team its open leads and its hand-overs a week, so far and from
then on, and which leads it gets and gives up.
"""

from collections.abc import Iterator, Mapping

from propensity.definition.schema import Case
from training.review.document.blocks import Block, CellValue, Table, TableColumn, Text
from training.review.document.numbers import FEWEST_FOR_A_COUNT, told_count
from training.review.findings.material import Material
from training.review.findings.teams import Cases, TeamChanges
from training.review.sections.case_names import case_name, role_name
from training.review.sections.sources_told import FigureSources
from training.review.sheet.months import month_range
from training.review.words import Words
from training.threshold.promise import FEWEST_FOR_A_RATE
from training.threshold.sentences import count


def table(material: Material, words: Words) -> Iterator[Block]:
    """The table by team, and what is said of it; nothing of a flat table."""
    found, definition = material.monday, material.definition
    if found is None or definition is None:
        return
    now, before = found.now, found.before
    columns, rows = _weekly(material, words)
    owners = list(dict.fromkeys([*now.by_owner, *(before.by_owner if before else {})]))
    compared = (
        TableColumn(words.say("before"), "count"),
        TableColumn(words.say("now"), "count"),
        TableColumn(words.say("won"), "count"),
        TableColumn(words.say("lost"), "count"),
    )
    yield Table(
        name="monday",
        title=words.say("monday" if before else "monday first"),
        columns=(
            TableColumn(words.say("team")),
            *(compared if before else (TableColumn(words.say("first day"), "count"),)),
            *columns,
            TableColumn(words.say("what")),
        ),
        rows=tuple(
            (
                words.say("nobody")
                if owner is None
                else role_name(owner, material.definition, words),
                *_stock(found, owner),
                *rows.get(owner, [None] * len(columns)),
                _which(material, now, owner, words),
            )
            for owner in [*owners, None]
        ),
        source=FigureSources(material, words).open_leads(now.leads),
    )
    said = [*_after(material, words), *_so_far(material, words), *_moved(material, found, words)]
    if found.other_case is not None and found.other_area is not None:
        case, area = words.hundred(found.other_case), words.hundred(found.other_area)
        has_quadrants = len(material.unseen.axes.names) > 1
        said.append(
            words.say("changed", case=case, quadrant=area)
            if has_quadrants
            else words.say("changed half", case=case, half=area)
        )
    if said:
        yield Text(words.join(said))


def mqls_a_week(material: Material) -> float | None:
    """Leads that newly become MQLs every week under what is proposed; None where no replay
    tells.
    """
    stops, study = material.stops, material.study
    if stops is None or study is None:
        return None
    weekly = float(
        study.rule.figures.per_week[0] * material.scale
        if study.rule
        else stops.per_week[stops.chosen, 0]
    )
    return weekly if weekly == weekly else None  # noqa: PLR0124 — not NaN


def _stock(found: TeamChanges, owner: str | None) -> tuple[CellValue, ...]:
    """Open leads, and where there is a pair in use: so far, from Monday, got and given up."""

    def of(cases: Cases) -> int | None:
        if owner is None:
            return told_count(cases.leads - sum(cases.by_owner.values()))
        return told_count(cases.by_owner.get(owner, 0.0))

    if found.before is None:
        return (of(found.now),)
    if owner is None:
        return of(found.before), of(found.now), None, None
    got, gone = (
        told_count(moved[owner].leads) if owner in moved else 0 for moved in (found.won, found.lost)
    )
    return of(found.before), of(found.now), got, gone


# --- a week ---------------------------------------------------------------------------------------


def _weekly(
    material: Material, words: Words
) -> tuple[list[TableColumn], dict[str | None, list[CellValue]]]:
    """Hand-overs a week, so far as the sources tell, and from Monday on as the replay does; by
    role.
    """
    definition, so_far = material.definition, material.practice.promises.handed_a_week
    ahead = a_week(material)
    asked = definition.instructions.get("MQL") if definition else None
    columns: list[TableColumn] = []
    rows: dict[str | None, list[CellValue]] = {}
    if asked is None or asked.owner is None or not ahead:
        return columns, rows
    for title, weekly in (
        ("week before", {asked.owner: so_far} if so_far is not None else {}),
        ("week now", ahead),
    ):
        if weekly:
            columns.append(TableColumn(words.say(title), "count"))
            for owner in {asked.owner, *ahead}:
                n = weekly.get(owner)
                rows.setdefault(owner, []).append(None if n is None else round(n))
    return columns, rows


def a_week(material: Material) -> Mapping[str, float]:
    """MQLs, hand-raisers and random slice, by the role that gets them."""
    study, definition, mqls = material.study, material.definition, mqls_a_week(material)
    if study is None or definition is None or mqls is None:
        return {}
    raised = study.hand_raisers.crossed / max(study.weeks, 1 / 7)
    drawn = study.focus.random_slice if study.focus else None
    weekly: Mapping[Case, float] = {
        "MQL": mqls,
        "hand-raiser": material.scale * raised,
        "random slice": material.scale * drawn.per_week if drawn else 0.0,
    }
    found: dict[str, float] = {}
    for case, n in weekly.items():
        instruction = definition.instructions.get(case)
        if n and instruction is not None and instruction.owner is not None:
            found[instruction.owner] = found.get(instruction.owner, 0.0) + n
    return found


def team_week(material: Material, mqls: float) -> tuple[str, float] | None:
    """The role that gets MQLs, and all that is handed over to it in a week of so many MQLs: what
    takes of its capacity; None where no replay tells.
    """
    definition, chosen = material.definition, mqls_a_week(material)
    asked = definition.instructions.get("MQL") if definition else None
    weekly = a_week(material)
    if asked is None or asked.owner is None or chosen is None or asked.owner not in weekly:
        return None
    return asked.owner, mqls + weekly[asked.owner] - chosen


# --- in words -------------------------------------------------------------------------------------


def _after(material: Material, words: Words) -> Iterator[str]:
    weekly = mqls_a_week(material)
    if weekly is not None and material.study is not None:
        capacity, whole = material.study.policy.capacity_per_week, team_week(material, weekly)
        if capacity is None or whole is None:
            yield words.say("a week", n=count(weekly))
            return
        yield words.say(
            "a week, capacity",
            n=count(weekly),
            team=role_name(whole[0], material.definition, words),
            all=count(whole[1]),
            capacity=count(material.scale * capacity),
        )


def _so_far(material: Material, words: Words) -> Iterator[str]:
    """What became of those handed over so far, and how many go on to the next team."""
    found, definition = material.practice.so_far, material.definition
    if found is None or definition is None:
        return
    if found.judged >= FEWEST_FOR_A_RATE:
        first, last = month_range(found.months, words)
        yield words.say(
            "so far",
            stage=words.name(found.stage, longest=40),
            first=first,
            last=last,
            n=words.hundred(found.won / found.judged),
            days=material.unseen.horizon_days or 0,
            closed=FigureSources(material, words).goal("closed"),
        )
    asked = definition.instructions.get("MQL")
    on = next((each for each in definition.hand_offs if asked and each.giver == asked.owner), None)
    if on is not None and found.tossed_a_week:
        yield words.say(
            "tossed",
            giver=role_name(on.giver, definition, words),
            receiver=role_name(on.receiver, definition, words),
            n=round(found.tossed_a_week),
        )


def _moved(material: Material, found: TeamChanges, words: Words) -> Iterator[str]:
    """Who is won and who is lost: what of the leads that a team gets and gives up will close."""
    for owner, got in found.won.items():
        gone = found.lost.get(owner)
        if gone is not None and min(got.leads, gone.leads) >= FEWEST_FOR_A_RATE:
            yield words.say(
                "won and lost",
                team=role_name(owner, material.definition, words),
                won=words.hundred(got.rate),
                lost=words.hundred(gone.rate),
                close=FigureSources(material, words).goal("close"),
            )


def _which(material: Material, cases: Cases, owner: str | None, words: Words) -> str:
    """The cases that a role has to act on, the most leads first; those of fewer than five leads are
    not told.
    """
    definition = material.definition
    instructions = definition.instructions if definition else {}
    mine = [
        (n, case)
        for case, n in cases.by_case.items()
        if (instructions[case].owner if case in instructions else None) == owner
        and n >= FEWEST_FOR_A_COUNT
    ]
    parts = [
        words.say("part", case=case_name(case, words), n=round(n))
        for n, case in sorted(mine, reverse=True)
    ]
    return words.listed(parts)
