"""The champion pair: it changes in one write, the log holds what came about, the way back leads to
the one before.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from propensity.registry import ExpectedPair, Pair, Registry, RegistryError
from propensity.registry.log import Promotion, done_mark, entry_of, entry_time, log_of, pair_before

WRITES = (
    "set_registered_model_tag",
    "set_model_version_tag",
    "delete_model_version_tag",
    "set_registered_model_alias",
    "delete_registered_model_alias",
)


class Cut(BaseException):
    """What a power cut is to a process that is asked to report it."""


@pytest.fixture
def three(registry_uri, small_model):
    """A registry with three versions, none of them champion."""
    registry = Registry(registry_uri, "small")
    for _ in range(3):
        registry.register(small_model, run_name="test", params={}, metrics={})
    return registry


def test_the_pair_is_the_version_and_the_definition_it_was_promoted_with(three):
    assert three.pair() is None
    three.promote(1, definition=4)
    three.promote(2)

    # without a definition of its own it goes on with the champion's
    assert three.pair() == Pair(2, 4)
    assert [(e.pair, e.before) for e in three.promotions()] == [
        (Pair(1, 4), None),
        (Pair(2, 4), Pair(1, 4)),
    ]


def test_rolling_back_returns_to_the_pair_before_and_twice_to_the_one_before_that(three):
    three.promote(1)
    three.promote(1, definition=1)
    three.promote(2, definition=1)
    three.promote(2, definition=2)

    steps = []
    while (to := three.previous_pair()) is not None:
        three.roll_back(to, because="sales asked for it")
        steps.append(three.pair())

    assert steps == [Pair(2, 1), Pair(1, 1), Pair(1, None)]
    assert three.champion().number == 1
    assert three.definition_of(1) is None
    assert [e.kind for e in three.promotions()] == ["promotion"] * 4 + ["rollback"] * 3
    assert three.promotions()[-1].because == "sales asked for it"


def test_after_a_rollback_the_next_promotion_is_taken_back_to_where_the_rollback_led(three):
    three.promote(1)
    three.promote(2)
    three.roll_back(three.previous_pair())
    three.promote(3)

    assert three.previous_pair() == Pair(1)


def test_a_champion_set_by_hand_is_the_truth_and_rolls_back_to_the_logged_pair(three):
    three.promote(1)
    three._to.client().set_registered_model_alias("small", "champion", "3")

    assert three.pair() == Pair(3)
    assert [e.pair for e in three.promotions()] == [Pair(1)]
    assert three.previous_pair() == Pair(1)

    three.promote(2)
    assert three.previous_pair() == Pair(3)


def test_the_log_tells_who_why_and_what_the_gate_said(three):
    three.promote(1, signed_by=["sales: 佐藤"], because="=cmd()", gate="failed, overridden")

    (entry,) = three.promotions()
    assert (entry.signed_by, entry.because, entry.gate) == (
        ("sales: 佐藤",),
        "=cmd()",
        "failed, overridden",
    )
    assert datetime.now(UTC) - entry.at < timedelta(minutes=1)


def test_a_promotion_decided_on_another_champion_is_refused_and_changes_nothing(three):
    seen = ExpectedPair(three.pair())
    three.promote(1)
    before = three._to.client().get_registered_model("small").tags

    with pytest.raises(
        RegistryError,
        match="expected no champion as it was when this began, got version 1 as champion",
    ):
        three.promote(2, seen=seen)

    assert three.pair() == Pair(1)
    assert three._to.client().get_registered_model("small").tags == before


def test_the_same_version_under_another_definition_is_another_champion(three):
    three.promote(1, definition=1)
    seen = ExpectedPair(three.pair())
    three.promote(1, definition=2)

    with pytest.raises(
        RegistryError,
        match=r"definition 1 as it was when this began, got .* with definition 2: some",
    ):
        three.promote(2, seen=seen)


def cut(registry, monkeypatch, *, at, after):
    """The power goes off at a write: before it is made, or as soon as it is; how many writes there
    were.
    """
    client, made = registry._to.client(), []

    def wrapped(name):
        write = getattr(client, name)

        def call(*arguments):
            made.append(name)
            if len(made) == at and not after:
                raise Cut
            write(*arguments)
            if len(made) == at:
                raise Cut

        return call

    for name in WRITES:
        monkeypatch.setattr(client, name, wrapped(name))
    return made


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after the write"])
@pytest.mark.parametrize("at", range(1, 6))
@pytest.mark.parametrize("step", ["another version", "another definition", "back"])
def test_whatever_is_cut_short_leaves_one_pair_and_a_true_log(three, monkeypatch, step, at, after):
    three.promote(1, definition=1)
    three.promote(2, definition=2)
    old, new = (
        Pair(2, 2),
        {"another version": Pair(3, 3), "another definition": Pair(2, 3), "back": Pair(1, 1)}[step],
    )
    with monkeypatch.context() as patched:
        made = cut(three, patched, at=at, after=after)
        try:
            (
                three.roll_back(new)
                if step == "back"
                else three.promote(new.version, definition=new.definition)
            )
        except Cut:
            assert len(made) == at
        else:
            assert len(made) < at  # there are fewer writes than that

    found = Registry(three._to.shown, "small")
    assert found.pair() in (old, new)
    assert [e.pair for e in found.promotions()] == [Pair(1, 1), Pair(2, 2)] + [new] * (
        found.pair() == new
    )
    assert found.load()[1] == found.pair().version
    assert found.definition_of(found.pair().version) == found.pair().definition
    if found.pair() == old:
        assert found.previous_pair() == Pair(1, 1)
    found.promote(3, definition=4)
    assert found.pair() == Pair(3, 4)
    assert found.promotions()[-1].before == found.promotions()[-2].pair


KILLED = """
import os, signal, sys
from propensity.registry import Registry
registry = Registry(sys.argv[1], "small")
client, at, made = registry._to.client(), int(sys.argv[2]), []
def killing(write):
    def call(*arguments):
        write(*arguments)
        made.append(write)
        if len(made) == at:
            os.kill(os.getpid(), signal.SIGKILL)
    return call
