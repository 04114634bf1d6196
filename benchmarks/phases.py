"""Is a model as good on every night? One day of the month against a day of its own for each lead.

    python -m benchmarks.phases [--leads 10000] [--company rounds] [--bpic2012 FOLDER]

One LightGBM of 150 trees learns the older part twice, from about as many rows: *one day* looks at
everybody on the same day of each round, *own days* at each lead on a day of its own, as `train`
does. Both are judged on everybody on every single day of the test part. The companies are the
sample company, one whose leads all decide together every 28 days (the worst case: one day of the
round is fresh), and one that closes five times as many leads on the last five days of a month.

Close rates of actions are set beside those of comparable leads as `closed-loop` does, as if the
export had ended on other days: with everybody on one day, and with own days. The truth of the
simulated companies is the same for all.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pyarrow as pa
import yaml
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from features.build.build import build, prepare
from features.intake import open_store
from features.resources import Resources
from propensity.config.config import Config, parse
from training.audit.sufficiency import reading_of
from training.closed_loop.actions import action_history
from training.closed_loop.rates import Looked, chances, rates
from training.closed_loop.strata import strata_of
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics.days import WEEKDAYS
from training.learn.metrics.evaluate import evaluate
from training.learn.metrics.holdout import Holdout
from training.learn.recipe import recipe
from training.learn.rows.cadence import Cadence, cadence_of
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows, snapshots
from training.learn.rows.split import plan
from training.simulate.command import Company, simulate, write

ROOT = Path(__file__).parent.parent
TREES = 150
WAYS = ("one day", "own days")
COMPANIES: dict[str, dict[str, Any]] = {
    "sample": {},
    "rounds": {"decision_days": 28, "together": True},
    "month end": {"month_end": 5.0},
}
#: Actions told, the strongest of the sample company first.
ACTIONS = ("demo_request", "trial_started", "webinar_attended", "pricing page")


@dataclass(frozen=True)
class Figures:
    """How good a score is on some days.

    Attributes:
        days: Which.
        wins: Rows that are wins.
        roc_auc: By how the model learned.
        slope: Calibration slope, by the same.
    """

    days: str
    wins: int
    roc_auc: dict[str, float]
    slope: dict[str, float]


@dataclass(frozen=True)
class Lift:
    """An action's close rate over that of comparable leads, the export ending on some day.

    Attributes:
        action: Which.
        back: Days before the end of the data on which the export ends.
        lift: By how leads are looked at: the figure and its corrected interval.
    """

    action: str
    back: int
    lift: dict[str, tuple[float, float, float]]


@dataclass(frozen=True)
class PhaseFigures:
    """One company.

    Attributes:
        company: Its name.
        every: Days of a round.
        rows: Rows that taught, by how leads are looked at.
        figures: By phase, then by weekday.
        lifts: Of actions.
    """

    company: str
    every: int
    rows: dict[str, int]
    figures: list[Figures]
    lifts: list[Lift] = field(default_factory=list)


def measure(
    company: str, config: Config, *, every: int, step: int, trees: int = TREES
) -> PhaseFigures:
    """Learn in both ways, and judge every day.

    Args:
        company: Its name.
        config: Names its files.
        every: Days of a round.
        step: Days from one end of the export to the next; 0 leaves actions out.
        trees: Of each model.
    """
    with open_store(
        config.input,
        config.columns,
        purpose="train",
        quarantine=None,
        resources=Resources(threads=1),
    ) as store:
        run = Run(config, store)
        horizon = _horizon(config)
        cadence = cadence_of(store, horizon_days=horizon, every_days=every)
        parts = plan(cadence, horizon_days=horizon, test_days=2 * every)
        taught = Cadence(cadence.after, parts.older[-1], every)
        learned = dict(zip(WAYS, (_on_one_day(run, taught), _looks(run, taught)), strict=True))
        test = _looks(run, Cadence(parts.test[0] - 1, parts.test[-1], 1))
        scores = {way: _scored(run, rows, test, trees) for way, rows in learned.items()}
        figures = [_judged(name, test.take(at), scores, at) for name, at in _days(test, every)]
        ends = range(0, every, step) if step else ()
        lifts = [lift for back in ends for lift in _lifts(run, cadence, back)]
    rows = {way: len(each) for way, each in learned.items()}
    return PhaseFigures(company, every, rows, figures, lifts)


def _horizon(config: Config) -> int:
    if config.goal is None:
        raise TypeError("expected a configuration of three tables")
    return config.goal.horizon_days


def _looks(run: Run, cadence: Cadence) -> LabelledRows:
    """Leads on the days of a cadence, each on its own."""
    if run.config.population is None or run.config.goal is None:
        raise TypeError("expected a configuration of three tables")
    return snapshots(
        run.store,
        run.config.population,
        reading_of(run.config),
        cadence,
        goal_stage=run.config.goal.stage,
        horizon_days=run.config.goal.horizon_days,
    )[0]


def _on_one_day(run: Run, cadence: Cadence) -> LabelledRows:
    """Everybody on the last day of each round."""
    found = [_looks(run, Cadence(end - 1, end, 1)) for end in cadence.rounds]
    return _joined(found)


def _joined(parts: list[LabelledRows]) -> LabelledRows:
    rows = pa.concat_tables([part.rows for part in parts])
    order = np.lexsort([rows[name].to_numpy() for name in ("as_of_day", "episode", "lead")])
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("label", "weight", "time", "cluster", "goal_episode", "round_end")
    }
    return LabelledRows(rows=rows, **columns).take(order)


def _scored(run: Run, rows: LabelledRows, test: LabelledRows, trees: int) -> NDArray[np.float64]:
    spec, seen = recipe.see(run, rows)
    chosen = RecipeChoices.plain(run.config.learner, trees=trees)
    fitted = recipe.fit(run.config, rows, spec, seen, chosen=chosen)
    prepare(run.store, spec, test.rows)
    return fitted.log_odds(build(run.store, test.rows, spec).matrix)


def _days(test: LabelledRows, every: int) -> Iterator[tuple[str, NDArray[np.intp]]]:
    phase = (test.time.max() - test.time) % every
    for number in range(every):
        yield f"phase {number}", np.flatnonzero(phase == number)
    for number, name in enumerate(WEEKDAYS):
        yield name, np.flatnonzero((test.time + 3) % 7 == number)
    yield "all days", np.arange(len(test))


def _judged(
    name: str,
    rows: LabelledRows,
    scores: dict[str, NDArray[np.float64]],
    at: NDArray[np.intp],
) -> Figures:
    holdout = Holdout(rows.label, rows.time.astype(np.int32), rows.cluster, rows.weight)
    wanted = ("roc_auc", "calibration_slope")
    found = {
        way: evaluate(way, score[at], holdout, figures=wanted, n_bootstrap=0).figures
        for way, score in scores.items()
    }
    return Figures(
        name,
        int(rows.label.sum(dtype=np.int64)),
        {way: each["roc_auc"].value for way, each in found.items()},
        {way: each["calibration_slope"].value for way, each in found.items()},
    )


def _lifts(run: Run, cadence: Cadence, back: int) -> Iterator[Lift]:
    """The actions' lifts, as if the export had ended some days earlier."""
    earlier = replace(cadence, newest=cadence.newest - back)
    found: dict[str, dict[str, tuple[float, float, float]]] = {name: {} for name in ACTIONS}
    for way, rows in zip(WAYS, (_on_one_day(run, earlier), _looks(run, earlier)), strict=True):
        done, strata = action_history(run, rows), strata_of(run.store, rows)
        looked = [Looked(each.name, done.did[:, i]) for i, each in enumerate(done.actions)]
        seen = rates(rows, strata, looked, chance=chances(rows, strata, looked))
        for action, rate in zip(done.actions, seen, strict=True):
            if action.name in found:
                lift = rate.lift
                found[action.name][way] = (lift.value, lift.corrected_low, lift.corrected_high)
    yield from (Lift(name, back, lift) for name, lift in found.items() if len(lift) == len(WAYS))


