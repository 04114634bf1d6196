"""Every number of the meeting, counted again from the files by another route: pandas, days and
dictionaries.
"""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.build.build import build, prepare
from features.days import day_number
from propensity.registry.champion import load_champion
from tests.features.phases_by_hand import phases_of
from tests.training.review.reviewed_company import OBSERVED
from training.learn.rows.sources import open_sources
from training.review.document.blocks import Folded, KeyFigure, Map, Slider, Table
from training.review.findings.close_rates import close_rate_comparison
from training.review.pack import sections
from training.review.words import words_of

pytestmark = pytest.mark.slow

HORIZON, STALE = 28, 90


@pytest.fixture(scope="module")
def counted(under_review):
    """What the files say, day by day, and the chances of the recipe at every row that is looked
    at.
    """
    leads, events, outcomes = under_review.leads, under_review.events, under_review.outcomes
    day = lambda column: (column - pd.Timestamp("1970-01-01")).dt.floor("D").dt.days  # noqa: E731
    leads = leads.assign(created=day(leads["created_at"])).set_index("lead_id", drop=False)
    outcomes = outcomes.assign(
        closed=day(outcomes["closed_at"]), opened=day(outcomes["opportunity_at"])
    )
    leads = leads.join(outcomes.set_index("lead_id")[["closed", "opened", "won", "amount"]])
    observed = day_number(OBSERVED)
    leads["win"] = np.where(
        (leads["won"] == True) & (leads["closed"] < observed),  # noqa: E712
        leads["closed"],
        np.inf,
    )
    leads["closed"] = leads["closed"].fillna(np.inf)
    events = events.assign(day=day(events["occurred_at"]))
    signs = pd.concat(
        [
            events.loc[events["event_type"] != "email_sent", ["lead_id", "day"]],
            leads.reset_index(drop=True)[["lead_id", "created"]].rename(columns={"created": "day"}),
        ]
    )
    return SimpleNamespace(
        leads=leads, events=events, signs=signs, observed=observed, win=leads["win"].to_dict()
    )


def open_at(counted, day):
    """Ids of the leads that were open at the start of a day."""
    leads, signs = counted.leads, counted.signs
    alive = set(signs.loc[(signs["day"] < day) & (signs["day"] >= day - STALE), "lead_id"])
    known = leads[(leads["created"] < day) & (leads["closed"] >= day)]
    return [lead for lead in known["lead_id"] if lead in alive]


def did(counted, event_type, day, window=None):
    """Ids of the leads that did something before a day, within a window."""
    events = counted.events
    mask = (events["event_type"] == event_type) & (events["day"] < day)
    if window is not None:
        mask &= events["day"] >= day - window
    return set(events.loc[mask, "lead_id"])


def ruled(counted, ids, day):
    """Sets of leads by what the definition of the test says of them."""
    leads = counted.leads.loc[ids]
    return SimpleNamespace(
        out=did(counted, "unsubscribed", day) & set(ids),
        asked=did(counted, "demo_request", day, 30) & set(ids),
        qualified=set(leads.index[leads["country"] == "日本"]),
        unknown=set(leads.index[leads["country"].isna()]),
        complete=set(leads.index[leads["job title"].notna()]),
    )


@pytest.fixture(scope="module")
def chances(under_review, counted):
    """(lead, day) to log-odds, fit and interest by the recipe, for every day of the replay."""
    material = under_review.material
    days = material.study.frame.as_of_days
    rows = [(lead, day) for day in days for lead in open_at(counted, day)]
    with open_sources(under_review.config) as store:
        found = (
            store.query("SELECT lead_id, lead FROM leads").to_pandas().set_index("lead_id")["lead"]
        )
        table = pa.table(
            {
                "lead": pa.array([found[lead] for lead, _ in rows], pa.int32()),
                "episode": pa.array([1] * len(rows), pa.int32()),
                "as_of_day": pa.array([day for _, day in rows], pa.int32()),
            }
        )
        model = material.unseen.model
        prepare(store, model.spec, table)
        sums = model.sums(build(store, table, model.spec).matrix)
    columns = zip(sums.log_odds.tolist(), sums.fit.tolist(), sums.interest.tolist(), strict=True)
    return dict(zip(rows, columns, strict=True))


def sigmoid(log_odds):
    return 1 / (1 + math.exp(-log_odds))


