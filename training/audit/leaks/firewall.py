"""The verdict on every lead column and event type: its hits, the strongest of them, and what to
do.
"""

from collections.abc import Callable, Sequence

import numpy as np

from features.store import Store
from propensity.config.decisions import Decisions
from propensity.config.leak_limits import LeakLimits
from training.audit.findings import (
    VERDICTS,
    ColumnAction,
    ColumnVerdict,
    Hit,
    LeakVerdict,
    SubjectKind,
)
from training.audit.leaks import lateness, nature, speaking, strength
from training.audit.leaks.units import AuditedColumn, Units, units
from training.learn.recipe import recipe
from training.learn.rows.history import History
from training.learn.rows.run import Run

#: Rules about emptiness alone: the values themselves may be honest.
_EMPTINESS = frozenset({"missingness", "closed against open: missingness"})
#: AUC of the values of a column, where it has one, from which on they are worth keeping.
_WORTH = 0.53
#: Rules after which a column is of no use, even where it does no harm.
_USELESS = frozenset({"identifier", "clock", "near-duplicate"})
#: Days that an event counts later where it may be written with the decision.
_DELAY_DAYS = 3


def verdicts(
    run: Run,
    past: History | None,
    *,
    on_step: Callable[[str], None] = lambda _what: None,
) -> tuple[ColumnVerdict, ...]:
    """Judge every lead column on an axis, and every event type; the worst first.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows a model is learned from; without them, what a column carries of a model is
            not looked at.
        on_step: Told what is being done.
    """
    limits, seed = run.config.audit.leaks, run.config.learner.seed
    on_step("reading every lead column")
    changes = run.config.input.attribute_changes
    leads = units(
        run.store,
        order=run.config.split.order if run.config.split else "time",
        goal_stage=run.config.goal.stage if run.config.goal else "won",
        history=changes.attributes if changes else (),
        rows=limits.rows,
        least=limits.least_leads,
        seed=seed,
    )
    on_step("asking what each column and event carries of a model")
    shares = _carried(run, past, limits) if past is not None else {}
    on_step("asking when columns and events are written")
    columns = _columns(run.store, leads, shares, limits, seed=seed)
    return tuple(sorted([*columns, *_events(run.store, shares, limits)], key=_worst_first))


def _worst_first(verdict: ColumnVerdict) -> tuple[int, float, str]:
    return -VERDICTS.index(verdict.verdict), -(verdict.auc or 0.0), verdict.name


# --- columns --------------------------------------------------------------------------------------


def _columns(
    store: Store,
    leads: Units,
    shares: dict[tuple[SubjectKind, str], strength.Carried],
    limits: LeakLimits,
    *,
    seed: int,
) -> list[ColumnVerdict]:
    folds = strength.folds(leads, seed=seed)
    numbers = {attribute.name: i for i, attribute in enumerate(store.attributes)}
    aucs = {column.name: strength.single_auc(column, leads.won, folds) for column in leads.columns}
    hits: dict[str, list[Hit]] = {}
    for column in leads.columns:
        hits[column.name] = [
            *strength.strong_hits(aucs[column.name], limits),
            *strength.carried_hits(column.name, shares.get(("column", column.name)), limits),
            *speaking.missing_hits(column, leads, limits),
            *speaking.level_hits(column, leads, limits),
            *speaking.closing_hits(column, leads, limits),
            *nature.identifier_hits(column),
            *nature.clock_hits(column, leads, limits),
            *_lateness(store, column, numbers[column.name], limits),
        ]
    leaks = {name: any(hit.verdict == "leak" for hit in found) for name, found in hits.items()}
    for name, twins in nature.same_columns(leads.columns, limits, seed=seed).items():
        hits[name] += nature.twin_hits(twins, leaks)
    found = []
    for column in leads.columns:
        filled = [tuple(part[~column.is_missing[part]] for part in fold) for fold in folds]
        of_values = strength.single_auc(
            column, leads.won, [(earlier, later) for earlier, later in filled]
        )
        found.append(
            _verdict(column, hits[column.name], aucs[column.name], of_values, leads.columns, limits)
        )
    return found


