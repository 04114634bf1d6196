"""A simulated company lived night by night: tables as known then, `nightly`, and sales reacts.

The tables of a night hold what was written down before it. What `nightly` hands over lies on the
sales team's desk in the morning; what sales does about it stands in the tables of the next night.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import ConfigError
from propensity.api import nightly
from propensity.config.config import Config
from propensity.ledger.ledger import ledger_of
from propensity.night.run import NightRun
from propensity.scoring.differences import InputStopError
from propensity.scoring.job import ScoringResources
from propensity.scoring.scored_file import SCORED_FILE
from training.simulate.command import write
from training.simulate.company import Company
from training.simulate.desk import HandOver
from training.simulate.identity import company_in
from training.simulate.life import life_of
from training.simulate.tables import World

_IMPORTED_AFTER = 6 * 3_600_000  # milliseconds after midnight: lists are read in by then


@dataclass(frozen=True)
class LivedNight:
    """A night, and what it did.

    Attributes:
        day: The day at whose start leads were looked at.
        run: What `nightly` did; None where the night was lived before, or refused.
        refused: Why the input was refused, so that nothing was handed over; else None.
    """

    day: dt.date
    run: NightRun | None = None
    refused: str | None = None


class LivingCompany:
    """A company from its today on.

    Until today leads were handed over by the old rule; from then on by what it is told.

    Attributes:
        company: What is simulated.
        today: The day whose start has come.
    """

    def __init__(self, company: Company) -> None:
        self.company, self.today = company, company.today
        self._life = life_of(company)
        self._desk = self._life.desk()
        self._desk.take(self._life.by_the_old_rule(self._life.calendar.today))
        self._desk.work(self._life.calendar.today)
        self._place = {name: place for place, name in enumerate(self._life.names.to_pylist())}

    @property
    def end(self) -> dt.date:
        """The last day that can be lived."""
        return self.company.observed_until

    def tables(self) -> World:
        """The tables as they stand at the start of today."""
        return self._life.tables_on(self.today, self._desk)

    def live(self, handed_over: list[tuple[str, dt.datetime | None]]) -> None:
        """Let a day go by.

        Args:
            handed_over: Lead and deadline of what the night handed over.

        Raises:
            ConfigError: A lead that the company does not have.
            ValueError: The company's life is over.
        """
        if self.today >= self.end:
            raise ValueError(f"The company lives until {self.end}.")
        calendar = self._life.calendar
        number = (self.today - calendar.dates[0]).days
        at = int(calendar.midnights[number]) + _IMPORTED_AFTER
        self._desk.take(
            HandOver(self._place_of(lead), at, round(due.timestamp() * 1000) if due else None)
            for lead, due in handed_over
        )
        self._desk.work(int(calendar.midnights[number + 1]))
        self.today += dt.timedelta(days=1)

    def _place_of(self, lead: str) -> int:
        if lead not in self._place:
            raise ConfigError(
                "The night handed over a lead that the simulated company does not have: its scored"
                " file and FOLDER are of different companies."
            )
        return self._place[lead]


def nights(
    folder: Path,
    config: Config,
    *,
    count: int,
    resources: ScoringResources | None = None,
    on_night: Callable[[LivedNight], None] | None = None,
) -> list[LivedNight]:
    """Live a company's first nights after its history: at the end, so many have been lived.

    Nights that the ledger holds are not run again; sales reacts to what they handed over. So a run
    that was killed is finished by running it again, and ends with the same tables.

    Args:
        folder: Tables that ``write`` wrote, of a company with rounds ahead.
        config: Reads these tables; a signed pair is the champion of its model.
        count: Nights from the first one on.
        resources: What a night may use.
        on_night: Told about each night once it is over.

    Returns:
        All nights, the first one first.

    Raises:
        ConfigError: The folder holds no such company, or the configuration reads other tables.
        RefusedError: Nobody signed the pair.
        PropensityError: See ``propensity.nightly``.
    """
    _check(config, folder)
    company = company_in(folder)
    ahead = (company.observed_until - company.today).days
    if not 1 <= count <= ahead:
        raise ConfigError(
            f"--nights: expected 1 to {ahead}, the nights that lie ahead of this company, got"
            f" {count}."
        )
    living = LivingCompany(company)
    with ledger_of(config) as ledger:
        ran = {night.as_of for night in ledger.nights()}
    found = []
    for _ in range(count):
        night = LivedNight(living.today)
        if not any(day >= living.today for day in ran):
            write(living.tables(), folder)
            night = _run(config, living.today, resources)
        scored = Path(config.nightly.folder) / living.today.isoformat() / SCORED_FILE
        living.live(handed_over_in(scored, living.today) if night.refused is None else [])
        found.append(night)
        if on_night is not None:
            on_night(night)
    write(living.tables(), folder)
    return found


def _run(config: Config, day: dt.date, resources: ScoringResources | None) -> LivedNight:
    try:
        return LivedNight(day, nightly(config, as_of=day, resources=resources))
    except InputStopError as error:
        return LivedNight(day, refused=str(error))


def handed_over_in(scored: Path, night: dt.date) -> list[tuple[str, dt.datetime | None]]:
    """Lead and deadline of what a night handed over, by its scored file; nothing where there is
    none.
    """
    if not scored.is_file():
        return []
    names = ["lead_id", "respond_by", "handed_over_on"]
    rows = pq.read_table(scored, columns=names, filters=pc.field("handed_over_on") == night)
    rows = rows.sort_by("lead_id")
    return list(zip(rows["lead_id"].to_pylist(), rows["respond_by"].to_pylist(), strict=True))


def _check(config: Config, folder: Path) -> None:
    here = folder.resolve()
    for table in (config.input.leads, *config.input.events, config.input.outcomes):
        path = None if table is None else table.path
        if path is None or Path(str(path)).resolve().parent != here:
            raise ConfigError(
                f"--config: expected a configuration that reads the tables of {folder}, got one"
                f" that reads {path or 'others'}."
            )
