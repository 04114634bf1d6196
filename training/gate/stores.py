"""The same sources, read as another model needs them: with its columns, and its kinds of
columns.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pyarrow.compute as pc

from features.errors import DataError
from features.intake import open_store
from features.intake.learned_writings import learned_writings
from features.kinds import ValueKind
from features.settings import ColumnSettings
from features.store import Store
from features.writing import Writing
from propensity.config.config import Config
from propensity.model.model import PropensityModel
from training.learn.rows.run import Run

#: Beginnings of the names of tables that hold lead columns.
_OF_LEADS = ("leads", "flat", "joined")


@contextmanager
def store_to_learn(run: Run, other: Config) -> Iterator[Store]:
    """The sources of a configuration with the lead columns of another one; the store itself where
    these are the same.

    Leads have the same numbers.

    Args:
        run: The configuration, and the canonical tables.
        other: The configuration whose columns are read.

    Raises:
        DataError: The sources do not hold these columns, or other leads can be used with them.
    """
    if _listed(run.config) == _listed(other) and run.store.filters == other.event_filters:
        yield run.store
        return
    with open_store(
        run.config.input,
        _learned(run.config.columns, other.columns),
        purpose="train",
        filters=other.event_filters,
        quarantine=None,
        case_matters=run.config.features.case_matters,
    ) as opened:
        opened.own = run.store.own
        _check_same_leads(run.store, opened)
        yield opened


@contextmanager
def store_to_score(run: Run, model: PropensityModel) -> Iterator[Store]:
    """The sources of a configuration as a model scores them; the store itself where that makes no
    difference.

    Leads have the same numbers.

    Raises:
        DataError: The sources cannot be used with the model's columns.
    """
    here = {attribute.name: attribute.kind for attribute in run.store.attributes}
    same_kinds = all(here.get(name) == kind for name, kind in model.spec.column_kinds.items())
    writings = learned_writings(model.spec)
    same_events = run.store.filters == model.spec.events.filters
    if (
        same_kinds
        and same_events
        and _words(writings).items() <= _words(run.store.writings).items()
    ):
        yield run.store
        return
    carried: dict[str, ValueKind] = dict.fromkeys(run.config.columns.carry, "text")
    kinds = carried | dict(model.spec.column_kinds)
    columns = model.config.columns
    with open_store(
        run.config.input,
        columns,
        kinds=kinds,
        writings=writings,
        purpose="score",
        filters=model.spec.events.filters,
        quarantine=None,
        case_matters=run.config.features.case_matters,
    ) as opened:
        opened.own = run.store.own
        _check_same_leads(run.store, opened)
        yield opened


def _words(writings: Mapping[str, Mapping[str, Writing]]) -> dict[str, tuple[str, ...]]:
    """How the lead columns of yes and no spell them."""
    tables = {name: found for name, found in writings.items() if name.startswith(_OF_LEADS)}
    return {
        f"{table}: {column}": writing.truth
        for table, found in tables.items()
        for column, writing in found.items()
        if writing.truth
    }


def _learned(today: ColumnSettings, theirs: ColumnSettings) -> ColumnSettings:
    """The columns that a recipe learns from; all others that anybody lists are left alone."""
    taken = {*theirs.fit, *theirs.interest}
    others = [
        name
        for lists in (today, theirs)
        for name in (*lists.fit, *lists.interest, *lists.hearing, *lists.carry, *lists.ignore)
    ]
    ignored = tuple(dict.fromkeys(name for name in others if name not in taken))
    return theirs.model_copy(update={"hearing": (), "carry": (), "ignore": ignored})


def _listed(config: Config) -> tuple[tuple[str, ...], ...]:
    return tuple(config.columns.fit), tuple(config.columns.interest)


def _check_same_leads(store: Store, opened: Store) -> None:
    query = "SELECT lead_id FROM leads ORDER BY lead"
    one, other = (each.query(query)["lead_id"].combine_chunks() for each in (store, opened))
    if len(one) != len(other) or not pc.all(pc.equal(one, other)).as_py():
        raise DataError(
            [
                f"leads: expected the same leads for both models, got {len(one):,} and"
                f" {len(other):,}: with the columns of the champion other rows cannot be used"
            ]
        )
