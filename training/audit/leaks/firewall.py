"""The verdict on every lead column and event type: its hits, the strongest of them, and what to
do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.errors import RefusedError
from features.store import Store
from propensity.config.decisions import Decisions, Known
from propensity.config.leak_limits import LeakLimits
from training.audit.findings import (
    VERDICTS,
    ColumnAction,
    ColumnVerdict,
    GroupVerdict,
    Hit,
    LeakVerdict,
    SubjectKind,
)
from training.audit.leaks import ageing, dating, lateness, nature, speaking, strength, together
from training.audit.leaks.families import families
from training.audit.leaks.recognised import Recognised, recognised
from training.audit.leaks.units import AuditedColumn, Units, units
from training.learn.recipe import recipe
from training.learn.rows.history import History
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows, flat_snapshot

#: Rules about emptiness alone: the values themselves may be honest.
_EMPTINESS = frozenset({"missingness", "closed against open: missingness"})
#: AUC of the values of a column, where it has one, from which on they are worth keeping.
_WORTH = 0.53
#: Rules after which a column is of no use, even where it does no harm.
_USELESS = frozenset({"identifier", "clock", "near-duplicate"})
#: Days that an event counts later where it may be written with the decision.
_DELAY_DAYS = 3


@dataclass(frozen=True)
class Judged:
    """Every verdict of the firewall.

    Attributes:
        columns: Verdict on each lead column and event type, the worst first.
        groups: Verdicts on columns that belong together, the worst first.
    """

    columns: tuple[ColumnVerdict, ...]
    groups: tuple[GroupVerdict, ...]


def verdicts(
    run: Run,
    past: History | None,
    *,
    on_step: Callable[[str], None] = lambda _what: None,
) -> tuple[ColumnVerdict, ...]:
    """The verdicts of :func:`judge` on columns and event types."""
    return judge(run, past, on_step=on_step).columns


def judge(
    run: Run,
    past: History | None,
    *,
    on_step: Callable[[str], None] = lambda _what: None,
) -> Judged:
    """Judge every lead column on an axis, alone and with those that belong to it, and every event
    type.

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
    modelled = _modelled(run, past, limits)
    shares = (
        strength.carried(modelled.spec, modelled.seen, modelled.older, modelled.test)
        if modelled is not None and modelled.fewest_wins >= strength.LEAST_WINS
        else {}
    )
    on_step("asking when columns and events are written")
    known = run.config.decisions.known
    found = _columns(run.store, leads, shares, limits, known, seed=seed)
    on_step("asking what columns carry together")
    groups = _together(run, leads, found, modelled, limits)
    found = [each.with_hits(together.group_hits(each.column.name, groups)) for each in found]
    on_step("asking whether drawn values can be told from the others")
    columns = _decided(run, found, modelled, limits)
    events = _events(run.store, shares, limits)
    return Judged(tuple(sorted([*columns, *events], key=_worst_first)), groups)


def _worst_first(verdict: ColumnVerdict) -> tuple[int, float, str]:
    return -VERDICTS.index(verdict.verdict), -(verdict.auc or 0.0), verdict.name


# --- columns --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _ColumnHits:
    """What the rules say about a column.

    Attributes:
        column: The column.
        hits: Hits of the rules, the strongest first.
        auc: AUC of the column alone.
        of_values: AUC of its values, where it has one.
        together: Columns that are missing where this one is.
    """

    column: AuditedColumn
    hits: tuple[Hit, ...]
    auc: float | None
    of_values: float | None
    together: tuple[str, ...]

    @property
    def verdict(self) -> LeakVerdict:
        return self.hits[0].verdict if self.hits else "fine"

    def with_hits(self, more: Iterable[Hit]) -> "_ColumnHits":
        hits = sorted([*self.hits, *more], key=lambda hit: -VERDICTS.index(hit.verdict))
        return replace(self, hits=tuple(hits))


def _columns(
    store: Store,
    leads: Units,
    shares: dict[tuple[SubjectKind, str], strength.Carried],
    limits: LeakLimits,
    known: Mapping[str, Known],
    *,
    seed: int,
) -> list[_ColumnHits]:
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
            *ageing.ageing_hits(column, leads, limits),
            *nature.identifier_hits(column),
            *nature.clock_hits(column, leads, limits),
            *_lateness(store, column, numbers[column.name], limits),
            *dating.dating_hits(column, known.get(column.name)),
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
        emptied = tuple(nature.emptied_together(column, leads.columns))
        plain = _ColumnHits(column, (), aucs[column.name], of_values, emptied)
        found.append(plain.with_hits(hits[column.name]))
    return found


def _lateness(store: Store, column: AuditedColumn, number: int, limits: LeakLimits) -> list[Hit]:
    late = list(ageing.after_hits(store, column, number, limits)) if column.kind == "date" else []
    if store.is_flat:
        return late
    late += nature.total_hits(column)
    if column.has_history:
        late += lateness.change_hits(store, number, limits)
    if column.kind == "date":
        late += lateness.date_hits(store, number, limits)
    return late


