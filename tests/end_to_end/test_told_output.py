"""What a page shows below a command is what the command prints on the quickstart's company.

A block that starts with ``$ propensity`` is compared line by line; a line of ``…`` stands for any
number of lines. The folder ``quickstart/`` of ``make quickstart`` is needed. Commands that take
longer are asked where ``TOLD`` is set, such as before a release.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = ROOT / "quickstart"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
#: Commands that take some seconds, and leave the folder as it was.
QUICK = {"explain", "score", "nightly"}
#: Commands that the quickstart ran too: they are run again from where it began.
MAKING = {"train", "promote"}
COLUMNS = "80"


def told():
    """Page, command and lines of every block that shows one."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for words, shown in re.findall(
            r"^```\w*\n\$ propensity (.+)\n((?:.*\n)*?)```$", text, re.M
        ):
            yield pytest.param(shlex.split(words), shown.splitlines(), id=f"{page.name}-{words}")


def parts_of(shown):
    """Lines between the gaps."""
    parts = [[]]
    for line in shown:
        if line.strip() == "…":
            parts.append([])
        else:
            parts[-1].append(line.rstrip())
    return parts


def absent(shown, printed):
    """The first part that does not stand in what was printed, after the part before it."""
    place = 0
    for number, part in enumerate(parts_of(shown)):
        starts = range(place, len(printed) - len(part) + 1) if number else [0]
        found = next((at for at in starts if printed[at : at + len(part)] == part), None)
        if found is None:
            return part
        place = found + len(part)
    return [] if shown[-1].strip() == "…" or place == len(printed) else printed[place:]


@pytest.fixture(scope="module")
def companies(tmp_path_factory):
    """The company as the quickstart left it, and as it was before it had a model."""
    if not (MADE / "propensity.yaml").is_file():
        if os.environ.get("CI"):
            pytest.fail("CI makes the quickstart before it runs the tests")
        pytest.skip("make quickstart makes the company")
    left, before = tmp_path_factory.mktemp("left"), tmp_path_factory.mktemp("before")
    shutil.copytree(MADE, left / "quickstart")
    shutil.copytree(
        MADE, before / "quickstart", ignore=shutil.ignore_patterns("propensity*", "nights")
    )
    shutil.copy(MADE / "propensity.yaml", before / "quickstart" / "propensity.yaml")
    return left, before


@pytest.fixture(scope="module")
def printed(companies):
    """Gives the lines that a command prints; each command runs once."""
    known = {}

    def printed_(words):
        folder = companies[words[0] in MAKING]
        if tuple(words) not in known:
            known[tuple(words)] = lines_of(folder, words)
        return known[tuple(words)]

    return printed_


def lines_of(folder, words):
    code = "import sys; sys.argv[0] = 'propensity'; from training.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": COLUMNS, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=580,
    )
    assert done.returncode in (0, 10), done.stderr
    return [line.rstrip() for line in done.stdout.rstrip("\n").splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize(("words", "shown"), list(told()))
def test_what_a_page_shows_is_what_the_command_prints(printed, words, shown):
    if words[0] not in QUICK and not os.environ.get("TOLD"):
        pytest.skip("TOLD=1 asks the commands that take longer too")

    assert absent(shown, printed(words)) == []


def test_a_line_that_is_not_printed_is_found():
    printed = ["a", "b", "c", "d"]

    assert absent(["a", "…", "c", "d"], printed) == []
    assert absent(["a", "…"], printed) == []
    assert absent(["a", "…", "b", "d"], printed) == ["b", "d"]
    assert absent(["b", "…"], printed) == ["b"]
    assert absent(["a", "…", "c"], printed) == ["d"]
    assert absent(["a", "…", "d", "…", "b"], printed) == ["b"]


def test_the_readme_shows_a_lead():
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "$ propensity explain L" in text
