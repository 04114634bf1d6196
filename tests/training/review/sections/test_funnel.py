"""The funnel and the promise as the pack tells them; every figure again by pandas from the
files.
"""

import re
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import holidays
import pandas as pd
import pytest

from features.days import date_of
from propensity.definition.load import load_definition
from tests.training.review.practised import PERSONAS, leads_of, written_company
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.document.blocks import Chart, Folded, Table, Text
from training.review.funnel.earning import EarningSegment
from training.review.funnel.funnel import with_active
from training.review.funnel.leaks import Leak
from training.review.funnel.practice import Practice, practice
from training.review.funnel.promise_judge import PromiseRecord
from training.review.funnel.promises import promises
from training.review.sections import funnel, promise
from training.review.words import words_of

MATURE, UNTIL = pd.Timedelta(days=120), pd.Timestamp("2025-04-01")


@dataclass(frozen=True)
class Reviewed:
    """What the two sections read of the material."""

    practice: Practice
    definition: object
    study: None = None
    is_flat: bool = False
    scale: float = 1.0
    goal: str = "won"
    unseen: tuple = ()
    reviewed: object = field(
        default_factory=lambda: SimpleNamespace(agreed=SimpleNamespace(is_draft=False))
    )


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("told")
    config = written_company(folder, review={"calls": ["call_made"]})
    definition = load_definition(config.definition)
    with open_sources(config) as store:
        found = practice(Run(config, store), definition)
        whole = with_active(found.funnel, Run(config, store), found.leads, found.parts)
        usual = promises(Run(config, store), definition.model_copy(update={"promises": ()}))
        calls = store.query(
            "SELECT l.lead_id, e.occurred_at FROM events e JOIN leads l USING (lead) "
            "WHERE event_type = 'call_made'"
        ).to_pandas()
    calls["at"] = calls["occurred_at"] + pd.Timedelta(hours=9)
    return Reviewed(replace(found, funnel=whole), definition), folder, (calls, usual)


def told(material, module, language="en"):
    name = module.__name__.rsplit(".", 1)[1]
    return module.section(material, words_of(name, language, currency="JPY"))


def blocks(section):
    """All blocks, the folded ones too."""
    for block in section.blocks:
        yield block
        if isinstance(block, Folded):
            yield from block.blocks


def tables(section):
    return {block.name: block for block in blocks(section) if isinstance(block, Table)}


def column(table, title):
    place = [one.title for one in table.columns].index(title)
    return [row[place] for row in table.rows]


def test_months_of_the_page_are_those_of_the_files(reviewed):
    material, folder, _ = reviewed
    leads = leads_of(folder)
    found = tables(told(material, funnel))
    raw, judged = found["funnel-by-month-raw"], found["funnel-by-month-judged"]
    for month, n, rate in zip(
        column(raw, "month"), column(raw, "leads"), column(raw, "lead to customer"), strict=True
    ):
        own = leads[leads["created"].dt.strftime("%b %Y") == month]
        assert (n, rate) == (len(own), pytest.approx(own["customer"].notna().mean()))
    for month, n, rate in zip(
        column(judged, "month"),
        column(judged, "leads"),
        column(judged, "lead to customer"),
        strict=True,
    ):
        own = leads[leads["created"].dt.strftime("%b %Y") == month]
        won = own["customer"].notna() & (own["customer"] < own["day"] + MATURE)
        assert (n, rate) == (len(own), pytest.approx(won.mean()))
        assert (own["day"] + MATURE <= UNTIL).all()


def test_segments_of_the_page_are_those_of_the_files(reviewed):
    material, folder, _ = reviewed
    leads, whole = leads_of(folder), material.practice.funnel
    months = [
        f"{date_of(0).year + month // 12}-{month % 12 + 1:02}" for month in whole.mature_months
    ]
    own = leads[leads["month"].isin(months)]
    (by_persona,) = [t for t in tables(told(material, funnel)).values() if t.title == "By persona"]
    for name, n, mql in zip(
        column(by_persona, "segment"),
        column(by_persona, "leads, judged"),
        column(by_persona, "lead to MQL"),
        strict=True,
    ):
        some = own[own["persona"] == name]
        assert n == len(some)
        assert mql == pytest.approx((some["mql"] < some["day"] + MATURE).mean())


