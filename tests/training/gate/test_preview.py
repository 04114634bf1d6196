"""What the gate shows before a promotion is what every lead gets after it."""

import collections
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from features.intake import open_store
from propensity.api import score
from propensity.config import config as configuration
from propensity.definition.schema import CASES
from propensity.grading.grading import GRADES
from propensity.promotion.promotion import promote
from propensity.registry import Registry, RegistryError
from propensity.registry.champion import load_champion
from propensity.scoring.tonight import population
from tests.training.learn.recipe.test_judgement import SETTINGS
from training.definition.command import write_definition
from training.gate.migration import FEWEST
from training.gate.preview import agreed_after, placed
from training.learn.rows.run import Run
from training.train.command import train
from training.train.publish import publish

N = 900
START = pd.Timestamp("2023-01-01", tz="UTC")
QUARTERS = ("2023-09-01", "2023-12-01", "2024-03-01")
SIGNED = ["marketing: A", "sales: B"]
BY_HAND = {
    "review_by": dt.date(2024, 6, 1),
    "roles": {"marketing": "Marketing", "sales": "Sales"},
    "must_sign": ["marketing", "sales"],
    "qualifiers": [{"name": "size", "rule": "size >= 12", "because": "a test"}],
    "disqualifiers": [
        {"name": "mails", "rule": 'received "mail" at least 4 times', "because": "x"}
    ],
    "always_hand_over": [{"name": "demo", "rule": 'did "demo" in 14 days', "because": "asked"}],
    "mql": {"enter": 0.3, "leave": 0.2, "because": "a test"},
}


@pytest.fixture(scope="module")
def whole():
    """Leads, events and outcomes of fifteen months; who closes changes a little on the way."""
    random = np.random.default_rng(3)
    ids = np.array([f"L{i:04}" for i in range(N)])
    created = random.integers(0, 420, N)
    big, demo = random.random(N) < 0.5, random.random(N) < 0.4
    who = np.concatenate([np.flatnonzero(demo), random.integers(0, N, 3 * N)])
    kinds = [*["demo"] * demo.sum(), *random.choice(["visit", "visit", "mail"], 3 * N)]
    days = created[who] + random.integers(0, 30, len(who))
    won = random.random(N) < 0.1 + 0.3 * big + 0.4 * demo * (created / 420)
    return (
        pd.DataFrame(
            {
                "lead_id": ids,
                "created_at": START + pd.to_timedelta(created, "D"),
                "size": np.where(big, 100, 10) + random.integers(0, 9, N),
                "visits so far": random.poisson(3, N),
            }
        ),
        pd.DataFrame(
            {
                "lead_id": ids[who],
                "occurred_at": START + pd.to_timedelta(days * 24 + 9, "h"),
                "event_type": kinds,
            }
        ).drop_duplicates(),
        pd.DataFrame(
            {
                "lead_id": ids,
                "closed_at": START
                + pd.to_timedelta((created + random.integers(20, 60, N)) * 24 + 12, "h"),
                "won": won.astype(int),
            }
        ),
    )


def quarter(folder: Path, whole, until: str):
    """The tables as they are at the end of a quarter, and the configuration of that day."""
    leads, events, outcomes = whole
    end = pd.Timestamp(until, tz="UTC")
    leads[leads.created_at < end].to_csv(folder / "leads.csv", index=False)
    there = events.lead_id.isin(leads[leads.created_at < end].lead_id)
    events[there & (events.occurred_at < end)].to_csv(folder / "events.csv", index=False)
    outcomes[outcomes.closed_at < end].to_csv(folder / "outcomes.csv", index=False)
    given = SETTINGS["input"] | {"observed_until": until}
    raw = SETTINGS | {"input": given, "definition": "definition.yaml"}
    raw["business_hours"] = {"hours": ["09:00-18:00"], "holidays": "JP"}
    raw["registry"] = {"uri": f"sqlite:///{folder}/propensity.db"}
    return configuration.parse(raw, base=folder)


def champion_of(config):
    try:
        return load_champion(config)
    except RegistryError:
        return None


def previewed(config, champion, challenger, day):
    """Lead to what the preview says: grade, case, MQL."""
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        rows = population(challenger, store, day)
        used = agreed_after(config, champion, challenger)
        found = placed(Run(config, store), rows, challenger, used, explained=False)
        names = store.query("SELECT lead_id FROM leads ORDER BY lead")["lead_id"].to_pylist()
    lead = [names[number] for number in rows["lead"].to_pylist()]
    return pd.DataFrame(
        {
            "grade": [GRADES[code] for code in found.grade],
            "decided_by": [CASES[code] for code in found.case],
            "is_mql": found.is_mql,
        },
        index=pd.Index(lead, name="lead_id"),
    ).sort_index()


def scored(config, until):
    frame = score(config, as_of=until).table.to_pandas().set_index("lead_id").sort_index()
    return frame[["grade", "decided_by", "is_mql"]]


def crosstab(before, after):
    """Leads by old and new grade, as a migration tells them."""
    counts = collections.Counter(zip(before.grade, after.grade, strict=True))
    return dict(counts)


def shown(migration):
    return {
        (old, new): migration.grades[i][j]
        for i, old in enumerate(GRADES)
        for j, new in enumerate(GRADES)
        if migration.grades[i][j] != 0
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["by hand", "written"])
def test_grades_after_each_of_three_promotions_are_those_that_the_gate_showed(
    kind, whole, tmp_path
):
    file = tmp_path / "definition.yaml"
    if kind == "by hand":
        file.write_text(yaml.safe_dump(BY_HAND), encoding="utf-8")

    for until in QUARTERS:
        config = quarter(tmp_path, whole, until)
        champion, registry = champion_of(config), Registry.of(config)
        trained = train(config, champion=champion, accept_audit="a test")
        version = publish(trained, registry)
        if kind == "written" and champion is None:
            write_definition(config, path=file, today=dt.date(2024, 1, 1))
        before = scored(config, until) if champion else None
        day = (pd.Timestamp(until) - pd.Timestamp("1970-01-01")).days
        preview = previewed(config, champion, trained.model, day) if champion else None

        promote(
            config,
            version,
            signed_by=SIGNED,
            override="a test",
            at=dt.datetime.fromisoformat(f"{until}T08:00:00+00:00"),
        )

        if before is None or preview is None:
            continue
        after = scored(config, until)
        pd.testing.assert_frame_equal(after, preview, check_dtype=False)
        found = shown(trained.asked.migration)
        real = crosstab(before, after)
        assert found.keys() == real.keys()
        assert all(found[pair] in (None, real[pair]) for pair in real)
        assert any(count is not None and count >= FEWEST for count in found.values())
        agreement = load_champion(config).agreed.definition.agreed_on
        assert agreement.close_rate == champion.agreed.definition.agreed_on.close_rate
    assert Registry.of(config).pair().version == len(QUARTERS)
