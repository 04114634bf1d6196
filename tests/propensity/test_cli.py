import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import typer

import propensity
from features.errors import DataError, RefusedError
from features.files.output import Inputs
from propensity.cli import main
from propensity.registry import Registry
from tests.propensity import worlds

ROOT = Path(__file__).parents[2]
HEAVY = [
    "pandas",
    "numpy",
    "pyarrow",
    "lightgbm",
    "duckdb",
    "mlflow",
    "sklearn",
    "numba",
    "rich",
    "pydantic",
]


@pytest.fixture(scope="module")
def registered(tmp_path_factory, migrated_registry):
    """A company whose model is the champion of the registry beside its configuration."""
    world = worlds.company(tmp_path_factory.mktemp("company"))
    shutil.copy(migrated_registry, world.path.parent / "propensity.db")
    registry = Registry.of(world.config)
    registry.promote(
        registry.register(world.model, run_name="test", params={}, metrics={"auc": 0.8})
    )
    return world


@pytest.fixture
def run(registered, monkeypatch, typed):
    """Run a command line in the company's folder; exit code and what it printed."""

    def run_(*arguments):
        monkeypatch.chdir(registered.path.parent)
        return typed(main, *arguments)

    return run_


def python(code, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        check=False,
    )


def test_help_waits_for_no_heavy_import():
    done = python(f"""
        import sys, propensity, propensity.cli
        print([name for name in {HEAVY} if name in sys.modules])
    """)

    assert done.stdout.strip() == "[]", done.stderr


def test_score_writes_the_file_and_says_what_came_of_it(run, tmp_path):
    code, out, _ = run(
        "score", "config.yaml", "--as-of", "2025-04-12", "--out", tmp_path / "s.parquet"
    )

    table = pq.read_table(tmp_path / "s.parquet")
    assert code == 0
    assert f"{table.num_rows} leads scored as of 2025-04-12 with company, version 1" in out
    best = table.sort_by("rank")["lead_id"].to_pylist()[:10]
    assert re.findall(r"^(L\d+)", out, re.MULTILINE) == best
    assert "Lifts the chance to" in out
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out


def test_the_guard_is_asked_once_for_each_output(run, tmp_path, monkeypatch):
    asked, file = [], Inputs.file
    monkeypatch.setattr(
        Inputs, "file", lambda self, path, *a, **k: asked.append(path) or file(self, path, *a, **k)
    )

    code, _, _ = run(
        "score",
        "config.yaml",
        "--as-of",
        worlds.AS_OF,
        "--out",
        tmp_path / "s.csv",
        "--json",
        tmp_path / "s.json",
    )

    assert code in (0, 10)
    assert asked == [tmp_path / "s.csv", tmp_path / "s.json"]


def test_scoring_twice_gives_the_same_bytes(run, tmp_path):
    for name in ("a.csv", "b.csv"):
        assert (
            run(
                "score",
                "config.yaml",
                "--as-of",
                "2025-04-12",
                "--out",
                tmp_path / name,
                "--threads",
                1,
            )[0]
            == 0
        )

    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_day_without_open_leads_warns(run, tmp_path):
    words = ["score", "config.yaml", "--as-of", "2035-01-01", "--out", tmp_path / "s.csv"]
    code, _, err = run(*words)
    assert code == 20
    assert "events: none since 2025-05-10" in err

    code, out, _ = run(*words, "--accept-input", "to see it")
    assert code == 10
    assert "0 leads scored" in out
    assert "The newest fact in the sources is of 2025-" in out


def test_drift_is_shown_as_a_diff(run, registered, tmp_path):
    shutil.copytree(registered.path.parent, tmp_path / "copy")
    leads = pd.read_csv(tmp_path / "copy" / "leads.csv", dtype=str).rename(
        columns={"source": "origin"}
    )
    leads.to_csv(tmp_path / "copy" / "leads.csv", index=False)

    code, out, _ = run("score", tmp_path / "copy" / "config.yaml", "--as-of", "2025-04-12")

    assert code == 10
    assert "- leads: column 'source' is absent: taken as missing" in out
    assert "+ leads: new column 'origin': not used" in out
    assert "leads: source: column missing in the input" in out
    assert (tmp_path / "copy" / "scored.parquet").exists()