@pytest.fixture(scope="module")
def crossings(under_review, counted, chances):
    """Line to (lead, day) of first crossings: the newly crossed, and those over it from the first
    day on or in the run-in.
    """
    frame = under_review.material.study.frame
    days = frame.as_of_days
    records = {}
    raised = set()
    for day in days:
        ids = open_at(counted, day)
        said = ruled(counted, ids, day)
        for lead in ids:
            if lead in said.asked and lead not in said.out and lead in said.complete:
                raised.add(lead)
            if lead in raised:  # handed over whatever the chance, and counted apart from then on
                continue
            free = lead not in said.out and lead in said.complete and lead in said.qualified
            chance = sigmoid(chances[lead, day][0]) if free else 0.0
            records.setdefault(lead, []).append((day, chance))

    def at(line):
        first = {}
        for lead, seen in records.items():
            day = next((day for day, chance in seen if chance >= line), None)
            if day is not None:
                first[lead] = day
        new = {lead: day for lead, day in first.items() if day > frame.first_day}
        return first, new

    at.records = records
    return at


def section(under_review, name, language="en"):
    made = sections(under_review.material, language=language)
    return next(section for section in made if section.name == name)


def blocks(of, kind):
    for block in of.blocks:
        if isinstance(block, kind):
            yield block
        elif isinstance(block, Folded):
            yield from blocks(block, kind)


def won_within(counted, lead, day):
    return day <= counted.win[lead] < day + HORIZON


def unseen_rows(under_review, counted):
    """Lead to the first of its own days of the test part on which it was open."""
    newest = counted.observed - HORIZON
    first_test = counted.observed - HORIZON - 42 + 1
    phases = phases_of(under_review.leads, 14)
    found = {}
    for day in range(first_test, newest + 1):
        for lead in open_at(counted, day):
            if (newest - day) % 14 == phases[lead]:
                found.setdefault(lead, day)
    return found


def test_of_100_handed_over_so_many_closed(under_review, counted, crossings):
    line = under_review.material.definition.mql.enter
    _, new = crossings(line)
    judged = {lead: day for lead, day in new.items() if day + HORIZON <= counted.observed}
    won = sum(won_within(counted, lead, day) for lead, day in judged.items())

    found = close_rate_comparison(under_review.material)

    assert (found.leads, found.won) == (len(judged), won)
    figure = next(blocks(section(under_review, "minute"), KeyFigure))
    assert figure.value == pytest.approx(won / len(judged))
    assert f"{len(judged):,} leads" in figure.source
    assert figure.low < figure.value < figure.high


def test_of_all_leads_so_many_closed_and_of_the_best_by_todays_score(under_review, counted):
    rows = unseen_rows(under_review, counted)
    won = {lead: won_within(counted, lead, day) for lead, day in rows.items()}
    definition_mqls = under_review.material.unseen.decided.is_mql.sum()
    score = counted.leads.loc[list(rows), "points"].fillna(-1.0)
    label = pd.Series(won)
    values = score.sort_values(ascending=False)
    room, gained = float(definition_mqls), 0.0
    for value in values.unique():  # those with the same points share what is left
        tied = score.index[score == value]
        part = min(1.0, room / len(tied))
        gained += part * label[tied].sum()
        room -= part * len(tied)
        if room <= 0:
            break

    _, all_leads, present = blocks(section(under_review, "minute"), KeyFigure)

    assert all_leads.value == pytest.approx(sum(won.values()) / len(won))
    assert present.value == pytest.approx(gained / definition_mqls)


@pytest.fixture(scope="module")
def acting(under_review, counted):
    """Who has to act on each open lead, now and before, and its chance now: by hand."""
    config, day = under_review.config, counted.observed
    ids = open_at(counted, day)
    said = ruled(counted, ids, day)
    owners, chance = {}, None
    for which, number, enter in (("before", 1, 0.07), ("now", 2, 0.05)):
        champion = load_champion(
            config, number, definition=None if which == "before" else config.definition
        )
        with open_sources(config) as store:
            found = (
                store.query("SELECT lead_id, lead FROM leads")
                .to_pandas()
                .set_index("lead_id")["lead"]
            )
            rows = pa.table(
                {
                    "lead": pa.array(found[ids], pa.int32()),
                    "episode": pa.array([1] * len(ids), pa.int32()),
                    "as_of_day": pa.array([day] * len(ids), pa.int32()),
                }
            )
            prepare(store, champion.model.spec, rows)
            sums = champion.model.sums(build(store, rows, champion.model.spec).matrix)
        axes = champion.agreed.axes
        chance = [sigmoid(each) for each in sums.log_odds]
        owners[which] = []
        for place, lead in enumerate(ids):
            high = sums.fit[place] - axes.fit.zero >= axes.fit.cuts[1]
            strong = sums.interest[place] - axes.interest.zero >= axes.interest.cuts[1]
            over = chance[place] >= enter
            complete, qualified = lead in said.complete, lead in said.qualified
            could_be = over and (qualified or lead in said.unknown)
            if lead in said.out:
                owner = "nobody"
            elif lead in said.asked:
                owner = "sales" if complete else "marketing"
            elif could_be and not (qualified and complete):
                owner = "marketing"
            elif over and qualified:
                owner = "sales"
            else:
                owner = "marketing" if high != strong else "nobody"
            owners[which].append(owner)
    return pd.DataFrame({**owners, "chance": chance}, index=ids)


