"""What is put aside can be opened in a spreadsheet."""

import pytest

from features.errors import ConfigError
from tests.features.inputs import LEADS, opened, quarantined, three


class TestQuarantineFile:
    def test_cells_that_a_spreadsheet_would_run_are_defused(self, tmp_path):
        events = (
            'lead_id,occurred_at,event_type\n=1+1,2024-01-05T09:00Z,"=HYPERLINK(""http://x"")"\n'
            "a,2024-01-05T09:00Z,visit\n-5,2024-01-05T09:00Z, @SUM(A1)\n"
            "b,2024-01-05T09:00Z,visit\nc,2024-01-05T09:00Z,visit\n"
        )
        opened(three(tmp_path, LEADS, events), quarantine=tmp_path / "q").close()
        first, second = quarantined(tmp_path / "q", "events")
        assert first["lead_id"] == "'=1+1"
        assert first["event_type"] == """'=HYPERLINK("http://x")"""
        assert second["lead_id"] == "-5"
        assert second["event_type"] == "' @SUM(A1)"

    def test_the_file_of_an_earlier_run_does_not_stay(self, tmp_path):
        (tmp_path / "q").mkdir()
        (tmp_path / "q" / "events.csv").write_text("reason,file,row,malformed line,x\n")
        with opened(three(tmp_path), quarantine=tmp_path / "q") as store:
            assert store.report.files == ()
        assert not (tmp_path / "q" / "events.csv").exists()

    def test_a_file_that_no_quarantine_wrote_stays(self, tmp_path):
        (tmp_path / "q").mkdir()
        (tmp_path / "q" / "events.csv").write_text("lead_id,at\n1,2024-01-01\n")

        with pytest.raises(ConfigError, match=r"events\.csv is there and holds no quarantine"):
            opened(three(tmp_path), quarantine=tmp_path / "q")

        assert (tmp_path / "q" / "events.csv").read_text() == "lead_id,at\n1,2024-01-01\n"

    def test_the_folder_of_the_sources_is_no_quarantine(self, tmp_path):
        source = three(tmp_path)
        before = {path: path.read_bytes() for path in tmp_path.rglob("*.csv")}

        with pytest.raises(ConfigError, match=r"holds input\.\w+ .*which is read"):
            opened(source, quarantine=tmp_path)

        assert {path: path.read_bytes() for path in tmp_path.rglob("*.csv")} == before
