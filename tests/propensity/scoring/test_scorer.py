import dataclasses

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.build.build import build, prepare
from features.intake_report import IntakeReport, TableCounts
from features.store import Store
from propensity.model import bundle
from propensity.model.model import PropensityModel
from propensity.scoring import tonight
from propensity.scoring.job import (
    Champion,
    ScoringResources,
    Summary,
    open_input,
    percentiles,
    score_to_table,
)
from propensity.scoring.reasons import SMALLEST
from propensity.scoring.scorer import (
    SCORED,
    BucketShape,
    Telling,
    ranks,
    score,
    scored_bucket,
    telling_of,
)
from propensity.scoring.tonight import look_at, population
from tests.propensity import worlds

TELLING = Telling("company", "7")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return worlds.company(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    return worlds.flat(tmp_path_factory.mktemp("flat"))


@pytest.fixture(scope="module")
def scored(company):
    return run(company)


def run(world, as_of_day=worlds.AS_OF_DAY, **options):
    with world.store() as store:
        return pa.concat_tables(score(world.model, store, as_of_day, telling=TELLING, **options))


def ranked(world, as_of_day=worlds.AS_OF_DAY):
    with open_input(world.config, world.model, ScoringResources()) as store:
        return score_to_table(
            Champion(world.model, "company", "7"), store, as_of_day, config=world.config
        )


def edited(world, folder, **changes):
    """The world with changed files: name to a function of its frame."""
    for name in ("leads", "events", "outcomes", "flat"):
        source = world.path.parent / f"{name}.csv"
        if source.exists():
            frame = pd.read_csv(source, dtype=str, keep_default_na=False)
            changes.get(name, lambda same: same)(frame).to_csv(folder / f"{name}.csv", index=False)
    (folder / "config.yaml").write_text(world.path.read_text(encoding="utf-8"), encoding="utf-8")
    config = worlds.configuration.load(folder / "config.yaml")
    return dataclasses.replace(world, path=folder / "config.yaml", config=config)


def test_base_and_axes_add_up_to_the_log_odds_exactly(scored):
    base, fit, interest = (scored[name].to_numpy() for name in ("base", "fit", "interest"))

    assert (base + fit + interest == scored["log_odds"].to_numpy()).all()
    np.testing.assert_allclose(
        scored["probability"], 1 / (1 + np.exp(-scored["log_odds"].to_numpy())), rtol=1e-14
    )


def test_contributions_of_all_concepts_add_up_to_the_axes(company, scored):
    with company.store() as store:
        rows = population(company.model, store, worlds.AS_OF_DAY)
        prepare(store, company.model.spec, rows)
        sums = company.model.concept_sums(build(store, rows, company.model.spec).matrix)

    axes = scored["fit"].to_numpy() + scored["interest"].to_numpy()
    np.testing.assert_allclose(sums.contributions.sum(axis=1), axes, atol=1e-9)


def test_no_stronger_reason_is_left_out(company, scored):
    with company.store() as store:
        rows = population(company.model, store, worlds.AS_OF_DAY)
        prepare(store, company.model.spec, rows)
        sums = company.model.concept_sums(build(store, rows, company.model.spec).matrix)

    behaviour = [
        i for i, concept in enumerate(company.model.concepts) if concept.axis == "interest"
    ]
    for row, told in enumerate(scored["reasons_for"].to_pylist()):
        weakest = told[-1]["contribution"] if len(told) == TELLING.reasons else SMALLEST
        names = {reason["concept"] for reason in told}
        left_out = [i for i in behaviour if company.model.concepts[i].name not in names]
        assert (sums.contributions[row, left_out] <= weakest).all()


@pytest.mark.parametrize(("batch_leads", "threads"), [(1, 1), (37, 2), (1000, 1)])
def test_batches_and_threads_change_no_bit(company, scored, batch_leads, threads):
    if batch_leads == 1:
        with company.store() as store:
            tables = score(company.model, store, worlds.AS_OF_DAY, telling=TELLING, batch_leads=1)
            found = pa.concat_tables([next(tables) for _ in range(12)])
        assert found.equals(scored.slice(0, 12))
    else:
        assert run(company, batch_leads=batch_leads, threads=threads).equals(scored)


def test_whoever_stops_listening_can_close_the_store_while_the_next_batch_is_built(company):
    store = company.store()
    tables = score(company.model, store, worlds.AS_OF_DAY, telling=TELLING, batch_leads=40)
    next(tables)

    store.close()

    assert not store.folder.exists()
    with pytest.raises(duckdb.ConnectionException, match="closed"):
        list(tables)


def test_what_fails_while_a_later_batch_is_built_ends_the_scoring(company, monkeypatch):
    built = []

    def failing(store, rows, spec):
        if built:
            raise MemoryError("no room for the second batch")
        built.append(build(store, rows, spec))
        return built[0]

    monkeypatch.setattr("propensity.scoring.scorer.build", failing)
    with company.store() as store:
        tables = score(company.model, store, worlds.AS_OF_DAY, telling=TELLING, batch_leads=40)
        assert next(tables).num_rows == 40
        with pytest.raises(MemoryError, match="no room for the second batch"):
            list(tables)


def test_the_order_of_the_input_changes_no_bit(company, scored, tmp_path):
    def shuffled(frame):
        return frame.sample(frac=1, random_state=3)

    world = edited(company, tmp_path, leads=shuffled, events=shuffled, outcomes=shuffled)

    assert run(world).equals(scored)


def test_buckets_of_whole_accounts_give_the_rows_of_the_stream(company, scored):
    with company.store() as store:
        tables = {name: store.arrow(name) for name in ("leads", "events", "episodes", "changes")}
        shape = BucketShape.of(store)
    buckets = []
    for bucket in range(3):
        mine = pc.equal(
            pc.subtract(
                tables["leads"]["account"], pc.multiply(pc.divide(tables["leads"]["account"], 3), 3)
            ),
            bucket,
        )
        leads = tables["leads"].filter(mine)["lead"].combine_chunks()
        part = {
            name: table.filter(pc.is_in(table["lead"], value_set=leads))
            for name, table in tables.items()
        }
        buckets.append(
            scored_bucket(company.model, part, worlds.AS_OF_DAY, shape=shape, telling=TELLING)
        )

    assert (
        pa.concat_tables(buckets)
        .sort_by("lead_id")
        .combine_chunks()
        .equals(scored.combine_chunks())
    )


def test_event_types_that_are_new_are_told_in_a_bucket_as_in_the_whole(company, tmp_path):
    def renamed(events):
        events["event_type"] = "new " + events["event_type"]
        early = (events.lead_id < "L00100") & (events.event_type == "new called")
        events.loc[early, "event_type"] = "new visit"
        return events

    world = edited(company, tmp_path, events=renamed)
    whole = run(world)
    with world.store() as store:
        tables = {name: store.arrow(name) for name in ("leads", "events", "episodes", "changes")}
        shape = BucketShape.of(store)
    buckets = []
    for is_early in (True, False):
        mine = pc.equal(pc.less(tables["leads"]["lead_id"], "L00100"), is_early)
        leads = tables["leads"].filter(mine)["lead"].combine_chunks()
        part = {
            name: table.filter(pc.is_in(table["lead"], value_set=leads))
            for name, table in tables.items()
        }
        buckets.append(
            scored_bucket(world.model, part, worlds.AS_OF_DAY, shape=shape, telling=TELLING)
        )

    told = whole["warnings"].to_pylist()
    assert max(map(len, told)) > 3
    assert pa.concat_tables(buckets)["warnings"].to_pylist() == told


def test_every_lead_of_the_population_gets_one_row_in_the_order_of_lead_id(company, scored):
    with company.store() as store:
        rows = population(company.model, store, worlds.AS_OF_DAY)

    assert scored.num_rows == rows.num_rows > 200
    assert scored["lead_id"].to_pylist() == sorted(set(scored["lead_id"].to_pylist()))


def test_every_row_of_a_flat_table_is_scored_in_file_order(flat):
    table, _ = ranked(flat)

    assert (
        table["lead_id"].to_pylist()
        == pd.read_csv(flat.path.parent / "flat.csv", dtype=str)["id"].tolist()
    )
    assert {
        name for name in ("as_of", "scored_at", "stage", "topic") if table[name].null_count == 300
    } == {"as_of", "scored_at", "stage", "topic"}


@pytest.mark.parametrize(
    "change", [lambda f: f.drop(columns="converted"), lambda f: f.assign(converted="0")]
)
def test_an_outcome_column_is_ignored(flat, tmp_path, change):
    assert run(edited(flat, tmp_path, flat=change)).equals(run(flat))


def test_rank_follows_the_chance_and_ties_follow_the_lead_id(company):
    table, _ = ranked(company)
    frame = table.select(["lead_id", "log_odds", "rank", "percentile"]).to_pandas()

    expected = frame.sort_values(["log_odds", "lead_id"], ascending=[False, True])[
        "lead_id"
    ].tolist()

    assert frame["log_odds"].duplicated().any()
    assert frame.sort_values("rank")["lead_id"].tolist() == expected
    shares = np.ceil(100 * frame["rank"] / len(frame)).astype(int)
    assert frame["percentile"].tolist() == [f"top {share} %" for share in shares]


def test_rank_of_a_flat_table_does_not_depend_on_the_order_of_rows(flat, tmp_path):
    shuffled = edited(flat, tmp_path, flat=lambda frame: frame.sample(frac=1, random_state=1))

    one, other = (
        dict(zip(*(t[c].to_pylist() for c in ("lead_id", "rank")), strict=True))
        for t in (ranked(flat)[0], ranked(shuffled)[0])
    )

    assert one == other
    assert sorted(one.values()) == list(range(1, 301))


def test_percentiles_are_rounded_up():
    assert percentiles(np.array([1, 2, 3, 200]), 200, "en").to_pylist() == [
        "top 1 %",
        "top 1 %",
        "top 2 %",
        "top 100 %",
    ]
    assert percentiles(np.array([20]), 100, "ja").to_pylist() == ["上位20%"]
    assert ranks(np.array([0.0, 0.0]), np.array([1, 0])).tolist() == [2, 1]


def test_the_stage_is_the_latest_one_reached_before_the_as_of(company, scored):
    outcomes = pd.read_csv(company.path.parent / "outcomes.csv").set_index("lead_id")
    as_of = pd.Timestamp(worlds.AS_OF, tz="Asia/Tokyo")
    for lead_id, stage in zip(
        scored["lead_id"].to_pylist(), scored["stage"].to_pylist(), strict=True
    ):
        reached = [
            name
            for name, column in (("MQL", "mql_at"), ("商談", "deal_at"))
            if pd.notna(at := outcomes.loc[lead_id, column]) and pd.Timestamp(at) < as_of
        ]
        assert stage == (reached[-1] if reached else None)  # both columns hold the same moment


def test_the_topic_is_the_most_frequent_kind_of_the_last_thirty_days(company, scored):
    events = pd.read_csv(company.path.parent / "events.csv")
    events["day"] = (
        pd.to_datetime(events["occurred_at"], utc=True).dt.tz_convert("Asia/Tokyo").dt.normalize()
    )
    as_of = pd.Timestamp(worlds.AS_OF, tz="Asia/Tokyo")
    recent = events[(events.day < as_of) & (events.day >= as_of - pd.Timedelta(days=30))]
    kinds = list(company.model.spec.kinds)
    counts = (
        recent[recent.event_type.isin(kinds)]
        .groupby(["lead_id", "event_type"])
        .day.agg(["size", "max"])
    )
    found = dict(zip(scored["lead_id"].to_pylist(), scored["topic"].to_pylist(), strict=True))

    for lead_id, topic in found.items():
        mine = counts.loc[lead_id] if lead_id in counts.index else counts.iloc[:0].droplevel(0)
        best = max(
            ((row["size"], row["max"], -kinds.index(kind), kind) for kind, row in mine.iterrows()),
            default=None,
        )
        assert topic == (best[-1] if best else None)
    assert len(set(found.values())) > 3


def test_nothing_reads_the_clock(scored):
    assert pc.unique(scored["scored_at"]).to_pylist() == [
        pd.Timestamp(worlds.AS_OF, tz="Asia/Tokyo").tz_convert("UTC")
    ]
    assert pc.unique(scored["as_of"]).to_pylist() == [worlds.AS_OF]


def test_what_the_model_does_not_know_is_scored_with_a_warning(company, tmp_path):
    def unseen(leads):
        leads.loc[leads.lead_id == "L00006", "業種"] = "宇宙旅行"
        return leads.drop(columns="price [JPY]")

    def new_type(events):
        return pd.concat([events, events.iloc[:5].assign(event_type="webinar\x1b")])

    found = run(edited(company, tmp_path, leads=unseen, events=new_type))
    table, summary = ranked(edited(company, tmp_path, leads=unseen, events=new_type))

    warnings = dict(zip(table["lead_id"].to_pylist(), table["warnings"].to_pylist(), strict=True))
    assert found.num_rows == table.num_rows
    assert "業種: a value the model does not know" in warnings["L00006"]
    assert all("price [JPY]: column missing in the input" in row for row in warnings.values())
    assert (
        1
        <= sum("webinar: event type the model does not know" in row for row in warnings.values())
        <= 5
    )
    assert summary.warnings["price [JPY]: column missing in the input"] == table.num_rows
    assert summary.absent == ("price [JPY]",)
    assert summary.matters
    assert any("price [JPY]" in line for line in summary.intake.drift)


def test_a_carried_column_is_copied_and_never_hides_one_of_ours(company, scored):
    leads = (
        pd.read_csv(company.path.parent / "leads.csv", dtype=str)
        .set_index("lead_id")
        .loc[scored["lead_id"].to_pylist()]
    )

    assert scored["stage (carried)"].to_pylist() == leads["stage"].tolist()
    assert [name for name in scored.column_names if name not in SCORED.names] == [
        "company",
        "stage (carried)",
    ]


def test_an_empty_population_gives_an_empty_table_of_the_same_columns(company, scored):
    assert run(company, as_of_day=worlds.AS_OF_DAY + 3000).schema.equals(scored.schema)
    table, summary = ranked(company, worlds.AS_OF_DAY + 3000)
    assert (table.num_rows, summary.leads, summary.best, summary.matters) == (0, 0, [], True)


def test_a_stored_model_scores_as_the_one_that_was_stored(company, scored, tmp_path):
    bundle.save(company.model, tmp_path / "bundle")
    loaded = dataclasses.replace(company, model=PropensityModel.load(tmp_path / "bundle"))

    assert run(loaded).equals(scored)


def test_absent_columns_are_found_in_the_whole_input_not_in_a_batch(company):
    with company.store() as store:
        assert telling_of(company.model, store, TELLING) == TELLING
    with Store.from_arrow({}, attributes=()) as empty:
        assert len(telling_of(company.model, empty, TELLING).absent) == 5


def test_quadrants_are_the_signs_of_the_axes(scored):
    frame = scored.select(["fit", "interest", "quadrant"]).to_pandas()
    names = {
        (True, True): "hot",
        (True, False): "nurture",
        (False, True): "keen",
        (False, False): "leave",
    }

    assert frame.quadrant.tolist() == [
        names[f >= 0, i >= 0] for f, i in zip(frame.fit, frame.interest, strict=True)
    ]


@pytest.mark.parametrize(("left_out", "matters"), [(0, False), (5, False), (6, True)])
def test_many_rows_left_out_deserve_a_second_look(left_out, matters):
    report = IntakeReport({"events": TableCounts(100, 100 - left_out, {"unreadable": left_out})})

    assert Summary("company", "1", None, leads=9, intake=report).matters is matters


@pytest.mark.parametrize("sampled", [20_000, 50])
def test_who_was_looked_at_before_is_scored_the_same(company, monkeypatch, sampled):
    monkeypatch.setattr(tonight, "SAMPLED", sampled)
    model, day = company.model, worlds.AS_OF_DAY
    with company.store() as store:
        looked = look_at(model, store, day)
        assert looked.is_whole == (sampled > looked.rows.num_rows)
        told = telling_of(model, store, TELLING, day, tonight=looked)
        twice = list(score(model, store, day, telling=told, tonight=looked, batch_leads=30))
        assert told == telling_of(model, store, TELLING, day)
        once = list(score(model, store, day, telling=told))
    assert pa.concat_tables(twice).equals(pa.concat_tables(once))
