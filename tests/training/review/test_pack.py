"""A pack is written whole or not at all, and never over something else."""

import os

import pytest

from features.errors import ConfigError
from training.review import pack
from training.review.pack import renew, write

FILES = {"review.html": b"<p>new</p>", "tables/lines.csv": b"a,b"}


def listed(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_pack_lies_in_its_folder_and_nothing_is_left_beside(tmp_path):
    write(FILES, tmp_path / "new" / "review")

    assert listed(tmp_path / "new" / "review") == ["review.html", "tables/lines.csv"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["review"]


def test_an_earlier_pack_is_replaced_whole(tmp_path):
    folder = tmp_path / "review"
    write({"review.html": b"old", "tables/old.csv": b""}, folder)

    write(FILES, folder)

    assert listed(folder) == ["review.html", "tables/lines.csv"]
    assert (folder / "review.html").read_bytes() == b"<p>new</p>"


@pytest.mark.parametrize("place", ["folder", "file"])
def test_what_is_no_pack_is_left_alone(tmp_path, place):
    folder = tmp_path / "mine"
    if place == "folder":
        folder.mkdir()
        (folder / "thesis.txt").write_text("years of work")
    else:
        folder.write_text("years of work")

    for writing in (write, renew):
        with pytest.raises(
            ConfigError, match=r"expected an empty folder, an earlier pack or a new name"
        ):
            writing(FILES, folder)
    assert "years of work" in (folder if place == "file" else folder / "thesis.txt").read_text()


def test_a_pack_cut_short_leaves_the_earlier_one(tmp_path, monkeypatch):
    folder = tmp_path / "review"
    write({"review.html": b"old"}, folder)
    monkeypatch.setattr(os, "fsync", _full_disk)

    with pytest.raises(ConfigError, match="No space left"):
        write(FILES, folder)

    assert (folder / "review.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["review"]


def test_where_the_new_pack_cannot_take_its_place_the_earlier_one_has_it_again(
    tmp_path, monkeypatch
):
    folder = tmp_path / "review"
    write({"review.html": b"old"}, folder)
    rename = pack.Path.rename

    def refusing(path, target):
        if path.name == "draft":
            raise OSError(16, "Device or resource busy")
        return rename(path, target)

    monkeypatch.setattr(pack.Path, "rename", refusing)
    monkeypatch.setattr("features.files.whole_folder.exchange", lambda *_: False)

    with pytest.raises(ConfigError, match="busy"):
        write(FILES, folder)

    assert (folder / "review.html").read_text() == "old"


def test_a_single_file_is_renewed_and_the_rest_stays(tmp_path):
    folder = tmp_path / "review"
    write(FILES, folder)

    renew({"sla.xlsx": b"sheet"}, folder)
    renew({"sla.xlsx": b"sheet of May"}, folder)

    assert listed(folder) == ["review.html", "sla.xlsx", "tables/lines.csv"]
    assert (folder / "sla.xlsx").read_bytes() == b"sheet of May"


def _full_disk(_handle):
    raise OSError(28, "No space left on device")
