"""What a lead is worth is the sheet's figure, and what fits a team is what the replay brings it."""

from dataclasses import replace

import pytest

from tests.training.review.sheet.test_workbook import literature
from training.review.document.blocks import Table, Text
from training.review.sections.worth import worth
from training.review.words import words_of


def told(material, language="en"):
    (folded,) = worth(material, words_of("line", language, currency="JPY"))
    tables = {block.name: block for block in folded.blocks if isinstance(block, Table)}
    return tables, " ".join(block.text for block in folded.blocks if isinstance(block, Text))


def test_the_value_of_a_lead_is_the_literatures(under_review):
    sheet = literature()
    material = under_review.material
    material = replace(material, practice=replace(material.practice, sheet=sheet))

    tables, said = told(material)

    (*rows, total) = tables["lead-value"].rows
    for place, (_, *cells) in enumerate(rows):
        wanted = [sheet.value(place, persona) for persona in range(len(sheet.personas))]
        assert cells == [*wanted, sheet.value(place, None)]
    assert total[-1] == sheet.value(None, None)
    leads, won = sheet.summed(0, 0)
    assert rows[0][1] == pytest.approx(won / leads * sheet.price[0])
    assert "sla.xlsx" in said


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_fits_a_team_is_what_the_replay_brings_beside_what_it_can_work(under_review, language):
    material = under_review.material
    study, stops = material.study, material.stops
    weeks = study.weeks
    wanted = stops.per_week[stops.chosen, 0] + study.hand_raisers.crossed / weeks
    capacity = round(wanted) + 7.0
    policy = study.policy.model_copy(update={"capacity_per_week": capacity})

    without, said = told(material, language)
    tables, fits = told(replace(material, study=replace(study, policy=policy)), language)

    assert [len(row) for row in without["team-capacity"].rows] == [2]
    assert without["team-capacity"].rows[0][1] == pytest.approx(wanted)
    (row,) = tables["team-capacity"].rows
    assert row[1:4] == pytest.approx((wanted, capacity, capacity - wanted))
    assert str(round(capacity - wanted)) in fits
    assert fits != said


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_leads_cost_and_whether_goals_are_reached_are_the_sheets_figures(
    under_review, language
):
    sheet, material = literature(), under_review.material
    material = replace(material, practice=replace(material.practice, sheet=sheet))

    tables, said = told(material, language)

    search, social, every = tables["channel-cost"].rows
    # two months of 100 leads at a cost of 500, where 120 were wanted
    assert search[1:5] == (200, 240, pytest.approx(200 / 240), pytest.approx(1000 / 200))
    assert social[1:5] == (220, None, None, pytest.approx(1000 / 220))
    assert every[1:5] == (420, None, None, pytest.approx(2000 / 420))
    assert [row[-1] for row in tables["channel-cost"].rows] == [
        sheet.value(0, None),
        sheet.value(1, None),
        sheet.value(None, None),
    ]
    assert "Organic search" in said
    assert "83" in said  # % of the goal


def test_no_table_of_costs_stands_where_none_is_known(under_review):
    tables, _ = told(under_review.material)

    assert "channel-cost" not in tables
