"""What is published works where nothing else of ours is: `make package` builds, installs and runs
these; without it those that need an environment of their own skip.
"""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("features", "propensity", "training")
AS_OF = "2025-04-01"
#: A user's own file, checked as strictly as ours.
SNIPPET = '''
import pandas as pd

import propensity


def best(leads: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The ten best leads."""
    trained = propensity.train("propensity.yaml", leads=leads, events=events)
    assert trained.version is not None
    propensity.promote("propensity.yaml", trained.version, signed_by=["sales: B. Sato"])
    scored = propensity.score("propensity.yaml", as_of="2025-04-01", leads=leads, events=events)
    return scored.to_pandas().nsmallest(10, "rank")


def chance(X: pd.DataFrame, y: pd.Series) -> float:
    classifier = propensity.PropensityClassifier(axes={"visits": "interest"}, trials=0)
    return float(classifier.fit(X, y).predict_proba(X)[0, 1])


reveal_type(propensity.score)
'''


def git_files(*folders):
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no git checkout")
    done = subprocess.run(
        [git, "ls-files", *folders], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(done.stdout.splitlines())


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def installed():
    """The Python of an environment that holds the wheel and what scoring needs, and no more."""
    given = os.environ.get("PACKAGE")
    if not given:
        pytest.skip("make package makes the environment")
    return ROOT / given / "bin" / "python"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A small company with a champion, made in this environment."""
    folder = tmp_path_factory.mktemp("company")
    config = (ROOT / "configs" / "quickstart.yaml").read_text(encoding="utf-8")
    config = config.replace("contestants: [spline, lightgbm]", "contestants: [linear]")
    (folder / "propensity.yaml").write_text(config, encoding="utf-8")
    shutil.copyfile(ROOT / "configs" / "quickstart-definition.yaml", folder / "definition.yaml")
    signed = ["--signed-by", "marketing: A. Ito", "--signed-by", "sales: B. Sato"]
    for words in (
        ["simulate", "data", "--leads", "3000", "--seed", "1"],
        ["train", "propensity.yaml"],
        ["promote", "challenger", "propensity.yaml", *signed, "--as-of", AS_OF],
    ):
        done = ran(sys.executable, folder, *words, PYTHONPATH=str(ROOT))
        assert done.returncode in (0, 10), done.stderr
    return folder


def ran(python, folder, *words, **more):
    """A command of an environment, as from a terminal that knows nothing of this one."""
    code = "import sys; sys.argv[0] = 'propensity'; from training.cli import main; main()"
    known = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "MLFLOW_DISABLE_TELEMETRY": "true"}
    command = [str(Path(python).with_name("propensity"))] if not more else [python, "-c", code]
    return subprocess.run(
        [*command, *words],
        cwd=folder,
        env={**known, **more},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def with_stubs(installed):
    """The environment with the types of pandas, as such a user has them."""
    found = importlib.metadata.files("pandas-stubs") or []
    stubs = next(path for path in found if path.name == "__init__.pyi").locate().parent
    link = next(installed.parents[1].glob("lib/python*/site-packages")) / "pandas-stubs"
    link.unlink(missing_ok=True)
    link.symlink_to(stubs)
    yield installed
    link.unlink()


def uv(*words):
    command = [Path(sys.executable).with_name("uv"), "pip", *words]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_the_wheel_holds_the_three_packages_with_their_files_and_nothing_else(built):
    names = set(zipfile.ZipFile(built[0]).namelist())
    info = {name for name in names if name.split("/")[0].endswith(".dist-info")}

    assert names - info == git_files(*PACKAGES)
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    assert {"propensity/language/reason.ja.toml", "propensity/pages/frame.html"} <= names
    assert {Path(name).suffix for name in names - info} - {".py", ".pyi", ".typed"} == {
        ".toml",
        ".yaml",
        ".html",
        ".css",
        ".js",
    }


def test_the_sdist_holds_what_git_holds_and_no_more(built):
    with tarfile.open(built[1]) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}

    assert held - {"PKG-INFO"} - git_files() == set()
    assert {"pyproject.toml", "README.md", "tests/conftest.py", "requirements.lock"} <= held


@pytest.mark.slow
def test_the_command_runs_from_an_empty_folder(installed, tmp_path):
    done = ran(installed, tmp_path, "--help")

    assert done.returncode == 0, done.stderr
    assert "Score every open lead, with reasons that add up." in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_it_scores_to_the_byte_as_the_repository_does(installed, company, tmp_path, capsys):
    words = "score", str(company / "propensity.yaml"), "--as-of", AS_OF, "--out", "scored.parquet"
    here = tmp_path / "here"
    here.mkdir()
    (tmp_path / "there").mkdir()
    began = time.perf_counter()
    done = ran(installed, tmp_path / "there", *words)
    seconds = time.perf_counter() - began
    again = ran(sys.executable, here, *words, PYTHONPATH=str(ROOT))

    assert done.returncode == again.returncode == 0, done.stderr + again.stderr
    scored = (tmp_path / "there" / "scored.parquet").read_bytes()
    assert scored == (here / "scored.parquet").read_bytes()
    with capsys.disabled():
        print(f"\n{seconds:.1f} s to the first score in an empty environment")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", ["audit", "train", "closed-loop", "threshold", "definition show", "review"]
)
def test_what_needs_the_extra_says_so_in_one_sentence(installed, company, tmp_path, words):
    done = ran(installed, tmp_path, *words.split(), str(company / "propensity.yaml"))

    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert re.fullmatch(r"Error: this needs \w+, which is not installed: pip install .*", last)
    assert last.endswith("pip install 'lead-propensity[training]'.")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_users_file_passes_strict_types_against_the_installed_package(with_stubs, tmp_path):
    (tmp_path / "snippet.py").write_text(SNIPPET, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(with_stubs)]

    done = subprocess.run(
        [*command, "--cache-dir", str(tmp_path / "cache"), "snippet.py"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout
    assert "-> propensity.api.Scored" in done.stdout


@pytest.mark.slow
def test_the_figures_of_the_package_are_told(built, installed, capsys):
    wheel, lock = built[0], ROOT / "requirements.lock"
    small = len(uv("list", "--quiet", "--python", str(installed), "--format", "freeze").split())
    dry = ("install", "--dry-run", "--python", str(installed), "--constraints", str(lock))
    extras = uv(*dry, f"{wheel}[training,postgresql,shap]")
    more = int(re.search(r"Would install (\d+) package", extras)[1])

    assert wheel.stat().st_size < 3_000_000
    assert small < 80
    with capsys.disabled():
        print(
            f"\nwheel {wheel.stat().st_size / 1e6:.2f} MB; {small} packages installed for scoring,"
            f" {small + more} with training, postgresql and shap"
        )
