"""The course of a lead as a terminal shows it: whole words, narrow and wide."""

import datetime as dt

import pytest

from propensity import cli
from propensity.ledger.ledger import LedgerFact
from propensity.ledger.show import course

NIGHT = dt.datetime(2025, 4, 1)
WHY = "hand over: met at the fair and asked for a second meeting with their board; T. Tanaka"
FACTS = (
    LedgerFact("L1", 1, "overridden", NIGHT.date(), NIGHT, detail=WHY),
    LedgerFact(
        "L1",
        1,
        "handed over",
        NIGHT.date(),
        NIGHT,
        handed_over_as="hand-raiser",
        owner="IS 田中チーム",
        respond_by=NIGHT + dt.timedelta(hours=3),
        probability=0.301,
        grade="A1",
    ),
)


@pytest.mark.parametrize("columns", [80, 140])
def test_nothing_is_cut_and_no_word_is_broken(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    cli.echo(course("L1", FACTS, "Asia/Tokyo"))
    out = capsys.readouterr().out

    lines = out.splitlines()
    assert max(map(len, lines)) <= columns
    assert max(map(len, lines)) > columns * 0.7
    assert "…" not in out
    words = out.split()
    assert set(WHY.split()) <= set(words)
    assert "hand-raiser; owner IS 田中チーム;" in " ".join(words)
    assert len(lines) <= 10
    assert "until 2025-04-01 12:00; grade A1; chance 30.1 %" in " ".join(words)
