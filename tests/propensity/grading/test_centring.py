"""Which zero grades: the model's own, or the one in use where that may as well be it."""

import numpy as np
import pytest

from propensity.definition.schema import Agreement, Axes, AxisCuts, Definition, Line
from propensity.grading.centring import axes_of, centred_alike, recentred, zero_of
from propensity.grading.redraw import redraws, sentences, shares_moved
from propensity.model.model_parts import AxisNoise, Reference

RISING = tuple((float(at), float(1 / (1 + np.exp(2.0 - at)))) for at in np.linspace(-3, 3, 241))
NOISE = AxisNoise(
    own_rate=0.02,
    fixed_rate=0.1,
    leads=tuple((float(at), 0.2) for at in np.linspace(-1, 1, 201)),
)
CUTS = (0.7, 0.0, -0.7)
OWN = 0.15
#: Where the population closes at its own rate.
ZERO = zero_of(RISING, OWN)


def reference(**told):
    known = {
        "rows": 100,
        "leads": 100,
        "close_rate": OWN,
        "fit_curve": RISING,
        "interest_curve": RISING,
        "fit_noise": NOISE,
        "interest_noise": NOISE,
    }
    return Reference(**known | told)


def in_use(fit, interest, rate=0.14):
    cuts = {"fit": AxisCuts(zero=fit, cuts=CUTS), "interest": AxisCuts(zero=interest, cuts=CUTS)}
    agreed_on = Agreement(model_sha256="0" * 64, close_rate=rate, rows=9, leads=9)
    return Definition(
        agreed_on=agreed_on,
        axes=Axes(**cuts),
        review_by="2026-01-01",
        roles={"sales": "Sales"},
        must_sign=("sales",),
        mql=Line(enter=0.3, because="a test"),
    )


def test_a_zero_in_use_within_noise_of_the_new_models_own_is_kept_and_one_beyond_it_moves():
    own = zero_of(RISING, 0.14)
    axes = axes_of(reference(), in_use(own + 0.15, own + 0.25), is_agreed_model=False)

    assert axes.fit.zero == own + 0.15
    assert axes.interest.zero == own


def test_the_noise_of_a_frozen_rate_is_larger_than_that_of_the_populations_own():
    before = in_use(ZERO + 0.15, ZERO, rate=OWN)
    axes = axes_of(reference(), before, is_agreed_model=False)

    assert axes.fit.zero == ZERO, "0.15 is within the noise of a frozen rate alone"


def test_models_that_were_stored_without_noise_are_centred_as_before():
    old = reference(fit_noise=None, interest_noise=None)
    own = zero_of(RISING, 0.14)

    axes = axes_of(old, in_use(own + 0.001, own), is_agreed_model=False)

    assert (axes.fit.zero, axes.interest.zero) == (own, own)
    assert "noise" not in str(old.stored())
    assert Reference(**old.stored()) == old


def test_noise_is_stored_and_read_back():
    assert Reference(**reference().stored()) == reference()


def test_the_cuts_stay_and_only_the_zeros_of_a_recipe_move():
    axes = centred_alike(in_use(0.1, 0.2).axes, reference(), OWN)
    assert axes.fit == axes.interest == AxisCuts(zero=ZERO, cuts=CUTS)


def test_an_axis_on_which_no_lead_differs_is_not_graded():
    alone = reference(axes=("fit",), interest_curve=((0.0, OWN),), interest_noise=None)
    axes = recentred(alone, OWN, (CUTS, CUTS))

    assert axes.names == ("fit",)
    assert [redraw.zero.axis for redraw in redraws(axes, alone, OWN)] == ["fit"]


def test_the_share_of_letters_is_that_of_pairs_of_draws():
    rng = np.random.default_rng(0)
    axis = AxisCuts(zero=0.05, cuts=CUTS)
    place = np.array([at for at, _ in NOISE.leads]) - axis.zero
    apart = 0.0
    for _ in range(4000):
        error = rng.normal(0, 0.2 * np.sqrt(2), len(place))
        one, two = (
            sum((above < cut).astype(int) for cut in CUTS) for above in (place, place + error)
        )
        apart += (one != two).mean() / 4000

    assert shares_moved(NOISE, axis, CUTS) == pytest.approx(apart, abs=0.01)
    assert shares_moved(NOISE, axis, CUTS[1:2]) < shares_moved(NOISE, axis, CUTS)


def test_without_noise_no_letter_changes():
    still = NOISE.model_copy(update={"leads": tuple((at, 0.0) for at, _ in NOISE.leads)})
    assert shares_moved(still, AxisCuts(zero=0.0, cuts=CUTS), CUTS) == 0


@pytest.mark.parametrize(("language", "kept"), [("en", "Kept"), ("ja", "据え置き")])
def test_what_is_printed_says_why_a_zero_stands_where_it_does(language, kept):
    own = zero_of(RISING, 0.14)
    axes = in_use(own + 0.15, own + 0.25).axes
    fit, fit_share, interest, interest_share = sentences(
        redraws(axes, reference(), 0.14), language=language
    )

    assert kept in fit
    assert kept not in interest
    for sentence in (fit, interest):
        assert f"{own:+.2f}" in sentence
        assert "0.20" in sentence
    assert "%" in fit_share
    assert "%" in interest_share


def test_of_an_older_model_the_zero_alone_is_told():
    old = reference(fit_noise=None, interest_noise=None)
    told = list(sentences(redraws(recentred(old, OWN, (CUTS, CUTS)), old, OWN), language="en"))
    assert told == [f"Zero of fit: {ZERO:+.2f}.", f"Zero of interest: {ZERO:+.2f}."]
