"""What sales says of leads is read in the company's words, and nothing of it is lost silently."""

import pytest
from pydantic import ValidationError

from features.errors import DataError
from features.settings import StatusesTable
from features.store import STATUSES
from tests.features.inputs import DAY, opened, reasons, rows, three

WORDS = {"accepted": "Working", "sent back": ["Returned", "差し戻し"], "toss-up": ["Passed on"]}
CSV = (
    "lead_id,changed_at,status,why,noted\n"
    "a,2024-01-05T09:00Z,working,,\n"
    "a,2024-01-06T09:00Z,差し戻し,=no budget,2024-01-09T09:00Z\n"
    "b,2024-01-06T09:00Z,Passed on,,\n"
    "b,2024-01-07T09:00Z,On hold,,\n"
    "b,2024-01-07T09:00Z,On hold,,\n"
    "b,soon,Working,,\n"
    "c,2024-01-07T09:00Z,,,\n"
    "x,2024-01-07T09:00Z,Working,,\n"
)


def company(folder, text=CSV, **more):
    (folder / "statuses.csv").write_text(text, encoding="utf-8")
    columns = {"reason": "why", "recorded_at": "noted"}
    told = {"path": str(folder / "statuses.csv"), "columns": columns, "words": WORDS, **more}
    return three(folder, statuses=StatusesTable(**told))


def test_statuses_are_read_in_the_words_of_the_company(tmp_path):
    with opened(company(tmp_path)) as store:
        told = rows(store, STATUSES, "lead", f"known_day - {DAY}", "meaning", "reason")

        assert told == [
            (0, 4, "accepted", None),
            (0, 8, "sent back", "=no budget"),
            (1, 5, "toss-up", None),
        ]
        assert reasons(store, "statuses") == {
            "changed_at cannot be read as a time": 1,
            "no status": 1,
            "of a lead that is not in leads": 1,
            "an exact copy of another row": 1,
        }
        assert any(
            "statuses: 2 rows have a status that `words` gives no meaning: not used ('On hold' (2))"
            in warning
            for warning in store.report.warnings
        )


def test_statuses_become_known_with_the_delay_of_their_table(tmp_path):
    text = "lead_id,changed_at,status\na,2024-01-05T09:00Z,Working\n"
    source = company(tmp_path, text, columns={}, delay_days=3)
    with opened(source) as store:
        assert rows(store, STATUSES, f"known_day - {DAY}") == [(7,)]


def test_words_that_no_row_has_are_refused(tmp_path):
    text = CSV.replace("working", "x").replace("Working", "x")
    text = text.replace("差し戻し", "y").replace("Passed on", "z")
    with pytest.raises(DataError, match="no value of column 'status' is one of `words`; it holds"):
        opened(company(tmp_path, text))


def test_a_word_means_one_thing():
    with pytest.raises(ValidationError, match="expected each value in one list, got 'back'"):
        StatusesTable(path="x.csv", words={"accepted": ["Back"], "sent back": ["back", "x"]})
