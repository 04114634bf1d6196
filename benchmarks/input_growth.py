"""How reading grows with what the model does not use: lead columns, event types, files.

    python -m benchmarks.input_growth

Prints CPU seconds of one intake of 2,000 leads and 20,000 events, beside how many columns, types
and files there are. Linear growth shows as a constant last column.
"""

import tempfile
import time
from pathlib import Path

from features.intake import open_store
from features.settings import ColumnSettings, InputSettings

LEADS, EVENTS = 2_000, 20_000
CASES = {
    "unused lead columns": [("columns", n) for n in (500, 1_000, 2_000)],
    "event types": [("types", n) for n in (4_000, 8_000, 16_000)],
    "files": [("files", n) for n in (250, 500, 1_000)],
}


def main() -> None:
    """Print a table."""
    base = seconds()
    print(f"{'':20} {'number':>7} {'seconds':>8} {'ms more, each':>14}")
    print(f"{'none':20} {0:>7} {base:>8.2f}")
    for name, cases in CASES.items():
        for what, number in cases:
            took = seconds(**{what: number})
            print(f"{name:20} {number:>7,} {took:>8.2f} {1000 * (took - base) / number:>14.2f}")


def seconds(columns: int = 0, types: int = 5, files: int = 1) -> float:
    """CPU seconds of an intake.

    Args:
        columns: Lead columns that no axis lists.
        types: Event types.
        files: Files of the events.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        names = tuple(f"x{i}" for i in range(columns))
        rows = (
            ",".join([f"L{i}", f"2024-01-{i % 28 + 1:02d}T00:00Z", str(i % 50)])
            + "".join(f",{i * j % 7}" for j in range(columns))
            for i in range(LEADS)
        )
        head = ",".join(["lead_id", "created_at", "size", *names])
        (home / "leads.csv").write_text("\n".join([head, *rows]) + "\n")
        for file in range(files):
            events = [
                f"L{i % LEADS},2024-02-{i % 28 + 1:02d}T00:00Z,t{i % types}"
                for i in range(file, EVENTS, files)
            ]
            text = "\n".join(["lead_id,occurred_at,event_type", *events])
            (home / f"events{file:05d}.csv").write_text(text + "\n")
        source = InputSettings.model_validate(
            {
                "leads": {"path": str(home / "leads.csv")},
                "events": {"path": str(home / "events*.csv")},
            }
        )
        settings = ColumnSettings(fit=("size",), ignore=names)
        started = time.process_time()
        open_store(source, settings, purpose="train", quarantine=None).close()
        return time.process_time() - started


if __name__ == "__main__":
    main()