def simulated(name: str, leads: int, folder: Path, *, seed: int = 1) -> Config:
    """A simulated company in a folder."""
    company = Company(n_leads=leads, seed=seed, mess=False, **COMPANIES[name])
    write(simulate(company), folder / "data")
    settings = yaml.safe_load((ROOT / "configs" / "quickstart.yaml").read_text(encoding="utf-8"))
    settings.pop("definition", None)
    return parse(settings, base=folder)


def bpic2012(data: Path) -> Config:
    """The loan applications, whose history carries rounds of a week."""
    path = ROOT / "tests" / "configs" / "bpic2012.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    for table in ("leads", "events", "outcomes"):
        settings["input"][table]["path"] = str(data / settings["input"][table]["path"])
    return parse(settings, base=data)


def table_of(found: PhaseFigures) -> Table:
    """AUC and slope by phase and weekday, then what they range over."""
    table = Table(title=f"{found.company}: {TREES} trees, rounds of {found.every} days")
    names = ("days", "wins", *(f"AUC, {way}" for way in WAYS), *(f"slope, {way}" for way in WAYS))
    for name in names:
        table.add_column(name, justify="left" if name == "days" else "right")
    for each in found.figures:
        cells = [f"{each.roc_auc[way]:.3f}" for way in WAYS]
        cells += [f"{each.slope[way]:.2f}" for way in WAYS]
        table.add_row(each.days, f"{each.wins:,}", *cells, end_section=each.days == "all days")
    for kind in ("phase", "day"):
        some = [each for each in found.figures if kind in each.days and each.days != "all days"]
        spans = [
            f"{min(values):{form}}-{max(values):{form}}"
            for figure, form in (("roc_auc", ".3f"), ("slope", ".2f"))
            for way in WAYS
            for values in [[getattr(each, figure)[way] for each in some]]
        ]
        table.add_row(f"{'phases' if kind == 'phase' else 'weekdays'} range over", "", *spans)
    return table


