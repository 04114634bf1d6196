"""A folder is written whole or not at all, and nothing is left beside it."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from features.files.output import Output
from features.files.whole_folder import replace, write_new

FILES = {"a.txt": b"new", "tables/b.csv": b"1,2"}
WAYS = pytest.mark.parametrize(
    "write", [write_new, lambda folder, files: replace(Output(folder), files)]
)


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@WAYS
def test_a_folder_holds_its_files_and_nothing_is_left_beside(write, tmp_path):
    write(tmp_path / "far" / "folder", FILES)

    assert contents(tmp_path) == {f"far/folder/{name}": text for name, text in FILES.items()}
    assert os.listdir(tmp_path / "far") == ["folder"]


@WAYS
def test_an_empty_folder_is_filled(write, tmp_path):
    (tmp_path / "folder").mkdir()

    write(tmp_path / "folder", FILES)

    assert contents(tmp_path / "folder") == FILES


def test_a_new_folder_is_never_written_over_another(tmp_path):
    write_new(tmp_path / "folder", {"old.txt": b"old"})

    with pytest.raises(OSError, match="not empty"):
        write_new(tmp_path / "folder", FILES)

    assert contents(tmp_path) == {"folder/old.txt": b"old"}


def test_an_earlier_folder_gives_way_whole(tmp_path):
    replace(Output(tmp_path / "folder"), {"old.txt": b"old", "tables/old.csv": b""})

    replace(Output(tmp_path / "folder"), FILES)

    assert contents(tmp_path / "folder") == FILES


@WAYS
def test_a_full_disk_changes_nothing(write, tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    monkeypatch.setattr(os, "fsync", _full_disk)

    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "folder", FILES)

    assert (os.listdir(tmp_path), contents(tmp_path)) == (["folder"], {})


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_writes_is_kept(tmp_path):
    dead, living = (tmp_path / f".folder.{name}.part.folder" for name in ("dead", "0123"))
    other = tmp_path / ".folder.more.dead.part.folder"
    for draft in (dead, living, other):
        draft.mkdir()
    living_lock = tmp_path / ".folder.0123.part"
    with living_lock.open("w") as file:
        _lock(file)
        write_new(tmp_path / "folder", FILES)

    assert sorted(path.name for path in tmp_path.iterdir() if path != living_lock) == sorted(
        [living.name, other.name, "folder"]
    )


def test_a_folder_whose_run_was_killed_between_two_moves_has_its_place_again(tmp_path, monkeypatch):
    replace(Output(tmp_path / "folder"), {"old.txt": b"old"})
    killed = tmp_path / ".folder.dead.part.folder"
    killed.mkdir()
    (tmp_path / "folder").rename(killed / "before")
    monkeypatch.setattr(os, "fsync", _full_disk)

    with pytest.raises(OSError, match="No space left"):
        replace(Output(tmp_path / "folder"), FILES)

    assert contents(tmp_path) == {"folder/old.txt": b"old"}


def test_a_link_keeps_pointing_to_the_folder(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    replace(Output(tmp_path / "link"), FILES)

    assert (tmp_path / "link").is_symlink()
    assert contents(tmp_path / "real") == FILES


def test_of_many_runs_at_once_one_has_its_whole_folder_there(tmp_path):
    def run(number):
        files = {f"{name}.txt": bytes([number]) * 1000 for name in range(20)}
        try:
            replace(Output(tmp_path / "folder"), files)
        except OSError:  # another one took the place between two moves
            return

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run, range(12)))

    found = contents(tmp_path / "folder")
    assert len(found) == 20
    assert len(set(found.values())) == 1
    assert os.listdir(tmp_path) == ["folder"]


def _full_disk(_handle):
    raise OSError(28, "No space left on device")


def _lock(file):
    fcntl = pytest.importorskip("fcntl")
    fcntl.flock(file, fcntl.LOCK_EX)
