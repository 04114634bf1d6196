"""Form fields that nobody needs: neither a rule of the definition nor, as far as one column shows,
the model.
"""

from collections.abc import Sequence
from pathlib import Path

from features.rules import parse
from features.rules.columns import numbers_of
from features.rules.syntax import Compare, Known, Like, OneOf, conditions
from propensity.definition.load import load_definition
from training.audit.findings import ColumnVerdict, Finding
from training.audit.tables import listed
from training.learn.rows.run import Run

#: A column that ranks leads hardly better than a coin; exactly a coin is one that is not ranked by
#: (an address).
_COIN = 0.52


def unneeded_fields(run: Run, columns: Sequence[ColumnVerdict]) -> list[Finding]:
    """Lead columns that could be asked for no longer; every field of a form costs leads.

    Raises:
        ConfigError: The definition cannot be read.
    """
    named = _named_by_rules(run)
    asked = {a.name for a in run.store.attributes if a.role == "fit" and a.name not in named}
    aucs = {column.name: column.auc for column in columns if column.kind == "column"}
    idle = sorted(name for name in asked if 0 < abs((aucs.get(name) or 0.5) - 0.5) <= _COIN - 0.5)
    if not idle:
        return []
    sentence = (
        f"{len(idle)} of {len(asked)} attributes that no rule of the definition names rank leads no"
        f" better than a coin: {listed(idle)}"
    )
    advice = (
        "If a form asks for them, ask less: together with others they may still tell something, so"
        " look first."
    )
    return [Finding("tables", "form fields", "green", sentence, advice, {"columns": idle})]


def _named_by_rules(run: Run) -> set[str]:
    """Lead columns that rules and required information of the definition name."""
    if run.config.definition is None or not Path(run.config.definition).exists():
        return set()
    definition = load_definition(run.config.definition)
    names = {info.column for info in definition.required_info}
    for rule in map(parse, definition.rules):
        for condition in conditions(rule):
            if isinstance(condition, Compare | OneOf | Like | Known):
                names |= {
                    run.store.attributes[i].name for i in numbers_of(run.store, condition.column)
                }
    return names
