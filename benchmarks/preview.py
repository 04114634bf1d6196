"""Does every lead get what the gate showed? Three quarters of the quickstart company in a row.

    python -m benchmarks.preview FOLDER [--leads 20000]

The company of `make quickstart` is written into FOLDER as it stood at the end of three quarters. At
each a challenger is trained with the quickstart's recipe and shown by the gate, under the
hand-written definition of the quickstart and under one that `propensity definition write` makes of
the first model; then it is promoted and scores. Printed for each: leads that differ from what was
shown, one by one, in grade, in what decides, and in being an MQL; cells of the table of grades that
differ; leads that the promotion moved, which shows that there was something to foresee.
"""

import argparse
import datetime as dt
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from features.intake import open_store
from propensity.api import score
from propensity.config import config as configuration
from propensity.config.config import Config
from propensity.definition.schema import CASES
from propensity.grading.grading import GRADES
from propensity.model.model import PropensityModel
from propensity.promotion.promotion import promote
from propensity.registry import Registry
from propensity.registry.champion import Champion, load_champion
from propensity.scoring.tonight import population
from training.definition.command import write_definition
from training.gate.migration import Migration, migration
from training.gate.preview import agreed_after, placed
from training.learn.rows.run import Run
from training.simulate.command import Company, simulate, write
from training.simulate.then import known_then
from training.train.command import TrainingResult, train
from training.train.publish import publish

QUARTERS = ("2024-10-01", "2025-01-01", "2025-04-01")
SIGNED = ("marketing: A. Ito", "sales: B. Sato")
_TOLD = ["grade", "decided_by", "is_mql"]
_CONFIGS = Path(__file__).parent.parent / "configs"


@dataclass(frozen=True)
class Shown:
    """What the gate shows of a challenger.

    Attributes:
        leads: Lead to grade, what decides, and whether it is an MQL.
        moved: What the gate prints; None where there is no champion.
    """

    leads: pd.DataFrame
    moved: Migration | None


def main() -> None:
    """Print a line per quarter and kind of definition."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--leads", type=int, default=20_000)
    asked = parser.parse_args()
    world = simulate(Company(n_leads=asked.leads, seed=1))
    for until in QUARTERS:
        end = pd.Timestamp(until, tz=world.company.timezone)
        write(known_then(world, int(end.timestamp() * 1000)), asked.folder / "data")
        trained: TrainingResult | None = None
        for kind in ("by hand", "written"):
            config = _config(asked.folder, kind, until)
            champion = load_champion(config) if Registry.of(config).pair() else None
            if trained is None:
                trained = train(config, champion=champion, accept_audit="a benchmark")
            print(f"{until} {kind:8}", _quarter(config, trained, champion, kind, until), flush=True)


def _config(folder: Path, kind: str, until: str) -> Config:
    """The quickstart's configuration at the end of a quarter, with a registry for each kind."""
    raw = yaml.safe_load((_CONFIGS / "quickstart.yaml").read_text(encoding="utf-8"))
    name = kind.replace(" ", "-")
    raw["input"]["observed_until"] = until
    raw |= {"definition": f"{name}.yaml", "registry": {"uri": f"sqlite:///{folder}/{name}.db"}}
    for file, its_name in (("definition", "by-hand"), ("decisions", "decisions")):
        text = (_CONFIGS / f"quickstart-{file}.yaml").read_text(encoding="utf-8")
        (folder / f"{its_name}.yaml").write_text(text, encoding="utf-8")
    return configuration.parse(raw, base=folder.absolute())


def _quarter(
    config: Config, trained: TrainingResult, champion: Champion | None, kind: str, until: str
) -> str:
    version = publish(trained, Registry.of(config))
    if kind == "written" and champion is None:
        day = dt.date.fromisoformat(until)
        write_definition(config, path=Path(str(config.definition)), today=day)
    before = _scored(config, until) if champion else None
    shown = _shown(config, trained.model, champion)
    promote(
        config,
        version,
        signed_by=SIGNED,
        override="a benchmark",
        at=dt.datetime.fromisoformat(f"{until}T08:00:00+00:00"),
    )
    after = _scored(config, until)
    both = after.index.intersection(shown.leads.index)
    wrong = [int((after.loc[both, name] != shown.leads.loc[both, name]).sum()) for name in _TOLD]
    alone = [len(after) - len(both), len(shown.leads) - len(both)]
    told = (
        f"{len(both):,} leads shown and scored, {sum(wrong)} differ {wrong}; {alone[0]} scored that"
        f" training puts aside, {alone[1]} shown that are not scored"
    )
    if before is None or shown.moved is None:
        return f"{told}; the first model"
    cells = _cells_that_differ(shown.moved, before.loc[both], after.loc[both])
    moved = int((before.loc[both, "grade"] != after.loc[both, "grade"]).sum())
    return f"{told}; table of grades: {cells} of 256 cells differ; {moved:,} grades changed"


def _shown(config: Config, challenger: PropensityModel, champion: Champion | None) -> Shown:
    with open_store(
        config.input,
        config.columns,
        purpose="train",
        filters=config.event_filters,
        quarantine=None,
        case_matters=config.features.case_matters,
    ) as store:
        run, day = Run(config, store), store.observed_day
        rows = population(challenger, store, day)
        found = placed(
            run, rows, challenger, agreed_after(config, champion, challenger), explained=False
        )
        names = store.query("SELECT lead_id FROM leads ORDER BY lead")["lead_id"].to_pylist()
        moved = (
            migration(run, champion, challenger, definition=champion.definition_number)
            if champion
            else None
        )
    lead = [names[number] for number in rows["lead"].to_pylist()]
    columns = {
        "grade": [GRADES[code] for code in found.grade],
        "decided_by": [CASES[code] for code in found.case] if found.case is not None else None,
        "is_mql": found.is_mql,
    }
    return Shown(pd.DataFrame(columns, index=pd.Index(lead, name="lead_id")).sort_index(), moved)


def _scored(config: Config, until: str) -> pd.DataFrame:
    out = Path(str(config.output.path))
    score(config, as_of=until, accept_input="a benchmark", out=out)
    return pd.read_parquet(out).set_index("lead_id").sort_index()[_TOLD]


def _cells_that_differ(shown: Migration, before: pd.DataFrame, after: pd.DataFrame) -> int:
    """Cells of old against new grades that differ; one that is held back only has to be small."""
    counts = Counter(zip(before["grade"], after["grade"], strict=True))
    return sum(
        cell != counts[old, new] and (cell is not None or counts[old, new] == 0)
        for old, row in zip(GRADES, shown.grades, strict=True)
        for new, cell in zip(GRADES, row, strict=True)
    )


if __name__ == "__main__":
    main()
