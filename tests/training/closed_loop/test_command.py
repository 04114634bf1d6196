"""The closed loop of a simulated company: figures against queries that share no code, and the page
people read.
"""

import io
import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from rich.console import Console

from features.days import date_of
from features.errors import ConfigError, RefusedError
from features.files.cells import harmless
from features.files.output import Output
from features.intake import open_store
from propensity.config import config as configuration
from propensity.language import LANGUAGES, catalogue
from tests.features.inputs import opened, three
from tests.training.plain_learner import PLAIN
from tests.training.test_cli import QUICKSTART, command
from training.closed_loop.command import closed_loop_of, population_of
from training.closed_loop.files import write_csv, write_json
from training.closed_loop.numerals import times
from training.closed_loop.show import show
from training.learn.rows.run import Run
from training.simulate.command import Company, simulate, write

WORDS = {language: catalogue("training.closed_loop", language) for language in LANGUAGES}
WINDOW, HORIZON = 30, 28
STEPS = {"two_step": [{"first": "webinar_registered", "then": "webinar_attended"}]}
#: A score that knows something: employees, in points out of 100.
PRESENT = "present score"


def settings(**changes):
    found = yaml.safe_load(QUICKSTART.read_text(encoding="utf-8"))
    found["learner"] = PLAIN | {"max_trees": 12, "depth": 3}
    found["closed_loop"] = STEPS
    found["input"]["observed_until"] = "2025-04-01"  # the recount takes the year before
    return found | changes


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A clean company of 3,000 leads with a present score, and everything the closed loop found in
    it.
    """
    folder = tmp_path_factory.mktemp("company")
    world = simulate(Company(n_leads=3000, seed=3, mess=False))
    write(world, folder / "data")
    leads = pd.read_csv(folder / "data" / "leads.csv", dtype=str)
    employees = pd.to_numeric(leads["employees"], errors="coerce")
    leads[PRESENT] = (
        employees.rank(pct=True).mul(100).round().astype("Int64").astype(str).replace("<NA>", "")
    )
    leads.to_csv(folder / "data" / "leads.csv", index=False)
    config = configuration.parse(settings(compare_with=PRESENT), base=folder)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        rows = population_of(Run(config, store))
        keys = pd.DataFrame(
            {name: rows.rows[name].to_numpy() for name in ("lead", "episode", "as_of_day")}
        )
        keys["won"] = rows.label
        ids = store.query("SELECT lead, lead_id, account FROM leads").to_pandas()
        found = closed_loop_of(Run(config, store))
    keys = keys.merge(ids, on="lead")
    events = world.events.to_pandas().merge(ids[["lead", "lead_id"]], on="lead_id")
    for name in ("occurred_at", "recorded_at"):
        local = events[name].dt.tz_convert("Asia/Tokyo").dt.tz_localize(None)
        events[name.replace("_at", "_day")] = (local - pd.Timestamp("1970-01-01")).dt.days
    events["known_day"] = events[["occurred_day", "recorded_day"]].max(axis=1)
    outcomes = pd.read_csv(folder / "data" / "outcomes.csv")
    return SimpleNamespace(
        folder=folder,
        config=config,
        found=found,
        keys=keys,
        events=events,
        outcomes=outcomes,
        leads=leads,
    )


def figures(company, name):
    return next(f for f in company.found.actions if f.action.name == name)


def counts(company, kind, window):
    """Per row of the population, how often a kind of event was known before the as-of: a plain
    join.
    """
    events = company.events[company.events["event_type"] == kind]
    both = company.keys.reset_index().merge(events, on="lead")
    both = both[both["known_day"] < both["as_of_day"]]
    if window is not None:
        both = both[both["as_of_day"] - both["occurred_day"] <= window]
    return both.groupby("index").size().reindex(company.keys.index, fill_value=0)


@pytest.mark.parametrize("kind", ["demo_request", "download", "webinar_attended", "email_click"])
def test_leads_wins_and_rate_are_those_of_a_plain_join(company, kind):
    rows = company.keys[counts(company, kind, WINDOW) > 0]
    rate = figures(company, kind).rate

    assert rate.leads == rows["lead"].nunique()
    assert rate.leads_won == rows[rows["won"] == 1]["lead"].nunique()
    assert rate.wins == rows[rows["won"] == 1][["lead", "episode"]].drop_duplicates().shape[0]
    assert rate.rate.value == pytest.approx(rows["won"].mean())


@pytest.mark.parametrize("kind", ["demo_request", "download", "webinar_attended", "email_click"])
def test_the_leads_that_are_told_are_those_of_a_count_of_the_raw_files(company, kind):
    """The first time, so early that the horizon is over, and a close within it."""
    events = company.events[company.events["event_type"] == kind]
    first = events.groupby("lead_id")["occurred_day"].min()
    told = figures(company, kind)
    first = first[first <= told.first.until]
    won = company.outcomes[company.outcomes["won"].eq(True)]
    day = (pd.to_datetime(won["closed_at"]) - pd.Timestamp("1970-01-01")).dt.days
    after = day - won["lead_id"].map(first)

    assert told.leads == len(first)
    assert told.leads_won == won[after.between(0, HORIZON - 1)]["lead_id"].nunique() > 10


def test_the_usual_count_is_that_of_a_plain_group_by(company):
    decided = (
        company.outcomes[company.outcomes["closed_at"].notna()]
        .groupby("lead_id")["won"]
        .max()
        .astype(float)
    )
    did = set(company.events.loc[company.events["event_type"] == "download", "lead_id"])
    mine = decided[decided.index.isin(did)]
    found = figures(company, "download").usual

    assert (found.leads, found.wins) == (len(mine), int(mine.sum()))
    assert found.lift == pytest.approx(mine.mean() / decided.mean())


def test_how_a_lead_came_is_an_action_too(company):
    referred = set(company.leads.loc[company.leads["source"] == "referral", "lead_id"])
    rows = company.keys[company.keys["lead_id"].isin(referred)]

    assert figures(company, "source: referral").rate.rate.value == pytest.approx(rows["won"].mean())


def test_what_marketing_and_sales_do_is_no_action(company):
    assert not {"email_sent", "call_made"} & {f.action.name for f in company.found.actions}


def test_actions_stand_from_the_highest_lift_to_the_lowest(company):
    lifts = [f.rate.lift.value for f in company.found.actions]

    assert lifts == sorted(lifts, reverse=True)
    assert {f.action.name for f in company.found.actions[:3]} >= {"demo_request", "trial_started"}


def test_the_proposed_are_those_above_the_multiple_and_clearly_above_the_average(company):
    proposed = {f.action.name for f in company.found.actions if f.proposed}

    assert proposed == {
        f.action.name
        for f in company.found.actions
        if f.rate.lift.value >= 3 and f.rate.lift.corrected_low > 1
    }
    assert "demo_request" in proposed


def test_clearly_is_said_where_the_whole_range_lies_at_the_multiple(company):
    for each in company.found.actions:
        assert each.clear == (each.rate.lift.corrected_low >= 3)
    page = re.sub(r"\s+", " ", page_of(company, "en"))
    for each in company.found.actions:
        if each.proposed:
            low = times(each.rate.lift.corrected_low)
            said = "" if each.clear else "about "
            assert f": {said}{each.rate.lift.value:.1f} times ({low}-" in page


def test_two_steps_are_counted_over_the_first(company):
    first = counts(company, "webinar_registered", WINDOW) > 0
    both = first & (counts(company, "webinar_attended", WINDOW) > 0)
    rows = company.keys
    (steps,) = company.found.steps

    assert steps.began.leads == rows.loc[first, "lead"].nunique()
    assert steps.went_on.leads == rows.loc[both, "lead"].nunique()
    assert steps.of_first.value == pytest.approx(rows.loc[both, "won"].sum() / first.sum())
    assert steps.went_on.rate.value == pytest.approx(rows.loc[both, "won"].mean())
    assert steps.stayed is not None
    assert steps.stayed.rate.value == pytest.approx(rows.loc[first & ~both, "won"].mean())
    assert steps.went_on.expected == pytest.approx(rows.loc[first, "won"].mean(), rel=0.5)


def test_a_step_that_nobody_takes_is_named():
    known = SimpleNamespace(actions=())
    from training.closed_loop.two_step import two_steps

    wanted = configuration.ClosedLoopSettings(
        two_step=[{"first": "webinar", "then": "attended"}]
    ).two_step
    with pytest.raises(
        ConfigError, match=r"two_step: 'attended', 'webinar': no kind .* there are none"
    ):
        two_steps(None, None, known, wanted, seed=0)


def test_recent_customers_are_counted_before_their_close(company):
    outcomes = company.outcomes[company.outcomes["won"].isin([True, "True", 1])].copy()
    closed = pd.to_datetime(outcomes["closed_at"])
    outcomes["closed_day"] = (closed - pd.Timestamp("1970-01-01")).dt.days
    recent = outcomes[closed >= pd.Timestamp("2024-04-01")]
    downloads = company.events[company.events["event_type"] == "download"].merge(
        recent[["lead_id", "closed_day"]], on="lead_id"
    )
    downloads = downloads[downloads["occurred_day"] < downloads["closed_day"]]
    times = downloads.groupby("lead_id").size().reindex(recent["lead_id"], fill_value=0)
    days = downloads["closed_day"] - downloads["occurred_day"]
    grouped = days.groupby(downloads["lead_id"])
    found = next(k for k in company.found.customers.kinds if k.concept == "download")

    assert company.found.customers.count == len(recent)
    assert 0 < company.found.customers.alike <= 4 * len(recent)
    demo = next(k for k in company.found.customers.kinds if k.concept == "demo_request")
    assert demo.alike < demo.share  # winners ask for a demo
    assert found.share == pytest.approx((times > 0).mean())
    assert list(vars(found.times).values()) == quartiles(times)
    assert list(vars(found.since_first).values()) == quartiles(grouped.max())
    assert list(vars(found.since_last).values()) == quartiles(grouped.min())


def quartiles(values):
    return np.quantile(values, [0.25, 0.5, 0.75], method="inverted_cdf").tolist()


def test_the_present_score_is_compared_and_never_learned_from(company):
    comparison = company.found.comparison

    assert set(comparison.evaluations) == {"model", "points", "present score"}
    assert PRESENT not in {feature.concept for feature in comparison.spec.features}
    assert comparison.unknown == pytest.approx(0, abs=0.2)
    auc = {
        name: evaluation.figures["roc_auc"].value
        for name, evaluation in comparison.evaluations.items()
    }
    assert 0.5 < auc["present score"] < auc["points"] < auc["model"] + 0.05


def test_points_decide_much_like_the_model(company):
    agreements = company.found.comparison.agreements

    assert agreements["model"].alike > 0.999
    assert 0.8 < agreements["points"].alike < 1
    assert agreements["points"].alike > agreements["present score"].alike


def test_the_page_says_what_the_figures_say_in_both_languages(company):
    demo = figures(company, "demo_request")
    for language in ("en", "ja"):
        page = page_of(company, language)
        leads, rate = f"{demo.leads:,}", f"{100 * demo.rate.rate.value:.0f}"

        share = f"{100 * demo.share_of_leads:.0f}"
        assert re.search(rf"demo_request +{leads} +{demo.leads_won} +{share} ?% +{rate} ?%", page)
        assert WORDS[language]["propose heading"] in page
        assert "nan" not in page
        assert max(len(line) for line in page.splitlines()) <= 100
    assert re.search(
        r"demo_request: of [\d,]+ leads that did it for the first time on \d{4}-\d\d-\d\d or"
        r" before, \d+ closed within 28 days of it\. On the days looked at, \d+ % of"
        r" those that had done it in the 30 days before closed within 28 days: (about )?"
        r"\S+ times \(",
        re.sub(r"\s+", " ", page_of(company, "en")),
    )


def test_a_narrow_screen_leaves_figures_out_and_no_name(company):
    lines = page_of(company, "en", width=80).splitlines()

    assert max(map(len, lines)) <= 80
    assert any(re.match(r" demo_request +[\d,]+ ", line) for line in lines)
    assert "usual" not in next(line for line in lines if line.startswith(" action"))


def page_of(company, language, width=100):
    console = Console(width=width, record=True, file=io.StringIO(), highlight=False)
    show(company.found, company.config.model_copy(update={"language": language}), console)
    return console.export_text()


def test_the_json_holds_the_same_and_no_lead(company, tmp_path):
    write_json(company.found, Output(tmp_path / "loop.json"))
    text = (tmp_path / "loop.json").read_text(encoding="utf-8")
    found = json.loads(text)

    assert {a["name"]: a["rate"]["leads"] for a in found["actions"]}["download"] == figures(
        company, "download"
    ).rate.leads
    assert (
        found["population"]["as_ofs"][0]
        == date_of(int(company.keys["as_of_day"].min())).isoformat()
    )
    assert not any(lead in text for lead in company.leads["lead_id"])


def test_the_points_table_opens_in_a_spreadsheet_and_runs_nothing(company, tmp_path):
    write_csv(company.found, "ja", Output(tmp_path / "points.csv"))
    raw = (tmp_path / "points.csv").read_bytes()
    table = pd.read_csv(tmp_path / "points.csv", encoding="utf-8-sig")

    assert raw.startswith(b"\xef\xbb\xbf")
    assert list(table.columns) == ["条件", "点数", "上限", "失効"]
    assert table["点数"].between(-20, 20).all()
    assert (table["点数"] < 0).any()
    assert not table["条件"].str.startswith(("=", "+", "-", "@")).any()
    assert harmless("=cmd()") == "'=cmd()"


def flat_company(folder, seed=0, n=1500):
    """A flat table in which many visits and a good source win, and the name of one source is
    hostile.
    """
    random = np.random.default_rng(seed)
    visits, source = random.poisson(1.5, n), random.choice(["web", "=1+1", "[bold]fair[/]"], n)
    won = random.random(n) < 0.05 + 0.1 * visits * (source == "=1+1") + 0.05 * (visits >= 4)
    table = pd.DataFrame(
        {
            "id": np.arange(n),
            "size": random.integers(1, 500, n),
            "visits": visits,
            "source": source,
            "points now": random.integers(0, 9, n),
            "won": won.astype(int),
        }
    )
    table.to_csv(folder / "flat.csv", index=False)
    given = {
        "name": "flat",
        "input": {"flat": {"path": "flat.csv", "columns": {"lead_id": "id", "outcome": "won"}}},
        "columns": {"fit": ["size"], "interest": ["visits", "source"]},
        "split": {"order": "random"},
        "learner": PLAIN | {"max_trees": 10, "depth": 2},
        "closed_loop": {"multiple": 1.5},
        "compare_with": "points now",
    }
    (folder / "flat.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    return table


def test_the_command_prints_the_page_of_a_flat_table_and_writes_the_files(tmp_path, capfd):
    table = flat_company(tmp_path)

    code = command(
        "closed-loop",
        tmp_path / "flat.yaml",
        "--json",
        tmp_path / "a.json",
        "--csv",
        tmp_path / "a.csv",
    )

    out, _ = capfd.readouterr()
    hostile = table[table["source"] == "=1+1"]
    found = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    actions = {a["name"]: a for a in found["actions"]}
    assert code == 0
    assert WORDS["en"]["heading"] in out
    assert "source: [bold]fair[/]" in out
    assert re.search(rf"source: =1\+1 +{len(hostile)} +{hostile['won'].sum()} ", out)
    assert actions["source: =1+1"]["rate"]["rate"]["value"] == pytest.approx(hostile["won"].mean())
    assert actions["visits"]["rate"]["leads"] == (table["visits"] > 0).sum()
    assert actions["visits"]["usual"] is None
    assert not re.search(r"(?m)^[\"']?[=+@]", (tmp_path / "a.csv").read_text(encoding="utf-8-sig"))


def test_too_few_wins_for_a_points_table_still_give_the_close_rates(tmp_path, capfd):
    flat_company(tmp_path, n=70)

    code = command(
        "closed-loop",
        tmp_path / "flat.yaml",
        "--json",
        tmp_path / "a.json",
        "--csv",
        tmp_path / "a.csv",
    )

    out, err = capfd.readouterr()
    assert code == 20
    assert "source: web" in out
    assert WORDS["en"]["no points"].split(",")[0] in out
    assert "No points table was written" in err
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["points"] is None
    assert not (tmp_path / "a.csv").exists()


def test_a_present_score_that_is_no_number_is_refused(company):
    with open_store(
        company.config.input, company.config.columns, purpose="train", quarantine=None
    ) as store:
        from training.closed_loop.compare import compare

        letters = company.config.model_copy(update={"compare_with": "owner"})
        with pytest.raises(ConfigError, match="expected the present score as a number"):
            compare(Run(letters, store))


def test_a_present_score_that_is_a_feature_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"'employees' is also listed in columns\.fit"):
        configuration.parse(settings(compare_with="employees"), base=tmp_path)


def test_without_any_win_there_are_no_rates(tmp_path):
    source = three(tmp_path, timezone="UTC", observed_until="2024-03-31")
    config = configuration.Config.model_validate(
        {
            "name": "few",
            "input": source,
            "columns": {"fit": ["size"]},
            "behaviour": {"actors": {"*": "lead"}},
            "population": {"until": "closed", "stale_after_days": 300},
            "goal": {"horizon_days": 10},
            "snapshots": {"every_days": 40},
        }
    )
    with (
        opened(source) as store,
        pytest.raises(RefusedError, match="not one of them was followed by a win"),
    ):
        population_of(Run(config, store))


def test_no_word_that_the_glossary_rules_out_is_used():
    for word in ("確度", "適合率", "リーク", "リフト", "信頼区間", "エビデンス", "閾値", "再現率"):
        assert not any(word in text for text in WORDS["ja"].values()), word
    for word in ("precision", "calibration", "SHAP", "log-odds", "lift"):
        assert not any(re.search(rf"\b{word}\b", text) for text in WORDS["en"].values()), word
