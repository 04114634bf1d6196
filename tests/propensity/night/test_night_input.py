"""What a night keeps of its input: read as it was written, and refused where it is damaged."""

import datetime as dt

import pytest

from features.errors import ConfigError
from propensity.config.config import load
from propensity.inputs import inputs_of
from propensity.night.night_input import (
    NIGHT_INPUT,
    NightInput,
    read_night_input,
    read_night_inputs,
    write_night_input,
)
from propensity.scoring.differences import InputDifference
from tests.propensity import worlds

FOUND = NightInput(
    dt.date(2025, 3, 20),
    250,
    (InputDifference("drift", "look", "column 'チャネル'", "column 'チャネル': other values"),),
    {"column 'チャネル'": 0.31, "events 'page view'": 0.002},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    config = load(worlds.company(tmp_path_factory.mktemp("input"), leads=60).path)
    found = inputs_of(config).folder(config.nightly.folder, "nightly.folder", mode=0o600)
    found.path.mkdir(parents=True, exist_ok=True)
    return found


def test_it_is_read_as_it_was_written(folder):
    write_night_input(FOUND, folder)
    assert read_night_input(folder.path) == FOUND
    assert (folder.path / NIGHT_INPUT).stat().st_mode & 0o777 == 0o600


def test_a_night_before_there_was_any_tells_nothing(tmp_path):
    assert read_night_input(tmp_path) is None


@pytest.mark.parametrize(
    ("content", "got"),
    [
        ("", "no whole JSON"),
        ("{", "no whole JSON"),
        ('{"as_of": "2025-03-20"}', "none of its field 'leads'"),
        ('{"as_of": "2025-03-20", "leads": "many"}', "'many' in 'leads'"),
    ],
)
def test_a_damaged_file_is_one_error_that_says_what_to_do(tmp_path, content, got):
    (tmp_path / NIGHT_INPUT).write_text(content)
    with pytest.raises(ConfigError, match=r"input\.json: expected .* --as-of") as told:
        read_night_input(tmp_path)
    assert got in str(told.value)
    assert "_Stored" not in str(told.value)


def test_all_damaged_files_are_told_at_once(tmp_path):
    folders = [tmp_path / day for day in ("2025-03-20", "2025-03-21", "2025-03-22")]
    for folder, content in zip(folders, ["{", None, "[]"], strict=True):
        folder.mkdir()
        if content:
            (folder / NIGHT_INPUT).write_text(content)
    with pytest.raises(ConfigError) as told:
        read_night_inputs(folders)
    assert [f"--as-of {folder.name}" in str(told.value) for folder in folders] == [1, 0, 1]
