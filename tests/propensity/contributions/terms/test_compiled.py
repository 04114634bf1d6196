"""Additive terms: what they are worth, that they add up beside trees, and that both kernels agree
to the bit.
"""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from features.build.table import encoded
from features.errors import ArtifactError
from propensity.contributions.terms import (
    CategoryTerm,
    CompiledTerms,
    NumberTerm,
    Terms,
    kernel,
    kernel_numpy,
    terms_scores,
)
from propensity.model import bundle
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Member
from tests.propensity.model.test_bundle import changed

STRANGE = [
    np.nan,
    np.inf,
    -np.inf,
    0.0,
    -0.0,
    1e300,
    -1e300,
    5e-324,
    -0.5,
    -1.0,
    1.7,
    4.0,
    1e6,
    2.0**31,
    -(2.0**31),
]
LINE = NumberTerm(feature=1, knots=(0.0, 10.0, 30.0), values=(-0.5, 0.25, 1.0), missing=0.125)
LEVELS = CategoryTerm(feature=0, levels=(0.0, -0.25, 0.5, 0.75))
PLAIN = Terms(intercept=-2.0, terms=(LEVELS, LINE))

WORTH = {
    "at a knot": (LINE, 10.0, 0.25),
    "between knots": (LINE, 5.0, -0.125),
    "below the first": (LINE, -3.0, -0.5),
    "above the last": (LINE, 31.0, 1.0),
    "as small as can be": (LINE, -np.inf, -0.5),
    "as large as can be": (LINE, np.inf, 1.0),
    "missing": (LINE, np.nan, 0.125),
    "another value": (LEVELS, 0.0, 0.0),
    "a missing level": (LEVELS, 1.0, -0.25),
    "the last level": (LEVELS, 3.0, 0.75),
    "a code never seen": (LEVELS, 4.0, 0.0),
    "a huge code": (LEVELS, 1e300, 0.0),
    "a negative code": (LEVELS, -1.0, 0.0),
    "a level that is no number": (LEVELS, np.nan, -0.25),
}


@pytest.mark.parametrize("chosen", [kernel, kernel_numpy], ids=["numba", "numpy"])
@pytest.mark.parametrize(("term", "value", "worth"), WORTH.values(), ids=WORTH)
def test_what_a_value_is_worth(monkeypatch, chosen, term, value, worth):
    monkeypatch.setattr(CompiledTerms, "_kernel", lambda self, n: chosen)
    matrix = np.full((1, 2), value)

    found = CompiledTerms([Terms(intercept=-2.0, terms=(term,), weight=3.0)], 2).contributions(
        matrix
    )

    assert found[0, term.feature] == 3 * worth
    assert found[0, 1 - term.feature] == 0


def drawn(seed, *, features=6):
    """Terms of every other shape, on some of the features, and rows of which a third of the values
    is strange.
    """
    random = np.random.default_rng(seed)
    members = []
    for _ in range(random.integers(1, 4)):
        terms = []
        for feature in np.flatnonzero(random.random(features) < 0.8).tolist():
            if feature % 3 == 0:
                levels = random.normal(size=random.integers(2, 9))
                terms.append(CategoryTerm(feature=feature, levels=tuple(levels.tolist())))
            else:
                knots = np.unique(
                    random.choice([0, 0.1, 1, 2, 5, 1e9, -3, -1e300, 1e-9], random.integers(1, 9))
                )
                terms.append(
                    NumberTerm(
                        feature=feature,
                        knots=tuple(knots.tolist()),
                        values=tuple(random.normal(size=len(knots)).tolist()),
                        missing=random.normal(),
                    )
                )
        members.append(Terms(intercept=random.normal(), terms=tuple(terms), weight=random.normal()))
    rows = random.normal(size=(300, features)) * 10.0 ** random.integers(-3, 3, (300, 1))
    rows[:, ::3] = random.integers(-1, 10, (300, 2))
    strange = random.random(rows.shape) < 0.3
    rows[strange] = random.choice(STRANGE, strange.sum())
    return members, rows


