"""What a state tells that training did not see, or that the input shows far too often: nothing."""

import dataclasses

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.build.table import FeatureTable, encoded
from features.spec import MISSING, OTHER
from features.states import with_unseen_states
from propensity.contributions.terms import CategoryTerm, NumberTerm, Terms
from propensity.language.audience import Audience
from propensity.model import bundle
from propensity.model.bundle import DISTRIBUTION_COLUMNS
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Member
from propensity.model.silent_states import counted, silent_in_input
from propensity.scoring.questions import QuestionFinder
from propensity.scoring.reasons import reasons
from propensity.scoring.row_facts import RowFacts, warnings
from propensity.scoring.scorer import as_understood
from tests.propensity.contributions.oracle import expected


def unlike(spec, feature, **changes):
    """The spec with one feature changed."""
    features = [
        f.model_copy(update=changes) if i == feature else f for i, f in enumerate(spec.features)
    ]
    return spec.model_copy(update={"features": tuple(features)})


@pytest.fixture(scope="module")
def served(small_model, small_frame):
    """A blend of trees and terms that saw no missing industry, no other one, and every employee
    count.
    """
    spline = Terms(
        intercept=-1.0,
        terms=(
            CategoryTerm(feature=0, levels=(0.1, -0.2, 0.4, 0.0, -0.3)),
            NumberTerm(feature=1, knots=(1.0, 90.0), values=(0.5, -0.5), missing=0.7),
            NumberTerm(feature=4, knots=(0.0, 30.0), values=(0.4, -0.4), missing=-0.1),
        ),
        weight=0.25,
    )
    line = Terms(
        intercept=0.5,
        terms=(NumberTerm(feature=2, knots=(0.0, 700.0), values=(-0.2, 0.4), missing=0.2),),
        weight=0.5,
    )
    spec = unlike(small_model.spec, 0, unseen=("missing", "other"))
    spec = unlike(unlike(spec, 1, unseen=("missing",)), 2, unseen=("missing",))
    members = (small_model.members[0].model_copy(update={"weight": 0.75}), spline, line)
    return dataclasses.replace(small_model, spec=spec, members=members)


def by_definition(model: PropensityModel, rows) -> list[float]:
    """The log-odds of rows by a second route: decisions on what was not seen are followed both
    ways, by the training rows that went there; terms of it add nothing.
    """
    trees = [
        (member.weight, lgb.Booster(model_str=member.text).dump_model()["tree_info"])
        for member in model.members
        if isinstance(member, Member)
    ]
    return [_by_definition(model, trees, row) for row in rows]


def _by_definition(model, trees, row) -> float:
    spec, unseen = model.spec, set()
    for i, feature in enumerate(spec.features):
        if feature.is_category:
            state = {MISSING: "missing", OTHER: "other"}.get(row[i])
        else:
            state = "missing" if np.isnan(row[i]) else None
        if state in (feature.unseen or ()):
            unseen.add(i)
    seen = frozenset(range(len(spec.features))) - unseen
    raw = sum(
        weight * expected(tree["tree_structure"], row, seen)
        for weight, grown in trees
        for tree in grown
    )
    for member in model.members:
        if isinstance(member, Terms):
            known = [term for term in member.terms if term.feature in seen]
            worths = [_worth(term, row[term.feature]) for term in known]
            raw += member.weight * (member.intercept + sum(worths))
    given_away = sum(model.offsets[i] for i in unseen)
    return model.calibration.intercept + model.calibration.slope * raw - given_away


def _worth(term, value) -> float:
    if isinstance(term, CategoryTerm):
        return term.levels[int(value)]
    return term.missing if np.isnan(value) else float(np.interp(value, term.knots, term.values))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999))
def test_the_log_odds_are_those_of_the_definition(served, small_frame, seed):
    random = np.random.default_rng(seed)
    rows = encoded(served.spec, small_frame)[random.integers(0, len(small_frame), 15)]
    rows[random.random(len(rows)) < 0.5, 0] = random.choice([OTHER, MISSING])
    rows[random.random(len(rows)) < 0.5, 1] = np.nan
    rows[random.random(len(rows)) < 0.5, 2] = np.nan

    wanted = by_definition(served, rows)

    for sums in (served.sums(rows), served.concept_sums(rows)):
        np.testing.assert_allclose(sums.log_odds, wanted, rtol=0, atol=1e-9)
        added = sums.base + sums.contributions.sum(axis=1)
        np.testing.assert_allclose(added, wanted, rtol=0, atol=1e-9)
        np.testing.assert_allclose(sums.base + sums.fit + sums.interest, wanted, rtol=0, atol=1e-9)
        assert (sums.contributions[:, :3][served.in_silence(rows)[:, :3]] == 0).all()


