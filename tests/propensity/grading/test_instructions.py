"""Scores by a definition: columns against the raw tables; drafts, signatures, and a line with two
ends.
"""

import datetime as dt
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from features.errors import ArtifactError, ConfigError
from propensity.api import score
from propensity.config.config import load
from propensity.definition.load import load_definition
from propensity.promotion.promotion import promote
from propensity.registry import Registry
from propensity.registry.champion import load_champion
from propensity.registry.definitions import Definitions
from tests.propensity import worlds

AT = dt.datetime(2025, 5, 1, 3, tzinfo=dt.UTC)
SALES, MARKETING = "sales: A. Sato", "marketing: B. Ito"
DEFINITION = {
    "review_by": dt.date(2025, 7, 31),
    "roles": {"marketing": "Marketing", "is": "IS 田中チーム", "sales": "Sales"},
    "must_sign": ["marketing", "sales"],
    "qualifiers": [
        {"name": "priced", "rule": '"price [JPY]" >= 50000', "because": "below that nobody pays"}
    ],
    "disqualifiers": [
        {
            "name": "opened a mail",
            "rule": 'did "@mail opened" at least 4 times',
            "because": "a test",
        }
    ],
    "always_hand_over": [
        {"name": "demo", "rule": 'did "デモ依頼" in 14 days', "because": "asked for it"}
    ],
    "required_info": [{"column": "Owner's size", "because": "to prepare the call"}],
    "stages": [
        {"name": "aware", "entry": 'did "visit"', "because": "came"},
        {
            "name": "deciding",
            "entry": 'did "pricing page" in 30 days',
            "because": "asks for the price",
        },
    ],
    "mql": {"enter": 0.4, "leave": 0.3, "because": "a test"},
    "instructions": {
        "hand-raiser": {"owner": "is", "respond_within": "1 hour"},
        "MQL": {"owner": "sales", "action": "Call.\x1b[31m", "respond_within": "1 day"},
        "nurture": {"owner": "marketing"},
    },
    "promises": [
        {
            "segment": "fair",
            "rule": 'source = "fair"',
            "first_contact_within": "30 minutes",
            "because": "x",
        },
        {
            "segment": "dear",
            "rule": '"price [JPY]" >= 200000',
            "first_contact_within": "2 hours",
            "because": "x",
        },
        {"segment": "all", "first_contact_within": "3 days", "because": "x"},
    ],
}
HOURS = {"hours": ["09:00-12:00", "13:00-18:00"], "holidays": "JP"}


