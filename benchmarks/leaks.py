"""Does the leakage firewall find planted leaks, and does it leave strong honest columns alone?

    python -m benchmarks.leaks [--worlds 200] [--leads 2500] [--processes 2]

Each world is a simulated company of its own, whose leads table is given leaks of five kinds, two of
each, with
strengths drawn anew: from an AUC of about .65 for leads that win against all others up to what the
kind allows.

* back-filled: a field that some leads fill in and that sales fills in for most winners, after the
close. * noisy copy: the outcome with 20 % of the leads turned round; nobody knows for an open lead,
which counts as lost. * late category: a category of which a part of the closed leads is given a
value of its own, by how it ended. * missing by contact: sales asks those it talks to: most winners,
many of those it lost, few of the open leads. * logged event: an event one minute after the close,
of a part of the winners.

Beside them stand honest columns, known at the creation: numbers and categories that are related to
what makes leads win, as strong as an AUC of .85; fields that the interested fill in with up to
twice the odds; a habit of leads that decide quickly, either way; noise; and the company's own
columns and events.

Printed per kind: how many are called leak, and how many suspect or leak.
"""

import argparse
import json
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import norm

from features.intake import open_store
from propensity.config.config import parse
from training.audit.leaks.firewall import verdicts
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.simulate.command import Company, simulate, write

CONFIG = Path(__file__).parent.parent / "configs" / "quickstart.yaml"
LEAKS = ("back-filled", "noisy copy", "late category", "missing by contact", "logged event")
Bools = NDArray[np.bool_]


