"""The open leads by name, each with its sum under a version."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.build import built
from features.errors import RefusedError
from features.settings import Axis
from features.store import Store
from propensity.concepts.wording import Wording
from propensity.grading.agreed import Agreed
from propensity.model.model import PropensityModel
from propensity.scoring.row_facts import RowReader
from propensity.scoring.scorer import Telling, as_understood, scored_batch, telling_of
from propensity.scoring.tonight import population
from training.learn.rows.run import Run

#: Leads on the page, the likeliest first: more would make a page that no browser opens quickly.
MOST_LEADS = 10_000


@dataclass(frozen=True)
class OpenLeads:
    """n open leads under a version.

    Attributes:
        version: Number of the version.
        model: The version, with what the input mutes silent.
        agreed: Its definition and axes.
        rows: The leads' rows in the store.
        scored: What a scored file says of them, see ``propensity.scoring.scorer.SCORED``.
        concepts: Names of the concepts.
        axes: Axis of each concept.
        contributions: (n, concepts) log-odds.
        values: Values of each concept in words, n each; null where nothing is known.
        base: Log-odds before anything is known.
        total: Open leads in all.
    """

    version: int
    model: PropensityModel
    agreed: Agreed
    rows: pa.Table
    scored: pa.Table
    concepts: tuple[str, ...]
    axes: tuple[Axis, ...]
    contributions: NDArray[np.float64]
    values: tuple[pa.StringArray, ...]
    base: float
    total: int

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @property
    def probability(self) -> NDArray[np.float64]:
        """(n,) chances."""
        found: NDArray[np.float64] = self.scored["probability"].to_numpy()
        return found

    @property
    def grade(self) -> list[str]:
        """Grades of the n leads."""
        return [str(grade) for grade in self.scored["grade"].to_pylist()]


def open_leads(
    run: Run, model: PropensityModel, agreed: Agreed, version: int, language: str
) -> OpenLeads:
    """The leads that are open where the sources end, the likeliest first, ``MOST_LEADS`` at most.

    Args:
        run: The configuration, and the canonical tables.
        model: Scores them.
        agreed: Its definition.
        version: Its number.
        language: Language in which they are told.

    Raises:
        RefusedError: No lead is open.
    """
    rows = _open_rows(run.store, model)
    if not rows.num_rows:
        raise RefusedError(
            "No lead is open where the sources end, so there is nobody to find on a page; a list"
            " (--walkthrough FILE.csv) holds leads whose outcome is known."
        )
    leads = under_version(run, model, agreed, version, rows, language=language)
    order = np.argsort(-leads.probability, kind="stable")[:MOST_LEADS]
    return _taken(leads, order)


def under_version(
    run: Run,
    model: PropensityModel,
    agreed: Agreed,
    version: int,
    rows: pa.Table,
    *,
    language: str,
) -> OpenLeads:
    """Rows of the store under a version, in their order; see ``open_leads``."""
    store, config = run.store, run.config
    asked = Telling(
        config.model_name,
        str(version),
        language,
        reasons=1,
        agreed=agreed,
        labels=config.labels_in(language),
    )
    telling = telling_of(model, store, asked, None if store.is_flat else store.observed_day)
    table = built(store, rows, model.spec)
    rules = telling.rules_for(model, store)
    scored = scored_batch(
        model,
        table,
        RowReader(store, model.spec).read(rows),
        telling,
        ruled=rules.read(rows) if rules else None,
    )
    model = model.silencing(telling.muted)
    sums, known = model.concept_sums(table.matrix), as_understood(model, table)
    wording = Wording(model.spec, telling.audience)
    return OpenLeads(
        version=version,
        model=model,
        agreed=telling.agreed_for(model),
        rows=rows,
        scored=scored,
        concepts=tuple(concept.name for concept in model.concepts),
        axes=tuple(concept.axis for concept in model.concepts),
        contributions=np.asarray(sums.contributions, dtype=np.float64),
        values=tuple(wording.values(concept, known) for concept in model.concepts),
        base=float(sums.base),
        total=rows.num_rows,
    )


def _open_rows(store: Store, model: PropensityModel) -> pa.Table:
    """Everybody who would be scored; of a flat table those whose outcome nobody knows."""
    rows = population(model, store, 0 if store.is_flat else store.observed_day).combine_chunks()
    if not store.is_flat:
        return rows
    undecided = store.query("SELECT lead FROM leads WHERE won IS NULL")["lead"].to_numpy()
    return rows.filter(pa.array(np.isin(rows["lead"].to_numpy(), undecided))).combine_chunks()


def _taken(leads: OpenLeads, order: NDArray[np.intp]) -> OpenLeads:
    at = pa.array(order)
    return replace(
        leads,
        rows=leads.rows.take(at).combine_chunks(),
        scored=leads.scored.take(at),
        contributions=leads.contributions[order],
        values=tuple(values.take(at) for values in leads.values),
    )
