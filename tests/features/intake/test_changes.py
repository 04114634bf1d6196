"""Attributes are as they were, from the first known change on."""

from tests.features.inputs import opened, reasons, rows, three


class TestChanges:
    changes = (
        "lead_id,changed_at,attribute,value\na,2024-01-02T09:00Z,size,11\na,2024-01-01T09:00Z,size,x\n"
        "b,2024-01-02T09:00Z,size,\nb,2024-01-02T09:00Z,mood,good\nzz,2024-01-02T09:00Z,size,1\n"
    )

    def test_changes_of_listed_attributes_are_kept_and_others_counted(self, tmp_path):
        options = {"changes": {"attributes": ("size",)}}
        source = three(tmp_path, changes=self.changes, options=options)
        with opened(source, kinds={"size": "number"}) as store:
            assert rows(store, "changes", "lead", "day - 19723", "attribute", "value") == [
                (0, 0, 0, None),
                (0, 1, 0, "11.0"),
                (1, 1, 0, None),
            ]
            assert reasons(store, "attribute_changes") == {"of a lead that is not in leads": 1}
            assert any(
                "1 rows are of attributes that" in warning for warning in store.report.warnings
            )

    def test_an_attribute_may_exist_in_the_history_alone(self, tmp_path):
        leads = "lead_id,created_at\na,2024-01-01T09:00Z\nb,2024-01-01T09:00Z\n"
        changes = "lead_id,changed_at,attribute,value\na,2024-01-02T09:00Z,size,11\n"
        options = {"changes": {"attributes": ("size",)}}
        with opened(
            three(tmp_path, leads, outcomes=None, changes=changes, options=options)
        ) as store:
            assert store.attributes[0].kind == "number"
            assert rows(store, "leads", "a0") == [(None,), (None,)]
            assert rows(store, "changes", "attribute", "CAST(value AS DOUBLE)") == [(0, 11.0)]
