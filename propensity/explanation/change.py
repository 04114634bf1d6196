"""What moved a lead between two scorings: an exact split of the change in its log-odds, in a fixed
order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.build import build, prepare
from features.days import date_of, day_number, midnight_utc
from features.errors import RefusedError
from features.resources import Resources
from features.spec import AttributeSource, FeatureSpec
from features.store import ACCOUNT_CHANGE, Store
from propensity.config.config import Config
from propensity.explanation.earlier_score import earlier_row
from propensity.explanation.explanation import Explanation, explain, row_of
from propensity.model.model import PropensityModel
from propensity.model.same_input import refuse_other_input
from propensity.registry.champion import Champion, champion_of, load_champion, with_definition_of
from propensity.scoring.job import telling
from propensity.scoring.scorer import Telling, telling_of

#: What may move a lead, in the order in which the change is split.
Mover = Literal["not kept", "ageing", "new behaviour", "changed attributes", "new model"]
MOVERS: tuple[Mover, ...] = (
    "not kept",
    "ageing",
    "new behaviour",
    "changed attributes",
    "new model",
)


@dataclass(frozen=True)
class Scoring:
    """A lead at one scoring.

    Attributes:
        model: That scored.
        telling: The definition and the words used.
        as_of_day: Number of the local day.
    """

    model: PropensityModel
    telling: Telling
    as_of_day: int


@dataclass(frozen=True)
class ChangeStep:
    """A part of the change.

    Attributes:
        mover: What moved.
        change: Change in log-odds.
        concepts: Names and changes of the concepts that moved, the largest first; none for a new
            model, and for what is not kept.
    """

    mover: Mover
    change: float
    concepts: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class ScoreChange:
    """A lead then and now: the steps add up to the change of its log-odds.

    Attributes:
        lead_id: Identifier of the lead.
        since: As-of of the earlier scoring.
        before: The lead then, by the model and definition of then.
        after: The lead now, by those of now.
        by_old_definition: The lead now, by the definition of then: what differs from ``after`` the
            new one changed.
        steps: Steps in the order of ``MOVERS``.
        without_history: Columns whose value of then is not kept: today's was used for both.
        log_odds_then: Log-odds of the earlier scoring: as its file says, else recomputed.
    """

    lead_id: str
    since: date
    before: Explanation
    after: Explanation
    by_old_definition: Explanation
    steps: tuple[ChangeStep, ...]
    without_history: tuple[str, ...]
    log_odds_then: float

    @property
    def change(self) -> float:
        """How much the log-odds changed."""
        return self.after.log_odds - self.log_odds_then


def score_change_since(
    config: Config,
    store: Store,
    champion: Champion,
    lead_id: str,
    *,
    since: date | Path,
    as_of_day: int,
) -> ScoreChange:
    """What moved a lead since a day, or since the scoring whose file is given.

    Without a file the earlier scoring is recomputed with the pair that was champion on that day.
    With it, what the recomputed scoring says differently (facts that were overwritten since) is a
    part of its own.

    Args:
        config: Names the registry.
        store: The canonical tables.
        champion: That scores now.
        lead_id: Identifier as in the source.
        since: As-of of the earlier scoring, or its scored file.
        as_of_day: Number of the later day.

    Raises:
        LeadNotFoundError: The lead was not scored at one of the as-ofs.
        PropensityError: See ``score_change`` and ``champion_of``.
    """
    zone = champion.model.spec.timezone
    if isinstance(since, Path):
        row = earlier_row(since, lead_id)
        day, recorded = day_number(row["as_of"]), float(row["log_odds"])
        earlier = load_champion(config, str(row["model_version"]))
    else:
        day, recorded = day_number(since), None
        earlier = champion_of(config, midnight_utc(day, zone))
    refuse_other_input(config, earlier.model)
    bridge = with_definition_of(champion, earlier, config)
    return score_change(
        store,
        lead_id,
        Scoring(earlier.model, telling(earlier, config), day),
        Scoring(champion.model, telling(champion, config), as_of_day),
        by_old=telling(bridge, config),
        recorded=recorded,
    )


def score_change(
    store: Store,
    lead_id: str,
    then: Scoring,
    now: Scoring,
    *,
    by_old: Telling,
    recorded: float | None = None,
) -> ScoreChange:
    """Split what changed a lead's log-odds.

    The earlier model looks at the lead four times: as it was; on the later day, knowing only the
    behaviour and the attributes of then (ageing); with the behaviour since (new behaviour); with
    the attributes of the later day (changed attributes), read as the input of the later day is.
    What the later model says differently is the new model's part.

    Args:
        store: The canonical tables; what was recorded later is left out by its times.
        lead_id: Identifier as in the source.
        then: The earlier scoring.
        now: The later scoring.
        by_old: The telling of now, by the definition of then.
        recorded: Log-odds that the earlier scoring wrote down; None where it is recomputed.

    Raises:
        LeadNotFoundError: The lead was not in the population at one of the as-ofs.
        RefusedError: A flat table, or as-ofs in the wrong order.
    """
    if store.is_flat:
        raise RefusedError(
            "A flat table knows one moment of each lead; what moved needs leads, events and"
            " outcomes."
        )
    if then.as_of_day >= now.as_of_day:
        raise RefusedError(
            f"Expected an earlier day to compare {date_of(now.as_of_day)} with, got"
            f" {date_of(then.as_of_day)}."
        )
    before = explain(then.model, store, lead_id, then.as_of_day, telling=then.telling)
    after = explain(now.model, store, lead_id, now.as_of_day, telling=now.telling)
    return ScoreChange(
        lead_id=lead_id,
        since=date_of(then.as_of_day),
        before=before,
        after=after,
        by_old_definition=explain(now.model, store, lead_id, now.as_of_day, telling=by_old),
        steps=_steps(store, lead_id, then, now, recorded, before, after),
        without_history=_without_history(then.model.spec),
        log_odds_then=before.log_odds if recorded is None else recorded,
    )


def _steps(
    store: Store,
    lead_id: str,
    then: Scoring,
    now: Scoring,
    recorded: float | None,
    before: Explanation,
    after: Explanation,
) -> tuple[ChangeStep, ...]:
    model, spec = then.model, then.model.spec
    row_then = row_of(model, store, lead_id, then.as_of_day)
    row_now = row_of(model, store, lead_id, now.as_of_day)
    with _known_before(store, row_then, then.as_of_day) as as_known:
        of_then = _matrix(as_known, spec, row_then)
        aged = _matrix(as_known, spec, row_now)
    of_now = _matrix(store, spec, row_now)
    _keep_attributes(aged, of_then, spec, days=now.as_of_day - then.as_of_day)
    behaved = of_now.copy()
    attributes = [
        i for i, feature in enumerate(spec.features) if isinstance(feature.source, AttributeSource)
    ]
    behaved[:, attributes] = aged[:, attributes]
    muted = [
        telling_of(model, store, scoring.telling, scoring.as_of_day).muted
        for scoring in (then, now)
    ]
    earlier = model.silencing(muted[0]).concept_sums(
        np.asfortranarray(np.vstack([of_then, aged, behaved]))
    )
    later = model.silencing(muted[1]).concept_sums(of_now)
    changes = np.diff(np.vstack([earlier.contributions, later.contributions]), axis=0)
    recomputed = [*earlier.log_odds.tolist(), *later.log_odds.tolist()]
    stations = [
        before.log_odds if recorded is None else recorded,
        before.log_odds,
        *recomputed[1:],
        after.log_odds,
    ]
    names = [concept.name for concept in model.concepts]
    concepts = [(), *(_ordered(names, change) for change in changes), ()]
    parts = zip(MOVERS, np.diff(stations).tolist(), concepts, strict=True)
    return tuple(
        ChangeStep(mover, change, which)
        for mover, change, which in parts
        if mover != "not kept" or change
    )


def _known_before(store: Store, row: pa.Table, day: int) -> Store:
    """The lead and all who ever were its colleagues, with the behaviour and the attributes that
    were known before a day.
    """
    lead = row["lead"][0].as_py()
    belonged = (
        "SELECT lead, account FROM leads UNION ALL SELECT lead, TRY_CAST(value AS INTEGER)"
        f" FROM changes WHERE attribute = {ACCOUNT_CHANGE}"
    )
    accounts = f"SELECT account FROM ({belonged}) WHERE lead = {lead} AND account IS NOT NULL"
    leads = f"SELECT {lead} UNION ALL SELECT lead FROM ({belonged}) WHERE account IN ({accounts})"
    tables = {
        name: store.query(f"SELECT * FROM {name} WHERE lead IN ({leads}){known}")
        for name, known in {
            "leads": "",
            "episodes": "",
            "events": f" AND known_day < {day}",
            "changes": f" AND known_day < {day}",
        }.items()
    }
    known = Store.from_arrow(
        tables,
        attributes=store.attributes,
        stages=store.stages,
        timezone=store.timezone,
        resources=Resources(threads=1),
    )
    known.own = store.own  # the same code, on what was known
    return known


def _matrix(store: Store, spec: FeatureSpec, row: pa.Table) -> NDArray[np.float64]:
    prepare(store, spec, row)
    return build(store, row, spec).matrix


def _keep_attributes(
    aged: NDArray[np.float64], of_then: NDArray[np.float64], spec: FeatureSpec, *, days: int
) -> None:
    """Attributes stay what they were then; ages of dates alone grow."""
    for i, feature in enumerate(spec.features):
        if isinstance(feature.source, AttributeSource):
            grows = feature.source.reading == "age"
            aged[:, i] = of_then[:, i] + days if grows else of_then[:, i]


def _ordered(names: Sequence[str], changes: NDArray[np.float64]) -> tuple[tuple[str, float], ...]:
    found = [
        (name, float(change)) for name, change in zip(names, changes, strict=True) if change != 0
    ]
    return tuple(sorted(found, key=lambda item: -abs(item[1])))


def _without_history(spec: FeatureSpec) -> tuple[str, ...]:
    read = (feature.source for feature in spec.features)
    return tuple(
        dict.fromkeys(s.column for s in read if isinstance(s, AttributeSource) and not s.history)
    )
