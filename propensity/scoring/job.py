"""A scoring job: from a configuration to ranked scores in a file or in memory, with a summary for
people.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.days import date_of
from features.files.output import Output
from features.files.whole_file import draft_of
from features.intake import open_store
from features.intake.learned_writings import learned_writings
from features.intake_report import IntakeReport, TableCounts
from features.kinds import ValueKind
from features.resources import Resources
from features.store import Store
from propensity.config.config import Config
from propensity.config.own_code import with_own_code
from propensity.definition.schema import CASES
from propensity.grading.agreed import says_draft
from propensity.grading.grading import GRADES, QUADRANTS
from propensity.grading.memory import Memory
from propensity.language import CATALOGUES
from propensity.model.model import PropensityModel
from propensity.model.same_input import refuse_other_input
from propensity.registry.champion import Champion
from propensity.scoring.ahead import Beside
from propensity.scoring.differences import InputDifference
from propensity.scoring.reasons import tallied
from propensity.scoring.scored_file import write_whole
from propensity.scoring.scorer import (
    BATCH_LEADS,
    Progress,
    Telling,
    carried_names,
    ranks,
    score,
    telling_of,
)
from propensity.scoring.tonight import Tonight

#: Who scores a store instead of this process: gives the rows of ``score``, in the same order, in
#: tables of any size. Gets the model, the store, the as-of day, how rows are told and the
#: population.
Engine = Callable[[PropensityModel, Store, int, Telling, Tonight | None], Iterator[pa.Table]]

#: Of DuckDB, unless somebody says otherwise. Left to itself it takes most of the machine's memory.
MEMORY_LIMIT = "2GB"
#: Leads shown in a summary.
BEST = 10
#: Share of a table's rows that may be left out without a second look.
FEW = 0.05
_PLACE = 6  # rank and percentile stand behind the chance and its interval


@dataclass(frozen=True)
class ScoringResources(Resources):
    """What a scoring job may use.

    Attributes:
        memory_limit: Memory limit of DuckDB, such as ``"4GB"``; beyond it DuckDB uses the disk. The
            process needs up to 2 GB more for the leads at hand, and 8 bytes per event for a moment.
        threads: Number of threads of DuckDB and of the kernel; default all.
        batch_leads: Leads in memory at a time.
    """

    memory_limit: str | None = MEMORY_LIMIT
    batch_leads: int = BATCH_LEADS


@dataclass
class Summary:
    """A job in figures.

    Attributes:
        model: Name of the model.
        version: Its version.
        as_of: The day at whose start the leads were looked at; None for a flat table.
        leads: Scored.
        definition: Version of the definition; says DRAFT where it is not signed, empty where there
            is none.
        quadrants: Leads by quadrant; empty where leads differ on one axis only.
        grades: Leads by grade, those that some lead has, the best first.
        cases: Leads by what decided their instruction; empty without a definition.
        handed_over: Leads that are handed over tonight; None where nothing is.
        absent: Columns that the model reads and the input lacks.
        muted: Columns that the input holds in another way than training did, and that tell nothing
            where it does.
        warnings: Rows by warning.
        evidence: Reasons by what became of leads alike: see ``evidence.VERDICTS``.
        best: Up to ten rows, rank 1 first.
        carried: Name in the rows of each carried column that says who a lead is, to its name in the
            source.
        timezone: Time zone in which deadlines are told.
        intake: What came in.
        observed_until: The newest day in the sources; None where no time is known.
        differences: How the input differs from what training saw.
        doubts: What the rules of the definition cannot do on this input, a sentence each.
    """

    model: str
    version: str
    as_of: date | None
    leads: int = 0
    definition: str = ""
    quadrants: dict[str, int] = field(default_factory=dict)
    grades: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    handed_over: int | None = None
    absent: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    warnings: dict[str, int] = field(default_factory=dict)
    evidence: dict[str, int] = field(default_factory=dict)
    best: list[dict[str, object]] = field(default_factory=list)
    carried: dict[str, str] = field(default_factory=dict)
    timezone: str = "UTC"
    intake: IntakeReport = field(default_factory=IntakeReport)
    observed_until: date | None = None
    differences: tuple[InputDifference, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def is_draft(self) -> bool:
        """Whether leads were graded by a definition that is not signed for this model."""
        return says_draft(self.definition)

    @property
    def matters(self) -> bool:
        """Whether somebody should look before using the scores.

        So it is where nothing was scored, a column that the model reads is empty, missing or holds
        other values than in training, many rows were left out, a rule cannot hold, or the
        definition is not signed; a few bad rows and new values are every night's business.
        """
        return (
            not self.leads
            or bool(self.absent)
            or bool(self.muted)
            or bool(self.differences)
            or bool(self.doubts)
            or self.is_draft
            or any(map(_many_left_out, self.intake.tables.values()))
        )


def open_input(
    config: Config,
    model: PropensityModel,
    resources: Resources,
    *,
    as_of_day: int | None = None,
    only_open: bool = False,
    quarantines: bool = True,
) -> Store:
    """Open the sources of a configuration for a model.

    Args:
        config: Names the sources.
        model: The model whose columns are read.
        resources: What may be used.
        as_of_day: Number of the day at whose start leads are looked at, for queries that ask.
        only_open: Whether rows of a flat table whose outcome is known are left out.
        quarantines: Whether rows that cannot be used are written to the quarantine folder; a trial
            writes nothing.

    Raises:
        ConfigError: The input has another shape, or another time zone, than the model was trained
            on.
        DataError: The sources cannot be used.
    """
    refuse_other_input(config, model)
    carried: dict[str, ValueKind] = dict.fromkeys(config.columns.carry, "text")
    store = open_store(
        config.input,
        config.columns,
        kinds=carried | dict(model.spec.column_kinds),
        writings=learned_writings(model.spec),
        purpose="score",
        as_of_day=as_of_day,
        only_open=only_open,
        filters=model.spec.events.filters,
        quarantine=Path(config.output.quarantine) if quarantines else None,
        quarantine_mode=config.output.mode,
        resources=resources,
        case_matters=config.features.case_matters,
    )
    return with_own_code(store, config)


def score_to_file(
    champion: Champion,
    store: Store,
    as_of_day: int,
    *,
    config: Config,
    output: Output,
    tonight: Tonight | None = None,
    memory: Memory | None = None,
    accepted: str | None = None,
    engine: Engine | None = None,
    resources: ScoringResources | None = None,
    on_progress: Progress | None = None,
    also: Callable[[pa.Schema, Iterator[pa.Table]], None] | None = None,
) -> Summary:
    """Score a store into a file that appears when it is complete.

    Ranking needs every lead's log-odds first, so that batches wait in a temporary file beside the
    output; only their log-odds stay in memory.

    Args:
        champion: The model.
        store: The opened input.
        as_of_day: Number of the local day at whose start the leads are looked at.
        config: Configuration for language and output.
        output: Ends in ``.parquet`` or ``.csv``.
        tonight: The population, where somebody looked at it before.
        memory: What the nights before handed over; None where nothing is handed over.
        accepted: Why a doubtful input is scored; stands in every row.
        engine: Who scores the rows; None for this process.
        resources: What the job may use.
        on_progress: See ``score``.
        also: Gets the same rows once more, after the file is complete.
    """
    summary, told = begun(
        champion, store, as_of_day, config=config, tonight=tonight, memory=memory, accepted=accepted
    )
    rows = engine or _here(resources, on_progress)
    tables = rows(champion.model, store, as_of_day, told, tonight)
    with draft_of(output) as waiting:
        log_odds, schema = _spooled(tables, waiting)
        rank = ranks(log_odds, order_of_ties(store, len(log_odds)))
        with pa.OSFile(str(waiting), "rb") as file:  # mapped, its pages would count as ours
            reader = pa.ipc.open_file(file)
            ranked = counted(
                with_ranks(_batches(reader), rank, config.language),
                summary,
                remembers=memory is not None,
            )
            write_whole(output, ranked_schema(schema), ranked, reasons=config.output.reasons)
            if also is not None:
                also(ranked_schema(schema), with_ranks(_batches(reader), rank, config.language))
    return summary


def _batches(reader: pa.RecordBatchFileReader) -> Iterator[pa.Table]:
    for place in range(reader.num_record_batches):
        yield pa.Table.from_batches([reader.get_batch(place)])


def score_to_table(
    champion: Champion,
    store: Store,
    as_of_day: int,
    *,
    config: Config,
    tonight: Tonight | None = None,
    memory: Memory | None = None,
    accepted: str | None = None,
    engine: Engine | None = None,
    resources: ScoringResources | None = None,
    on_progress: Progress | None = None,
) -> tuple[pa.Table, Summary]:
    """Score a store into memory; see ``score_to_file``."""
    summary, told = begun(
        champion, store, as_of_day, config=config, tonight=tonight, memory=memory, accepted=accepted
    )
    rows = engine or _here(resources, on_progress)
    tables = list(rows(champion.model, store, as_of_day, told, tonight))
    log_odds = np.concatenate([table["log_odds"].to_numpy() for table in tables])
    rank = ranks(log_odds, order_of_ties(store, len(log_odds)))
    return (
        pa.concat_tables(
            list(
                counted(
                    with_ranks(iter(tables), rank, config.language),
                    summary,
                    remembers=memory is not None,
                )
            )
        ),
        summary,
    )


def begun(
    champion: Champion,
    store: Store,
    as_of_day: int,
    *,
    config: Config,
    tonight: Tonight | None = None,
    memory: Memory | None = None,
    accepted: str | None = None,
) -> tuple[Summary, Telling]:
    """A job before any row is scored: its summary with what is known of the whole input, and how
    its rows are told; see ``score_to_file``.
    """
    summary = _summary(champion, store, as_of_day, config)
    asked = replace(telling(champion, config, memory), accepted=accepted)
    told = telling_of(champion.model, store, asked, as_of_day, tonight=tonight)
    summary.absent, summary.muted = told.absent, tuple(told.muted)
    return summary, told


def percentiles(rank: NDArray[np.int64], n: int, language: str) -> pa.StringArray:
    """(len(rank),) ``top 20 %``: the share of all n leads that rank at least as high, rounded
    up.
    """
    words = CATALOGUES[language]
    texts = pa.array([words.say("percentile", n=share) for share in range(101)], pa.string())
    return texts.take(pa.array(-(-100 * rank // max(n, 1))))


def _here(resources: ScoringResources | None, on_progress: Progress | None) -> Engine:
    """Scores in this process."""
    use = resources or ScoringResources()

    def rows(
        model: PropensityModel,
        store: Store,
        as_of_day: int,
        told: Telling,
        tonight: Tonight | None,
    ) -> Iterator[pa.Table]:
        return score(
            model,
            store,
            as_of_day,
            telling=told,
            tonight=tonight,
            batch_leads=use.batch_leads,
            threads=use.threads,
            on_progress=on_progress,
        )

    return rows


def _summary(champion: Champion, store: Store, as_of_day: int, config: Config) -> Summary:
    carry = config.columns.carry
    names = zip(carried_names(carry), carry, strict=True)
    return Summary(
        champion.name,
        champion.version,
        None if store.is_flat else date_of(as_of_day),
        intake=store.report,
        observed_until=date_of(store.observed_day) if store.observed_until else None,
        definition=champion.agreed.version if champion.agreed else "",
        carried={ours: name for ours, name in names if name != config.compare_with},
        timezone=store.timezone,
    )


def telling(champion: Champion, config: Config, memory: Memory | None = None) -> Telling:
    """How a champion's rows are told."""
    return Telling(
        champion.name,
        champion.version,
        config.language,
        config.output.reasons,
        agreed=champion.agreed,
        memory=memory,
        labels=config.labels_in(config.language),
    )