class Planted:
    """Columns and events added to a world, by name, with their kind and strength."""

    def __init__(self, seed: int, won: Bools, lost: Bools) -> None:
        self.random = np.random.default_rng([seed, 77])
        self.won, self.lost, self.closed = won, lost, won | lost
        self.columns: dict[str, pa.Array] = {}
        self.events: dict[str, Bools] = {}
        self.kinds: dict[str, tuple[str, float]] = {}

    def _add(self, kind: str, strength: float, values: pa.Array) -> None:
        # a word of its own: columns that are called alike would be judged as one group
        name = f"column{chr(97 + len(self.columns) // 26)}{chr(97 + len(self.columns) % 26)}"
        self.columns[name], self.kinds[name] = values, (kind, strength)

    def _known(self, share: NDArray[np.float64] | float) -> Bools:
        return np.asarray(self.random.random(len(self.won)) < share)

    # --- leaks ------------------------------------------------------------------------------------

    def back_filled(self) -> None:
        """A number: filled by a share of all leads, and for more of the winners: emptiness alone
        has the AUC.
        """
        random, strength = self.random, float(self.random.uniform(0.65, 0.8))
        before = float(random.uniform(0.1, 0.4))
        after = min(0.98, before + 2 * (strength - 0.5))
        filled = self._known(np.where(self.won, after, before))
        self._add(
            LEAKS[0], strength, pa.array(random.lognormal(4, 1, len(filled)).round(), mask=~filled)
        )

    def noisy_copy(self) -> None:
        """The outcome, a fifth of it turned round: an AUC of .80."""
        copied = np.where(self._known(0.2), ~self.won, self.won)
        self._add(LEAKS[1], 0.8, pa.array(np.where(copied, "yes", "no")))

    def late_category(self) -> None:
        """A category; a share of the closed leads gets another value, by how it ended."""
        strength = float(self.random.uniform(0.65, 0.9))
        share = 2 * (strength - 0.5)
        values = self.random.choice(["north", "south", "east", "west"], len(self.won)).astype(
            object
        )
        late = self._known(share)
        values[late & self.won], values[late & self.lost] = "customer", "archive"
        self._add(LEAKS[2], strength, pa.array(values.tolist()))

    def missing_by_contact(self) -> None:
        """A category that sales asks for."""
        strength = float(self.random.uniform(0.65, 0.8))
        asked = float(self.random.uniform(0.1, 0.4))
        of_won = min(0.98, asked + 2 * (strength - 0.5))
        of_lost = asked + (of_won - asked) * float(self.random.uniform(0, 0.7))
        filled = self._known(np.where(self.won, of_won, np.where(self.lost, of_lost, asked)))
        self._add(
            LEAKS[3],
            strength,
            pa.array(self.random.choice(["a", "b", "c"], len(filled)), mask=~filled),
        )

    def logged_event(self) -> None:
        """An event one minute after the close, of a share of the winners."""
        strength = float(self.random.uniform(0.65, 0.98))
        name = f"event {len(self.events):02}"
        self.events[name] = self.won & self._known(2 * (strength - 0.5))
        self.kinds[name] = (LEAKS[4], strength)

    # --- honest -----------------------------------------------------------------------------------

    def honest_number(self, strength: float) -> None:
        """A number of two normal distributions, apart by as much as the AUC asks for."""
        apart = np.sqrt(2) * norm.ppf(strength)
        self._add(
            "honest number",
            strength,
            pa.array(self.random.standard_normal(len(self.won)) + apart * self.won),
        )

    def honest_category(self, strength: float) -> None:
        """The same, cut into six."""
        apart = np.sqrt(2) * norm.ppf(strength)
        values = self.random.standard_normal(len(self.won)) + apart * self.won
        cut = np.searchsorted([-1.0, -0.2, 0.5, 1.2, 2.0], values)
        self._add("honest category", strength, pa.array(np.array(list("abcdef"))[cut]))

    def honest_optional(self, odds: float) -> None:
        """A field that is filled in with higher odds by those who will win: wishing, not
        contact.
        """
        base = float(self.random.uniform(0.2, 0.6))
        of_won = base * odds / (1 - base + base * odds)
        filled = self._known(np.where(self.won, of_won, base))
        self._add(
            "honest optional field",
            odds,
            pa.array(self.random.choice(["x", "y"], len(filled)), mask=~filled),
        )

    def honest_quick(self) -> None:
        """A yes or no of leads that decide quickly, either way: more of the closed leads have it
        than of the open.
        """
        gap = float(self.random.uniform(0, 0.2))
        self._add(
            "honest, decide quickly",
            gap,
            pa.array(self._known(np.where(self.closed, 0.4 + gap, 0.4)).astype(str)),
        )

    def all(self) -> "Planted":
        """Two of each leak, and honest columns from weak to strong."""
        for _ in range(2):
            (
                self.back_filled(),
                self.noisy_copy(),
                self.late_category(),
                self.missing_by_contact(),
                self.logged_event(),
            )
        for strength in (0.5, 0.6, 0.7, 0.8, 0.85):
            self.honest_number(strength)
            self.honest_category(strength)
        for odds in (1.0, 1.5, 2.0):
            self.honest_optional(odds)
        self.honest_quick()
        return self


def world(seed: int, leads: int) -> list[dict[str, Any]]:
    """Plant, audit, compare: a row per column and event type that was offered."""
    base = float(np.random.default_rng([seed, 78]).uniform(0.015, 0.05))
    company = simulate(Company(n_leads=leads, seed=seed, rounds=13, mess=False, base_rate=base))
    outcomes, table = company.outcomes.to_pandas(), company.leads
    last = (
        outcomes.sort_values("closed_at")
        .drop_duplicates("lead_id", keep="last")
        .set_index("lead_id")
    )
    ended = last["won"].reindex(table["lead_id"].to_pylist())
    won, lost = (ended == True).to_numpy(), (ended == False).to_numpy()  # noqa: E712 — nullable
    planted = Planted(seed, won, lost).all()
    for name, values in planted.columns.items():
        table = table.append_column(name, values)
    closed_at = last["closed_at"].reindex(table["lead_id"].to_pylist())
    logged = company.events
    for name, mask in planted.events.items():
        at = (closed_at[mask] + np.timedelta64(1, "m")).astype("datetime64[ms, UTC]")
        new = pa.table(
            {"lead_id": pa.array(at.index), "occurred_at": pa.array(at.to_numpy("datetime64[ms]"))}
        )
        new = new.append_column("event_type", pa.array([name] * len(at)))
        new = new.append_column("recorded_at", new["occurred_at"])
        logged = pa.concat_tables(
            [
                logged,
                new.cast(pa.schema([logged.schema.field(field) for field in new.column_names])),
            ],
            promote_options="default",
        )
    object.__setattr__(company, "leads", table)
    object.__setattr__(company, "events", logged)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write(company, Path(folder) / "data")
        config = parse(_config(planted), base=Path(folder))
        with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
            found = verdicts(Run(config, store), history(Run(config, store)))
    seconds = time.perf_counter() - start
    rows = []
    for verdict in found:
        kind, strength = planted.kinds.get(
            verdict.name, (f"the company's own {verdict.kind}s", 0.0)
        )
        rows.append(
            {
                "seed": seed,
                "name": verdict.name,
                "kind": kind,
                "strength": strength,
                "auc": verdict.auc,
                "verdict": verdict.verdict,
                "action": verdict.action,
                "rules": [hit.rule for hit in verdict.hits],
                "wins": int(won.sum()),
                "losses": int(lost.sum()),
                "seconds": seconds,
            }
        )
    return rows


