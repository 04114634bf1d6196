"""The page with names: its figures are what other ways count, and a browser shows them safely."""

import json
import re
import shutil
import stat
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from features.days import date_of
from propensity import api
from propensity.config import config as configuration
from tests.training.review.reviewed_company import CONFIG, DEFINITION
from training.review.by_name.steps import FEWEST
from training.review.walkthrough import walkthrough

HOSTILE = (
    '<img src=x onerror="alert(1)">',
    "</script><script>alert(2)</script>",
    "株式会社\u202e見本",
    '=HYPERLINK("http://example.com")',
    "O'Brien & Söhne",
)
NIGHTS = ("2025-03-30", "2025-03-31")
FINE = 10_000
DAY = date(2025, 4, 1)


def configured(under_review, folder, leads, events):
    """The company under review in a folder of its own, with other names or events."""
    shutil.copy(under_review.folder / "outcomes.csv", folder)
    leads.to_csv(folder / "leads.csv", index=False)
    events.to_parquet(folder / "events.parquet")
    uri = under_review.config.registry.uri
    text = CONFIG.replace("segments: [country]", "segments: [country, employees]")
    (folder / "config.yaml").write_text(f"{text}registry: {{uri: '{uri}'}}\n", encoding="utf-8")
    (folder / "definition.yaml").write_text(DEFINITION.replace("ENTER", "0.07"), encoding="utf-8")
    return configuration.load(folder / "config.yaml")


def data_of(html):
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', html)[1]
    )


@pytest.fixture(scope="module")
def company(under_review, tmp_path_factory):
    """Configuration, and the pages in both languages; two nights were run before."""
    folder = tmp_path_factory.mktemp("by name")
    leads = under_review.leads.copy()
    leads["company"] = [f"{HOSTILE[n % len(HOSTILE)]} {n}" for n in range(len(leads))]
    events = pd.read_parquet(under_review.folder / "events.parquet")
    config = configured(under_review, folder, leads, events)
    for night in NIGHTS:
        api.nightly(config, as_of=night)
    pages = {}
    for language in ("en", "ja"):
        path = folder / f"{language}.html"
        walkthrough(config, path, pack=folder / "pack", language=language)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        pages[language] = path.read_text(encoding="utf-8")
    return config, pages


@pytest.fixture(scope="module")
def data(company):
    return data_of(company[1]["en"])


