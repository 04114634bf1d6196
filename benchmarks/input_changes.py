"""What a changed input does to the scores, and whether anybody is told.

    python -m benchmarks.input_changes [--data ../shared/data] [--leads 4000]

Three companies: a simulated one, the loan applications of bpic2012 (three tables), and the flat
export of x_education; real ones are passed over where their files are absent. Each trains once and
draws a line over its best tenth of leads. Then the input is changed in one way after another and
scored: how many leads are over the line, how many of them are the same, what was told, and the exit
code of `score`. A change that moves the line and is called fine is marked.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

# before LightGBM: else idle threads spin and slow everybody down
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pandas as pd
import yaml
from rich.console import Console
from rich.table import Table

from features.days import day_number
from features.errors import PropensityError, RefusedError
from features.resources import Resources
from propensity.config.config import Config, parse
from propensity.input_check import check_input
from propensity.model.model import PropensityModel
from propensity.registry.champion import Champion
from propensity.scoring.job import open_input, score_to_table
from propensity.scoring.tonight import look_at
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.simulate.command import Company, simulate, write

ROOT = Path(__file__).parent.parent
#: Share of the leads over the line.
BEST = 0.1
#: Share of those over the line that a harmless change may exchange.
SAME = 0.9
TREES = 80
EXIT = {"fine": 0, "look": 10, "stop": 20}

Tables = dict[str, pd.DataFrame]
Change = Callable[[Tables, dict[str, Any]], None]


@dataclass(frozen=True)
class Subject:
    """A company to change.

    Attributes:
        name: Of it.
        settings: Its configuration, as YAML gives it; paths are filled in.
        tables: Its tables as texts, to be scored.
        model: Learned from the tables as they were.
        as_of: The day; None for a flat table.
        category: A column of names that the model reads, the most telling one.
        number: A column of numbers that it reads.
        kind: The most frequent event type of the leads' own; empty without events.
    """

    name: str
    settings: dict[str, Any]
    tables: Tables
    model: PropensityModel
    as_of: date | None
    category: str
    number: str
    kind: str

    @property
    def people(self) -> str:
        """The table that holds the leads."""
        return "flat" if self.as_of is None else "leads"


@dataclass(frozen=True)
class Night:
    """What scoring a changed input gave.

    Attributes:
        over: Leads over the line, by lead_id; None where nothing was scored.
        verdict: fine, look, stop or error.
        exit: Code of `score`.
        codes: What was told.
    """

    over: frozenset[str] | None
    verdict: str
    exit: int
    codes: tuple[str, ...]


# --- changes --------------------------------------------------------------------------------------


def changes_of(subject: Subject) -> dict[str, Change]:
    """Name of each change to itself; harmless ones say so."""
    people, category, number = subject.people, subject.category, subject.number

    def column(name: str, change: Callable[[pd.Series], Any]) -> Change:
        def changed(tables: Tables, _settings: dict[str, Any]) -> None:
            tables[people] = tables[people].assign(**{name: change(tables[people][name])})

        return changed

    def table(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Change:
        def changed(tables: Tables, _settings: dict[str, Any]) -> None:
            tables[name] = change(tables[name])

        return changed

    def filled(values: pd.Series, change: Callable[[str], str]) -> pd.Series:
        return values.map(lambda text: change(text) if text else text)

    def swapped(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{category: frame[number], number: frame[category]})

    found: dict[str, Change] = {
        "nothing": lambda _tables, _settings: None,
        "harmless: rows in another order": table(
            people, lambda f: f.sample(frac=1, random_state=1)
        ),
        "harmless: columns in another order": table(people, lambda f: f[f.columns[::-1]]),
        "harmless: a further column": table(people, lambda f: f.assign(**{"a new one": "x"})),
    }
    if category:
        found |= {
            "harmless: names in capitals": column(category, lambda v: v.str.upper()),
            "harmless: blanks around names": column(category, lambda v: filled(v, " {} ".format)),
            "names: column absent": table(people, lambda f: f.drop(columns=category)),
            "names: column renamed": table(people, lambda f: f.rename(columns={category: "name2"})),
            "names: all blank": column(category, lambda _: ""),
            "names: half blank": column(category, lambda v: v.where(v.index % 2 == 0, "")),
            "names: all 'unknown'": column(category, lambda _: "unknown"),
            "names: all as the first": column(category, _most_frequent),
            "names: all renamed": column(category, lambda v: filled(v, "X-{}".format)),
            "names: the most frequent renamed": column(
                category, lambda v: v.where(v != _most_frequent(v), "renamed")
            ),
            "names: codes of the names": column(
                category, lambda v: pd.Series(pd.factorize(v)[0].astype(str), index=v.index)
            ),
            "names: shifted by a row": column(
                category, lambda v: pd.Series(np.roll(v, 1), v.index)
            ),
            "names: in order of the alphabet": column(category, np.sort),
        }
    if number:
        found |= {
            "harmless: numbers with .0": column(number, lambda v: filled(v, _with_decimals)),
            "harmless: thousands separated": column(number, lambda v: filled(v, _thousands)),
            "numbers: column absent": table(people, lambda f: f.drop(columns=number)),
            "numbers: all blank": column(number, lambda _: ""),
            "numbers: blanks are 0": column(number, lambda v: v.where(v != "", "0")),
            "numbers: all 0": column(number, lambda _: "0"),
            "numbers: ten times": column(number, lambda v: filled(v, _times(10))),
            "numbers: a thousandth": column(number, lambda v: filled(v, _times(0.001))),
            "numbers: one unit up a third": column(number, lambda v: filled(v, _times(1.33))),
            "numbers: negative": column(number, lambda v: filled(v, _times(-1))),
            "numbers: words behind them": column(number, lambda v: filled(v, "{} people".format)),
            "numbers: half are 99999999": column(
                number, lambda v: v.where(v.index % 2 == 0, "99999999")
            ),
        }
    if category and number:
        found["names and numbers exchanged"] = table(people, swapped)
    if subject.kind:
        found |= _event_changes(subject, table)
    found["leads: the newest half is missing"] = table(people, lambda f: f.iloc[: len(f) // 2])
    found["leads: nobody"] = table(people, lambda f: f.iloc[:0])
    return found


def _event_changes(subject: Subject, table: Callable[..., Change]) -> dict[str, Change]:
    kind, as_of = subject.kind, pd.Timestamp(str(subject.as_of), tz="UTC")

    def before(days: int, frame: pd.DataFrame, column: str) -> pd.Series:
        end = as_of - timedelta(days=days)
        return pd.to_datetime(frame[column], utc=True, format="ISO8601", errors="coerce") < end

    def is_kind(frame: pd.DataFrame) -> pd.Series:
        return frame["event_type"] == kind

    def later(hours: int, frame: pd.DataFrame) -> pd.DataFrame:
        at = pd.to_datetime(frame["occurred_at"], utc=True, format="ISO8601")
        return frame.assign(occurred_at=(at + timedelta(hours=hours)).astype(str))

    def without(name: str) -> Change:
        def changed(tables: Tables, settings: dict[str, Any]) -> None:
            del settings["input"][name]
            tables.pop(name)

        return changed

    def renamed(frame: pd.DataFrame, since: pd.Series | bool = True) -> pd.DataFrame:
        chosen = is_kind(frame) & since
        return frame.assign(event_type=frame["event_type"].mask(chosen, f"{kind} v2"))

    events = partial(table, "events")
    outcomes = partial(table, "outcomes")
    return {
        "harmless: events in another order": events(lambda f: f.sample(frac=1, random_state=1)),
        "harmless: every event twice, exactly": events(lambda f: pd.concat([f, f])),
        "events: empty": events(lambda f: f.iloc[:0]),
        "events: section gone": without("events"),
        "events: half lost by chance": events(lambda f: f.sample(frac=0.5, random_state=1)),
        "events: ids written differently": events(lambda f: f.assign(lead_id="0" + f["lead_id"])),
        "events: a third of the ids differ": events(
            lambda f: f.assign(lead_id=f["lead_id"].where(f.index % 3 > 0, "0" + f["lead_id"]))
        ),
        "events: none for 30 days": events(lambda f: f[before(30, f, "occurred_at")]),
        "events: the most frequent type gone": events(lambda f: f[~is_kind(f)]),
        "events: the same, for 30 days": events(
            lambda f: f[~is_kind(f) | before(30, f, "occurred_at")]
        ),
        "events: the most frequent type renamed": events(renamed),
        "events: the same, for 30 days, renamed": events(
            lambda f: renamed(f, ~before(30, f, "occurred_at"))
        ),
        "events: a new type beside": events(
            lambda f: pd.concat([f, f[is_kind(f)].assign(event_type="something new")])
        ),
        "events: the most frequent counted twice": events(
            lambda f: pd.concat([f, later(1, f[is_kind(f)])])
        ),
        "events: nine hours later": events(partial(later, 9)),
        "events: all of one type": events(lambda f: f.assign(event_type=kind)),
        "outcomes: empty": outcomes(lambda f: f.iloc[:0]),
        "outcomes: section gone": without("outcomes"),
        "outcomes: ids written differently": outcomes(
            lambda f: f.assign(lead_id="0" + f["lead_id"])
        ),
        "outcomes: none for 60 days": outcomes(lambda f: f[before(60, f, "closed_at")]),
    }


def _most_frequent(values: pd.Series) -> str:
    return str(values[values != ""].value_counts().index[0])


def _times(factor: float) -> Callable[[str], str]:
    def changed(text: str) -> str:
        try:
            return f"{float(text) * factor:.6g}"
        except ValueError:
            return text

    return changed


def _with_decimals(text: str) -> str:
    return f"{text}.0" if text.isdigit() else text


def _thousands(text: str) -> str:
    return f"{int(text):,}" if text.isdigit() else text


# --- companies ------------------------------------------------------------------------------------


def simulated(folder: Path, leads: int) -> Subject:
    """The company of the quickstart, smaller."""
    write(simulate(Company(n_leads=leads, seed=11)), folder)
    settings = yaml.safe_load((ROOT / "configs" / "quickstart.yaml").read_text(encoding="utf-8"))
    for key in ("definition", "business_hours", "review"):
        del settings[key]
    for name in ("traffic", "goals"):
        del settings["input"][name]
    tables = {
        "leads": _texts(pd.read_csv(folder / "leads.csv", dtype=str, keep_default_na=False)),
        "outcomes": _texts(pd.read_csv(folder / "outcomes.csv", dtype=str, keep_default_na=False)),
        "events": _texts(pd.read_parquet(folder / "events.parquet")),
        "attribute_changes": _texts(pd.read_parquet(folder / "attribute_changes.parquet")),
    }
    return _subject("simulated", folder, settings, tables, date(2025, 4, 1))


def bpic2012(folder: Path, data: Path) -> Subject:
    """Loan applications, with a number that says nothing as a name beside the amount."""
    settings = _real("bpic2012")
    tables = {
        name: _texts(pd.read_parquet(data / "bpic2012" / f"{name}.parquet"))
        for name in ("leads", "events", "outcomes")
    }
    settings["snapshots"] = {"every_days": 7, "test_days": 14}
    return _subject("bpic2012", folder, settings, tables, date(2012, 3, 1))


def x_education(folder: Path, data: Path) -> Subject:
    """The flat export."""
    path = data / "splits" / "x_education_train.csv.gz"
    tables = {"flat": _texts(pd.read_csv(path, dtype=str, keep_default_na=False))}
    return _subject("x_education", folder, _real("x_education"), tables, None)


def _real(name: str) -> dict[str, Any]:
    path = ROOT / "tests" / "configs" / f"{name}.yaml"
    settings: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return settings


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Every cell as the text a CSV file holds."""
    return frame.astype(object).where(frame.notna(), "").astype(str).reset_index(drop=True)


