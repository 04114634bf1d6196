"""How long does it take to read a million leads in each format, beside plain CSV?

    python -m benchmarks.formats [--rows 1000000]

The same table is written once in every format and opened as ``train`` and ``score`` open it.  The
columns are what lead tables have: a time, words, whole numbers, amounts, yes and no, a text.  Times
are of the processor, all threads together, so that a busy machine tells little; ratios are to plain
CSV.  Every format has to give the same values, which is checked.
"""

import argparse
import csv
import gzip
import random
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from features.intake import open_store
from features.settings import ColumnSettings, InputSettings, LeadsTable

NAMES = ("lead_id", "created_at", "industry", "employees", "revenue", "optin", "note")
COLUMNS = ColumnSettings(fit=NAMES[2:])
_INDUSTRIES = ("IT", "Handel", "Bau", "Möbel")


@dataclass(frozen=True)
class Lead:
    """A lead before it is written."""

    name: str
    created: datetime
    industry: str
    employees: int
    revenue: float
    optin: bool
    note: str


def leads(rows: int) -> Iterable[Lead]:
    """The leads, always the same."""
    draw = random.Random(1)  # noqa: S311 — no secret
    first = datetime(2024, 1, 13, 8)
    for i in range(rows):
        yield Lead(
            f"L{i:07}",
            first + timedelta(minutes=17 * (i % 30_000)),
            draw.choice(_INDUSTRIES),
            draw.randrange(1, 9_000),
            draw.randrange(10**8) / 100,
            draw.random() < 0.5,
            f"note {i % 977} of a lead",
        )


def plain(lead: Lead) -> list[str]:
    """As most tools write it."""
    optin = "Yes" if lead.optin else "No"
    revenue = f"{lead.revenue:.2f}"
    created = lead.created.isoformat(" ")
    return [lead.name, created, lead.industry, str(lead.employees), revenue, optin, lead.note]


def american(lead: Lead) -> list[str]:
    """Commas between thousands, a currency, the month first, twelve hours."""
    clock = lead.created.strftime("%m/%d/%Y %I:%M %p")
    cells = plain(lead)
    return [cells[0], clock, cells[2], f"{lead.employees:,}", f"${lead.revenue:,.2f}", *cells[5:]]


def german(lead: Lead) -> list[str]:
    """Points between thousands, a decimal comma, the day first."""
    swap = str.maketrans(",.", ".,")
    cells = plain(lead)
    clock = lead.created.strftime("%d.%m.%Y %H:%M")
    numbers = [f"{lead.employees:,}".translate(swap), f"{lead.revenue:,.2f}".translate(swap)]
    return [cells[0], clock, cells[2], *numbers, "Ja" if lead.optin else "Nein", cells[6]]


def write_csv(
    path: Path, rows: int, cells: Callable[[Lead], list[str]], *, delimiter: str, encoding: str
) -> None:
    """Write the leads as CSV."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(NAMES)
        writer.writerows(map(cells, leads(rows)))


def write_all(folder: Path, rows: int) -> dict[str, Path]:
    """The leads in every format."""
    files = {"plain CSV": folder / "plain.csv"}
    write_csv(files["plain CSV"], rows, plain, delimiter=",", encoding="utf-8")
    for name, file, cells, delimiter, encoding in (
        ("American numbers and dates", "american.csv", american, ",", "utf-8"),
        ("German numbers and dates", "german.csv", german, ";", "utf-8"),
        ("German, CP1252", "cp1252.csv", german, ";", "cp1252"),
        ("UTF-16, tabs", "utf16.txt", plain, "\t", "utf-16"),
    ):
        files[name] = folder / file
        write_csv(files[name], rows, cells, delimiter=delimiter, encoding=encoding)
    files["gzip"] = folder / "plain.gz"
    with files["plain CSV"].open("rb") as source, gzip.open(files["gzip"], "wb", 1) as out:
        shutil.copyfileobj(source, out)
    files["zip"] = folder / "plain.zip"
    with zipfile.ZipFile(files["zip"], "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.write(files["plain CSV"], "plain.csv")
    table = pacsv.read_csv(files["plain CSV"])
    files["Parquet"] = folder / "plain.parquet"
    pq.write_table(table, files["Parquet"])
    files["JSON lines"] = folder / "plain.jsonl"
    table.to_pandas().astype({"created_at": str}).to_json(
        files["JSON lines"], orient="records", lines=True, force_ascii=False
    )
    files["Excel"] = folder / "plain.xlsx"
    _write_excel(files["Excel"], min(rows, 1_048_575))
    return files


def _write_excel(path: Path, rows: int) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("Leads")
    sheet.write_row(0, 0, NAMES)
    for i, lead in enumerate(leads(rows), start=1):
        cells = plain(lead)
        sheet.write_row(i, 0, [*cells[:3], lead.employees, lead.revenue, *cells[5:]])
    book.close()


def measured(path: Path) -> tuple[float, float, str]:
    """Seconds of the processor and of the clock to open a file, and what it holds."""
    source = InputSettings(timezone="UTC", leads=LeadsTable(path=str(path)))
    start, clock = time.process_time(), time.perf_counter()
    with open_store(source, COLUMNS, purpose="train", quarantine=None) as store:
        used, waited = time.process_time() - start, time.perf_counter() - clock
        totals = store.query(
            "SELECT count(*) AS n, sum(created_day) AS d, sum(CAST(a1 AS DECIMAL(18, 2))) AS e,"
            " sum(CAST(a2 AS DECIMAL(18, 2))) AS r, count(DISTINCT a0) AS i, count(DISTINCT a3)"
            " AS o FROM leads"
        ).to_pylist()
    return used, waited, str(totals)


def main() -> None:
    """Write, read, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    table = Table("format", "processor s", "beside plain", "clock s", "MB", "same values")
    with tempfile.TemporaryDirectory() as folder:
        files = write_all(Path(folder), rows)
        found = {name: measured(path) for name, path in files.items()}
        base = found["plain CSV"]
        for name, (used, waited, totals) in found.items():
            table.add_row(
                name,
                f"{used:.1f}",
                f"{used / base[0]:.2f}",
                f"{waited:.1f}",
                f"{files[name].stat().st_size / 1e6:.0f}",
                "yes" if totals == base[2] else totals,
            )
    Console().print(table)


if __name__ == "__main__":
    main()
