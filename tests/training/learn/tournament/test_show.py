"""What is printed of the tournament, to the word."""

import io

from rich.console import Console

from propensity.config.sections import LearnerSettings
from training.learn.learners.chosen import HistoryWeighting, Linear, RecipeChoices, Spline, Trees
from training.learn.tournament.choose import TournamentChoice
from training.learn.tournament.show import choice_lines, contestants_table
from training.learn.tournament.verdict import Contestant

TREES = Trees.of(LearnerSettings(), trees=90)
BLEND = RecipeChoices(
    contestant="blend",
    parts=(
        Spline(weight=0.25),
        TREES.model_copy(update={"weight": 0.75, "bags": 1, "kind": "extra trees"}),
    ),
    past=HistoryWeighting(how="half_life", length=90.0),
    dropped=("month", "[bold]week[/bold]"),
    trials=8,
    cut=True,
)
TABLE = (
    Contestant(
        name="linear",
        axes="apart",
        log_loss=0.3,
        roc_auc=0.7,
        behind=0.05,
        error=0.01,
        leaves=0,
        decisions=12,
    ),
    Contestant(
        name="blend",
        axes="apart",
        log_loss=0.25,
        roc_auc=0.75,
        behind=0.0,
        error=0.0,
        leaves=7200,
        decisions=1812,
        won=True,
    ),
    Contestant(
        name="extra trees",
        axes="shared",
        log_loss=0.24,
        roc_auc=0.76,
        behind=0.0,
        error=0.0,
        leaves=123_456,
        decisions=12_345,
    ),
)


def test_a_choice_is_said_in_sentences():
    assert list(choice_lines(TournamentChoice(BLEND, None, TABLE))) == [
        "served: blend, axes apart: 25% of a spline regression + 75% of 5 models of 90 extra trees",
        (
            "of the contestants no more than one standard error behind the best, the one with the"
            " fewest leaves"
        ),
        "8 other sets of parameters were tried",
        "history counts half for every 90 days of age",
        "left out, because they tell the time: month, [bold]week[/bold]",
        (
            "learner.budget_minutes ran out before everything was tried: this model is not"
            " reproducible"
        ),
    ]


def test_where_nobody_has_shown_anything_that_is_why_the_simplest_is_served():
    said = list(choice_lines(TournamentChoice(BLEND, None, TABLE, proven=False)))

    assert (
        said[1]
        == "no contestant beats the close rate alone on later leads beyond noise, so the simplest"
        " is served"
    )


def test_a_plain_choice_says_no_more_than_it_has_to():
    line = RecipeChoices(
        contestant="linear",
        parts=(Linear(),),
        past=HistoryWeighting(how="window", length=5000, unit="rows"),
    )

    assert list(choice_lines(TournamentChoice(line, None))) == [
        "served: linear, axes apart: a logistic regression",
        "too few wins and losses to try anything on later leads: taken as written",
        "only the newest 5,000 rows of history count",
    ]
    assert "all history counts alike" in list(
        choice_lines(TournamentChoice(RecipeChoices.plain(LearnerSettings(), trees=3), None, TABLE))
    )


def test_the_table_fits_eighty_columns_and_shows_who_is_how_far_behind():
    out = io.StringIO()
    Console(file=out, width=80).print(contestants_table(TournamentChoice(BLEND, None, TABLE)))

    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert any("linear" in line and "0.0500 (0.0100)" in line for line in lines)
    assert any("blend" in line and "the best" in line and "7,200" in line for line in lines)
    assert any("123,456" in line and "12,345" in line for line in lines)
