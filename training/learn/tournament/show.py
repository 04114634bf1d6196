"""What a training run prints of the tournament: who did best on later leads, what was chosen, and
why.
"""

from collections.abc import Iterator

from rich import box
from rich.table import Table

from propensity.concepts.wording import plain
from training.learn.learners.chosen import (
    OWN_MODEL,
    HistoryWeighting,
    LearnerPart,
    Linear,
    OwnFitted,
    OwnLinear,
    RecipeChoices,
    Spline,
)
from training.learn.tournament.choose import TournamentChoice
from training.learn.tournament.own_verdict import OwnVerdict

#: Names of columns that are listed.
_MOST = 8


def contestants_table(choice: TournamentChoice) -> Table:
    """A line per contestant, those whose axes are kept apart first; the winner is bold."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    both = len(choice.axes) > 1
    for name in ("", "axes") if both else ("",):
        table.add_column(name, no_wrap=True)
    for name in (
        "log\nloss",
        "behind the best\n(standard error)",
        "AUC",
        "leaves,\nat most",
        "look-ups\nper lead",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for each in choice.contestants:
        behind = "the best" if each.behind == 0 else f"{each.behind:.4f} ({each.error:.4f})"
        table.add_row(
            each.name,
            *([each.axes] if both else []),
            f"{each.log_loss:.4f}",
            behind,
            f"{each.roc_auc:.3f}",
            f"{each.leaves:,}",
            f"{each.decisions:,}",
            style="bold" if each.won else "",
        )
    return table


def choice_lines(choice: TournamentChoice) -> Iterator[str]:
    """What was chosen, a sentence each."""
    chosen = choice.chosen
    axes = f", axes {chosen.axes}" if len(choice.axes) > 1 else ""
    yield f"served: {chosen.contestant}{axes}: {' + '.join(_part(part) for part in chosen.parts)}"
    if chosen.contestant == OWN_MODEL:
        yield _own(chosen)
    elif choice.contestants and not choice.proven:
        yield (
            "no contestant beats the close rate alone on later leads beyond noise, so the simplest"
            " is served"
        )
    elif choice.contestants:
        yield (
            "of the contestants no more than one standard error behind the best, the one with the"
            " fewest leaves"
        )
    else:
        yield "too few wins and losses to try anything on later leads: taken as written"
    if chosen.params:
        yield f"as written under learner.params, and not tuned: {chosen.params}"
    if choice.given_up:
        lags = ", ".join(f"{name} ({behind:.4f})" for name, behind in choice.given_up.items())
        yield f"given up before all leads were judged, as they lay behind the best: {lags}"
    yield from (limit.sentence for limit in choice.limits)
    if chosen.trials:
        yield f"{chosen.trials} other sets of parameters were tried"
    yield from map(_own_features, choice.own)
    yield _past(chosen.past)
    if choice.clocks:
        names = ", ".join(map(plain, choice.clocks[:_MOST]))
        more = f" and {len(choice.clocks) - _MOST} more" if len(choice.clocks) > _MOST else ""
        yield f"left out, because they tell the time: {names}{more}"
    if chosen.cut:
        yield (
            "learner.budget_minutes ran out before everything was tried: this model is not"
            " reproducible"
        )


def _own_features(verdict: OwnVerdict) -> str:
    names = ", ".join(map(plain, verdict.features[:_MOST]))
    more = len(verdict.features) - _MOST
    told = f"{plain(verdict.code)} ({names}{f' and {more} more' if more > 0 else ''})"
    way = "kept" if verdict.is_kept else "left out, as that is not beyond noise"
    return (
        f"own features of {told}: log loss {-verdict.gain:+.4f} (standard error"
        f" {verdict.error:.4f}) with them on later leads: {way}"
    )


def _own(chosen: RecipeChoices) -> str:
    own = chosen.fitted_elsewhere
    if own is None:
        return "your own model learned from the older part, and again from all mature rows"
    return (
        f"your own model was fitted elsewhere and saw outcomes until {own.trained_until}: it is"
        " judged and calibrated on leads looked at since, each on a line drawn by other leads"
    )


def _part(part: LearnerPart) -> str:
    share = f"{part.weight:.0%} of " if part.weight != 1 else ""
    if isinstance(part, OwnLinear):
        return f"{share}a linear model of scikit-learn"
    if isinstance(part, OwnFitted):
        return f"{part.trees} trees" if part.trees else "a linear model of scikit-learn"
    if isinstance(part, Spline):
        return f"{share}a spline regression"
    if isinstance(part, Linear):
        return f"{share}a logistic regression"
    kind = "extra trees" if part.kind == "extra trees" else "trees"
    models = f"{part.models} models of {part.trees} {kind}" if part.bags else f"{part.trees} {kind}"
    return f"{share}{models}"


def _past(past: HistoryWeighting) -> str:
    if past.how == "all":
        return "all history counts alike"
    length = f"{past.length:,.0f} {past.unit}"
    if past.how == "window":
        return f"only the newest {length} of history count"
    return f"history counts half for every {length} of age"