def test_behaviours_do_not_move_the_fit_of_a_lead_with_gaps(served, small_frame):
    rows = encoded(served.spec, small_frame)
    rows[::2, 1] = np.nan
    permuted = rows.copy()
    order = np.random.default_rng(1).permutation(len(rows))
    permuted[:, 3:] = rows[order, 3:]

    np.testing.assert_array_equal(served.sums(permuted).fit, served.sums(rows).fit)
    assert (served.sums(permuted).interest != served.sums(rows).interest).any()


def test_leads_without_gaps_keep_their_bits_beside_leads_with_some(
    served, small_model, small_frame
):
    rows = encoded(served.spec, small_frame)
    whole = rows[(rows[:, 0] > MISSING) & ~np.isnan(rows[:, 1])]
    recorded_nothing = dataclasses.replace(served, spec=small_model.spec)
    mixed = np.vstack([whole, whole])
    mixed[len(whole) :, 1] = np.nan

    assert served.in_silence(whole) is None
    wanted = recorded_nothing.concept_sums(whole).contributions
    np.testing.assert_array_equal(served.concept_sums(whole).contributions, wanted)
    np.testing.assert_array_equal(served.concept_sums(mixed).contributions[: len(whole)], wanted)


def test_what_is_silent_is_no_reason_and_can_be_asked(served, small_frame):
    rows = encoded(served.spec, small_frame).copy()
    rows[:, 0] = OTHER
    table = table_of(served, rows)
    sums = served.concept_sums(rows)

    found = reasons(served, as_understood(served, table), sums, Audience("en"), at_most=9)

    named = {reason["concept"] for side in found for row in side.to_pylist() for reason in row}
    assert "業種" not in named
    assert named
    asker = QuestionFinder(served)
    asker.__dict__["ranges"] = np.array([[-1.0, 1.0], *[[np.nan, np.nan]] * 4])
    assert (asker.questions(as_understood(served, table), sums).concept == 0).all()
    assert (asker.questions(rows, sums).concept == -1).all()


@pytest.mark.parametrize(
    ("value", "language", "told"),
    [
        (OTHER, "en", "not understood: 業種 (a value never seen in training)"),
        (MISSING, "en", "not understood: 業種 (never missing in training)"),
        (OTHER, "ja", "業種は判断に使っていません（学習データにない値）"),
    ],
)
def test_the_row_says_what_was_not_understood(served, small_frame, value, language, told):
    rows = encoded(served.spec, small_frame.head(2)).copy()
    rows[:, 0], rows[:, 1] = [value, 2], 5.0
    nothing = pa.nulls(2, pa.string())
    facts = RowFacts(nothing, nothing, pa.table({}), {})

    found = warnings(served, table_of(served, rows), facts, absent=(), language=language)

    assert found.to_pylist() == [[told], []]


def table_of(model, rows):
    keys = pa.table({"lead_id": [str(i) for i in range(len(rows))]})
    return FeatureTable(model.spec, keys, rows)


# --- which states are silent
# --------------------------------------------------------------------------------------------------


def test_training_records_the_states_its_rows_did_not_show(small_spec, small_frame):
    matrix = encoded(small_spec, small_frame)
    known = matrix[matrix[:, 0] != OTHER]

    assert [f.unseen for f in with_unseen_states(small_spec, matrix).features] == [
        (),
        (),
        ("missing",),
        ("missing",),
        (),
        ("missing",),
    ]
    assert with_unseen_states(small_spec, known).features[0].unseen == ("other",)


def with_shares(model, feature, *, missing, other=None, leads=4000):
    """The model with the reference shares of a feature's states."""
    shares = [("(missing)", missing), *([("(other)", other)] if other is not None else [])]
    rows = [
        {"feature": feature, "level": level, "low": None, "high": None, "share": share}
        for level, share in shares
    ]
    table = pa.Table.from_pylist(rows, schema=DISTRIBUTION_COLUMNS)
    reference = model.reference.model_copy(update={"leads": leads})
    return dataclasses.replace(model, distributions=table, reference=reference)


