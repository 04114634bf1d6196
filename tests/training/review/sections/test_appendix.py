"""The appendix as the pack tells it: every figure again by another route, and nothing that tells
who a lead is.
"""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from features.days import day_number
from features.errors import ArtifactError, ConfigError
from propensity.registry.champion import load_champion
from tests.features.phases_by_hand import phases_of
from tests.training.review.reviewed_company import OBSERVED
from training.gate.checks import GateCheck
from training.gate.gate import GateResult
from training.gate.migration import migration
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.document.blocks import Chart, Folded, Table, Text
from training.review.findings.anonymous import ALIKE, AnonymousFacts
from training.review.findings.bets import LEADS, bets
from training.review.findings.hypotheses import Claim, check
from training.review.findings.stories import stories
from training.review.sections import actions, believe, bet, changed, expert, said, told
from training.review.words import words_of

pytestmark = pytest.mark.slow

HORIZON, STALE, EVERY, TEST = 28, 90, 14, 42
BUILDERS = {
    "actions": actions,
    "believe": believe,
    "changed": changed,
    "told": told,
    "bet": bet,
    "said": said,
    "expert": expert,
}


def made(material, name, language="en"):
    return BUILDERS[name].section(material, words_of(name, language, currency="JPY"))


def blocks(of, kind):
    for block in of.blocks:
        if isinstance(block, kind):
            yield block
        elif isinstance(block, Folded):
            yield from blocks(block, kind)


def table(material, name, called):
    return next(block for block in blocks(made(material, name), Table) if block.name == called)


def chart(material, name, called):
    return next(block for block in blocks(made(material, name), Chart) if block.name == called)


@pytest.fixture(scope="module")
def counted(under_review):
    """By pandas from the files: who was open when, who won, and the leads not seen with what the
    recipe said.
    """
    days = lambda column: (column - pd.Timestamp("1970-01-01")).dt.floor("D").dt.days  # noqa: E731
    observed = day_number(OBSERVED)
    leads = under_review.leads.set_index("lead_id")
    leads["created"] = days(leads["created_at"])
    outcomes = under_review.outcomes.set_index("lead_id")
    leads = leads.join(outcomes[["closed_at", "won"]])
    leads["closed"] = days(leads["closed_at"]).fillna(np.inf)
    leads["win"] = np.where(
        (leads["won"] == True) & (leads["closed"] < observed),  # noqa: E712
        leads["closed"],
        np.inf,
    )
    events = under_review.events.assign(day=days(under_review.events["occurred_at"]))
    signs = pd.concat(
        [
            events.loc[events["event_type"] != "email_sent", ["lead_id", "day"]],
            leads.reset_index()[["lead_id", "created"]].rename(columns={"created": "day"}),
        ]
    )
    newest = observed - HORIZON
    as_ofs = range(newest, int(leads["created"].min()), -EVERY)[::-1]
    phases = phases_of(under_review.leads, EVERY)
    open_at = {}
    for last in as_ofs:
        looked = pd.Series({lead: last - phases[lead] for lead in leads.index})
        ago = looked.loc[signs["lead_id"]].to_numpy() - signs["day"].to_numpy()
        alive = set(signs.loc[(ago > 0) & (ago <= STALE), "lead_id"])
        known = leads.index[(leads["created"] < looked) & (leads["closed"] >= looked)]
        open_at[last] = {lead: looked[lead] for lead in known if lead in alive}
    first_test = observed - HORIZON - TEST + 1
    rows = {}
    for last in as_ofs:
        if last >= first_test:
            for lead, day in open_at[last].items():
                rows.setdefault(lead, day)
    unseen = leads.loc[list(rows)].assign(as_of=list(rows.values()))
    unseen["closes"] = (unseen["win"] >= unseen["as_of"]) & (
        unseen["win"] < unseen["as_of"] + HORIZON
    )
    met = {
        lead
        for looked in open_at.values()
        for lead, day in looked.items()
        if day <= first_test - HORIZON
    }
    unseen["met"] = [lead in met for lead in unseen.index]
    material = under_review.material
    with open_sources(under_review.config) as store:
        names = (
            store.query("SELECT lead, lead_id FROM leads").to_pandas().set_index("lead")["lead_id"]
        )
    ids = names.loc[material.unseen.rows.lead]
    assert sorted(ids) == sorted(rows)
    unseen = unseen.loc[ids]  # in the order of the material
    unseen["chance"] = material.unseen.judged.probability
    return SimpleNamespace(
        leads=leads, events=events, open_at=open_at, unseen=unseen, observed=observed
    )


