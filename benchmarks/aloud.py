"""Ten leads to read aloud: what a salesperson would be told, in English and Japanese.

    python -m benchmarks.aloud [SET ...] [--seed 0]

`x_education` is trained on its training part, its test leads are read; `bpic2012` is trained on all
its snapshots, the leads open on 1 February 2012 are read. Columns and actions are called as a
company might call them (`tests/configs/spoken.yaml`). The letters of the questions come from cuts
at the quarters of the fit.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from rich.console import Console

from benchmarks.evidence import CONFIGS, matrix_of, shipped, trained
from features.days import day_number
from propensity.config import config as configuration
from propensity.config.config import Config
from propensity.definition.schema import Axes, AxisCuts
from propensity.language.audience import Audience
from propensity.model.model import PropensityModel
from propensity.scoring.questions import QuestionFinder
from propensity.scoring.reasons import reasons, spoken

SETS = ("x_education", "bpic2012")
LEADS = 10
AS_OF = date(2012, 2, 1)
BPIC = Path(__file__).resolve().parents[2] / "shared" / "data" / "bpic2012"


@dataclass(frozen=True)
class Aloud:
    """What is said of one lead.

    Attributes:
        chance: Of closing.
        in_favour: Reasons for, the strongest first.
        against: Reasons against.
        question: What to ask; None where no answer would change the letter.
    """

    chance: float
    in_favour: tuple[str, ...]
    against: tuple[str, ...]
    question: str | None


@dataclass(frozen=True)
class Room:
    """A model and leads to read.

    Attributes:
        model: Trained on the set.
        matrix: (n, features) of the leads.
    """

    model: PropensityModel
    matrix: NDArray[np.float64]

    @classmethod
    def of(cls, name: str) -> "Room":
        """Train on a set, and build its leads."""
        if name == "bpic2012":
            config = _bpic2012()
            model = trained(config)
            return cls(model, matrix_of(model, config, as_of_day=day_number(AS_OF)))
        return cls(*shipped(name))

    def read(self, language: str, labels: Mapping[str, str], *, seed: int) -> list[Aloud]:
        """Ten leads drawn at random."""
        fit = self.model.concept_sums(self.matrix).fit
        lower, middle, upper = (float(cut) for cut in np.quantile(fit, (0.25, 0.5, 0.75)))
        cuts = (upper - middle, 0.0, lower - middle)
        axes = Axes(
            fit=AxisCuts(zero=middle, cuts=cuts), interest=AxisCuts(zero=0.0, cuts=(1.0, 0.0, -1.0))
        )
        chosen = np.sort(np.random.default_rng(seed).choice(len(self.matrix), LEADS, replace=False))
        matrix = np.asfortranarray(self.matrix[chosen])
        sums = self.model.concept_sums(matrix)
        audience = Audience(language, labels)
        both = reasons(self.model, matrix, sums, audience, at_most=5)
        asked = QuestionFinder(self.model).sentences(matrix, sums, axes, audience).to_pylist()
        said = [
            [tuple(spoken(reason, language) for reason in row) for row in found.to_pylist()]
            for found in both
        ]
        return [Aloud(*each) for each in zip(sums.probability.tolist(), *said, asked, strict=True)]


def labels_of(name: str, language: str) -> dict[str, str]:
    """What a company might call the columns and actions of a set."""
    spoken_names = yaml.safe_load((CONFIGS / "spoken.yaml").read_text(encoding="utf-8"))
    labels: dict[str, str] = spoken_names[name][language]
    return labels


def _bpic2012() -> Config:
    raw = yaml.safe_load((CONFIGS / "bpic2012.yaml").read_text(encoding="utf-8"))
    for table in ("leads", "events", "outcomes"):
        raw["input"][table]["path"] = str(BPIC / f"{table}.parquet")
    raw["learner"] = {"max_trees": 200, "learning_rate": 0.1}
    return configuration.parse(raw, base=CONFIGS)


def main() -> None:
    """Print the leads."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    console = Console(markup=False, highlight=False)
    for name in chosen.sets:
        room = Room.of(name)
        for language in ("en", "ja"):
            for number, lead in enumerate(
                room.read(language, labels_of(name, language), seed=chosen.seed), start=1
            ):
                console.print(f"\n{name}, lead {number}: {lead.chance:.1%}")
                for mark, said in (
                    ("+", lead.in_favour),
                    ("-", lead.against),
                    ("?", (lead.question or "",)),
                ):
                    for sentence in filter(None, said):
                        console.print(f"  {mark} {sentence}")


if __name__ == "__main__":
    main()
