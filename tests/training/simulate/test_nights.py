"""Nights of a simulated company: lived once, gone on with after a kill, the same each time."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from features.errors import ConfigError
from propensity.api import nightly
from propensity.config.config import Config, load
from propensity.ledger.ledger import ledger_of
from propensity.promotion.promotion import promote
from tests.training.plain_learner import PLAIN
from training import cli
from training.simulate.command import Company, simulate, with_a_year_ahead, write
from training.simulate.identity import company_in
from training.simulate.nights import LivingCompany, handed_over_in, nights
from training.simulate.show import line_of

CONFIGS = Path(cli.__file__).parent.parent / "configs"
COMPANY = with_a_year_ahead(Company(n_leads=1_000, seed=2))
FIRST, COUNT = COMPANY.today, 6
SIGNED = ["marketing: A. Ito", "sales: B. Sato"]


@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    """The folder of a company with a signed pair, on the morning of its first night."""
    folder = tmp_path_factory.mktemp("founded")
    settings = yaml.safe_load((CONFIGS / "quickstart.yaml").read_text(encoding="utf-8"))
    settings["learner"] = PLAIN | {"max_trees": 20, "depth": 3}
    text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    (folder / "propensity.yaml").write_text(text, encoding="utf-8")
    for name in ("definition", "decisions"):
        shutil.copyfile(CONFIGS / f"quickstart-{name}.yaml", folder / f"{name}.yaml")
    write(simulate(COMPANY), folder / "data")
    cli.use.app(
        ["train", str(folder / "propensity.yaml"), "--accept-audit", "a test"],
        standalone_mode=False,
    )
    return folder


def company(founded: Path, place: Path) -> Config:
    shutil.copytree(founded, place, dirs_exist_ok=True)
    config = load(place / "propensity.yaml")
    at = dt.datetime.combine(FIRST, dt.time(3), dt.UTC)
    promote(config, 1, signed_by=SIGNED, override="a test", at=at, as_of=FIRST)
    return config


@pytest.fixture(scope="module")
def lived(founded, tmp_path_factory):
    """Some nights, lived in one go."""
    folder = tmp_path_factory.mktemp("lived") / "company"
    config = company(founded, folder)
    return folder, config, nights(folder / "data", config, count=COUNT)


def bytes_of(folder: Path) -> dict[str, str]:
    files = [*(folder / "data").iterdir(), *(p for p in (folder / "nights").rglob("*.*"))]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_every_night_is_run_and_what_it_hands_over_is_worked(lived):
    folder, config, found = lived
    assert [night.day for night in found] == [FIRST + dt.timedelta(n) for n in range(COUNT)]
    with ledger_of(config) as ledger:
        assert [night.as_of for night in ledger.nights()] == [night.day for night in found]
        facts = ledger.facts()
    handed = {fact.lead_id for fact in facts if fact.kind == "handed over"}
    attempted = {fact.lead_id for fact in facts if fact.kind == "attempt"}
    assert len(handed) > 30
    assert 0.6 < len(attempted & handed) / len(handed) < 1
    events = pd.read_parquet(folder / "data" / "events.parquet")
    sales = events[events["event_type"].isin(["call_made", "sales_mail"])]
    since = pd.Timestamp(FIRST, tz="Asia/Tokyo")
    later = sales[sales["occurred_at"] >= since]
    assert set(later["lead_id"]) >= attempted
    statuses = pd.read_csv(folder / "data" / "statuses.csv", parse_dates=["changed_at"])
    new = statuses[statuses["changed_at"] >= pd.Timestamp(FIRST)]
    answered = set(new["lead_id"]) & handed
    calls = later[(later["event_type"] == "call_made") & later["lead_id"].isin(handed)]
    assert answered <= set(calls["lead_id"])
    # a call is answered 35 of 100 times, and then nearly always written down; some leads answer
    # twice, and some have been given up
    team = COMPANY.sales
    expected = team.reached * (1 - team.no_status) * len(calls)
    assert 0.6 * expected < len(answered) < 1.4 * expected


def test_the_tables_of_the_morning_after_hold_nothing_of_the_day_itself(lived):
    folder, _, _ = lived
    morning = pd.Timestamp(FIRST, tz="Asia/Tokyo") + pd.Timedelta(days=COUNT)
    events = pd.read_parquet(folder / "data" / "events.parquet")
    assert events["recorded_at"].max() < morning
    assert events["recorded_at"].max() > morning - pd.Timedelta(days=1)
    for name, column in (("outcomes", "closed_at"), ("leads", "created_at")):
        table = pd.read_csv(folder / "data" / f"{name}.csv")
        times = pd.to_datetime(table[column], errors="coerce").dt.tz_localize("Asia/Tokyo")
        assert times.max() < morning


def test_a_lead_is_an_mql_from_the_morning_of_its_hand_over(lived):
    folder, config, _ = lived
    outcomes = pd.read_csv(folder / "data" / "outcomes.csv", parse_dates=["mql_at"])
    mql = outcomes.dropna(subset=["mql_at"]).groupby("lead_id")["mql_at"].max()
    scored = Path(config.nightly.folder) / str(FIRST) / "scored.parquet"
    first = [lead for lead, _ in handed_over_in(scored, FIRST)]
    reached = mql.reindex(first)
    assert reached.notna().mean() > 0.9  # an opportunity is no MQL any more
    assert (reached.dropna() <= pd.Timestamp(FIRST) + pd.Timedelta(hours=6)).all()


def test_a_run_that_was_killed_goes_on_and_ends_with_the_same_bytes(founded, lived, tmp_path):
    config = company(founded, tmp_path)
    nights(tmp_path / "data", config, count=3)
    (tmp_path / "data" / "leads.csv").unlink()  # killed while it wrote the tables
    shutil.rmtree(tmp_path / "nights" / str(FIRST + dt.timedelta(days=2)))
    nightly_again = nightly(
        config_of_the_day(founded, tmp_path, days=2), as_of=FIRST + dt.timedelta(days=2)
    )
    assert nightly_again.is_repeated
    found = nights(tmp_path / "data", config, count=COUNT)
    assert [night.run is None for night in found] == [True] * 3 + [False] * 3
    assert bytes_of(tmp_path) == bytes_of(lived[0])


def config_of_the_day(founded: Path, folder: Path, *, days: int) -> Config:
    """The configuration, with the tables as they stood on one of the first days."""
    living = LivingCompany(company_in(founded / "data"))
    for number in range(days):
        day = FIRST + dt.timedelta(days=number)
        living.live(handed_over_in(folder / "nights" / str(day) / "scored.parquet", day))
    write(living.tables(), folder / "data")
    return load(folder / "propensity.yaml")


def test_lived_nights_are_not_lived_again(lived, capsys):
    folder, _, _ = lived
    before = bytes_of(folder)
    words = ["simulate", str(folder / "data"), "--nights", str(COUNT)]
    cli.use.app([*words, "--config", str(folder / "propensity.yaml")], standalone_mode=False)
    told = capsys.readouterr().out
    assert told.count("lived before") == COUNT
    assert f"Lived {COUNT} nights" in told
    assert bytes_of(folder) == before


def test_a_night_is_told_in_one_line(lived):
    _, _, found = lived
    told = line_of(found[0])
    assert told.startswith(f"{FIRST}  ")
    assert f"{found[0].run.lists['new']:,} new" in told


def test_the_company_of_a_folder_is_the_one_that_was_written(founded):
    assert company_in(founded / "data") == COMPANY


def test_about_as_many_leads_have_come_as_were_asked_for(founded):
    leads = pd.read_csv(founded / "data" / "leads.csv")
    assert len(leads) == pytest.approx(1_000, rel=0.05)
    assert COMPANY.n_leads > 1_500


@pytest.mark.parametrize("count", [0, 365])
def test_nights_that_do_not_lie_ahead_are_refused(founded, tmp_path, count):
    shutil.copytree(founded, tmp_path, dirs_exist_ok=True)
    config = load(tmp_path / "propensity.yaml")
    with pytest.raises(ConfigError, match="expected 1 to 364"):
        nights(tmp_path / "data", config, count=count)


def test_a_configuration_of_other_tables_is_refused(founded, tmp_path):
    shutil.copytree(founded, tmp_path / "a")
    config = load(tmp_path / "a" / "propensity.yaml")
    write(simulate(COMPANY), tmp_path / "other")
    with pytest.raises(ConfigError, match="expected a configuration that reads the tables of"):
        nights(tmp_path / "other", config, count=1)


def test_data_of_somebody_else_do_not_live(founded, tmp_path):
    shutil.copytree(founded, tmp_path, dirs_exist_ok=True)
    config = load(tmp_path / "propensity.yaml")
    truth = tmp_path / "data" / "truth.parquet"
    table = pq.read_table(truth)
    pq.write_table(table.replace_schema_metadata(), truth)
    with pytest.raises(ConfigError, match="does not say which company"):
        nights(tmp_path / "data", config, count=1)
    truth.unlink()
    with pytest.raises(ConfigError, match="expected a simulated company"):
        nights(tmp_path / "data", config, count=1)


def test_a_lead_of_another_company_cannot_be_worked(founded):
    living = LivingCompany(company_in(founded / "data"))
    with pytest.raises(ConfigError, match="different companies"):
        living.live([("somebody", None)])


def test_the_days_of_a_company_are_counted():
    company = with_a_year_ahead(Company(n_leads=300, seed=1, mess=False, base_rate=0.1))
    living = LivingCompany(company)
    assert (living.end - living.today).days == 364
    leads = living.tables().leads.num_rows
    for _ in range(30):
        living.live([])
    assert living.today == company.today + dt.timedelta(days=30)
    assert living.tables().leads.num_rows > leads
    assert np.isclose(leads, 300, rtol=0.1)
