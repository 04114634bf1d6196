import numpy as np
import pytest

from features.spec import AttributeSource, Feature, FeatureSpec
from training.learn.recipe.distributions import distributions


def feature(name, reading, levels=()):
    source = AttributeSource(column=name, reading=reading)
    return Feature(name=name, axis="fit", concept=name, unit="", source=source, levels=levels)


SPEC = FeatureSpec(
    features=(feature("industry", "category", ("IT", "製造業")), feature("size", "number"))
)


def test_levels_have_their_weighted_shares_the_unlisted_and_missing_ones_too():
    codes = np.array([0.0, 1, 2, 2, 3])
    matrix = np.stack([codes, np.zeros(5)], axis=1)
    table = distributions(SPEC, matrix, np.array([1.0, 1, 1, 1, 4])).to_pandas()
    industry = table[table.feature == "industry"].set_index("level").share
    assert industry.to_dict() == pytest.approx(
        {"(other)": 1 / 8, "(missing)": 1 / 8, "IT": 2 / 8, "製造業": 4 / 8}
    )


def test_bins_of_a_number_hold_a_tenth_each_and_tell_no_extreme():
    size = np.append(np.arange(1.0, 901), np.full(100, np.nan))
    matrix = np.stack([np.ones(1000), size], axis=1)
    table = distributions(SPEC, matrix, np.ones(1000)).to_pandas()
    missing, *bins = table[table.feature == "size"].to_dict("records")
    assert (missing["level"], missing["share"]) == ("(missing)", pytest.approx(0.1))
    assert [b["share"] for b in bins] == pytest.approx([0.09] * 10)
    assert np.isnan(bins[0]["low"])
    assert np.isnan(bins[-1]["high"])
    assert (
        [b["high"] for b in bins[:-1]]
        == [b["low"] for b in bins[1:]]
        == [90.0 * k for k in range(1, 10)]
    )


def test_a_number_nobody_has_is_missing_everywhere():
    matrix = np.stack([np.ones(3), np.full(3, np.nan)], axis=1)
    table = distributions(SPEC, matrix, np.ones(3)).to_pandas()
    assert table[table.feature == "size"].share.tolist() == [1.0]
