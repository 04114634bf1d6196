"""Do rules say what the facts say, in thousands of drawn worlds?

    python -m benchmarks.rule_worlds [--worlds 3000]

The claim of `tests/features/rules/test_evaluation.py` in many more worlds than a test has time for:
a lead or two with events, changes and losses that are recorded late, and 8 to 16 rules. Each answer
of the engine is compared with that of a reference which walks through the facts, row by row. The
first world that differs is made as small as it can be and raised.
"""

import argparse
import json
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from features.rules import evaluate, prepare_rules
from tests.features.rules.rule_worlds import READING, any_rule, as_rows, by_hand, worlds

SAID = {True: 1, False: 0, None: -1}


def compared(many: int) -> int:
    """Answers that were compared, all of them equal, in so many worlds."""
    answers = 0

    @settings(
        max_examples=many, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(worlds(), st.lists(any_rule, min_size=8, max_size=16))
    def same(world, rules) -> None:  # noqa: ANN001 - drawn
        nonlocal answers
        with world.store() as store:
            prepare_rules(store, rules, READING)
            found = evaluate(store, as_rows(world.rows), rules).tolist()
        if found != [[SAID[by_hand(world, row, rule)] for rule in rules] for row in world.rows]:
            raise AssertionError(
                f"expected what the facts say of {world}, by {[str(rule) for rule in rules]}"
            )
        answers += len(world.rows) * len(rules)

    same()
    return answers


def main() -> None:
    """Compare, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--worlds", type=int, default=3000)
    parser.add_argument("--output", type=Path, default=Path("runs/rule_worlds.json"))
    options = parser.parse_args()
    start = time.perf_counter()
    answers = compared(options.worlds)
    result = {
        "worlds": options.worlds,
        "answers": answers,
        "seconds": round(time.perf_counter() - start, 1),
    }
    table = Table("worlds", "answers, all equal", "seconds")
    table.add_row(f"{options.worlds:,}", f"{answers:,}", str(result["seconds"]))
    Console().print(table)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