def monday_column(under_review, title):
    table = next(blocks(section(under_review, "minute"), Table))
    column = [title.title for title in table.columns].index(title)
    return {row[0]: row[column] for row in table.rows}


@pytest.mark.parametrize("which", ["now", "before"])
def test_monday_counts_open_leads_by_who_has_to_act(under_review, acting, which):
    owners = acting[which].value_counts()

    title = "leads so far" if which == "before" else "leads from Monday"
    assert monday_column(under_review, title) == {
        "Sales": owners["sales"],
        "Marketing": owners["marketing"],
        "nobody has to act": owners["nobody"],
    }
    assert under_review.material.unseen.judged.cluster.min() >= 0


def test_monday_says_who_is_won_and_who_is_lost(under_review, acting):
    for role, name in (("sales", "Sales"), ("marketing", "Marketing")):
        won = acting[(acting.now == role) & (acting.before != role)]
        lost = acting[(acting.before == role) & (acting.now != role)]
        shown = {
            title: monday_column(under_review, title)[name]
            for title in ("of these new to the team", "no longer its leads")
        }
        assert list(shown.values()) == [
            len(these) if len(these) >= 5 or these.empty else None for these in (won, lost)
        ]
        moved = under_review.material.monday
        for told, these in ((moved.won, won), (moved.lost, lost)):
            if len(these):
                assert told[role].closing == pytest.approx(these.chance.sum())


def test_monday_says_what_a_team_gets_a_week(under_review):
    material = under_review.material
    slider = next(blocks(section(under_review, "line"), Slider))
    mqls = slider.figures[slider.chosen][
        [column.title for column in slider.columns].index("new MQLs a week")
    ]
    study = material.study
    raised = study.hand_raisers.crossed / study.weeks
    drawn = study.focus.random_slice.per_week if study.focus.random_slice else 0.0

    assert monday_column(under_review, "handed over a week from Monday") == {
        "Sales": round(mqls + material.scale * (raised + drawn)),
        "Marketing": None,
        "nobody has to act": None,
    }


def test_a_bar_is_the_mean_change_of_the_chance(under_review, counted):
    material = under_review.material
    model, matrix = material.unseen.model, material.unseen.judged.matrix
    sums = model.sums(matrix)
    expected = {}
    for concept in model.concepts:
        own = sums.contributions[:, list(concept.columns)].sum(axis=1)
        moved = [abs(sigmoid(a) - sigmoid(a - b)) for a, b in zip(sums.log_odds, own, strict=True)]
        expected[concept.name] = 100 * sum(moved) / len(moved)

    table = next(
        t for t in blocks(section(under_review, "matters"), Table) if t.name == "what-matters"
    )

    words = words_of("matters", "en")
    for row in table.rows:
        name = next(name for name in expected if words.name(name) == row[0])
        assert row[2] == pytest.approx(expected[name], abs=1e-9)
    assert len(table.rows) == len(expected)
    assert len(material.unseen) == len(unseen_rows(under_review, counted))


@pytest.mark.parametrize("column", ["job title", "業種", "source"])
def test_a_curve_shows_leads_and_closes_of_each_value(under_review, counted, column):
    rows = unseen_rows(under_review, counted)
    values = counted.leads.loc[list(rows), column]
    won = pd.Series({lead: won_within(counted, lead, day) for lead, day in rows.items()})
    table = next(
        t
        for t in blocks(section(under_review, "matters"), Table)
        if t.name == "what-matters-curves"
    )

    shown = {row[1]: row for row in table.rows if row[0] == column}

    assert len(shown) >= 2
    for value, row in shown.items():
        if value in ("rare or new values", "unknown"):
            continue
        mine = values.index[values == value]
        assert row[2] == len(mine)
        assert row[3] == pytest.approx(won[mine].mean())