def test_a_sum_is_the_one_that_explain_draws_under_either_version(company, data):
    for place in (0, len(data["leads"]) // 2, len(data["leads"]) - 1):
        for side in data["sides"]:
            found = api.explain(
                company[0], data["leads"][place][0], as_of=DAY, version=side["version"]
            )
            assert side["base"] == round(found.base * FINE)
            assert side["chances"][place] == pytest.approx(found.probability, abs=1e-6)
            assert side["grades"][place] == found.grade
            told = {
                name: (added, data["values"][value] if value >= 0 else None)
                for (name, _), added, value in zip(
                    side["concepts"], side["added"][place], side["values"][place], strict=True
                )
            }
            assert told == {
                part.label: (round(part.contribution * FINE), part.value) for part in found.parts
            }
    assert [side["version"] for side in data["sides"]] == [2, 1]


def test_the_course_is_what_the_nightly_files_say(company, data):
    folder = company[0].nightly.folder
    assert data["nights"] == list(NIGHTS)
    told = {
        (lead[0], data["nights"][night]): (chance, grade)
        for lead in data["leads"]
        for night, chance, grade in lead[7]
    }
    ids = {lead[0] for lead in data["leads"]}
    wanted = {}
    for night in NIGHTS:
        rows = pq.read_table(f"{folder}/{night}/scored.parquet").to_pandas()
        rows = rows[rows["lead_id"].isin(ids)]
        for row in rows.itertuples():
            wanted[row.lead_id, night] = (round(row.probability, 6), row.grade)
    assert len(wanted) > 100
    assert told == wanted


def test_a_step_ends_where_the_lead_is_graded_when_it_really_does_it(
    company, data, under_review, tmp_path
):
    """The event is written into the source, and the lead explained anew."""
    config, _ = company
    told = [
        (lead[0], *data["steps"][step], grade, chance)
        for lead in data["leads"]
        for step, grade, chance in lead[8]
    ]
    assert {times for _, _, times, _, _ in told} <= {1, 3}
    assert "unsubscribed" not in {kind for kind, _ in data["steps"]}
    lead_id, kind, times, grade, chance = told[len(told) // 2]
    events = pd.read_parquet(under_review.folder / "events.parquet")
    done = events.iloc[[0] * times].assign(
        lead_id=lead_id,
        event_type=kind,
        detail=None,
        occurred_at=[
            pd.Timestamp("2025-03-31 12:00", tz="Asia/Tokyo") + pd.Timedelta(minutes=n)
            for n in range(times)
        ],
    )
    again = configured(
        under_review,
        tmp_path,
        under_review.leads,
        pd.concat([events, done.astype(events.dtypes.to_dict())], ignore_index=True),
    )

    found = api.explain(again, lead_id, as_of=DAY, version=2)

    before = api.explain(config, lead_id, as_of=DAY, version=2)
    assert (found.grade, round(found.probability, 6)) == (grade, chance)
    assert (found.grade[0], found.grade[1] < before.grade[1]) == (before.grade[0], True)


def judged(under_review):
    """The leads not seen as a data frame: who, when, grade and outcome."""
    unseen = under_review.material.unseen
    ids = np.array(sorted(under_review.leads["lead_id"]))
    rows = unseen.rows.rows
    return pd.DataFrame(
        {
            "lead_id": ids[rows["lead"].to_numpy()],
            "day": [date_of(int(day)) for day in rows["as_of_day"].to_numpy()],
            "grade": unseen.graded.grades.to_pylist(),
            "won": unseen.judged.won,
        }
    )


def test_what_came_of_a_step_is_a_plain_count(data, under_review):
    rows = judged(under_review)
    closed = pd.to_datetime(under_review.outcomes.set_index("lead_id")["closed_at"]).dt.date
    rows["closed"] = rows["lead_id"].map(closed)
    events = under_review.events.assign(day=under_review.events["occurred_at"].dt.date)
    both = rows.reset_index().merge(events, on="lead_id", suffixes=("", "_event"))
    inside = both[
        (both["day_event"] >= both["day"])
        & (both["day_event"] < both["day"] + timedelta(days=28))
        & ~(both["day_event"] >= both["closed"].fillna(date.max))
    ]
    times = pd.crosstab(inside["index"], inside["event_type"])
    times = times.reindex(rows.index, fill_value=0)
    wanted = {}
    for grade, alike in rows.groupby("grade"):
        for place, (kind, least) in enumerate(data["steps"]):
            did = alike[times.loc[alike.index].get(kind, pd.Series(0, alike.index)) >= least]
            if len(did) >= FEWEST:
                others = int(alike["won"].sum() - did["won"].sum())
                wanted[grade, str(place)] = (len(alike), len(did), int(did["won"].sum()), others)

    told = {
        (grade, place): (leads, did, won, others)
        for grade, steps in data["taken"].items()
        for place, (leads, did, won, low, high, others) in steps.items()
        if 0 <= low <= won / did <= high <= 1
    }

    assert len(wanted) >= 5
    assert told == wanted


def test_segments_are_a_plain_count(data, under_review):
    rows = judged(under_review)
    leads = under_review.leads.set_index("lead_id")
    unseen = under_review.material.unseen
    means = pd.DataFrame(unseen.sums.contributions)
    rows["country"] = rows["lead_id"].map(leads["country"]).fillna("(unknown)")
    wanted = {(): (len(rows), int(rows["won"].sum()), means.mean())}
    for value, part in rows.groupby("country"):
        if len(part) >= 20:
            wanted["country", value] = (
                len(part),
                int(part["won"].sum()),
                means.loc[part.index].mean(),
            )

    told = {
        tuple(each["name"]): each
        for each in data["segments"]
        if not each["name"] or each["name"][0] == "country"
    }

    assert len(wanted) >= 3
    assert set(told) == set(wanted)
    for name, (n, won, mean) in wanted.items():
        assert (told[name]["leads"], told[name]["won"]) == (n, won)
        assert told[name]["means"] == pytest.approx(list(mean), abs=1e-5)
    assert all(each["leads"] >= 20 for each in data["segments"])


def pick(page, picker, text):
    page.locator(picker).locator("input").fill(text)
    page.locator(picker).locator("button").first.click()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_finds_and_compares_leads_and_runs_nothing_of_the_data(
    company, data, opened, language, width
):
    shown = opened(company[1][language], width=width)
    page = shown.page
    page.on("dialog", lambda dialog: shown.complaints.append(dialog.message))
    movable = next(
        place
        for place, lead in enumerate(data["leads"])
        if any(
            str(step) in data["taken"].get(data["sides"][0]["grades"][place], {})
            for step, *_ in lead[8]
        )
    )
    lead_id, (company_name, *_), *_ = data["leads"][movable]
    other = data["leads"][1 if movable == 0 else 0][0]

    pick(page, "#find .picker", company_name)
    found = page.locator("#find .shown").inner_text()
    assert lead_id in found
    assert company_name in found
    chance = f"{100 * data['sides'][0]['chances'][movable]:.1f}"
    assert chance in found
    assert all(night in found for night in NIGHTS)
    assert page.locator("#find .steps li").count() >= 1
    assert page.locator("#find svg.course circle").count() == 2

    pick(page, "#pair .picker >> nth=0", lead_id)
    pick(page, "#pair .picker >> nth=1", other)
    assert page.locator("#pair table").count() == 1
    pick(page, "#versions .picker", lead_id)
    assert page.locator("#versions table").count() == 1
    page.locator("#segments select").first.select_option("0")
    everybody = data["segments"][0]
    assert f"{everybody['leads']:,}" in page.locator("#segments .shown").inner_text()

    page.locator("#find input").fill("no such lead")
    assert page.locator("#find .found button").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("img").count() == 0
    assert "undefined" not in page.locator("main").inner_text()
    assert "{" not in page.locator("main").inner_text()
    assert (shown.requests, shown.complaints) == ([], [])


def test_two_leads_differ_by_what_their_sums_differ(company, data, opened):
    page = opened(company[1]["en"]).page
    side, (one, other) = data["sides"][0], (0, len(data["leads"]) - 1)
    for number, place in enumerate((one, other)):
        pick(page, f"#pair .picker >> nth={number}", data["leads"][place][0])

    rows = page.locator("#pair tbody tr").all_inner_texts()

    told = {row.split("\t")[0].strip(): row.split("\t")[-1].strip() for row in rows}
    for concept, (name, _) in enumerate(side["concepts"]):
        moved = (side["added"][other][concept] - side["added"][one][concept]) / FINE
        assert float(told[name].replace("−", "-")) == pytest.approx(moved, abs=0.0051)
