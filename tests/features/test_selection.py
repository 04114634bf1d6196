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


def test_spellings_of_one_level_are_one_and_called_as_most_leads_call_it():
    leads = [Lead(created=day, industry="IT" if day < 30 else " ｉｔ ") for day in range(50)]
    leads += [Lead(created=day, industry="Retail") for day in range(40)]
    behaviour = BehaviourSettings(actors={"*": "lead"})
    with Facts(leads, [Event(0, 50, 0, "visit")]).store() as store:
        rows = rows_at(100, leads=len(leads))
        found = {
            matters: learn(store, rows, Selection(behaviour, FeatureSettings(case_matters=matters)))
            for matters in (False, True)
        }

    for matters, levels in ((False, ("IT", "Retail")), (True, ("Retail", "IT", " ｉｔ "))):
        spec, table = found[matters]
        feature = next(f for f in spec.features if f.name == "industry")
        assert feature.levels == levels
        column = table.matrix[:, spec.names.index("industry")]
        assert (column >= 2).all()
    assert found[False][0].texts == "folded"


def test_whole_numbers_in_a_column_named_as_a_key_are_no_feature(monkeypatch):
    from tests.features import point_in_time as world

    owner = world.Attribute("Owner Id", "number", "fit")
    monkeypatch.setattr(world, "ATTRIBUTES", (owner, *world.ATTRIBUTES[1:]))
    facts = Facts([Lead(created=day, size=float(day % 7)) for day in range(60)], [])
    selection = Selection(BehaviourSettings(actors={"*": "lead"}), FeatureSettings())
    with facts.store() as store:
        spec, _ = learn(store, rows_at(100, leads=60), selection)
    reason = next(each.reason for each in spec.unusable if each.column == "Owner Id")
    assert "`formats: {Owner Id: text}` makes them words" in reason
