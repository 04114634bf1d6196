"""The streaming scorer: features, the sum and its reasons, a batch of leads at a time.

Nothing here knows of files, registries or progress bars. A row's result depends on the row alone,
to the bit: not on the batch it is in, on threads, or on the order of the input.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.behaviour import event_types
from features.build.build import build, prepare
from features.build.table import FeatureTable
from features.days import midnight_utc
from features.kinds import Attribute
from features.resources import Resources
from features.spec import MISSING, FeatureSpec
from features.store import Store
from propensity.concepts.wording import label
from propensity.grading.agreed import Agreed, undefined
from propensity.grading.decision_table import RuleResults
from propensity.grading.instruction_texts import INSTRUCTED, GradedRows
from propensity.grading.instructions import instructed
from propensity.grading.memory import Memory
from propensity.grading.rule_reader import RuleReader
from propensity.language.audience import Audience
from propensity.model.model import PropensityModel
from propensity.model.silent_states import SilentByName
from propensity.scoring.chance_interval import interval_of
from propensity.scoring.muted import muted_by, muted_in
from propensity.scoring.questions import QuestionFinder
from propensity.scoring.reasons import REASONS, reasons
from propensity.scoring.row_facts import RowFacts, RowReader, absent_columns, warnings
from propensity.scoring.tonight import Tonight, population

BATCH_LEADS = 100_000

#: Columns of a scored row before ranking; the ``carry`` columns follow ``ask``.
SCORED = pa.schema(
    [
        pa.field("lead_id", pa.string()),
        pa.field("episode", pa.int32()),
        pa.field("as_of", pa.date32()),
        pa.field("probability", pa.float64()),
        pa.field("probability_low", pa.float64()),
        pa.field("probability_high", pa.float64()),
        pa.field("log_odds", pa.float64()),
        pa.field("base", pa.float64()),
        pa.field("fit", pa.float64()),
        pa.field("interest", pa.float64()),
        pa.field("grade", pa.string()),
        pa.field("quadrant", pa.string()),
        pa.field("stage", pa.string()),
        *INSTRUCTED,
        pa.field("topic", pa.string()),
        pa.field("reasons_for", REASONS),
        pa.field("reasons_against", REASONS),
        pa.field("ask", pa.string()),
        pa.field("model", pa.string()),
        pa.field("model_version", pa.string()),
        pa.field("definition_version", pa.string()),
        pa.field("scored_at", pa.timestamp("us", tz="UTC")),
        pa.field("warnings", pa.list_(pa.string())),
    ]
)
_BEFORE_CARRIED = SCORED.get_field_index("model")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Telling:
    """How rows are told.

    Attributes:
        model: Name of the model.
        version: Its version.
        language: Language of reasons and warnings.
        labels: The company's own names of concepts.
        reasons: Reasons for, and reasons against, at most.
        absent: Columns the model reads and the input lacks; every row warns of them.
        muted: States that are silent in the whole input; see ``propensity.scoring.muted``.
        agreed: The definition in use; None for grades around the model's own zeros, and no
            instructions.
        memory: What the nights before handed over; None where nothing is handed over.
        accepted: Why a doubtful input is scored; every row tells it.
    """

    model: str
    version: str
    language: str = "en"
    reasons: int = 5
    absent: tuple[str, ...] = ()
    muted: SilentByName = field(default_factory=dict)
    agreed: Agreed | None = None
    memory: Memory | None = None
    accepted: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def audience(self) -> Audience:
        """Whom the rows are told."""
        return Audience(self.language, self.labels)

    def agreed_for(self, model: PropensityModel) -> Agreed:
        """The definition in use with a model."""
        return self.agreed or undefined(model.reference)

    def rules_for(self, model: PropensityModel, store: Store) -> RuleReader | None:
        """Reads the rules of the definition in use; None without a definition."""
        definition = self.agreed.definition if self.agreed else None
        return RuleReader(store, definition, model.spec.events) if definition else None


@dataclass(frozen=True)
class BucketShape:
    """What the canonical tables of a bucket mean.

    Attributes:
        attributes: Names and kinds of the columns ``a0, a1, …`` of the leads.
        stages: Names of the columns ``s0_day, s1_day, …`` of the episodes.
        timezone: Time zone in which days are counted.
        is_flat: Whether there is one flat table.
        event_types: Types of all events of the input, the most frequent first: which of them
            training did not know is told of the whole. None where the bucket is the whole.
    """

    attributes: Sequence[Attribute] = ()
    stages: Sequence[str] = ()
    timezone: str = "UTC"
    is_flat: bool = False
    event_types: Sequence[str] | None = None

    @classmethod
    def of(cls, store: Store) -> "BucketShape":
        """The shape of the tables of a store that holds the whole input."""
        types = () if store.is_flat else tuple(event_types(store))
        return cls(store.attributes, store.stages, store.timezone, store.is_flat, types)


def scored_batch(
    model: PropensityModel,
    table: FeatureTable,
    facts: RowFacts,
    telling: Telling,
    *,
    ruled: RuleResults | None = None,
    threads: int | None = None,
) -> pa.Table:
    """Score rows: from features to the sum, its reasons, its instruction and everything said beside
    it.

    Args:
        model: Model in use.
        table: Features of the rows.
        facts: Facts of the rows.
        telling: How rows are told.
        ruled: What the rules of the definition say of the rows; None without a definition.
        threads: Number of threads of the kernel; default all.

    Returns:
        Columns of ``SCORED`` with the carried ones, in the order of ``table``; base + fit +
        interest = log_odds.
    """
    model = model.silencing(telling.muted)
    sums = model.concept_sums(table.matrix, threads=threads)
    known = as_understood(model, table)
    in_favour, against = reasons(
        model,
        known,
        sums,
        telling.audience,
        at_most=telling.reasons,
    )
    agreed = telling.agreed_for(model)
    graded, instructions = instructed(
        agreed,
        sums,
        ruled,
        _rows(table, model),
        memory=telling.memory,
        language=telling.language,
    )
    n = len(table)
    low, high = _range(model, sums.log_odds)
    columns = {
        **_keys(table, is_flat=model.config.input.is_flat),
        "probability": pa.array(sums.probability),
        "probability_low": low,
        "probability_high": high,
        "log_odds": pa.array(sums.log_odds),
        "base": pa.array(np.full(n, sums.base)),
        "fit": pa.array(sums.fit),
        "interest": pa.array(sums.interest),
        "grade": graded.grades,
        "quadrant": graded.quadrants,
        "stage": facts.stage,
        **instructions,
        "topic": _labelled(facts.topic, telling),
        "reasons_for": in_favour,
        "reasons_against": against,
        "ask": QuestionFinder(model).sentences(known, sums, agreed.axes, telling.audience),
        "model": _constant(telling.model, n),
        "model_version": _constant(telling.version, n),
        "definition_version": _constant(agreed.version, n)
        if agreed.version
        else pa.nulls(n, pa.string()),
        "scored_at": _moments(table, model),
        "warnings": warnings(
            model,
            table,
            facts,
            absent=telling.absent,
            accepted=telling.accepted,
            language=telling.language,
        ),
    }
    scored = pa.table([columns[name] for name in SCORED.names], schema=SCORED)
    for place, (name, values) in enumerate(_carried(facts.carried)):
        scored = scored.add_column(_BEFORE_CARRIED + place, name, values)
    return scored


def score(
    model: PropensityModel,
    store: Store,
    as_of_day: int,
    *,
    telling: Telling,
    tonight: Tonight | None = None,
    batch_leads: int = BATCH_LEADS,
    threads: int | None = None,
    on_progress: Progress | None = None,
    types: Sequence[str] | None = None,
) -> Iterator[pa.Table]:
    """Score the population of a store, a batch at a time.

    Args:
        model: Model in use.
        store: The canonical tables.
        as_of_day: Number of the local day at whose start the leads are looked at; a flat table has
            its own.
        telling: How rows are told.
        tonight: The population, where somebody looked at it before; nothing is done twice.
        batch_leads: Rows in memory at a time.
        threads: Number of threads of the kernel; default all.
        on_progress: Called with the rows done and the rows in all, at the start and after each
            batch.
        types: Types of the events, the most frequent first, where the store holds a part of them.

    Yields:
        Scored tables in the order of lead_id (flat: of the file); an empty one where the population
        is empty.
    """
    rows = population(model, store, as_of_day) if tonight is None else tonight.rows
    if tonight is None:
        prepare(store, model.spec, rows)
    built = tonight.sample if tonight is not None and tonight.is_whole else None
    report = on_progress or (lambda *_: None)
    report(0, rows.num_rows)
    done = 0
    rules = telling.rules_for(model, store)
    for table, facts, ruled in _read_ahead(
        model.spec,
        rules,
        store,
        rows,
        batch_leads,
        built=built,
        requests=telling.memory is not None,
        types=types,
    ):
        yield scored_batch(model, table, facts, telling, ruled=ruled, threads=threads)
        done += len(table)
        report(done, rows.num_rows)


def _read_ahead(
    spec: FeatureSpec,
    rules: RuleReader | None,
    store: Store,
    rows: pa.Table,
    batch_leads: int,
    *,
    built: FeatureTable | None,
    requests: bool,
    types: Sequence[str] | None,
) -> Iterator[tuple[FeatureTable, RowFacts, RuleResults | None]]:
    """Features, facts and rules of the rows, in order: the next batch is built while the last one
    is scored.

    Args:
        spec: What to build.
        rules: Reads the rules of the definition; None without one.
        store: Prepared for the spec and the rows.
        rows: ``lead``, ``episode``, ``as_of_day``.
        batch_leads: Rows at a time.
        built: Features of all rows, where they are there already.
        requests: Whether to find out when hand-raisers asked.
        types: See ``score``.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="features") as pool, store.beside() as aside:
        reader = RowReader(aside, spec, types)

        def batch(low: int) -> tuple[FeatureTable, RowFacts, RuleResults | None]:
            part = rows.slice(low, batch_leads).combine_chunks()
            with aside.held_open:
                ruled = rules.read(part, store=aside, requests=requests) if rules else None
                table = build(aside, part, spec) if built is None else built.slice(low, batch_leads)
                return table, reader.read(part), ruled

        coming = pool.submit(batch, 0)
        for low in range(batch_leads, rows.num_rows, batch_leads):
            ready = coming.result()
            coming = pool.submit(batch, low)
            yield ready
        yield coming.result()


