"""What is watched: the nights that were run, what they served, and what the sources know today."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.days import date_of, day_number
from features.errors import ConfigError, RefusedError
from features.resources import Resources
from features.store import Store
from features.zone import zone
from propensity.concepts.wording import plain
from propensity.config.config import Config
from propensity.definition.schema import Definition
from propensity.language import Catalogue, catalogue
from propensity.ledger.ledger import LedgerFact, Night, ledger_of
from propensity.progress import OnStep, silent
from propensity.registry import Promotion, Registry
from propensity.registry.champion import Champion, champion_by_numbers
from propensity.scoring.job import ScoringResources, open_input
from propensity.scoring.scored_file import SCORED_FILE

_WEEK = timedelta(days=7)
_YEAR = 52 * _WEEK


@dataclass(frozen=True)
class Watched:
    """What a look at the nights reads.

    Attributes:
        config: Names sources, nights, ledger and registry.
        champion: The pair that ran the newest night.
        store: The canonical tables, as the nightly run reads them.
        nights: The nights up to the look, oldest first, of all pairs.
        facts: What the ledger knew at the look, lead by lead.
        as_of: The day at whose start is looked, after its night was run; what happened or became
            known on it or later is not seen.
        promotions: The promotion log, oldest first.
    """

    config: Config
    champion: Champion
    store: Store
    nights: tuple[Night, ...]
    facts: tuple[LedgerFact, ...]
    as_of: date
    promotions: tuple[Promotion, ...] = ()
    _read: dict[date, Path | None] = field(default_factory=dict, repr=False, compare=False)

    def words(self, topic: str) -> Catalogue:
        """The texts of a question, in the language of the configuration."""
        goal = self.config.goal
        stage = None if goal is None or goal.stage == "won" else plain(goal.stage)
        return catalogue("training.monitor", self.config.language, topic).of_goal(stage)

    @property
    def pair(self) -> tuple[str, str]:
        """Version of the model, and of the definition."""
        return self.nights[-1].model_version, self.nights[-1].definition_version

    @property
    def definition(self) -> Definition:
        """The signed definition."""
        agreed = self.champion.agreed
        if agreed is None or agreed.definition is None:
            raise ValueError("expected a definition: a night hands over by a signed one only")
        return agreed.definition

    @cached_property
    def of_pair(self) -> tuple[Night, ...]:
        """The nights since this pair took over for the last time."""
        found: list[Night] = []
        for night in reversed(self.nights):
            if (night.model_version, night.definition_version) != self.pair:
                break
            found.append(night)
        return tuple(reversed(found))

    @property
    def since(self) -> date:
        """The first night of the pair."""
        return self.of_pair[0].as_of

    @property
    def weeks(self) -> float:
        """Weeks since the pair took over."""
        return (self.as_of - self.since) / _WEEK

    @property
    def until(self) -> int:
        """Number of the day before which everything is known: the look's, or the one on which the
        sources end, where they end earlier.
        """
        return min(day_number(self.as_of), self.store.observed_day)

    @property
    def tables_end(self) -> date:
        """The last day of which the sources tell anything."""
        return date_of(self.store.observed_day)

    @property
    def horizon(self) -> int:
        """Days within which a lead is promised to close."""
        if self.config.goal is None:
            raise ValueError("expected a goal: what is watched has nights, a flat table has none")
        return self.config.goal.horizon_days

    @cached_property
    def weekly(self) -> tuple[Night, ...]:
        """The first night of each week."""
        first: dict[date, Night] = {}
        for night in self.nights:
            first.setdefault(monday(night.as_of), night)
        return tuple(first.values())

    def served(self, night: date, columns: Sequence[str] | None = None) -> pa.Table | None:
        """The scores of a night, as they were served; None where the file is gone, or is not the
        one that the ledger knows.

        Args:
            night: The day.
            columns: Names of the columns that are read; None for all.
        """
        path = self._found(night)
        return None if path is None else pq.read_table(path, columns=columns and list(columns))

    @cached_property
    def missing(self) -> tuple[date, ...]:
        """Nights of the newest year whose scores are gone, or are not those that were served."""
        since = self.nights[-1].as_of - _YEAR
        days = (night.as_of for night in self.nights if night.as_of > since)
        return tuple(day for day in days if self._found(day) is None)

    def _found(self, night: date) -> Path | None:
        if night not in self._read:
            path = Path(self.config.nightly.folder) / night.isoformat() / SCORED_FILE
            known = next((ran.scored_sha256 for ran in self.nights if ran.as_of == night), None)
            self._read[night] = path if _is(path, known) else None
        return self._read[night]


@contextmanager
def watched(
    config: Config,
    *,
    as_of: date | None = None,
    resources: Resources,
    on_step: OnStep = silent,
) -> Iterator[Watched]:
    """Open what a look reads.

    Args:
        config: Names sources, nights, ledger and registry.
        as_of: Day of the look; default today, in the model's time zone.
        resources: What may be used.
        on_step: Told about progress.

    Raises:
        RefusedError: The input is a flat table, or no night was run up to the look.
        RegistryError: The pair of the newest night is not there, or the registry cannot be reached.
        LedgerError: The ledger cannot be reached.
        DataError: The sources cannot be used.
    """
    if config.input.is_flat:
        raise RefusedError("A flat table has no nights, so there is nothing to watch.")
    on_step("reading the ledger", 0.0)
    day = as_of or datetime.now(zone(config.input.timezone or "UTC")).date()
    with ledger_of(config) as ledger:
        nights = tuple(night for night in ledger.nights() if night.as_of <= day)
        facts = tuple(fact for fact in ledger.facts() if fact.as_of <= day)
    if not nights:
        raise RefusedError(
            f"No night was run up to {day}, so there is nothing to watch; `propensity nightly"
            " CONFIG` runs one."
        )
    on_step("loading the model", 0.05)
    newest = nights[-1]
    champion = champion_by_numbers(
        config, int(newest.model_version), int(newest.definition_version)
    )
    on_step("reading the sources", 0.1)
    allowed = ScoringResources(resources.memory_limit or "2GB", resources.threads)
    with open_input(config, champion.model, allowed, quarantines=False) as store:
        yield Watched(
            config,
            champion,
            store,
            nights,
            facts,
            day,
            tuple(Registry.of(config).promotions()),
        )


def monday(day: date) -> date:
    """The Monday on which a day's week begins.

    >>> monday(date(2025, 3, 21))
    datetime.date(2025, 3, 17)
    """
    return day - timedelta(days=day.weekday())


def _is(path: Path, known: str | None) -> bool:
    """Whether a file is there, and is the one with a hash."""
    if known is None or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == known
    except OSError as error:
        raise ConfigError(f"{path}: expected the scores of a night, got: {error}.") from None
