"""What a night writes for the people who work from it."""

from collections.abc import Sequence
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.days import day_number, midnight_utc
from features.files.output import Output
from propensity.concepts.wording import plain
from propensity.config.config import Config
from propensity.language import CATALOGUES
from propensity.night.list_files import write_lists, write_teams
from propensity.night.lists import READ, ListedLead, Morning, lists_of
from propensity.night.page.page import write_pages
from propensity.night.recycling import Recycling
from propensity.night.teams import teams_of
from propensity.registry.champion import Champion
from propensity.scoring.scored_file import SCORED_FILE
from propensity.scoring.scorer import carried_names


def morning_of(
    config: Config,
    champion: Champion,
    night: date,
    timezone: str,
    worked_on: set[tuple[str, int]] | None,
    contacts_until: datetime | None = None,
) -> Morning:
    """The morning after a night.

    Args:
        config: Language, names and columns of the company.
        champion: The signed pair, whose definition names the roles.
        night: The day.
        timezone: Time zone in which times are told.
        worked_on: Lead and episode of those with whom sales did something; None where nobody knows.
        contacts_until: Moment up to which contacts are known, where that is before the night.
    """
    definition = champion.agreed.definition if champion.agreed else None
    roles = dict(definition.roles) if definition else {}
    givers = [hand_off.giver for hand_off in definition.hand_offs] if definition else []
    named = dict(zip(config.columns.carry, carried_names(config.columns.carry), strict=True))
    person = config.nightly.person or config.audit.salesperson or ""
    return Morning(
        night,
        midnight_utc(day_number(night), timezone),
        timezone,
        config.language,
        worked_on,
        roles=roles,
        returns_to=plain(roles[givers[0]]) if givers else None,
        contacts_until=contacts_until,
        person=named.get(person),
        labels=config.audience.labels,
    )


def listed(lost: Recycling, language: str) -> list[ListedLead]:
    """The leads that are to be approached again, as the lists hold them."""
    words = CATALOGUES[language]
    return [
        ListedLead(*lead.key, lead.why(words), lead.owner, lead.since) for lead in lost.standing
    ]


def write_morning(
    config: Config,
    morning: Morning,
    folder: Output,
    *,
    recycle: Sequence[ListedLead] = (),
    known: pa.Table | None = None,
) -> dict[str, int]:
    """Write the lists, and for each team a table and a page; return how many leads a list holds.

    Args:
        config: Names the columns that are carried.
        morning: The morning.
        folder: Folder of the night, with its scored file.
        recycle: Leads that are to be approached again.
        known: ``lead_id`` and the carried columns of those.

    Raises:
        ConfigError: A file cannot be written.
    """
    carried = carried_names(config.columns.carry)
    rows = pq.read_table(
        folder.path / SCORED_FILE,
        columns=[*READ, *carried],
        filters=pc.field("handed_over_on").is_valid(),
    )
    names = dict(zip(config.columns.carry, carried, strict=True))
    if known is not None:
        known = known.rename_columns([names.get(name, name) for name in known.column_names])
    lists = lists_of(rows, morning, carried, recycle=recycle, known=known)
    teams = teams_of(lists, morning)
    write_lists(lists, morning, folder)
    write_teams(teams, morning, folder)
    contact = [ours for name, ours in names.items() if name != config.compare_with]
    write_pages(teams, morning, contact, folder)
    return {name: rows.num_rows for name, rows in lists.items()}
