"""The site that `make docs` builds says everything, and loads nothing from elsewhere."""

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import propensity
from docs.site import build, configuration_keys, notebook_pages, python_calls
from docs.site.docstrings import read
from docs.site.links import problems
from propensity.config.config import Config

ROOT = Path(__file__).parents[1]
ZENSICAL = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]


def leaves(nav):
    """Pages that a navigation names."""
    match nav:
        case str(page):
            return [page]
        case dict():
            return [page for inside in nav.values() for page in leaves(inside)]
    return [page for inside in nav for page in leaves(inside)]


def fields_of(model):
    """Every key of a section and of the sections in it, by the JSON schema."""
    schema = model.model_json_schema()
    return set(schema["properties"]) | {
        key for part in schema["$defs"].values() for key in part.get("properties", {})
    }


def test_every_key_of_the_configuration_is_told_with_what_it_means():
    told = dict(configuration_keys.keys())

    assert {path.rpartition(".")[2] for path in told} == fields_of(Config)
    assert [path for path, meaning in told.items() if not meaning] == []


def test_the_page_of_keys_shows_type_default_and_meaning():
    page = configuration_keys.page()

    assert "| `horizon_days` | whole number, 1 to 3660 | *needed* | Days after the as-of" in page
    assert "| `axes` | `apart` or `shared` | `apart` |" in page
    assert "| `learning_rate` | number, above 0, up to 1 | `0.05` | Shrinkage per tree. |" in page


def test_every_public_name_is_told_with_its_arguments():
    page = python_calls.page()

    assert {found.name for found in python_calls.public()} == set(propensity.__all__)
    assert [name for name in propensity.__all__ if f"## propensity.{name}\n" not in page] == []
    assert "### TrainingResult\n" in page
    assert "| `accept_input` | Why leads are scored although the input differs" in page


def test_a_docstring_is_taken_apart():
    told = read("""Do it.

    Args:
        name: What it is
            called.
        **tables: The rest of ``it``.

    Raises:
        ValueError: It is none.

    >>> do("it")  # doctest: +SKIP
    """)

    assert told.lists["Args"] == {"name": "What it is called.", "tables": "The rest of `it`."}
    assert told.lists["Raises"] == {"ValueError": "It is none."}
    assert told.text == 'Do it.\n\n```pycon\n>>> do("it")\n```'


def test_every_page_stands_once_in_the_navigation(tmp_path):
    build.assemble(tmp_path / "pages")

    pages = sorted(path.name for path in (tmp_path / "pages").glob("*.md"))
    assert sorted(leaves(ZENSICAL["nav"])) == pages


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<a href="gone.html">', "gone.html leads to no file"),
        ('<a href="#gone">', "#gone leads to no heading"),
        ('<a href="other.html#gone">', "other.html#gone leads to no heading"),
        ('<img src="gone.png">', "gone.png leads to no file"),
        ('<script src="https://cdn.example/x.js">', "loads https://cdn.example/x.js from elsewh"),
        ('<link rel="stylesheet" href="//fonts.example/x">', "loads //fonts.example/x from elsewh"),
        ('<a href="other.html#here">', ""),
        ('<a href="https://example.org/">', ""),
    ],
)
def test_a_link_that_leads_nowhere_is_found(tmp_path, html, said):
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    (tmp_path / "other.html").write_text('<h2 id="here">', encoding="utf-8")

    found = list(problems(tmp_path))

    assert [said in problem for problem in found] == ([True] if said else [])


@pytest.mark.skipif(importlib.util.find_spec("zensical") is None, reason="make docs installs it")
def test_the_site_builds_and_holds_every_page(tmp_path):
    (tmp_path / "zensical.toml").write_bytes((ROOT / "zensical.toml").read_bytes())
    build.assemble(tmp_path / "build" / "pages")
    command = [Path(sys.executable).with_name("zensical"), "build", "--strict"]

    done = subprocess.run(
        command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert list(problems(tmp_path / "site")) == []
    assert "Every configuration key" in (tmp_path / "site" / "configuration.html").read_text()


def test_a_notebook_is_a_page_with_its_tables_and_pictures(tmp_path):
    told = notebook_pages.page(ROOT / "docs" / "notebooks" / "quarter.ipynb", tmp_path / "drawn")

    assert told.startswith("# A quarter on frames\n")
    assert "```python\naudit = propensity.audit(config, **tables)\n" in told
    assert "```text\npromoted: version 1 with definition 1\n```" in told
    assert '<div class="from-code">\n<table' in told
    assert "<style" not in told
    (picture,) = (tmp_path / "drawn").iterdir()
    assert f'src="drawn/{picture.name}"' in told
    assert picture.read_bytes().startswith(b"\x89PNG")