def won_within(counted, lead, day):
    return day <= counted.leads.loc[lead, "win"] < day + HORIZON


# --- actions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["demo_request", "download"])
def test_an_actions_rate_is_that_of_all_looks_at_leads_that_did_it(under_review, counted, action):
    events = counted.events[counted.events["event_type"] == action]
    looked = []
    days = events.groupby("lead_id")["day"].agg(list).to_dict()
    for open_leads in counted.open_at.values():
        looked += [
            (lead, won_within(counted, lead, day))
            for lead, day in open_leads.items()
            if any(day - 30 <= done < day for done in days.get(lead, []))
        ]

    found = table(under_review.material, "actions", "actions")
    row = next(row for row in found.rows if row[0] == action)
    leads, won, share, rate, low, high, alike, times = row[1:9]

    # the leads are those that anybody counts: the first time, and a close within the horizon of it
    first = events.groupby("lead_id")["day"].min()
    first = first[first <= counted.observed - HORIZON]
    assert leads == len(first)
    assert won == sum(won_within(counted, lead, day) for lead, day in first.items())
    assert share == pytest.approx(won / leads)
    assert rate == pytest.approx(np.mean([won for _, won in looked]))
    assert low < rate < high
    assert times == pytest.approx(rate / alike)
    drawn = chart(under_review.material, "actions", "actions")
    assert drawn.series[0].y[drawn.x.index(action)] == rate


def test_ways_to_choose_are_compared_on_as_many_leads_of_each_day(under_review, counted):
    newest = max(counted.open_at)
    rounds = [looked for last, looked in counted.open_at.items() if last > newest - TEST]
    gained = wins = room = 0.0
    for looked in rounds:
        ids = list(looked)
        label = np.array([won_within(counted, lead, looked[lead]) for lead in ids], dtype=float)
        score = counted.leads.loc[ids, "points"].fillna(-1.0).to_numpy()
        left = 0.2 * len(ids)
        room, wins = room + left, wins + label.sum()
        for value in sorted(set(score), reverse=True):
            tied = score == value
            part = min(1.0, left / tied.sum())
            gained, left = gained + part * label[tied].sum(), left - part * tied.sum()
            if left <= 0:
                break

    found = table(under_review.material, "actions", "actions-ways-to-choose")

    row = next(row for row in found.rows if row[0] == "present score")
    assert row[1:3] == (pytest.approx(gained / room), pytest.approx(gained / wins))


# --- belief ---------------------------------------------------------------------------------------


def test_what_was_expected_stands_beside_what_came(under_review, counted):
    unseen = counted.unseen
    headline = next(blocks(made(under_review.material, "believe"), Text)).text
    assert f"Of {len(unseen):,} leads" in headline
    assert (
        f"{unseen['closes'].sum()} closed; it had expected {unseen['chance'].sum():.0f}."
        in headline
    )

    drawn = chart(under_review.material, "believe", "believe-promised")
    observed, promised = drawn.series
    ranked = unseen.sort_values("chance")
    place = 0
    assert len(drawn.x) == 10
    for label, rate, chance in zip(drawn.x, observed.y, promised.y, strict=True):
        inside = ranked[place : place + int(label.split("(")[1][:-1])]
        assert chance == pytest.approx(inside["chance"].mean())
        assert rate == pytest.approx(inside["closes"].mean())
        # ties stay whole
        assert abs(len(inside) - len(ranked) / 10) <= max(10, unseen["chance"].value_counts().max())
        place += len(inside)
    assert place == len(ranked)


