"""Training rows: past snapshots with what became of the leads, mature ones only."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.population import ROWS, flat_rows, open_rows
from features.settings import PopulationSettings
from features.spec import EventReading
from features.store import Store
from training.learn.rows.cadence import Cadence


@dataclass(frozen=True)
class LabelledRows:
    """Rows with their outcome.

    Attributes:
        rows: ``lead``, ``episode``, ``as_of_day``.
        label: (n,) 1 where the goal was reached within the horizon, else 0.
        weight: (n,) rows of the population that each row stands for; 1 unless the rest was sampled.
        time: (n,) what orders the rows: the as-of day, or the position in a flat table; all 0 where
            there is none.
        cluster: (n,) number of the account, else of the lead: rows that are not independent.
        goal_episode: (n,) episode in which the goal was reached: the row's own, or a later one of
            the same lead. None where every row's is its own.
        round_end: (n,) last day of the row's round, which holds each open lead once: rows of one
            round are ranked against each other. None where rows of one time are.
    """

    rows: pa.Table
    label: NDArray[np.int8]
    weight: NDArray[np.float64]
    time: NDArray[np.int64]
    cluster: NDArray[np.int64]
    goal_episode: NDArray[np.int64] | None = None
    round_end: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.label)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "LabelledRows":
        """The chosen rows, by mask or position."""
        at = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return LabelledRows(
            self.rows.take(pa.array(at)),
            self.label[at],
            self.weight[at],
            self.time[at],
            self.cluster[at],
            None if self.goal_episode is None else self.goal_episode[at],
            None if self.round_end is None else self.round_end[at],
        )

    @property
    def round(self) -> NDArray[np.int64]:
        """(n,) number of what the row is ranked within, ascending in time: its round, else its
        time.
        """
        return self.time if self.round_end is None else self.round_end

    @property
    def lead(self) -> NDArray[np.int64]:
        """(n,) store numbers of the leads."""
        numbers: NDArray[np.int64] = self.rows["lead"].to_numpy().astype(np.int64)
        return numbers

    @property
    def win(self) -> NDArray[np.int64]:
        """(n,) number of the episode whose goal the row waits for; means something where it won."""
        own = self.rows["episode"].to_numpy().astype(np.int64)
        return (self.lead << 32) + (own if self.goal_episode is None else self.goal_episode)

    @property
    def wins(self) -> int:
        """Different episodes that reached the goal."""
        return int(np.unique(self.win[self.label == 1]).size)

    @property
    def others(self) -> int:
        """Different leads with a row that did not reach the goal within its horizon."""
        return int(np.unique(self.lead[self.label == 0]).size)

    @property
    def close_rate(self) -> float:
        """Share of the population's rows that reached the goal within the horizon."""
        return float((self.label * self.weight).sum() / self.weight.sum())


@dataclass(frozen=True)
class Coverage:
    """What the snapshots see of the history.

    Attributes:
        wins: Episodes that reached the goal before ``observed until``.
        wins_seen: Wins among these that some row saw coming. As phases are a hash, its share is
            about what it would be on average over all phases.
        decided_unrecorded: Rows left out because the lead had closed but the close was not recorded
            yet.
    """

    wins: int
    wins_seen: int
    decided_unrecorded: int


def snapshots(
    store: Store,
    population: PopulationSettings,
    reading: EventReading,
    cadence: Cadence,
    *,
    goal_stage: str,
    horizon_days: int,
) -> tuple[LabelledRows, Coverage]:
    """The population of each round, every lead on its own day, with its label: goal reached with
    as-of <= moment < as-of + horizon, by the row's episode or a later one of the same lead.
    """
    rows = open_rows(
        store,
        population,
        reading,
        cadence.rounds,
        goal_stage=goal_stage,
        spread_days=cadence.every,
    )
    rows = rows.filter(pc.greater(rows["as_of_day"], cadence.after))
    own_day = day_reached(store, goal_stage)
    store.connection.register(
        "snapshot_rows", rows.append_column("row", pa.array(np.arange(rows.num_rows)))
    )
    found = store.query(f"""
        WITH goals AS ({goals_ahead(store, goal_stage)})
        SELECT coalesce(g.goal_day >= r.as_of_day
            AND g.goal_day < r.as_of_day + {horizon_days}, false) AS label,
               coalesce(e.closed_day < r.as_of_day OR {own_day} < r.as_of_day, false) AS decided,
               coalesce(l.account + (SELECT count(*) FROM leads), r.lead) AS cluster,
               coalesce(g.goal_episode, r.episode) AS goal_episode
        FROM snapshot_rows r JOIN episodes e ON e.lead = r.lead AND e.episode = r.episode
        JOIN goals g ON g.lead = r.lead AND g.episode = r.episode
        JOIN leads l ON l.lead = r.lead ORDER BY r.row
    """)
    store.connection.unregister("snapshot_rows")
    decided = found["decided"].to_numpy(zero_copy_only=False).astype(bool)
    labelled = LabelledRows(
        rows=rows,
        label=found["label"].to_numpy(zero_copy_only=False).astype(np.int8),
        weight=np.ones(rows.num_rows),
        time=rows["as_of_day"].to_numpy().astype(np.int64),
        cluster=found["cluster"].to_numpy().astype(np.int64),
        goal_episode=found["goal_episode"].to_numpy().astype(np.int64),
        round_end=cadence.round_of(rows["as_of_day"].to_numpy().astype(np.int64)),
    ).take(~decided)
    query = f"SELECT count(*) FROM episodes e WHERE {own_day} < {store.observed_day}"
    wins = int(store.value(query))
    return labelled, Coverage(
        wins=wins, wins_seen=labelled.wins, decided_unrecorded=int(decided.sum())
    )


