"""How the texts of levels are compared, in training and in scoring."""

import pandas as pd
import pytest

from features.build.table import encoded
from features.spec import AttributeSource, Feature, FeatureSpec

SOURCE = AttributeSource(column="業種", reading="category")
INDUSTRY = Feature(
    name="業種",
    axis="fit",
    concept="業種",
    unit="level",
    source=SOURCE,
    levels=("IT", "製造, 他", "Retail"),
)
SPEC = FeatureSpec(features=(INDUSTRY,))
SPELLINGS = ["製造, 他", "retail", "ＲＥＴＡＩＬ", "Re\u00adtail", " Retail ", "Retail\u3000"]


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        ("folded", [3, 4, 4, 4, 4, 4]),
        ("folded, case matters", [3, 0, 0, 4, 4, 4]),
        # a CSV's outer spaces were never read
        ("as written", [3, 0, 0, 0, 4, 4]),
    ],
)
def test_levels_are_compared_as_the_spec_says(texts, codes):
    spec = SPEC.model_copy(update={"texts": texts})

    found = encoded(spec, pd.DataFrame({"業種": SPELLINGS}))

    assert found[:, 0].tolist() == codes


def test_a_spec_without_a_reading_reads_as_written():
    assert FeatureSpec.model_validate(SPEC.model_dump(mode="json")).texts == "as written"
