"""Nights of a company against a recount by pandas: handed over once, and remembered."""

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from features.days import day_number
from features.errors import ConfigError, RefusedError
from propensity.api import nightly, score
from propensity.config.config import load
from propensity.input_check import check_input
from propensity.ledger.database import LedgerError
from propensity.ledger.ledger import ledger_of
from propensity.ledger.verify import wrong_facts
from propensity.night import lists, written
from propensity.night.night_input import read_night_input
from propensity.promotion.promotion import promote
from propensity.registry import Registry
from propensity.registry.champion import load_champion
from propensity.scoring.job import ScoringResources, open_input
from propensity.scoring.tonight import look_at
from tests.propensity import worlds

AT = dt.datetime(2025, 4, 1, 3, tzinfo=dt.UTC)
ZONE = "Asia/Tokyo"
FIRST, NIGHTS = dt.date(2025, 3, 20), 14
ENTER, LEAVE = 0.35, 0.25
DEFINITION = {
    "review_by": dt.date(2025, 7, 31),
    "roles": {"is": "IS 田中チーム", "sales": "Sales"},
    "must_sign": ["sales"],
    "disqualifiers": [
        {"name": "many mails", "rule": 'did "@mail opened" at least 4 times', "because": "a test"}
    ],
    "always_hand_over": [
        {"name": "demo", "rule": 'did "デモ依頼" in 7 days', "because": "asked for it"}
    ],
    "mql": {
        "enter": ENTER,
        "leave": LEAVE,
        "random_slice": {"share": 0.05, "seed": 3, "because": "to learn"},
        "because": "a test",
    },
    "instructions": {
        "hand-raiser": {"owner": "is", "respond_within": "1 hour"},
        "MQL": {"owner": "sales", "respond_within": "1 day"},
        "random slice": {"owner": "is", "respond_within": "2 days"},
    },
}
KEY = ["lead_id", "episode"]


@pytest.fixture(scope="module")
def signed(tmp_path_factory, migrated_registry):
    """The folder of a company with a signed pair, and no night yet."""
    folder = tmp_path_factory.mktemp("signed")
    world = worlds.company(folder, leads=250)
    shutil.copy(migrated_registry, folder / "propensity.db")
    raw = yaml.safe_load(world.path.read_text(encoding="utf-8"))
    raw |= {"definition": "definition.yaml", "business_hours": {"hours": ["09:00-18:00"]}}
    write(world.path, raw)
    write(folder / "definition.yaml", DEFINITION)
    config = load(world.path)
    Registry.of(config).register(world.model, run_name="test", params={}, metrics={})
    promote(config, 1, signed_by=["sales: A. Sato"], override="a test", at=AT)
    close_some(folder / "outcomes.csv")
    return folder


def close_some(path):
    """Let leads that close much later close while the nights are run."""
    outcomes = pd.read_csv(path)
    late = outcomes.closed_at.fillna("") > "2025-04-20"
    soon = outcomes.index[late][::3]
    outcomes.loc[soon, "closed_at"] = "2025-03-27 10:00:00+09:00"
    for stage in ("mql_at", "deal_at"):
        after = outcomes[stage].fillna("") > "2025-03-27"
        outcomes.loc[outcomes.index.isin(soon) & after, stage] = None
    outcomes.to_csv(path, index=False)


def write(path, content):
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture
def company(signed, tmp_path):
    """A copy of its own, as a configuration."""
    shutil.copytree(signed, tmp_path / "company")
    return load(tmp_path / "company" / "config.yaml")


@pytest.fixture(scope="module")
def month(signed, tmp_path_factory):
    """The configuration of a company after a month of nights."""
    folder = tmp_path_factory.mktemp("month") / "company"
    shutil.copytree(signed, folder)
    config = load(folder / "config.yaml")
    for day in days():
        nightly(config, as_of=day)
    return config


def days():
    return [FIRST + dt.timedelta(days=n) for n in range(NIGHTS)]


def scored_of(config, day):
    return pd.read_parquet(folder_of(config, day) / "scored.parquet").set_index(KEY)


