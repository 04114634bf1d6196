"""The figures of a segment, as the page shows them, counted again from the files with pandas."""

import re

import numpy as np
import pandas as pd
import pytest

# ruff: noqa: F811 — fixtures of another file are asked for by their names
# what the files say, and the recipe's chances
from tests.training.review.sections.test_every_number import (  # noqa: F401
    HORIZON,
    chances,
    counted,
    crossings,
    sigmoid,
    unseen_rows,
    won_within,
)
from training.review.document.blocks import Map
from training.review.document.numbers import written, written_range
from training.review.findings.segment_figures import RateWithRange
from training.review.pack import cover, review_page, sections

pytestmark = pytest.mark.slow

#: What is chosen, and the place of a quadrant on the map.
SETTINGS = [
    ("country", "日本"),
    ("country", "United States"),
    ("quadrant", "hot"),
    ("quadrant", "keen"),
    ("quadrant", "leave"),
]
QUADRANTS = ("hot", "nurture", "keen", "leave")


@pytest.fixture(scope="module")
def html(under_review):
    material = under_review.material
    return review_page(material, sections(material, language="en"), cover(material, language="en"))


@pytest.fixture(scope="module")
def table(under_review, counted, chances):
    """A row for each lead not seen: country, quadrant, closed."""
    found = under_review.material.unseen.axes
    rows = []
    for lead, day in unseen_rows(under_review, counted).items():
        _, fit, interest = chances[lead, day]
        rows.append(
            {
                "lead": lead,
                "country": counted.leads.loc[lead, "country"],
                "quadrant": _quadrant(found, fit, interest),
                "closed": won_within(counted, lead, day),
            }
        )
    return pd.DataFrame(rows)


def _quadrant(axes, fit, interest):
    high = fit - axes.fit.zero >= axes.fit.cuts[1]
    strong = interest - axes.interest.zero >= axes.interest.cuts[1]
    return (("leave", "keen"), ("nurture", "hot"))[high][strong]


@pytest.fixture(scope="module")
def handed(under_review, counted, chances, crossings):
    """A row for each lead that newly came over the line and is judged: country, quadrant on that
    day, closed.
    """
    axes = under_review.material.unseen.axes
    _, new = crossings(under_review.material.definition.mql.enter)
    rows = [
        {
            "country": counted.leads.loc[lead, "country"],
            "quadrant": _quadrant(axes, *chances[lead, day][1:]),
            "closed": won_within(counted, lead, day),
        }
        for lead, day in new.items()
        if day + HORIZON <= counted.observed
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("by", "value"), SETTINGS)
def test_a_segment_takes_the_place_of_all_leads(html, table, handed, opened, by, value):
    found = opened(html)
    at = found.page

    choose(at, by, value)

    mine, over = table[table[by] == value], handed[handed[by] == value]
    for name, leads in (("all-leads", mine), ("handed-over", over)):
        figure = at.locator(f"[data-figure={name}]")
        told = figure.locator(".source").text_content()
        rate = leads.closed.mean() if len(leads) >= 20 else None
        assert spaced(figure.locator("strong").text_content()) == written(
            rate, "share", "en", "JPY"
        )
        if 0 < len(leads) < 5:
            assert told == "fewer than 5 leads of this segment"
        else:
            assert told == f"{len(leads):,} leads of this segment"
        assert (figure.locator(".range").text_content() != "") == (rate is not None)
    for place, name in enumerate(QUADRANTS):
        inside = mine[mine.quadrant == name]
        lines = at.locator(f"[data-quadrant='{place}'] .told").inner_text().split("\n")
        assert lines[0] == (f"{len(inside)} leads" if len(inside) >= 5 else "fewer than 5 leads")
        if len(inside) >= 20:
            rate = written(inside.closed.mean(), "share", "en", "JPY")
            assert spaced(lines[1]) == f"{rate} closed"
        else:
            assert len(lines) == 1
    assert f"{len(mine):,} leads" in at.locator(".only").inner_text()
    assert found.complaints == []


@pytest.mark.parametrize(("by", "value"), SETTINGS)
def test_the_line_moves_for_a_segment(html, handed, opened, by, value):
    at = opened(html).page

    choose(at, by, value)

    over = handed[handed[by] == value]
    rate = written(over.closed.mean() if len(over) >= 20 else None, "share", "en", "JPY")
    shown = {
        row.locator("dt").text_content(): spaced(row.locator("output").text_content())
        for row in at.locator(".slider dl > div:not([hidden])").all()
    }
    if rate == "–":
        assert "MQLs that close" not in shown
    else:
        assert shown["MQLs that close"] == rate
    # what nobody can tell of a segment is not there
    assert not {"waiting on day one", "value a week", "leads to be followed"} & set(shown)
    assert not at.locator(".slider .sentence").is_visible()