def test_the_pictures_of_the_funnel_and_its_channels_are_those_of_the_files(reviewed):
    material, folder, _ = reviewed
    leads, whole = leads_of(folder), material.practice.funnel
    months = [
        f"{date_of(0).year + month // 12}-{month % 12 + 1:02}" for month in whole.mature_months
    ]
    own = leads[leads["month"].isin(months)]
    in_time = {
        stage: own[stage] < own["day"] + MATURE for stage in ("mql", "opportunity", "customer")
    }
    drawn = {b.name: b for b in blocks(told(material, funnel)) if isinstance(b, Chart)}

    steps = drawn["funnel-steps"]
    assert steps.series[0].y == pytest.approx(
        (
            1.0,
            in_time["mql"].mean(),
            (in_time["mql"] & in_time["opportunity"]).mean(),
            in_time["customer"].mean(),
        )
    )
    by_persona = next(
        chart
        for name, chart in drawn.items()
        if name.startswith("funnel-chart") and set(chart.x) <= {*PERSONAS}
    )
    for name, rate in zip(by_persona.x, by_persona.series[0].y, strict=True):
        assert rate == pytest.approx(in_time["customer"][own["persona"] == name].mean())


def test_the_headline_and_its_source_say_which_leads(reviewed):
    material, *_ = reviewed
    section, whole = told(material, funnel), material.practice.funnel.whole.mature
    headline = next(
        block for block in section.blocks if isinstance(block, Text) and block.role == "headline"
    )
    assert (
        f"{100 * whole.customers / whole.leads:.0f} became customers within 120 days"
        in headline.text
    )
    assert (
        f"{whole.leads:,} leads created Dec 2023 to Nov 2024, whose 120 days are over"
        in tables(section)["funnel"].source
    )


def test_the_chart_shows_judged_beside_raw(reviewed):
    chart = next(
        block
        for block in told(reviewed[0], funnel).blocks
        if isinstance(block, Chart) and block.name == "funnel-by-month"
    )
    raw, judged = chart.series
    assert len(chart.x) == len(raw.y) == len(judged.y)
    assert judged.y[-1] is None
    assert judged.y[-5] is not None


def test_lost_reasons_by_kind_of_customer_are_those_of_the_files(reviewed):
    material, folder, _ = reviewed
    outcomes = pd.read_csv(folder / "data" / "outcomes.csv", dtype=str)
    closed = pd.to_datetime(outcomes["closed_at"])
    year = (
        (closed < UNTIL) & (closed >= UNTIL - pd.Timedelta(days=365)) & (outcomes["won"] == "false")
    )
    lost = outcomes[year].merge(leads_of(folder)[["lead_id", "persona"]], on="lead_id")
    table = tables(told(material, funnel))["funnel-lost-by-persona"]
    for reason, *counts in table.rows:
        for persona, count in zip(PERSONAS, counts, strict=True):
            found = lost[(lost["lost_reason"] == reason) & (lost["persona"] == persona)][
                "lead_id"
            ].nunique()
            assert count == (found if found >= 5 else None)


def test_leaks_and_better_segments_are_told_with_what_they_cost(reviewed):
    material, *_ = reviewed
    leak = Leak("persona", "small", "MQL to opportunity", 240, 0.5, 0.75, 60.0, 24.0)
    better = EarningSegment(
        "channel", "Events", 310, 40, 22.4, 5.0e7, 3.0e7, more_wins=True, more_amount=False
    )
    found = material.practice
    changed = replace(found, funnel=replace(found.funnel, leaks=(leak,)), earning=(better,))
    section = told(replace(material, practice=changed), funnel)
    sentence = (
        "small (persona): MQL to opportunity 50 %, on average 75 %. At the average, 60 more of 240"
        " would have gone on. That is about 24 customers."
    )
    assert sentence in [block.text for block in section.blocks if isinstance(block, Text)]
    assert tables(section)["funnel-earning"].rows == (
        ("Events (channel)", 310, 40, 22, 5.0e7, 3.0e7, "yes", ""),
    )


