"""How old the newest facts are, of all tables together and of each beside the others.

A table that ends early while the others go on was not delivered: its leads look silent, or open.
How long a table may be silent follows from how often it used to speak.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log

from features.days import date_of
from features.spec import BehaviourSource, FeatureSpec
from features.store import Store
from propensity.config.sections import InputCheckSettings
from propensity.scoring.differences import InputDifference

#: Days that say how often facts come in.
DAYS = 90
#: Chance that they stay away for so long although nothing changed.
_BY_CHANCE = 1e-6
#: Table to SQL of its facts: the day, and the day on which it was known.
_FACTS: Mapping[str, str] = {
    "leads": "SELECT created_day AS day, known_day FROM leads",
    "events": "SELECT day, known_day FROM events",
    "outcomes": "SELECT closed_day AS day, close_known_day AS known_day FROM episodes",
}
_MEANING: Mapping[str, str] = {
    "leads": "new leads are not scored",
    "events": "every lead looks silent",
    "outcomes": "closed leads are scored as open ones",
}


@dataclass(frozen=True)
class Rhythm:
    """How often facts come in.

    Attributes:
        newest: Day of the newest one.
        active: Days with any, of the ``DAYS`` days up to the newest one.
    """

    newest: int
    active: int

    def is_broken_by(self, silent: int) -> bool:
        """Whether so many silent days are too many to have come by chance."""
        away = 1 - min(self.active, DAYS - 1) / DAYS
        return silent * log(away) < log(_BY_CHANCE)


def compared_ends(
    spec: FeatureSpec, store: Store, limits: InputCheckSettings, as_of_day: int
) -> Iterator[InputDifference]:
    """Tables that end too early, and an input that does as a whole.

    Args:
        spec: What the model reads.
        store: The opened input, of leads and events.
        limits: Beyond which a difference is told.
        as_of_day: Number of the day at whose start leads are looked at.
    """
    rhythms = {name: rhythm(store, facts, as_of_day) for name, facts in _FACTS.items()}
    together = rhythm(store, " UNION ALL ".join(_FACTS.values()), as_of_day)
    if together is None or store.observed_until is None:
        return
    newest = min(store.observed_day, together.newest)
    silent = as_of_day - newest
    is_old = as_of_day - store.observed_day > limits.stale_days
    if is_old or (silent > limits.stale_days and together.is_broken_by(silent)):
        yield InputDifference(
            "stale",
            "look",
            "events",
            f"the newest fact is of {date_of(newest)}, {silent:,} days before the as-of; expected"
            f" at most {limits.stale_days} (`input_check.stale_days`): is the extract an old one?",
        )
    reads_events = any(isinstance(feature.source, BehaviourSource) for feature in spec.features)
    for name, found in rhythms.items():
        if found is None or not found.is_broken_by(together.newest - found.newest):
            continue
        yield InputDifference(
            f"{name}-stopped",
            "stop" if name == "events" and reads_events else "look",
            name,
            f"{name}: none since {date_of(found.newest)}, where other facts go on until"
            f" {date_of(together.newest)}; before, they came in on {found.active} of {DAYS} days."
            f" Was the table cut? {_MEANING[name][0].upper()}{_MEANING[name][1:]}.",
        )


def rhythm(store: Store, facts: str, as_of_day: int) -> Rhythm | None:
    """How often facts came in that were known before a day; None without any.

    Args:
        store: The opened input.
        facts: SQL of ``day`` and ``known_day``.
        as_of_day: The day.
    """
    row = store.query(f"""
        WITH known AS (
            SELECT DISTINCT day FROM ({facts}) WHERE day < {as_of_day} AND known_day < {as_of_day}
        )
        SELECT max(day) AS newest,
            count(*) FILTER (day > (SELECT max(day) FROM known) - {DAYS}) AS active
        FROM known
    """).to_pylist()[0]
    return None if row["newest"] is None else Rhythm(row["newest"], row["active"])
