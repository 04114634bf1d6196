import csv
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import ConfigError
from features.files.output import Output
from propensity.model import bundle
from propensity.scoring.job import Champion, ScoringResources, open_input, score_to_file
from propensity.scoring.reasons import REASONS
from propensity.scoring.scored_file import ROW_GROUP, flattened, write_whole
from tests.propensity import worlds


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return worlds.company(tmp_path_factory.mktemp("company"))


def score_into(world, path, **options):
    with open_input(world.config, world.model, ScoringResources()) as store:
        champion = Champion(world.model, "company", "1")
        options = ScoringResources(**options)
        return score_to_file(
            champion,
            store,
            worlds.AS_OF_DAY,
            config=world.config,
            output=Output(path),
            resources=options,
        )


def table_of(n, text="a"):
    return pa.table({"lead_id": [f"{text}{i}" for i in range(n)], "log_odds": np.arange(float(n))})


def written(path, tables):
    write_whole(Output(path), tables[0].schema, tables, reasons=5)
    return path.read_bytes()


@pytest.mark.parametrize("name", ["scored.parquet", "scored.csv"])
def test_the_same_input_gives_the_same_bytes_whatever_the_batches(company, tmp_path, name):
    files = []
    for number, options in enumerate(
        [{}, {"batch_leads": 41, "threads": 1}, {"batch_leads": 100, "threads": 2}]
    ):
        path = tmp_path / str(number) / name
        score_into(company, path, **options)
        files.append(path.read_bytes())

    assert files[0] == files[1] == files[2]


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_the_bytes_do_not_depend_on_how_rows_arrive(tmp_path, suffix):
    whole = table_of(2 * ROW_GROUP + 5)
    pieces = [whole.slice(0, 7), whole.slice(7, ROW_GROUP), whole.slice(ROW_GROUP + 7)]

    assert written(tmp_path / f"a{suffix}", [whole]) == written(tmp_path / f"b{suffix}", pieces)


def test_parquet_holds_the_rows_in_groups_of_fixed_size(tmp_path):
    written(tmp_path / "a.parquet", [table_of(ROW_GROUP + 1)])

    file = pq.ParquetFile(tmp_path / "a.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [
        ROW_GROUP,
        1,
    ]
    assert file.read().equals(table_of(ROW_GROUP + 1))


def test_excel_reads_the_csv_as_utf_8_and_runs_no_formula(company, tmp_path):
    score_into(company, tmp_path / "a.csv")

    raw = (tmp_path / "a.csv").read_bytes()
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))

    assert raw.startswith(b"\xef\xbb\xbf")
    assert {row["stage (carried)"] for row in rows} == {"-1", "open"}
    assert any(row["company"].startswith("'=Company") for row in rows)
    assert any(float(row["log_odds"]) < 0 for row in rows)
    texts = [cell for row in rows for name, cell in row.items() if not is_number(cell)]
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@", "\t", "\r"))]


def is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_reasons_become_columns_of_a_spreadsheet():
    reason = dict.fromkeys(["concept", "value", "evidence", "sentence"], "=x") | {
        "contribution": -1.5,
        "chance_if_average": 0.25,
    }
    table = pa.table({"reasons_for": pa.array([[reason, reason], []], REASONS)})

    flat = flattened(table, 3)

    figures = [
        f"_evidence_{figure}"
        for figure in ("leads", "closed", "expected", "low", "high", "verdict")
    ]
    parts = [
        "",
        "_concept",
        "_contribution",
        "_chance_if_average",
        "_value",
        "_evidence",
        *figures,
    ]
    assert flat.column_names == [
        f"reason_for_{place}{part}" for place in (1, 2, 3) for part in parts
    ]
    assert flat["reason_for_2"].to_pylist() == ["'=x", None]
    assert flat["reason_for_2_contribution"].to_pylist() == [-1.5, None]
    assert flat["reason_for_3"].null_count == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.xlsx", "ends in .parquet or .csv"),
        ("folder.csv", "got a folder"),
        ("file/a.csv", "cannot be written"),
    ],
)
def test_a_path_that_cannot_be_written_is_said(tmp_path, name, words):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match=words):
        write_whole(Output(tmp_path / name), table_of(1).schema, [table_of(1)], reasons=5)


def test_a_failure_leaves_the_old_file_and_no_draft(tmp_path):
    path = tmp_path / "a.parquet"
    old = written(path, [table_of(3)])

    def broken():
        yield table_of(ROW_GROUP)
        raise RuntimeError("the disk burns")

    with pytest.raises(RuntimeError, match="the disk burns"):
        write_whole(Output(path), table_of(1).schema, broken(), reasons=5)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["a.parquet"]


def test_a_link_keeps_pointing_to_the_file(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "a.csv").symlink_to(tmp_path / "real" / "b.csv")

    written(tmp_path / "a.csv", [table_of(3)])

    assert (tmp_path / "a.csv").is_symlink()
    assert (tmp_path / "real" / "b.csv").exists()


def test_two_runs_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "a.parquet"
    tables = {text: table_of(ROW_GROUP + 10, text) for text in "xy"}
    runs = [
        threading.Thread(target=written, args=(path, [table]))
        for table in tables.values()
        for _ in range(3)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert any(pq.read_table(path).equals(table) for table in tables.values())
    assert os.listdir(tmp_path) == ["a.parquet"]


CHILD = """
import sys
from pathlib import Path
from features.files.output import Output
from propensity.config import config
from propensity.scoring.job import Champion, ScoringResources, open_input, score_to_file
from propensity.model.model import PropensityModel
settings, model = config.load(sys.argv[1]), PropensityModel.load(Path(sys.argv[2]))
with open_input(settings, model, ScoringResources()) as store:
    version = 1
    while True:
        champion = Champion(model, "company", str(version))
        score_to_file(champion, store, int(sys.argv[4]), config=settings,
                      output=Output(Path(sys.argv[3])), resources=ScoringResources(batch_leads=50))
        print(version, flush=True)
        version += 1
"""


def test_killing_the_scorer_leaves_the_old_output_or_the_new_one(company, tmp_path):
    bundle.save(company.model, tmp_path / "bundle")
    path, moments = tmp_path / "out" / "scored.parquet", np.random.default_rng(5)
    arguments = [company.path, tmp_path / "bundle", path, worlds.AS_OF_DAY]
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, *map(str, arguments)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        with child:
            assert child.stdout
            complete = int(child.stdout.readline())
            time.sleep(moments.random())
            child.send_signal(signal.SIGKILL)
            complete = max([complete, *map(int, child.stdout.read().split())])
        table = pq.read_table(path)
        assert set(table["model_version"].to_pylist()) <= {str(complete), str(complete + 1)}
        assert sorted(table["rank"].to_pylist()) == list(range(1, 1 + table.num_rows))

    summary = score_into(company, path)
    assert summary.leads == pq.read_table(path).num_rows > 200
    assert os.listdir(path.parent) == ["scored.parquet"]