def test_the_points_of_a_segment_are_the_mean_change_of_its_leads(
    html, under_review, counted, opened
):
    unseen = under_review.material.unseen
    matrix, model = unseen.judged.matrix, unseen.model
    sums = model.sums(matrix)
    rows = list(unseen_rows(under_review, counted))
    japan = np.array([counted.leads.loc[lead, "country"] == "日本" for lead in rows])
    # the rows of the store stand in the order of its leads
    order = np.argsort([counted.leads.index.get_loc(lead) for lead in rows])
    inside = japan[order]
    at = opened(html).page

    choose(at, "country", "日本")

    shown = {
        points.get_attribute("data-points"): spaced(points.text_content())
        for points in at.locator("[data-points]").all()
    }
    assert len(shown) >= 8
    for concept in model.concepts:
        if f"{concept.axis} {concept.name}" not in shown:
            continue  # below those that the page shows
        own = sums.contributions[:, list(concept.columns)].sum(axis=1)
        moved = [abs(sigmoid(a) - sigmoid(a - b)) for a, b in zip(sums.log_odds, own, strict=True)]
        expected = written(100 * np.mean(np.array(moved)[inside]), "number", "en", "JPY")
        assert shown[f"{concept.axis} {concept.name}"] == f"{expected} points"


def test_the_map_by_close_rate_is_counted_in_cells_of_two_by_two(
    under_review, counted, chances, table
):
    material = under_review.material
    axes = material.unseen.axes
    found = next(
        block
        for section in sections(material, language="en")
        for block in section.blocks
        if isinstance(block, Map)
    )
    days = unseen_rows(under_review, counted)
    at = [
        [
            place_in(value, edges)
            for value, edges in (
                (chances[lead, days[lead]][1] - axes.fit.zero, found.rate_fit_edges),
                (chances[lead, days[lead]][2] - axes.interest.zero, found.rate_interest_edges),
            )
        ]
        for lead in table.lead
    ]
    cells = table.assign(fit=[f for f, _ in at], interest=[i for _, i in at])
    counted_again = cells.groupby(["fit", "interest"]).closed.agg(["size", "mean"])

    assert found.rate_fit_edges[:-1] == found.fit_edges[:-1:2]
    told = 0
    for fit, row in enumerate(found.rates):
        for interest, rate in enumerate(row):
            known = (fit, interest) in counted_again.index
            size, mean = counted_again.loc[(fit, interest)] if known else (0, 0.0)
            assert (rate is None) == (size < 20)
            if rate is not None:
                assert rate == pytest.approx(mean)
                told += 1
    assert told >= 4


def test_the_map_shows_close_rates_when_asked_and_paper_shows_both(html, opened):
    at = opened(html).page
    rates, counts = (at.locator(f".map .by-{by}.wide") for by in ("rate", "count"))
    assert (rates.is_visible(), counts.is_visible()) == (False, True)

    at.get_by_label("how many leads close").check()
    assert (rates.is_visible(), counts.is_visible()) == (True, False)

    at.emulate_media(media="print")
    assert rates.is_visible()
    assert counts.is_visible()


def test_all_leads_come_back(html, opened):
    at = opened(html).page
    before = at.locator("main").inner_text()

    choose(at, "country", "日本")
    changed = at.locator("main").inner_text()
    at.locator(".only button").click()

    assert changed != before
    assert at.locator("main").inner_text() == before
    assert not at.locator(".only").is_visible()


def test_what_is_chosen_stands_on_paper(html, opened):
    at = opened(html).page
    choose(at, "country", "日本")

    at.emulate_media(media="print")

    assert at.locator(".only").is_visible()
    assert not at.locator(".only button").is_visible()


def test_concepts_are_found(html, under_review, opened):
    at = opened(html).page
    folds = at.locator(".found-in > details")
    everything = folds.count()

    at.get_by_label("Find in this list").fill("JOB")

    visible = [fold.locator("> summary").inner_text() for fold in folds.all() if fold.is_visible()]
    assert everything >= 8
    assert [text.startswith("job title") for text in visible] == [True]
    assert at.locator(".find [role=status]").text_content() == f"1 of {everything}"
    at.get_by_label("Find in this list").fill("")
    assert all(fold.is_visible() for fold in folds.all())


def test_no_fault_for_readers_with_aids_while_a_segment_is_shown(html, opened):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    at = opened(html, width=390).page
    choose(at, "quadrant", "hot")

    faults = axe.Axe().run(at).response["violations"]

    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in faults] == []


def test_the_page_stays_below_a_megabyte(html):
    assert len(html.encode()) < 1_000_000


def test_a_rate_needs_twenty_leads():
    few = RateWithRange.of(np.ones(19, dtype=bool), np.arange(19))
    enough = RateWithRange.of(np.arange(20) < 5, np.arange(20))

    assert (few.rate, few.low, few.high) == (None, None, None)
    assert enough.rate == 0.25
    assert enough.low < 0.25 < enough.high
    assert written_range(enough.low, enough.high, "share", "en", "JPY")


def place_in(value, edges):
    """The cell of a value; those beyond the ends stand in the outermost ones."""
    inside = min(max(value, edges[0]), edges[-1] - 1e-9)
    return pd.cut([inside], edges, right=False, labels=False)[0]


def choose(at, by, value):
    """Choose a segment as a reader does."""
    group = at.locator(f"#filter optgroup[label='{by}'] option", has_text=re.compile(f"^{value} "))
    at.locator("#filter").select_option(group.get_attribute("value"))


def spaced(text):
    return text.replace("\u00a0", " ")