def _many_left_out(counts: TableCounts) -> bool:
    return sum(counts.quarantined.values()) > FEW * counts.read


def _spooled(tables: Iterator[pa.Table], path: Path) -> tuple[NDArray[np.float64], pa.Schema]:
    """Write batches to an Arrow file, each while the next is scored; return their log-odds and
    schema.
    """
    first = next(tables)
    log_odds: list[NDArray[np.float64]] = []
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with (
        pa.OSFile(str(path), "wb") as file,
        pa.ipc.new_file(file, first.schema, options=options) as writer,
        Beside(name="spool") as beside,
    ):
        for table in chain([first], tables):
            log_odds.append(table["log_odds"].to_numpy())
            beside.do(writer.write_table, table.combine_chunks())
    return np.concatenate(log_odds), first.schema


def order_of_ties(store: Store, n: int) -> NDArray[np.int64]:
    """(n,) the place of each row among all by lead_id."""
    if not store.is_flat:
        return np.arange(n)  # leads are numbered by lead_id
    leads = store.query("SELECT lead FROM leads ORDER BY lead_id, lead")["lead"].to_numpy()
    order = np.empty(n, dtype=np.int64)
    order[leads] = np.arange(n)
    return order


def ranked_schema(schema: pa.Schema) -> pa.Schema:
    """The schema of scored rows with their rank and percentile."""
    return schema.insert(_PLACE, pa.field("percentile", pa.string())).insert(
        _PLACE, pa.field("rank", pa.int64())
    )


