"""The course of leads over the last nights, read off the files that `nightly` wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from propensity.config.config import Config
from propensity.scoring.scored_file import SCORED_FILE

#: Nights that are shown, the newest.
MOST_NIGHTS = 14

#: Lead and episode.
LeadKey = tuple[str, int]


@dataclass(frozen=True)
class NightScores:
    """A night's scores.

    Attributes:
        day: The night.
        scores: Chance and grade of a lead, by lead and episode.
    """

    day: date
    scores: dict[LeadKey, tuple[float, str]]


def last_nights(config: Config, keys: Sequence[LeadKey]) -> tuple[NightScores, ...]:
    """The last nights of these leads, the oldest first; none where no night was run.

    Args:
        config: Names the folder of the nights.
        keys: The leads.
    """
    folder = Path(config.nightly.folder)
    found = sorted((day, path) for path in folder.glob(f"*/{SCORED_FILE}") if (day := _day(path)))
    wanted = pa.array(sorted({lead_id for lead_id, _ in keys}), pa.string())
    return tuple(
        NightScores(day, _scores(path, wanted, set(keys))) for day, path in found[-MOST_NIGHTS:]
    )


def _day(path: Path) -> date | None:
    """The night of a file; None of a folder that is no night's."""
    try:
        return date.fromisoformat(path.parent.name)
    except ValueError:
        return None


def _scores(path: Path, wanted: pa.Array, keys: set[LeadKey]) -> dict[LeadKey, tuple[float, str]]:
    rows = pq.read_table(
        path,
        columns=["lead_id", "episode", "probability", "grade"],
        filters=pc.field("lead_id").isin(wanted),
    )
    columns = (rows[name].to_pylist() for name in rows.column_names)
    return {
        (lead_id, episode): (chance, grade)
        for lead_id, episode, chance, grade in zip(*columns, strict=True)
        if (lead_id, episode) in keys
    }