def _decided(
    run: Run, found: Sequence[_ColumnHits], modelled: "_Modelled | None", limits: LeakLimits
) -> list[ColumnVerdict]:
    """Verdicts with what is recommended; imputing only where a model cannot tell what was drawn."""
    actions = {each.column.name: _action(each, limits) for each in found}
    tried = [
        each.column.name
        for each in found
        if actions[each.column.name] == "impute" and not each.together
    ]
    told: dict[str, Recognised | None] = {}
    if tried and modelled is not None:
        leaks = {
            each.column.name
            for each in found
            if each.verdict == "leak" and each.column.name not in tried
        }
        plainly = (modelled.spec, modelled.seen)
        told = recognised(run, modelled.rows, plainly, tried, leaks=leaks)
    verdicts = []
    for each in found:
        name, action = each.column.name, actions[each.column.name]
        more: list[Hit] = []
        if action == "impute" and each.together:
            action = "drop" if each.verdict == "leak" else "keep"
            more = [_emptied(each)]
        elif action == "impute":
            action, hit = _imputed(told.get(name), limits)
            more = [hit]
        hits = each.with_hits(more).hits
        verdicts.append(ColumnVerdict(name, "column", each.verdict, action, None, hits, each.auc))
    return verdicts


def _emptied(found: _ColumnHits) -> Hit:
    sentence = "is missing where other columns are: filled in apart, their values would not match"
    return Hit("emptied together", "fine", sentence, {"columns": list(found.together[:10])})


def _imputed(told: Recognised | None, limits: LeakLimits) -> tuple[ColumnAction, Hit]:
    """Whether missing values may be drawn, and why."""
    if told is None:
        sentence = "whether drawn values can be told from the others was not tried: too few rows"
        return "drop", Hit("drawn values", "fine", sentence)
    evidence = {"auc": round(told.auc, 4), "without": round(told.without, 4)}
    shown = f"(AUC {told.auc:.2f}; {told.without:.2f} by the other columns alone)"
    if told.is_beyond(limits.recognised):
        sentence = (
            f"a model tells rows whose value was drawn from the others {shown}: drawing does not"
            " hide that the value is missing"
        )
        return "drop", Hit("drawn values", "fine", sentence, evidence)
    sentence = f"a model cannot tell by the drawn values which were missing {shown}"
    return "impute", Hit("drawn values", "fine", sentence, evidence)


def _action(found: _ColumnHits, limits: LeakLimits) -> ColumnAction:
    """What is recommended, by the hits and by what the values say where there are any.

    Where emptiness alone is wrong, the values are kept and missing ones drawn; values that say
    nothing are not worth the invented ones, and a date cannot be drawn.
    """
    if found.verdict in ("fine", "not seen"):
        return "none" if found.verdict == "fine" else "date"
    rules = {hit.rule for hit in found.hits if hit.verdict in ("suspect", "leak")}
    is_emptiness = bool(rules & _EMPTINESS) and rules <= _EMPTINESS | {"too good"}
    values = found.of_values
    if (
        is_emptiness
        and found.column.kind != "date"
        and values is not None
        and _WORTH <= values < limits.strong_auc
    ):
        return "impute"
    if found.verdict == "leak" or rules & _USELESS:
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


@dataclass(frozen=True)
class _Modelled(together.Rows):
    """What models of everything that is offered learn from and are tried on.

    Attributes:
        rows: The rows.
    """

    rows: LabelledRows


def _modelled(run: Run, past: History | None, limits: LeakLimits) -> _Modelled | None:
    """Everything that is offered, whatever was decided, on a sample of the rows; None without
    any.
    """
    rows = past.rows if past is not None else _flat_rows(run)
    if rows is None or not len(rows):
        return None
    n = len(rows)
    chosen = np.arange(n)
    if n > limits.model_rows:
        chosen = np.sort(
            np.random.default_rng(run.config.learner.seed).choice(
                n, size=limits.model_rows, replace=False
            )
        )
    rows = rows.take(chosen)
    everything = run.config.model_copy(update={"decisions": Decisions()})
    try:
        spec, seen = recipe.see(replace(run, config=everything), rows)
    except RefusedError:
        if past is not None:
            raise
        return None
    nothing = np.zeros(len(rows), dtype=bool)
    older, test = (past.older[chosen], past.test[chosen]) if past else (nothing, nothing)
    return _Modelled(spec, seen, rows.cluster, rows.win, older, test, rows)


def _flat_rows(run: Run) -> LabelledRows | None:
    """The rows of a flat table that training would not split."""
    if not run.store.is_flat or run.config.split is None:
        return None
    return flat_snapshot(run.store, order=run.config.split.order)


def _together(
    run: Run,
    leads: Units,
    found: Sequence[_ColumnHits],
    modelled: _Modelled | None,
    limits: LeakLimits,
) -> tuple[GroupVerdict, ...]:
    if modelled is None:
        return ()
    seed = run.config.learner.seed
    return together.groups(
        modelled,
        families(leads.columns, seed=seed),
        {each.column.name: each.auc for each in found},
        limits,
        leaks=frozenset(each.column.name for each in found if each.verdict == "leak"),
        decided=run.config.decisions,
        seed=seed,
    )
