"""``learner.selection: reweight``: rows of leads that were worked, each standing for those like it
that were not.

Only who is called can close, so the row of a lead that nobody called says little about whether it
would close if somebody did. A lead over the line, or one that asked, is handed over whatever the
dice say; below the line a random slice is. The row of a lead that was handed over by its as-of
weighs 1 over the chance that it was, given what was known of it (Horvitz and Thompson 1952; Robins,
Hernán and Brumback 2000); the others are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.days import date_of, day_number
from features.errors import ConfigError, RefusedError
from features.store import Store
from propensity.config.config import Config
from propensity.definition.schema import Line
from propensity.ledger.address import file_of
from propensity.ledger.first_days import FIRST_DAYS, first_days
from propensity.ledger.ledger import LedgerFact, Night, ledger_of
from propensity.registry.definitions import Definitions
from training.learn.rows.snapshots import LabelledRows

#: Where a model's facts hold how its rows were weighted.
FACT = "selection"
#: A row weighs at most so many times one over the line: that of a slice of 2 %. All rows of a
#: smaller slice weigh less by the same factor, so that below the line nothing is distorted.
MOST = 50.0
#: A row teaches at most so many times as much as one over the line: with more, the few leads of a
#: small slice decide the model by their noise; measured by ``python -m benchmarks.reweight``.
MOST_TAUGHT = 10.0
#: Leads of the slice, and closes among them, below which the leads below the line are too few to
#: learn from.
FEWEST_LEADS, FEWEST_CLOSES = 100, 10
_NEVER = np.iinfo(np.int32).max
_DAYS = [field.name for field in FIRST_DAYS if field.type == pa.int32() and field.name != "episode"]

Days = NDArray[np.int64]


@dataclass(frozen=True)
class NightlyShares:
    """What was drawn by lot in k nights.

    Attributes:
        days: (k,) the nights, ascending.
        sliced: (k,) share of the qualified leads below the line that were handed over; 0 without a
            slice.
        held: (k,) share of the leads over the line that were not; 0 without a hold-out.
    """

    days: Days
    sliced: NDArray[np.float64]
    held: NDArray[np.float64]

    def largest_slice(self, since: Days, until: Days) -> NDArray[np.float64]:
        """(n,) the largest share of the slice in the nights from ``since`` to ``until``."""
        return self._over(self.sliced, since, until, np.maximum)

    def smallest_hold_out(self, since: Days, until: Days) -> NDArray[np.float64]:
        """(n,) the smallest share of the hold-out in the nights from ``since`` to ``until``."""
        return self._over(self.held, since, until, np.minimum)

    def _over(
        self, share: NDArray[np.float64], since: Days, until: Days, most: np.ufunc
    ) -> NDArray[np.float64]:
        """Both draws are of the lead alone, so who is drawn at a share is drawn at a larger one."""
        changes = np.flatnonzero(np.diff(share, prepend=np.nan) != 0)
        days, level = self.days[changes], share[changes]
        first = np.clip(np.searchsorted(days, since, side="right") - 1, 0, None)
        last = np.maximum(np.searchsorted(days, until, side="right") - 1, first)
        found = level[first]
        for step in range(1, int((last - first).max(initial=0)) + 1):
            found = most(found, level[np.minimum(first + step, last)])
        return found


@dataclass(frozen=True)
class WorkedRows:
    """Rows that were worked, with their weights.

    Attributes:
        rows: The rows that are left; ``weight`` has the mean 1.
        sliced: (m,) whether a row is of the random slice, and neither over the line nor asking.
        before: Rows left out because no night had been run by their as-of.
        unworked: Rows left out because nobody had been handed the lead by then.
        sliced_leads: Leads of the slice among the rows.
        sliced_wins: Wins (episodes) among them.
        share: Smallest share of the slice that a row was drawn with.
        capped: Whether rows would have weighed more than ``MOST``.
        first_night: The first night.
    """

    rows: LabelledRows
    sliced: NDArray[np.bool_]
    before: int
    unworked: int
    sliced_leads: int
    sliced_wins: int
    share: float
    capped: bool
    first_night: int

    @property
    def effective(self) -> float:
        """Rows of equal weight that would say as much of a mean (Kish 1965)."""
        weight = self.rows.weight
        return float(weight.sum() ** 2 / (weight**2).sum())

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was done, in words."""
        over = int((~self.sliced).sum())
        cap = f", capped at {MOST:g} times a row over the line" if self.capped else ""
        return (
            f"selection: reweight: {len(self.rows):,} rows of leads that were handed over count:"
            f" {over:,} over the line or asking, and {int(self.sliced.sum()):,} of"
            f" {self.sliced_leads:,} leads of the random slice ({self.sliced_wins:,} wins), which"
            f" stand for the leads below the line{cap}. They say as much as {self.effective:,.0f}"
            " rows of equal weight",
            f"selection: reweight: left out: {self.unworked:,} rows of leads that had not been"
            f" handed over, and {self.before:,} before {date_of(self.first_night)}, the first"
            " night of the ledger",
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for the model's facts."""
        return {
            "how": "reweight",
            "rows": len(self.rows),
            "rows_of_slice": int(self.sliced.sum()),
            "leads_of_slice": self.sliced_leads,
            "wins_of_slice": self.sliced_wins,
            "share": self.share,
            "capped": self.capped,
            "effective_rows": self.effective,
            "left_out_unworked": self.unworked,
            "left_out_before": self.before,
            "first_night": str(date_of(self.first_night)),
        }


def refuse_flat(config: Config) -> None:
    """Refuse to weigh rows of which nobody knows when their lead was handed over.

    Raises:
        ConfigError: The table is flat.
    """
    if config.input.is_flat and config.learner.selection == "reweight":
        raise ConfigError(
            "learner.selection: reweight asks who was handed over when, and a flat table has no"
            " days; expected as_is."
        )


def reweighted(config: Config, store: Store, rows: LabelledRows) -> WorkedRows:
    """Weigh rows by the chance that their lead had been handed over.

    Args:
        config: Names the ledger, and the registry with the definitions by which nights were run.
        store: The canonical tables.
        rows: Mature rows, before any sampling.

    Raises:
        RefusedError: There is no night, no random slice, or too few leads or closes in it.
        LedgerError: The ledger cannot be reached.
    """
    nights, facts = _ledger(config)
    shares = shares_of(nights, _lines(config, nights))
    if not shares.sliced.any():
        raise RefusedError(
            "learner.selection: reweight needs leads below the line that were worked by chance, and"
            " no definition of the nights has a random slice; write `mql.random_slice` into it,"
            " sign it, and run some months of nights; until then `selection: as_is`."
        )
    return weighted(rows, known_days(store, rows, first_days(facts)), shares)


def weighted(rows: LabelledRows, known: Mapping[str, Days], shares: NightlyShares) -> WorkedRows:
    """Leave out rows of leads that had not been handed over, and weigh the others.

    Args:
        rows: n rows.
        known: (n,) day numbers of each lead's first days, see ``FIRST_DAYS``.
        shares: What was drawn by lot.

    Raises:
        RefusedError: Too few leads of the slice, or closes among them.
    """
    day = rows.rows["as_of_day"].to_numpy().astype(np.int64)
    ran = (day >= shares.days[0]) & (day <= shares.days[-1])
    by = {name: ran & (days <= day) for name, days in known.items()}
    over = by["crossed"] & by["handed"]
    sliced = by["sliced"] & ~by["raised"] & ~by["crossed"]
    chance = np.zeros(len(rows))
    chance[sliced] = shares.largest_slice(known["sliced"][sliced], day[sliced])
    chance[over] = 1 - shares.smallest_hold_out(known["crossed"][over], day[over])
    certain = by["raised"] | (over & (known["handed"] < known["crossed"]))
    chance[certain] = 1.0
    at = np.flatnonzero(chance > 0)
    wanted = rows.weight[at] / chance[at]
    weight = np.minimum(wanted, MOST * rows.weight[at])
    kept = replace(rows.take(at), weight=weight / max(float(weight.mean()), 1e-300))
    of_slice = sliced[at]
    below = kept.take(of_slice)
    leads = len(np.unique(below.lead))
    if leads < FEWEST_LEADS or below.wins < FEWEST_CLOSES:
        raise RefusedError(
            f"learner.selection: reweight: expected {FEWEST_LEADS} leads of the random slice with a"
            f" mature look after their hand-over, and {FEWEST_CLOSES} wins among them, to learn"
            f" what leads below the line do when they are worked; got {leads:,} leads and"
            f" {below.wins:,} wins. Wait for more nights, or take a larger `mql.random_slice`;"
            " until then `selection: as_is`."
        )
    return WorkedRows(
        rows=kept,
        sliced=of_slice,
        before=int((~ran).sum()),
        unworked=int((ran & (chance == 0)).sum()),
        sliced_leads=leads,
        sliced_wins=below.wins,
        share=float(chance[at][of_slice].min()),
        capped=bool((wanted > weight).any()),
        first_night=int(shares.days[0]),
    )


def taught_less(rows: LabelledRows) -> NDArray[np.float64]:
    """(n,) what part of its weight a reweighted row teaches and calibrates with: a row of the slice
    at most ``MOST_TAUGHT`` times as much as one over the line.

    Figures and the reference population keep the whole weights, as they are means over all leads. A
    model's chances are of leads as they are, so it needs them only as far as it cannot bend.

    Args:
        rows: n rows, sampled or not: sampling multiplies all wins, and all others, alike.
    """
    least = np.ones(len(rows))
    for label in (0, 1):
        same = rows.label == label
        if same.any():
            least[same] = rows.weight[same].min()
    return np.minimum(1.0, MOST_TAUGHT * least / rows.weight)


def shares_of(nights: Sequence[Night], lines: Mapping[str, Line]) -> NightlyShares:
    """What was drawn by lot in each night.

    Args:
        nights: One or more nights, the oldest first.
        lines: Version of a definition to its line.
    """
    mql = [lines[night.definition_version] for night in nights]
    return NightlyShares(
        np.array([day_number(night.as_of) for night in nights], dtype=np.int64),
        np.array([line.random_slice.share if line.random_slice else 0.0 for line in mql]),
        np.array([line.hold_out.share if line.hold_out else 0.0 for line in mql]),
    )


def known_days(store: Store, rows: LabelledRows, days: pa.Table) -> dict[str, Days]:
    """(n,) of each name in ``FIRST_DAYS`` the day of each row's episode; far ahead where it never
    was.

    Args:
        store: The canonical tables.
        rows: n rows.
        days: Columns of ``FIRST_DAYS``.
    """
    numbered = rows.rows.append_column("row", pa.array(np.arange(len(rows))))
    store.connection.register("asked_rows", numbered)
    store.connection.register("first_days", days)
    try:
        found = store.query(f"""
            SELECT {", ".join(f"coalesce(f.{name}, {_NEVER}) AS {name}" for name in _DAYS)}
            FROM asked_rows r JOIN leads l ON l.lead = r.lead
            LEFT JOIN first_days f ON f.lead_id = l.lead_id AND f.episode = r.episode
            ORDER BY r.row
        """)
    finally:
        store.connection.unregister("asked_rows")
        store.connection.unregister("first_days")
    return {name: found[name].to_numpy().astype(np.int64) for name in _DAYS}


def recorded(config: Config) -> tuple[list[Night], list[LedgerFact]]:
    """The nights and facts of a ledger; none where there is no ledger yet.

    Raises:
        LedgerError: It cannot be reached.
    """
    file = file_of(config)
    if config.ledger.url is None and (file is None or not file.exists()):
        return [], []
    with ledger_of(config) as ledger:
        return ledger.nights(), ledger.facts()


def _ledger(config: Config) -> tuple[list[Night], list[LedgerFact]]:
    nights, facts = recorded(config)
    if not nights:
        raise RefusedError(
            "learner.selection: reweight asks the ledger who was handed over, and no night was run"
            " yet; run `propensity nightly` for some months with a signed definition that has a"
            " random slice; until then `selection: as_is`."
        )
    return nights, facts


def _lines(config: Config, nights: Sequence[Night]) -> dict[str, Line]:
    definitions = Definitions.of(config)
    versions = sorted({night.definition_version for night in nights})
    return {version: definitions.load(int(version)).mql for version in versions}
