"""How a model's columns were written when it was trained."""

from features.intake.formats.truths import spelling
from features.spec import AttributeSource, FeatureSpec
from features.writing import Writing


def learned_writings(spec: FeatureSpec) -> dict[str, dict[str, Writing]]:
    """Table to column to writing; of a model from before writings were stored, what its categories
    tell: one of Yes and No is a column of yes and no.
    """
    told = {
        feature.source.column: Writing(truth=truth)
        for feature in spec.features
        if isinstance(feature.source, AttributeSource) and feature.is_category
        if (truth := spelling(dict.fromkeys(feature.levels, 1))) is not None
    }
    stored = spec.writings
    tables = ("leads", "flat")
    return {**stored, **{table: {**told, **stored.get(table, {})} for table in tables}}
