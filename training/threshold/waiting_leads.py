"""Who is open on the newest day: the pile that waits on day one, and whom each line would take of
it.

It is read by the model as it is served, which makes the list of that day; a model that had not seen
the outcomes is needed for what became of leads, and nothing has become of these yet.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.build import built
from features.population import open_rows
from features.settings import Axis
from propensity.definition.schema import CASES
from propensity.grading.agreed import Agreed
from propensity.grading.decision_table import decide
from propensity.grading.draws import held_out, lots
from propensity.grading.grading import fits, graded
from propensity.grading.rule_reader import RuleReader
from propensity.model.model import PropensityModel
from training.learn.rows.run import Run
from training.threshold.nightly_replay import NOTHING, NightlyReplay

_SLICE = CASES.index("random slice")


@dataclass(frozen=True)
class WaitingLeads:
    """The open leads on one day.

    Attributes:
        chance: (n,) chance of each to reach the goal.
        eligible: (n,) whether nothing but the line keeps the lead from being an MQL.
        raised: (n,) whether it asks to be contacted, and is handed over at any chance.
        in_line: (n,) whether the rule in words holds, and no other rule keeps the lead back.
        area: (n,) place in ``AREAS``.
        axes: The axes that leads are graded by.
        case: (n,) place in ``CASES``; None without a definition, or in a replay.
    """

    chance: NDArray[np.float64]
    eligible: NDArray[np.bool_]
    raised: NDArray[np.bool_]
    in_line: NDArray[np.bool_]
    area: NDArray[np.int8]
    axes: tuple[Axis, ...]
    case: NDArray[np.int8] | None = None

    def __len__(self) -> int:
        return len(self.chance)

    @property
    def eligible_chance(self) -> NDArray[np.float64]:
        """(n,) the chance; 0 where a rule keeps the lead back."""
        return np.where(self.eligible, self.chance, 0.0)

    @property
    def fit(self) -> int | None:
        """Leads that fit the customers; None where nothing is known of fit."""
        good = fits(self.area, self.axes)
        return None if good is None else int(good.sum())

    def over(self, lines: NDArray[np.float64]) -> NDArray[np.int64]:
        """(L,) leads on each line or above; those that ask to be contacted come on top."""
        chance = np.sort(self.eligible_chance[~self.raised])
        counts: NDArray[np.int64] = len(chance) - np.searchsorted(chance, lines).astype(np.int64)
        return counts

    def in_slice(self, is_over: NDArray[np.bool_], share: float) -> tuple[float, float]:
        """Leads of the random slice below the line, and closes expected among them.

        Args:
            is_over: (n,) whether a lead is over the line and nothing keeps it back.
            share: Share of those below the line that is worked.
        """
        if self.case is not None:
            drawn = self.case == _SLICE
            return float(drawn.sum()), float(self.chance[drawn].sum())
        below = self.eligible & ~is_over & ~self.raised
        return share * float(below.sum()), share * float(self.chance[below].sum())


def waiting_leads(run: Run, model: PropensityModel, agreed: Agreed) -> WaitingLeads | None:
    """Score the leads that are open at "observed until", and read the table for each.

    Args:
        run: The configuration, and the canonical tables.
        model: The model as it is served.
        agreed: What it is used with.

    Returns:
        None of a flat table, or where no lead is open.
    """
    rows = rows_now(run, model)
    return None if rows is None else read(run, model, agreed, rows)


def rows_now(run: Run, model: PropensityModel) -> pa.Table | None:
    """The leads that are open at "observed until"; None of a flat table, or where there is none."""
    if run.store.is_flat or run.config.population is None or run.config.goal is None:
        return None
    rows = open_rows(
        run.store,
        run.config.population,
        model.spec.events,
        [run.store.observed_day],
        goal_stage=run.config.goal.stage,
    ).combine_chunks()
    return rows if rows.num_rows else None


def read(run: Run, model: PropensityModel, agreed: Agreed, rows: pa.Table) -> WaitingLeads:
    """Score rows of open leads, and read the table for each."""
    store, definition = run.store, agreed.definition
    table = built(store, rows, model.spec)
    sums = model.concept_sums(table.matrix)
    on_axes = graded(agreed.axes, sums.fit, sums.interest)
    everybody = np.ones(len(on_axes.area), dtype=np.bool_)
    if definition is None:
        nobody = ~everybody
        return WaitingLeads(
            sums.probability, everybody, nobody, nobody, on_axes.area, agreed.axes.names
        )
    ruled = RuleReader(store, definition, model.spec.events).read(rows)
    lead_id = table.keys["lead_id"].combine_chunks()
    decided = decide(
        definition,
        on_axes,
        sums.probability,
        ruled,
        lot=lots(definition, lead_id),
        held=held_out(definition, lead_id),
    )
    return WaitingLeads(
        sums.probability,
        ruled.eligible,
        decided.case == CASES.index("hand-raiser"),
        ruled.in_line & ruled.eligible,
        on_axes.area,
        agreed.axes.names,
        decided.case,
    )


def newest_of(replay: NightlyReplay) -> WaitingLeads:
    """The open leads at the newest as-of of a replay, by the model that replays."""
    newest = replay.at == len(replay.frame.as_of_days) - 1
    return WaitingLeads(
        replay.chance[newest],
        replay.obstacle[newest] == NOTHING,
        replay.raised[newest],
        replay.in_line[newest],
        replay.area[newest],
        replay.axes,
    )
