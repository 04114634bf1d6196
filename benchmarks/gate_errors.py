"""Who passes the gate, at five horizons: worse, equal and better recipes, and an ordinary retrain
of the same recipe once a quarter; in worlds that stay and that move, over ten looks, and where
sales works what the champion puts on top.

Companies and models are simulated, not trained; who meets whom on which days, and every check, are
the product's own functions. Leads have six traits that weigh for the close; in a moving world the
weights turn, and the close rate moves from quarter to quarter. A model knows the mean weights of
the days whose closes it knew, and errs by a random walk over these days, so that two models of
nearly the same rows err alike; by something of its own for each fit; and for each lead by what its
columns do not tell. That last error is the champion's in a retrain, and another one in another
recipe, correlated at .8 (where leads are worked: not at all). In a spoiled retrain it weighs more.
It is tuned so that the champion has an AUC of .80 before the other errors, and the others .01 less,
as much, or .01 more.

    python -m benchmarks.gate_errors [--companies 60] [--leads 30] [--parts horizons looks treated]
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.gate import ARMS, CHAMPION_AUC, TRUE_SD, Noise, World
from propensity.config.sections import GateSettings
from training.gate.checks import log_loss
from training.gate.gate import asked_of, gate
from training.gate.meeting import mostly_later
from training.gate.paired_gains import captured_gains, log_loss_gains
from training.gate.past_quarters import past_meetings
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics import metrics, recalibration
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.resamples import Resamples
from training.learn.metrics.scores_compared import ScoreComparison
from training.learn.rows.cadence import Cadence
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.split import plan

OUT = Path("runs/gate-errors.json")
HORIZONS = (14, 28, 45, 90, 180)
HISTORY, QUARTER, LOOKS = 1095, 91, 10
#: Share of the leads, the champion's best, that sales works.
WORKED = 0.1
TRAITS, WALK, SEED_NOISE, CORRELATION = 6, 2.0, 0.15, 0.8
#: In a moving world: degrees that the weights turn in a year, and sd of the level by quarter.
TURN, LEVEL_SD = 30.0, 0.1
#: Leads of the sample that a model is calibrated on.
_SAMPLE = 4000
SETTINGS = GateSettings(resamples=200)
#: The choices of a recipe, and those of one that was spoiled.
_CHOICES, _SPOILED = (
    RecipeChoices.model_construct(trials=0),
    RecipeChoices.model_construct(trials=1),
)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Company:
    """A history of leads, each looked at once.

    Attributes:
        day: (n,) day of the look.
        trait: (n, traits) what weighs for the close.
        error: (2, n) what the columns of the champion, and of another recipe, do not tell.
        weights: (days, traits) how the traits weigh.
        level: (days,) log-odds of the average lead.
        walk: (days, traits) what a model of all days up to each errs by, summed.
        label: (n,) who closed.
    """

    day: NDArray[np.int64]
    trait: Floats
    error: Floats
    weights: Floats
    level: Floats
    walk: Floats
    label: NDArray[np.int8]


def company(world: World, *, leads: int, moves: bool, seed: int) -> Company:
    """A company with so many leads a day."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(HISTORY, dtype=np.int64), leads)
    trait = rng.normal(size=(day.size, TRAITS))
    first, second = rng.normal(size=(2, day.size))
    second = CORRELATION * first + np.sqrt(1 - CORRELATION**2) * second
    angle = np.radians(TURN * moves) * np.arange(HISTORY) / 365
    weights = np.zeros((HISTORY, TRAITS))
    weights[:, 0], weights[:, 1] = np.cos(angle), np.sin(angle)
    shifts = np.repeat(rng.normal(size=HISTORY // QUARTER + 1), QUARTER)[:HISTORY]
    level = world.level + LEVEL_SD * moves * shifts
    walk = np.cumsum(rng.normal(size=(HISTORY, TRAITS)), axis=0)
    chance = metrics.sigmoid(level[day] + TRUE_SD * (trait * weights[day]).sum(axis=1))
    label = (rng.random(day.size) < chance).astype(np.int8)
    return Company(day, trait, np.stack([first, second]), weights, level, walk, label)


@dataclass(frozen=True)
class Models:
    """Models of a company, as of past days.

    Attributes:
        of: The company.
        horizon: Days within which a win counts.
        noise: How much the error of a lead weighs: for the champion's recipe, for another one, and
            for the champion's after something was spoiled.
        seed: Of what each fit errs by alone.
        rows: The rows whose horizon is over today.
    """

    of: Company
    horizon: int
    noise: tuple[float, float, float]
    seed: int
    rows: LabelledRows = field(init=False)

    def __post_init__(self) -> None:
        mature = self.of.day <= HISTORY - self.horizon
        lead = np.flatnonzero(mature)
        table = pa.table({"lead": lead, "episode": np.zeros(lead.size, np.int32)})
        day = self.of.day[mature]
        ends = cadence_of(self.horizon).round_of(day)
        rows = LabelledRows(
            table, self.of.label[mature], np.ones(lead.size), day, lead, round_end=ends
        )
        object.__setattr__(self, "rows", rows)

    def scores(self, day: int, chosen: RecipeChoices, at: NDArray[np.intp]) -> Floats | None:
        """By the champion's recipe, as of a day."""
        recipe = 2 if chosen is _SPOILED else 0
        return self.by(recipe, day, at) if day - self.horizon > 0 else None

    def by(self, recipe: int, day: int, at: NDArray[np.intp]) -> Floats:
        """Calibrated log-odds of rows by a recipe that knows the closes before a day."""
        known = day - self.horizon
        rng = np.random.default_rng([self.seed, day, recipe])
        weights = self.of.weights[:known].mean(axis=0) + WALK * self.of.walk[known] / known

        def raw(rows: NDArray[np.intp]) -> Floats:
            told = TRUE_SD * (self.of.trait[rows] * weights).sum(axis=1)
            return told + self.noise[recipe] * self.of.error[recipe % 2, rows]

        old = rng.choice(np.flatnonzero(self.of.day < known), _SAMPLE)
        days = self.of.day[old]
        truth = TRUE_SD * (self.of.trait[old] * self.of.weights[days]).sum(axis=1)
        chance = metrics.sigmoid(self.of.level[days] + truth)
        slope, intercept = recalibration.logistic_line(chance, raw(old), np.ones(_SAMPLE))
        return intercept + slope * raw(at) + SEED_NOISE * slope * rng.normal(size=at.size)


def cadence_of(horizon: int) -> Cadence:
    """The days that are looked at, in rounds of four weeks."""
    return Cadence(after=-1, newest=HISTORY - horizon, every=28)


def meeting(models: Models, recipe: int) -> ScoreComparison:
    """Who meets whom today, a quarter after the champion was trained: a challenger of a recipe."""
    same = recipe != 1
    rows, horizon = models.rows, models.horizon
    parts = plan(cadence_of(horizon), horizon_days=horizon, test_days=None)
    test = np.flatnonzero(rows.time >= parts.test[0])
    later = mostly_later(rows.take(test), HISTORY - QUARTER)
    at = test if later is None else test[later]
    first = int(rows.time[at].min())
    ours = models.by(recipe, first, at)
    if later is not None:
        theirs = models.by(0, HISTORY - QUARTER, at)
    else:
        theirs = models.by(0, first - QUARTER if same else first, at)
    pairs = [(at, ours, theirs)]
    if same:
        most, both = SETTINGS.past_quarters, (_SPOILED if recipe else _CHOICES, _CHOICES)
        older = past_meetings(models, first, QUARTER, both, most=most)
        pairs += [(one.at, one.challenger, one.champion) for one in older]
    every = np.concatenate([pair[0] for pair in pairs])
    met = rows.take(every)
    which = np.repeat(np.arange(len(pairs)), [pair[0].size for pair in pairs])
    group = (met.round * len(pairs) + which).astype(np.int32)
    return ScoreComparison(
        Holdout(met.label, group, met.cluster, met.weight),
        np.concatenate([pair[1] for pair in pairs]),
        {"champion": np.concatenate([pair[2] for pair in pairs])},
        same_recipe=same,
        newest=np.arange(every.size) < at.size,
    )


def verdict(met: ScoreComparison, *, seed: int, looks: int = 1) -> list[str]:
    """The checks that failed, none where the gate is passed."""
    share = SETTINGS.capacity_share
    found = gate(met, SETTINGS, share=share, light="green", against=1, seed=seed, looks=looks)
    return [check.name for check in found.checks if not check.passed]


def horizons(world: World, *, companies: int, leads: int) -> Table:
    """Shares that pass, by horizon."""
    table = Table(title=f"{companies} companies each, {leads} leads a day, quarterly retraining")
    for name in ("horizon", "who", "world", "wins judged", "log loss", "gate passed", "failed at"):
        table.add_column(name)
    own = world.noise_of(CHAMPION_AUC)
    spoiled = world.noise_of(CHAMPION_AUC - 0.01)
    arms = [("retrain", own, False, 0), ("retrain", own, True, 0), ("spoiled", own, False, 2)]
    arms += [
        (name, world.noise_of(CHAMPION_AUC + gap), False, 1) for name, (gap, _) in ARMS.items()
    ]
    for horizon in HORIZONS:
        for name, noise, moves, recipe in arms:
            failed, passed, gain, wins = Counter[str](), 0, 0.0, 0
            for seed in range(companies):
                of = company(world, leads=leads, moves=moves, seed=seed)
                met = meeting(Models(of, horizon, (own, noise, spoiled), seed), recipe)
                why = verdict(met, seed=seed)
                passed += not why
                failed.update(why)
                wins += met.wins
                label = met.rows.label.astype(np.float64)
                losses = (
                    metrics.log_losses(label, s) for s in (met.rivals["champion"], met.challenger)
                )
                gain += float(np.subtract(*losses).mean())
            told = ", ".join(f"{check} {count}" for check, count in failed.most_common())
            where = "moves" if moves else "stays"
            figures = (f"{wins / companies:,.0f}", f"{gain / companies:+.4f}")
            table.add_row(str(horizon), name, where, *figures, f"{passed / companies:.0%}", told)
    return table


def looks(world: World, *, tries: int, leads: int) -> Table:
    """How often the best of ten equal challengers is let through, paid for and not."""
    table = Table(title=f"Equal recipes at one test of {leads:,} leads, {tries} tests: log loss")
    for name in ("look", "passes, of its own", "passed by then, paid for", "passed by then, not"):
        table.add_column(name)
    sd = world.noise_of(CHAMPION_AUC)
    noise = Noise(sd, sd, CORRELATION, (world.line(sd), world.line(sd)))
    paid, free = np.zeros((2, tries, LOOKS), dtype=np.bool_)
    for test in range(tries):
        for look in range(LOOKS):
            met = tried(world, noise, leads, test=test, look=look)
            for found, settings, number in ((paid, SETTINGS, look + 1), (free, _unpaid(), 1)):
                share = settings.capacity_share
                asked = asked_of(met, settings, share=share, seed=test, looks=number)
                found[test, look] = log_loss(asked).passed
    for look in range(LOOKS):
        by_then = [found[:, : look + 1].any(axis=1).mean() for found in (paid, free)]
        own = paid[:, look].mean()
        table.add_row(str(look + 1), f"{own:.1%}", *(f"{share:.1%}" for share in by_then))
    return table


def _unpaid() -> GateSettings:
    """Settings whose first look is asked at the whole error."""
    return SETTINGS.model_copy(update={"confidence": 1 - 0.05 * np.pi**2 / 6})


def tried(
    world: World, noise: Noise, leads: int, *, test: int, look: int, times: float = 1.0
) -> ScoreComparison:
    """A challenger at a test that others were tried at: leads, outcomes and champion stay.

    Args:
        world: What is true.
        noise: How both err.
        leads: Leads of the test.
        test: Number of the test.
        look: Number of the challenger.
        times: What working a lead of the champion's top tenth multiplies its odds by.
    """
    rng = np.random.default_rng([test, 0])
    truth = world.level + TRUE_SD * rng.normal(size=leads)
    first, luck = rng.normal(size=leads), rng.random(leads)
    own = np.random.default_rng([test, 1 + look]).normal(size=leads)
    second = noise.correlation * first + np.sqrt(1 - noise.correlation**2) * own
    raw = [truth + noise.champion * first, truth + noise.challenger * second]
    top = raw[0] >= np.quantile(raw[0], 1 - WORKED)
    chance = metrics.sigmoid(truth + np.log(times) * top)
    ones = np.ones(leads)
    lines = [recalibration.logistic_line(chance, score, ones) for score in raw]
    champion, challenger = (
        line[1] + line[0] * score for line, score in zip(lines, raw, strict=True)
    )
    label = (luck < chance).astype(np.int8)
    rows = Holdout(label, np.zeros(leads, np.int32), np.arange(leads), ones)
    return ScoreComparison(rows, challenger, {"champion": champion})


def treated(world: World, *, tries: int, leads: int) -> Table:
    """What a champion in use does to the next meeting: asked on all leads alone, as it was before,
    and as the gate asks now.
    """
    table = Table(title=f"The champion's top tenth was worked; {tries} meetings of {leads:,} leads")
    for name in (
        "odds of worked leads",
        "challenger",
        "gain on all leads",
        "on leads treated alike",
        "log loss passed, before",
        "now",
        "captured wins passed, before",
        "now",
    ):
        table.add_column(name)
    share = WORKED
    for times in (1.0, 1.5, 3.0):
        for arm, (gap, _) in ARMS.items():
            sds = world.noise_of(CHAMPION_AUC), world.noise_of(CHAMPION_AUC + gap)
            noise = Noise(*sds, 0.0, (world.line(sds[0]), world.line(sds[1])))
            passed, gains = np.zeros(4), np.zeros(2)
            for test in range(tries):
                met = tried(world, noise, leads, test=test, look=0, times=times)
                champion = met.rivals["champion"]
                draws = Resamples(met.rows.cluster, SETTINGS.resamples, test)
                both = (met.rows, met.challenger, [champion], draws, 0.05)
                everybody = log_loss_gains(*both)[0]
                captured = captured_gains(*both, share=share)[0]
                found = gate(met, SETTINGS, share=share, light="green", against=1, seed=test)
                fair = found.checks[0].figures["alike"]["value"]
                gains += everybody.value, fair
                passed += (
                    everybody.low > 0,
                    found.checks[0].passed,
                    captured.low >= -SETTINGS.captured_margin,
                    found.checks[1].passed,
                )
            told = (f"{value / tries:.0%}" for value in passed)
            table.add_row(f"x{times:g}", arm, *(f"{gain / tries:+.4f}" for gain in gains), *told)
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the parts and print their tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--companies", type=int, default=60)
    parser.add_argument("--leads", type=int, default=30, help="looks a day")
    parts = ("horizons", "looks", "treated")
    parser.add_argument("--parts", nargs="+", choices=parts, default=list(parts))
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args(arguments)
    world, n = World(), asked.companies
    made: dict[str, Callable[[], Table]] = {
        "horizons": lambda: horizons(world, companies=n, leads=asked.leads),
        "looks": lambda: looks(world, tries=n, leads=5000),
        "treated": lambda: treated(world, tries=n, leads=20_000),
    }
    console, told = Console(width=140), {}
    for part in asked.parts:
        table = made[part]()
        console.print(table)
        columns = [list(column.cells) for column in table.columns]
        names = [str(column.header) for column in table.columns]
        told[part] = {"columns": names, "rows": list(zip(*columns, strict=True))}
        asked.out.parent.mkdir(exist_ok=True)
        asked.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
