"""What counts as an action, and the company's present score as it was."""

import numpy as np
import pytest

from propensity.config.config import Config
from tests.features.inputs import opened, three
from training.closed_loop.actions import action_history
from training.closed_loop.command import action_figures, population_of
from training.closed_loop.compare import present_score
from training.closed_loop.strata import strata_of
from training.learn.rows.run import Run


def company(folder, **more):
    """Forty-five leads; twenty-five visit, nineteen ask for a demo, all are called; four visits are
    known late.
    """
    ids = [f"L{i:02}" for i in range(45)]
    leads = "lead_id,created_at,size,source\n" + "".join(
        f"{lead},2024-01-01T09:00Z,10,{'web' if i < 22 else 'fair'}\n" for i, lead in enumerate(ids)
    )
    events = "lead_id,occurred_at,event_type,recorded_at,detail\n"
    for i, lead in enumerate(ids):
        late = "2024-06-01" if i >= 21 else "2024-01-10"
        events += f"{lead},2024-01-10T09:00Z,call,2024-01-10T09:00Z,\n"
        if i < 25:
            events += f"{lead},2024-01-10T09:00Z,visit,{late}T09:00Z,/pricing\n"
            events += f"{lead},2024-01-11T09:00Z,visit,2024-01-11T09:00Z,/blog\n"
        if i < 19:
            events += f"{lead},2024-01-12T09:00Z,demo,2024-01-12T09:00Z,\n"
    outcomes = "lead_id,closed_at,won\n" + "".join(
        f"{lead},2024-02-05T09:00Z,{i % 2}\n" for i, lead in enumerate(ids)
    )
    source = three(
        folder,
        leads,
        events,
        outcomes,
        timezone="UTC",
        observed_until="2024-03-01",
        **more,
        options={"events": {"columns": {"recorded_at": "recorded_at", "detail": "detail"}}},
    )
    return Config.model_validate(
        {
            "name": "small",
            "input": source,
            "columns": {"fit": ["size"], "interest": ["source"]},
            "behaviour": {
                "actors": {"call": "sales", "*": "lead"},
                "groups": [{"name": "pricing page", "event_type": "visit", "detail": "/pricing*"}],
            },
            "population": {"until": "closed", "stale_after_days": 300},
            "goal": {"horizon_days": 20},
            # the newest mature as-of is 10 February, the one before 22 January
            "snapshots": {"every_days": 19},
        }
    )


@pytest.fixture
def found(tmp_path):
    config = company(tmp_path)
    with opened(config.input, config.columns) as store:
        rows = population_of(Run(config, store))
        yield config, store, rows, action_history(Run(config, store), rows)


def test_the_leads_own_behaviour_and_how_they_came_are_actions(found):
    _, _, _, did = found

    assert {action.name for action in did.actions} == {
        "pricing page",
        "visit",
        "source: web",
        "source: fair",
    }


def test_what_nineteen_leads_did_is_counted_and_not_shown(found):
    _, _, _, did = found

    assert "demo" not in {action.name for action in did.actions}
    assert did.rare == 1


def test_what_was_recorded_later_was_not_done_yet(found):
    _, _, rows, did = found
    pricing = next(c for c in did.counted if c.concept == "pricing page" and c.window == 30)

    assert len(np.unique(rows.lead[pricing.count > 0])) == 21


def test_an_event_type_of_which_groups_take_parts_is_counted_as_a_whole_too(found):
    _, _, rows, did = found
    whole = next(c for c in did.counted if c.whole and c.window is None)
    parts = [
        c.count
        for c in did.counted
        if c.window is None and not c.whole and c.concept in ("visit", "pricing page")
    ]

    assert whole.concept == "visit"
    np.testing.assert_array_equal(whole.count, sum(parts))
    assert len(whole.count) == len(rows)


def test_columns_whose_past_nobody_kept_are_named(found):
    assert found[3].todays == ("source",)


def test_leads_are_compared_with_leads_of_the_same_day_and_age(found):
    config, store, rows, did = found
    figures = {
        f.action.name: f
        for f in action_figures(Run(config, store), rows, did, strata_of(store, rows))
    }

    visits = did.did[:, [action.name for action in did.actions].index("visit")]
    assert figures["visit"].rate.rate.value == pytest.approx(rows.label[visits].mean())
    assert figures["visit"].usual is not None
    assert (figures["visit"].usual.leads, figures["visit"].usual.wins) == (25, 12)


def test_the_present_score_is_that_of_the_day_where_its_history_is_kept(tmp_path):
    leads = (
        "lead_id,created_at,size,points\n"
        "a,2024-01-01T09:00Z,10,90\n"
        "b,2024-01-02T09:00Z,20,7\n"
        "c,2024-01-03T09:00Z,3,\n"
    )
    changes = (
        "lead_id,changed_at,attribute,value\n"
        "a,2024-01-01T09:00Z,points,5\n"
        "a,2024-02-01T08:00Z,points,90\n"
    )
    given = {
        "name": "scores",
        "columns": {"fit": ["size"]},
        "behaviour": {"actors": {"*": "lead"}},
        "compare_with": "points",
        "population": {"until": "closed", "stale_after_days": 300},
        "goal": {"horizon_days": 10},
        "snapshots": {"every_days": 40},
    }
    options = {"changes": {"attributes": ("points",)}}
    then = three(
        tmp_path,
        leads,
        changes=changes,
        options=options,
        timezone="UTC",
        observed_until="2024-03-31",
    )
    today = three(tmp_path, leads, timezone="UTC", observed_until="2024-03-31")

    def scores(source):
        config = Config.model_validate({**given, "input": source})
        with opened(source, config.columns) as store:
            from tests.training.closed_loop.test_rates import rows_of

            rows = rows_of([0, 1, 2], [0, 0, 0], time=[19740, 19740, 19740])  # 2024-01-18
            return present_score(Run(config, store), rows, "points").tolist()

    assert scores(then)[:2] == [5.0, 7.0]
    assert scores(today)[:2] == [90.0, 7.0]
    assert np.isnan(scores(today)[2])
