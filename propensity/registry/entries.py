"""What the registry knows of a version, and how that is written into MLflow's tags."""

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from propensity.registry.artifact import MODEL_HASH

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

#: Tag of a model's version: number of the definition it scores by.
DEFINITION = "propensity.definition"
#: Tags of a model's version: number of the definition that waits for signatures, to become champion
#: with it; why the gate was not obeyed, and for the place of which champion (empty: none).
WAITING, WAITING_BECAUSE, WAITING_AGAINST = (
    "propensity.waiting_definition",
    "propensity.waiting_because",
    "propensity.waiting_against",
)
#: Tags of a model's version: how the audit of its data came out, and why a red one was accepted.
AUDIT, ACCEPTED = "propensity.audit", "propensity.audit_accepted"
#: Tags of a model's version: what the gate said, against which champion (empty: none), and what
#: failed, a line each.
GATE, GATE_AGAINST, GATE_FAILED = (
    "propensity.promotion.gate_verdict",
    "propensity.gate_against",
    "propensity.gate_failed",
)
#: Tag of a model's version: which closes the gate judged it by, as JSON: days, no leads.
LOOKS = "propensity.gate_looks"
#: Tag of a model's version: what would change for whom under the champion's definition, as JSON;
#: aggregates only.
MIGRATION = "propensity.migration"
#: Tag of a model's version: what another seed changed in training, as JSON; aggregates only.
SAME_RECIPE = "propensity.same_recipe"
_METRIC = "metric."
_NOT_IN_A_KEY = re.compile(r"[^\w.\- /]")
_KEY_LENGTH = 240  # MLflow takes 250, our prefix included
_NAMED_IN_ERRORS = 10


@dataclass(frozen=True)
class Version:
    """A registered model.

    Attributes:
        number: 1, 2, 3 …
        aliases: ``champion``, ``challenger``, or none.
        registered_at: Moment of registration, in UTC.
        model_hash: See ``bundle.model_hash``.
        metrics: The decision figures, by name.
        tags: All other tags.
        run_id: Identifier of the MLflow run that holds its parameters, figures and plots.
    """

    number: int
    aliases: tuple[str, ...]
    registered_at: datetime
    model_hash: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    run_id: str = ""


def key(name: str) -> str:
    """A name that MLflow accepts: column names hold brackets and quotes.

    >>> key('lift at 10 % ["a"]')
    'lift at 10 _ __a__'
    """
    return _NOT_IN_A_KEY.sub("_", name)[:_KEY_LENGTH]


def figure_tags(metrics: Mapping[str, float]) -> dict[str, str]:
    """Figures as tags of the version.

    MLflow's own page shows none of the run's figures beside a version.
    """
    return {f"{_METRIC}{key(name)}": repr(float(value)) for name, value in metrics.items()}


def version_of(stored: "ModelVersion", aliases: Mapping[str, int]) -> Version:
    """A version as MLflow tells it; aliases come from the registered model, a version is listed
    without them.
    """
    number = int(stored.version)
    figures = _figures(stored.tags)
    return Version(
        number=number,
        aliases=tuple(sorted(alias for alias, of in aliases.items() if of == number)),
        registered_at=datetime.fromtimestamp(stored.creation_timestamp / 1000, UTC),
        model_hash=stored.tags.get(MODEL_HASH, ""),
        metrics=figures,
        tags={
            name: text
            for name, text in stored.tags.items()
            if name.removeprefix(_METRIC) not in figures
        },
        run_id=stored.run_id or "",
    )


def listed(versions: Sequence[Version]) -> str:
    """The newest versions in words, with their aliases: ``3 challenger, 2, 1 champion``."""
    newest = versions[: -_NAMED_IN_ERRORS - 1 : -1]
    older = len(versions) - len(newest)
    named = ", ".join(" ".join((str(version.number), *version.aliases)) for version in newest)
    return f"{named}, and {older} older" if older else named


def _figures(tags: Mapping[str, str]) -> dict[str, float]:
    """The figures among the tags; people may have added tags of their own by hand."""
    figures = {}
    for name, text in tags.items():
        if name.startswith(_METRIC):
            with contextlib.suppress(ValueError):
                figures[name.removeprefix(_METRIC)] = float(text)
    return figures