def test_hand_overs_of_the_page_are_those_of_the_files(reviewed):
    material, folder, _ = reviewed
    outcomes = pd.read_csv(folder / "data" / "outcomes.csv", dtype=str)
    found = pd.to_datetime(outcomes["mql_at"]).dt.strftime("%b %Y").value_counts()
    table = tables(told(material, promise))["promise-by-month"]
    for month, n in zip(column(table, "month"), column(table, "MQLs handed over"), strict=True):
        assert n == found[month]


def test_first_contacts_within_a_business_day_are_those_of_the_files(reviewed):
    """Hand-over by hand-over: a call at or after it, until the close of its business day (9-12,
    13-18, Japan).
    """
    _, folder, (calls, usual) = reviewed
    outcomes = pd.read_csv(folder / "data" / "outcomes.csv", dtype=str)
    handed = pd.to_datetime(outcomes["mql_at"])
    closed, made = holidays.country_holidays("JP"), calls.groupby("lead_id")["at"].apply(list)
    kept, broken = {}, {}
    for lead, moment in zip(outcomes["lead_id"], handed, strict=True):
        if pd.isna(moment) or not pd.Timestamp("2024-04-01") <= moment < UNTIL:
            continue
        day = moment.normalize() if moment.hour < 18 else moment.normalize() + pd.Timedelta(days=1)
        while day.weekday() > 4 or day.date() in closed:
            day += pd.Timedelta(days=1)
        due, month = day + pd.Timedelta(hours=18), moment.strftime("%Y-%m")
        if due <= UNTIL:
            in_time = any(moment <= call <= due for call in made.get(lead, []))
            kept[month] = kept.get(month, 0) + in_time
            broken[month] = broken.get(month, 0) + (not in_time)
    for month, side in usual.months:
        name = f"{1970 + month // 12}-{month % 12 + 1:02}"
        assert side.contact == PromiseRecord(kept[name], broken[name])


def test_what_was_promised_stands_in_words(reviewed):
    rows = tables(told(reviewed[0], promise))["promise-agreed"].rows
    sooner = "first contact within 4 hours or 1 business day, whichever is sooner"
    assert ("Inside sales", "large", sooner) in rows
    assert ("Inside sales", "all others", "first contact within 1 business day") in rows
    assert ("Inside sales", "all others", "3 calls and 3 e-mails within 10 business days") in rows


def test_sections_without_their_data_say_why(reviewed):
    material, *_ = reviewed
    flat = replace(material, practice=replace(material.practice, funnel=None), is_flat=True)
    assert "no days" in told(flat, funnel).absent
    assert "no days" in told(flat, promise).absent
    assert "no definition" in told(replace(material, definition=None), promise).absent


@pytest.mark.parametrize("module", [funnel, promise])
def test_both_languages_tell_the_same_figures(reviewed, module):
    english, japanese = told(reviewed[0], module), told(reviewed[0], module, "ja")
    one, other = tables(english), tables(japanese)
    assert one.keys() == other.keys()
    for name in one:
        assert len(one[name].rows) == len(other[name].rows)
        numbers = [
            [cell for cell in row if isinstance(cell, float)]
            for table in (one, other)
            for row in table[name].rows
        ]
        assert numbers[: len(numbers) // 2] == numbers[len(numbers) // 2 :]


@pytest.mark.parametrize("section", ["funnel", "promise", "sheet"])
def test_both_languages_avoid_what_the_glossary_avoids(section):
    english, japanese = (words_of(section, language).texts for language in ("en", "ja"))
    avoided = re.compile("確度|適合率|リーク|商談化率|クローズ率|成約率|信頼区間|閾値|プロスペクト")
    assert not [text for text in japanese.values() if avoided.search(text)]
    assert not [
        text for text in english.values() if re.search("precision|calibrat|log-odds|SHAP", text)
    ]


def test_a_company_has_its_own_words_for_its_steps(reviewed):
    words = words_of("funnel", "ja", labels={"opportunity": "案件", "won": "成約"}, currency="JPY")
    titles = [row[0] for row in tables(funnel.section(reviewed[0], words))["funnel"].rows]
    assert "MQL→案件" in titles
    assert "案件→成約" in titles