def test_a_curve_of_a_behaviour_counts_its_last_30_days(under_review, counted):
    rows = unseen_rows(under_review, counted)
    events = counted.events[counted.events["event_type"] == "download"]
    times = {
        lead: (
            (
                (events["lead_id"] == lead) & (events["day"] < day) & (events["day"] >= day - 30)
            ).sum()
        )
        for lead, day in rows.items()
    }
    table = next(
        t
        for t in blocks(section(under_review, "matters"), Table)
        if t.name == "what-matters-curves"
    )

    shown = {row[1]: row for row in table.rows if row[0] == "download"}

    nothing = [lead for lead, n in times.items() if n == 0]
    assert shown["0"][2] == len(nothing)
    assert shown["0"][3] == pytest.approx(
        np.mean([won_within(counted, lead, rows[lead]) for lead in nothing])
    )


def test_the_map_counts_leads_in_cells_and_quadrants(under_review, counted, chances):
    material = under_review.material
    rows = unseen_rows(under_review, counted)
    axes, found = material.unseen.axes, next(blocks(section(under_review, "map"), Map))
    counts = np.zeros((len(found.fit_edges) - 1, len(found.interest_edges) - 1), dtype=int)
    quadrants = {}
    for lead, day in rows.items():
        _, fit, interest = chances[lead, day]
        fit, interest = fit - axes.fit.zero, interest - axes.interest.zero
        at = []
        for edges, value in ((found.fit_edges, fit), (found.interest_edges, interest)):
            inside = [place for place in range(len(edges) - 1) if edges[place] <= value]
            at.append(inside[-1] if inside else 0)
        counts[tuple(at)] += 1
        name = (("leave", "keen"), ("nurture", "hot"))[fit >= found.fit_cut][
            interest >= found.interest_cut
        ]
        quadrants.setdefault(name, []).append(won_within(counted, lead, day))

    assert found.counts == tuple(map(tuple, np.where(counts >= 5, counts, 0).tolist()))
    for name, leads, rate, low, high, _ in found.quadrants:
        assert leads == len(quadrants[name])
        assert rate == pytest.approx(np.mean(quadrants[name]))
        assert low <= rate <= high
    one = next(iter(rows.items()))
    assert found.line == pytest.approx(0.05)
    log_odds, fit, interest = chances[one]
    assert fit - axes.fit.zero + interest - axes.interest.zero + found.offset == pytest.approx(
        log_odds
    )


def test_the_slider_moves_what_the_days_say(under_review, counted, crossings, chances, acting):
    material = under_review.material
    slider = next(blocks(section(under_review, "line"), Slider))
    titles = [column.title for column in slider.columns]
    days, begins = material.study.frame.as_of_days, material.study.frame.first_day
    weeks = (days[-1] - begins) // 7
    created = counted.leads["created"].to_dict()
    wins = {
        lead: day
        for lead, day in counted.win.items()
        if begins <= day <= days[-1] and day < counted.observed
    }
    newest = open_at(counted, days[-1])
    said = ruled(counted, newest, days[-1])
    asked = {lead for lead in said.asked if lead not in said.out and lead in said.complete}
    free = (said.complete & said.qualified) - said.out - asked
    axes = material.unseen.axes
    ever_open = {lead for day in days for lead in open_at(counted, day)}
    wins = {
        lead: day for lead, day in wins.items() if lead in ever_open or created[lead] >= days[0]
    }
    for at in (0, slider.chosen, len(slider.lines) - 1):
        line, row = slider.lines[at], dict(zip(titles, slider.figures[at], strict=True))
        first, new = crossings(line)
        recent = [day for day in new.values() if (days[-1] - day) // 7 < weeks]
        over = [lead for lead in newest if lead in free and acting.chance[lead] >= line]
        judged = {lead: day for lead, day in new.items() if day + HORIZON <= counted.observed}
        won = [lead for lead, day in judged.items() if won_within(counted, lead, day)]
        caught = [lead for lead, day in first.items() if lead in wins and day < wins[lead]]
        hot = [
            lead
            for lead, day in new.items()
            if chances[lead, day][1] >= axes.fit.zero
            and chances[lead, day][2] >= axes.interest.zero
        ]

        assert row["new MQLs a week"] == pytest.approx(len(recent) / weeks)
        assert row["waiting on day one"] == (len(over) if len(over) >= 5 or not over else None)
        assert row["MQLs that close"] == pytest.approx(len(won) / len(judged))
        assert row["share of all closes"] == pytest.approx(len(caught) / len(wins))
        assert row["leads to be followed"] == pytest.approx((len(over) + len(asked)) / len(newest))
        if row["of the MQLs, hot"] is not None:
            assert row["of the MQLs, hot"] == pytest.approx(len(hot) / len(new))