def test_the_best_fifth_holds_so_many_of_the_closes(under_review, counted):
    unseen = counted.unseen
    found = chart(under_review.material, "believe", "believe-gains")
    at = found.x.index(20.0)
    for series, score in zip(
        found.series, (unseen["chance"], unseen["points"].fillna(-1.0)), strict=False
    ):
        room, gained = 0.2 * len(unseen), 0.0
        for _, tied in unseen.groupby(-score)["closes"]:
            part = min(1.0, room / len(tied))
            gained, room = gained + part * tied.sum(), room - part * len(tied)
            if room <= 1e-9:
                break
        assert series.y[at] == pytest.approx(gained / unseen["closes"].sum())
    model, _, chance = found.series
    assert all(
        low <= y <= high for low, y, high in zip(model.low, model.y, model.high, strict=True)
    )
    assert chance.y[at] == 0.2


def test_segments_and_leads_known_before_are_counted_apart(under_review, counted):
    unseen = counted.unseen
    for row in table(under_review.material, "believe", "believe-segments").rows:
        own = unseen[unseen["country"].fillna("unknown") == row[1]]
        assert row[2:5] == (
            len(own),
            pytest.approx(own["chance"].mean()),
            pytest.approx(own["closes"].mean()),
        )
    shown = {
        row[0]: row for row in table(under_review.material, "believe", "believe-seen-and-new").rows
    }
    for name, own in (("known before", unseen[unseen["met"]]), ("new", unseen[~unseen["met"]])):
        row = shown[name]
        assert row[1:4] == (
            len(own),
            pytest.approx(own["chance"].mean()),
            pytest.approx(own["closes"].mean()),
        )


def test_a_backtest_beside_the_configuration_is_shown_and_a_broken_one_is_an_error(
    under_review, tmp_path
):
    from training.review.findings.backtest_file import read

    assert any(
        "propensity backtest" in text.text
        for text in blocks(made(under_review.material, "believe"), Text)
    )
    fifth = {"value": 0.5, "low": 0.3, "high": 0.7}
    quarters = [
        {
            "quarter": "2024-03-06",
            "leads": 400,
            "wins": 20,
            "promised": 0.04,
            "closed": 0.05,
            "figures": {"captured_in_top_20": fifth},
        },
        {
            "quarter": "2024-06-05",
            "leads": 12,
            "wins": 3,
            "promised": 0.2,
            "closed": 0.25,
            "figures": {},
        },
    ]
    path = tmp_path / "backtest.json"
    path.write_text(
        json.dumps({"quarters": quarters, "left_out": {}, "flat": False, "quick": True})
    )

    material = replace(under_review.material, replayed=read(path))
    drawn = chart(material, "believe", "believe-backtest")
    rows = table(material, "believe", "believe-backtest").rows

    assert drawn.series[0].y == (0.05, None)
    assert rows[0] == ("from 6 March 2024", 400, 20, 0.04, 0.05, 0.5, 0.3, 0.7)
    assert rows[1][1:] == (12, None, None, None, None, None, None)
    path.write_text('{"quarters": 3}')
    with pytest.raises(ConfigError, match=r"backtest\.json: expected what `propensity backtest"):
        read(path)


# --- what changed ---------------------------------------------------------------------------------

GAIN = {"value": 0.01, "low": 0.002, "challenger": 0.68, "rival": 0.64}
PASSED = (
    GateCheck("log loss", True, "", {"champion": GAIN}),
    GateCheck("captured wins", True, "", {"share": 0.2, "champion": GAIN}),
    GateCheck("decile order", True, ""),
    GateCheck(
        "calibration", True, "", {"challenger": {"level": 0.0, "slope": 1.0, "level_error": 0.1}}
    ),
    GateCheck("segments", True, ""),
    GateCheck("audit", True, ""),
)
FAILED = (
    GateCheck("log loss", False, "", {"lead_age": {**GAIN, "value": -0.01, "low": float("nan")}}),
    GateCheck(
        "captured wins", False, "", {"share": 0.2, "points_table": {**GAIN, "challenger": 0.5}}
    ),
    GateCheck(
        "decile order", False, "", {"pairs": [{"better": 2, "worse": 3, "rates": (0.05, 0.09)}]}
    ),
    GateCheck(
        "calibration", False, "", {"challenger": {"level": 0.6, "slope": 1.0, "level_error": 0.1}}
    ),
    GateCheck(
        "segments",
        False,
        "",
        {"segments": [{"column": "country", "level": "<b>日本</b>", "gain": -0.1}]},
    ),
    GateCheck("audit", False, ""),
    GateCheck("meeting", False, "no column"),
)


