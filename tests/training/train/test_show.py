"""What a training run prints: 80 columns, no markup out of data, nothing a terminal obeys, a dash
for no figure.
"""

import io
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from features.spec import Unusable
from propensity.config import config
from tests.training.learn.recipe.test_recipe import LEARNER, frame
from training.learn.metrics.evaluation import Estimate
from training.learn.recipe.importance import Importance
from training.train.command import train
from training.train.show import show

NAN = float("nan")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("summary")
    frame().to_csv(folder / "flat.csv", index=False)
    return train(
        config.parse(
            {
                "name": "small",
                "input": {
                    "flat": {"path": "flat.csv", "columns": {"lead_id": "id", "outcome": "won"}}
                },
                "columns": {"fit": ["size"], "interest": ["visits"]},
                "split": {"order": "rows"},
                "learner": LEARNER,
            },
            base=folder,
        )
    )


def printed(trained, *, colour=False):
    out = io.StringIO()
    show(
        trained,
        Console(
            file=out,
            width=80,
            highlight=False,
            force_terminal=colour,
            color_system="truecolor" if colour else None,
        ),
    )
    return out.getvalue()


def with_figures(trained, figure):
    recipe = trained.judgement.recipe
    recipe = replace(recipe, figures=dict.fromkeys(recipe.figures, figure))
    return replace(
        trained, judgement=replace(trained.judgement, recipe=recipe, gains={"logistic": figure})
    )


def with_concepts(trained, *names):
    items = [Importance(concept=name, axis="fit", mean_effect=1.0, share=0.5) for name in names]
    spec = trained.model.spec.model_copy(
        update={"unusable": tuple(Unusable(column=name, reason="free text") for name in names)}
    )
    return replace(trained, importance=tuple(items), model=replace(trained.model, spec=spec))


def test_it_says_what_came_in_how_good_the_recipe_is_and_what_matters(trained):
    text = printed(trained)

    assert "flat: 400 rows read, 400 kept" in text
    assert re.search(r"80 rows; \d+ of 80 leads won", text)
    for name in ("this model", "base rate", "plain logistic", "points table"):
        assert re.search(rf"^ {name} +\d\.\d{{3}} \(", text, re.MULTILINE)
    assert re.search(r"price of keeping the axes apart, in AUC: [+-]0\.", text)
    assert re.search(r"^ size +\d+% +visits +\d+% *$", text, re.MULTILINE)
    assert len(re.findall(r"^ +\d+ +\d+ +\d+ +[\d.]+% +[\d.]+% *$", text, re.MULTILINE)) == 10


@pytest.mark.parametrize("name", ["x" * 10_000, "業" * 10_000, "a b " * 3_000, "🏦" * 500])
def test_eighty_columns_are_enough_whatever_things_are_called(trained, name):
    text = printed(with_concepts(trained, name, name + "2"))

    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert text.count(name[:4]) < 100  # cut, not written out


@pytest.mark.parametrize(
    "name", ["[bold]loud[/bold]", "[/]", "[link=file:///etc]x[/link]", ":smile:", "[red"]
)
def test_names_are_never_read_as_markup(trained, name):
    text = printed(with_concepts(trained, name))

    assert text.count(name) == 2


def test_what_a_terminal_would_obey_is_not_printed(trained):
    hostile = "a\x1b[31mb\x9b31m\x07\r\x00\u202ec"
    counts = replace(trained.intake.tables["flat"], quarantined={hostile: 1})
    report = replace(
        trained.intake, tables={hostile: counts}, warnings=(hostile,), drift=(hostile,)
    )

    text = printed(replace(with_concepts(trained, hostile), intake=report))

    assert not set(text) & set("\x1b\x9b\x07\r\x00\u202e")
    assert "warning: a[31mb31mc" in text


def test_a_figure_that_cannot_be_formed_is_a_dash(trained):
    text = printed(with_figures(trained, Estimate(NAN, NAN, NAN)))

    assert "nan" not in text
    assert re.search(r"^ this model +– \(–-–\) +– +– +– +– *$", text, re.MULTILINE)
    assert "AUC above plain logistic: – (– to –): cannot be told apart" in text


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (Estimate(0.02, 0.01, 0.03), "+0.020 (+0.010 to +0.030)\n"),
        (Estimate(0.02, -0.01, 0.05), "+0.020 (-0.010 to +0.050): cannot be told apart\n"),
        (Estimate(-0.08, -0.1, -0.06), "-0.080 (-0.100 to -0.060): this model is worse\n"),
    ],
)
def test_a_gain_is_called_what_its_interval_says(trained, gain, words):
    assert f"AUC above plain logistic: {words}" in printed(with_figures(trained, gain))


def test_many_columns_that_cannot_be_used_are_counted(trained):
    text = printed(with_concepts(trained, *(f"column {i}" for i in range(40))))

    assert text.count("not used: column") == 15
    assert "… and 25 more" in text


def test_wins_of_accounts_are_called_so(trained):
    flat = trained.model.config.input.flat
    columns = flat.columns.model_copy(update={"account_id": "account"})
    source = trained.model.config.input.model_copy(
        update={"flat": flat.model_copy(update={"columns": columns})}
    )
    model = replace(trained.model, config=trained.model.config.model_copy(update={"input": source}))

    assert "of 80 accounts won" in printed(replace(trained, model=model))