def flat_snapshot(store: Store, *, order: str) -> LabelledRows:
    """The rows of a flat table that have an outcome.

    Rows are sorted, and clusters numbered, by lead_id, so that the order of the file changes the
    model only where ``order`` says it means something.
    """
    rows = flat_rows(store)
    found = store.query("""
        WITH numbered AS (SELECT *, row_number() OVER (ORDER BY lead_id, row_number) - 1 AS sorted
            FROM leads)
        SELECT won, coalesce(account + (SELECT count(*) FROM leads), sorted) AS cluster,
            epoch_us("at") AS moment,
               row_number, sorted
        FROM numbered ORDER BY lead
    """)
    position = found["row_number"].to_numpy().astype(np.int64)
    moment = found["moment"].fill_null(0).to_numpy().astype(np.int64)
    time = {
        "time": moment,
        "rows": position,
        "rows_newest_first": -position,
        "random": np.zeros_like(position),
    }[order]
    won = found["won"]
    labelled = LabelledRows(
        rows=rows.cast(ROWS),
        label=won.fill_null(False).to_numpy(zero_copy_only=False).astype(np.int8),
        weight=np.ones(rows.num_rows),
        time=time,
        cluster=found["cluster"].to_numpy().astype(np.int64),
    )
    by_id = np.argsort(found["sorted"].to_numpy(), kind="stable")
    has_outcome = won.is_valid().to_numpy(zero_copy_only=False)
    return labelled.take(by_id[has_outcome[by_id]])


def sampled(rows: LabelledRows, max_rows: int, *, seed: int) -> LabelledRows:
    """All wins, and as many of the rest as fit, weighted so that the weights still count the
    population.
    """
    if len(rows) <= max_rows:
        return rows
    won = np.flatnonzero(rows.label == 1)
    rest = np.flatnonzero(rows.label == 0)
    keep = max(max_rows - len(won), min(len(rest), max_rows // 2))
    chosen = np.random.default_rng(seed).choice(rest, size=keep, replace=False)
    weight = rows.weight.copy()
    weight[rest] *= len(rest) / keep
    return replace(rows, weight=weight).take(np.sort(np.concatenate([won, chosen])))


def goals_ahead(store: Store, goal_stage: str) -> str:
    """SQL: for each episode the first goal that its lead reaches in it or in a later one.

    Columns: ``lead``, ``episode``; ``goal_day``, ``goal_known_day`` and ``goal_episode``, NULL
    where the goal is not reached.
    """
    day = day_reached(store, goal_stage)
    known = f"greatest({day}, e.close_known_day)" if goal_stage == "won" else day
    ahead = (
        "OVER (PARTITION BY e.lead ORDER BY e.episode"
        " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"
    )
    return (
        f"SELECT e.lead, e.episode, min({day}) {ahead} AS goal_day,"
        f" arg_min({known}, {day}) {ahead} AS goal_known_day,"
        f" arg_min(CASE WHEN {day} IS NOT NULL THEN e.episode END, {day}) {ahead} AS goal_episode"
        " FROM episodes e"
    )


def day_reached(store: Store, goal_stage: str) -> str:
    """SQL: the day an episode reached the goal, NULL if it did not."""
    if goal_stage == "won":
        return "(CASE WHEN e.won THEN e.closed_day END)"
    return f"e.s{store.stages.index(goal_stage)}_day"