def _subject(
    name: str, folder: Path, settings: dict[str, Any], tables: Tables, as_of: date | None
) -> Subject:
    config = _written(folder / "trained", settings, tables)
    with open_sources(config) as store:
        run = Run(config, store)
        chosen = RecipeChoices.plain(config.learner, trees=TREES)
        model = ship(run, history(run), chosen=chosen)[0]
    people = tables["flat" if as_of is None else "leads"]
    kinds = dict(model.spec.column_kinds)
    weight = _weights(model)
    columns = [c for c in sorted(weight, key=lambda c: (-weight[c], c)) if c in people.columns]
    kind = ""
    if "events" in tables:
        types = tables["events"]["event_type"].value_counts().index
        kind = next(t for t in types if _is_own(model, t))
    return Subject(
        name=name,
        settings=settings,
        tables=tables,
        model=model,
        as_of=as_of,
        category=next((c for c in columns if kinds[c] == "text"), ""),
        number=next((c for c in columns if kinds[c] == "number"), ""),
        kind=kind,
    )


def _is_own(model: PropensityModel, event_type: str) -> bool:
    from features.build.behaviour import actor_of

    return actor_of(event_type, dict(model.spec.events.actors)) == "lead"


def _weights(model: PropensityModel) -> Mapping[str, float]:
    """Column to its share in the model."""
    from features.spec import AttributeSource
    from propensity.input_check.skill import skill_shares

    shares: dict[str, float] = {}
    for feature, share in zip(model.spec.features, skill_shares(model), strict=True):
        if isinstance(feature.source, AttributeSource):
            shares[feature.source.column] = shares.get(feature.source.column, 0.0) + float(share)
    return shares


