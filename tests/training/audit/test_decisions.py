"""Decisions: read, proposed, obeyed."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from features.build.build import build, prepare
from features.build.table import encoded
from features.errors import ConfigError
from features.intake import open_store
from features.population import flat_rows
from features.rules import evaluate, parse, prepare_rules
from features.settings import EventGroup
from features.spec import MISSING, AttributeSource, EventReading, FeatureSpec
from propensity.config import config, decisions
from propensity.scoring.row_facts import RowReader
from propensity.scoring.scorer import Telling, scored_batch
from training.audit.decisions import append, proposals, propose
from training.audit.findings import ColumnVerdict, Hit
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.recipe import see
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.obeyed import obeyed
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows, flat_snapshot

TODAY = dt.date(2026, 4, 1)
FLAT = {
    "name": "small",
    "input": {"flat": {"path": "flat.csv", "columns": {"lead_id": "id", "outcome": "won"}}},
    "columns": {"fit": ["industry", "size"], "interest": ["visits"]},
    "split": {"order": "rows"},
}


def decision(about, action, **more):
    return {
        **about,
        "action": action,
        "because": "written after the call",
        "by": "Sato",
        "at": TODAY,
        **more,
    }


def decided(folder, *entries, text=None):
    """The configuration beside a file of decisions."""
    path = folder / "decisions.yaml"
    path.write_text(
        yaml.safe_dump(list(entries), allow_unicode=True) if text is None else text,
        encoding="utf-8",
    )
    return config.parse(FLAT, base=folder)


def table(folder, n=2000, seed=0):
    random = np.random.default_rng(seed)
    won = random.random(n) < 0.3
    filled = random.random(n) < np.where(won, 0.9, 0.3)
    data = pd.DataFrame(
        {
            "id": [f"L{i:05}" for i in range(n)],
            "industry": np.where(
                filled, random.choice(["it", "food", "steel"], n, p=[0.6, 0.3, 0.1]), None
            ),
            "size": np.where(filled, random.poisson(40 + 15 * won), np.nan),
            "visits": random.poisson(3, n),
            "won": won.astype(int),
        }
    )
    data.to_csv(folder / "flat.csv", index=False)
    return data


def seen(settings):
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        return see(Run(settings, store), flat_snapshot(store, order="rows"))


# --- the file -------------------------------------------------------------------------------------


def test_without_a_file_nothing_is_decided(tmp_path):
    settings = config.parse(FLAT, base=tmp_path)

    assert settings.decisions.entries == ()
    assert settings.decisions.path == str(tmp_path / "decisions.yaml")


def test_the_last_of_several_decisions_about_a_column_holds(tmp_path):
    settings = decided(
        tmp_path,
        decision({"column": "size"}, "drop"),
        decision({"column": "industry"}, "impute"),
        decision({"column": "size"}, "keep"),
    )

    assert settings.decisions.columns("drop") == ()
    assert settings.decisions.columns("impute") == ("industry",)
    assert settings.decisions.columns("keep") == ("size",)


def test_everything_wrong_with_the_file_is_said_at_once(tmp_path):
    with pytest.raises(ConfigError) as raised:
        decided(
            tmp_path,
            decision({"column": "size"}, "delete"),
            decision({"column": "size", "event_type": "x"}, "drop"),
            decision({"event_type": "x"}, "delay"),
            {**decision({"column": "size"}, "drop"), "becuase": "typo"},
            decision({"event_type": "x"}, "impute"),
        )

    said = str(raised.value)
    assert "decision 1: action" in said
    assert "exactly one of `column` and `event_type`" in said
    assert "decision 3: `days` goes with the action `delay`" in said
    assert "did you mean `because`" in said
    assert "an event cannot be imputed" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: b", "expected a list of decisions"),
        ("- [", "not valid YAML"),
        ("- text", "expected a list of decisions"),
    ],
)
def test_a_file_that_is_no_list_of_decisions_is_refused(tmp_path, text, words):
    with pytest.raises(ConfigError, match=words):
        decided(tmp_path, text=text)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (decision({"column": "sise"}, "drop"), "stand in no list of `columns`.*sise"),
        (
            decision({"column": "size"}, "delay", days=3),
            "only a column with a history of changes can be delayed",
        ),
    ],
)
def test_decisions_that_cannot_be_obeyed_are_refused(tmp_path, entry, words):
    with pytest.raises(ConfigError, match=words):
        decided(tmp_path, entry)


# --- proposals ------------------------------------------------------------------------------------

LEAK = ColumnVerdict(
    "size", "column", "leak", "drop", None, (Hit("missingness", "leak", "emptiness: speaks\n'x'"),)
)
SUSPECT = ColumnVerdict(
    "visits", "column", "suspect", "keep", None, (Hit("too good", "suspect", "AUC 0.80"),)
)
FINE = ColumnVerdict("industry", "column", "fine", "none")
LATE = ColumnVerdict(
    "契約書", "event type", "suspect", "delay", 3, (Hit("event in the last days", "suspect", "…"),)
)


def test_proposals_are_appended_and_what_stands_there_stays_byte_by_byte(tmp_path):
    before = (
        "# ours\n- {column: visits, action: keep, because: counted nightly, by: 鈴木, at:"
        " 2026-01-05}  # asked twice"
    )
    settings = decided(tmp_path, text=before)

    now, new = propose(settings, [LEAK, SUSPECT, FINE], at=TODAY)

    after = (tmp_path / "decisions.yaml").read_text(encoding="utf-8")
    assert after.startswith(before + "\n")
    # visits was decided about, industry is fine
    assert [entry.about for entry in new] == [("column", "size")]
    assert now.decisions.columns("drop") == ("size",)
    assert new[0].by == "audit"
    assert "leak: missingness" in new[0].because


def test_an_entry_ends_its_lines_as_the_file_does(tmp_path):
    path = tmp_path / "decisions.yaml"
    path.write_bytes(b"- column: a\r\n  action: drop\r\n  because: x\r\n")

    append(path, [decisions.Decision(column="b", action="drop", because="y", by="A", at=TODAY)])

    lines = path.read_bytes().split(b"\n")
    assert len(lines) > 6
    assert all(line.endswith(b"\r") for line in lines[:-1])


def test_proposing_twice_writes_once(tmp_path):
    settings = config.parse(FLAT, base=tmp_path)

    propose(settings, [LEAK, LATE], at=TODAY)
    before = (tmp_path / "decisions.yaml").read_bytes()
    _, again = propose(settings, [LEAK, LATE], at=TODAY)

    assert again == []
    assert (tmp_path / "decisions.yaml").read_bytes() == before
    read = decisions.read(tmp_path / "decisions.yaml")
    assert read.event_delays == {"契約書": 3}
    assert before.startswith(b"# What was decided")


def test_a_file_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "nowhere").write_text("a file")
    with pytest.raises(ConfigError, match="cannot be written"):
        append(
            tmp_path / "nowhere" / "decisions.yaml",
            proposals([LEAK], decisions.Decisions(), at=TODAY),
        )


# --- obeyed ---------------------------------------------------------------------------------------


def test_a_dropped_column_is_no_feature_and_the_model_says_so(tmp_path):
    table(tmp_path)
    settings = decided(tmp_path, decision({"column": "size"}, "drop"))

    spec, _ = seen(settings)

    assert "size" not in spec.names
    assert ("size", "dropped by decision") in [(u.column, u.reason) for u in spec.unusable]
    assert list(obeyed(settings)) == [
        "decided: column 'size' dropped: written after the call (Sato, 2026-04-01)"
    ]


def test_an_imputed_column_keeps_its_values_and_loses_its_emptiness(tmp_path):
    data = table(tmp_path).sort_values("id")
    entries = [decision({"column": name}, "impute") for name in ("industry", "size")]

    spec, rows = seen(decided(tmp_path, *entries))

    missing = data["size"].isna().to_numpy()
    assert np.corrcoef(missing, data["won"])[0, 1] < -0.4  # it spoke
    size, industry = (rows.matrix[:, spec.names.index(name)] for name in ("size", "industry"))
    assert not np.isnan(size).any()
    assert (size[~missing] == data["size"][~missing]).all()
    assert (industry > 1).all()
    assert (size == np.floor(size)).all()  # drawn whole, as the others are
    assert abs(size[missing].mean() - size[~missing].mean()) < 1
    assert abs(size[missing].std() / size[~missing].std() - 1) < 0.15
    shares = [
        np.bincount(industry[mask].astype(int), minlength=5) / mask.sum()
        for mask in (missing, ~missing)
    ]
    assert np.abs(shares[0] - shares[1]).max() < 0.06
    assert abs(np.corrcoef(size, missing)[0, 1]) < 0.06


def as_stored_before(spec):
    """The spec as it was written before a gap could be silent."""
    written = spec.model_dump(mode="json")
    for feature in written["features"]:
        feature["source"].pop("gap", None)
    found = FeatureSpec.model_validate(written)
    assert found.model_dump(mode="json") == written
    return found


def test_what_is_drawn_depends_on_the_lead_alone_and_survives_storage(tmp_path):
    data = table(tmp_path)
    settings = decided(tmp_path, decision({"column": "size"}, "impute"))
    spec, rows = seen(settings)
    drawn = dict(zip(sorted(data["id"]), rows.matrix[:, spec.names.index("size")], strict=True))

    part = data.sample(300, random_state=1)
    part.to_csv(tmp_path / "flat.csv", index=False)
    with open_store(
        settings.input, settings.columns, kinds=spec.column_kinds, purpose="score", quarantine=None
    ) as store:
        stored = FeatureSpec.model_validate_json(spec.model_dump_json())
        prepare(store, stored, flat_rows(store))
        again = build(store, flat_rows(store), stored)

        teaching = build(store, flat_rows(store), stored, teaching=True)
        older = build(store, flat_rows(store), as_stored_before(spec))

    at = stored.names.index("size")
    for built in (teaching, older):
        assert dict(zip(built.keys["lead_id"].to_pylist(), built.matrix[:, at], strict=True)) == {
            i: drawn[i] for i in part["id"]
        }
    missing = dict(zip(data["id"], data["size"].isna(), strict=True))
    scored = np.isnan(again.matrix[:, at])
    assert scored.tolist() == [missing[i] for i in again.keys["lead_id"].to_pylist()]


def test_nobody_is_told_a_value_that_was_drawn(tmp_path):
    """Score, reasons, explanation and warnings know the lead as it is, without a value: it adds
    what the value adds on average.
    """
    data = table(tmp_path)
    settings = decided(
        tmp_path, decision({"column": "size"}, "impute"), decision({"column": "industry"}, "impute")
    )
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        past = history(Run(settings, store))
        model, _ = ship(
            Run(settings, store), past, chosen=RecipeChoices.plain(settings.learner, trees=20)
        )
        rows = flat_rows(store)
        prepare(store, model.spec, rows)
        built = build(store, rows, model.spec)
        facts = RowReader(store, model.spec).read(rows)
        scored = scored_batch(model, built, facts, Telling("small", "1")).to_pylist()

    missing = dict(zip(data["id"], data["size"].isna(), strict=True))
    told = {True: set(), False: set()}
    for row in scored:
        concepts = {
            reason["concept"] for way in ("for", "against") for reason in row[f"reasons_{way}"]
        }
        told[bool(missing[row["lead_id"]])] |= concepts
    assert "size" in told[False] | told[True]
    assert not told[True] & {"size", "industry"}
    assert not any(
        "size" in said or "industry" in said for row in scored for said in row["warnings"]
    )
    gone, sums = np.isnan(built.matrix[:, model.spec.names.index("size")]), model.sums(built.matrix)
    assert gone.any()
    assert (sums.contributions[gone, model.spec.names.index("size")] == 0).all()
    assert np.abs(sums.base + sums.contributions.sum(axis=1) - sums.log_odds).max() < 1e-9
    kinds = np.unique(np.nan_to_num(built.matrix, nan=-1.0), axis=0, return_inverse=True)[1]
    assert len(np.unique(kinds)) == len(np.unique(np.column_stack([kinds, sums.log_odds]), axis=0))


def test_a_frame_keeps_its_gaps_and_takes_the_middle_in_an_older_model(tmp_path):
    data = table(tmp_path)
    spec, _ = seen(
        decided(
            tmp_path,
            decision({"column": "size"}, "impute"),
            decision({"column": "industry"}, "impute"),
        )
    )

    frame = pd.DataFrame({"size": [None, 7.0], "industry": [None, "food"], "visits": [1, 2]})
    now, matrix = encoded(spec, frame), encoded(as_stored_before(spec), frame)

    size, industry = spec.names.index("size"), spec.names.index("industry")
    assert np.isnan(now[0, size])
    assert now[0, industry] == MISSING
    assert (now[1] == matrix[1]).all()
    assert abs(matrix[0, size] - data["size"].median()) <= 1
    assert matrix[1, size] == 7
    assert spec.features[industry].levels[int(matrix[0, industry]) - 2] == "it"


def test_dropped_and_delayed_events(tmp_path):
    """A dropped event type counts nowhere, not as any activity either; a delayed one counts days
    later.
    """
    day = dt.datetime(2026, 1, 1)
    n = 60
    leads = pd.DataFrame({"lead_id": [f"L{i:02}" for i in range(n)], "created_at": day})
    rows = [
        (name, day + dt.timedelta(days=days, hours=1), kind)
        for i, name in enumerate(leads["lead_id"])
        for kind, days in (("visit", 1), ("signed", 2), ("sent", 3 + i % 2))
    ]
    pd.DataFrame(rows, columns=["lead_id", "occurred_at", "event_type"]).to_parquet(
        tmp_path / "events.parquet"
    )
    leads.to_parquet(tmp_path / "leads.parquet")
    raw = {
        "name": "company",
        "input": {
            "timezone": "UTC",
            "observed_until": dt.date(2026, 3, 1),
            "leads": {"path": "leads.parquet"},
            "events": {"path": "events.parquet"},
        },
        "behaviour": {"actors": {"*": "lead"}},
        "population": {"until": "closed", "stale_after_days": 90},
        "goal": {"horizon_days": 30},
        "snapshots": {"every_days": 7},
    }
    entries = [
        decision({"event_type": "signed"}, "drop"),
        decision({"event_type": "sent"}, "delay", days=5),
        decision({"event_type": "never"}, "keep"),
    ]
    (tmp_path / "decisions.yaml").write_text(yaml.safe_dump(entries), encoding="utf-8")
    settings = config.parse(raw, base=tmp_path)

    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        first = (day - dt.datetime(1970, 1, 1)).days
        keys = {"lead": np.arange(n), "episode": np.ones(n), "as_of_day": np.full(n, first + 9)}
        ids = pa.table({name: pa.array(values, pa.int32()) for name, values in keys.items()})
        ones = np.ones(n)
        labelled = LabelledRows(ids, np.zeros(n, np.int8), ones, np.zeros(n, int), np.arange(n))
        spec, found = see(Run(settings, store), labelled)
        told = list(obeyed(settings, store))

    names = spec.names
    assert "signed" not in spec.kinds
    assert not any(name.startswith("signed") for name in names)
    # sent on day 3 is known on day 3 + 5 < 9, sent on day 4 is not
    sent = found.matrix[:, names.index("sent: count, ever")]
    assert sent.tolist() == [1.0, 0.0] * (n // 2)
    assert "event type 'sent' counts 5 days later" in told[1]
    assert "there is no such event" in told[2]


def test_no_fill_is_stored_where_nothing_was_decided(tmp_path):
    table(tmp_path)
    spec, _ = seen(config.parse(FLAT, base=tmp_path))

    assert all(f.source.fill == () for f in spec.features if isinstance(f.source, AttributeSource))


def test_a_rule_may_ask_for_a_group_of_events_that_the_model_may_not_count(tmp_path):
    day = dt.datetime(2026, 1, 1)
    pd.DataFrame({"lead_id": ["A", "B"], "created_at": day}).to_parquet(tmp_path / "leads.parquet")
    signed = pd.DataFrame(
        {"lead_id": ["A"], "occurred_at": [day + dt.timedelta(days=1)], "event_type": ["signed"]}
    )
    signed.to_parquet(tmp_path / "events.parquet")
    tables = {name: {"path": f"{name}.parquet"} for name in ("leads", "events")}
    raw = {
        "name": "company",
        "input": {"timezone": "UTC", "observed_until": dt.date(2026, 3, 1), **tables},
        "population": {"until": "closed", "stale_after_days": 90},
        "goal": {"horizon_days": 30},
        "snapshots": {"every_days": 7},
    }
    settings = config.parse(raw, base=tmp_path)
    groups = (EventGroup(name="contract", event_type="sign*"),)
    reading = EventReading(actors={"*": "lead"}, groups=groups, dropped=("signed",))

    with open_store(settings.input, settings.columns, purpose="score", quarantine=None) as store:
        first = (day - dt.datetime(1970, 1, 1)).days
        rule = parse('did "contract"')
        prepare_rules(store, [rule], reading)
        keys = {"lead": [0, 1], "episode": [1, 1], "as_of_day": [first + 9] * 2}
        truth = evaluate(
            store, pa.table({name: pa.array(v, pa.int32()) for name, v in keys.items()}), [rule]
        )

    assert truth.ravel().tolist() == [1, 0]


def test_whether_a_lead_has_a_row_in_a_joined_table_may_be_decided_about(tmp_path):
    entries = [decision({"column": f"has {name}"}, "drop") for name in ("plans", "plans 2")]
    (tmp_path / "decisions.yaml").write_text(yaml.safe_dump(entries), encoding="utf-8")
    joined = [{"path": "plans.csv", "id": "id"}, {"path": "plans.csv", "id": "id", "prefix": ""}]
    source = {**FLAT["input"], "joined": joined}
    read = config.parse({**FLAT, "input": source}, base=tmp_path)
    assert {entry.column for entry in read.decisions.in_force} == {"has plans", "has plans 2"}
    with pytest.raises(ConfigError, match=r"stand in no list of `columns`: \['has plans 2'\]"):
        config.parse({**FLAT, "input": {**source, "joined": joined[:1]}}, base=tmp_path)