def with_documents(material, **documents):
    return replace(
        material, reviewed=replace(material.reviewed, documents=json.loads(json.dumps(documents)))
    )


@pytest.fixture(scope="module")
def moved(under_review):
    """What the second version would change, by the gate itself."""
    config = under_review.config
    with open_sources(config) as store:
        return migration(
            Run(config, store),
            load_champion(config, 1),
            under_review.material.reviewed.model,
            definition=1,
        )


def test_who_moves_where_is_told_as_it_was_counted(under_review, moved):
    material = with_documents(under_review.material, migration=moved.to_dict())
    section = made(material, "changed")
    texts = " ".join(block.text for block in blocks(section, Text))

    assert f"Of {moved.leads:,} leads" in texts
    told_moves = {
        f"{old} → {new}": count
        for old, new, count in table(material, "changed", "changed-quadrants").rows
    }
    assert told_moves == dict(moved.quadrants)
    shown = table(material, "changed", "changed-grades")
    cells = {
        (row[0], column.title): cell
        for row in shown.rows
        for column, cell in zip(shown.columns[1:], row[1:], strict=True)
    }
    from propensity.grading.grading import GRADES

    for old, row in zip(GRADES, moved.grades, strict=True):
        for new, count in zip(GRADES, row, strict=True):
            assert cells.get((old, new), 0) == count
    ranks = {row[0]: row[2:] for row in table(material, "changed", "changed-ranks").rows}
    assert all(
        ranks[words_of("changed", "en").name(rank.concept)] == (rank.before, rank.after)
        for rank in moved.ranks
    )


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("checks", [PASSED, FAILED], ids=["passed", "failed"])
@pytest.mark.parametrize("against", [1, None])
def test_the_gate_is_told_in_words_of_the_meeting(under_review, language, checks, against):
    mode = "recipes" if against else "baselines"
    document = GateResult(checks, mode, against, 2000, 900, 60).to_dict()
    material = with_documents(under_review.material, gate=document)

    section = made(material, "changed", language)

    shown = next(blocks(section, Table))
    assert len(shown.rows) == len(checks)
    texts = " ".join(str(cell) for row in shown.rows for cell in row)
    if language == "en" and checks is FAILED:
        assert "tenth 2 5 %, tenth 3 9 %." in texts
        assert "by the points table 64 %" in texts
        assert "More leads close than was expected." in texts
        assert "country: <b>日本</b>" in texts
    for word in ("log loss", "calibration", "challenger", "キャリブレーション", "チャンピオン"):
        assert word not in texts


@pytest.mark.parametrize(("language", "told"), [("en", "12 % of 400 leads"), ("ja", "12%")])
def test_what_another_seed_changes_is_told_where_it_was_computed(
    under_review, moved, language, told
):
    found = {"leads": 400, "grades": 0.12, "areas": 0.05, "instructions": 0.03, "mqls": 0.01}
    both = {"migration": moved.to_dict(), "same-recipe": found}

    with_it = str(made(with_documents(under_review.material, **both), "changed", language))
    without = str(
        made(
            with_documents(under_review.material, migration=both["migration"]), "changed", language
        )
    )

    chance = {"en": "How much of that is chance", "ja": "偶然による変化の目安"}[language]
    assert chance in with_it
    assert told in with_it
    assert chance not in without


def test_a_damaged_document_is_an_error(under_review):
    with pytest.raises(ArtifactError, match=r"gate\.json: expected what `propensity train` stores"):
        made(with_documents(under_review.material, gate={"checks": 3}), "changed")


# --- leads, told and bet on -----------------------------------------------------------------------


