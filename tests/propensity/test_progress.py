"""A job that takes its time says every step it went through, and a quick one says nothing."""

import pytest

from propensity import progress
from propensity.progress import StepDisplay


@pytest.fixture
def later(monkeypatch):
    """Moves the clock, which stands still otherwise."""
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])

    def move(seconds):
        clock[0] += seconds

    return move


def test_a_quick_job_says_nothing(later, capsys):
    with StepDisplay() as on_step:
        on_step("reading", 0.0)
        later(1.9)
        on_step("writing", 0.9)

    assert capsys.readouterr().err == ""


def test_a_slow_job_says_the_steps_before_its_patience_ended_too(later, capsys):
    with StepDisplay() as on_step:
        on_step("reading", 0.0)
        on_step("audit: taking snapshots", 0.1)
        later(3.0)
        on_step("learning", 0.5)
        on_step("learning", 0.6)
        later(6.0)
        on_step("learning", 0.7)

    lines = capsys.readouterr().err.splitlines()
    assert lines == ["reading", "audit: taking snapshots", "learning"]


def test_a_long_step_says_now_and_then_how_long_it_has_taken(later, capsys):
    with StepDisplay() as on_step:
        later(3.0)
        for _ in range(10):
            on_step("learning", 0.5)
            later(7.0)

    assert capsys.readouterr().err.splitlines() == [
        "learning",
        "learning, 35 s so far, about 38 s left",
    ]


def test_how_long_it_will_take_is_said_once_something_is_known(later, capsys):
    with StepDisplay() as on_step:
        on_step("reading", 0.0)
        later(30.0)
        on_step("auditing", 0.05)
        later(30.0)
        on_step("learning", 0.25)
        later(30.0)
        on_step("done", 1.0)

    lines = capsys.readouterr().err.splitlines()
    assert lines == ["reading", "auditing", "learning, about 3 min 0 s left", "done"]


def test_what_is_counted_is_told_with_its_pace(later, capsys):
    with StepDisplay() as on_step:
        on_step.count("scoring", 0, 100, "leads")
        later(4.0)
        on_step.count("scoring", 50, 100, "leads")
        later(4.0)
        on_step.count("scoring", 100, 100, "leads")

    assert capsys.readouterr().err.splitlines() == [
        "scoring: 0 of 100 leads",
        "scoring: 100 of 100 leads, 12 leads/s, 0 s left",
    ]
