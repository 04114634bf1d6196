"""The printed list: who, what, by whom, until when and why, in 80 columns."""

import datetime as dt
import io

from rich.cells import cell_len
from rich.console import Console

from propensity.scoring.best_leads import best_leads

DUE = dt.datetime(2025, 4, 1, 8, 30, tzinfo=dt.UTC)


def row(**changes):
    return {
        "lead_id": "L1",
        "company": "株式会社\x1b[31mあおやま製作所ホールディングス東京本社",
        "owner (carried)": "田中",
        "probability": 0.7875,
        "grade": "A1",
        "quadrant": "hot",
        "owner": "Inside sales",
        "respond_by": DUE,
        "instruction": "Contact now: asked to be contacted.",
        "reasons_for": [{"sentence": f"reason {n} " + "long " * 30} for n in range(3)],
    } | changes


def printed(rows, width=80, carried=("company", "owner (carried)")):
    console = Console(file=io.StringIO(), width=width)
    names = {ours: ours.removesuffix(" (carried)") for ours in carried}
    for part in best_leads(rows, names, "Asia/Tokyo"):
        console.print(part)
    return console.file.getvalue()


def test_a_lead_has_its_company_instruction_team_and_deadline():
    text = printed([row(), row(lead_id="L2", respond_by=None, instruction=None)])

    head, first, what, *_ = text.splitlines()
    assert head.split() == ["lead", "company", "owner", "chance", "grade", "team", "due"]
    assert first.split()[:1] == ["L1"]
    for told in ("田中", "78.8 %", "A1 hot", "Inside sales", "04-01 17:30"):
        assert told in first
    assert what == "    Contact now: asked to be contacted."
    assert text.count("reason 0") == text.count("reason 1") == 2
    assert "reason 2" not in text
    assert "\x1b" not in text


def test_every_line_fits_and_hangs_together():
    long = {"lead_id": "l" * 90, "company": "株" * 50, "owner": "o" * 40, "quadrant": "nurture"}

    for width in (80, 100, 140):
        lines = printed([row(**long), row()], width).splitlines()
        assert max(map(cell_len, lines)) <= width
        assert len(lines[1].split("  ")) >= 6


def test_what_nobody_knows_has_no_column():
    text = printed([row(owner=None, respond_by=None, instruction=None, quadrant=None)], carried=())

    assert text.splitlines()[0].split() == ["lead", "chance", "grade"]
