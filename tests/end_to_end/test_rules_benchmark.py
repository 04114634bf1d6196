"""The benchmark of the rules runs, and its rules ask for something."""

import json
import sys

from benchmarks import rules as benchmark


def test_every_rule_of_the_benchmark_holds_for_some_leads_and_not_for_all(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(
        sys, "argv", ["rules", "--leads", "3000", "--output", str(tmp_path / "rules.json")]
    )
    benchmark.main()
    result = json.loads((tmp_path / "rules.json").read_text())
    assert result["sample_equal"]
    assert all(0 <= share < 1 for share in result["holds"].values())
    assert sum(share > 0 for share in result["holds"].values()) >= 15
    assert "20 rules" in capsys.readouterr().out