def scored_bucket(
    model: PropensityModel,
    tables: Mapping[str, pa.Table],
    as_of_day: int,
    *,
    shape: BucketShape,
    telling: Telling,
    threads: int | None = 1,
    memory_limit: str | None = None,
) -> pa.Table:
    """Score a bucket of leads from Arrow to Arrow: what a cluster calls.

    Args:
        model: Model in use.
        tables: Canonical tables (``leads``, ``events``, ``episodes``, ``changes``) of whole leads;
            where the model looks at colleagues, of all that ever were of one account. Leads may
            have any numbers.
        as_of_day: See ``score``.
        shape: What the tables mean.
        telling: How rows are told.
        threads: Number of threads of DuckDB and of the kernel.
        memory_limit: Memory limit of DuckDB; see ``Resources``.

    Returns:
        The rows of ``score`` for these leads, the same to the bit.
    """
    with Store.from_arrow(
        tables,
        attributes=shape.attributes,
        stages=shape.stages,
        timezone=shape.timezone,
        is_flat=shape.is_flat,
        resources=Resources(memory_limit, threads),
    ) as store:
        rows = score(
            model, store, as_of_day, telling=telling, threads=threads, types=shape.event_types
        )
        return pa.concat_tables(list(rows))


def telling_of(
    model: PropensityModel,
    store: Store,
    telling: Telling,
    as_of_day: int | None = None,
    *,
    tonight: Tonight | None = None,
) -> Telling:
    """The telling with what is absent from the whole input, and what it mutes, filled in.

    Args:
        model: Model in use.
        store: The canonical tables of the whole input.
        telling: Telling to fill in.
        as_of_day: Day at which the population is scored; without it, nothing is muted.
        tonight: The population, where somebody looked at it before.
    """
    absent = absent_columns(store, model.spec)
    if tonight is not None:
        return replace(telling, absent=absent, muted=muted_in(model, tonight.sample.matrix))
    if as_of_day is None:
        return replace(telling, absent=absent)
    rows = population(model, store, as_of_day)
    return replace(telling, absent=absent, muted=muted_by(model, store, rows))


