"""The pages say where things are, and there they are."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from propensity.config.config import parse

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
HOUSE = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
#: What starts like one of these is a path of the repository.
_OURS = re.compile(
    r"`((?:features|propensity|training|tests|benchmarks|configs|docs)/[\w./-]*)`", re.ASCII
)
#: Folders of rooms: each of their own folders is a room.
_ROOMS = ("features", "propensity", "training", "training/learn", "training/review")


def text_of(page):
    """A page without what it says is not built yet."""
    return page.read_text(encoding="utf-8").partition("\n## Not built yet\n")[0]


def anchors(page):
    """What links may point to: the headings, as web pages of repositories name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def defined(path):
    """Functions, classes and constants of a module."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(page):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_exists(page):
    absent = [name for name in _OURS.findall(text_of(page)) if not (ROOT / name).exists()]

    assert absent == []


def test_the_page_of_the_house_names_many_paths_and_every_room():
    named = set(_OURS.findall(HOUSE))
    rooms = {
        f"{folder.relative_to(ROOT)}/"
        for inside in _ROOMS
        for folder in (ROOT / inside).iterdir()
        if (folder / "__init__.py").is_file()
    }

    assert len(named) > 60
    assert rooms - named == set()


def test_every_function_that_the_page_of_the_house_names_is_in_its_file():
    pairs = re.findall(r"`(\w+)`\s+in\s+`([\w/]+\.py)`", HOUSE)

    assert len(pairs) > 15
    assert [
        f"{name} in {path}" for name, path in pairs if name not in set(defined(ROOT / path))
    ] == []


def test_the_smallest_configuration_is_one(tmp_path):
    text = (ROOT / "docs" / "input.md").read_text(encoding="utf-8")
    smallest = re.search(r"```yaml\n(name: .*?)```", text, re.DOTALL)[1]

    config = parse(yaml.safe_load(smallest), base=tmp_path)

    assert config.columns.fit == ("industry", "employees")
    assert config.goal.horizon_days == 90
