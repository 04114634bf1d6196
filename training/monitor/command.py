"""`propensity monitor` as one call: a look at the nights, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.notebook import ResultTable
from propensity.progress import OnStep, silent
from propensity.registry.figure_log import WeeklyFigure, log_look
from training.monitor import effect, exceptions, kept, made, moved, promised, retrain
from training.monitor.answer import Answer, told
from training.monitor.watched import Watched, watched

if TYPE_CHECKING:
    import pandas as pd

#: Place of the last of the five questions, which reads the answers to the others.
_OF_FIVE = 5
#: The other questions, in the order in which they are asked.
QUESTIONS: tuple[Callable[[Watched], Answer], ...] = (
    promised.answer,
    kept.answer,
    made.answer,
    moved.answer,
    effect.answer,
    exceptions.answer,
)


@dataclass(frozen=True, repr=False)
class Monitored(ResultTable):
    """What a look found.

    Attributes:
        as_of: Day of the look.
        name: Name of the model.
        version: Version of the model that scored the newest night.
        definition: Version of the definition it was scored by.
        since: First night of this pair.
        nights: Nights that were run up to the look.
        answers: One for each question.
    """

    as_of: date
    name: str
    version: str
    definition: str
    since: date
    nights: int
    answers: tuple[Answer, ...]

    @property
    def matters(self) -> bool:
        """Whether somebody should look: exit code 10."""
        return any(answer.matters for answer in self.answers)

    def to_pandas(self) -> "pd.DataFrame":
        """A row per question: ``question``, ``verdict``, ``answer``, ``alarms``."""
        import pandas as pd  # noqa: PLC0415 — only who asks for a table needs it

        told = [
            (each.key, each.verdict, each.sentence, [alarm.sentence for alarm in each.alarms])
            for each in self.answers
        ]
        return pd.DataFrame(told, columns=["question", "verdict", "answer", "alarms"])


def monitor(
    config: Config,
    *,
    as_of: date | str | None = None,
    log: bool = True,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
) -> Monitored:
    """Watch the nights that were run: what was promised, what was kept, what has moved.

    Reads the scores as they were served, the ledger and the sources; scores nothing, and hands
    nothing over.

    Args:
        config: Names the sources, the registry and the nights.
        as_of: Day of the look; default today, in the time zone of the sources. Of an earlier day,
            what was known then.
        log: Whether the figures by week are written to the registry: a run for each look, with
            aggregates of 20 leads and more.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.

    Raises:
        RefusedError: The input is a flat table, or no night was run up to the look.
        PropensityError: See ``training.monitor.watched.watched``.
    """
    day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    with watched(config, as_of=day, resources=resources, on_step=on_step) as seen:
        answers: list[Answer] = []
        for place, question in enumerate(QUESTIONS):
            on_step("looking at the nights", 0.3 + 0.7 * place / len(QUESTIONS))
            answers.append(question(seen))
        answers.insert(_OF_FIVE - 1, retrain.answer(seen, answers))
        look = Monitored(
            seen.as_of,
            config.model_name,
            *seen.pair,
            since=seen.since,
            nights=len(seen.nights),
            answers=tuple(answers),
        )
        if log:
            on_step("writing the figures to the registry", 1.0)
            _log(config, look)
        return look


def _log(config: Config, look: Monitored) -> None:
    figures = [
        WeeklyFigure(metric.name, metric.week, metric.value) for metric in told(look.answers)
    ]
    log_look(
        config,
        look=f"monitor {look.as_of}, version {look.version}, definition {look.definition}",
        tags={f"propensity.answer.{answer.key}": answer.verdict for answer in look.answers},
        figures=figures,
    )