def test_explain_draws_one_lead(run):
    code, out, _ = run("explain", "L00005", "config.yaml", "--as-of", "2025-04-12")

    assert code == 0
    assert re.match(r"L00005, 2025-04-12: chance [\d.]+ % \([\d.]+–[\d.]+ %\), \w+", out)
    assert "Reasons for" in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["score", "nowhere.yaml"], 1, "No configuration at nowhere.yaml"),
        (["score", "config.yaml", "--out", "a.xlsx"], 1, "ends in .parquet or .csv"),
        (["score", "config.yaml", "--model", "7"], 1, "version"),
        (
            ["explain", "nobody\x1b[31m", "config.yaml", "--as-of", "2025-04-12"],
            1,
            "There is no lead 'nobody[31m'",
        ),
        (["score", "config.yaml", "--as-of", "tomorrow"], 2, "--as-of"),
        (["score", "config.yaml", "--threads", "0"], 2, "--threads"),
        (
            ["score", "config.yaml", "--memory-limit", "lots"],
            1,
            "expected a size such as 2GB, got 'lots'",
        ),
        (["scoer"], 2, "scoer"),
    ],
)
def test_what_goes_wrong_is_a_sentence_on_stderr(run, arguments, code, words):
    ended, out, err = run(*arguments)

    assert ended == code
    assert words in err
    assert "Traceback" not in out + err
    assert "\x1b" not in err


def test_promote_models_and_history_tell_the_same_story(run):
    assert run("promote", "1", "config.yaml")[1] == (
        "Version 1 of company is the champion already; nothing changed.\n"
    )
    assert re.search(r"^1 .* champion .*auc 0.8", run("models", "config.yaml")[1], re.MULTILINE)
    assert "version 1 became champion" in run("history", "config.yaml")[1]


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (RefusedError("not honest"), 20),
        (DataError(["no rows"]), 1),
        (KeyboardInterrupt(), 130),
        (RuntimeError("Query interrupted"), 130),  # what DuckDB makes of Ctrl-C
    ],
)
def test_every_end_has_its_exit_code(raised, code, monkeypatch, capsys):
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def fail():
        raise raised

    monkeypatch.setattr(sys, "argv", ["propensity"])
    with pytest.raises(SystemExit) as ended:
        main(app)

    assert ended.value.code == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_folder_that_hides_ours_is_named_in_python_too(tmp_path):
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "__init__.py").touch()

    done = python(
        "import propensity; propensity.load('propensity.yaml')",
        PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]),
        PYTHONSAFEPATH="1",
    )

    assert "ImportError: Python finds another package called 'features'" in done.stderr


def test_a_folder_of_the_user_that_hides_ours_is_named(tmp_path):
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "__init__.py").touch()

    done = python(
        "import propensity.cli",
        PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]),
        PYTHONSAFEPATH="1",
    )

    assert done.returncode == 1
    assert f"another package called 'features' in {tmp_path / 'features'}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_and_the_verb_use_the_same_resources():
    from propensity.cli import score
    from propensity.scoring.job import ScoringResources

    defaults = {
        name: parameter.default for name, parameter in inspect.signature(score).parameters.items()
    }

    assert (
        ScoringResources(*(defaults[name] for name in ("memory_limit", "threads", "batch_leads")))
        == ScoringResources()
    )


def test_scoring_needs_nothing_of_training(registered, tmp_path):
    done = python(
        """
        import sys
        BLOCKED = ("training", "sklearn", "matplotlib", "shap", "optuna")
        class Blocker:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in BLOCKED:
                    raise ImportError(f"{name} is not installed")
        sys.meta_path.insert(0, Blocker())
        import propensity
        scored = propensity.score(sys.argv[1], as_of="2025-04-12", out=sys.argv[2])
        print(scored.summary.leads)
        """,
        registered.path,
        tmp_path / "s.parquet",
    )

    assert int(done.stdout) == pq.read_table(tmp_path / "s.parquet").num_rows, done.stderr


def test_a_small_job_waits_for_no_mlflow_and_no_compiler(registered, tmp_path):
    slow = [
        "mlflow",
        "sqlalchemy",
        "alembic",
        "numba",
        "lightgbm",
        "sklearn",
        "matplotlib",
        "scipy",
    ]
    done = python(
        f"""
        import sys
        from propensity.cli import app
        app(["score", *sys.argv[1:]], standalone_mode=False)
        print("loaded:", [name for name in {slow} if name in sys.modules])
        """,
        registered.path,
        "--as-of",
        "2025-04-12",
        "--out",
        tmp_path / "s.parquet",
    )

    assert done.stdout.splitlines()[-1] == "loaded: []", done.stderr
    assert pq.read_table(tmp_path / "s.parquet").num_rows > 200


def test_the_python_verbs_give_what_the_commands_give(registered, run, tmp_path):
    run("score", "config.yaml", "--as-of", "2025-05-01", "--out", tmp_path / "s.parquet")

    scored = propensity.score(registered.path, as_of=worlds.AS_OF)
    explanation = propensity.explain(
        registered.config, scored.table["lead_id"][0].as_py(), as_of="2025-05-01"
    )

    assert scored.table.equals(pq.read_table(tmp_path / "s.parquet"))
    assert explanation.log_odds == scored.table["log_odds"][0].as_py()
    assert propensity.load(registered.path).spec == registered.model.spec
    assert json.dumps(scored.summary.quadrants)


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'sing'"):
        _ = propensity.sing