def as_understood(model: PropensityModel, table: FeatureTable) -> NDArray[np.float64]:
    """The matrix with what was drawn, and what was not understood, as missing: what may be told."""
    known, silent = table.as_known, model.in_silence(table.matrix)
    if silent is None:
        return known
    understood = known.copy(order="F")
    for i in np.flatnonzero(silent.any(axis=0)):
        understood[silent[:, i], i] = MISSING if model.spec.features[i].is_category else np.nan
    return understood


def _rows(table: FeatureTable, model: PropensityModel) -> GradedRows:
    keys = table.keys
    return GradedRows(
        lead_id=keys["lead_id"].combine_chunks(),
        episode=keys["episode"].combine_chunks(),
        as_of_day=keys["as_of_day"].to_numpy(),
        has_day=not model.config.input.is_flat,
        timezone=model.spec.timezone,
    )


def _range(model: PropensityModel, log_odds: NDArray[np.float64]) -> tuple[pa.Array, pa.Array]:
    """The ends of the intervals of the chances; null of a model stored without."""
    interval = interval_of(model)
    if interval is None:
        return pa.nulls(len(log_odds), pa.float64()), pa.nulls(len(log_odds), pa.float64())
    low, high = interval.around(log_odds)
    return pa.array(low), pa.array(high)


