"""A module that is not installed is told as the extra that brings it."""

import importlib

import pytest

import propensity
from propensity import missing_extra
from propensity.failures import sentence_of
from tests.test_declared import PROJECT, distribution, imported

#: Distributions whose module is called otherwise.
MODULES = {"scikit-learn": "sklearn", "python-pptx": "pptx"}


def modules_of(extra):
    names = map(distribution, PROJECT["optional-dependencies"][extra])
    return {MODULES.get(name, name.replace("-", "_")) for name in names}


@pytest.mark.parametrize("extra", ["training", "postgresql", "spark", "shap"])
def test_every_module_of_an_extra_is_known(extra):
    told = {module for module, by in missing_extra.EXTRAS.items() if by == extra}

    assert told == modules_of(extra)


def test_what_training_alone_imports_is_brought_by_an_extra():
    alone = imported(("training",)) - imported(("features", "propensity"))
    runtime = {"rich", "yaml", "tzdata", *map(distribution, PROJECT["dependencies"])}

    assert alone - set(missing_extra.EXTRAS) - runtime == set()


def test_an_absent_module_of_an_extra_is_one_sentence():
    with pytest.raises(ModuleNotFoundError) as absent:
        importlib.import_module("sklearn.nothing_of_the_kind")
    said = sentence_of(absent.value)

    assert said is not None
    assert said == (
        "this needs sklearn, which is not installed: pip install 'lead-propensity[training]'."
    )
    assert (
        sentence_of(ModuleNotFoundError("No module named 'features.x'", name="features.x")) is None
    )


def test_a_call_that_needs_the_extra_says_so_before_it_starts(monkeypatch):
    monkeypatch.setattr(missing_extra, "find_spec", lambda name: None)

    with pytest.raises(ImportError, match=r"pip install 'lead-propensity\[training\]'"):
        propensity.train  # noqa: B018 — asking for it is the test
    assert callable(propensity.score)