def worth(term, value):
    """After the definition: one value of one term."""
    if isinstance(term, CategoryTerm):
        if np.isnan(value):
            return term.levels[1]
        code = int(value) if abs(value) < 1e9 and value > -1 else 0
        return term.levels[code] if code < len(term.levels) else term.levels[0]
    if np.isnan(value):
        return term.missing
    return float(np.interp(value, term.knots, term.values))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_members_add_up_to_what_their_terms_are_worth(seed):
    members, rows = drawn(seed)
    wanted = np.zeros(rows.shape)
    for member in members:
        for term in member.terms:
            wanted[:, term.feature] += [
                member.weight * worth(term, value) for value in rows[:, term.feature]
            ]

    together = CompiledTerms(members, rows.shape[1])

    np.testing.assert_allclose(together.contributions(rows), wanted, rtol=0, atol=1e-9)
    assert together.base == pytest.approx(
        sum(member.weight * member.intercept for member in members), abs=1e-12
    )
    raw = sum(member.weight * terms_scores(member, rows) for member in members)
    np.testing.assert_allclose(together.base + wanted.sum(axis=1), raw, rtol=0, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_a_term_adds_nothing_where_the_value_was_not_seen(seed):
    members, rows = drawn(seed)
    unseen = np.random.default_rng(seed).random(rows.shape) < 0.3

    found = CompiledTerms(members, rows.shape[1]).contributions(rows, unseen=unseen)

    wanted = np.zeros(rows.shape)
    for member in members:
        for term in member.terms:
            column = rows[:, term.feature]
            wanted[:, term.feature] += [member.weight * worth(term, value) for value in column]
    np.testing.assert_allclose(found, np.where(unseen, 0.0, wanted), rtol=0, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_numba_and_numpy_give_the_same_bits(seed):
    members, rows = drawn(seed)
    found = []
    with pytest.MonkeyPatch.context() as patch:
        for chosen in (kernel, kernel_numpy):
            patch.setattr(CompiledTerms, "_kernel", lambda self, n, chosen=chosen: chosen)
            found.append(CompiledTerms(members, rows.shape[1]).contributions(rows))

    np.testing.assert_array_equal(*found)


def test_threads_batches_order_and_layout_do_not_change_a_bit():
    members, rows = drawn(4)
    rows = np.tile(rows, (100, 1))
    terms = CompiledTerms(members, rows.shape[1])
    whole = terms.contributions(rows, threads=1)
    np.testing.assert_array_equal(terms.contributions(rows, threads=2), whole)
    np.testing.assert_array_equal(terms.contributions(rows[::-1])[::-1], whole)
    np.testing.assert_array_equal(terms.contributions(np.asfortranarray(rows), threads=3), whole)
    np.testing.assert_array_equal(
        np.vstack([terms.contributions(rows[i : i + 7]) for i in range(0, 70, 7)]), whole[:70]
    )


def test_groups_of_features_are_sums_of_their_features():
    members, rows = drawn(5)
    terms, groups = CompiledTerms(members, 6), np.array([0, 2, 0, 1, 2, 2], np.int32)
    single = terms.contributions(rows)

    grouped = terms.contributions(rows, groups=groups, n_groups=4)

    wanted = np.stack([single[:, groups == group].sum(axis=1) for group in range(4)], axis=1)
    np.testing.assert_allclose(grouped, wanted, rtol=0, atol=1e-12)


def test_a_small_job_does_not_wait_for_a_compiler():
    code = (
        "import sys, numpy as np; from propensity.contributions.terms import NumberTerm, Terms,"
        " terms_scores\nterms = Terms(intercept=-2, terms=(NumberTerm(feature=0, knots=(0, 10),"
        " values=(0, 1), missing=0),))\nprint(terms_scores(terms, np.array([[2.5]]))[0], 'numba' in"
        " sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "-1.75 False\n"


@pytest.fixture
def mixed(small_model):
    """Trees, and two sums of terms on other features and with other knots."""
    first = Terms(
        intercept=-1.0,
        terms=(
            CategoryTerm(feature=0, levels=(0.1, -0.2, 0.4, 0.0, -0.3)),
            LINE.model_copy(update={"knots": (1.0, 50.0, 200.0)}),
            NumberTerm(feature=4, knots=(0.0, 30.0, 90.0), values=(0.4, 0.0, -0.4), missing=-0.1),
        ),
        weight=0.25,
    )
    second = Terms(
        intercept=0.5,
        terms=(NumberTerm(feature=4, knots=(7.0,), values=(0.2,), missing=-0.7),),
        weight=0.5,
    )
    trees = small_model.members[0].model_copy(update={"weight": 0.75})
    return replace(small_model, members=(first, trees, second))


def strange_rows(spec, n=400):
    random = np.random.default_rng(2)
    rows = random.normal(0, 50, (n, len(spec.features)))
    rows[:, 0] = random.integers(-2, 12, n)
    strange = random.random(rows.shape) < 0.3
    rows[strange] = random.choice(STRANGE, strange.sum())
    return np.asfortranarray(rows)


@pytest.mark.parametrize("members", [(0, 1, 2), (0,), (2, 0), (1, 2)], ids=str)
def test_base_and_contributions_are_the_log_odds_of_all_members(mixed, small_frame, members):
    import lightgbm as lgb

    model = replace(mixed, members=tuple(mixed.members[i] for i in members))
    for rows in (encoded(mixed.spec, small_frame), strange_rows(mixed.spec)):
        raw = np.zeros(len(rows))
        for member in model.members:
            if isinstance(member, Member):
                raw += member.weight * lgb.Booster(model_str=member.text).predict(
                    rows, raw_score=True
                )
            else:
                raw += member.weight * terms_scores(member, rows)
        wanted = 0.1 + 1.1 * raw
        by_feature, by_concept = model.sums(rows), model.concept_sums(rows)

        for sums in (by_feature, by_concept):
            assert np.abs(sums.base + sums.contributions.sum(axis=1) - wanted).max() < 1e-9
            assert np.abs(sums.base + sums.fit + sums.interest - wanted).max() < 1e-9


def test_permuting_behaviours_leaves_fit_to_the_bit(mixed, small_frame):
    rows = encoded(mixed.spec, small_frame)
    permuted = rows.copy()
    order = np.random.default_rng(1).permutation(len(rows))
    for column in mixed.spec.columns_on("interest"):
        permuted[:, column] = rows[order, column]

    assert (mixed.sums(permuted).fit == mixed.sums(rows).fit).all()
    assert (mixed.sums(permuted).interest != mixed.sums(rows).interest).any()


def test_contributions_of_centred_terms_are_shapley_values_by_brute_force(mixed, small_frame):
    """Interventional: what is not known of a lead is taken from the rows of the background, over
    all coalitions.
    """
    background = encoded(mixed.spec, small_frame)[:60]
    terms = Terms(intercept=0.0, terms=mixed.members[0].terms)
    means = CompiledTerms([terms], 6).contributions(background).mean(axis=0)
    centred = Terms(
        intercept=float(means.sum()),
        terms=tuple(
            term.model_copy(
                update=(
                    {"levels": tuple(v - means[term.feature] for v in term.levels)}
                    if isinstance(term, CategoryTerm)
                    else {
                        "values": tuple(v - means[term.feature] for v in term.values),
                        "missing": term.missing - means[term.feature],
                    }
                )
            )
            for term in terms.terms
        ),
    )
    rows = strange_rows(mixed.spec, 8)

    found = CompiledTerms([centred], 6).contributions(rows)

    def value(row, known):
        return terms_scores(terms, np.where(np.isin(np.arange(6), known), row, background)).mean()

    from itertools import combinations
    from math import factorial

    for row, contribution in zip(rows, found, strict=True):
        for player in (0, 1, 4):
            others = [i for i in (0, 1, 4) if i != player]
            shapley = sum(
                factorial(size)
                * factorial(2 - size)
                / 6
                * (value(row, [*known, player]) - value(row, [*known]))
                for size in range(3)
                for known in combinations(others, size)
            )
            assert contribution[player] == pytest.approx(shapley, abs=1e-9)


def test_members_of_both_kinds_come_back_in_their_order_with_the_same_bits(
    mixed, small_frame, tmp_path
):
    mixed.save(tmp_path / "b")
    after = PropensityModel.load(tmp_path / "b")
    rows = encoded(mixed.spec, small_frame)

    assert sorted(path.name for path in (tmp_path / "b" / "members").iterdir()) == [
        "00.json",
        "01.txt",
        "02.json",
    ]
    assert after.members == mixed.members
    assert (after.sums(rows).log_odds == mixed.sums(rows).log_odds).all()
    bundle.save(after, tmp_path / "again")
    for name in ("members/00.json", "model.json", "manifest.json"):
        assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_the_hash_knows_every_number_of_a_term(mixed, tmp_path):
    first, trees, second = mixed.members
    expected = bundle.model_hash(mixed)
    shifted = first.model_copy(
        update={"terms": (*first.terms[:2], first.terms[2].model_copy(update={"missing": 0.0}))}
    )
    mixed.save(tmp_path / "b")

    assert bundle.model_hash(tmp_path / "b") == expected
    assert bundle.model_hash(replace(mixed, members=(shifted, trees, second))) != expected
    assert bundle.model_hash(replace(mixed, members=(second, trees, first))) != expected
    assert (
        bundle.model_hash(
            replace(mixed, members=(first.model_copy(update={"weight": 0.3}), trees, second))
        )
        != expected
    )


def test_a_truncated_or_edited_file_of_terms_is_refused(mixed, tmp_path):
    for name, edit in {
        "cut": lambda b: b[:-20],
        "edited": lambda b: b.replace(b"0.25", b"0.35"),
    }.items():
        mixed.save(tmp_path / name)
        path = tmp_path / name / "members" / "00.json"
        path.write_bytes(edit(path.read_bytes()))
        with pytest.raises(
            ArtifactError, match=r"members/00\.json: expected (\d+ bytes|the SHA-256)"
        ):
            bundle.load(tmp_path / name)


def knot_back(value):
    value["terms"][1]["knots"][1] = 0.0


CONTENTS = {
    "knots that descend": (knot_back, "expected knots that ascend"),
    "a value too few": (
        lambda v: v["terms"][1]["values"].pop() and None,
        "expected a value per knot, got 2 for 3 knots",
    ),
    "a kind unknown here": (lambda v: v["terms"][0].update(type="code"), "first at terms.0"),
    "a key unknown here": (lambda v: v.update(code="x"), "first at code: Extra inputs"),
    "a number that is none": (
        lambda v: v.update(intercept=float("nan")),
        r"got ValueError .the number NaN",
    ),
    "text for a number": (lambda v: v.update(intercept="high"), "first at intercept"),
    "one feature twice": (
        lambda v: v["terms"].append(v["terms"][2]),
        "at most one term per feature",
    ),
    "a feature that is not there": (
        lambda v: v["terms"][2].update(feature=6),
        "of feature 6, where there are 6",
    ),
    "a category read as a number": (
        lambda v: v["terms"].pop(0) and v["terms"][0].update(feature=0),
        "a number term of feature 0, which is of the other kind",
    ),
    "a weight of its own": (
        lambda v: v.update(weight=9.0),
        r"expected the weight in model\.json alone",
    ),
    "no object": (lambda v: [1], "expected what this format says"),
}


@pytest.mark.parametrize(("change", "words"), CONTENTS.values(), ids=CONTENTS)
def test_terms_that_agree_with_the_manifest_are_checked_too(mixed, tmp_path, change, words):
    mixed.save(tmp_path / "b")
    changed(tmp_path / "b", "members/00.json", change)
    with pytest.raises(ArtifactError, match=words):
        bundle.load(tmp_path / "b")


def test_a_member_stored_twice_is_refused(mixed, tmp_path):
    mixed.save(tmp_path / "b")
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    (tmp_path / "b/members/00.txt").write_bytes(b"")
    entry = manifest["files"]["members/00.json"] | {"size": 0}
    manifest["files"]["members/00.txt"] = entry
    (tmp_path / "b" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match=r"expected it to list \['members/03\.txt'\]"):
        bundle.load(tmp_path / "b")


def test_terms_of_too_wide_a_spread_or_none_are_refused():
    with pytest.raises(ValidationError, match=r"less than 1\.8e308 apart"):
        NumberTerm(feature=0, knots=(-1.7e308, 1.7e308), values=(0, 0), missing=0)
    with pytest.raises(ValidationError, match="at least 1 item"):
        NumberTerm(feature=0, knots=(), values=(), missing=0)
    with pytest.raises(ValueError, match="expected features below 1, got 1"):
        CompiledTerms([PLAIN], 1)
