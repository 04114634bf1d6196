"""The verbs around a definition: propose one for a registered model, and show what one is worth."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from features.files.yaml_file import parsed_yaml
from features.rules import doubts, parse
from propensity.config.config import Config
from propensity.definition.load import load_definition, parse_definition
from propensity.definition.schema import Definition
from propensity.grading.centring import average_rate
from propensity.grading.redraw import Redraw, redraws
from propensity.model.model import PropensityModel
from propensity.progress import OnStep, silent
from propensity.promotion.agreed_terms import agreed_terms
from propensity.registry import CHAMPION, Registry
from propensity.scoring.asked_rules import asked_rules
from training.definition.held_out import HeldOut, held_out
from training.definition.preset import fitted_preset
from training.definition.recipe_axes import recipe_axes
from training.definition.show import DefinitionWorth, worth
from training.definition.write import DefinitionProposal, check_new, propose, text_of, write_new
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.held_out_model import recipe_model
from training.learn.rows.history import History, history
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
        redraws: The zeros, and what chance alone does to the grades.
    """

    path: Path
    version: int
    proposal: DefinitionProposal
    worth: DefinitionWorth
    renamed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    redraws: tuple[Redraw, ...] = ()


@dataclass(frozen=True)
class DefinitionReport:
    """What a definition is worth.

    Attributes:
        definition: Itself; None where there is none and only the grades are shown.
        version: Version of the definition; says DRAFT where it is not signed.
        worth: What the definition is worth on leads the model had not seen.
        doubts: Names in its rules that nothing in the data is called, one sentence each.
        redraws: The zeros of the model, and what chance alone does to the grades.
    """

    definition: Definition | None
    version: str
    worth: DefinitionWorth
    doubts: tuple[str, ...] = ()
    redraws: tuple[Redraw, ...] = ()


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
    with _judging(config, model, None, on_step) as (run, recipe, past, judged):
        proposal = propose(model, judged, seed=config.learner.seed)
        fitted = fitted_preset(preset, run.store, model.spec.events)
        text = text_of(proposal, model, number, rules=fitted.text, today=today)
        definition = parse_definition(parsed_yaml(text, "the proposal"), name="the proposal")
        doubtful = asked_rules(definition, model, run.store, run.store.observed_day)
        rate = model.reference.close_rate
        judging = recipe_axes(run, proposal.axes, rate, model.reference, recipe, past)
    write_new(path, text)
    load_definition(path)
    return WrittenDefinition(
        path,
        number,
        proposal,
        worth(judged, judging, None),
        fitted.renamed,
        tuple(map(str, doubtful)),
        redraws(proposal.axes, model.reference, rate),
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
    model, number = registry.load(
        version if version is not None else registry.challenger_or_champion() or CHAMPION
    )
    used = agreed_terms(config, registry, model, number)
    definition, rate = used.definition, average_rate(model.reference, used.definition)
    with _judging(config, model, definition, on_step) as (run, recipe, past, judged):
        rules = [parse(text) for text in definition.rules] if definition else []
        doubtful = tuple(
            doubt for rule in rules for doubt in doubts(rule, run.store, model.spec.events)
        )
        judging = recipe_axes(run, used.axes, rate, model.reference, recipe, past)
    return DefinitionReport(
        definition,
        used.version,
        worth(judged, judging, definition),
        doubtful,
        redraws(used.axes, model.reference, rate),
    )


@contextmanager
def _judging(
    config: Config, model: PropensityModel, definition: Definition | None, on_step: OnStep
) -> Iterator[tuple[Run, PropensityModel, History, HeldOut]]:
    """The sources, the recipe with the choices of a registered model, the rows, and the leads of
    the test part that it scored.
    """
    on_step("reading and checking the sources", 0.05)
    with open_sources(config, models=[model]) as store:
        run = Run(config, store)
        on_step("taking snapshots", 0.2)
        past = history(run)
        on_step("fitting the recipe on the older part", 0.3)
        recipe = recipe_model(run, past, chosen=RecipeChoices.stored_in(model.facts), served=model)
        on_step("scoring leads it had not seen", 0.85)
        yield run, recipe, past, held_out(store, recipe, past, definition)
        on_step("done", 1.0)
