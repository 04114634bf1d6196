"""The stored model: data only, checked before it is read, the same bytes for the same model."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.build.table import encoded
from features.errors import ArtifactError
from propensity.config import config
from propensity.model import bundle
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Calibration, Member
from propensity.model.portable_config import portable

FILES = [
    "config.json",
    "facts.json",
    "features.json",
    "manifest.json",
    "members/00.txt",
    "metrics.json",
    "model.json",
]


def names_below(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def changed(folder: Path, name: str, change) -> None:
    """Change a JSON file and make the manifest agree, as a careless or hostile editor would."""
    value = json.loads((folder / name).read_bytes())
    content = json.dumps(change(value) or value).encode()
    (folder / name).write_bytes(content)
    restamp(folder, name, content)


def restamp(folder: Path, name: str, content: bytes) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def stored(small_model, tmp_path) -> Path:
    bundle.save(small_model, tmp_path / "stored")
    return tmp_path / "stored"


def test_a_bundle_holds_exactly_these_files(stored):
    assert names_below(stored) == FILES


def test_reference_distributions_are_stored_as_parquet_and_come_back(small_model, tmp_path):
    rows = [{"feature": "employees", "level": None, "low": 0.0, "high": 10.0, "share": 0.25}]
    table = pa.Table.from_pylist(rows, schema=bundle.DISTRIBUTION_COLUMNS)
    bundle.save(replace(small_model, distributions=table), tmp_path / "b")
    assert "reference.parquet" in names_below(tmp_path / "b")
    assert bundle.load(tmp_path / "b").distributions.equals(table)


def test_a_model_comes_back_with_the_same_sums_bit_for_bit(small_model, small_frame, stored):
    matrix = encoded(small_model.spec, small_frame)
    before, after = (
        small_model.sums(matrix, threads=1),
        PropensityModel.load(stored).sums(matrix, threads=1),
    )
    for name in ("fit", "interest", "log_odds", "contributions"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
    assert before.base == after.base


def test_everything_else_of_a_model_comes_back_too(small_model, stored):
    after = bundle.load(stored)
    assert after.config == type(after.config).model_validate(portable(small_model.config))
    for name in ("spec", "members", "calibration", "reference", "facts", "distributions"):
        assert getattr(after, name) == getattr(small_model, name), name
    np.testing.assert_array_equal(after.offsets, small_model.offsets)


def test_no_path_of_the_machine_is_stored(tmp_path, small_model):
    home = tmp_path / "home" / "somebody" / "project"
    raw = {
        "name": "small",
        "input": {
            "leads": {"path": "data/leads.csv"},
            "events": {"path": str(tmp_path / "elsewhere" / "events-*.csv")},
            "outcomes": {"database": f"sqlite:///{tmp_path}/crm.db", "query": "SELECT 1"},
        },
        "columns": {},
        "definition": "definition.yaml",
        "behaviour": {"groups": [{"name": "pricing", "detail": "/pricing*"}]},
        "population": {"until": "closed", "stale_after_days": 90},
        "goal": {"horizon_days": 30},
        "snapshots": {"every_days": 28},
        "ledger": {"url": f"sqlite:///{home}/ledger.db"},
        "nightly": {"overrides": "overrides.csv"},
    }
    bundle.save(replace(small_model, config=config.parse(raw, base=home)), tmp_path / "b")

    stored = (tmp_path / "b" / "config.json").read_text(encoding="utf-8")

    assert str(tmp_path) not in stored
    assert "somebody" not in stored
    kept = bundle.load(tmp_path / "b").config
    assert kept.input.leads.path == "data/leads.csv"
    assert kept.input.outcomes.database == "sqlite:///crm.db"
    assert kept.registry.uri == "sqlite:///propensity.db"
    assert kept.behaviour.groups[0].detail == "/pricing*"  # a pattern, and no path


def test_a_figure_that_is_not_a_number_becomes_null(stored):
    assert bundle.load(stored).metrics == {
        "lift": None,
        "roc_auc": {"value": 0.81, "low": 0.77, "high": 0.84},
    }


def test_the_same_model_gives_the_same_bytes(small_model, stored, tmp_path):
    bundle.save(bundle.load(stored), tmp_path / "again")
    bundle.save(small_model, tmp_path / "twice")
    for name in FILES:
        assert (stored / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
        assert (stored / name).read_bytes() == (tmp_path / "twice" / name).read_bytes(), name


def test_ten_members_keep_their_order(small_model, tmp_path):
    text = small_model.members[0].text
    members = tuple(Member(text=text, weight=i / 7) for i in range(101))
    bundle.save(replace(small_model, members=members), tmp_path / "b")
    assert bundle.load(tmp_path / "b").members == members


def test_a_model_with_an_infinite_number_is_not_stored(small_model, tmp_path):
    model = replace(small_model, calibration=Calibration(slope=float("inf")))
    with pytest.raises(ArtifactError, match=r"model\.json: expected finite numbers"):
        bundle.save(model, tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_not_overwritten(small_model, stored):
    with pytest.raises(ArtifactError, match="expected no such folder, or an empty one"):
        bundle.save(small_model, stored)


def test_a_failed_write_leaves_nothing(small_model, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        bundle.save(small_model, tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_password_written_into_a_url_is_not_stored(small_model, tmp_path):
    raw = {
        "name": "small",
        "registry": {"uri": "postgresql://ml:${PG}@db/x"},
        "ledger": {"url": "postgresql://us:s3cret@db/ledger"},
        "input": {
            "flat": {
                "database": "postgresql://me:s3cret@db/x",
                "query": "q",
                "columns": {"outcome": "won"},
            }
        },
        "split": {"order": "random"},
    }
    bundle.save(replace(small_model, config=config.parse(raw, base=tmp_path)), tmp_path / "b")
    text = (tmp_path / "b" / "config.json").read_text()
    assert "postgresql://me:***@db/x" in text
    assert "postgresql://ml:${PG}@db/x" in text
    assert "s3cret" not in text


def truncated(folder):
    text = (folder / "members/00.txt").read_bytes()
    (folder / "members/00.txt").write_bytes(text[: len(text) // 2])


def flipped(folder):
    text = bytearray((folder / "members/00.txt").read_bytes())
    text[len(text) // 2] ^= 1
    (folder / "members/00.txt").write_bytes(text)


def linked(folder):
    (folder / "facts.json").rename(folder.parent / "elsewhere.json")
    (folder / "facts.json").symlink_to(folder.parent / "elsewhere.json")


def linked_folder(folder):
    (folder / "members").rename(folder.parent / "elsewhere")
    (folder / "members").symlink_to(folder.parent / "elsewhere")


def of_format(number):
    def change(folder):
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, "format": number, "new": 1}))

    return change


def listing(name):
    def change(folder):
        (folder.parent / "outside.txt").write_bytes(b"x")
        restamp(folder, name, b"x")

    return change


DAMAGES = {
    "a truncated model text": (
        truncated,
        r"members/00\.txt: expected \d+ bytes, got \d+: truncated or changed",
    ),
    "a flipped bit in it": (
        flipped,
        r"members/00\.txt: expected the SHA-256 \w{12}…, got \w{12}…: damaged",
    ),
    "a missing file": (
        lambda f: (f / "facts.json").unlink(),
        r"expected the file facts\.json, which is missing",
    ),
    "an extra file": (lambda f: (f / "members/x.pkl").touch(), r"got 'members/x\.pkl' as well"),
    "an extra folder": (lambda f: (f / "code").mkdir(), "got 'code' as well"),
    "a link": (linked, r"expected plain files, got the link 'facts\.json'"),
    "a linked folder": (linked_folder, "expected plain files, got the link 'members'"),
    "a pipe": (lambda f: os.mkfifo(f / "pipe"), "got 'pipe' as well"),
    "no manifest": (
        lambda f: (f / "manifest.json").unlink(),
        r"got a place without manifest\.json",
    ),
    "a manifest cut off": (
        lambda f: (f / "manifest.json").write_text('{"f'),
        "expected readable JSON, got JSONDecode",
    ),
    "a newer format": (
        of_format(2),
        "expected format 1, got the newer format 2. Install a newer lead-propensity",
    ),
    "an older format": (of_format(0), "expected format 1, got the older format 0. Train anew"),
    "no format number": (of_format("one"), "expected a format number, got 'one'"),
    "a path that leaves the folder": (
        listing("../outside.txt"),
        r"expected the files of a model only, got \['\.\./out",
    ),
    "an absolute path": (
        listing("/etc/hostname"),
        r"expected the files of a model only, got \['/etc/hostname'\]",
    ),
    "code in the list": (listing("members/00.py"), "expected the files of a model only"),
    "a gap in the members": (
        listing("members/02.txt"),
        r"expected it to list \['members/01\.txt'\]",
    ),
}


@pytest.mark.parametrize(("damage", "words"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_bundle_is_refused_with_what_to_do(stored, damage, words):
    damage(stored)
    with pytest.raises(ArtifactError, match=words) as caught:
        bundle.load(stored)
    assert re.search(
        r"Copy the model again|[Tt]rain anew|Check the path|Install a newer|copy the model",
        str(caught.value),
    )


CONTENTS = {
    "a feature's axis": (
        "features.json",
        lambda v: v["features"][0].update(axis="mood"),
        "first at features.0.axis",
    ),
    "a key unknown here": (
        "model.json",
        lambda v: v.update(code="x"),
        "first at code: Extra inputs",
    ),
    "a weight too many": (
        "model.json",
        lambda v: v["weights"].append(1.0),
        "expected as many numbers as",
    ),
    "an offset too few": (
        "model.json",
        lambda v: v["offsets"].pop(),
        "expected as many numbers as",
    ),
    "an infinite weight": (
        "model.json",
        lambda v: v.update(weights=[float("inf")]),
        "got ValueError .the number Inf",
    ),
    "metrics in a list": (
        "metrics.json",
        lambda v: [1],
        r"metrics\.json: expected a JSON object, got list",
    ),
    "a config unknown here": (
        "config.json",
        lambda v: v.update(new={}),
        r"config\.json: expected what this format says",
    ),
}


@pytest.mark.parametrize(("name", "change", "words"), CONTENTS.values(), ids=CONTENTS)
def test_contents_that_agree_with_the_manifest_are_checked_too(stored, name, change, words):
    changed(stored, name, change)
    with pytest.raises(ArtifactError, match=words):
        bundle.load(stored)


def test_evidence_stored_before_its_ranges_were_learned_is_read_with_nothing_in_them(
    small_model, stored
):
    older = [name for name in bundle.EVIDENCE_COLUMNS.names if name not in bundle.LATER_COLUMNS]
    row = {"concept": "業種", "axis": "fit", "feature": "業種", "level": "IT"}
    figures = {"leads": 400, "closed": 40, "expected": 20.0, "contribution": 0.5}
    table = pa.Table.from_pylist([row | figures], schema=bundle.EVIDENCE_COLUMNS).select(older)
    pq.write_table(table, stored / "evidence.parquet")
    restamp(stored, "evidence.parquet", (stored / "evidence.parquet").read_bytes())

    read = bundle.load(stored).evidence

    assert read.schema.equals(bundle.EVIDENCE_COLUMNS)
    assert read.select(older).equals(table)
    assert all(read[name].null_count == 1 for name in bundle.LATER_COLUMNS)
    told = PropensityModel.load(stored).proof.sentences("en", 1)[0].as_py()
    assert "40 closed" in told
    assert "95 % range 29–53" in told


def test_evidence_of_other_columns_is_refused(small_model, stored):
    other = pa.table({"concept": ["pricing"], "lead_id": ["L1"]})
    with pytest.raises(
        ArtifactError, match=r"evidence\.parquet: expected columns .* without \['axis'"
    ):
        bundle.save(replace(small_model, evidence=other), stored.parent / "other")
    pq.write_table(other, stored / "evidence.parquet")
    restamp(stored, "evidence.parquet", (stored / "evidence.parquet").read_bytes())
    with pytest.raises(
        ArtifactError,
        match=r"evidence\.parquet: expected the columns .* got \['concept', 'lead_id'\]",
    ):
        bundle.load(stored)


def test_parquet_that_is_none_is_refused(stored):
    (stored / "reference.parquet").write_bytes(b"no parquet")
    restamp(stored, "reference.parquet", b"no parquet")
    with pytest.raises(
        ArtifactError, match=r"reference\.parquet: expected Parquet, got ArrowInvalid"
    ):
        bundle.load(stored)


def test_a_damaged_model_text_never_reaches_lightgbm(stored):
    truncated(stored)
    code = (
        "import sys; from pathlib import Path; from propensity.model import bundle\n"
        "try: bundle.load(Path(sys.argv[1]))\n"
        "except bundle.ArtifactError: print('refused', 'lightgbm' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(stored)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "refused False\n"


def test_the_hash_forgets_the_number_of_threads_and_knows_all_that_decides(small_model, stored):
    expected = bundle.model_hash(small_model)
    text = small_model.members[0].text
    assert "[num_threads: 1]" in text
    others = replace(
        small_model, members=(Member(text=text.replace("[num_threads: 1]", "[num_threads: 2]")),)
    )
    shifted = replace(small_model, calibration=Calibration(slope=1.1, intercept=0.2))
    assert bundle.model_hash(others) == bundle.model_hash(stored) == expected
    assert bundle.model_hash(shifted) != expected
    assert bundle.model_hash(replace(small_model, facts={"rows": 1})) == expected


def test_a_bundle_may_be_moved(stored, small_model, tmp_path):
    shutil.move(stored, tmp_path / "業種 #1%")
    assert bundle.load(tmp_path / "業種 #1%").spec == small_model.spec


def test_a_saved_model_scores_and_explains_a_table_as_before(small_model, small_frame, tmp_path):
    small_model.save(tmp_path / "model")
    again = PropensityModel.load(tmp_path / "model")
    scored, taken_apart = again.score(small_frame), again.explain(small_frame)
    assert scored.equals(small_model.score(small_frame))
    np.testing.assert_allclose(taken_apart.sum(axis=1), scored["log_odds"], atol=1e-9)
    assert list(taken_apart.columns) == ["base", *(concept.name for concept in again.concepts)]