def _labelled(topic: pa.StringArray, telling: Telling) -> pa.StringArray:
    """Kinds of behaviour as people call them."""
    encoded = pc.dictionary_encode(topic)
    names = [label(name, telling.audience) for name in encoded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(encoded.indices)


def _keys(table: FeatureTable, *, is_flat: bool) -> dict[str, pa.Array]:
    days = table.keys["as_of_day"].combine_chunks()
    return {
        "lead_id": table.keys["lead_id"].combine_chunks(),
        "episode": table.keys["episode"].combine_chunks(),
        "as_of": pa.nulls(len(table), pa.date32())
        if is_flat
        else days.cast(pa.int32()).cast(pa.date32()),
    }


def _moments(table: FeatureTable, model: PropensityModel) -> pa.Array:
    """The as-ofs in UTC: scoring reads no clock, so that the same input gives the same bytes."""
    kind = SCORED.field("scored_at").type
    if model.config.input.is_flat:
        return pa.nulls(len(table), kind)
    unique, codes = np.unique(table.keys["as_of_day"].to_numpy(), return_inverse=True)
    moments = pa.array([midnight_utc(int(day), model.spec.timezone) for day in unique], kind)
    return moments.take(pa.array(codes))


def file_schema(carry: Sequence[str]) -> pa.Schema:
    """The columns of a scored file, in any order, with those that are carried as text."""
    ranked = [pa.field("rank", pa.int64()), pa.field("percentile", pa.string())]
    told = [pa.field(name, pa.string()) for name in carried_names(carry)]
    return pa.schema([*SCORED, *ranked, *told])


def carried_names(carry: Sequence[str]) -> list[str]:
    """What carried columns are called beside ours; one that has the name of ours is marked."""
    taken = {*SCORED.names, "rank", "percentile"}
    found = []
    for name in carry:
        free = name
        while free in taken:
            free += " (carried)"
        taken.add(free)
        found.append(free)
    return found


def _carried(carried: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray]]:
    return zip(carried_names(carried.column_names), carried.columns, strict=True)


def _constant(text: str, n: int) -> pa.StringArray:
    return pa.array([text], pa.string()).take(pa.array(np.zeros(n, dtype=np.int64)))


def ranks(log_odds: NDArray[np.float64], order_of_ties: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) 1 for the highest log-odds; ties by ``order_of_ties``.

    >>> ranks(np.array([0.1, 0.9, 0.9]), np.array([0, 2, 1])).tolist()
    [3, 2, 1]
    """
    order = np.lexsort((order_of_ties, -log_odds))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    return rank