def folder_of(config, day):
    return Path(config.nightly.folder) / day.isoformat()


def home(config):
    return Path(config.nightly.folder).parent


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def facts_of(config):
    with ledger_of(config) as ledger:
        return pd.DataFrame([vars(fact) for fact in ledger.facts()])


def requests(config):
    """Lead to the local days of its demo requests, from the raw file."""
    events = pd.read_csv(home(config) / "events.csv", parse_dates=["occurred_at"])
    demos = events[events.event_type == "デモ依頼"]
    day = demos.occurred_at.dt.tz_convert(ZONE).dt.date
    return day.groupby(demos.lead_id).agg(sorted).to_dict()


def recount(config):
    """Who is handed over on which night, from chances, cases and raw requests alone."""
    asked, state, found = requests(config), {}, []
    for day in days():
        frame = scored_of(config, day)
        for key, row in frame.iterrows():
            over, cooled, newest, was_mql = state.get(key, (False, False, None, False))
            newer = [at for at in asked.get(key[0], []) if at < day]
            is_mql = row.decided_by in ("MQL", "hand-raiser") and row.probability >= (
                LEAVE if was_mql else ENTER
            )
            assert row.is_mql == is_mql, (day, key)
            tonight = {
                "hand-raiser": bool(newer) and (newest is None or newer[-1] > newest),
                "MQL": not over or cooled,
                "random slice": not over,
            }.get(row.decided_by, False)
            if tonight:
                found.append((*key, day, row.decided_by))
                over, cooled = True, False
                newest = newer[-1] if row.decided_by == "hand-raiser" else newest
            elif row.decided_by not in ("hand-raiser", "MQL", "random slice"):
                cooled = over
            state[key] = (over, cooled, newest, is_mql)
        for key in set(state) - set(frame.index):
            over, _, newest, _ = state[key]
            state[key] = (over, over, newest, False)
    return sorted(found)


def test_every_lead_is_handed_over_once_per_request_and_crossing(month):
    facts = facts_of(month)
    over = facts[facts.kind == "handed over"]

    found = sorted(over[[*KEY, "as_of", "handed_over_as"]].itertuples(index=False, name=None))

    assert found == recount(month)
    again = over.groupby(KEY).size()
    assert again.max() > 1
    assert set(over.handed_over_as) == {"hand-raiser", "MQL", "random slice"}
    with ledger_of(month) as ledger:
        assert wrong_facts(ledger.facts(), ledger.nights()) == []


def test_a_deadline_stands_from_the_hand_over_on(month):
    facts = facts_of(month)
    given = facts[facts.kind == "handed over"].set_index([*KEY, "as_of"]).respond_by
    looked = 0
    for day in days():
        frame = scored_of(month, day)
        for key, row in frame[
            frame.decided_by.isin(["hand-raiser", "MQL", "random slice"])
        ].iterrows():
            told = given[(*key, row.handed_over_on)]
            assert row.respond_by.tz_convert("UTC").tz_localize(None) == told
            looked += row.handed_over_on < day
    assert looked > 100


def test_a_lead_that_was_handed_over_says_so(month):
    last = scored_of(month, days()[-1])
    before = last[last.handed_over_on < days()[-1]]
    over = before.decided_by.isin(["hand-raiser", "MQL", "random slice"])

    for _, row in before[over].iterrows():
        assert row.instruction.startswith(f"Handed over on {row.handed_over_on}: follow up")
    for _, row in before[~over].iterrows():
        assert row.instruction.startswith(f"Handed over on {row.handed_over_on}, has cooled")
        assert row.owner in ("Sales", "IS 田中チーム")
    assert over.any()
    assert (~over).any()


