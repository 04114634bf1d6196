"""Which features there are."""

from features.selection import Selection, learn
from features.settings import BehaviourSettings, FeatureSettings
from tests.features.build.test_build import rows_at
from tests.features.point_in_time import Event, Facts, Lead


def test_a_column_called_like_a_built_feature_keeps_both_apart(monkeypatch):
    from tests.features import point_in_time as world

    clash = world.Attribute("age of the lead", "number", "fit")
    monkeypatch.setattr(world, "ATTRIBUTES", (clash, *world.ATTRIBUTES[1:]))
    facts = Facts(
        [Lead(created=day, size=float(day * day)) for day in range(60)], [Event(0, 50, 0, "visit")]
    )
    selection = Selection(BehaviourSettings(actors={"*": "lead"}), FeatureSettings())
    with facts.store() as store:
        spec, _ = learn(store, rows_at(100, leads=60), selection)
    assert {"age of the lead", "age of the lead (column)"} <= set(spec.names)
