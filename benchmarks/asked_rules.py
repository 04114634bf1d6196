"""What it costs to ask the rules of a definition on the leads, as promote and every night do.

    python -m benchmarks.asked_rules FOLDER [--leads 20000 100000]

FOLDER holds the company of `make quickstart`, with its champion. Its rules are asked on simulated
companies of so many leads: as they are, and with a rule that holds for nobody, so that every lead
there is has to be looked at. Seconds of the processor, with one thread.
"""

import argparse
import tempfile
import time
from pathlib import Path

from features.resources import Resources
from propensity.config.config import load
from propensity.definition.schema import Criterion
from propensity.registry.champion import load_champion
from propensity.scoring.asked_rules import asked_rules
from propensity.scoring.job import open_input
from training.simulate.command import Company, simulate, write

_NOBODY = Criterion(name="nobody", rule="employees > 1000000000", because="a benchmark")


def main() -> None:
    """Print a line per size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--leads", type=int, nargs="+", default=[20_000, 100_000])
    asked = parser.parse_args()
    config = load(asked.folder / "propensity.yaml")
    champion = load_champion(config)
    definition = champion.agreed.definition if champion.agreed else None
    if definition is None:
        raise SystemExit(f"{asked.folder}: expected a champion with a definition")
    with_nobody = definition.model_copy(
        update={"disqualifiers": (*definition.disqualifiers, _NOBODY)}
    )
    for leads in asked.leads:
        with tempfile.TemporaryDirectory() as folder:
            write(simulate(Company(n_leads=leads, seed=1)), Path(folder) / "data")
            text = (asked.folder / "propensity.yaml").read_text(encoding="utf-8")
            (Path(folder) / "propensity.yaml").write_text(text, encoding="utf-8")
            there = load(Path(folder) / "propensity.yaml")
            resources = Resources(None, 1)
            with open_input(there, champion.model, resources, quarantines=False) as store:
                for name, rules in (("as it is", definition), ("nobody", with_nobody)):
                    started = time.process_time()
                    found = asked_rules(rules, champion.model, store, store.observed_day)
                    took = time.process_time() - started
                    print(f"{leads:9,} leads, {name:8}: {took:6.1f} s, {len(found)} doubts")


if __name__ == "__main__":
    main()