def test_calls_stages_and_closes_are_read_from_the_tables(month):
    facts, last = facts_of(month), days()[-1]
    over = facts[facts.kind == "handed over"].groupby("lead_id").as_of.min()
    midnight = pd.to_datetime(over).dt.tz_localize(ZONE)
    events = pd.read_csv(home(month) / "events.csv", parse_dates=["occurred_at"])
    closes = pd.read_csv(home(month) / "outcomes.csv").set_index("lead_id").closed_at
    closed = pd.to_datetime(closes, utc=True)
    until = pd.Timestamp(last, tz=ZONE)
    calls = events[(events.event_type == "called") & (events.occurred_at < until)]
    calls = calls[calls.occurred_at >= calls.lead_id.map(midnight)]
    calls = calls[~(calls.occurred_at > calls.lead_id.map(closed))]

    attempts = facts[facts.kind == "attempt"]

    expected = set(
        zip(calls.lead_id, calls.occurred_at.dt.tz_convert("UTC").dt.tz_localize(None), strict=True)
    )
    assert set(zip(attempts.lead_id, attempts.happened_at, strict=True)) == expected
    assert len(expected) > 20
    ended = closed[closed.index.isin(over.index) & (closed >= midnight.reindex(closed.index))]
    ended = ended[ended.dt.tz_convert(ZONE) < until]
    assert set(facts[facts.kind == "closed"].lead_id) == set(ended.index)
    assert len(ended)
    assert set(facts[facts.kind == "stage"].detail) <= {"MQL", "商談"}


def test_held_out_leads_enter_the_line_and_are_handed_over_only_when_they_ask(company):
    agreed = yaml.safe_load((home(company) / "definition.yaml").read_text(encoding="utf-8"))
    held_out = {"share": 0.2, "seed": 5, "because": "to see what a call changes"}
    agreed["mql"]["hold_out"] = held_out
    write(home(company) / "definition.yaml", agreed)
    promote(company, 1, signed_by=["sales: A. Sato"], override="a test", at=AT)

    for day in days()[:6]:
        nightly(company, as_of=day)

    frames = {day: scored_of(company, day) for day in days()[:6]}
    facts = facts_of(company)
    over, entered = (
        set(map(tuple, facts[facts.kind == kind][[*KEY, "as_of"]].to_numpy()))
        for kind in ("handed over", "entered")
    )
    held = {
        (key, day)
        for day, frame in frames.items()
        for key in frame.index[frame.decided_by == "hold-out"]
    }
    assert len({key for key, _ in held}) >= 5
    for key, day in held:
        row = frames[day].loc[key]
        assert row.is_mql
        assert row.blocked_by == "drawn for the hold-out"
        assert row.instruction.startswith("Do not hand over")
        assert not any((*key, before) in over for before in days() if before <= day)
        assert any((*key, before) in entered for before in days() if before <= day)
        assert row.handed_over_on is None
        assert pd.isna(row.owner)
    names = {key[0] for key, _ in held}
    asked = facts[(facts.kind == "handed over") & facts.lead_id.isin(names)]
    assert set(asked.handed_over_as) <= {"hand-raiser"}
    for day, frame in frames.items():
        new = pd.read_csv(folder_of(company, day) / "new.csv", dtype=str).iloc[:, 0]
        assert not set(new) & {key[0] for key in frame.index[frame.decided_by == "hold-out"]}
    with ledger_of(company) as ledger:
        assert wrong_facts(ledger.facts(), ledger.nights()) == []


def test_a_second_run_of_a_night_changes_nothing(company):
    first, second = days()[:2]
    for day in (first, second):
        nightly(company, as_of=day)
    before, facts = bytes_of(folder_of(company, first)), facts_of(company)

    again = nightly(company, as_of=first)

    assert again.is_repeated
    assert bytes_of(folder_of(company, first)) == before
    assert facts_of(company).equals(facts)


def test_a_night_that_was_left_out_is_made_up_without_handing_over(company):
    first, second, third = days()[:3]
    for day in (first, third):
        nightly(company, as_of=day)
    facts = facts_of(company)

    made_up = nightly(company, as_of=second)

    assert made_up.is_made_up
    assert made_up.lists["new"] == 0
    assert (folder_of(company, second) / "scored.parquet").exists()
    assert facts_of(company)[lambda f: f.kind == "handed over"].equals(
        facts[facts.kind == "handed over"]
    )
    with ledger_of(company) as ledger:
        assert [night.as_of for night in ledger.nights()] == [first, second, third]
        assert wrong_facts(ledger.facts(), ledger.nights()) == []


