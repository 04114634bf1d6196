"""The contributions as shap has them: the figures of its own explainer, and its plots."""

import dataclasses
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from lightgbm import Booster

from features.build.table import encoded
from propensity.model.data_frames import frame_of, matrix_of
from propensity.model.model_parts import Calibration


@pytest.fixture(autouse=True)
def _imported(small_model, small_frame):
    """As our code imports it, without the warnings of its import."""
    small_model.explanation(small_frame.head(1))


def test_contributions_are_those_of_the_tree_explainer(small_model, small_frame):
    raw = dataclasses.replace(small_model, calibration=Calibration(), offsets=np.zeros(6))
    booster = Booster(model_str=small_model.members[0].text)
    matrix = encoded(small_model.spec, small_frame)

    explained = raw.explanation(small_frame)

    explainer = sys.modules["shap"].TreeExplainer(booster)
    np.testing.assert_allclose(explained.values, explainer(matrix).values, atol=1e-9)
    np.testing.assert_allclose(explained.base_values, explainer.expected_value, atol=1e-9)


def test_an_explanation_adds_up_to_the_score(small_model, small_frame):
    explained = small_model.explanation(small_frame)

    scored = small_model.score(small_frame)
    total = explained.values.sum(axis=1) + explained.base_values
    np.testing.assert_allclose(total, scored["log_odds"], atol=1e-9)
    assert explained.feature_names == small_model.spec.names
    assert np.array_equal(explained.values, small_model.shap_values(small_frame))
    of_fit = explained.values[:, small_model.spec.columns_on("fit")].sum(axis=1)
    np.testing.assert_allclose(of_fit, scored["fit"], atol=1e-9)


def test_the_explainer_is_one_of_shap_and_gives_the_same(small_model, small_frame):
    explainer = small_model.explainer()

    assert isinstance(explainer, sys.modules["shap"].Explainer)
    explained = small_model.explanation(small_frame)
    assert np.array_equal(explainer(small_frame).values, explained.values)
    assert np.array_equal(explainer.shap_values(small_frame), explained.values)
    assert explainer.expected_value == explained.base_values[0]


def test_categories_are_shown_by_name(small_model, small_frame):
    shown = small_model.explanation(small_frame).display_data[:, 0]

    known = small_frame["業種"].isin(["IT", "製造, 他", "Retail"])
    assert (shown[known] == small_frame["業種"][known]).all()
    assert set(shown[small_frame["業種"] == "Zoo"]) == {"(other)"}
    assert pd.isna(shown[small_frame["業種"].isna()]).all()


def test_a_matrix_as_a_frame_reads_back_to_the_bit(small_model, small_frame):
    matrix = encoded(small_model.spec, small_frame)

    again = matrix_of(small_model.spec, frame_of(small_model.spec, matrix))

    assert matrix.tobytes() == again.tobytes()


def test_a_level_called_other_is_not_the_rest(small_model):
    first, *rest = small_model.spec.features
    spec = small_model.spec.model_copy(
        update={"features": (first.model_copy(update={"levels": ("(other)", "IT")}), *rest)}
    )
    matrix = np.zeros((4, 6), order="F")
    matrix[:, 0] = [0, 1, 2, 3]

    assert matrix_of(spec, frame_of(spec, matrix))[:, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("plot", ["beeswarm", "bar", "waterfall", "scatter", "force"])
@pytest.mark.filterwarnings("ignore")
def test_the_plots_of_shap_take_it(small_model, small_frame, plot):
    explained = small_model.explanation(small_frame.head(60))
    explained.display_data = None
    plots = sys.modules["shap"].plots

    match plot:
        case "waterfall":
            plots.waterfall(explained[0], show=False)
        case "scatter":
            plots.scatter(explained[:, "employees"], show=False)
        case "force":
            plots.force(explained[0], matplotlib=True, show=False)
        case _:
            getattr(plots, plot)(explained, show=False)

    assert plt.gcf().axes
    plt.close("all")


def test_without_shap_the_extra_is_named(small_model, small_frame, monkeypatch):
    monkeypatch.setitem(sys.modules, "shap", None)

    with pytest.raises(ImportError, match=r"lead-propensity\[shap\]"):
        small_model.explanation(small_frame)
