"""The verbs around a definition: propose one for a registered model, and show what one is worth."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from features.files.yaml_file import parsed_yaml
from features.rules import doubts, parse
from features.store import Store
from propensity.config.config import Config
from propensity.definition.load import load_definition, parse_definition
from propensity.definition.schema import Axes, Definition
from propensity.grading.centring import axes_of, centred_alike
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Reference
from propensity.progress import OnStep, silent
from propensity.registry import CHAMPION, Registry
from propensity.registry.champion import load_champion
from propensity.scoring.asked_rules import asked_rules
from training.definition.held_out import HeldOut, held_out
from training.definition.preset import fitted_preset
from training.definition.show import DefinitionWorth, worth
from training.definition.write import DefinitionProposal, check_new, propose, text_of, write_new
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.axis_curves import axis_curve
from training.learn.recipe.held_out_model import recipe_model
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources


@dataclass(frozen=True)
class WrittenDefinition:
    """A definition file that was written.

    Attributes:
        path: Where.
        version: Version of the model it is agreed on.
        proposal: Cuts and line.
        worth: What the cuts are worth on leads the model had not seen.
        renamed: Pattern of the preset to the events that it means here.
        doubts: Rules of the preset that cannot do what they are for on these data, a sentence each.
    """

    path: Path
    version: int
    proposal: DefinitionProposal
    worth: DefinitionWorth
    renamed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class DefinitionReport:
    """What a definition is worth.

    Attributes:
        definition: Itself; None where there is none and only the grades are shown.
        version: Version of the definition; says DRAFT where it is not signed.
        worth: What the definition is worth on leads the model had not seen.
        doubts: Names in its rules that nothing in the data is called, one sentence each.
    """

    definition: Definition | None
    version: str
    worth: DefinitionWorth
    doubts: tuple[str, ...] = ()


def write_definition(
    config: Config,
    *,
    path: Path,
    today: date,
    preset: str = "plain",
    version: str | int | None = None,
    on_step: OnStep = silent,
) -> WrittenDefinition:
    """Propose a definition for a registered model and write it as a new file.

    Args:
        config: Names the data and the registry.
        path: New file.
        today: Day from which the review is a quarter away.
        preset: ``plain``, ``japan-finance`` or ``japan-demo``.
        version: Number or alias; by default the challenger, else the champion.
        on_step: Told about progress.

    Raises:
        ConfigError: The file exists, or there is no such preset.
        RegistryError: No such version.
        DataError: The input cannot be used.
    """
    check_new(path, preset)
    registry = Registry.of(config)
    on_step("loading the model", 0.0)
    model, number = registry.load(
        version if version is not None else registry.challenger_or_champion() or CHAMPION
    )
    with _judging(config, model, None, on_step) as (store, judged):
        proposal = propose(model, judged, seed=config.learner.seed)
        fitted = fitted_preset(preset, store, model.spec.events)
        text = text_of(proposal, model, number, rules=fitted.text, today=today)
        definition = parse_definition(parsed_yaml(text, "the proposal"), name="the proposal")
        doubtful = asked_rules(definition, model, store, store.observed_day)
    write_new(path, text)
    load_definition(path)
    return WrittenDefinition(
        path,
        number,
        proposal,
        worth(judged, _on(judged, model.reference.close_rate, proposal.axes), None),
        fitted.renamed,
        tuple(map(str, doubtful)),
    )


def show_definition(
    config: Config,
    *,
    version: str | int | None = None,
    on_step: OnStep = silent,
) -> DefinitionReport:
    """Measure the definition that a configuration names, else the one in use, on leads the model
    had not seen.

    Args:
        config: Names the data, the registry and the definition.
        version: Version of the model, number or alias; by default the challenger, else the
            champion.
        on_step: Told about progress.

    Raises:
        ConfigError: The definition cannot be used.
        RegistryError: No such version.
        DataError: The input cannot be used.
    """
    registry = Registry.of(config)
    on_step("loading the model", 0.0)
    champion = load_champion(
        config,
        version if version is not None else registry.challenger_or_champion() or CHAMPION,
        definition=config.definition,
    )
    definition = champion.agreed.definition if champion.agreed else None
    with _judging(config, champion.model, definition, on_step) as (store, judged):
        rules = [parse(text) for text in definition.rules] if definition else []
        doubtful = tuple(
            doubt for rule in rules for doubt in doubts(rule, store, champion.model.spec.events)
        )
    reference = champion.model.reference
    agreed_on = definition.agreed_on if definition else None
    axes = _on(
        judged,
        agreed_on.close_rate if agreed_on else reference.close_rate,
        axes_of(reference, definition, is_agreed_model=True),
    )
    return DefinitionReport(
        definition,
        champion.agreed.version if champion.agreed else "",
        worth(judged, axes, definition),
        doubtful,
    )


def _on(judged: HeldOut, close_rate: float, axes: Axes) -> Axes:
    """The cuts around the zeros of the recipe, which scored the held-out leads: another model than
    the shipped one.
    """
    even = np.ones(len(judged))
    fit, interest = (
        axis_curve(axis, judged.probability, even) for axis in (judged.fit, judged.interest)
    )
    reference = Reference(
        rows=len(judged),
        leads=len(judged),
        close_rate=close_rate,
        fit_curve=fit,
        interest_curve=interest,
    )
    return centred_alike(axes, reference, close_rate)


@contextmanager
def _judging(
    config: Config, model: PropensityModel, definition: Definition | None, on_step: OnStep
) -> Iterator[tuple[Store, HeldOut]]:
    """The sources, and leads of the test part, scored by the recipe with the choices of a
    registered model.
    """
    on_step("reading and checking the sources", 0.05)
    with open_sources(config, models=[model]) as store:
        run = Run(config, store)
        on_step("taking snapshots", 0.2)
        past = history(run)
        on_step("fitting the recipe on the older part", 0.3)
        recipe = recipe_model(run, past, chosen=RecipeChoices.stored_in(model.facts))
        on_step("scoring leads it had not seen", 0.85)
        yield store, held_out(store, recipe, past, definition)
        on_step("done", 1.0)
