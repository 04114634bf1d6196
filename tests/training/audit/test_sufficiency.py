"""Whether there is enough to learn from: counted again by hand."""

import json

import numpy as np
import pytest

from features.errors import ConfigError, RefusedError
from tests.training.audit.ledgers import OBSERVED, company, config, flat, flat_config, found
from training.audit.sufficiency import _rows as mature_rows
from training.audit.sufficiency import count, nearer_goal, sufficiency
from training.learn.rows.history import history
from training.learn.rows.run import Run


def plain_company(wins, others=100, *, stages=None, columns=None, extra=0):
    """Leads from day 100 to 800; the winners close 25 days after they came, the others are open for
    good.
    """
    n = wins + others + extra
    created = np.linspace(100, 800, n).astype(int)
    won = np.arange(n) * wins // n != (np.arange(n) + 1) * wins // n
    closed = [int(day) + 25 if w else None for day, w in zip(created, won, strict=True)]
    named = {
        name: [int(day) + 5 if i < k else None for i, day in enumerate(created)]
        for name, k in (stages or {}).items()
    }
    return company(created, closed, won, stages=named, columns=columns(n) if columns else None)


@pytest.mark.parametrize(
    ("wins", "light"), [(39, "red"), (40, "amber"), (119, "amber"), (499, "amber"), (500, "green")]
)
def test_red_below_40_wins_amber_to_500_green_from_there(wins, light):
    with plain_company(wins, others=60) as store:
        says = found(sufficiency(Run(config(), store), None), "wins")

    assert says.light == light
    assert says.evidence["wins"] == wins
    assert ("few (below 120)" in says.sentence) == (40 <= wins < 120)


def test_limits_are_the_configurations():
    with plain_company(45) as store:
        says = sufficiency(Run(config(audit={"least_wins": 50}), store), None)

    assert found(says, "wins").light == "red"


def test_limits_that_stand_in_the_wrong_order_are_refused():
    with pytest.raises(
        ConfigError, match="least_wins <= weak_wins <= good_wins, got 200, 120 and 500"
    ):
        config(audit={"least_wins": 200})


def test_a_segment_that_is_not_read_is_refused():
    with pytest.raises(ConfigError, match="list them under columns"):
        config(audit={"segments": ["size"]})


def test_a_lead_counts_once_however_many_snapshots_look_at_it():
    with plain_company(50) as store:
        counted = count(Run(config(), store), mature_rows(Run(config(), store)))

    assert (counted.wins, counted.losses, counted.leads) == (50, 100, 150)
    assert counted.rows > 5 * counted.leads
    assert counted.goals == 50


def test_red_below_40_leads_that_were_not_won():
    with plain_company(100, others=39) as store:
        says = found(sufficiency(Run(config(), store), None), "losses")

    assert says.light == "red"
    assert says.sentence.startswith("39 leads had the time to be won and were not")


def test_open_leads_are_those_of_the_population_at_observed_until():
    with company([100, 700, 999, OBSERVED], [None, None, None, None], [0, 0, 0, 0]) as store:
        counted = count(Run(config(stale=400), store), mature_rows(Run(config(stale=400), store)))

    assert counted.open_leads == 2  # the first is stale, the last has not come yet


def test_wins_that_no_snapshot_sees_are_counted_and_those_of_the_first_day_told_apart():
    with company([100, 200, 300], [100, 201, 340], [1, 1, 1]) as store:
        says = found(sufficiency(Run(config(every=10), store), None), "wins unseen")

    # As-ofs end in 0: day 200's lead is known after 200 and closes before 210; day 300's is seen on
    # 310 to 340.
    assert says.evidence == {"goals": 3, "seen": 1, "same_day": 1}
    assert says.light == "amber"


def test_months_that_do_not_make_a_year_are_amber():
    with company([OBSERVED - 200, OBSERVED - 100], [None, None], [0, 0]) as store:
        says = found(sufficiency(Run(config(horizon=30), store), None), "months")

    assert says.light == "amber"
    assert says.evidence["months"] == pytest.approx((200 - 30) / 30.44)


