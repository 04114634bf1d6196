"""Does the evidence argue with its reason? On real leads that no model had seen.

    python -m benchmarks.evidence [SET ...]
    python -m benchmarks.evidence --scored quickstart/scored.parquet

Each of the three sets is trained as `propensity train` does. Then the reasons of test leads whose
group has at least 50 leads are counted, and how many agree in sign with the evidence (closed -
expected, with a tolerance of 5 % of the expected). Beside it what a tool without "expected from
everything else" would say: the raw close rate of the group against the average. And what is said of
all reasons, by the verdict of their evidence; of a scored file the same.

The target is 97 % agreement on every set. The data lie beside the repository, in
`../shared/data/splits`. What the evidence is worth where the truth is known, `python -m
benchmarks.evidence_worlds` measures.
"""

import argparse
import functools
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import yaml
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from features.build.build import build, prepare
from features.intake import open_store
from propensity.concepts.evidence import VERDICTS, Evidence
from propensity.concepts.evidence_ranges import ENOUGH_LEADS
from propensity.concepts.value_columns import known
from propensity.config import config as configuration
from propensity.config.config import Config
from propensity.model.model import PropensityModel
from propensity.scoring.reasons import tallied, top
from propensity.scoring.tonight import population
from training.learn.recipe import recipe
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run

CONFIGS = Path(__file__).parent.parent / "tests" / "configs"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "splits"
SETS = ("x_education", "online_shoppers", "bank_random")
#: Share of the expected by which evidence may miss the reason's sign and still agree.
TOLERANCE = 0.05
#: Reasons for, and reasons against, at most.
AT_MOST = 5


@dataclass(frozen=True)
class Agreement:
    """How the evidence of one set stands to its reasons.

    Attributes:
        name: Of the set.
        reasons: Of the test leads, in both directions.
        enough: Of these, with a group of at least 50 leads.
        agrees: Share of these that agrees in sign, within the tolerance.
        raw_agrees: The same for the raw close rate against the average.
        verdicts: Shares of all reasons, by what their evidence says.
    """

    name: str
    reasons: int
    enough: int
    agrees: float
    raw_agrees: float
    verdicts: dict[str, float]


def agreement(name: str) -> Agreement:
    """Train on a set's training part, compare on its test part."""
    model, matrix = shipped(name)
    proof = model.proof
    if proof is None:
        raise ValueError("expected a model with evidence")
    sign, group = _reasons(model, proof, matrix)
    enough = (group >= 0) & (proof.leads[group] >= ENOUGH_LEADS)
    at, way = group[enough], sign[enough]
    closed, leads, expected = proof.closed[at], proof.leads[at], proof.expected[at]
    average = model.reference.close_rate * leads
    verdict = np.where(sign > 0, proof.verdict(1)[group], proof.verdict(-1)[group])
    return Agreement(
        name=name,
        reasons=len(sign),
        enough=int(enough.sum()),
        agrees=float((way * (closed - expected) >= -TOLERANCE * expected).mean()),
        raw_agrees=float((way * (closed - average) >= -TOLERANCE * average).mean()),
        verdicts={name: float((verdict == place).mean()) for place, name in enumerate(VERDICTS)},
    )


@functools.cache
def shipped(name: str) -> tuple[PropensityModel, NDArray[np.float64]]:
    """The model of a set's training part, and the features of its test part; made once, for reading
    only.
    """
    model = trained(settings(name, "train"))
    matrix = matrix_of(model, settings(name, "test"))
    matrix.flags.writeable = False
    return model, matrix


def settings(name: str, part: str) -> Config:
    """The configuration of a set, with the place of one of its parts filled in."""
    raw = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    raw["input"]["flat"]["path"] = str(DATA / f"{name}_{part}.csv.gz")
    return configuration.parse(raw, base=CONFIGS)


def trained(config: Config) -> PropensityModel:
    """As ``propensity train`` ships it; the judgement of the recipe is left out."""
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        past = history(Run(config, store))
        older = past.rows.take(past.older)
        chosen = recipe.plain(config, older, *recipe.see(Run(config, store), older))
        return ship(Run(config, store), past, chosen=chosen)[0]


def matrix_of(model: PropensityModel, config: Config, *, as_of_day: int = 0) -> NDArray[np.float64]:
    """The features of the leads that a configuration names; a flat table needs no as-of."""
    kinds = model.spec.column_kinds
    with open_store(
        config.input, config.columns, kinds=kinds, purpose="score", quarantine=None
    ) as store:
        rows = population(model, store, as_of_day)
        prepare(store, model.spec, rows)
        return build(store, rows, model.spec).matrix


def _reasons(
    model: PropensityModel, proof: Evidence, matrix: NDArray[np.float64]
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Sign and evidence group of every reason of all rows."""
    sums = model.concept_sums(matrix)
    visible = np.where(known(model.spec, model.concepts, matrix), sums.contributions, 0.0)
    signs, groups = [], []
    for sign in (1, -1):
        pairs = top(sign * visible, AT_MOST)
        group = np.full(len(pairs.rows), -1, dtype=np.int64)
        for number, of_concept in enumerate(proof.by_concept):
            here = pairs.concepts == number
            if of_concept is not None:
                group[here] = of_concept.of(matrix, pairs.rows[here])
        signs.append(np.full(len(group), sign, dtype=np.int8))
        groups.append(group)
    return np.concatenate(signs), np.concatenate(groups)


def main() -> None:
    """Run the sets, print a table, write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--scored", type=Path, help="A scored file in Parquet, instead of sets.")
    asked = parser.parse_args()
    if asked.scored:
        counts = tallied(pq.read_table(asked.scored))
        table = Table("reasons", *VERDICTS)
        total = sum(counts.values())
        table.add_row(f"{total:,}", *(f"{counts.get(name, 0) / total:.1%}" for name in VERDICTS))
        Console().print(table)
        return
    found = [agreement(name) for name in asked.sets]
    table = Table("set", "reasons", ">= 50 leads", "agrees", "raw rate agrees", *VERDICTS)
    for each in found:
        shares = (
            f"{share:.1%}" for share in (each.agrees, each.raw_agrees, *each.verdicts.values())
        )
        table.add_row(each.name, f"{each.reasons:,}", f"{each.enough:,}", *shares)
    Console().print(table)
    path = Path("runs") / "evidence.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