for name in ("set_registered_model_tag", "set_model_version_tag", "set_registered_model_alias"):
    setattr(client, name, killing(getattr(client, name)))
registry.promote(2, definition=2)
"""


def test_a_killed_process_leaves_one_pair_and_holds_nobody_up(three):
    three.promote(1, definition=1)
    uri, states = three._to.shown, []
    for at in (2, 3):
        ended = subprocess.run(
            [sys.executable, "-c", KILLED, uri, str(at)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        states.append((three.pair(), [e.pair for e in three.promotions()]))

    assert states == [
        (Pair(1, 1), [Pair(1, 1)]),  # the definition's tag was written, the alias was not
        (Pair(2, 2), [Pair(1, 1), Pair(2, 2)]),  # the alias was, the mark in the log was not
    ]
    started = time.monotonic()
    three.promote(3)
    assert time.monotonic() - started < 10
    assert three.previous_pair() == Pair(2, 2)


AT_ONCE = """
import sys, time
from pathlib import Path
from propensity.registry import Registry, ExpectedPair
registry = Registry(sys.argv[1], "small")
seen = ExpectedPair(registry.pair())
Path(sys.argv[3]).touch()
while not Path(sys.argv[4]).exists():
    time.sleep(0.01)
registry.promote(int(sys.argv[2]), seen=seen)
"""


def test_of_two_promotions_at_once_one_wins_and_the_other_is_told(three, tmp_path):
    three.promote(1)
    marks = [tmp_path / "a", tmp_path / "b"]
    both = [
        subprocess.Popen(
            [sys.executable, "-c", AT_ONCE, three._to.shown, number, mine, theirs],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        for number, mine, theirs in (("2", *marks), ("3", *reversed(marks)))
    ]
    errors = [process.communicate()[1] for process in both]

    codes = [process.returncode for process in both]
    assert sorted(codes) == [0, 1], errors
    winner = 2 + codes.index(0)
    assert three.pair() == Pair(winner)
    assert [e.pair for e in three.promotions()] == [Pair(1), Pair(winner)]
    assert (
        f"got version {winner} as champion: somebody else promoted meanwhile, and nothing was"
        " changed" in errors[codes.index(1)]
    )


START = datetime(2026, 1, 1, tzinfo=UTC)


def written(*entries, marked=()):
    """Tags of a log; the numbers of those entries that were marked as done."""
    tags = {}
    for number, entry in enumerate(entries):
        key, text = entry_of(entry)
        tags[key] = text
        if number in marked:
            tags |= [done_mark(key)]
    return tags


def entry(version, previous, minute, **told):
    return Promotion(version, previous, START + timedelta(minutes=minute), **told)


def test_an_entry_without_its_mark_counts_where_the_next_one_found_its_pair():
    first, second, third = entry(1, None, 0), entry(2, 1, 1), entry(3, 2, 2)

    assert log_of(written(first, second, third), Pair(2)) == [first, second]
    assert log_of(written(first, second, third), Pair(3)) == [first, second, third]
    assert log_of(written(first, entry(2, 1, 1), entry(3, 1, 2)), Pair(3)) == [
        first,
        entry(3, 1, 2),
    ]
    assert log_of(written(first, second, marked=[0, 1]), Pair(9)) == [first, second]


def test_a_clock_that_was_put_back_does_not_mix_up_the_log():
    tags = written(entry(1, None, 60))

    at = entry_time(tags, START)

    assert at > START + timedelta(minutes=60)
    assert pair_before([entry(1, None, 60), entry(2, 1, 61)], Pair(2)) == Pair(1)