def lift_table(found: PhaseFigures) -> Table:
    """The lifts by the day on which the export ends."""
    table = Table(title=f"{found.company}: times as many closes as comparable leads")
    for name in ("action", "export ends", *WAYS):
        table.add_column(name, justify="left" if name == "action" else "right")
    for each in sorted(found.lifts, key=lambda lift: (ACTIONS.index(lift.action), lift.back)):
        cells = [
            f"{value:.2f} ({low:.2f}-{high:.2f})"
            for value, low, high in (each.lift[way] for way in WAYS)
        ]
        table.add_row(each.action, f"-{each.back}", *cells)
    return table


def main() -> None:
    """Run the companies, print the tables, write the JSON."""
    parser = argparse.ArgumentParser(description="Is a model as good on every night?")
    parser.add_argument("--leads", type=int, default=10_000, help="of a company (default 10,000)")
    parser.add_argument("--company", choices=COMPANIES, action="append", help="default: all")
    parser.add_argument("--step", type=int, default=7, help="days between ends of the export")
    parser.add_argument("--bpic2012", type=Path, help="folder of the loan applications")
    parser.add_argument(
        "--json", type=Path, default=Path("runs/benchmark-phases.json"), help="where figures go"
    )
    options = parser.parse_args()
    console = Console(width=100)
    found = []
    for name in options.company or ([] if options.bpic2012 else COMPANIES):
        with tempfile.TemporaryDirectory() as folder:
            config = simulated(name, options.leads, Path(folder))
            found.append(measure(name, config, every=28, step=options.step))
        console.print(table_of(found[-1]), lift_table(found[-1]))
    if options.bpic2012:
        found.append(measure("bpic2012", bpic2012(options.bpic2012), every=7, step=0))
        console.print(table_of(found[-1]))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps([asdict(each) for each in found]), encoding="utf-8")


if __name__ == "__main__":
    main()
