"""How sales and marketing work, gathered for the review: the funnel, its segments, both sides'
promises, the sheet.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.intake.monthly import Monthly, open_monthly
from features.store import Store
from propensity.concepts.wording import plain
from propensity.definition.schema import Definition
from propensity.grading.grading import Graded, areas_named, areas_on
from training.learn.metrics.segments import segment_values
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows
from training.review.funnel.assigned import Assignment
from training.review.funnel.cohorts import Cohorts, cohorts
from training.review.funnel.earning import EarningSegment, earning
from training.review.funnel.funnel import DAYS_OF_LOSSES, Funnel, funnel, parts_of, with_active
from training.review.funnel.leaks import FunnelGroup
from training.review.funnel.lost import lost
from training.review.funnel.promises import Promises, promises
from training.review.funnel.reasons import ReasonCounts
from training.review.funnel.sent_back import WITHOUT, sent_back
from training.review.funnel.sheet_figures import SlaFigures, sla_figures
from training.review.funnel.so_far import HandedSoFar, TakenUpAgain, handed_so_far, taken_up_again


@dataclass(frozen=True)
class Practice:
    """What the review tells of daily work.

    Attributes:
        leads: All that the figures are counted from.
        parts: Segments of them.
        funnel: None of a flat table.
        promises: Both sides' promises and what was kept.
        sheet: What stands in the sheet both sides know.
        earning: Segments that did better than the model expected.
        lost: Lost reasons by quadrant, of one axis by half; None without any.
        sent_back: Why sales sent leads back, likewise, the last column for those that no model saw
            open; None without any.
        so_far: What became of the newest hand-overs; None where no stage tells of them.
        again: Lost leads that were opened again; None of a flat table.
    """

    leads: Cohorts
    parts: tuple[FunnelGroup, ...]
    funnel: Funnel | None
    promises: Promises
    sheet: SlaFigures
    earning: tuple[EarningSegment, ...] = ()
    lost: ReasonCounts | None = None
    sent_back: ReasonCounts | None = None
    so_far: HandedSoFar | None = None
    again: TakenUpAgain | None = None


def practice(run: Run, definition: Definition | None, monthly: Monthly | None = None) -> Practice:
    """Gather what needs no model, and no look at single days.

    Args:
        run: The configuration, and the canonical tables.
        definition: The definition whose promises are looked at.
        monthly: Traffic and goals; read where they are not given.

    Raises:
        DataError: Traffic or goals cannot be used, or a rule asks for what the data do not have.
    """
    monthly = monthly or open_monthly(
        run.config.input,
        quarantine=Path(run.config.output.quarantine),
        quarantine_mode=run.config.output.mode,
    )
    leads = cohorts(run)
    parts = () if run.store.is_flat else parts_of(run, leads)
    promised = promises(run, definition)
    return Practice(
        leads=leads,
        parts=parts,
        funnel=None if run.store.is_flat else funnel(run, leads, monthly, parts),
        promises=promised,
        sheet=sla_figures(run, monthly, leads),
        so_far=_so_far(run, promised),
        again=None
        if run.store.is_flat
        else taken_up_again(run.store, since=leads.until - DAYS_OF_LOSSES, until=leads.until),
    )


def _so_far(run: Run, promised: Promises) -> HandedSoFar | None:
    goal = run.config.goal
    if promised.stage is None or goal is None:
        return None
    return handed_so_far(
        run.store,
        promised.stage,
        promised.newest,
        goal=goal.stage,
        horizon_days=goal.horizon_days,
    )


def with_unseen_leads(
    found: Practice,
    run: Run,
    rows: LabelledRows,
    chance: NDArray[np.float64],
    where: Graded,
) -> Practice:
    """Add what a model's view of leads it had not seen tells, and who is active.

    Args:
        found: The practice, counted over all leads.
        run: Names the columns that make segments; its tables are of the rows, and of a large
            history some leads are enough.
        rows: Leads not seen, each once.
        chance: (n,) chance of each row.
        where: Where each row stands.
    """
    values = {
        **group_names(found.leads, rows.lead),
        **{
            plain(name): of
            for name, of in segment_values(run.store, rows, run.config.audit.segments).items()
        },
    }
    won = rows.label == 1
    better = earning(values, chance, won, _amounts(run.store, rows), rows.cluster)
    if found.funnel is None:
        return replace(found, earning=better)
    whole = with_active(found.funnel, run, found.leads, found.parts)
    lead, at = np.unique(rows.lead.astype(np.int32), return_index=True)
    since = found.leads.until - DAYS_OF_LOSSES
    code = (where.area[at] - areas_on(where.axes).start).astype(np.int16)
    names, until = areas_named(where.axes), found.leads.until
    by_area = lost(run.store, lead, code, names, since=since, until=until)
    # whoever the model never saw before the close was sent back too, and stands in a column apart
    everybody = run.store.query("SELECT lead FROM leads ORDER BY lead")["lead"].to_numpy()
    seen = np.full(len(everybody), len(names), dtype=np.int16)
    seen[np.searchsorted(everybody, lead)] = code
    returned = sent_back(run.store, everybody, seen, (*names, WITHOUT), since=since, until=until)
    return replace(found, funnel=whole, earning=better, lost=by_area, sent_back=returned)


def group_names(leads: Cohorts, lead: NDArray[np.integer[Any]]) -> dict[str, NDArray[np.object_]]:
    """(n,) ``channel`` and ``persona`` of leads, where the configuration names any; None for none.

    Args:
        leads: All leads, in the order of their numbers.
        lead: (n,) numbers of those that are asked for.
    """
    groups = (("channel", leads.channel), ("persona", leads.persona))
    return {by: _names(leads, of, lead) for by, of in groups if of.names}


def _names(leads: Cohorts, of: Assignment, lead: NDArray[np.integer[Any]]) -> NDArray[np.object_]:
    at = np.minimum(np.searchsorted(leads.lead, lead), len(leads) - 1)
    names = np.array([*map(plain, of.names), None], dtype=object)
    found: NDArray[np.object_] = names[np.where(leads.lead[at] == lead, of.code[at], -1)]
    return found


def _amounts(store: Store, rows: LabelledRows) -> NDArray[np.float64]:
    """(n,) won amounts of the rows' episodes; NaN where there is none."""
    if store.is_flat:
        return np.full(len(rows), np.nan)
    asked = pa.table(
        {"lead": rows.lead, "episode": rows.rows["episode"], "row": np.arange(len(rows))}
    )
    store.connection.register("unseen_rows", asked)
    try:
        found = store.query(
            "SELECT CASE WHEN e.won THEN e.amount END AS amount FROM unseen_rows r "
            "LEFT JOIN episodes e ON e.lead = r.lead AND e.episode = r.episode ORDER BY r.row"
        )
    finally:
        store.connection.unregister("unseen_rows")
    amounts: NDArray[np.float64] = (
        found["amount"].cast(pa.float64()).fill_null(float("nan")).to_numpy()
    )
    return amounts
