"""The README's example runs as it stands, and its links lead somewhere."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from propensity import cli as use
from training import cli as learn

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_python_example_runs_on_the_quickstarts_company(tmp_path, monkeypatch, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    config = (ROOT / "configs" / "quickstart.yaml").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Path("propensity.yaml").write_text(
        config.replace(
            "contestants: [spline, lightgbm]", "max_trees: 30\n  contestants: [lightgbm]"
        ),
        encoding="utf-8",
    )
    shutil.copyfile(ROOT / "configs" / "quickstart-definition.yaml", "definition.yaml")
    for words in (
        "simulate data --leads 3000",
        "train propensity.yaml",
        "promote challenger propensity.yaml --signed-by 'marketing: A' --signed-by 'sales: B'",
    ):
        done = CliRunner().invoke(use.app, shlex.split(words))
        code = done.exit_code
        # the simulated data are not all green
        assert code in ((0, 10) if words.startswith("train") else (0,)), (words, done.exception)
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 — our own text
    assert capsys.readouterr().out.endswith("0.0\n")


def test_every_link_of_the_readme_leads_to_a_file():
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_every_command_of_the_readme_exists():
    assert learn
    commands = set(re.findall(r"propensity ([\w-]+) ", README))
    known = {command.name or command.callback.__name__ for command in use.app.registered_commands}
    assert commands <= known | {group.name for group in use.app.registered_groups}
