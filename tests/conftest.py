"""Fixtures that more than one folder of tests needs."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# On CI the drawn examples are the same each time, so that a change is judged by itself; elsewhere every run explores.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


#: See the fixture ``typed``.
Typed = Callable[..., tuple[int | str, str, str]]
#: Files whose tests share nothing: each goes to whichever worker is free.
_APART = ("test_real_data.py",)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one worker, so that what they share is made once; those that take long come first.

    Workers take groups in this order (``--no-loadscope-reorder``): only short ones are left at the end.
    """
    for item in items:
        if item.path.name not in _APART and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(item.config.rootpath))))
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    """Types a command line: ``typed(main, "score", path)`` gives its exit code, stdout and stderr."""

    def typed_(main: Callable[[], None], *words: object) -> tuple[int | str, str, str]:
        monkeypatch.setattr(sys, "argv", ["propensity", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return ended.value.code or 0, out, err

    return typed_


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the repository; tests of them are skipped where it is absent."""
    folder = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data sets (../shared/data) are not on this machine")
    return folder
