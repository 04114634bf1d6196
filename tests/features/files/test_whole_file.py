"""A file is there whole or not at all, whatever becomes of the runs that write it."""

import os
from concurrent.futures import ThreadPoolExecutor

from features.files.output import Output
from features.files.whole_file import draft_of
from tests.propensity.scoring.test_scored_file import table_of, written


def test_drafts_of_dead_runs_are_removed_and_those_of_living_ones_kept(tmp_path):
    path = tmp_path / "a[1].parquet"
    (tmp_path / ".a[1].parquet.dead.part").write_bytes(b"half")
    (tmp_path / ".b.parquet.dead.part").write_bytes(b"of another output")

    with draft_of(Output(path)) as living:
        written(path, [table_of(3)])
        assert living.exists()

    assert sorted(os.listdir(tmp_path)) == [".b.parquet.dead.part", "a[1].parquet"]


def test_no_run_takes_the_draft_another_one_has_just_made_for_a_dead_one(tmp_path):
    def many(_: int) -> bool:
        kept = []
        for _ in range(200):
            with draft_of(Output(tmp_path / "a.parquet")) as draft:
                kept.append(draft.exists())
        return all(kept)

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(many, range(6)))
    assert os.listdir(tmp_path) == []
