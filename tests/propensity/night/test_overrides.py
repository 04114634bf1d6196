"""What people decided of single leads goes before the table, once, and is said where it cannot."""

import dataclasses
import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest

from features.errors import DataError
from features.settings import InputSettings
from features.store import Store
from propensity.api import nightly
from propensity.config.config import load
from propensity.ledger.ledger import ledger_of
from propensity.ledger.verify import wrong_facts
from propensity.night.overridden import overrides_used
from propensity.night.overrides_file import read_overrides
from tests.propensity.night.test_run import (  # noqa: F401 — fixtures
    bytes_of,
    company,
    days,
    facts_of,
    folder_of,
    home,
    scored_of,
    signed,
)

INPUT = InputSettings.model_validate({"leads": {"path": "x.csv"}, "timezone": "Asia/Tokyo"})
NIGHT = dt.date(2025, 3, 21)
WHOLE = "lead_id,episode,decision,because,by,until\n"


def read(folder, text, encoding="utf-8"):
    (folder / "overrides.csv").write_text(text, encoding=encoding)
    return read_overrides(folder / "overrides.csv", NIGHT, INPUT)


def test_a_file_is_read_as_people_write_it(tmp_path):
    found = read(
        tmp_path,
        "lead_id;decision;because;by;until\n007;Hand_Over;髙橋様に約束;佐藤;2025/03/21\n"
        "8;HOLD;no;B;2025/03/20\n8;hold;yes;B;\n",
        encoding="cp932",
    )

    rows = found.overrides.rows.to_pylist()
    assert [(row["lead_id"], row["decision"], row["by"]) for row in rows] == [
        ("007", "hand over", "佐藤"),
        ("8", "hold", "B"),
    ]
    assert rows[0]["until"] == NIGHT
    assert found.past == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WHOLE + "a,,maybe,x,y,\n", r"decision: expected hand over or hold, got 'maybe' \(row 1\)"),
        (WHOLE + "a,,hold,,y,\n", r"no because \(row 1\)"),
        (WHOLE + "a,,hold,x,y,soon\n", r"until: expected a date such as 2025-04-30.*\(row 1\)"),
        (WHOLE + "a,one,hold,x,y,\n", r"episode: expected the number.*\(row 1\)"),
        (WHOLE + "a,1.5,hold,x,y,\n", r"from 1 on, got '1.5' \(row 1\)"),
        (WHOLE + "a,1,hold,x,y,\na,0,hold,x,y,\n", r"from 1 on, got '0' \(row 2\)"),
        (WHOLE + "a,-1,hold,x,y,\n", r"from 1 on, got '-1'"),
        (WHOLE + "a,,hold,x,y,\nb,,hold,x,y,\na,1,hand over,x,y,\n", r"several.*rows 1, 3"),
        ("lead_id,decision,because\na,hold,x\n", "no column 'by'"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)


def test_for_ever_is_a_date_and_a_line_break_is_a_blank(tmp_path):
    found = read(
        tmp_path,
        WHOLE + 'a,2.0,hold,"a lawsuit\r\nunder way",K. Mori,9999-12-31\n'
        "b,,hold,x,y,9999/12/31\nc,,hold,x,y,2025-03-21\nd,,hold,x,y,1850-01-01\n",
    )

    rows = {row["lead_id"]: row for row in found.overrides.rows.to_pylist()}
    assert [rows[lead]["until"] for lead in "abc"] == [dt.date.max, dt.date.max, NIGHT]
    assert rows["a"]["episode"] == 2
    assert rows["a"]["because"] == "a lawsuit under way"
    assert found.past == 1


def test_an_override_of_another_episode_is_counted(tmp_path):
    read_ = read(
        tmp_path,
        WHOLE + "a,1,hold,x,y,\na,2,hold,x,y,\nb,7,hold,x,y,\nc,1,hold,x,y,\nd,,hold,x,y,\n",
    )
    scored = pa.table(
        {
            "lead_id": ["a", "b", "d"],
            "episode": pa.array([2, 1, 1], pa.int32()),
            "decided_by": ["hold", "disqualified", "hold"],
            "override": ["hold", None, "hold"],
        }
    )

    with Store() as store:
        store.connection.execute(
            "CREATE TABLE leads AS SELECT unnest(['a','b','c','d']) AS lead_id"
        )
        used = overrides_used(read_, scored, store)

    assert (used.held, used.other_episode, used.not_open) == (2, 2, 1)
    assert (used.unknown, used.disqualified) == (0, 0)


@pytest.fixture
def decided(company):  # noqa: F811
    """A company, and leads of its first night by what the table says of them."""
    first = days()[0]
    with_table = company.model_copy(
        update={"nightly": company.nightly.model_copy(update={"folder": str(home(company) / "t")})}
    )
    with_table = with_table.model_copy(
        update={
            "ledger": with_table.ledger.model_copy(
                update={"url": f"sqlite:///{home(company) / 't.db'}"}
            )
        }
    )
    nightly(with_table, as_of=first)
    plain = scored_of(with_table, first).reset_index()
    by_case = {case: list(rows.lead_id) for case, rows in plain.groupby("decided_by")}
    path = home(company) / "config.yaml"
    text = path.read_text("utf-8") + "\nnightly: {overrides: overrides.csv}\n"
    path.write_text(text, encoding="utf-8")
    return load(path), by_case


def write_overrides(config, *rows):
    columns = ["lead_id", "decision", "because", "by", "until"]
    pd.DataFrame(rows, columns=columns).to_csv(home(config) / "overrides.csv", index=False)


