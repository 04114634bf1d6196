"""The recipe on small flat tables: what is learned, what is refused, and whom calibration is fitted
on.
"""

import numpy as np
import pandas as pd
import pytest

from features.errors import RefusedError
from features.intake import open_store
from propensity.config import config
from propensity.model.model import probability
from tests.training.plain_learner import PLAIN
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.recipe import choose_trees, fit, see
from training.learn.rows.run import Run
from training.learn.rows.snapshots import flat_snapshot

LEARNER = PLAIN | {"max_trees": 20, "min_leaf_rows": 10}


def frame(n=400, seed=0):
    random = np.random.default_rng(seed)
    size = random.lognormal(3, 1, n).round()
    visits = random.poisson(3, n)
    won = random.random(n) < probability(-3 + 0.02 * size + 0.5 * visits)
    return pd.DataFrame(
        {
            "id": [f"L{i:04}" for i in range(n)],
            "size": size,
            "visits": visits,
            "won": won.astype(int),
        }
    )


def learned(
    folder, data, *, fit_columns=("size",), interest=("visits",), account=None, order="rows"
):
    """Settings, store, rows of a table with these columns."""
    data.to_csv(folder / "flat.csv", index=False)
    columns = {"lead_id": "id", "outcome": "won"} | ({"account_id": account} if account else {})
    settings = config.parse(
        {
            "name": "small",
            "input": {"flat": {"path": "flat.csv", "columns": columns}, "timezone": "UTC"},
            "columns": {"fit": list(fit_columns), "interest": list(interest)},
            "split": {"order": order},
            "learner": LEARNER,
        },
        base=folder,
    )
    store = open_store(settings.input, settings.columns, purpose="train", quarantine=None)
    return settings, store, flat_snapshot(store, order=order)


def test_the_recipe_predicts_as_many_wins_as_there_are(tmp_path):
    settings, store, rows = learned(tmp_path, frame(1200))
    with store:
        spec, seen = see(Run(settings, store), rows)
        trees = choose_trees(settings, rows, spec, seen)
        fitted = fit(
            settings, rows, spec, seen, chosen=RecipeChoices.plain(settings.learner, trees=trees)
        )

    assert spec.names == ["size", "visits"]
    assert 1 <= trees <= 20
    predicted = probability(fitted.log_odds(seen.matrix))
    assert predicted.sum() == pytest.approx(rows.label.sum(), rel=0.1)
    assert np.corrcoef(predicted, rows.label)[0, 1] > 0.4


def test_calibration_flattens_scores_that_do_not_hold_for_leads_not_seen(tmp_path):
    data = frame().assign(won=np.random.default_rng(5).integers(0, 2, 400))  # nothing to learn
    settings, store, rows = learned(tmp_path, data)
    with store:
        spec, seen = see(Run(settings, store), rows)
        fitted = fit(
            settings, rows, spec, seen, chosen=RecipeChoices.plain(settings.learner, trees=20)
        )

    assert probability(fitted.log_odds(seen.matrix)).std() < 0.06
    assert fitted.calibration.slope < 0.5


def test_columns_none_of_which_can_be_used_are_refused_with_the_reasons(tmp_path):
    data = frame().assign(size=1, visits=[f"word {i} of a text" for i in range(400)])
    settings, store, rows = learned(tmp_path, data)
    with (
        store,
        pytest.raises(
            RefusedError, match=r"No column can be learned from\. visits: free text; size: constant"
        ),
    ):
        see(Run(settings, store), rows)


@pytest.mark.parametrize("winners", ["all rows", "all wins"])
def test_wins_of_one_account_alone_are_refused(tmp_path, winners):
    data = frame()
    one = (data["won"] == 1) | (winners == "all rows")
    settings, store, rows = learned(
        tmp_path, data.assign(account=np.where(one, "Acme", data["id"])), account="account"
    )
    with store:
        spec, seen = see(Run(settings, store), rows)
        with pytest.raises(RefusedError, match="The wins or the losses are of one account alone"):
            fit(settings, rows, spec, seen, chosen=RecipeChoices.plain(settings.learner, trees=5))


def test_progress_is_told_per_fold(tmp_path):
    settings, store, rows = learned(tmp_path, frame())
    ticks = []
    with store:
        spec, seen = see(Run(settings, store), rows)
        fit(
            settings,
            rows,
            spec,
            seen,
            chosen=RecipeChoices.plain(settings.learner, trees=2),
            on_fold=lambda: ticks.append(1),
        )

    assert len(ticks) == 5