def test_a_fact_is_true_of_its_lead_and_at_least_five_leads_fit_all_that_is_told(
    under_review, counted
):
    material = under_review.material
    facts = AnonymousFacts(material)
    names = [matter.concept.name for matter in facts.matters]
    told_of = {}
    for row in range(0, len(material.unseen), 7):
        found = facts.of(row, range(len(names)), most=6)
        fit = np.ones(len(material.unseen), dtype=bool)
        for place, fact in found.items():
            assert fact.point.leads >= 20
            column = names[place]
            if column in ("country", "業種", "source", "job title") and fact.point.kind == "value":
                assert counted.unseen[column].iloc[row] == fact.point.level
                fit &= (counted.unseen[column] == fact.point.level).to_numpy()
            elif column == "employees" and fact.point.kind == "value":
                size = pd.to_numeric(counted.unseen[column])
                assert fact.point.low <= size.iloc[row] <= fact.point.high
                fit &= ((size >= fact.point.low) & (size <= fact.point.high)).to_numpy()
        assert fit.sum() >= ALIKE
        told_of[row] = len(found)
    assert np.mean(list(told_of.values())) > 2


def test_a_story_ends_at_the_chance_of_a_lead_of_its_quadrant_that_ended_so(under_review):
    unseen = under_review.material.unseen
    found = stories(under_review.material)

    names = ("hot", "nurture", "keen", "leave")
    assert [story.area for story in found[:-1]] == list(names)
    for story in found:
        chance = story.start
        for step in story.steps:
            assert step.chance - chance == pytest.approx(step.change)
            # a value that agrees with its bar
            assert step.fact is None or step.fact.point.change * step.change > 0
            chance = step.chance
        assert chance == pytest.approx(story.chance)
        same = np.isclose(unseen.judged.probability, story.chance, rtol=1e-12)
        assert (same & (unseen.judged.won == story.won)).any()
        assert (unseen.graded.area[same] == names.index(story.area)).any()
    surprise = found[-1]
    assert abs(surprise.won - surprise.chance) == pytest.approx(
        np.abs(unseen.judged.won - unseen.judged.probability).max()
    )


def test_half_of_the_bets_close_and_the_line_is_counted_right(under_review):
    material = under_review.material
    found = bets(material)
    by_chance = {
        chance: (over, won)
        for chance, over, won in zip(
            material.unseen.judged.probability,
            material.unseen.decided.is_mql,
            material.unseen.judged.won,
            strict=True,
        )
    }

    assert len(found.leads) == LEADS
    assert sum(one.won for one in found.leads) == LEADS // 2
    assert [by_chance[one.chance] for one in found.leads] == [
        (one.over, one.won) for one in found.leads
    ]
    right = sum(by_chance[one.chance][0] == by_chance[one.chance][1] for one in found.leads)
    section = made(material, "bet")
    answers = [block for block in section.blocks if isinstance(block, Folded)]
    assert all(answer.is_answer for answer in answers)
    assert f"the model was right about {right} of 10" in answers[-1].blocks[0].text
    shown = "".join(block.text for block in section.blocks if isinstance(block, Text))
    assert not any(f"{one.chance:.0%}".rstrip("%") + " %" in shown for one in found.leads)


# --- said -----------------------------------------------------------------------------------------


def test_a_claim_is_held_against_everything_else_about_the_leads(under_review, counted):
    material, unseen = under_review.material, counted.unseen
    events = counted.events[counted.events["event_type"] == "page_view"]
    views = [
        ((events["lead_id"] == lead) & (events["day"] < day) & (events["day"] >= day - 30)).sum()
        for lead, day in unseen["as_of"].items()
    ]
    groups = {
        "Leads in Japan close more often": ("country", unseen["country"] == "日本"),
        "Who is busy buys": ("page_view", pd.Series(views, unseen.index) >= 3),
        "Big companies seldom buy": ("employees", pd.to_numeric(unseen["employees"]) >= 500),
    }
    model, matrix = material.unseen.model, material.unseen.judged.matrix
    sums = model.sums(matrix)
    rows = {row[0]: row for row in table(material, "said", "you-said").rows}

    for sentence, (concept, mask) in groups.items():
        columns = [i for i, feature in enumerate(model.spec.features) if feature.concept == concept]
        without = sums.log_odds - sums.contributions[:, columns].sum(axis=1)
        shift = brentq(
            lambda by: (1 / (1 + np.exp(-without - by))).mean() - unseen["closes"].mean(),  # noqa: B023
            -9,
            9,
        )
        expected = (1 / (1 + np.exp(-without - shift)))[mask].sum()
        row = rows[sentence]
        assert row[2:5] == (mask.sum(), unseen["closes"][mask].sum(), round(expected))
        assert row[6] < row[5] < row[7]
        assert row[5] == pytest.approx(unseen["closes"][mask].mean())
    assert rows["=<script>alert(1)</script>"][2:] == (
        0,
        None,
        None,
        None,
        None,
        None,
        "too few to say",
    )


