"""The list with names: what it says is what the sources say, and it lies nowhere from where it
travels.
"""

import csv
import io
import re
import stat
import subprocess

import numpy as np
import pandas as pd
import pytest
import yaml

from features.errors import ConfigError
from propensity.config import config as configuration
from propensity.registry import Registry
from tests.training.learn.recipe.test_judgement import SETTINGS, write_company
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.local_file import check_local
from training.review.walkthrough import choose, walkthrough

HOSTILE = (
    '=HYPERLINK("http://example.com")',
    "+81-3",
    "株式会社\u202e見本",
    "@x",
    "Smith, Jones & Co",
    'a "b"',
    "-1",
)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A small company with a registered version and with names to carry."""
    folder = tmp_path_factory.mktemp("walk")
    write_company(folder)
    leads = pd.read_csv(folder / "leads.csv")
    leads["company"] = [HOSTILE[place % len(HOSTILE)] for place in range(len(leads))]
    leads.to_csv(folder / "leads.csv", index=False)
    settings = SETTINGS | {"columns": SETTINGS["columns"] | {"carry": ["company"]}}
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    config = configuration.load(folder / "config.yaml")
    with open_sources(config) as store:
        past = history(Run(config, store))
        model, _ = ship(
            Run(config, store), past, chosen=RecipeChoices.plain(config.learner, trees=15)
        )
    registry = Registry.of(config)
    registry.register(model, run_name="test", params={}, metrics={}, tags={})
    registry.promote(1, because="a test")
    return folder, config


def written(company, folder, language):
    _, config = company
    path = folder / f"{language}.csv"
    n = walkthrough(config, path, pack=folder / "pack", language=language)
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))
    assert len(rows) == n
    return path, rows


def test_what_became_of_a_lead_is_what_the_sources_say(company, tmp_path):
    folder, _ = company
    _, rows = written(company, tmp_path, "en")
    outcomes = pd.read_csv(folder / "outcomes.csv", parse_dates=["closed_at"]).set_index("lead_id")

    assert 20 <= len(rows) <= 50
    assert len({row["lead_id"] for row in rows}) == len(rows)
    for row in rows:
        outcome, day = outcomes.loc[row["lead_id"]], pd.Timestamp(row["as seen on"], tz="UTC")
        days = (outcome["closed_at"].normalize() - day).days
        if outcome["won"]:
            assert row["what became of it"] == (
                f"closed, {days} days later" if days < 20 else f"closed later, {days} days on"
            )
        else:
            assert row["what became of it"] == f"lost, {days} days later"
    assert all(row["speaks for it"] or row["speaks against it"] for row in rows)


def test_where_the_model_was_wrong_comes_first():
    rng = np.random.default_rng(1)
    judged = type("Judged", (), {"probability": rng.random(200), "won": rng.random(200) < 0.3})()

    chosen = choose(judged, 0.5)

    missed = [place for place, why in chosen if why == "missed"]
    hoped = [place for place, why in chosen if why == "hoped"]
    won = np.flatnonzero(judged.won)
    assert missed == sorted(won, key=lambda place: judged.probability[place])[:10]
    assert all(not judged.won[place] for place in hoped)
    assert len({place for place, _ in chosen}) == len(chosen) == 50


def test_no_cell_is_a_formula_and_only_the_owner_reads_the_file(company, tmp_path):
    path, rows = written(company, tmp_path, "ja")

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    names = {row["company"] for row in rows}
    assert names & {'\'=HYPERLINK("http://example.com")', "'+81-3", "'@x", "Smith, Jones & Co"}
    assert not [
        cell
        for row in rows
        for cell in row.values()
        if cell.startswith(("=", "+", "-", "@")) and not re.fullmatch(r"[+-]?\d+(\.\d+)?", cell)
    ]
    assert {"選んだ理由", "その時点の受注見込み", "その後の結果"} <= set(rows[0])


def test_it_lies_nowhere_from_where_it_travels(company, tmp_path):
    folder, config = company
    pack = tmp_path / "pack"
    other = tmp_path / "another pack"
    for place in (pack, other, tmp_path / "tree" / "ignored"):
        place.mkdir(parents=True)
    (other / "review.html").write_text("x")
    (folder / "propensity_artifacts" / "three").mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "-q", str(tmp_path / "tree")], check=True)
    (tmp_path / "tree" / ".gitignore").write_text("ignored/\n")
    (tmp_path / "there.csv").write_text("x")
    (tmp_path / "link").symlink_to(pack)

    for path, words in (
        (pack / "leads.csv", "in the folder of the pack"),
        (tmp_path / "link" / "leads.csv", "in the folder of the pack"),
        (other / "leads.csv", "in the folder of the pack"),
        (folder / "propensity_artifacts" / "three" / "leads.csv", "in the folder of the registry"),
        (tmp_path / "tree" / "leads.csv", "git does not ignore it"),
        (tmp_path / "there.csv", "exists already"),
        (tmp_path / "leads.xlsx", "ends in .csv"),
        (tmp_path / "no such folder" / "leads.csv", "in a folder that is there"),
    ):
        with pytest.raises(ConfigError, match=words):
            check_local(path, config, pack=pack)
    check_local(tmp_path / "tree" / "ignored" / "leads.csv", config, pack=pack)
    check_local(tmp_path / "leads.csv", config, pack=pack)