def _written(folder: Path, settings: dict[str, Any], tables: Tables) -> Config:
    """The tables as CSV files, and the configuration that names them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    input = dict(settings["input"])
    for name in tables:
        input[name] = {**input[name], "path": f"{name}.csv"}
    return parse({**settings, "input": input}, base=folder)


# --- nights ---------------------------------------------------------------------------------------


def nights(subject: Subject, folder: Path) -> Iterator[tuple[str, Night]]:
    """Name of each change, and the night after it."""
    line: float | None = None
    for number, (name, change) in enumerate(changes_of(subject).items()):
        tables = {key: frame.copy() for key, frame in subject.tables.items()}
        settings = {**subject.settings, "input": dict(subject.settings["input"])}
        change(tables, settings)
        config = _written(folder / f"changed{number}", settings, tables)
        night, line = _scored(subject, config, line)
        yield name, night


def _scored(subject: Subject, config: Config, line: float | None) -> tuple[Night, float | None]:
    day = 0 if subject.as_of is None else day_number(subject.as_of)
    try:
        with open_input(config, subject.model, Resources()) as store:
            tonight = look_at(subject.model, store, day)
            found = check_input(subject.model, store, config, day, tonight=tonight)
            champion = Champion(subject.model, subject.name, "1")
            table, summary = score_to_table(champion, store, day, config=config, tonight=tonight)
    except PropensityError as error:
        code = 20 if isinstance(error, RefusedError) else 1
        return Night(None, "error", code, (type(error).__name__,)), line
    chance = table["probability"].to_numpy()
    if line is None:
        line = float(np.quantile(chance, 1 - BEST))
    ids = np.array(table["lead_id"].to_pylist(), dtype=object)
    over = frozenset(ids[chance > line].tolist())
    summary.differences = found
    stops = any(each.severity == "stop" for each in found)
    verdict = "stop" if stops else "look" if summary.matters else "fine"
    told = [*(each.code for each in found), *(f"muted {name}" for name in summary.muted)]
    told += [f"absent {name}" for name in summary.absent]
    return Night(over, verdict, EXIT[verdict], tuple(dict.fromkeys(told))), line


def _table(subject: Subject, found: list[tuple[str, Night]]) -> Table:
    before = found[0][1].over or frozenset()
    table = Table(title=f"{subject.name}: {subject.category or '-'}, {subject.number or '-'}")
    for name in ("change", "over the line", "the same", "verdict", "exit", "told"):
        table.add_column(name, justify="right" if name in ("over the line", "the same") else "left")
    for name, night in found:
        over, same = "-", "-"
        mark = ""
        if night.over is not None:
            share = len(before & night.over) / max(len(before), 1)
            over, same = f"{len(before):,} → {len(night.over):,}", f"{share:.0%}"
            moved = share < SAME or len(night.over) > len(before) / SAME
            mark = " (!)" if moved and night.verdict == "fine" else ""
        told = ", ".join(night.codes)
        table.add_row(name, over, same, night.verdict + mark, str(night.exit), told)
    return table


def main() -> None:
    """Print a table per company."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--leads", type=int, default=4000)
    asked = parser.parse_args()
    console = Console(width=150)
    made: dict[str, Callable[[Path], Subject]] = {
        "simulated": lambda folder: simulated(folder, asked.leads)
    }
    if (asked.data / "bpic2012").is_dir():
        made["bpic2012"] = lambda folder: bpic2012(folder, asked.data)
    if (asked.data / "splits").is_dir():
        made["x_education"] = lambda folder: x_education(folder, asked.data)
    for name, make in made.items():
        with tempfile.TemporaryDirectory() as place:
            subject = make(Path(place) / name)
            console.print(_table(subject, list(nights(subject, Path(place)))))


if __name__ == "__main__":
    main()