def test_a_model_stored_before_tells_its_states_by_its_distributions(small_model):
    old = with_shares(small_model, "業種", missing=0.0, other=0.2)

    assert old.silent[0] == {"missing"}
    assert old.silent[1:] == (frozenset(),) * 5
    assert small_model.silent == (frozenset(),) * 6


def test_a_model_stored_before_keeps_its_bytes_and_its_hash(small_model, tmp_path):
    small_model.save(tmp_path / "old")
    written = (tmp_path / "old" / "features.json").read_text()

    assert '"unseen"' not in written
    assert '"texts"' not in written
    assert bundle.model_hash(tmp_path / "old") == bundle.model_hash(small_model)


def test_states_and_the_reading_of_texts_are_stored_and_decide_the_hash(small_model, tmp_path):
    spec = unlike(small_model.spec, 0, unseen=("other",)).model_copy(update={"texts": "folded"})
    model = dataclasses.replace(small_model, spec=spec)
    model.save(tmp_path / "new")

    assert PropensityModel.load(tmp_path / "new").spec == spec
    assert bundle.model_hash(model) != bundle.model_hash(small_model)


#: share in training, leads in the state, leads of the input, whether it is silent, why
INPUTS = [
    (0.02, 300, 300, True, "a list renamed as a whole"),
    (0.3, 300, 300, True, "a list renamed as a whole that had many rare entries"),
    (0.02, 100, 300, True, "a third of the list renamed"),
    (0.02, 6, 300, False, "as in training"),
    (0.02, 18, 300, False, "three times as many"),
    (0.3, 120, 300, False, "a little more"),
    (0.02, 1, 1, False, "one lead says nothing of the others"),
    (0.02, 2, 4, False, "two of four may be chance"),
    (0.02, 5, 5, True, "five of five are no chance"),
    (0.0, 300, 300, True, "never seen, now everywhere"),
    (0.0, 3, 300, False, "never seen, now and then"),
    (1.0, 300, 300, False, "always so"),
    (0.02, 0, 0, False, "no leads"),
]


@pytest.mark.parametrize(("share", "count", "leads", "silent", "why"), INPUTS)
def test_an_input_that_shows_a_state_far_too_often_silences_it(
    small_model, share, count, leads, silent, why
):
    model = with_shares(small_model, "業種", missing=0.0, other=share)

    found = silent_in_input(model, {("業種", "other"): count}, leads)

    assert found == ({"業種": ("other",)} if silent else {}), why


@pytest.mark.parametrize("share", [0.001, 0.01, 0.05, 0.2, 0.5, 0.9])
def test_inputs_drawn_as_training_was_silence_nothing(small_model, share):
    model, random = with_shares(small_model, "業種", missing=share), np.random.default_rng(0)
    leads = random.choice([1, 5, 50, 500, 5000], 2000)

    drawn = zip(random.binomial(leads, share).tolist(), leads.tolist(), strict=True)
    found = [silent_in_input(model, {("業種", "missing"): count}, n) for count, n in drawn]

    assert found == [{}] * 2000


def test_a_frame_whose_list_was_renamed_scores_as_if_nothing_were_known_of_it(
    small_model, small_frame
):
    model = with_shares(small_model, "業種", missing=0.2, other=0.2)
    renamed = model.score(small_frame.assign(業種="Informatik"))

    muted = model.silencing({"業種": ("other",)})
    rows = encoded(model.spec, small_frame.assign(業種="Informatik"))
    np.testing.assert_array_equal(renamed["log_odds"], muted.concept_sums(rows).log_odds)
    assert (muted.concept_sums(rows).contributions[:, 0] == 0).all()
    assert (model.concept_sums(rows).contributions[:, 0] != 0).any()


def test_leads_are_counted_by_attribute_and_state_and_silence_is_behaviour(small_spec, small_frame):
    found = counted(small_spec, encoded(small_spec, small_frame))

    wanted = {
        ("業種", "missing"): small_frame["業種"].isna().sum(),
        ("業種", "other"): (small_frame["業種"] == "Zoo").sum(),
        ("employees", "missing"): small_frame["employees"].isna().sum(),
    }
    assert {key: count for key, count in found.items() if count} == wanted
    assert {name for name, _ in found} == {"業種", "employees", 'Total "Time" [s]'}


def test_muting_compiles_nothing_anew(small_model):
    assert small_model.silencing({}) is small_model
    assert small_model.silencing({"業種": ("other",)}).engines is small_model.engines
