"""The leakage firewall on small tables: what each rule says, and of what it says nothing."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from features.intake import open_store
from propensity.config import config
from propensity.config.leak_limits import LeakLimits
from training.audit.leaks import lateness, speaking
from training.audit.leaks.firewall import verdicts
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.simulate.command import Company, simulate, write

CONFIGS = Path(__file__).parents[4] / "configs"

ORDINARY = ["a", "b", "c", "d"]


def flat(folder, data, *, order="rows", time=None, known="at_creation", result=verdicts):
    """Verdicts of a flat table by column; ``id`` and ``won`` are its own columns."""
    data.to_csv(folder / "flat.csv", index=False)
    offered = [name for name in data.columns if name not in ("id", "won", time)]
    dated = [{"columns": offered, "known": known}] if known else []
    (folder / "decisions.yaml").write_text(yaml.safe_dump(dated), encoding="utf-8")
    own = {"lead_id": "id", "outcome": "won"} | ({"time": time} if time else {})
    settings = config.parse(
        {
            "name": "small",
            "input": {"timezone": "UTC", "flat": {"path": "flat.csv", "columns": own}},
            "columns": {"fit": offered},
            "split": {"order": "time" if time else order},
        },
        base=folder,
    )
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        found = result(Run(settings, store), None)
    return found if result is not verdicts else {each.name: each for each in found}


def outcomes(n=3000, rate=0.2, seed=0):
    random = np.random.default_rng(seed)
    won = random.random(n) < rate
    return random, won, pd.DataFrame({"id": [f"L{i:05}" for i in range(n)], "won": won.astype(int)})


def rules(verdict):
    return {hit.rule for hit in verdict.hits if hit.verdict != "fine"}


def test_a_column_that_says_nothing_is_fine(tmp_path):
    random, won, data = outcomes()

    found = flat(
        tmp_path,
        data.assign(number=random.normal(size=len(won)), text=random.choice(ORDINARY, len(won))),
    )

    assert [(v.verdict, v.action, v.hits) for v in found.values()] == [("fine", "none", ())] * 2


def test_strong_alone_is_suspect_and_says_what_would_distinguish(tmp_path):
    random, won, data = outcomes()

    found = flat(tmp_path, data.assign(strong=random.normal(size=len(won)) + 1.47 * won))["strong"]

    assert (found.verdict, found.action) == ("suspect", "keep")
    assert found.auc == pytest.approx(0.85, abs=0.02)
    assert "still open" in found.hits[0].sentence


def test_a_copy_of_the_outcome_is_a_leak(tmp_path):
    _, won, data = outcomes()

    found = flat(tmp_path, data.assign(copy=np.where(won, "yes", "no"), other=0))["copy"]

    assert (found.verdict, found.action) == ("leak", "drop")
    assert found.auc > 0.99
    assert {"near-duplicate of the outcome", "near-determination"} <= rules(found)


def test_emptiness_by_contact_is_a_leak_that_is_imputed(tmp_path):
    random, won, data = outcomes()
    filled = random.random(len(won)) < np.where(won, 0.9, 0.4)
    honest = np.where(random.random(len(won)) < np.where(won, 0.6, 0.3), "a", "b")
    empty = np.where(
        random.random(len(won)) < np.where(won, 0.9, 0.4), random.choice(ORDINARY, len(won)), None
    )

    both = flat(tmp_path, data.assign(asked=np.where(filled, honest, None), nothing=empty))
    found = both["asked"]

    assert (found.verdict, found.action) == ("leak", "impute")
    assert (both["nothing"].verdict, both["nothing"].action) == ("leak", "drop")
    assert found.hits[0].evidence["odds_ratio"] == pytest.approx(0.9 / 0.1 / (0.4 / 0.6), rel=0.3)


def test_columns_emptied_together_are_dropped_rather_than_filled_in_apart(tmp_path):
    random, won, data = outcomes()
    filled = random.random(len(won)) < np.where(won, 0.9, 0.4)
    one, other = (np.where(filled, random.choice(ORDINARY, len(won)), None) for _ in range(2))

    found = flat(tmp_path, data.assign(one=one, other=other))

    assert [(v.verdict, v.action) for v in found.values()] == [("leak", "drop")] * 2


def test_an_optional_field_that_the_interested_fill_in_is_no_leak(tmp_path):
    random, won, data = outcomes()
    filled = random.random(len(won)) < np.where(won, 0.6, 0.43)

    found = flat(tmp_path, data.assign(asked=np.where(filled, "x", None)))["asked"]

    assert found.verdict != "leak"


def test_a_good_source_of_few_wins_is_suspect_and_one_of_many_a_leak(tmp_path):
    random, won, data = outcomes()
    ordinary = random.choice(ORDINARY, len(won))
    few, many = (
        np.where(won & (random.random(len(won)) < share), "sure", ordinary) for share in (0.08, 0.5)
    )

    found = flat(tmp_path, data.assign(few=few, many=many))

    assert (found["few"].verdict, found["many"].verdict) == ("suspect", "leak")
    assert "near-determination" in rules(found["few"])
    assert found["many"].hits[0].evidence["levels"] == ["sure"]


def test_identifiers_and_clocks_are_named_where_rows_have_an_order(tmp_path):
    random, won, data = outcomes()
    n = len(won)
    key = [f"key {i:x}" for i in random.permutation(10 * n)[:n]]

    found = flat(tmp_path, data.assign(key=key, running=np.arange(n) + 5, rate=np.arange(n) // 100))

    assert (rules(found["key"]), found["key"].action) == ({"identifier"}, "drop")
    assert rules(found["running"]) == {"identifier", "clock"}
    assert (rules(found["rate"]), found["rate"].verdict) == ({"clock"}, "suspect")


def test_a_twin_of_a_leak_is_suspect(tmp_path):
    random, won, data = outcomes()
    value = np.where(
        won & (random.random(len(won)) < 0.5), "sure", random.choice(ORDINARY, len(won))
    )
    twin = pd.Series(value).map({"sure": "s", "a": "1", "b": "2", "c": "3", "d": "4"})

    found = flat(tmp_path, data.assign(value=value, twin=twin))

    assert "near-duplicate" in rules(found["twin"])


def test_hostile_names_and_values_are_only_words(tmp_path):
    random, won, data = outcomes(1000)
    level = '\'); DROP TABLE leads; -- <script>alert("1")</script>\x1b[31m'
    values = np.where(won & (random.random(1000) < 0.6), level, random.choice(ORDINARY, 1000))

    found = flat(tmp_path, data.assign(**{"a \"b\" 'c'; --": values}))

    (verdict,) = found.values()
    assert verdict.verdict == "leak"
    assert "\x1b" not in " ".join(hit.sentence for hit in verdict.hits)


def test_values_of_fewer_than_twenty_leads_are_never_named(tmp_path):
    random, won, data = outcomes(1000)
    values = random.choice(ORDINARY, 1000).astype(object)
    values[np.flatnonzero(won)[:19]] = "Mr Smith"

    found = flat(tmp_path, data.assign(value=values))["value"]

    assert "Smith" not in str(found)


def test_the_odds_ratio_is_that_of_the_tables_when_they_agree():
    """One stratum: ad / bc; with strata of different rates, the common ratio, where the pooled one
    would be off.
    """
    exposed = np.repeat([True, True, False, False], [40, 60, 10, 90])
    won = np.repeat([True, False, True, False], [40, 60, 10, 90])
    one, _ = speaking.log_odds_ratio(exposed, won, np.zeros(200, np.int64))
    assert np.exp(one) == pytest.approx(40 * 90 / (60 * 10), rel=0.05)

    # won/lost exposed, won/lost not: ratio 2 in both
    counts = [(400, 100, 200, 100), (20, 100, 100, 1000)]
    cells = [
        (e, w, s)
        for s, (a, b, c, d) in enumerate(counts)
        for e, w, k in ((1, 1, a), (1, 0, b), (0, 1, c), (0, 0, d))
        for _ in range(k)
    ]
    exposed, won, stratum = (np.array(column) for column in zip(*cells, strict=True))
    both, error = speaking.log_odds_ratio(exposed.astype(bool), won.astype(bool), stratum)
    assert np.exp(both) == pytest.approx(2, rel=0.02)
    assert 0.05 < error < 0.3


# --- three tables ---------------------------------------------------------------------------------

START = dt.datetime(2025, 1, 1)


def written(folder, *, n=3000, seed=0, columns=None, events=None, changes=None, interest=()):
    """Settings of leads that come over 300 days; most close after 10 to 100 days, a third of these
    are won.
    """
    random = np.random.default_rng(seed)
    created = pd.to_datetime(START) + pd.to_timedelta(np.sort(random.uniform(0, 300, n)), unit="D")
    close = created + pd.to_timedelta(random.uniform(10, 100, n), unit="D")
    end = pd.to_datetime(START) + pd.Timedelta(days=330)
    closed = (random.random(n) < 0.6) & (close < end)
    won = closed & (random.random(n) < 0.33)
    facts = {
        "random": random,
        "won": won,
        "lost": closed & ~won,
        "closed": closed,
        "created": created,
        "close": close,
    }
    leads = pd.DataFrame({"lead_id": [f"L{i:05}" for i in range(n)], "created_at": created})
    leads["plain"] = random.choice(ORDINARY, n)
    for name, make in (columns or {}).items():
        leads[name] = make(facts)
    happened = [
        ("visit", created + pd.to_timedelta(random.uniform(0, 9, n), unit="D"), np.ones(n, bool))
    ]
    happened += [(name, *make(facts)) for name, make in (events or {}).items()]
    table = pd.concat(
        [
            pd.DataFrame(
                {"lead_id": leads["lead_id"][mask], "occurred_at": at[mask], "event_type": name}
            )
            for name, at, mask in happened
        ]
    )
    tables = {
        "leads": leads,
        "events": table[table["occurred_at"] < end],
        "outcomes": pd.DataFrame(
            {"lead_id": leads["lead_id"], "closed_at": close, "won": won.astype(int)}
        )[closed],
    }
    if changes:
        at, mask = changes(facts)
        tables["attribute_changes"] = pd.DataFrame(
            {
                "lead_id": leads["lead_id"][mask],
                "changed_at": at[mask],
                "recorded_at": at[mask],
                "attribute": "plain",
                "value": "a",
            }
        )
    for name, part in tables.items():
        part.to_parquet(folder / f"{name}.parquet")
    sources = {name: {"path": f"{name}.parquet"} for name in tables}
    if changes:
        sources["attribute_changes"]["attributes"] = ["plain"]
    fit = [name for name in ("plain", *(columns or {})) if name not in interest]
    dated = [{"columns": [*fit, *interest], "known": "at_creation"}]
    (folder / "decisions.yaml").write_text(yaml.safe_dump(dated), encoding="utf-8")
    return config.parse(
        {
            "name": "company",
            "input": {"timezone": "UTC", "observed_until": end.date(), **sources},
            "columns": {"fit": fit, "interest": list(interest)},
            "behaviour": {"actors": {"*": "lead"}},
            "population": {"until": "closed", "stale_after_days": 365},
            "goal": {"horizon_days": 30},
            "snapshots": {"every_days": 30},
        },
        base=folder,
    )


def company(folder, **world):
    """Verdicts of such leads, by name."""
    settings = written(folder, **world)
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        return {found.name: found for found in verdicts(Run(settings, store), None)}


def test_what_closing_writes_differs_from_open_leads_of_the_same_age(tmp_path):
    found = company(
        tmp_path,
        columns={
            "stage": lambda f: np.where(
                f["closed"] & (f["random"].random(len(f["won"])) < 0.5), "done", "ongoing"
            ),
            "filled": lambda f: np.where(
                f["random"].random(len(f["won"])) < np.where(f["closed"], 0.9, 0.3), "x", None
            ),
        },
    )

    assert found["plain"].verdict == "fine"
    assert (found["stage"].verdict, found["stage"].action) == ("leak", "drop")
    assert "closed against open" in rules(found["stage"])
    assert found["filled"].verdict == "leak"
    assert "closed against open: missingness" in rules(found["filled"])


def test_a_counter_that_stops_at_the_close_is_a_leak(tmp_path):
    """Sales counts on for as long as a lead is open; wins and losses both stay low."""
    found = company(
        tmp_path,
        columns={"calls": lambda f: f["random"].poisson(np.where(f["closed"], 30.0, 55.0))},
    )

    assert found["calls"].verdict == "leak"
    assert "closed against open" in rules(found["calls"])


def test_what_buyers_are_lies_between_wins_and_losses_and_is_not_written_by_closing(tmp_path):
    """Open leads are future wins and losses; a column that only wanting to buy explains is not
    called late.
    """
    found = company(
        tmp_path,
        columns={
            "big": lambda f: np.where(
                f["random"].random(len(f["won"])) < np.where(f["won"], 0.7, 0.35), "yes", "no"
            )
        },
    )

    assert not {rule for rule in rules(found["big"]) if rule.startswith("closed against open")}
    assert found["big"].verdict != "leak"


def test_an_event_a_minute_after_the_close_is_the_outcome_and_a_demo_request_is_not(tmp_path):
    minute = pd.Timedelta(minutes=1)
    found = company(
        tmp_path,
        events={
            "contract filed": lambda f: (
                f["close"] + minute,
                f["won"] & (f["random"].random(len(f["won"])) < 0.3),
            ),
            "demo requested": lambda f: (
                f["created"] + pd.Timedelta(days=5),
                f["random"].random(len(f["won"])) < np.where(f["won"], 0.8, 0.1),
            ),
        },
    )

    assert (found["contract filed"].verdict, found["contract filed"].action) == ("leak", "drop")
    assert (found["demo requested"].verdict, found["demo requested"].action) == ("suspect", "keep")
    assert rules(found["demo requested"]) == {"too good"}
    assert found["visit"].verdict == "fine"


def test_an_event_of_the_last_days_is_suspect_and_counts_later(tmp_path):
    found = company(
        tmp_path,
        events={"contract sent": lambda f: (f["close"] - pd.Timedelta(hours=30), f["won"])},
    )["contract sent"]

    assert (found.verdict, found.action, found.delay_days) == ("suspect", "delay", 3)
    assert "event in the last days" in rules(found)


def test_event_facts_count_leads_by_their_first_event():
    facts = lateness.EventFacts("x", 100, 50, 20, 50, 40, 45, 1, 30, 5, 50.0, 10, 100, 30, 400)

    assert facts.auc == pytest.approx(0.5 + abs(10 / 100 - 30 / 400) / 2)
    (hit,) = [h for h in lateness.event_hits(facts, LeakLimits()) if h.verdict == "leak"]
    assert hit.evidence["at_close"] == 0.8


def test_event_facts_are_those_that_pandas_counts(tmp_path):
    settings = written(
        tmp_path,
        n=800,
        events={
            "call": lambda f: (
                f["close"] + pd.to_timedelta(f["random"].uniform(-20, 10, 800), unit="D"),
                f["random"].random(800) < 0.7,
            ),
        },
    )
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        found = {facts.event_type: facts for facts in lateness.event_facts(store)}["call"]

    leads, events, ended = (
        pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("leads", "events", "outcomes")
    )
    calls = (
        events[events["event_type"] == "call"]
        .groupby("lead_id")["occurred_at"]
        .min()
        .rename("seen")
        .reset_index()
    )
    all_of = calls.merge(leads, on="lead_id").merge(ended, on="lead_id", how="left")
    all_of = all_of[all_of["seen"] >= all_of["created_at"]]
    closed = all_of[all_of["closed_at"].notna()]
    gap = (closed["seen"] - closed["closed_at"]).dt.total_seconds() / 86400
    late = gap >= -1 / 1440
    long = closed["closed_at"] - closed["created_at"] > pd.Timedelta(days=14)
    assert (found.leads, found.closed, found.won) == (
        len(all_of),
        len(closed),
        int(closed["won"].sum()),
    )
    assert (found.at_close, found.after) == (int((late & (gap <= 1)).sum()), int(late.sum()))
    assert found.week_before == int((~late & (gap >= -7)).sum())
    assert (found.long_open, found.last_days) == (
        int((long & ~late).sum()),
        int((long & ~late & (gap >= -3)).sum()),
    )
    assert found.wins == int(ended["won"].sum())
    assert found.won_before == int((closed["won"].astype(bool) & ~late).sum())


def test_a_number_of_today_that_counts_as_interest_is_suspect(tmp_path):
    found = company(
        tmp_path,
        columns={"visits so far": lambda f: f["random"].poisson(3, 3000)},
        interest=["visits so far"],
    )

    assert rules(found["visits so far"]) == {"today's total"}
    assert found["visits so far"].verdict == "suspect"


def test_a_date_that_the_close_writes_is_a_leak(tmp_path):
    found = company(
        tmp_path,
        columns={
            "invoice sent": (
                lambda f: pd.Series(f["close"].normalize() + pd.Timedelta(days=1)).where(f["won"])
            ),
        },
    )["invoice sent"]

    assert found.verdict == "leak"
    assert "date of the close" in rules(found)


@pytest.mark.parametrize(("hours", "verdict"), [(1, "leak"), (-24 * 9, "fine")])
def test_a_history_without_first_values_whose_changes_come_with_the_close(tmp_path, hours, verdict):
    found = company(
        tmp_path, changes=lambda f: (f["close"] + pd.Timedelta(hours=hours), f["closed"])
    )["plain"]

    assert ("changed at the close" in rules(found)) == (verdict == "leak")


def test_an_ordinary_simulated_company_has_nothing_to_hide(tmp_path):
    """The quickstart's world: demo requests, trials and changed jobs are all known in time."""
    write(simulate(Company(n_leads=3000, mess=True, seed=4)), tmp_path / "data")
    raw = yaml.safe_load((CONFIGS / "quickstart.yaml").read_text(encoding="utf-8"))
    settings = config.parse(
        {k: v for k, v in raw.items() if k not in ("definition", "business_hours")}, base=tmp_path
    )

    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        found = verdicts(Run(settings, store), history(Run(settings, store)))

    assert {v.name: v.hits[0].sentence for v in found if v.verdict == "leak"} == {}
    assert sum(v.verdict == "suspect" for v in found) <= 1
