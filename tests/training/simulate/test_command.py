"""The simulated company: its truth is proven by counting, by a slow recomputation, and by
integration on a grid.
"""

from __future__ import annotations

import datetime as dt
import math
import os
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from training.simulate import command as simulate_module
from training.simulate import people as who
from training.simulate import signals as why
from training.simulate.behaviour import Stream, draw_events
from training.simulate.command import Company, World, simulate, write
from training.simulate.company import NEVER, Calendar
from training.simulate.truth import simulate_history

SMALL = Company(n_leads=3_000, seed=7, rounds=8, mess=False)
OTHER = replace(SMALL, n_leads=300, seed=9)
MIDDLE = Company(n_leads=30_000, seed=3)
DAY = pd.Timedelta(days=1)


@cache
def world(company: Company = SMALL) -> World:
    return simulate(company)


def rows_with_labels(simulated: World) -> pd.DataFrame:
    """The truth of all finished rounds with what came of it, by the tables alone."""
    truth, outcomes = simulated.truth.to_pandas(), simulated.outcomes.to_pandas()
    wins = outcomes[outcomes["won"].eq(True) & outcomes["closed_at"].notna()]
    closed_at = truth["lead_id"].map(wins.set_index("lead_id")["closed_at"])
    horizon = simulated.company.round_days * DAY
    truth["days"] = (closed_at - truth["as_of"]) / DAY
    truth["won"] = (closed_at >= truth["as_of"]) & (closed_at < truth["as_of"] + horizon)
    return truth[truth["as_of"] < simulated.observed_until.as_py()]


def logit(probability: pd.Series) -> pd.Series:
    return np.log(probability / (1 - probability))


# --- the truth is true


def test_leads_win_as_often_as_the_truth_says_in_every_tenth_of_it() -> None:
    rows = rows_with_labels(world(MIDDLE))
    tenth = pd.qcut(rows["probability"], 10, labels=False)
    noise = np.sqrt((rows["probability"] * (1 - rows["probability"])).groupby(tenth).sum())
    surprise = (rows["won"] - rows["probability"]).groupby(tenth).sum() / noise
    assert surprise.abs().max() < 3.5  # ten standard normal numbers exceed it once in 200 worlds


@pytest.mark.parametrize("months_known", [1, 3])
def test_what_survivors_are_known_to_lack_is_in_the_truth(months_known: int) -> None:
    rows = rows_with_labels(simulate(replace(MIDDLE, heterogeneity=1.5, mess=False)))
    survived = rows.groupby("lead_id").cumcount()
    rows = rows[survived == months_known]
    noise = math.sqrt((rows["probability"] * (1 - rows["probability"])).sum())
    assert abs(rows["won"].sum() - rows["probability"].sum()) < 3.5 * noise


@pytest.mark.parametrize(
    "company",
    [
        MIDDLE,
        replace(MIDDLE, base_rate=0.02, n_leads=20_000),
        replace(SMALL, n_leads=20_000, cross_axis=0.8),
    ],
)
def test_the_mean_truth_is_the_base_rate_asked_for(company: Company) -> None:
    rows = rows_with_labels(world(company))
    assert rows["probability"].mean() == pytest.approx(company.base_rate, rel=0.03)


def test_the_truth_ranks_as_well_as_a_good_lead_model_can() -> None:
    rows = rows_with_labels(world(MIDDLE))
    assert 0.82 < roc_auc_score(rows["won"], rows["probability"]) < 0.88