def test_an_override_goes_before_all_but_a_disqualifier(decided):
    config, by_case = decided
    first, second = days()[:2]
    low, mql, out = by_case["nurture"][0], by_case["MQL"][0], by_case["disqualified"][0]
    write_overrides(
        config,
        (low, "hand over", "=met the owner", "A. Sato", ""),
        (mql, "hold", "<b>lawsuit", "B", str(second)),
        (out, "hand over", "a friend", "C", ""),
        ("nobody", "hold", "?", "C", ""),
    )

    run = nightly(config, as_of=first)
    before = bytes_of(run.folder)
    frame = scored_of(config, first).reset_index().set_index("lead_id")

    assert list(frame.loc[[low, mql, out], "decided_by"]) == ["override", "hold", "disqualified"]
    assert list(frame.loc[[low, mql], "override"]) == ["hand over", "hold"]
    assert frame.override.notna().sum() == 2
    assert frame.loc[low, "owner"] == "Sales"
    assert frame.loc[low, "handed_over_on"] == first
    assert "“=met the owner” (A. Sato)" in frame.loc[low, "instruction"]
    assert f"up to {second}" in frame.loc[mql, "instruction"]
    assert frame.loc[mql, "is_mql"]
    assert pd.isna(frame.loc[mql, "owner"])
    used = run.overrides
    assert (used.handed_over, used.held, used.disqualified) == (1, 1, 1)
    assert (used.unknown, used.past, used.not_open) == (1, 0, 0)
    listed = pd.read_csv(run.folder / "new.csv", encoding="utf-8-sig")
    assert low in set(listed["Lead"])
    assert mql not in set(listed["Lead"])

    write_overrides(config, (low, "hold", "changed meanwhile", "A", ""))
    again = nightly(config, as_of=first)

    assert bytes_of(again.folder) == before
    for day in days()[1:3]:
        nightly(config, as_of=day)
    facts = facts_of(config)
    said = facts[facts.kind == "overridden"]
    assert sorted(said.detail) == [
        "hand over: =met the owner (A. Sato)",
        "hold: <b>lawsuit (B)",
        "hold: changed meanwhile (A)",
    ]
    assert said.probability.notna().all()
    over = facts[facts.kind == "handed over"].set_index("lead_id")
    assert over.loc[low, "handed_over_as"] == "override"
    later = scored_of(config, days()[1]).reset_index().set_index("lead_id")
    if mql in later.index and later.loc[mql, "decided_by"] == "MQL":
        assert later.loc[mql, "handed_over_on"] == days()[1]  # the hold is no more in the file
    with ledger_of(config) as ledger:
        assert wrong_facts(ledger.facts(), ledger.nights()) == []


def test_a_lead_that_people_chose_is_handed_over_once(decided):
    config, by_case = decided
    low = by_case["nurture"][0]
    write_overrides(config, (low, "hand over", "met", "A", ""))
    for day in days()[:4]:
        nightly(config, as_of=day)

    facts = facts_of(config)
    mine = facts[facts.lead_id == low]

    assert (mine.kind == "handed over").sum() == 1
    assert (mine.kind == "overridden").sum() == 1
    assert not (mine.kind == "cooled").any()


def test_a_hold_pauses_a_lead_that_was_handed_over(decided):
    config, by_case = decided
    first, second, third = days()[:3]
    nightly(config_without(config), as_of=first)
    before = scored_of(config, first).set_index(scored_of(config, first).index.droplevel(1))
    leads = [lead for lead in by_case["MQL"] if before.loc[lead, "handed_over_on"] == first]
    write_overrides(config, *((lead, "hold", "a lawsuit", "K. Mori", second) for lead in leads))

    nightly(config, as_of=second)

    held = scored_of(config, second).reset_index().set_index("lead_id")
    mine = [lead for lead in leads if lead in held.index and held.decided_by[lead] == "hold"]
    assert mine
    assert (held.loc[mine, "owner"] == before.loc[mine, "owner"]).all()
    assert held.loc[mine, "instruction"].str.contains(f"Handed over on {first}", regex=False).all()
    assert held.loc[mine, "instruction"].str.contains("“a lawsuit” (K. Mori)", regex=False).all()
    listed = {
        name: set(
            pd.read_csv(folder_of(config, second) / f"{name}.csv", encoding="utf-8-sig")["Lead"]
        )
        for name in ("held", "cooled", "late", "due", "new")
    }
    assert listed.pop("held") == set(mine)
    assert not set.union(*listed.values()) & set(mine)
    assert "a lawsuit" in (folder_of(config, second) / "sales.html").read_text("utf-8")
    assert not (folder_of(config, second) / "without_owner.csv").exists()

    nightly(config, as_of=third)

    after = scored_of(config, third).reset_index().set_index("lead_id")
    again = [lead for lead in mine if lead in after.index and after.decided_by[lead] == "MQL"]
    assert again
    assert (after.loc[again, "handed_over_on"] == first).all()
    assert (after.loc[again, "respond_by"] == before.loc[again, "respond_by"]).all()
    facts = facts_of(config)
    assert not facts[(facts.as_of == second) & facts.lead_id.isin(mine)].kind.eq("cooled").any()
    with ledger_of(config) as ledger:
        recorded, nights = ledger.facts(), ledger.nights()
    assert wrong_facts(recorded, nights) == []
    hold = next(fact for fact in recorded if fact.kind == "overridden")
    wrong = [*recorded, dataclasses.replace(hold, kind="cooled", detail="")]
    wrong.sort(key=lambda fact: (fact.lead_id, fact.episode))
    assert wrong_facts(wrong, nights) == [f"{second}: cooled in the night in which it was held"]


def config_without(config):
    """The configuration without its overrides."""
    return config.model_copy(
        update={"nightly": config.nightly.model_copy(update={"overrides": None})}
    )