@pytest.fixture(scope="module")
def company(tmp_path_factory, migrated_registry):
    """A company whose model is champion, with a definition that nobody signed yet."""
    folder = tmp_path_factory.mktemp("defined")
    world = worlds.company(folder)
    shutil.copy(migrated_registry, folder / "propensity.db")
    raw = yaml.safe_load(world.path.read_text(encoding="utf-8"))
    raw |= {"definition": "definition.yaml", "business_hours": HOURS}
    world.path.write_text(
        yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    write(folder / "definition.yaml", DEFINITION)
    config = load(world.path)
    registry = Registry.of(config)
    registry.promote(registry.register(world.model, run_name="test", params={}, metrics={}))
    return replace(world, config=config)


def write(path, definition):
    path.write_text(
        yaml.safe_dump(definition, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )


@pytest.fixture(scope="module")
def scored(company):
    """The scored rows as pandas, with what the raw tables say of each lead on that day."""
    frame = score(company.config, as_of=worlds.AS_OF).table.to_pandas()
    folder = company.path.parent
    leads = pd.read_csv(folder / "leads.csv").set_index("lead_id")
    events = pd.read_csv(folder / "events.csv", parse_dates=["occurred_at"])
    as_of = pd.Timestamp(worlds.AS_OF, tz="Asia/Tokyo")
    events = events[events.occurred_at.dt.tz_convert("Asia/Tokyo") < as_of]
    age = (
        as_of.normalize() - events.occurred_at.dt.tz_convert("Asia/Tokyo").dt.normalize()
    ).dt.days

    def count(event_type, days=10_000):
        mine = events[(events.event_type == event_type) & (age <= days)]
        return frame.lead_id.map(mine.groupby("lead_id").size()).fillna(0).astype(int)

    return frame.assign(
        price=frame.lead_id.map(leads["price [JPY]"]),
        size=frame.lead_id.map(leads["Owner's size"]),
        source=frame.lead_id.map(leads["source"]),
        mails=count("@mail opened"),
        demos=count("デモ依頼", 14),
        visits=count("visit"),
        pricing=count("pricing page", 30),
    )


def expected_case(row):
    if row.mails >= 4:
        return "disqualified"
    raised, complete, qualified = row.demos > 0, row["size"] == row["size"], row.price >= 50000
    over = row.probability >= 0.4 and (qualified or row.price != row.price)
    if raised and complete:
        return "hand-raiser"
    if raised or over:
        return "MQL" if complete and not raised and qualified else "incomplete"
    return row.quadrant


def test_every_lead_is_decided_as_the_raw_tables_say(scored):
    wanted = scored.apply(expected_case, axis=1)

    assert scored.decided_by.tolist() == wanted.tolist()
    assert set(wanted) >= {"disqualified", "hand-raiser", "incomplete", "MQL"}
    over = (
        (scored.mails < 4)
        & (scored.price >= 50000)
        & scored["size"].notna()
        & (scored.probability >= 0.4)
    )
    assert scored.is_mql.tolist() == over.tolist()
    assert (scored.mql_since == worlds.AS_OF).tolist() == over.tolist()


def test_what_keeps_a_lead_back_is_named(scored):
    of = {case: set(rows.blocked_by.fillna("")) for case, rows in scored.groupby("decided_by")}

    assert of["disqualified"] == {"opened a mail"}
    assert of["incomplete"] == {"missing: Owner's size", "priced (unknown: ask)"}
    assert of["MQL"] == of["hand-raiser"] == {""}
    others = scored[scored.decided_by.isin(["hot", "nurture", "keen", "leave"])]
    unqualified, unknown = others.price < 50000, others.price.isna()
    assert set(others[unknown].blocked_by) == {"priced (unknown: ask)"}
    assert set(others[unqualified].blocked_by) == {"priced"}
    assert set(others[~unqualified & ~unknown & others["size"].notna()].blocked_by) == {
        "below the MQL line"
    }


def test_owner_action_deadline_and_stage_follow_the_definition(scored):
    """2025-05-01 is a Thursday; the golden week's holidays begin on the 3rd."""
    by = dict(list(scored.groupby("decided_by")))
    nine = pd.Timestamp("2025-05-01 09:00", tz="Asia/Tokyo")

    assert set(by["MQL"].owner) == {"Sales"}
    assert set(by["hand-raiser"].owner) == {"IS 田中チーム"}
    assert by["disqualified"].owner.isna().all()
    assert set(by["MQL"].instruction) == {"Call.[31m"}
    asked = {
        "Before handing over, find out: Owner's size.",
        "Before handing over, find out: priced.",
    }
    assert set(by["incomplete"].instruction) == asked
    # the sooner of the segment's promise and the instruction's counts
    for case, dear_span, span in (("hand-raiser", "1h", "1h"), ("MQL", "2h", "9h")):
        fair, dear = by[case].source == "fair", by[case].price >= 200_000
        assert set(by[case][fair].respond_by) <= {nine + pd.Timedelta("30min")}
        assert set(by[case][~fair & dear].respond_by) == {nine + pd.Timedelta(dear_span)}
        assert set(by[case][~fair & ~dear].respond_by) == {nine + pd.Timedelta(span)}
    assert by["nurture"].respond_by.isna().all()
    deciding, aware = scored.pricing > 0, scored.visits > 0
    wanted = np.where(deciding, "deciding", np.where(aware, "aware", ""))
    assert scored.journey_stage.fillna("").tolist() == wanted.tolist()


def test_grades_are_the_axes_cut_around_their_zeros(company, scored):
    axes = load_champion(company.config).agreed.axes
    letters = np.array(list("DCBA"))[
        np.searchsorted(axes.fit.cuts[::-1], scored.fit - axes.fit.zero, side="right")
    ]
    digits = np.array(list("4321"))[
        np.searchsorted(
            axes.interest.cuts[::-1], scored.interest - axes.interest.zero, side="right"
        )
    ]

    assert scored.grade.tolist() == [a + b for a, b in zip(letters, digits, strict=True)]
    high = scored.grade.str[0].isin(["A", "B"]), scored.grade.str[1].isin(["1", "2"])
    names = np.select([high[0] & high[1], high[0], high[1]], ["hot", "nurture", "keen"], "leave")
    assert scored.quadrant.tolist() == names.tolist()


def test_the_batches_make_no_difference(company, scored):
    from propensity.scoring.job import ScoringResources

    again = score(
        company.config, as_of=worlds.AS_OF, resources=ScoringResources(batch_leads=17, threads=1)
    ).table

    for column in ("decided_by", "blocked_by", "is_mql", "respond_by", "journey_stage", "grade"):
        assert (
            again[column].to_pylist()
            == score(company.config, as_of=worlds.AS_OF).table[column].to_pylist()
        )


def test_a_definition_is_a_draft_until_every_role_signed_it_for_this_model(company, tmp_path):
    folder = tmp_path / "signing"
    shutil.copytree(company.path.parent, folder)
    config = load(folder / company.path.name)
    registry = Registry.of(config)
    assert load_champion(config).agreed.version == "DRAFT"

    first = promote(config, "champion", signed_by=[SALES], at=AT)
    assert (first.step, first.definition, first.unsigned) == ("waits", 1, ("marketing",))
    assert load_champion(config).agreed.version == "DRAFT", "what waits is not in use"

    second = promote(config, 1, signed_by=[MARKETING], at=AT)
    assert (second.step, second.definition, second.unsigned) == ("promoted", 2, ())
    agreed = load_champion(config).agreed
    assert (agreed.version, agreed.is_draft, agreed.is_agreed_model) == ("2", False, True)
    assert [entry.definition for entry in registry.promotions()] == [None, 2]
    assert registry.promotions()[-1].signed_by == (SALES, MARKETING)
    assert set(score(config, as_of=worlds.AS_OF).table["definition_version"].to_pylist()) == {"2"}

    other = worlds.company(tmp_path, seed=5).model
    registry.register(other, run_name="next", params={}, metrics={})
    signed = load_definition_of(config, 2)
    write(folder / "definition.yaml", signed.model_dump(mode="json"))
    third = promote(config, "challenger", signed_by=[], override="nobody asked the gate", at=AT)
    assert set(third.unsigned) == {"sales", "marketing"}, "signed for another model"
    assert (load_champion(config).version, load_champion(config).agreed.is_draft) == ("1", False)
    fourth = promote(config, "challenger", signed_by=[SALES, MARKETING], at=AT)
    assert fourth.because == "nobody asked the gate", "said when it began to wait"
    again = load_definition_of(config, fourth.definition)
    assert again.axes.fit.cuts == signed.axes.fit.cuts, "cuts stay where they were signed"
    assert again.agreed_on.close_rate == signed.agreed_on.close_rate, "and so does the average"
    assert again.agreed_on.model_sha256 != signed.agreed_on.model_sha256
    assert not load_champion(config).agreed.is_draft


def load_definition_of(config, number):
    return Definitions.of(config).load(number)


def test_signatures_need_a_role_of_the_definition(company):
    with pytest.raises(
        ConfigError,
        match=r"expected 'ROLE: NAME' with a role out of \['marketing', 'is', 'sales'\]",
    ):
        promote(company.config, "champion", signed_by=["boss: X"], at=AT)


def test_a_stored_definition_that_was_changed_is_refused(company, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(company.path.parent, folder)
    config = load(folder / company.path.name)
    promote(config, "champion", signed_by=[SALES, MARKETING], at=AT)
    (file,) = folder.rglob("definition.json")
    file.write_text(file.read_text().replace("0.4", "0.1"))

    with pytest.raises(ArtifactError, match="changed after it was registered"):
        load_champion(config)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"qualifiers": [{"name": "a", "rule": "employes >= 5", "because": "b"}]}, "employes"),
        ({"qualifiers": [{"name": "a", "rule": "employees >=", "because": "b"}]}, "expected"),
        ({"instructions": {"MQL": {"owner": "boss"}}}, "expected roles out of"),
        ({"instructions": {"MLQ": {"owner": "sales"}}}, "MLQ"),
        ({"must_sign": []}, "must_sign"),
        ({"qualifyers": []}, "did you mean `qualifiers`"),
        ({"stages": [{"name": "a", "entry": "did 'x'"}]}, "because: required"),
    ],
)
def test_a_definition_that_cannot_be_used_says_why(company, tmp_path, change, message):
    write(tmp_path / "wrong.yaml", {**DEFINITION, **change})

    with pytest.raises(ConfigError, match=message):
        score(company.config, as_of=worlds.AS_OF, definition=tmp_path / "wrong.yaml")


def test_promised_times_need_business_hours(company, tmp_path):
    config = company.config.model_copy(update={"business_hours": None})

    with pytest.raises(ConfigError, match="expected the hours in which somebody answers"):
        load_champion(config, definition=company.config.definition)


def test_a_written_definition_reads_back_the_same(tmp_path):
    write(tmp_path / "a.yaml", DEFINITION)
    definition = load_definition(tmp_path / "a.yaml")
    write(tmp_path / "b.yaml", definition.model_dump(mode="json"))

    assert load_definition(tmp_path / "b.yaml") == definition
