"""A figure that two outputs show is the same figure: of commands, page, slides and files."""

from dataclasses import asdict

import numpy as np
import pytest

from propensity.api import score
from tests.training.review.shared_figures import Shared
from training.closed_loop.command import closed_loop
from training.definition.command import show_definition
from training.review.document.blocks import Map, Slider, Table, Text
from training.review.document.numbers import written
from training.review.pack import pack, sections
from training.threshold.command import threshold
from training.threshold.sentences import count

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shown(under_review):
    """What `definition show` says of the version that the review looks at."""
    number = under_review.material.reviewed.version.number
    return show_definition(under_review.config, version=number)


@pytest.fixture(scope="module")
def studied(under_review):
    """What `threshold` says."""
    return threshold(under_review.config)


def section(material, name, language):
    return next(found for found in sections(material, language=language) if found.name == name)


def test_definition_show_and_the_review_count_the_same_leads_the_same_way(under_review, shown):
    page, command = under_review.material.worth, shown.worth
    assert page.leads == command.leads > 500
    assert repr(page.areas) == repr(command.areas)  # NaN is no number, but the same
    assert repr(page.grades) == repr(command.grades)
    assert repr(page.cases) == repr(command.cases)
    assert page.mql_outside_hot == command.mql_outside_hot
    assert page.hot_below_line == command.hot_below_line
    assert shown.version == under_review.material.reviewed.agreed.version == "DRAFT"


def test_threshold_and_the_review_replay_the_same_nights(under_review, studied):
    page = under_review.material.study
    assert asdict(page.focus.promise) == asdict(studied.focus.promise)
    assert page.focus.house == studied.focus.house
    assert (page.focus.leave, page.focus.returns) == (studied.focus.leave, studied.focus.returns)
    np.testing.assert_array_equal(page.lines.figures.lines, studied.lines.figures.lines)
    np.testing.assert_array_equal(page.lines.figures.per_week, studied.lines.figures.per_week)
    np.testing.assert_array_equal(page.lines.figures.backlog, studied.lines.figures.backlog)
    assert page.hand_raisers == studied.hand_raisers


def test_the_slider_stands_at_the_line_of_the_headline_and_tells_what_threshold_tells(
    under_review, studied
):
    material = under_review.material
    slider = next(b for b in section(material, "line", "en").blocks if isinstance(b, Slider))
    place = int(np.argmin(np.abs(studied.lines.figures.lines - slider.lines[slider.chosen])))
    told = {
        column.title: value
        for column, value in zip(slider.columns, slider.figures[slider.chosen], strict=True)
    }
    figures = studied.lines.figures
    assert studied.focus.place == place
    assert told["new MQLs a week"] == pytest.approx(float(figures.per_week[place]))
    assert told["waiting on day one"] == pytest.approx(float(figures.backlog[place]))
    assert told["MQLs that close"] == pytest.approx(float(figures.precision[place]))
    house = studied.focus.house
    assert told["leads to be followed"] == pytest.approx(house.followed / house.leads)
    assert f"{round(100 * house.fit / house.leads)} fit" in slider.sentences[slider.chosen]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_place_that_tells_the_weekly_volume_tells_the_same(under_review, studied, language):
    material = under_review.material
    weekly = count(float(studied.lines.figures.per_week[studied.focus.place]))
    line = section(material, "line", language)
    headline = next(b.text for b in line.blocks if isinstance(b, Text))
    slider = next(b for b in line.blocks if isinstance(b, Slider))
    after = [b.text for b in section(material, "minute", language).blocks if isinstance(b, Text)]
    told = {"en": f"{weekly} leads newly become MQLs", "ja": f"{weekly}件が新たにMQL"}[language]
    for text in (slider.sentences[slider.chosen], next(t for t in after if told in t)):
        assert told in text
    assert weekly in headline
    files = pack(material, language=language)
    assert told in files["review.html"].decode()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_map_tells_the_quadrants_of_definition_show(under_review, shown, language):
    found = section(under_review.material, "map", language)
    drawn = next(block for block in found.blocks if isinstance(block, Map))
    text = repr(drawn)
    for cell in shown.worth.areas:
        assert written(cell.leads, "count", language, "") in text, cell.name


def test_the_first_day_of_the_teams_adds_up_to_the_open_leads_that_threshold_counts(
    under_review, studied
):
    material = under_review.material
    assert material.monday.now.leads == studied.open_leads
    table = next(
        block
        for block in section(material, "minute", "en").blocks
        if isinstance(block, Table) and block.name == "monday"
    )
    now = 2 if len(table.columns) > 3 else 1  # beside the pair in use, or alone
    assert sum(row[now] for row in table.rows) == studied.open_leads
    assert f"{studied.open_leads:,} leads open" in table.source


@pytest.fixture(scope="module")
def looped(under_review):
    """What `closed-loop` says."""
    return closed_loop(under_review.config)


@pytest.fixture(scope="module")
def scored(under_review):
    """What `score` counts on the newest day by the pair under review."""
    reviewed = under_review.material.reviewed
    return score(
        under_review.config,
        version=reviewed.version.number,
        definition=under_review.config.definition,
        as_of=under_review.material.observed,
    ).summary


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_figure_is_the_same_wherever_it_is_told(
    under_review, shown, studied, looped, scored, language
):
    told = Shared(
        under_review.material, language, shown=shown, studied=studied, loop=looped, scored=scored
    )
    assert told.differing == {}
    assert told.alone == []
    assert len(told.found) > 35