@pytest.mark.parametrize("place", ["before the ledger", "after the ledger"])
def test_a_night_that_broke_off_is_finished_by_the_next_run(company, monkeypatch, place):
    from propensity.ledger.ledger import Ledger

    first = days()[0]
    whole = nightly(company, as_of=first)
    expected, facts = bytes_of(whole.folder), facts_of(company)
    second = days()[1]
    with monkeypatch.context() as patch:
        if place == "before the ledger":
            patch.setattr(Ledger, "record", broken)
        else:
            patch.setattr(written, "write_lists", broken)
        with pytest.raises(KeyboardInterrupt):
            nightly(company, as_of=second)
    was_recorded = place == "after the ledger"
    assert (len(facts_of(company)) > len(facts)) == was_recorded

    again = nightly(company, as_of=second)

    assert again.is_repeated == was_recorded
    assert bytes_of(whole.folder) == expected
    assert set(bytes_of(again.folder)) == set(expected)
    with ledger_of(company) as ledger:
        assert wrong_facts(ledger.facts(), ledger.nights()) == []


def broken(*_, **__):
    raise KeyboardInterrupt


def test_a_draft_hands_nothing_over(company):
    unsigned = Path(company.definition)
    write(unsigned, {**DEFINITION, "must_sign": ["sales", "is"]})
    promote(company, 1, override="a test", at=AT)  # waits for signatures
    from propensity.registry.champion import load_champion

    assert not load_champion(company).agreed.is_draft  # the signed pair stays
    nightly(company, as_of=days()[0])
    Registry.of(company).register(
        worlds.of_folder(
            unsigned.parent,
            (unsigned.parent / "config.yaml").read_text("utf-8"),
            [worlds.AS_OF_DAY - 14],
        ).model,
        run_name="other",
        params={},
        metrics={},
    )
    Registry.of(company).promote(2)

    with pytest.raises(RefusedError, match="is not signed for version 2"):
        nightly(company, as_of=days()[1])

    assert not folder_of(company, days()[1]).exists()
    with ledger_of(company) as ledger:
        assert len(ledger.nights()) == 1


def test_a_night_belongs_to_the_pair_that_ran_it(company):
    from propensity.ledger.ledger import Night

    with ledger_of(company) as ledger:
        ledger.record(Night(days()[0], "7", "3", "0" * 64, 1, 0), [])

    with pytest.raises(LedgerError, match="was run with model 7 and definition 3"):
        nightly(company, as_of=days()[0])

    assert not folder_of(company, days()[0]).exists()


def test_the_scores_are_those_of_score(company):
    run = nightly(company, as_of=days()[0])
    frame = scored_of(company, days()[0])

    plain = score(company, as_of=days()[0]).table.to_pandas().set_index(KEY)

    told = ["probability", "log_odds", "grade", "decided_by", "is_mql", "rank", "instruction"]
    pd.testing.assert_frame_equal(frame[told], plain[told])
    assert run.summary.handed_over == (frame.handed_over_on == days()[0]).sum()
    assert plain.handed_over_on.isna().all()


def test_the_lists_hold_what_their_names_say(month):
    day = days()[-3]
    frame, facts = scored_of(month, day), facts_of(month)
    start = pd.Timestamp(day, tz=ZONE).tz_convert("UTC")
    worked = facts[(facts.kind == "attempt") & (facts.as_of <= day)]
    newest = worked.groupby(KEY).happened_at.max()
    handed = pd.to_datetime(frame.handed_over_on).dt.tz_localize(ZONE).dt.tz_convert("UTC")
    touched = newest.reindex(frame.index).dt.tz_localize("UTC") >= handed
    over = frame.decided_by.isin(["hand-raiser", "MQL", "random slice"])
    due = frame.respond_by
    expected = {
        "new": frame.handed_over_on == day,
        "late": over & ~touched & (due < start),
        "due": over & ~touched & (due >= start) & (due < start + pd.Timedelta(days=1)),
        "cooled": frame.handed_over_on.notna() & ~over,
    }

    for name, holds in expected.items():
        table = pd.read_csv(folder_of(month, day) / f"{name}.csv", encoding="utf-8-sig")
        assert sorted(table["Lead"]) == sorted(frame[holds].index.get_level_values("lead_id")), name
        assert name == "cooled" or table["Until"].dropna().is_monotonic_increasing
        chances = frame.reset_index().set_index("lead_id").probability
        assert np.allclose(table["Chance (%)"], table["Lead"].map(chances) * 100, atol=0.051)
    assert all(holds.any() for holds in expected.values())


