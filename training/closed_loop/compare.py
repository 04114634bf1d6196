"""Points table, model and the company's present score on the same test leads."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.attributes import LATEST_CHANGE
from features.build.build import built
from features.errors import ConfigError
from features.spec import FeatureSpec
from features.store import Store
from propensity.model.model import PropensityModel
from training.learn.learners.baseline_columns import squarable
from training.learn.learners.baselines import PointsTable
from training.learn.learners.points_table import PointsRow
from training.learn.metrics.evaluate import RANKING, evaluate
from training.learn.metrics.evaluation import Evaluation
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import ranked_alike
from training.learn.recipe import recipe
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows

Floats = NDArray[np.float64]

#: Names of what is compared, in every table of figures.
MODEL, POINTS, PRESENT = "model", "points", "present score"


@dataclass(frozen=True)
class ScoreAgreement:
    """How far a score decides like the model when as many leads are above the line.

    Attributes:
        alike: Share of the test rows that both put on the same side of the line.
        shared: Share of the rows that the model puts above the line and the score does too.
        won: Close rate of the rows that the score puts above the line.
        captured: Share of all wins that are above it.
    """

    alike: float
    shared: float
    won: float
    captured: float


@dataclass(frozen=True)
class Comparison:
    """The points table, and how it does.

    Attributes:
        lines: Rows of the points table, the most points first.
        spec: What their columns mean.
        evaluations: Figures of the model, the points, and the present score where there is one;
            ranking figures.
        agreements: Agreements with the model, of each of these (the model's own says what it
            chose).
        test: Rows compared.
        unknown: Share of the test rows without a present score; None where none is configured.
    """

    lines: tuple[PointsRow, ...]
    spec: FeatureSpec
    evaluations: dict[str, Evaluation]
    agreements: dict[str, ScoreAgreement]
    test: int
    unknown: float | None


def compare(run: Run, *, model: PropensityModel | None = None) -> Comparison:
    """Learn the points on the older part, the same that a model has to beat, and judge them beside
    the recipe on the newest leads.

    Args:
        run: The configuration, and the canonical tables.
        model: The recipe that is spoken of, fitted on the older part; by default one LightGBM model
            as the configuration writes it.

    Raises:
        RefusedError: There is too little history, or too few wins, to judge anything.
        ConfigError: The present score is no number.
    """
    present = run.config.compare_with
    if present is not None:
        _check_numbers(run.store, present)
    past = history(run)
    older, test = past.rows.take(past.older), past.rows.take(past.test)
    spec, seen = recipe.see(run, older)
    table = PointsTable(spec, older.lead, run.config.learner.seed).fit(
        squarable(seen.matrix), older.label, older.weight
    )
    matrix = _built(run.store, spec, test)
    points = table.points(squarable(matrix)).astype(np.float64)
    if model is None:
        plain = recipe.plain(run.config, older, spec, seen)
        log_odds = recipe.fit(run.config, older, spec, seen, chosen=plain).log_odds(matrix)
    else:
        log_odds = model.sums(_built(run.store, model.spec, test)).log_odds
    scores = {MODEL: log_odds, POINTS: points}
    unknown = None
    if present is not None:
        known = present_score(run, test, present)
        unknown = float(np.isnan(known).mean())
        scores[PRESENT] = np.where(np.isnan(known), np.nanmin(known, initial=0.0) - 1.0, known)
    as_of = np.zeros(len(test), np.int32) if run.store.is_flat else test.round.astype(np.int32)
    holdout = Holdout(test.label, as_of, test.cluster, test.weight, win=test.win)
    share = run.config.closed_loop.top_share
    chosen = {name: above(score, holdout, share) for name, score in scores.items()}
    return Comparison(
        lines=table.lines,
        spec=spec,
        evaluations={
            name: evaluate(name, score, holdout, figures=RANKING) for name, score in scores.items()
        },
        agreements={name: agreement(chosen[MODEL], mine, holdout) for name, mine in chosen.items()},
        test=len(test),
        unknown=unknown,
    )


def above(score: Floats, holdout: Holdout, share: float) -> Floats:
    """(n,) chance of each row to be above a line that takes a share of the weight of every as-of.

    Where the line falls among equal scores, they share what is left evenly: no order of the rows
    decides.
    """
    chance, score = np.zeros(len(score)), ranked_alike(score)
    for day in np.unique(holdout.as_of):
        rows = np.flatnonzero(holdout.as_of == day)
        values, level = np.unique(-score[rows], return_inverse=True)
        mass = np.bincount(level, weights=holdout.weight[rows], minlength=len(values))
        before = np.cumsum(mass) - mass
        room = share * mass.sum() - before
        chance[rows] = np.clip(
            np.divide(room, mass, out=np.zeros_like(mass), where=mass > 0), 0, 1
        )[level]
    return chance


def agreement(model: Floats, score: Floats, holdout: Holdout) -> ScoreAgreement:
    """How far two choices of rows agree; each is the (n,) chance of the rows to be chosen."""
    weight = holdout.weight
    alike = model * score + (1 - model) * (1 - score)
    won = (weight * score * holdout.label).sum()
    return ScoreAgreement(
        alike=float((weight * alike).sum() / weight.sum()),
        shared=float((weight * model * score).sum() / (weight * model).sum()),
        won=float(won / (weight * score).sum()),
        captured=float(won / (weight * holdout.label).sum()),
    )


def present_score(run: Run, rows: LabelledRows, column: str) -> Floats:
    """(n,) the company's present score at each row: by its history where there is one, else
    today's; NaN unknown.
    """
    number = [attribute.name for attribute in run.store.attributes].index(column)
    changes = run.config.input.attribute_changes
    run.store.connection.register(
        "scored_rows", rows.rows.append_column("row", pa.array(np.arange(len(rows))))
    )
    value = f"TRY_CAST(l.a{number} AS DOUBLE)"
    join = ""
    if changes is not None and column in changes.attributes:
        join = f"""LEFT JOIN (
            SELECT row, {LATEST_CHANGE} AS latest
            FROM scored_rows s JOIN changes c ON c.lead = s.lead AND c.known_day < s.as_of_day
            WHERE c.attribute = {number} GROUP BY row) h ON h.row = r.row"""
        then = "TRY_CAST(struct_extract(h.latest, 'value') AS DOUBLE)"
        value = f"CASE WHEN h.latest IS NULL THEN {value} ELSE {then} END"
    found = run.store.query(f"""
        SELECT {value} AS score FROM scored_rows r JOIN leads l ON l.lead = r.lead {join}
            ORDER BY r.row
    """)
    run.store.connection.unregister("scored_rows")
    known = found["score"].to_numpy(zero_copy_only=False).astype(np.float64)
    scores: Floats = np.where(np.isfinite(known), known, np.nan)
    return scores


def _built(store: Store, spec: FeatureSpec, rows: LabelledRows) -> Floats:
    return built(store, rows.rows, spec).matrix


def _check_numbers(store: Store, column: str) -> None:
    number = [attribute.name for attribute in store.attributes].index(column)
    query = f"SELECT count(a{number}), count(TRY_CAST(a{number} AS DOUBLE)) FROM leads"
    there, numbers = store.connection.execute(query).fetchall()[0]
    if not numbers or numbers < there / 2:
        raise ConfigError(
            f"compare_with: {column!r} holds {numbers:,} numbers in {there:,} values; expected the"
            " present score as a number, higher is better. Name the column of the points, not of"
            " the letter."
        )
