"""When is a column written? Not seen until somebody says so, and what follows from their words."""

import numpy as np
import pytest
import yaml

from features.errors import ConfigError
from propensity.config import config
from tests.training.audit.leaks.test_leaks import ORDINARY, flat, outcomes, rules
from tests.training.audit.test_decisions import FLAT, decided, decision, seen, table
from training.audit.command import audit
from training.learn.rows.obeyed import obeyed

FLAT_COLUMNS = ["industry", "size", "visits"]


def test_a_column_that_nobody_dated_is_never_fine_and_says_what_is_needed(tmp_path):
    random, won, data = outcomes()

    found = flat(tmp_path, data.assign(plain=random.choice(ORDINARY, len(won))), known=None)

    assert (found["plain"].verdict, found["plain"].action) == ("not seen", "date")
    assert "when is this column written?" in found["plain"].hits[0].sentence


def test_a_column_stated_at_creation_is_fine_when_the_other_tests_pass(tmp_path):
    random, won, data = outcomes()
    copy = np.where(won, "yes", "no")

    found = flat(tmp_path, data.assign(plain=random.choice(ORDINARY, len(won)), copy=copy))

    assert found["plain"].verdict == "fine"
    assert found["copy"].verdict == "leak"


@pytest.mark.parametrize(
    ("name", "suspected"),
    [
        ("Contract Date", True),
        ("deal_stage", True),
        ("LeadStatus", True),
        ("請求書番号", True),
        ("work_status", False),
        ("disclosed budget", False),
        ("Opportunity Number", False),
        ("Payment Method", False),
    ],
)
def test_a_name_of_something_late_is_suspect_until_it_is_dated(tmp_path, name, suspected):
    random, won, data = outcomes(n=400)
    named = data.assign(**{name: random.choice(ORDINARY, len(won))})

    asked, answered = flat(tmp_path, named, known=None), flat(tmp_path, named)

    assert asked[name].verdict == ("suspect" if suspected else "not seen")
    assert answered[name].verdict == "fine"


def test_what_is_known_after_is_dropped_and_what_is_known_at_contact_is_heard(tmp_path):
    table(tmp_path)
    settings = decided(
        tmp_path,
        {"column": "size", "known": "after"},
        {"columns": ["visits"], "known": "at_contact"},
        {"column": "industry", "known": "at_creation"},
    )

    spec, _ = seen(settings)

    assert [feature.source.column for feature in spec.features] == ["industry"]
    assert settings.columns.hearing == ("visits",)
    assert settings.columns.interest == ()
    assert list(obeyed(settings))[-1] == "stated: written when the lead comes: 'industry'"


def test_a_later_statement_takes_an_earlier_one_back(tmp_path):
    table(tmp_path)
    settings = decided(
        tmp_path,
        {"column": "size", "known": "after"},
        {"column": "size", "known": "at_creation"},
    )

    assert settings.decisions.columns("drop") == ()
    assert settings.decisions.known == {"size": "at_creation"}


def test_statements_that_say_two_things_are_refused(tmp_path):
    with pytest.raises(ConfigError) as raised:
        decided(
            tmp_path,
            {**decision({"column": "size"}, "keep"), "known": "after"},
            {"event_type": "visit", "known": "after"},
            {"columns": "size", "known": "after"},
            {"columns": ["size"], "column": "size", "known": "after"},
            {"column": "size", "known": "later"},
            {"column": "size"},
        )

    said = str(raised.value)
    assert "known: after keeps the column out of the model" in said
    assert "`known` is said of a column" in said
    assert "columns: expected a list of names, got 'size'" in said
    assert "expected one of `column`, `columns` and `event_type`" in said
    assert "decision 5: known" in said
    assert "decision 6" in said


def test_the_audit_is_amber_and_asks_once_until_all_columns_are_dated(tmp_path):
    import datetime as dt

    table(tmp_path)
    (tmp_path / "decisions.yaml").unlink(missing_ok=True)
    settings = config.parse(FLAT, base=tmp_path)

    found = audit(settings, today=dt.date(2026, 4, 1))

    asked = next(finding for finding in found.findings if finding.name == "not seen")
    text = (tmp_path / "decisions.yaml").read_text(encoding="utf-8")
    assert asked.light == "amber"
    assert "visits" in asked.evidence["names"]
    assert "#   - visits" in text.splitlines()

    audit(config.parse(FLAT, base=tmp_path), today=dt.date(2026, 4, 2))
    assert (tmp_path / "decisions.yaml").read_text(encoding="utf-8") == text

    uncommented = text.replace("# - known", "- known").replace("#   columns", "  columns")
    uncommented = uncommented.replace("#   - ", "  - ")
    (tmp_path / "decisions.yaml").write_text(uncommented, encoding="utf-8")
    assert yaml.safe_load(uncommented)
    again = audit(config.parse(FLAT, base=tmp_path), today=dt.date(2026, 4, 2))
    assert "not seen" not in [finding.name for finding in again.findings]
    assert rules(next(c for c in again.columns if c.name == "visits")) == set()
