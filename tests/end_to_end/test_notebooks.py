"""The notebooks run as they stand, and hold what they gave."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
#: Where a machine keeps its files, in what a cell gave.
PLACE = re.compile(r"(?<![\w.])(?:/(?:tmp|home|root|usr|var|work|opt|Users)/|[A-Z]:\\)")


def cells(path):
    """The cells with code."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == "code"]


def given(path):
    """What the cells gave, as kind and text."""
    for cell in cells(path):
        for output in cell["outputs"]:
            yield from ((kind, "".join(told)) for kind, told in output.get("data", {}).items())
            if "data" not in output:
                yield output.get("name", "error"), "".join(output.get("text", "error"))


def test_there_are_three():
    assert [path.stem for path in NOTEBOOKS] == ["own", "quarter", "shap"]


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_start_to_end(path, tmp_path, monkeypatch):
    code = "\n\n".join("".join(cell["source"]) for cell in cells(path))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    # a font without Japanese letters is no error of ours
    command = [sys.executable, "-W", "error", "-W", "ignore:Glyph", "-"]

    done = subprocess.run(
        command, cwd=tmp_path, input=code, capture_output=True, text=True, timeout=400, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    # it leaves nothing where it was started
    assert [file.name for file in tmp_path.iterdir()] == ["temporary"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_was_run_in_order_without_an_error(path):
    assert [cell["execution_count"] for cell in cells(path)] == [
        place + 1 for place in range(len(cells(path)))
    ]
    # what a person would see in red
    assert [told for kind, told in given(path) if kind in ("error", "stderr")] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_it_gave_tells_nothing_of_the_machine(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))

    assert [told[:200] for _, told in given(path) if PLACE.search(told)] == []
    assert notebook["metadata"] == {"language_info": {"name": "python"}}
    assert all(cell["metadata"] == {} for cell in notebook["cells"])
    assert path.stat().st_size < 600_000


def test_tables_and_pictures_are_shown():
    kinds = {path.stem: [kind for kind, _ in given(path)] for path in NOTEBOOKS}

    assert {name: found.count("image/png") for name, found in kinds.items()} == {
        "own": 0,
        "quarter": 1,
        "shap": 5,
    }
    assert kinds["quarter"].count("text/html") >= 8
    assert kinds["own"].count("text/html") >= 5


def test_a_function_that_looks_ahead_is_refused_and_said():
    (own,) = (path for path in NOTEBOOKS if path.stem == "own")

    assert any("got others for 'silence'" in told for _, told in given(own))