def test_too_few_wins_name_the_nearer_goal_that_would_do():
    settings = config(stages=("MQL", "有効商談", "offer"), language="ja")
    with plain_company(32, others=400, stages={"MQL": 400, "有効商談": 210, "offer": 60}) as store:
        says = sufficiency(Run(settings, store), None)

    assert (
        found(says, "wins").advice
        == "受注32件では判断できませんが、有効商談\uff08210件\uff09を目標にすれば予測できます。"
    )


def test_with_nothing_better_the_nearer_goal_is_one_that_just_passes():
    settings = config(stages=("MQL", "offer"))
    with plain_company(30, stages={"MQL": 100, "offer": 60}) as store:
        counted = count(Run(settings, store), mature_rows(Run(settings, store)))

    assert nearer_goal(settings, counted) == ("offer", 60)


def test_a_goal_that_is_a_stage_looks_for_nearer_ones_before_it():
    settings = config(stages=("MQL", "offer"), goal="MQL", until="MQL")
    with plain_company(30, stages={"MQL": 35, "offer": 130}) as store:
        assert (
            nearer_goal(settings, count(Run(settings, store), mature_rows(Run(settings, store))))
            is None
        )


def test_few_wins_and_few_leads_per_person_say_that_scoring_is_not_warranted():
    settings = config(language="ja", audit={"people": 2})
    created = np.concatenate(
        [np.linspace(100, 800, 132), np.full(13 * 2 * 6, OBSERVED - 50)]
    ).astype(int)
    won = np.arange(len(created)) < 32
    closed = [int(day) + 25 if w else None for day, w in zip(created, won, strict=True)]
    with company(created, closed, won) as store:
        says = found(sufficiency(Run(settings, store), None), "not warranted")

    assert says.light == "red"
    assert says.sentence + says.advice == (
        "スコアリングはまだ必要ありません。受注実績が32件と少なく、リードは1人あたり週6件です。"
        "目視での見極めと、行動別受注率の表をご利用ください。"
    )


def test_people_are_counted_by_the_column_of_salespeople():
    def people(n):
        return {"owner": np.array(["Ann", "Bea", "Cid"])[np.arange(n) % 3]}

    created = np.full(300, OBSERVED - 50)
    with company(created, [None] * 300, [0] * 300, columns=people(300)) as store:
        settings = config(carry=["owner"], audit={"salesperson": "owner"})
        counted = count(Run(settings, store), mature_rows(Run(settings, store)))

    assert counted.per_person == pytest.approx(300 / 3 / 13)


def test_segments_are_counted_apart_and_rare_values_are_not_named():
    def columns(n):
        return {
            "size": np.where(
                np.arange(n) < 10, "=SECRET()", np.where(np.arange(n) % 4 == 0, "big", "small")
            )
        }

    settings = config(carry=["size"], audit={"segments": ["size"]})
    with plain_company(100, others=300, columns=columns) as store:
        says = found(sufficiency(Run(settings, store), None), "segment size")
        by_hand = {row["level"]: row for row in says.evidence["segments"]}

    assert "SECRET" not in says.sentence + json.dumps(says.evidence)
    assert sum(row["leads"] for row in by_hand.values()) == 390
    assert by_hand["big"]["leads"] == sum(1 for i in range(10, 400) if i % 4 == 0)
    assert says.light == "amber"  # a quarter of the leads, and fewer than 40 wins
    assert "big" in says.advice


def test_where_training_refuses_the_audit_still_counts():
    with plain_company(5) as store:
        with pytest.raises(RefusedError) as refused:
            history(Run(config(), store))
        says = sufficiency(Run(config(), store), None, refused=str(refused.value))

    assert found(says, "history").light == "red"
    assert found(says, "wins").evidence["wins"] == 5


def test_the_history_of_training_gives_the_same_counts():
    settings = config(snapshots={"every_days": 10, "test_days": 220})
    with plain_company(300, others=600) as store:
        past = history(Run(settings, store))
        assert (
            sufficiency(Run(settings, store), past) == sufficiency(Run(settings, store), None)[1:]
        )


def test_a_flat_table_counts_rows_and_those_without_outcome_as_open():
    with flat([100, 200, 300, None], [True, False, None, True]) as store:
        settings = flat_config()
        counted = count(Run(settings, store), mature_rows(Run(settings, store)))

    assert (counted.wins, counted.losses, counted.open_leads, counted.rows) == (2, 1, 1, 3)
    assert counted.months == pytest.approx(200 / 30.44)