def test_claims_that_the_input_cannot_answer_are_all_listed(under_review):
    claims = (
        Claim(sentence="one", rule='cuntry = "日本"'),
        Claim(sentence="two", rule="employees >= 10"),
        Claim(sentence="three", rule='"job title" > 3'),
    )
    with (
        open_sources(under_review.config) as store,
        pytest.raises(ConfigError, match="2 problem") as raised,
    ):
        check(claims, store, name="hypotheses.yaml")

    assert "entry 0" in str(raised.value)
    assert "did you mean `country`?" in str(raised.value)
    assert "entry 2" in str(raised.value)


# --- for the expert -------------------------------------------------------------------------------


def test_the_experts_figures_are_those_of_other_libraries(under_review, counted):
    material, unseen = under_review.material, counted.unseen
    shown = {row[0]: row[1] for row in table(material, "expert", "expert-figures").rows}

    assert shown["ROC AUC"] == f"{roc_auc_score(unseen['closes'], unseen['chance']):.3f}"
    assert shown["log loss (nats)"] == f"{log_loss(unseen['closes'], unseen['chance']):.4f}"
    assert shown["Brier score"] == f"{brier_score_loss(unseen['closes'], unseen['chance']):.4f}"


def test_the_swarm_is_told_in_quantiles_of_all_leads(under_review):
    material = under_review.material
    model = material.unseen.model
    sums = model.sums(material.unseen.judged.matrix)
    for row in table(material, "expert", "expert-contributions").rows:
        name, axis = row[0].removesuffix(")").rsplit(" (", 1)
        columns = [
            i
            for i, feature in enumerate(model.spec.features)
            if feature.axis == axis and words_of("expert", "en").name(feature.concept) == name
        ]
        own = sums.contributions[:, columns].sum(axis=1)
        assert row[1] == pytest.approx(np.abs(own).mean(), abs=1e-9)
        assert row[2:7] == pytest.approx(np.percentile(own, [5, 25, 50, 75, 95]), abs=1e-9)


def test_the_card_reads_as_it_was_written(under_review):
    card = (
        "# Model card: a\\_b\n\n## Data\n\n1,204 leads &lt;b> \\| &amp;\n\n- a point\n\n"
        "| a | b |\n| --- | --- |\n| x \\| y | 2 |\n"
    )
    material = replace(
        under_review.material, reviewed=replace(under_review.material.reviewed, card=card)
    )

    folded = made(material, "expert").blocks[-1]

    texts = [block.text for block in folded.blocks if isinstance(block, Text)]
    assert texts == ["Model card: a_b", "Data", "1,204 leads <b> | &", "• a point"]
    assert next(block for block in folded.blocks if isinstance(block, Table)).rows == (
        ("x | y", "2"),
    )


# --- all of it ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_section_without_data_says_why_in_one_line(under_review, language):
    few = replace(
        under_review.material.unseen.judged,
        won=np.zeros(len(under_review.material.unseen), dtype=bool),
    )
    material = replace(
        under_review.material,
        loop=None,
        no_loop="none",
        said=None,
        unseen=replace(under_review.material.unseen, judged=few),
        reviewed=replace(under_review.material.reviewed, documents={}),
    )

    for name in ("actions", "said", "bet", "changed"):
        section = made(material, name, language)
        assert section.absent
        assert not section.blocks


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nobody_is_named_in_the_appendix(under_review, language, moved):
    material = with_documents(under_review.material, migration=moved.to_dict())
    shown = "\n".join(str(made(material, name, language)) for name in BUILDERS)

    personal = under_review.leads[["lead_id", "email", "company", "owner"]].astype(str)
    for column in personal:
        assert not [
            value for value in personal[column].unique() if len(value) > 3 and value in shown
        ][:3], column
