"""What do the rules of a definition cost?  Twenty rules on 1,000,000 leads with twenty events each.

    python -m benchmarks.rules --leads 1000000

The canonical tables are filled with seeded facts (ten event types, 2,000 pages as details, five
channels, one attribute with a history), so that nothing but the rules is measured: `prepare_rules`
once, then `evaluate` for every lead at one as-of.  A sample of rows is evaluated again by itself,
and has to say the same.  The twenty rules ask for attributes, texts, patterns, counts in windows,
silence, messages without answer and earlier losses.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from features.kinds import Attribute
from features.rules import evaluate, parse, prepare_rules
from features.settings import EventGroup
from features.spec import EventReading
from features.store import Store

AS_OF, DAYS = 20_000, 720
ATTRIBUTES = (
    Attribute("employees", "number", "fit"),
    Attribute("industry", "text", "fit"),
    Attribute("title", "text", "fit"),
    Attribute("meeting", "date", "hearing"),
)
READING = EventReading(
    actors={"mail sent": "marketing", "call": "sales", "*": "lead"},
    groups=(EventGroup(name="prices", event_type="page_view", detail="/page/1*"),),
)
RULES = (
    'industry = "industry 3" and employees >= 5000',
    'industry in ("industry 1", "industry 2") and did "demo_request"',
    'title like "*99*"',
    "employees is unknown or meeting is known",
    'did "page_view" at least 10 times in 30 days',
    'did "page_view" detail "/page/12*" at least 3 times in 30 days',
    'did "prices" at least 2 times in 90 days',
    'did "download" through "channel 2" in 30 days',
    'did ("webinar", "case_study") at least 2 times in 180 days',
    'did "*" at least 15 times',
    'silent 21 days after "trial_login"',
    'not did "*" in 60 days',
    'received "mail sent" at least 3 times without answer',
    'received "call" at least 2 times in 30 days',
    'lost because "*budget*" in 365 days',
    "lead age >= 30 days and not lost",
    (
        'at least 2 of (did "mail_click" in 30 days, did "download" in 30 days, did "webinar" in 90'
        " days)"
    ),
    'all of (employees >= 100, title not like "title 1*", did "form_sent" in 365 days)',
    'did "form_sent" exactly 1 time and meeting >= 2024-01-01',
    'did "mail_open" at most 2 times and did "mail_click" at most 0 times',
)
_TYPES = (
    *["page_view"] * 6,
    *["mail_open"] * 3,
    *["mail sent"] * 3,
    "mail_click",
    "download",
    "webinar",
    "case_study",
    "trial_login",
    "demo_request",
    "form_sent",
    "call",
)


def main() -> None:
    """Measure, print the table, write the JSON."""
    options = _options()
    with filled(options.leads, options.events_per_lead) as store:
        rules = [parse(text) for text in RULES]
        rows = pa.table(
            {
                name: pa.array(values, pa.int32())
                for name, values in {
                    "lead": np.arange(options.leads),
                    "episode": np.arange(options.leads) % 5 // 4 + 1,
                    "as_of_day": np.full(options.leads, AS_OF),
                }.items()
            }
        )
        start, cpu_start = time.perf_counter(), time.process_time()
        prepare_rules(store, rules, READING)
        prepared, cpu_prepared = time.perf_counter(), time.process_time()
        answers = evaluate(store, rows, rules)
        evaluated, cpu_evaluated = time.perf_counter(), time.process_time()
        sample = np.random.default_rng(1).permutation(options.leads)[:1000]
        again = evaluate(store, rows.take(pa.array(sample)), rules)
    result = {
        "leads": options.leads,
        "events": options.leads * options.events_per_lead,
        "rules": len(rules),
        "prepare_seconds": round(prepared - start, 2),
        "prepare_cpu_seconds": round(cpu_prepared - cpu_start, 2),
        "evaluate_seconds": round(evaluated - prepared, 2),
        "evaluate_cpu_seconds": round(cpu_evaluated - cpu_prepared, 2),
        "seconds_per_million_leads": round((evaluated - start) / options.leads * 1e6, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "sample_equal": bool((again == answers[sample]).all()),
        "holds": dict(zip(RULES, (answers == 1).mean(axis=0).round(4).tolist(), strict=True)),
    }
    Console(width=110).print(table_of(result))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(
        json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def filled(leads: int, events_per_lead: int) -> Store:
    """A store of so many leads; every value follows from the numbers of the lead and the event."""
    store = Store()
    store.attributes = ATTRIBUTES
    for table in store.schema():
        store.create(table)
    run = store.connection.execute
    run(f"""
        INSERT INTO leads SELECT i, 'L' || i, make_timestamp(day::BIGINT * 86400000000), day, day,
            NULL,
               CASE WHEN hash(i, 1) % 20 > 0 THEN hash(i, 2) % 10000 END,
                   'industry ' || hash(i, 3) % 30,
               'title ' || hash(i, 4) % 50000,
               CASE WHEN hash(i, 5) % 5 = 0 THEN {AS_OF} + (hash(i, 6) % 60)::INTEGER END
        FROM (SELECT i, {AS_OF} - 1 - (hash(i) % {DAYS})::INTEGER AS day
            FROM range({leads}) AS r(i))
    """)
    types = "[" + ", ".join(f"'{name}'" for name in _TYPES) + "]"
    run(f"""
        INSERT INTO events SELECT i // {events_per_lead}, make_timestamp(day::BIGINT * 86400000000),
            day,
               day + CASE WHEN hash(i, 7) % 50 = 0 THEN 5
                   ELSE 0 END, {types}[1 + (hash(i, 8) % {len(_TYPES)})::BIGINT],
               '/page/' || hash(i, 9) % 2000, 'channel ' || hash(i, 10) % 5, NULL
        FROM (SELECT i, {AS_OF} - 1 - (hash(i, 11) % {DAYS})::INTEGER AS day
              FROM range({leads * events_per_lead}) AS r(i)) ORDER BY hash(i)
    """)
    run(f"""
        INSERT INTO episodes SELECT i, n, {AS_OF} - {DAYS}, NULL, NULL,
               CASE WHEN n = 1 AND i % 5 = 4 THEN {AS_OF} - 1 - (hash(i, 12) % {DAYS})::INTEGER END,
               CASE WHEN n = 1 AND i % 5 = 4 THEN {AS_OF} - 1 END, CASE WHEN n = 1
                   AND i % 5 = 4 THEN false END, NULL,
               ['no budget', 'competitor', NULL][1 + (hash(i, 13) % 3)::BIGINT], {AS_OF} - {DAYS}
        FROM range({leads}) AS r(i), range(1, 3) AS e(n) WHERE n = 1 OR i % 5 = 4
    """)
    run(f"""
        INSERT INTO changes SELECT i, make_timestamp({(AS_OF - 30) * 86_400_000_000}), {AS_OF - 30},
            {AS_OF - 30},
               2, 'title ' || hash(i, 14) % 50000, make_timestamp({(AS_OF - 30) * 86_400_000_000})
        FROM range(0, {leads}, 4) AS r(i)
    """)
    return store


def table_of(result: dict[str, object]) -> Table:
    """The result for people."""
    table = Table("", "", title=f"{len(RULES)} rules")
    for name, value in result.items():
        if name != "holds":
            table.add_row(
                name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value)
            )
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--events-per-lead", type=int, default=20)
    parser.add_argument("--output", type=Path, default=Path("runs/rules.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
