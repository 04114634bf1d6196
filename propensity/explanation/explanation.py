"""One lead's sum, taken apart."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.build import build, prepare
from features.days import date_of
from features.errors import LeadNotFoundError
from features.settings import Axis
from features.store import Store
from features.zone import zone
from propensity.concepts.wording import Wording, label, plain
from propensity.model.model import PropensityModel, Sums
from propensity.notebook import ResultTable
from propensity.scoring.little_evidence import unusual
from propensity.scoring.reasons import spoken
from propensity.scoring.row_facts import RowReader, not_understood
from propensity.scoring.scorer import Telling, as_understood, scored_batch, telling_of
from propensity.scoring.tonight import population

if TYPE_CHECKING:
    import pandas as pd

#: Columns of the scored row that are told as they are.
_TOLD = (
    "as_of",
    "base",
    "fit",
    "interest",
    "log_odds",
    "probability",
    "probability_low",
    "probability_high",
    "quadrant",
    "grade",
    "is_mql",
    "blocked_by",
    "instruction",
    "owner",
    "respond_by",
    "definition_version",
    "ask",
)


@dataclass(frozen=True)
class ConceptContribution:
    """What one concept adds.

    Attributes:
        concept: Name as the model calls it.
        label: Name as people call it.
        axis: fit or interest.
        contribution: Contribution in log-odds.
        value: Value in words; None where nothing is known.
    """

    concept: str
    label: str
    axis: Axis
    contribution: float
    value: str | None


@dataclass(frozen=True, repr=False)
class Explanation(ResultTable):
    """Why a lead has its score: base + fit + interest = log_odds, and each axis is the sum of its
    parts.

    Attributes:
        lead_id: Identifier of the lead.
        as_of: The day at whose start it was looked at; None in a flat table.
        base: Log-odds before anything is known of the lead.
        fit: Log-odds added by attributes.
        interest: Log-odds added by behaviours.
        log_odds: The sum.
        probability: Probability of reaching the goal within the horizon; 0..1.
        probability_low: Lower end of its interval; None of a model stored without.
        probability_high: Upper end of its interval; None of a model stored without.
        quadrant: hot, nurture, keen or leave; None where leads differ on one axis only.
        grade: A1 … D4; of one axis A … D, or 1 … 4.
        is_mql: Whether it is an MQL; None without a definition.
        blocked_by: What keeps it from being handed over; None where nothing does.
        instruction: What is done with it; None without a definition.
        owner: Who does it.
        respond_by: The deadline, in local time.
        definition_version: Version of the definition by which all this was decided; says DRAFT
            where it is not signed.
        ask: The question whose answer could move the grade most; None where no answer would.
        parts: Fit before interest, the largest first.
        reasons_for: Sentences, the strongest first.
        reasons_against: Sentences, the strongest first.
        rare: Where hardly any lead like it has been seen: the concepts that are unusual, the rarest
            first; else none.
        not_understood: Warnings of values that add nothing, because training did not see their
            like.
    """

    lead_id: str
    as_of: date | None
    base: float
    fit: float
    interest: float
    log_odds: float
    probability: float
    quadrant: str | None
    grade: str
    is_mql: bool | None
    blocked_by: str | None
    instruction: str | None
    owner: str | None
    respond_by: datetime | None
    definition_version: str | None
    ask: str | None
    parts: tuple[ConceptContribution, ...]
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]
    rare: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    probability_low: float | None = None
    probability_high: float | None = None

    @property
    def unknown(self) -> tuple[str, ...]:
        """What nobody knows of the lead, and could ask."""
        return tuple(part.label for part in self.parts if part.value is None)

    def to_pandas(self) -> "pd.DataFrame":
        """A row per concept: ``label``, ``axis``, ``value`` in words, ``contribution`` in
        log-odds.
        """
        import pandas as pd  # noqa: PLC0415 — only who asks for a table needs it

        told = [(part.label, part.axis, part.value, part.contribution) for part in self.parts]
        return pd.DataFrame(told, columns=["label", "axis", "value", "contribution"])


def explain(
    model: PropensityModel,
    store: Store,
    lead_id: str,
    as_of_day: int,
    *,
    telling: Telling,
) -> Explanation:
    """Take the sum of one lead apart.

    Args:
        model: Model in use.
        store: The canonical tables.
        lead_id: Identifier as in the source.
        as_of_day: Number of the local day at whose start the lead is looked at; a flat table has
            its own.
        telling: How it is told, and by which definition.

    Raises:
        LeadNotFoundError: There is no such lead, or it is not in the population at the as-of.
    """
    telling = telling_of(model, store, telling, as_of_day)
    model = model.silencing(telling.muted)
    row = row_of(model, store, lead_id, as_of_day)
    prepare(store, model.spec, row)
    table = build(store, row, model.spec)
    rules = telling.rules_for(model, store)
    ruled = rules.read(row) if rules else None
    scored = scored_batch(
        model, table, RowReader(store, model.spec).read(row), telling, ruled=ruled
    )
    told = {name: scored[name][0].as_py() for name in (*_TOLD, "reasons_for", "reasons_against")}
    if told["respond_by"] is not None:
        told["respond_by"] = told["respond_by"].astimezone(zone(model.spec.timezone))
    sums = model.concept_sums(table.matrix)
    return Explanation(
        lead_id=lead_id,
        parts=_parts(model, as_understood(model, table), sums, telling),
        rare=_rare(model, table.matrix, telling),
        not_understood=tuple(
            not_understood(model, table, absent=telling.absent, language=telling.language)
        ),
        reasons_for=_sentences(told.pop("reasons_for"), telling.language),
        reasons_against=_sentences(told.pop("reasons_against"), telling.language),
        **told,
    )


def _parts(
    model: PropensityModel, matrix: NDArray[np.float64], sums: Sums, telling: Telling
) -> tuple[ConceptContribution, ...]:
    wording = Wording(model.spec, telling.audience)
    parts = [
        ConceptContribution(
            concept=concept.name,
            label=label(concept.name, telling.audience),
            axis=concept.axis,
            contribution=float(sums.contributions[0, number]),
            value=wording.values(concept, matrix)[0].as_py(),
        )
        for number, concept in enumerate(model.concepts)
    ]
    return tuple(sorted(parts, key=lambda part: (part.axis, -abs(part.contribution))))


def _rare(model: PropensityModel, matrix: NDArray[np.float64], telling: Telling) -> tuple[str, ...]:
    names = [model.concepts[number].name for number in unusual(model, matrix)]
    return tuple(label(name, telling.audience) for name in names)


def _sentences(reasons: list[dict[str, str | None]], language: str) -> tuple[str, ...]:
    return tuple(spoken(reason, language) for reason in reasons)


def row_of(model: PropensityModel, store: Store, lead_id: str, as_of_day: int) -> pa.Table:
    """The lead's row of the population.

    Raises:
        LeadNotFoundError: There is no such lead, or it is not in the population at the as-of.
    """
    found = store.query("SELECT lead FROM leads WHERE lead_id = $lead_id", {"lead_id": lead_id})
    if not found.num_rows:
        raise LeadNotFoundError(
            f"There is no lead {plain(lead_id)!r} among the {_count(store):,} leads of the input."
        )
    rows = population(model, store, as_of_day)
    row = rows.filter(pc.is_in(rows["lead"], value_set=found["lead"].combine_chunks()))
    if not row.num_rows:
        raise LeadNotFoundError(_why_absent(model, store, lead_id, as_of_day))
    return row.combine_chunks()


def _why_absent(model: PropensityModel, store: Store, lead_id: str, as_of_day: int) -> str:
    known = store.query(
        "SELECT known_day FROM leads WHERE lead_id = $lead_id", {"lead_id": lead_id}
    )[0][0].as_py()
    day, who = date_of(as_of_day), f"Lead {plain(lead_id)!r}"
    if known >= as_of_day:
        return f"{who} was not known before {day}; ask for a later --as-of."
    limits = model.config.population
    until = f"reached {limits.until!r}" if limits and limits.until != "closed" else "closed"
    silent = f" or been silent for more than {limits.stale_after_days} days" if limits else ""
    return (
        f"{who} is not scored on {day}: by then it had {until}{silent}. Ask for an earlier --as-of."
    )


def _count(store: Store) -> int:
    return int(store.value("SELECT count(*) FROM leads"))
