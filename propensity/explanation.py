"""One lead's sum, taken apart."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build import build, prepare
from features.days import date_of
from features.errors import LeadNotFoundError
from features.settings import Axis
from features.store import Store
from propensity.model import PropensityModel, Sums
from propensity.reasons import reasons
from propensity.scorer import population, quadrants
from propensity.wording import Wording, label, plain


@dataclass(frozen=True)
class Part:
    """What one concept adds.

    Attributes:
        concept: As the model calls it.
        label: As people call it.
        axis: fit or interest.
        contribution: In log-odds.
        value: In words; None where nothing is known.
    """

    concept: str
    label: str
    axis: Axis
    contribution: float
    value: str | None


@dataclass(frozen=True)
class Explanation:
    """Why a lead has its score: base + fit + interest = log_odds, and each axis is the sum of its parts.

    Attributes:
        lead_id: Of the lead.
        as_of: The day at whose start it was looked at; None in a flat table.
        base: Log-odds before anything is known of the lead.
        fit: Log-odds added by attributes.
        interest: Log-odds added by behaviours.
        log_odds: The sum.
        probability: Of reaching the goal within the horizon; 0..1.
        quadrant: hot, nurture, keen or leave.
        parts: Fit before interest, the largest first.
        reasons_for: Sentences, the strongest first.
        reasons_against: Sentences, the strongest first.
    """

    lead_id: str
    as_of: date | None
    base: float
    fit: float
    interest: float
    log_odds: float
    probability: float
    quadrant: str
    parts: tuple[Part, ...]
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """What nobody knows of the lead, and could ask."""
        return tuple(part.label for part in self.parts if part.value is None)


def explain(
    model: PropensityModel,
    store: Store,
    lead_id: str,
    as_of_day: int,
    *,
    language: str = "en",
    at_most: int = 5,
) -> Explanation:
    """Take the sum of one lead apart.

    Args:
        model: In use.
        store: The canonical tables.
        lead_id: As in the source.
        as_of_day: Number of the local day at whose start the lead is looked at; a flat table has its own.
        language: Of labels, values and sentences.
        at_most: Reasons in each direction.

    Raises:
        LeadNotFoundError: There is no such lead, or it is not in the population at the as-of.
    """
    row = _row_of(model, store, lead_id, as_of_day)
    prepare(store, model.spec, row)
    table = build(store, row, model.spec)
    sums = model.concept_sums(table.matrix)
    in_favour, against = reasons(model, table.matrix, sums, language=language, at_most=at_most)
    return Explanation(
        lead_id=lead_id,
        as_of=None if store.is_flat else date_of(int(row["as_of_day"][0].as_py())),
        base=sums.base,
        fit=float(sums.fit[0]),
        interest=float(sums.interest[0]),
        log_odds=float(sums.log_odds[0]),
        probability=float(sums.probability[0]),
        quadrant=quadrants(sums)[0].as_py(),
        parts=_parts(model, table.matrix, sums, language),
        reasons_for=_sentences(in_favour),
        reasons_against=_sentences(against),
    )


def _parts(model: PropensityModel, matrix: NDArray[np.float64], sums: Sums, language: str) -> tuple[Part, ...]:
    wording = Wording(model.spec, language)
    parts = [
        Part(
            concept=concept.name,
            label=label(concept.name, language),
            axis=concept.axis,
            contribution=float(sums.contributions[0, number]),
            value=wording.values(concept, [matrix[:, column] for column in concept.columns])[0].as_py(),
        )
        for number, concept in enumerate(model.concepts)
    ]
    return tuple(sorted(parts, key=lambda part: (part.axis, -abs(part.contribution))))


def _sentences(lists: pa.ListArray) -> tuple[str, ...]:
    return tuple(reason["sentence"] for reason in lists[0].as_py())


def _row_of(model: PropensityModel, store: Store, lead_id: str, as_of_day: int) -> pa.Table:
    """The lead's row of the population."""
    found = store.query("SELECT lead FROM leads WHERE lead_id = $lead_id", {"lead_id": lead_id})
    if not found.num_rows:
        raise LeadNotFoundError(f"There is no lead {plain(lead_id)!r} among the {_count(store):,} leads of the input.")
    rows = population(model, store, as_of_day)
    row = rows.filter(pc.is_in(rows["lead"], value_set=found["lead"].combine_chunks()))
    if not row.num_rows:
        raise LeadNotFoundError(_why_absent(model, store, lead_id, as_of_day))
    return row.combine_chunks()


def _why_absent(model: PropensityModel, store: Store, lead_id: str, as_of_day: int) -> str:
    known = store.query("SELECT known_day FROM leads WHERE lead_id = $lead_id", {"lead_id": lead_id})[0][0].as_py()
    day, who = date_of(as_of_day), f"Lead {plain(lead_id)!r}"
    if known >= as_of_day:
        return f"{who} was not known before {day}; ask for a later --as-of."
    limits = model.config.population
    until = f"reached {limits.until!r}" if limits and limits.until != "closed" else "closed"
    silent = f" or been silent for more than {limits.stale_after_days} days" if limits else ""
    return f"{who} is not scored on {day}: by then it had {until}{silent}. Ask for an earlier --as-of."


def _count(store: Store) -> int:
    return int(store.value("SELECT count(*) FROM leads"))