def _lateness(store: Store, column: AuditedColumn, number: int, limits: LeakLimits) -> list[Hit]:
    if store.is_flat:
        return []
    late = list(nature.total_hits(column))
    if column.has_history:
        late += lateness.change_hits(store, number, limits)
    if column.kind == "date":
        late += lateness.date_hits(store, number, limits)
    return late


def _verdict(
    column: AuditedColumn,
    hits: Sequence[Hit],
    auc: float | None,
    of_values: float | None,
    columns: Sequence[AuditedColumn],
    limits: LeakLimits,
) -> ColumnVerdict:
    ranked = tuple(sorted(hits, key=lambda hit: -VERDICTS.index(hit.verdict)))
    verdict = ranked[0].verdict if ranked else "fine"
    action = _action(ranked, of_values, limits)
    together = nature.emptied_together(column, columns) if action == "impute" else []
    if together:
        action = "drop" if verdict == "leak" else "keep"
        sentence = (
            "is missing where other columns are: filled in apart, their values would not match"
        )
        ranked = (*ranked, Hit("emptied together", "fine", sentence, {"columns": together[:10]}))
    return ColumnVerdict(column.name, "column", verdict, action, None, ranked, auc)


def _action(hits: Sequence[Hit], of_values: float | None, limits: LeakLimits) -> ColumnAction:
    """What is recommended, by the hits and by what the values say where there are any.

    Where emptiness alone is wrong, the values are kept and missing ones drawn; values that say
    nothing are not worth the invented ones.
    """
    verdict = hits[0].verdict if hits else "fine"
    if verdict == "fine":
        return "none"
    rules = {hit.rule for hit in hits if hit.verdict != "fine"}
    is_emptiness = bool(rules & _EMPTINESS) and rules <= _EMPTINESS | {"too good"}
    if is_emptiness and of_values is not None and _WORTH <= of_values < limits.strong_auc:
        return "impute"
    if verdict == "leak" or rules & _USELESS:
        return "drop"
    return "keep"


# --- event types ----------------------------------------------------------------------------------


def _events(
    store: Store, shares: dict[tuple[SubjectKind, str], strength.Carried], limits: LeakLimits
) -> list[ColumnVerdict]:
    if store.is_flat:
        return []
    found = []
    for facts in lateness.event_facts(store):
        hits = [
            *lateness.event_hits(facts, limits),
            *strength.strong_hits(facts.auc, limits, is_event=True),
            *strength.carried_hits(
                facts.event_type, shares.get(("event type", facts.event_type)), limits
            ),
        ]
        ranked = tuple(sorted(hits, key=lambda hit: -VERDICTS.index(hit.verdict)))
        verdict = ranked[0].verdict if ranked else "fine"
        late = any(hit.rule == "event in the last days" for hit in ranked)
        actions: dict[LeakVerdict, ColumnAction] = {
            "fine": "none",
            "suspect": "delay" if late else "keep",
            "leak": "drop",
        }
        action = actions[verdict]
        found.append(
            ColumnVerdict(
                facts.event_type,
                "event type",
                verdict,
                action,
                _DELAY_DAYS if action == "delay" else None,
                ranked,
                facts.auc,
            )
        )
    return found


# --- a model of everything ------------------------------------------------------------------------


def _carried(
    run: Run, past: History, limits: LeakLimits
) -> dict[tuple[SubjectKind, str], strength.Carried]:
    """What the strongest columns carry of a model of everything that is offered, on a sample of the
    rows.
    """
    n = len(past.rows)
    chosen = np.arange(n)
    if n > limits.model_rows:
        chosen = np.sort(
            np.random.default_rng(run.config.learner.seed).choice(
                n, size=limits.model_rows, replace=False
            )
        )
    rows = past.rows.take(chosen)
    everything = run.config.model_copy(update={"decisions": Decisions()})
    spec, seen = recipe.see(Run(everything, run.store), rows)
    return strength.carried(spec, seen, past.older[chosen], past.test[chosen])
