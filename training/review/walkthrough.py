"""A local list or page of leads by name, for the check with sales: never part of the pack, the
registry or git.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.build import built
from features.days import date_of
from features.files.cells import harmless
from features.files.output import Inputs
from features.files.whole_file import write_new_text
from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.grading.agreed import Agreed
from propensity.grading.decision_table import decide
from propensity.grading.grading import AREAS, GRADES, graded
from propensity.language import CATALOGUES
from propensity.model.model import PropensityModel
from propensity.model.same_input import why_other_input
from propensity.progress import OnStep, silent
from propensity.promotion.agreed_terms import agreed_terms
from propensity.registry import Registry
from propensity.scoring.reasons import reasons, spoken
from propensity.scoring.row_facts import RowReader
from training.definition.held_out import HeldOut, first_rows, held_out
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics.segments import segment_values
from training.learn.recipe.held_out_model import recipe_model
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.by_name.nights import last_nights
from training.review.by_name.open_leads import open_leads, under_version
from training.review.by_name.page import NamedLeads, page
from training.review.by_name.segment_means import segment_means
from training.review.by_name.steps import steps, steps_taken
from training.review.findings.reviewed import ReviewedVersion, version_under_review
from training.review.findings.unseen_leads import reviewed_axes
from training.review.local_file import check_local
from training.review.words import Words, words_of

#: Leads of each kind; reasons told in each direction.
_EACH, _REASONS = 10, 3
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Walkthrough:
    """A list with names.

    Attributes:
        titles: Titles of the columns.
        rows: Rows of texts, formula-safe.
    """

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def walkthrough(
    config: Config,
    path: Path,
    *,
    pack: Path,
    version: str | int | None = None,
    language: str | None = None,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
) -> int:
    """Write the list: leads that the model had not seen, with what became of them. Or the page: the
    open leads, to be found, explained and compared.

    Args:
        config: Names the data, the registry and the definition.
        path: New file, ``.csv`` for the list, ``.html`` for the page.
        pack: Folder of the pack, in which it may not lie.
        version: Number or alias; by default the challenger, else the champion.
        language: ``en`` or ``ja``; default the configuration's.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.

    Returns:
        How many leads.

    Raises:
        ConfigError: The list may not lie there, or the definition does not fit the input.
        RegistryError: No such version, or the registry cannot be reached.
        DataError: The input cannot be used.
        RefusedError: The history is too short to hold out a part of it.
    """
    check_local(path, config, pack=pack)
    spoken = language or config.language
    words = words_of("walkthrough", spoken, labels=config.labels_in(spoken))
    on_step("loading the model", 0.0)
    under = version_under_review(config, version)
    on_step("reading and checking the sources", 0.1)
    other = _other_version(config, under)
    models = [under.model, *([other[1]] if other else [])]
    with open_sources(config, models=models, resources=resources) as store:
        run = Run(config, store)
        if path.suffix.lower() == ".html":
            found = _named(run, under, other, words, on_step)
            _write_text(page(found, run, words.of("by_name")), path.expanduser())
            told = len(found.leads)
        else:
            made = _made(run, under, words, on_step)
            _write(made, path.expanduser())
            told = len(made.rows)
    on_step("done", 1.0)
    return told


def _other_version(
    config: Config, under: ReviewedVersion
) -> tuple[int, PropensityModel, Agreed] | None:
    """The version to compare with: the pair in use, else the newest before the one under review."""
    pair = under.champion
    if pair is not None and pair.agreed is not None and int(pair.version) != under.version.number:
        return int(pair.version), pair.model, pair.agreed
    for number, model in under.past:
        if why_other_input(config, model) is None:
            return number, model, agreed_terms(config, Registry.of(config), model, number)
    return None


def _named(
    run: Run,
    under: ReviewedVersion,
    other: tuple[int, PropensityModel, Agreed] | None,
    words: Words,
    on_step: OnStep,
) -> NamedLeads:
    on_step("taking snapshots", 0.2)
    past = history(run)
    on_step("fitting the recipe on the older part", 0.3)
    recipe = recipe_model(
        run, past, chosen=RecipeChoices.stored_in(under.model.facts), served=under.model
    )
    axes = reviewed_axes(run, under, recipe, past)
    on_step("scoring leads it had not seen", 0.6)
    judged, rows = held_out(run.store, recipe, past), first_rows(past)
    sums = recipe.concept_sums(judged.matrix)
    on_step("scoring the open leads", 0.7)
    number, language = under.version.number, words.language
    leads = open_leads(run, under.model, under.agreed, number, language)
    on_step("looking at what they can still do", 0.8)
    can_do = steps(run.store, leads)
    horizon = run.config.goal.horizon_days if run.config.goal else None
    taken = {}
    if can_do and horizon is not None:
        kinds, on_axes = leads.model.spec.kinds, graded(axes, judged.fit, judged.interest)
        taken = steps_taken(run.store, kinds, rows, judged, on_axes, horizon_days=horizon)
    keys = zip(*(leads.scored[name].to_pylist() for name in ("lead_id", "episode")), strict=True)
    return NamedLeads(
        leads=leads,
        other=under_version(run, other[1], other[2], other[0], leads.rows, language=language)
        if other
        else None,
        nights=() if run.store.is_flat else last_nights(run.config, list(keys)),
        steps=can_do,
        taken=taken,
        segments=segment_means(
            segment_values(run.store, rows, run.config.audit.segments), judged, sums.contributions
        ),
        segment_concepts=tuple(concept.name for concept in recipe.concepts),
    )


def _made(run: Run, under: ReviewedVersion, words: Words, on_step: OnStep) -> Walkthrough:
    on_step("taking snapshots", 0.3)
    past = history(run)
    on_step("fitting the recipe on the older part", 0.4)
    model = recipe_model(
        run, past, chosen=RecipeChoices.stored_in(under.model.facts), served=under.model
    )
    axes = reviewed_axes(run, under, model, past)
    on_step("scoring leads it had not seen", 0.8)
    judged = held_out(run.store, model, past, under.definition)
    on_axes = graded(axes, judged.fit, judged.interest)
    definition = under.definition
    is_mql = None
    if definition is not None and judged.ruled is not None:
        is_mql = decide(definition, on_axes, judged.probability, judged.ruled).is_mql
    line = definition.mql.enter if definition is not None else None
    chosen = choose(judged, line)
    places = np.array([place for place, _ in chosen], dtype=np.intp)
    rows = first_rows(past).take(places).rows.combine_chunks()
    told = _LeadNotes(run, model, rows, words)
    columns: dict[str, list[str]] = {
        words.say("why here"): [words.say(why) for _, why in chosen],
        "lead_id": told.lead_id,
        **told.carried,
        **({} if run.store.is_flat else {words.say("as of"): told.as_of}),
        words.say("chance"): [
            words.write(float(judged.probability[place]), "chance") for place in places
        ],
        words.say("grade"): [GRADES[on_axes.grade[place]] for place in places],
        **(
            {words.say("quadrant"): [words.quadrant(AREAS[on_axes.area[p]]) for p in places]}
            if len(on_axes.axes) > 1
            else {}
        ),
        **(
            {}
            if is_mql is None
            else {words.say("mql"): [words.say("yes" if is_mql[p] else "no") for p in places]}
        ),
        words.say("for"): told.reasons[0],
        words.say("against"): told.reasons[1],
        words.say("became"): told.became(judged.won[places]),
        words.say("room"): [""] * len(places),
    }
    cells = zip(*([harmless(cell) for cell in column] for column in columns.values()), strict=True)
    return Walkthrough(tuple(harmless(title) for title in columns), tuple(cells))


def choose(judged: HeldOut, line: float | None) -> list[tuple[int, str]]:
    """Places of leads and why each is in the list: where the model was wrong first, then where it
    matters.

    Args:
        judged: Leads the model had not seen.
        line: Chance of the MQL line; None without one.
    """
    chance, won = judged.probability, judged.won
    order = np.lexsort((np.arange(len(won)), -chance))
    near = np.argsort(np.abs(chance - line), kind="stable") if line is not None else order[:0]
    kinds: Mapping[str, NDArray[np.intp]] = {
        "missed": order[::-1][won[order[::-1]]],
        "hoped": order[~won[order]],
        "best": order,
        "line": near,
    }
    found: dict[int, str] = {}
    for why, places in kinds.items():
        new = [int(place) for place in places if int(place) not in found]
        found |= dict.fromkeys(new[:_EACH], why)
    left = [int(place) for place in order if int(place) not in found]
    found |= dict.fromkeys(left[:: max(1, len(left) // _EACH)][:_EACH], "other")
    return list(found.items())


class _LeadNotes:
    """What is said of the chosen leads, from the sources."""

    def __init__(self, run: Run, model: PropensityModel, rows: pa.Table, words: Words) -> None:
        self.config, self.store, self.rows, self.words = run.config, run.store, rows, words
        table = built(run.store, rows, model.spec)
        facts = RowReader(run.store, model.spec).read(rows)
        sums = model.concept_sums(table.matrix)
        found = reasons(
            model,
            table.as_known,
            sums,
            words.audience,
            at_most=_REASONS,
        )
        self.lead_id = [str(value) for value in table.keys["lead_id"].to_pylist()]
        self.days = table.keys["as_of_day"].to_numpy()
        self.as_of = [str(date_of(int(day))) for day in self.days] if not run.store.is_flat else []
        self.carried = {
            name: ["" if value is None else str(value) for value in facts.carried[name].to_pylist()]
            for name in facts.carried.column_names
        }
        self.reasons = tuple(
            [_joined(told, words.language) for told in way.to_pylist()] for way in found
        )

    def became(self, won: NDArray[np.bool_]) -> list[str]:
        """What became of each lead."""
        if self.store.is_flat:
            return [self.words.say("closed at all" if reached else "not closed") for reached in won]
        self.store.connection.register(
            "chosen_rows", self.rows.append_column("row", pa.array(np.arange(len(won))))
        )
        ends = self.store.query("""
            SELECT e.closed_day, e.won FROM chosen_rows r
            LEFT JOIN episodes e ON e.lead = r.lead AND e.episode = r.episode ORDER BY r.row
        """).to_pylist()
        self.store.connection.unregister("chosen_rows")
        return [
            self._end(bool(reached), end, int(day))
            for reached, end, day in zip(won, ends, self.days, strict=True)
        ]

    def _end(self, reached: bool, end: Mapping[str, int | bool | None], day: int) -> str:
        goal = self.config.goal.stage if self.config.goal else "won"
        closed = end["closed_day"]
        told: list[str] = []
        if goal != "won" and reached:
            told.append(self.words.say("reached", stage=goal))
        if closed is None:
            told.append(self.words.say("open"))
        else:
            key = (
                "lost" if not end["won"] else ("closed" if reached or goal != "won" else "won late")
            )
            told.append(self.words.say(key, n=int(closed) - day))
        return self.words.listed(told)


def _joined(told: list[Mapping[str, str | None]] | None, language: str) -> str:
    return CATALOGUES[language]["between sentences"].join(
        spoken(reason, language) for reason in told or []
    )


def _write(made: Walkthrough, path: Path) -> None:
    """UTF-8 with a byte order mark, readable by its owner alone, and never onto a file that is
    there.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows(_lines(made))
    _write_text(_BYTE_ORDER_MARK + text.getvalue(), path)


def _write_text(text: str, path: Path) -> None:
    """Readable by its owner alone, and never onto a file that is there."""
    write_new_text(text, Inputs().new_file(path, "--walkthrough", mode=0o600))


def _lines(made: Walkthrough) -> Iterator[tuple[str, ...]]:
    yield made.titles
    yield from made.rows
