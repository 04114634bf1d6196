"""A flat table has an outcome per row, or is refused."""

import pytest

from features.errors import DataError
from features.settings import ColumnSettings, FlatTable, JoinedTable
from tests.features.inputs import DAY, flat, opened, reasons, rows


class TestFlat:
    text = "id,won,size,when\nz,1,1,2024-01-02\ny,0,2,\nx,,3,2024-01-01\n"

    def test_flat_leads_are_numbered_in_the_order_of_the_file(self, tmp_path):
        with opened(flat(tmp_path, self.text, lead_id="id", time="when")) as store:
            assert store.is_flat
            assert rows(store, "leads", "lead", "lead_id", "row_number", "day", "won", "a0") == [
                (0, "z", 1, DAY + 1, True, 1.0),
                (1, "x", 3, DAY, None, 3.0),
            ]
            assert store.observed_day == DAY + 1

    def test_a_row_without_a_time_teaches_nothing_and_is_scored(self, tmp_path):
        source = flat(tmp_path, self.text, lead_id="id", time="when")
        with opened(source) as store:
            assert reasons(store, "flat") == {"no time, though the table has a column for it": 1}
        with opened(source, purpose="score") as store:
            assert rows(store, "leads", "lead_id", "day")[0] == ("x", DAY)
            assert ("y", None) in rows(store, "leads", "lead_id", "day")

    def test_without_an_id_leads_are_called_by_their_row(self, tmp_path):
        source = flat(tmp_path, self.text)
        with opened(source, ColumnSettings(fit=("size",), ignore=("id", "when"))) as store:
            assert rows(store, "leads", "lead_id") == [("1",), ("2",), ("3",)]
            assert store.observed_until is None

    def test_scoring_needs_no_outcome_and_ignores_one(self, tmp_path):
        with opened(flat(tmp_path, self.text, lead_id="id", time="when"), purpose="score") as store:
            assert rows(store, "leads", "won") == [(None,)] * 3
        without = "id,size,when\nz,1,2024-01-02\n"
        with opened(flat(tmp_path, without, lead_id="id", time="when"), purpose="score") as store:
            assert store.report.drift == ()

    def test_the_outcome_is_no_attribute(self, tmp_path):
        with pytest.raises(
            DataError, match="'won' is also listed in `fit`; a model would only read off the answer"
        ):
            opened(
                flat(tmp_path, self.text, lead_id="id", time="when"),
                ColumnSettings(fit=("size", "won")),
            )

    def test_an_outcome_that_is_always_won_is_refused(self, tmp_path):
        with pytest.raises(
            DataError, match="every value of column 'won' means a win; expected losses too"
        ):
            opened(flat(tmp_path, "won,size\n1,1\n1,2\n"))


class TestLevels:
    text = "won,size\n" + "Won,1\n" * 4 + "Lost,2\n" * 3 + "Talking,3\n" * 2 + ",4\n"

    def levels(self, folder, **lists):
        source = flat(folder, self.text)
        table = source.flat.model_copy(update={"won_values": ("Won",), **lists})
        return source.model_copy(update={"flat": table})

    def test_an_empty_outcome_and_an_open_value_are_not_decided(self, tmp_path):
        source = self.levels(tmp_path, lost_values=("Lost",), open_values=("Talking",))
        with opened(source) as store:
            found = [won for (won,) in rows(store, "leads", "won")]
            assert [found.count(each) for each in (True, False, None)] == [4, 3, 3]

    def test_values_in_no_list_are_listed_with_their_counts(self, tmp_path):
        with pytest.raises(DataError, match=r"'Lost' \(3\), 'Talking' \(2\); write each into"):
            opened(self.levels(tmp_path))
        with pytest.raises(DataError, match=r"stand in none of won_values.*'Talking' \(2\)"):
            opened(self.levels(tmp_path, lost_values=("Lost",)))

    def test_a_value_that_means_open_never_counts_as_a_loss_unasked(self, tmp_path):
        with pytest.raises(DataError, match=r"'Open' \(1\)"):
            opened(flat(tmp_path, "won,size\n1,1\n1,2\nOpen,3\n"))

    def test_a_value_stands_in_one_list(self):
        with pytest.raises(ValueError, match="expected each value in one list"):
            FlatTable(path="x", columns={"outcome": "y"}, lost_values=("a",), open_values=("a",))


def test_tables_of_one_row_per_lead_are_joined_to_a_flat_one(tmp_path):
    (tmp_path / "plans.csv").write_text("customer,won,plan\nx,1,A\nz,0,B\n", encoding="utf-8")
    source = flat(tmp_path, "id,size\nz,1\ny,2\nx,3\n", lead_id="id")
    joined = JoinedTable(path=str(tmp_path / "plans.csv"), id="customer")
    columns = ColumnSettings(fit=("size", "plan"))
    with opened(source.model_copy(update={"joined": (joined,)}), columns) as store:
        assert rows(store, "leads", "lead", "lead_id", "won", "a1") == [
            (0, "z", False, "B"),
            (1, "y", None, "none of plans"),
            (2, "x", True, "A"),
        ]
