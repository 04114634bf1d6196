"""What the metrics of the funnel are called."""

from propensity.concepts.wording import plain
from training.review.funnel.metrics import Metric
from training.review.words import Words

#: Steps whose names a company may have of its own, in ``labels``.
_STEPS = ("lead", "MQL", "SAL", "toss-up", "opportunity", "effective opportunity", "won")


def metric_name(metric: Metric, words: Words, *, short: bool = False) -> str:
    """What a metric is called, in the company's own words for its steps."""
    steps = {
        _gap(step): plain(words.labels.get(step, words.say(f"step: {step}")), longest=20)
        for step in _STEPS
    }
    return words.say(f"short: {metric}" if short else metric, **steps)


def _gap(step: str) -> str:
    return step.replace("-", "_").replace(" ", "_")