def with_ranks(
    tables: Iterable[pa.Table], rank: NDArray[np.int64], language: str, *, among: int | None = None
) -> Iterator[pa.Table]:
    """The tables with ``rank`` and ``percentile``.

    Args:
        tables: Scored rows.
        rank: One for each of their rows, in order.
        language: Language of the percentiles.
        among: Number of all leads; None where these are all.
    """
    low = 0
    for table in tables:
        here = rank[low : low + table.num_rows]
        low += table.num_rows
        percentile = percentiles(here, among or len(rank), language)
        yield table.add_column(_PLACE, "percentile", percentile).add_column(
            _PLACE, "rank", pa.array(here)
        )


def counted(tables: Iterator[pa.Table], summary: Summary, *, remembers: bool) -> Iterator[pa.Table]:
    """Pass tables on and note what the summary tells of them."""
    warnings: Counter[str] = Counter()
    evidence: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    quadrants: Counter[str] = Counter()
    grades: Counter[str] = Counter()
    new = 0
    best: list[pa.Table] = []
    for table in tables:
        summary.leads += table.num_rows
        quadrants.update(_tally(table["quadrant"]))
        grades.update(_tally(table["grade"]))
        warnings.update(_tally(pc.list_flatten(table["warnings"])))
        evidence.update(tallied(table))
        cases.update(_tally(table["decided_by"]))
        new += pc.sum(pc.equal(table["handed_over_on"], table["as_of"])).as_py() or 0
        best.append(table.filter(pc.less_equal(table["rank"], BEST)))
        yield table
    if quadrants:
        summary.quadrants = {name: quadrants[name] for name in QUADRANTS}
    summary.grades = {grade: grades[grade] for grade in GRADES if grades[grade]}
    summary.cases = {case: cases[case] for case in CASES if cases[case]}
    summary.handed_over = new if remembers else None
    summary.evidence = dict(evidence)
    summary.warnings = dict(warnings.most_common())
    summary.best = pa.concat_tables(best).sort_by("rank").to_pylist() if best else []


def _tally(column: pa.ChunkedArray) -> dict[str, int]:
    """How often each value stands in a column; null is none."""
    counted = pc.value_counts(column.drop_null()).to_pylist()
    return {found["values"]: found["counts"] for found in counted}
