"""One night: scored, handed over once, remembered, listed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from features.days import date_of, day_number, midnight_utc
from features.errors import RefusedError
from features.files.output import Output
from features.zone import zone
from propensity.config.config import Config
from propensity.crm.export import CrmFile, export
from propensity.crm.profile import profiles_of
from propensity.definition.schema import Definition
from propensity.grading.memory import Memory
from propensity.input_check.accepted_input import AcceptedInput, accepted_input
from propensity.inputs import inputs_of
from propensity.ledger.ledger import Ledger, LedgerFact, Night, ledger_of, was_run
from propensity.night import decided
from propensity.night.learned import learned, stage_meanings, with_learned
from propensity.night.lists import Morning
from propensity.night.night_input import (
    contacts_known_until,
    night_input,
    read_night_input,
    write_night_input,
)
from propensity.night.overridden import OverridesUsed, overrides_of, overrides_used
from propensity.night.overrides_file import OverridesRead
from propensity.night.recycling import Recycling, carried_of, recycling
from propensity.night.written import listed, morning_of, write_morning
from propensity.progress import OnStep, silent
from propensity.registry.champion import Champion
from propensity.scoring.delivery import delivery_of
from propensity.scoring.job import ScoringResources, Summary, score_to_file
from propensity.scoring.scored_file import SCORED_FILE
from propensity.scoring.scorer import Progress

if TYPE_CHECKING:
    from propensity.scores_database.deliver import Delivered


@dataclass(frozen=True)
class NightRun:
    """What a night did.

    Attributes:
        summary: The scoring in figures.
        folder: Folder of the night: the scored file, and the lists.
        lists: Name of a list to the number of its leads.
        is_made_up: Whether later nights were run before, so that it handed over nothing.
        is_repeated: Whether the night had been run before.
        knows_attempts: Whether events of sales are recorded; without them nothing is late.
        contacts_until: Local moment up to which contacts are known; None where that is not before
            the start of the night.
        is_behind: Whether that is longer ago than in the ordinary course of things, a day.
        cooled: Leads that cooled in this night.
        crm: Files for other systems.
        delivered: What the database of ``output.database`` took; None where there is none.
        overrides: What became of the overrides.
    """

    summary: Summary
    folder: Path
    lists: Mapping[str, int] = field(default_factory=dict)
    is_made_up: bool = False
    is_repeated: bool = False
    knows_attempts: bool = True
    contacts_until: datetime | None = None
    is_behind: bool = False
    cooled: int = 0
    crm: tuple[CrmFile, ...] = ()
    delivered: "Delivered | None" = None
    overrides: OverridesUsed = field(default_factory=OverridesUsed)


def run_night(
    config: Config,
    champion: Champion,
    as_of_day: int,
    *,
    read: tuple[tuple[str, Path | str | None], ...] = (),
    accept_input: str | None = None,
    resources: ScoringResources,
    on_step: OnStep = silent,
    on_progress: Progress | None = None,
) -> NightRun:
    """Run a night; a second run of the same night changes nothing.

    The ledger's transaction is what counts: a run that was killed before it did nothing, and one
    that was killed after it is finished by running it again.

    Args:
        config: Configuration of sources, ledger and folders.
        champion: The signed pair.
        as_of_day: Number of the day at whose start leads are looked at.
        read: Further files that are read, with what people call them.
        accept_input: Why leads are scored although the input differs from training.
        resources: What may be used.
        on_step: Told about progress.
        on_progress: Told how many leads are scored.

    Raises:
        RefusedError: The definition is a draft, or there is none; or the input is not what the
            model was trained on. Nothing was written or handed over.
        LedgerError: The ledger cannot be used, or holds this night by another pair.
        ScoresDatabaseError: The database did not take the scores; run the night again, which
            finishes it.
        PropensityError: See ``propensity.api.score``.
    """
    definition = _signed(champion, config)
    profiles = profiles_of(config, champion.model.spec.timezone)
    night = date_of(as_of_day)
    folder = inputs_of(config, *read).folder(
        Path(config.nightly.folder) / night.isoformat(), "nightly.folder", mode=config.output.mode
    )
    with (
        ledger_of(config) as ledger,
        accepted_input(
            champion, config, as_of_day, resources, accept_input=accept_input, on_step=on_step
        ) as found,
    ):
        run = _Night(config, champion, definition, ledger, found, night, folder)
        memory, overrides, news = run.remembered()
        summary = score_to_file(
            champion,
            found.store,
            as_of_day,
            config=config,
            output=run.scored,
            tonight=found.tonight,
            memory=memory,
            accepted=accept_input,
            resources=resources,
            on_progress=on_progress,
        )
        summary.differences, summary.doubts = found.differences, found.doubts
        lost = run.lost(hands_over=memory.hands_over)
        on_step("writing the hand-overs down", 0.0)
        cooled = run.record(memory, [*news, *lost.facts], summary)
        if (delivery := delivery_of(config, champion, as_of_day, on_step)) is not None:
            delivery.from_file(run.scored.path)
        on_step("writing the lists", 0.0)
        morning, counts, used = run.write(lost, overrides)
        written: tuple[CrmFile, ...] = ()
        if profiles and memory.hands_over:  # a made-up night is older than what systems hold by now
            on_step("writing the files for other systems", 0.0)
            written = export(profiles, folder, night)
        return NightRun(
            summary,
            folder.path,
            counts,
            is_made_up=not memory.hands_over,
            is_repeated=run.is_repeated,
            knows_attempts=run.knows_attempts,
            contacts_until=run.contacts_until and run.contacts_until.astimezone(run.zone),
            is_behind=morning.is_behind,
            cooled=cooled,
            crm=written,
            delivered=delivery.done if delivery else None,
            overrides=used,
        )


def _signed(champion: Champion, config: Config) -> Definition:
    """The definition by which leads are handed over.

    Raises:
        RefusedError: There is none, it is a draft, or the input has no days.
    """
    if config.input.is_flat:
        raise RefusedError(
            "A flat table has no days, so nothing can be handed over by night; `propensity score`"
            " scores it."
        )
    agreed = champion.agreed
    if agreed is None or agreed.definition is None:
        raise RefusedError(
            "No definition says who is handed over; write one (`propensity definition write"
            " CONFIG`), sign it with `propensity promote`, or use `propensity score`."
        )
    if agreed.is_draft:
        raise RefusedError(
            f"Definition {agreed.version} is not signed for version {champion.version} of the"
            " model, so nothing was handed over. Sign it with `propensity promote … --signed-by`,"
            " or use `propensity score`."
        )
    return agreed.definition


class _Night:
    """The steps of a night around its scoring."""

    def __init__(
        self,
        config: Config,
        champion: Champion,
        definition: Definition,
        ledger: Ledger,
        found: AcceptedInput,
        night: date,
        folder: Output,
    ) -> None:
        self.config, self.champion, self.definition = config, champion, definition
        self.ledger, self.found, self.night, self.folder = ledger, found, night, folder
        self.scored = folder / SCORED_FILE
        self.pair = (champion.version, champion.agreed.version if champion.agreed else "")
        self.is_repeated = was_run(ledger.nights(), night, self.pair)
        self.zone = zone(found.store.timezone)
        start = midnight_utc(day_number(night), found.store.timezone)
        before = read_night_input(folder.path) if self.is_repeated else None
        self.contacts_until = contacts_known_until(found, start, before)

    @property
    def knows_attempts(self) -> bool:
        """Whether events of sales are recorded."""
        return "sales" in self.champion.model.spec.events.actors.values()

    def remembered(self) -> tuple[Memory, OverridesRead, list[LedgerFact]]:
        """What the nights before left, what was decided of single leads, and what has come to be
        known since.
        """
        before = self.ledger.before(self.night)
        news = list(
            learned(
                self.found.store,
                self.champion.model.spec.events,
                before,
                self.night,
                stage_meanings=stage_meanings(self.config),
            )
        )
        read = overrides_of(self.config, self.night, self.folder, is_repeated=self.is_repeated)
        return replace(with_learned(before, news), overrides=read.overrides), read, news

    def lost(self, *, hands_over: bool) -> Recycling:
        """Lost leads that are due to be approached again."""
        return recycling(
            self.found.store,
            self.definition,
            self.champion.model.spec.events,
            self.ledger.recycled(self.night),
            self.night,
            hands_over=hands_over,
        )

    def record(self, memory: Memory, news: list[LedgerFact], summary: Summary) -> int:
        """Write the night down; return how many leads cooled."""
        rows = pq.read_table(self.scored.path, columns=list(decided.READ))
        moment = midnight_utc(day_number(self.night), self.found.store.timezone)
        facts = [
            *decided.decided(
                rows,
                memory,
                self.night,
                moment.replace(tzinfo=None),
                overridden=self.ledger.overridden(self.night),
            ),
            *news,
        ]
        over = sum(fact.kind == "handed over" for fact in facts)
        with self.scored.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.ledger.record(Night(self.night, *self.pair, digest, summary.leads, over), facts)
        return sum(fact.kind == "cooled" for fact in facts)

    def write(
        self, lost: Recycling, overrides: OverridesRead
    ) -> tuple[Morning, Mapping[str, int], OverridesUsed]:
        """Write lists, pages and how the input stood; return the morning, how many leads each list
        holds, and what became of the overrides.
        """
        store = self.found.store
        columns = ["lead_id", "episode", "decided_by", "override"]
        used = overrides_used(overrides, pq.read_table(self.scored.path, columns=columns), store)
        worked = self.ledger.worked_on(self.night) if self.knows_attempts else None
        morning = morning_of(
            self.config,
            self.champion,
            self.night,
            store.timezone,
            worked,
            self.contacts_until,
        )
        counts = write_morning(
            self.config,
            morning,
            self.folder,
            recycle=listed(lost, self.config.language),
            known=carried_of(store, lost.standing),
        )
        write_night_input(
            night_input(self.night, self.champion.model, self.found, self.contacts_until),
            self.folder,
        )
        return morning, counts, used
