"""Ask the gate again: a registered challenger meets the champion on leads newer than anything
either learned from.
"""

from dataclasses import replace

from features.errors import RefusedError
from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.progress import OnStep, silent
from propensity.registry import Registry
from propensity.registry.champion import load_champion
from propensity.registry.entries import ACCEPTED, AUDIT, GATE_FAILED, MIGRATION
from training.gate.ask import GateAnswer, ask_models
from training.gate.looks import earlier_looks, looks_of
from training.gate.tags import gate_tags, same_recipe_of
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources


def compare(
    config: Config,
    *,
    version: str | int = "challenger",
    on_step: OnStep = silent,
    resources: Resources = UNLIMITED,
) -> GateAnswer:
    """Let a version meet the champion themselves, and write the gate's word into the version's
    tags.

    Args:
        config: Names the registry and the sources.
        version: Number or alias of the challenger.
        on_step: Told about progress.
        resources: Memory and threads of the feature engine.

    Raises:
        RefusedError: There is no champion, it is the same version, or too few leads are newer than
            both.
        DataError: The sources cannot be used.
        RegistryError: No such version, or the registry cannot be reached or written.
    """
    on_step("loading the models", 0.0)
    registry = Registry.of(config)
    challenger, number = registry.load(version)
    in_use = registry.pair()
    if in_use is None or in_use.version == number:
        what = "is the champion itself" if in_use else "has no champion to meet"
        raise RefusedError(
            f"Version {number} of {config.model_name} {what}; name another one with --model."
        )
    champion = load_champion(config)
    versions = registry.versions()
    held = next(known for known in versions if known.number == number)
    own = looks_of(held.tags)
    by_seed = same_recipe_of(held.tags)
    on_step("reading and checking the sources", 0.1)
    both = (champion.model, challenger)
    with open_sources(config, models=both, resources=resources) as store:
        run = Run(config, store)
        on_step("taking snapshots", 0.4)
        past = history(run)
        on_step("meeting the champion", 0.5)
        asked = ask_models(
            run,
            past,
            challenger=challenger,
            champion=champion,
            light=held.tags.get(AUDIT, "green"),
            accepted=ACCEPTED in held.tags,
            earlier=earlier_looks(versions, but=number),
            own=own,
        )
    asked = replace(asked, same_recipe=by_seed)
    registry.tag(number, gate_tags(asked, looks=own), without=(GATE_FAILED, MIGRATION))
    on_step("done", 1.0)
    return asked
