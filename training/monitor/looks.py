"""Looks at leads: the scores of nights as they were served, and what became of the leads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.days import day_number
from features.store import Store
from propensity.grading.overrides import episode_key
from propensity.ledger.ledger import Night
from training.learn.metrics.holdout import Holdout
from training.learn.rows.snapshots import day_reached
from training.monitor.watched import Watched

#: The day of what has not happened.
NEVER = int(np.iinfo(np.int32).max)
#: Columns of a scored file that looks are made of.
_READ = ("lead_id", "episode", "log_odds", "rank", "grade", "is_mql")
_TENTHS = 10


@dataclass(frozen=True)
class Looks:
    """n looks, each a lead in the scores of a night, in the order of nights.

    Attributes:
        lead: (n,) number of the lead in the store.
        episode: (n,) number of its episode.
        cluster: (n,) number of the account, else of the lead: looks that are not independent.
        night: (n,) day number of the night.
        log_odds: (n,) as served.
        tenth: (n,) 1 to 10: 1 is the best tenth of the night's list.
        grade: (n,) code of the grade, see ``grades``.
        grades: What the codes mean.
        is_mql: (n,) whether the lead was an MQL in that night.
        goal_day: (n,) the day on which the episode reached the goal, or ``NEVER``.
        horizon: Days within which the lead was promised to close.
        until: Number of the day before which everything is known.
        unknown: Looks whose lead is not in the sources any more; they are left out.
    """

    lead: NDArray[np.int32]
    episode: NDArray[np.int32]
    cluster: NDArray[np.int64]
    night: NDArray[np.int32]
    log_odds: NDArray[np.float64]
    tenth: NDArray[np.int8]
    grade: NDArray[np.int16]
    grades: tuple[str, ...]
    is_mql: NDArray[np.bool_]
    goal_day: NDArray[np.int32]
    horizon: int
    until: int
    unknown: int = 0

    def __len__(self) -> int:
        return len(self.lead)

    @property
    def chance(self) -> NDArray[np.float64]:
        """(n,) as served."""
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * self.log_odds)))

    @property
    def won(self) -> NDArray[np.bool_]:
        """(n,) whether the goal was reached within the horizon, as far as it is known."""
        day = self.goal_day.astype(np.int64)
        reached: NDArray[np.bool_] = (day >= self.night) & (day < self.night + self.horizon)
        return reached

    @property
    def is_mature(self) -> NDArray[np.bool_]:
        """(n,) whether the horizon is over and observed."""
        over: NDArray[np.bool_] = self.night + self.horizon <= self.until
        return over

    @property
    def counts_once(self) -> NDArray[np.bool_]:
        """(n,) the looks among which no horizon of a lead overlaps another, so that every close
        counts once: the first look at each episode, and the next one after its horizon is over.
        """
        order = np.lexsort((self.night, self.episode, self.lead))
        same = (np.diff(self.lead[order], prepend=-1) == 0) & (
            np.diff(self.episode[order], prepend=-1) == 0
        )
        kept, last = np.zeros(len(self), dtype=np.bool_), -1
        nights = self.night[order].tolist()
        for place, (is_same, night) in enumerate(zip(same.tolist(), nights, strict=True)):
            if not is_same or night >= last + self.horizon:
                kept[place], last = True, night
        found = np.zeros(len(self), dtype=np.bool_)
        found[order] = kept
        return found

    def take(self, chosen: NDArray[np.bool_]) -> "Looks":
        """Some of the looks."""
        arrays = {
            name: value[chosen]
            for name, value in vars(self).items()
            if isinstance(value, np.ndarray)
        }
        return Looks(**{**vars(self), **arrays})

    @property
    def holdout(self) -> Holdout:
        """The looks as rows that are judged."""
        return Holdout(
            self.won.astype(np.int8), self.night, self.cluster, np.ones(len(self), dtype=float)
        )


def looks_of(watched: Watched, nights: Sequence[Night], *, only: pa.Table | None = None) -> Looks:
    """The looks of some nights whose files are there.

    Args:
        watched: The nights and the sources.
        nights: Nights that are looked at.
        only: ``lead_id``, ``episode``, ``night`` (day number) of the looks that are wanted; None
            for all.
    """
    parts = []
    for night in nights:
        table = watched.served(night.as_of, _READ)
        if table is not None:
            rows = _of_night(table, day_number(night.as_of))
            wanted = (
                None
                if only is None
                else only.filter(pc.equal(only["night"], day_number(night.as_of)))
            )
            parts.append(rows if wanted is None else _among(rows, wanted))
    empty = _of_night(pa.table({name: pa.array([], kind) for name, kind in _TYPES.items()}), 0)
    rows = pa.concat_tables([empty, *parts])
    return _with_outcomes(watched, rows)


def _among(rows: pa.Table, wanted: pa.Table) -> pa.Table:
    keys = [
        episode_key(table["lead_id"].combine_chunks(), table["episode"].combine_chunks())
        for table in (rows, wanted)
    ]
    return rows.filter(pc.is_in(keys[0], value_set=keys[1]))


_TYPES = {
    "lead_id": pa.string(),
    "episode": pa.int32(),
    "log_odds": pa.float64(),
    "rank": pa.int64(),
    "grade": pa.string(),
    "is_mql": pa.bool_(),
}


def _of_night(table: pa.Table, night: int) -> pa.Table:
    rank = table["rank"].to_numpy()
    tenth = np.ceil(_TENTHS * rank / max(len(rank), 1)).astype(np.int8)
    return pa.table(
        {
            "lead_id": table["lead_id"].cast(pa.string()),
            "episode": table["episode"].cast(pa.int32()),
            "log_odds": table["log_odds"],
            "grade": table["grade"].cast(pa.string()),
            "is_mql": pc.fill_null(table["is_mql"], False),
            "tenth": pa.array(tenth, pa.int8()),
            "night": pa.array(np.full(len(rank), night), pa.int32()),
        }
    )


def _with_outcomes(watched: Watched, rows: pa.Table) -> Looks:
    found = outcomes_of(watched, rows.select(["lead_id", "episode"]))
    known = found["lead"].is_valid()
    count = rows.num_rows - pc.sum(known).as_py() if rows.num_rows else 0
    rows, found = rows.filter(known).combine_chunks(), found.filter(known)
    grade = pc.fill_null(rows["grade"], "").combine_chunks().dictionary_encode()
    return Looks(
        lead=found["lead"].to_numpy().astype(np.int32),
        episode=rows["episode"].to_numpy().astype(np.int32),
        cluster=found["cluster"].to_numpy().astype(np.int64),
        night=rows["night"].to_numpy().astype(np.int32),
        log_odds=rows["log_odds"].to_numpy().astype(np.float64),
        tenth=rows["tenth"].to_numpy().astype(np.int8),
        grade=grade.indices.to_numpy().astype(np.int16),
        grades=tuple(grade.dictionary.to_pylist()),
        is_mql=rows["is_mql"].to_numpy(),
        goal_day=found["goal"].fill_null(NEVER).to_numpy().astype(np.int32),
        horizon=watched.horizon,
        until=watched.until,
        unknown=count,
    )


def outcomes_of(watched: Watched, asked: pa.Table) -> pa.Table:
    """What became of episodes, as far as it is known at the look.

    Args:
        watched: The nights and the sources.
        asked: ``lead_id``, ``episode``; in any order, and as often as one likes.

    Returns:
        (as many rows, in the order asked) ``lead``, its number in the store, null where it is not
        in the sources any more; ``cluster``; ``goal``, the day of the goal, null where it was not
        reached or is not known yet.
    """
    store, goal = watched.store, watched.config.goal
    day = day_reached(store, goal.stage if goal else "won")
    known = _known(store, goal.stage if goal else "won")
    numbered = asked.append_column("row", pa.array(np.arange(asked.num_rows), pa.int64()))
    store.connection.register("asked_episodes", numbered)
    try:
        return store.query(
            f"""
            SELECT e.lead, coalesce(l.account + (SELECT count(*) FROM leads), l.lead) AS cluster,
                CASE WHEN {day} < $until AND {known} < $until THEN {day} END AS goal
            FROM asked_episodes a
            LEFT JOIN leads l ON l.lead_id = a.lead_id
            LEFT JOIN episodes e ON e.lead = l.lead AND e.episode = a.episode
            ORDER BY a.row
            """,
            {"until": watched.until},
        )
    finally:
        store.connection.unregister("asked_episodes")


def _known(store: Store, stage: str) -> str:
    """SQL: the day on which the goal is known; the sources say it of closes only."""
    return "e.close_known_day" if stage == "won" else day_reached(store, stage)