def test_nobody_is_late_where_no_event_of_sales_is_recorded(company):
    raw = yaml.safe_load((folder_of(company, FIRST).parents[1] / "config.yaml").read_text("utf-8"))
    assert raw["behaviour"]["actors"]["called"] == "sales"
    morning = lists.Morning(FIRST, dt.datetime(2025, 3, 19, 15, tzinfo=dt.UTC), ZONE, "en", None)
    nightly(company, as_of=FIRST - dt.timedelta(days=5))
    run = nightly(company, as_of=FIRST)
    import pyarrow.parquet as pq

    rows = pq.read_table(run.folder / "scored.parquet")
    assert lists.lists_of(rows, morning, [])["late"].num_rows == 0
    known = lists.Morning(FIRST, morning.start, ZONE, "en", set())
    assert lists.lists_of(rows, known, [])["late"].num_rows > 0


def test_files_for_other_systems_are_written_with_the_night(company):
    path = home(company) / "config.yaml"
    raw = yaml.safe_load(path.read_text("utf-8"))
    write(path, {**raw, "nightly": {"crm": [{"system": "dynamics"}]}})
    config = load(path)
    runs = [nightly(config, as_of=day) for day in (days()[0], days()[7])]
    frames = [scored_of(config, day) for day in (days()[0], days()[7])]

    files = [
        pd.read_csv(run.folder / "crm-dynamics.csv", dtype=str, keep_default_na=False)
        for run in runs
    ]

    first, later = (frame.reset_index().set_index("lead_id") for frame in frames)
    assert set(files[0].msdyn_entityid) == set(first.index)
    score = {key: (100 * frame.probability).round() for key, frame in enumerate((first, later))}
    written = files[1].set_index("msdyn_entityid")
    gone = set(first.index) - set(later.index)
    assert set(written.index[written.msdyn_score == ""]) == gone
    assert runs[1].crm[0].gone == len(gone) > 0
    kept = first.index.intersection(later.index)
    moved = kept[score[0][kept] != score[1][kept]]
    assert set(moved) <= set(written.index)
    assert len(moved) > 5
    rose = written.msdyn_scoretrend[moved] == "0"
    assert (rose == (score[1][moved] > score[0][moved])).all()
    assert nightly(config, as_of=days()[3]).crm == ()  # made up: the system holds newer values


def test_a_file_that_cannot_be_written_stops_the_night_before_it_begins(company):
    path = home(company) / "config.yaml"
    raw = yaml.safe_load(path.read_text("utf-8"))
    write(path, {**raw, "nightly": {"crm": [{"system": "csv", "fields": {"phone": "電話"}}]}})

    with pytest.raises(ConfigError, match="'phone' is no column of the scored file"):
        nightly(load(path), as_of=days()[0])

    assert not folder_of(company, days()[0]).exists()


def test_every_night_keeps_how_its_input_stood(month):
    model = load_champion(month).model
    for day in days():
        kept = read_night_input(folder_of(month, day))
        scored = pq.read_table(folder_of(month, day) / "scored.parquet")
        assert (kept.as_of, kept.leads) == (day, scored.num_rows)
        with open_input(month, model, ScoringResources()) as store:
            tonight = look_at(model, store, day_number(day))
            told = check_input(model, store, month, day_number(day), tonight=tonight)
        assert kept.differences == told