@pytest.mark.parametrize("knobs", [{}, {"decision_days": 28, "together": True, "month_end": 5.0}])
def test_leads_win_as_often_as_the_truth_of_any_day_says(knobs: dict[str, float]) -> None:
    company = replace(MIDDLE, n_leads=15_000, mess=False, **knobs)
    simulated = world(company)
    until = pd.Timestamp(company.observed_until)
    outcomes = simulated.outcomes.to_pandas().query("won == True").set_index("lead_id")
    won = outcomes["closed_at"].dt.tz_convert(company.timezone).dt.tz_localize(None)
    rng = np.random.default_rng(0)
    # leads that the simulator holds for open, each some days after that
    rows = simulated.truth.to_pandas().query("as_of < @simulated.observed_until.as_py()")
    local = rows["as_of"].dt.tz_convert(company.timezone).dt.tz_localize(None)
    day = local + pd.to_timedelta(rng.integers(0, 28, len(rows)), "D")
    closed = rows["lead_id"].map(won)
    asked = (day <= until - 28 * DAY) & ~(closed < day)
    day, closed, lead = day[asked], closed[asked], rows["lead_id"][asked]
    label = (closed >= day) & (closed < day + 28 * DAY)
    chance = simulated.chances.at(
        lead.tolist(), ((day - pd.Timestamp("1970-01-01")) // DAY).to_numpy()
    )

    tenth = np.argsort(np.argsort(chance)) * 10 // len(chance)
    expected = np.bincount(tenth, chance)
    noise = np.sqrt(np.bincount(tenth, chance * (1 - chance)))
    surprise = (np.bincount(tenth, label) - expected) / noise
    assert np.abs(surprise[noise > 1]).max() < 3.5
    assert label.sum() > 500


def closing_days(simulated: World) -> pd.DatetimeIndex:
    """The local days on which leads were won."""
    outcomes = simulated.outcomes.to_pandas()
    won = pd.DatetimeIndex(outcomes.loc[outcomes["won"].eq(True), "closed_at"].dropna())
    return won.tz_convert(simulated.company.timezone).tz_localize(None).normalize()


def is_even(counts: np.ndarray) -> bool:
    """Whether counts differ no more than luck lets them."""
    freedom = len(counts) - 1
    chi_square = ((counts - counts.mean()) ** 2 / counts.mean()).sum()
    return bool(chi_square < freedom + 4 * math.sqrt(2 * freedom))


def test_no_day_of_a_cycle_and_no_weekday_sees_more_wins_than_another() -> None:
    days = closing_days(world(MIDDLE))
    cycle = (pd.Timestamp(MIDDLE.observed_until) - days).days % 28
    assert is_even(np.bincount(cycle, minlength=28))
    assert is_even(np.bincount(days.day_of_week, minlength=7))


def test_what_a_committee_decides_is_fresh_on_the_day_it_meets_alone() -> None:
    def auc_at(company: Company) -> float:
        rows = rows_with_labels(world(company))
        return float(roc_auc_score(rows["won"], rows["fit"] + rows["interest"]))

    together = replace(MIDDLE, decision_days=28, together=True)
    # the truth is told on the day of the meeting
    assert auc_at(together) > auc_at(replace(together, together=False)) + 0.03


def test_a_month_may_end_with_more_closings_without_more_wins() -> None:
    plain, late = world(MIDDLE), world(replace(MIDDLE, month_end=5.0))
    is_late = (closing_days(late) + 5 * DAY).month != closing_days(late).month
    ordinary = (closing_days(plain) + 5 * DAY).month != closing_days(plain).month
    assert ordinary.mean() == pytest.approx(5 / 30.4, rel=0.1)
    assert is_late.mean() == pytest.approx(25 / (25.4 + 25), rel=0.1)
    assert len(closing_days(late)) == pytest.approx(len(closing_days(plain)), rel=0.1)


# --- the truth by a second, slow route: from the tables, one lead at a time


def slow_interest(simulated: World, lead_id: str, as_of: pd.Timestamp) -> float:
    """The interest of a lead as a person would count it in the events table."""
    leads, events = simulated.leads.to_pandas().set_index("lead_id"), seen_events(simulated)
    known = events[(events["recorded_at"] < as_of) & (events["occurred_at"] < as_of)]
    today = as_of.tz_convert(simulated.company.timezone).tz_localize(None)
    known = known.assign(ago=(today - known["date"]).dt.days)
    own = known[known["lead_id"] == lead_id]
    colleagues = leads.index[leads["account_id"] == leads["account_id"][lead_id]].difference(
        [lead_id]
    )
    others = int((known["lead_id"].isin(colleagues) & (known["ago"] <= 30)).sum())
    return sum_of_parts(own, others) + next(
        s.effect for s in who.SOURCES if s.name == leads["source"][lead_id]
    )


@cache
def seen_events(simulated: World) -> pd.DataFrame:
    events = simulated.events.to_pandas()
    events = events[~events["event_type"].isin(["email_sent", "call_made"])]
    local = events["occurred_at"].dt.tz_convert(simulated.company.timezone)
    return events.assign(date=local.dt.tz_localize(None).dt.normalize())


def sum_of_parts(own: pd.DataFrame, others: int) -> float:
    def count(event_type: str, days: float, start: str = "") -> int:
        chosen = (own["event_type"] == event_type) & (own["ago"] <= days)
        return int((chosen & own["detail"].fillna("").str.startswith(start)).sum())

    def since(event_type: str) -> float:
        return own.loc[own["event_type"] == event_type, "ago"].min()  # nan when it never happened

    prices, visit, trial = (
        count("page_view", 30, "/pricing"),
        since("page_view"),
        since("trial_started"),
    )
    parts = [
        why.PRICING_30_DAYS * math.log1p(prices),
        why.CASES_90_DAYS * math.log1p(count("page_view", 90, "/cases")),
        why.DOWNLOADS_EVER * math.log1p(count("download", math.inf)),
        why.TEN_DOWNLOADS * (count("download", math.inf) >= 10),
        why.FIFTEEN_PAGES * (count("page_view", 30) >= 15),
        why.WEBINAR_90_DAYS * (count("webinar_attended", 90) > 0),
        why.DEMO_30_DAYS * (count("demo_request", 30) > 0),
        why.TRIAL_60_DAYS * (trial <= 60),
        why.SILENT_AFTER_TRIAL * (trial >= 14 and not visit <= 14),
        why.UNSUBSCRIBED_EVER * (count("unsubscribed", math.inf) > 0),
        why.RECENT_VISIT * (0.0 if math.isnan(visit) else math.exp(-visit / 14)),
        why.PRICES_JUST_NOW * (prices > 0 and visit <= 7),
        why.COLLEAGUES_30_DAYS * math.log1p(min(others, why.COLLEAGUE_EVENTS_LIMIT)),
    ]
    return sum(parts)


def slow_fit(simulated: World, lead_id: str, as_of: pd.Timestamp) -> float:
    """The fit of a lead as a person would look it up, with the attributes it had at the as-of."""
    lead = simulated.leads.to_pandas().set_index("lead_id").loc[lead_id].to_dict()
    changes = simulated.attribute_changes.to_pandas()
    for change in changes[
        (changes["lead_id"] == lead_id) & (changes["changed_at"] < as_of)
    ].itertuples():
        lead[change.attribute] = change.value
    industry = next(level for level in who.INDUSTRIES if level.name == lead["業種"])
    tens = math.log10(float(lead["employees"]) / who.TYPICAL_SIZE)
    is_free = lead["email"].rsplit("@")[1] in {"gmail.com", "yahoo.co.jp", "outlook.com"}
    return (
        industry.effect
        + (
            who.SIZE_UNKNOWN_EFFECT
            if math.isnan(tens)
            else industry.size_slope * np.clip(tens, *who.SIZE_EFFECT_LIMITS)
        )
        + next(level.effect for level in who.JOBS if level.name == lead["job title"])
        + next(level.effect for level in who.REGIONS if level.name == lead["region"])
        + (who.FREE_MAIL_EFFECT if is_free and lead["job title"] != "Executive" else 0.0)
    )


def sample_of_truth(simulated: World, rows: int) -> pd.DataFrame:
    return simulated.truth.to_pandas().sample(rows, random_state=0)


@pytest.mark.parametrize("timezone", ["Asia/Tokyo", "America/New_York"])
def test_interest_is_what_the_events_recorded_before_the_as_of_say(timezone: str) -> None:
    simulated = world(replace(SMALL, timezone=timezone))
    sample = sample_of_truth(simulated, 150)
    slow = [slow_interest(simulated, row.lead_id, row.as_of) for row in sample.itertuples()]
    np.testing.assert_allclose(sample["interest"], slow, atol=1e-9)


def test_fit_is_what_the_attributes_at_the_as_of_say() -> None:
    changed = world().attribute_changes["lead_id"]
    simulated = replace(
        world(), truth=world().truth.filter(pc.is_in(world().truth["lead_id"], changed))
    )
    sample = sample_of_truth(simulated, 150)
    slow = [slow_fit(simulated, row.lead_id, row.as_of) for row in sample.itertuples()]
    np.testing.assert_allclose(sample["fit"], slow, atol=1e-9)


@pytest.mark.parametrize(("heterogeneity", "tolerance"), [(0.5, 1e-9), (1.2, 1e-6)])
def test_the_truth_is_the_integral_over_the_hidden_inclination_of_survivors(
    heterogeneity, tolerance
) -> None:
    company = replace(SMALL, heterogeneity=heterogeneity, decision_days=28, together=True)
    simulated = world(company)
    rows = simulated.truth.to_pandas().sort_values(["lead_id", "as_of"])
    u = np.linspace(-10, 10, 4001)
    density = np.exp(-(u**2) / (2 * company.heterogeneity**2))
    base = simulate_history(company, *parts_of(company)).base
    kept = [group for _, group in never_given_up(simulated, rows).groupby("lead_id")]
    for history in kept[:100]:
        weight = density.copy()
        for row in history.itertuples():
            chance = 1 / (1 + np.exp(-(base + row.fit + row.interest + u)))
            assert row.probability == pytest.approx(
                (weight * chance).sum() / weight.sum(), abs=tolerance
            )
            weight *= 1 - chance


def never_given_up(simulated: World, rows: pd.DataFrame) -> pd.DataFrame:
    _, people, _ = parts_of(simulated.company)
    kept = simulated.leads["lead_id"].to_numpy()[people.lost == NEVER]
    return rows[rows["lead_id"].isin(kept)]


def parts_of(company: Company) -> tuple[Calendar, who.People, Stream]:
    calendar = Calendar(company)
    people = who.draw_people(company, calendar)
    return calendar, people, draw_events(company, calendar, people)


def test_a_lead_is_in_the_truth_exactly_when_open_and_not_silent_for_too_long() -> None:
    simulated = world()
    leads, outcomes = simulated.leads.to_pandas(), simulated.outcomes.to_pandas()
    as_of = sorted(simulated.truth.to_pandas()["as_of"].unique())[5]
    closes = outcomes[outcomes["closed_at"] < as_of]
    back = closes[closes["reopened_at"] < as_of].groupby("lead_id")["reopened_at"].max()
    closed = set(closes["lead_id"]) - set(
        back.index[~back.index.isin(closes[closes["won"].eq(True)]["lead_id"])]
    )
    events = seen_events(simulated)
    last = events[events["recorded_at"] < as_of].groupby("lead_id")["occurred_at"].max()
    began = leads.set_index("lead_id")["created_at"]
    touched = (
        pd.concat([began, last, back], axis=1)
        .max(axis=1)
        .dt.tz_convert("Asia/Tokyo")
        .dt.normalize()
    )
    fresh = (as_of.tz_convert("Asia/Tokyo") - touched) / DAY <= simulated.company.stale_after_days
    expected = {lead for lead in began.index[began < as_of] if fresh[lead] and lead not in closed}
    found = simulated.truth.filter(
        pc.equal(simulated.truth["as_of"], pa.scalar(as_of, simulated.truth["as_of"].type))
    )
    assert set(found["lead_id"].to_pylist()) == expected


# --- knobs


def kept_together(**knobs: float) -> pd.DataFrame:
    """The truth of leads that all decide on the as-of, and were never given up."""
    company = replace(SMALL, decision_days=28, together=True, **knobs)
    simulated = simulate(company)
    return never_given_up(simulated, simulated.truth.to_pandas())


def test_without_an_interaction_across_the_axes_everything_adds_up() -> None:
    rows = kept_together(heterogeneity=0)
    base = logit(rows["probability"]) - rows["fit"] - rows["interest"]
    assert base.max() - base.min() < 1e-9


def test_the_interaction_across_the_axes_favours_leads_that_are_high_on_both() -> None:
    rows = kept_together(heterogeneity=0, cross_axis=1.0)
    together = logit(rows["probability"]) - rows["fit"] - rows["interest"]
    high = (rows["fit"] > rows["fit"].quantile(0.8)) & (
        rows["interest"] > rows["interest"].quantile(0.8)
    )
    assert together[high].mean() > together.mean() + 0.3


def test_enough_leads_reach_the_planted_jump_at_ten_downloads() -> None:
    simulated = world(MIDDLE)
    events = simulated.events.to_pandas()
    downloads = events[events["event_type"] == "download"].groupby("lead_id").size()
    assert (downloads >= 10).mean() > 0.01


def test_a_change_of_regime_turns_the_appetite_of_industries_round() -> None:
    changed = (
        simulate(replace(SMALL, regime_change_at=4))
        .truth.to_pandas()
        .set_index(["lead_id", "as_of"])["fit"]
    )
    same = world().truth.to_pandas().set_index(["lead_id", "as_of"])["fit"]
    difference = (changed - same).dropna().abs().groupby("as_of").max()
    assert (difference.iloc[:4] == 0).all()
    assert (difference.iloc[4:] > 1).all()


def test_the_season_moves_visits_and_can_be_turned_off() -> None:
    def weekend_share(company: Company) -> float:
        visits = (
            simulate(company).events.to_pandas().query("event_type == 'page_view'")["occurred_at"]
        )
        return float((visits.dt.tz_convert("Asia/Tokyo").dt.day_of_week >= 5).mean())

    assert weekend_share(replace(SMALL, seasonality=1.0)) < 0.15
    assert weekend_share(replace(SMALL, seasonality=0.0)) == pytest.approx(2 / 7, abs=0.03)


def test_the_same_company_gives_the_same_tables_and_another_seed_other_ones() -> None:
    first, second = simulate(SMALL), simulate(replace(SMALL))
    tables = ("leads", "events", "outcomes", "attribute_changes", "traffic", "goals", "truth")
    assert all(getattr(first, name).equals(getattr(second, name)) for name in tables)
    assert not simulate(replace(SMALL, seed=8)).events.equals(first.events)


def test_local_midnights_are_the_as_ofs_also_where_clocks_change() -> None:
    as_ofs = (
        world(replace(SMALL, timezone="America/New_York"))
        .truth.to_pandas()["as_of"]
        .drop_duplicates()
    )
    local = as_ofs.dt.tz_convert(ZoneInfo("America/New_York"))
    assert (local.dt.hour == 0).all()
    assert local.max().date() == SMALL.observed_until
    assert set(np.diff(sorted(local.dt.date))) == {dt.timedelta(days=28)}


def test_everything_wrong_with_a_company_is_said_at_once() -> None:
    with pytest.raises(
        ValueError,
        match=r"n_leads must be 1 or more, got 0; base_rate must lie between 0 and 1, got 4",
    ):
        Company(n_leads=0, base_rate=4)


# --- the tables


def test_nothing_happens_after_a_close_nor_before_the_creation_nor_while_a_lead_is_lost() -> None:
    events, leads, outcomes = (
        table.to_pandas() for table in (world().events, world().leads, world().outcomes)
    )
    created = events["lead_id"].map(leads.set_index("lead_id")["created_at"])
    assert (events["occurred_at"] >= created).all()
    closes = outcomes.dropna(subset="closed_at")
    after = events.merge(closes, on="lead_id").query("occurred_at >= closed_at")
    assert (after["occurred_at"] >= after["reopened_at"]).all()
    assert world().events["recorded_at"].to_pandas().max() < world().observed_until.as_py()


def test_a_lead_closes_once_per_episode_and_is_reopened_only_after_a_loss() -> None:
    outcomes = world(MIDDLE).outcomes.to_pandas().dropna(subset=["closed_at", "won"])
    assert not outcomes[outcomes["won"].eq(True)]["lead_id"].duplicated().any()
    reopened = outcomes.dropna(subset="reopened_at")
    assert len(reopened) > 100
    assert not reopened["won"].any()
    assert (reopened["reopened_at"] > reopened["closed_at"]).all()


def test_a_second_episode_is_in_the_truth_from_the_reopening_on() -> None:
    second = world().truth.to_pandas().query("episode == 2")
    reopened = (
        world()
        .outcomes.to_pandas()
        .dropna(subset="reopened_at")
        .set_index("lead_id")["reopened_at"]
    )
    assert len(second) > 10
    assert (second["lead_id"].map(reopened) < second["as_of"]).all()


def test_stages_come_in_order() -> None:
    outcomes = world().outcomes.to_pandas()
    end = outcomes["closed_at"].fillna(world().observed_until.as_py())
    assert (outcomes["opportunity_at"].fillna(end) <= end).all()
    assert (outcomes["mql_at"].fillna(end) <= outcomes["opportunity_at"].fillna(end)).all()


def test_an_account_has_one_to_eight_people_of_one_industry() -> None:
    people = world().leads.to_pandas().dropna(subset="account_id").groupby("account_id")
    assert people.size().between(1, 8).all()
    assert (people["業種"].min() == people["業種"].max()).all()
    assert people.size().max() > 5


def test_every_event_type_has_an_actor_and_every_column_an_axis() -> None:
    facts, columns = world().facts, set(world().leads.column_names)
    assert set(world().events["event_type"].unique().to_pylist()) == set(facts.actors)
    named = [*facts.fit, *facts.interest, *facts.hearing, *facts.carry]
    assert max(Counter(named).values()) == 1
    assert columns - set(named) == {"lead_id", "created_at", "account_id"}


# --- mess


def test_mess_changes_no_truth_but_leaves_out_the_leads_it_spoils() -> None:
    clean, messy = (simulate(replace(SMALL, mess=mess)).truth for mess in (False, True))
    left_out = set(clean["lead_id"].to_pylist()) - set(messy["lead_id"].to_pylist())
    assert 0 < len(left_out) < 20
    kept = clean.filter(pc.is_in(clean["lead_id"], messy["lead_id"].combine_chunks().unique()))
    assert messy.equals(kept)


def test_mess_only_adds_events_that_a_reader_puts_aside_or_that_come_after_the_close() -> None:
    clean, messy = (simulate(replace(SMALL, mess=mess)) for mess in (False, True))
    events = messy.events.to_pandas()
    known = events[
        events["lead_id"].isin(set(messy.leads["lead_id"].to_pylist()))
        & events["occurred_at"].notna()
    ]
    closed = messy.outcomes.to_pandas().query("won == True").set_index("lead_id")["closed_at"]
    usable = known[~(known["occurred_at"] >= known["lead_id"].map(closed))].drop_duplicates()
    columns = list(usable.columns)
    expected = clean.events.to_pandas().sort_values(columns, ignore_index=True)
    unspoilt = usable.sort_values(columns, ignore_index=True)
    missing = len(expected) - len(unspoilt)
    assert 0 <= missing < 60  # the events of leads whose close was moved before their creation
    assert len(events) > len(expected)


def test_mess_holds_what_real_exports_hold() -> None:
    messy = world(replace(MIDDLE, mess=True))
    leads, outcomes = messy.leads.to_pandas(), messy.outcomes.to_pandas()
    assert leads["created_at"].isna().sum() == 15
    assert (outcomes["won"].notna() & outcomes["closed_at"].isna()).sum() == 15
    assert (
        outcomes["closed_at"] < outcomes["lead_id"].map(leads.set_index("lead_id")["created_at"])
    ).sum() == 15
    assert leads["company"].str.contains("=HYPERLINK", regex=False).any()
    assert leads["company"].str.contains("<script>", regex=False).any()
    assert {"MANAGER", " Manager", "Manager ", "-"} <= set(leads["job title"])


# --- files


def test_the_files_hold_the_tables(tmp_path) -> None:
    messy = simulate(replace(SMALL, mess=True))
    facts = write(messy, tmp_path)
    leads = pd.read_csv(tmp_path / "leads.csv", keep_default_na=False, dtype=str)
    created = pd.to_datetime(leads["created_at"], errors="coerce").dt.tz_localize(facts.timezone)
    assert facts.timezone == "Asia/Tokyo"
    assert pq.read_table(tmp_path / "events.parquet").equals(messy.events)
    assert pq.read_table(tmp_path / "truth.parquet").equals(messy.truth)
    assert created.isna().sum() == messy.leads["created_at"].null_count
    assert (created.dropna() == messy.leads["created_at"].to_pandas().dropna()).all()
    assert set(leads.loc[messy.leads["employees"].to_pandas().isna(), "employees"]) == {"-", ""}


def test_times_that_nobody_can_read_stand_in_the_outcomes_file(tmp_path) -> None:
    write(simulate(replace(SMALL, mess=True)), tmp_path)
    outcomes = pd.read_csv(tmp_path / "outcomes.csv", dtype=str, keep_default_na=False)
    closed = outcomes.loc[outcomes["closed_at"] != "", "closed_at"]
    unreadable = closed[pd.to_datetime(closed, errors="coerce", format="%Y-%m-%d %H:%M:%S").isna()]
    assert set(unreadable) <= set(simulate_module.UNREADABLE)
    assert len(unreadable) >= 1


def test_a_write_that_fails_leaves_the_old_files(tmp_path, monkeypatch) -> None:
    write(world(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full_disk(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(simulate_module.pq, "write_table", full_disk)
    with pytest.raises(OSError, match="no space left"):
        write(simulate(replace(SMALL, seed=9)), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_new_folder_comes_in_one_step(tmp_path, monkeypatch) -> None:
    seen = []
    rename = Path.rename

    def spied(self: Path, target: Path) -> Path:
        seen.append((sorted(path.name for path in self.iterdir()), Path(target).exists()))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", spied)

    write(world(), tmp_path / "company")

    (moved,) = seen
    assert moved == (sorted(path.name for path in (tmp_path / "company").iterdir()), False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["company"]


@pytest.mark.parametrize("step", range(1, 9))
def test_a_write_that_is_cut_short_is_no_company_until_the_next_one(
    step, tmp_path, monkeypatch
) -> None:
    write(world(), tmp_path / "old")
    write(world(OTHER), tmp_path / "new")
    (tmp_path / "old" / "notes.txt").write_text("mine", encoding="utf-8")
    left, move = [step], os.replace

    def cut_short(one: Path, other: Path) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        move(one, other)

    monkeypatch.setattr(simulate_module.os, "replace", cut_short)
    with pytest.raises(KeyboardInterrupt):
        write(world(OTHER), tmp_path / "old")
    monkeypatch.undo()

    assert not (tmp_path / "old" / "leads.csv").exists()
    write(world(OTHER), tmp_path / "old")
    for path in (tmp_path / "new").iterdir():
        assert (tmp_path / "old" / path.name).read_bytes() == path.read_bytes()
    assert (tmp_path / "old" / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert len(list((tmp_path / "old").iterdir())) == 9
