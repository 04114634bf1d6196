"""A team's page for the morning: one file that asks nobody for anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from features.files.output import Output
from features.files.whole_file import write_text
from propensity.concepts.wording import label
from propensity.language import catalogue
from propensity.language.audience import Audience
from propensity.language.chance_range import chances_in_range
from propensity.night.lists import LISTS, ListName, Morning
from propensity.night.page.local_times import LocalTimes
from propensity.night.teams import WorkingTeam
from propensity.pages.template import environment, style
from propensity.pages.visible_text import shown

#: Leads of a list that a page shows, at most: nobody works through more in a morning, and a browser
#: opens the page at once. People share them, but each has the fewest.
MOST_LEADS, _FEWEST = 600, 20
_LONGEST = 400
_CARRIED = " (carried)"
_TEMPLATES = environment(partial(shown, longest=_LONGEST))


class LeadRow(NamedTuple):
    """A lead as the page shows it; texts, empty where nothing is known.

    Attributes:
        name: The first of the carried columns, else the lead's id.
        contact: The other carried columns, each with its heading.
        lead_id: Identifier.
        grade: Grade.
        chance: Chance in percent, with its range.
        instruction: What is to be done.
        until: Deadline.
        late: How long it is late.
        is_new: Whether it was handed over tonight.
        topic: What to talk about.
        reasons: At most two sentences.
        ask: What to find out.
    """

    name: str
    contact: list[tuple[str, str]]
    lead_id: str
    grade: str
    chance: str
    instruction: str
    until: str
    late: str
    is_new: bool
    topic: str
    reasons: list[str]
    ask: str


@dataclass(frozen=True)
class PersonsWork:
    """What a person has to do, or the team where nobody is named.

    Attributes:
        name: The person; empty where no column names one, None where the column is empty.
        lists: Name of the list, the number of its leads, and the rows that are shown.
    """

    name: str | None
    lists: list[tuple[ListName, int, list[LeadRow]]]

    def count(self, name: ListName) -> int:
        """Leads of a list."""
        return sum(count for other, count, _ in self.lists if other == name)


def write_pages(
    teams: Sequence[WorkingTeam], morning: Morning, carried: Sequence[str], folder: Output
) -> None:
    """Write the page of each team, such as ``inside_sales.html``.

    Raises:
        ConfigError: A file cannot be written.
    """
    for team in teams:
        write_text(page(team, morning, carried), folder / f"{team.file}.html")


def page(team: WorkingTeam, morning: Morning, carried: Sequence[str]) -> str:
    """The page of a team.

    Args:
        team: What it has to do.
        morning: The morning.
        carried: Columns of the company that say who a lead is.
    """
    times = LocalTimes(morning)
    people = _people(team, morning, carried, times)
    words = catalogue("propensity.night.page", morning.language)
    return _TEMPLATES.get_template("propensity/night/page/page.html").render(
        language=morning.language,
        title=team.name or words["nobody has them"],
        day=times.full_day(morning.night),
        style=style("propensity/night/page/page.css"),
        say=words.say,
        titles={name: words[f"title: {name}"] for name in LISTS},
        counts={name: rows.num_rows for name, rows in team.lists.items()},
        people=people,
        is_grouped=morning.person is not None,
        knows_attempts=morning.knows_attempts,
        known_until=times.until(morning.contacts_until)
        if morning.knows_attempts and morning.contacts_until
        else "",
        is_behind=morning.is_behind,
        new_and_due=pc.sum(team.lists["due"]["is_new"]).as_py() or 0,
        file=f"{team.file}.csv",
    )


def _people(
    team: WorkingTeam, morning: Morning, carried: Sequence[str], times: LocalTimes
) -> list[PersonsWork]:
    """Each person's work; first that of nobody, because somebody has to take it."""
    who = morning.person
    if who is None:
        return [PersonsWork("", _told(team.lists, MOST_LEADS, carried, times))]
    names = {name for rows in team.lists.values() for name in rows[who].to_pylist()}
    ordered: list[str | None] = [None] if None in names else []
    ordered += sorted(name for name in names if name is not None)
    most = max(MOST_LEADS // max(len(ordered), 1), _FEWEST)
    return [
        PersonsWork(name, _told(_of(team.lists, who, name), most, carried, times))
        for name in ordered
    ]


def _told(
    lists: Mapping[ListName, pa.Table], most: int, carried: Sequence[str], times: LocalTimes
) -> list[tuple[ListName, int, list[LeadRow]]]:
    return [
        (name, lists[name].num_rows, _lead_rows(lists[name].slice(0, most), carried, times))
        for name in LISTS
        if lists[name].num_rows
    ]


def _of(
    lists: Mapping[ListName, pa.Table], column: str, name: str | None
) -> dict[ListName, pa.Table]:
    """The leads of a person; of nobody where the name is None."""
    return {
        key: rows.filter(
            rows[column].is_null()
            if name is None
            else pc.fill_null(pc.equal(rows[column], name), False)
        )
        for key, rows in lists.items()
    }


def _lead_rows(rows: pa.Table, carried: Sequence[str], times: LocalTimes) -> list[LeadRow]:
    morning = times.morning
    audience = Audience(morning.language, morning.labels)
    first, *others = [*(name for name in carried if name != morning.person), "lead_id"]
    headings = {name: label(name.removesuffix(_CARRIED), audience) for name in others}
    names = ("probability", "probability_low", "probability_high")
    found, low, high = (rows[name].combine_chunks() for name in names)
    chances = chances_in_range(found, low, high, morning.language)
    return [
        LeadRow(
            name=str(row[first] or row["lead_id"]),
            contact=[(headings[name], str(row[name])) for name in others[:-1] if row[name]],
            lead_id=row["lead_id"],
            grade=row["grade"] or "",
            chance=(said or "").replace(" %", "\N{NO-BREAK SPACE}%"),
            instruction=row["instruction"] or "",
            until=times.until(row["respond_by"]) if row["respond_by"] else "",
            late=times.late_by(row["hours_late"]) if row["hours_late"] else "",
            is_new=bool(row["is_new"]),
            topic=row["topic"] or "",
            reasons=[text for text in (row["reason_1"], row["reason_2"]) if text],
            ask=row["ask"] or "",
        )
        for row, said in zip(rows.to_pylist(), chances, strict=True)
    ]
