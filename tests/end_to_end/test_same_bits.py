"""The same data, configuration and seed give the same model, bit for bit, however many threads
there are.
"""

import lightgbm as lgb
import pytest
from threadpoolctl import threadpool_limits

from features.resources import Resources
from propensity.model import bundle
from tests.training.train.test_command import company
from training.learn.learners import trees as learner
from training.train.command import train

#: A blend has every kind of member.
LEARNER = {
    "contestants": ("linear", "blend"),
    "trials": 1,
    "recency": "auto",
    "clocks": "auto",
    "max_trees": 8,
}


@pytest.fixture
def threads(monkeypatch):
    """Limits every pool of threads, which few rows too would take; lifts the limit after the
    test.
    """
    monkeypatch.setattr(learner, "ALONE", 0)
    yield lgb.basic._LIB.LGBM_SetMaxThreads
    lgb.basic._LIB.LGBM_SetMaxThreads(-1)


def stored(model, folder):
    """Content of every file that is registered of a model, by name."""
    bundle.save(model, folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_one_thread_and_two_train_the_same_model(tmp_path, threads):
    settings = company(tmp_path)
    settings = settings.model_copy(update={"learner": settings.learner.model_copy(update=LEARNER)})
    models = []
    for number in (1, 2):
        threads(number)
        with threadpool_limits(limits=number):
            models.append(
                train(
                    settings, resources=Resources(threads=number), accept_audit="small on purpose"
                ).model
            )

    assert bundle.model_hash(models[0]) == bundle.model_hash(models[1])
    one, two = (stored(model, tmp_path / f"of {number}") for number, model in enumerate(models))
    assert {"config.json", "facts.json", "metrics.json"} <= one.keys()
    assert [name for name in one if one[name] != two[name]] == []
