"""What is on the table: the version under review with its definition, the pair in use, and what the
registry holds.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from features.errors import ArtifactError
from propensity.config.config import Config
from propensity.definition.schema import Definition
from propensity.grading.agreed import Agreed
from propensity.model.model import PropensityModel
from propensity.promotion.agreed_terms import agreed_terms
from propensity.promotion.gate_verdict import GateVerdict, verdict_of
from propensity.promotion.signatures import same_terms
from propensity.registry import CHAMPION, Registry, Version
from propensity.registry.champion import Champion, load_champion

#: Documents of a run larger than this are not what the pack shows.
_LARGEST = 4_000_000
#: Versions before the one under review that are asked what mattered to them.
PAST_VERSIONS = 3


@dataclass(frozen=True)
class ReviewedVersion:
    """The version under review.

    Attributes:
        model: The model as it would be served.
        version: Its entry in the registry.
        agreed: The definition it is reviewed with, and the axes that follow; without one there are
            grades alone.
        champion: The pair in use, where that is another version or another definition; None where
            it is this one, or where there is none.
        is_champion: Whether this version is in use.
        gate: What the gate said; None where it was never asked.
        documents: JSON documents of its run, by file name without ending, such as ``gate`` or
            ``migration``.
        card: Its model card as Markdown; empty where it has none.
        past: Versions before it, the newest first, with their models.
        unreadable: Versions before it whose models cannot be read any more.
    """

    model: PropensityModel
    version: Version
    agreed: Agreed
    champion: Champion | None
    is_champion: bool
    gate: GateVerdict | None
    documents: Mapping[str, Any] = field(default_factory=dict)
    card: str = ""
    past: tuple[tuple[int, PropensityModel], ...] = ()
    unreadable: tuple[int, ...] = ()

    @property
    def definition(self) -> Definition | None:
        """What was, or is to be, agreed on."""
        return self.agreed.definition


def version_under_review(config: Config, version: str | int | None = None) -> ReviewedVersion:
    """Fetch the version under review.

    Args:
        config: Names the registry and the definition.
        version: Number or alias; by default the challenger, else the champion.

    Raises:
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
        ConfigError: The definition cannot be used.
    """
    registry = Registry.of(config)
    versions = registry.versions()
    model, number = registry.load(version or registry.challenger_or_champion() or CHAMPION)
    held = next(known for known in versions if known.number == number)
    pair = registry.pair()
    champion = load_champion(config, CHAMPION) if pair else None
    own = agreed_terms(config, registry, model, number)
    is_champion = pair is not None and pair.version == number
    if champion is not None and is_champion and _same(champion.agreed, own):
        champion = None
    documents, card = _documents(registry, number)
    before = [known.number for known in versions if known.number < number][
        : -PAST_VERSIONS - 1 : -1
    ]
    past = {earlier: _readable(registry, earlier) for earlier in before}
    return ReviewedVersion(
        model=model,
        version=held,
        agreed=own,
        champion=champion,
        is_champion=is_champion,
        gate=verdict_of(held.tags),
        documents=documents,
        card=card,
        past=tuple((earlier, read) for earlier, read in past.items() if read is not None),
        unreadable=tuple(earlier for earlier, read in past.items() if read is None),
    )


def _readable(registry: Registry, number: int) -> PropensityModel | None:
    """The model of an earlier version.

    None where it is damaged, or stored as this version does not read it.
    """
    try:
        return registry.load(number)[0]
    except ArtifactError:
        return None


def _same(one: Agreed | None, other: Agreed) -> bool:
    ours = one.definition if one else None
    if ours is None or other.definition is None:
        return ours is other.definition
    return same_terms(ours, other.definition)


def _documents(registry: Registry, number: int) -> tuple[dict[str, Any], str]:
    """The JSON documents beside a model; the configuration is not one of them. And the model
    card.
    """
    found = {}
    with registry.fetched(number, "") as (folder, _, _):
        for path in sorted(folder.glob("*.json")):
            if path.name == "config.json" or path.stat().st_size > _LARGEST:
                continue
            try:
                found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise ArtifactError(
                    f"version {number}: {path.name} cannot be read ({type(error).__name__}); train"
                    " anew, or restore it."
                ) from None
        card = folder / "model-card.md"
        is_there = card.is_file() and card.stat().st_size <= _LARGEST
        text = card.read_text(encoding="utf-8", errors="replace") if is_there else ""
    return found, text