def _config(planted: Planted) -> dict[str, Any]:
    raw: dict[str, Any] = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    for section in ("definition", "business_hours"):
        raw.pop(section)
    raw["columns"]["fit"] += list(planted.columns)
    return raw


def rates(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per kind: how many there are, and the shares called leak, and suspect or leak."""
    found = []
    kinds = [*LEAKS, *sorted({row["kind"] for row in rows} - set(LEAKS))]
    for kind in kinds:
        of_kind = [row["verdict"] for row in rows if row["kind"] == kind]
        if of_kind:
            leak, fine = of_kind.count("leak") / len(of_kind), _unspoken(of_kind)
            found.append(
                {
                    "kind": kind,
                    "n": len(of_kind),
                    "leak": leak,
                    "suspect": 1 - leak - fine,
                    "found": 1 - fine,
                }
            )
    return found


def _unspoken(verdicts: list[str]) -> float:
    """Share of the columns that no rule speaks against; nobody has dated them."""
    return sum(verdict in ("fine", "not seen") for verdict in verdicts) / len(verdicts)


def _shown(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="Planted leaks and honest columns")
    for name in ("kind", "how many", "called leak", "called suspect", "suspect or leak"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for rate in rates(rows):
        table.add_row(
            rate["kind"],
            f"{rate['n']:,}",
            *(f"{rate[name]:.1%}" for name in ("leak", "suspect", "found")),
        )
    for name, is_leak in (("all leaks", True), ("all honest", False)):
        chosen = [row["verdict"] for row in rows if (row["kind"] in LEAKS) == is_leak]
        leak, fine = chosen.count("leak") / len(chosen), _unspoken(chosen)
        table.add_row(
            name,
            f"{len(chosen):,}",
            f"{leak:.1%}",
            f"{1 - leak - fine:.1%}",
            f"{1 - fine:.1%}",
            style="bold",
        )
    return table


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Does the leakage firewall find planted leaks?")
    parser.add_argument("--worlds", type=int, default=200, help="simulated companies (default 200)")
    parser.add_argument(
        "--first-seed", type=int, default=0, help="of the first company (default 0)"
    )
    parser.add_argument(
        "--leads", type=int, default=2500, help="leads of each company (default 2,500)"
    )
    parser.add_argument("--processes", type=int, default=2, help="worlds at a time (default 2)")
    parser.add_argument(
        "--json", type=Path, default=Path("runs/benchmark-leaks.json"), help="where the figures go"
    )
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.worlds)
    start = time.perf_counter()
    with ProcessPoolExecutor(options.processes) as pool:
        rows = [
            row for found in pool.map(world, seeds, [options.leads] * len(seeds)) for row in found
        ]
    console = Console(width=100)
    wins, losses = (np.mean([row[name] for row in rows]) for name in ("wins", "losses"))
    worlds = (
        f"{len(seeds)} worlds of {options.leads:,} leads, {wins:.0f} wins and {losses:.0f} losses"
    )
    console.print(_shown(rows), f"{worlds}; {time.perf_counter() - start:.0f} s")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(
        json.dumps({"rates": rates(rows), "rows": rows}, indent=1), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
