"""Is it time to retrain? What waiting costs, what a new model would have to learn from, and what
the other answers say.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from features.days import day_number
from features.errors import ConfigError
from training.backtest.sentences import TOLERATED_AUC
from training.learn.metrics.evaluation import Estimate
from training.learn.rows.snapshots import day_reached
from training.monitor.answer import Alarm, Answer, Figures, Form, Metric, Verdict, figure_columns
from training.monitor.moved import UNSEEN
from training.monitor.watched import Watched, monday
from training.review.findings.backtest_file import BacktestFigure, BacktestReport, read

_QUARTER = timedelta(days=91)
#: What an old extract brings about by itself: nobody has done anything lately.
_OF_AN_OLD_EXTRACT = frozenset({"volume", "drift", "events-vanished", "events-stopped"})


@dataclass(frozen=True)
class Ahead:
    """What is known of the model's age, and of what a new one would bring.

    Attributes:
        since: First night of the model.
        quarters: Quarters since.
        auc_lost: AUC that a model loses by this age without retraining, by the stored backtest;
            None without one.
        level_lost: The same, of the level in log-odds.
        closes: Closes that became known since: what a new model can learn from beside the old ones.
        auc_of_twice: AUC that twice as many closes would bring, by the stored audit; None without.
        review_by: Day by which the definition is looked at again.
        has_backtest: Whether a backtest is stored.
        has_audit: Whether an audit with a learning curve is stored.
    """

    since: date
    quarters: float
    auc_lost: Estimate | None
    level_lost: Estimate | None
    closes: int
    auc_of_twice: float | None
    review_by: date
    has_backtest: bool
    has_audit: bool

    @property
    def costs(self) -> bool:
        """Whether waiting has cost more AUC than is tolerated, and that is told from chance."""
        lost = self.auc_lost
        return lost is not None and lost.low > 0 and lost.value >= TOLERATED_AUC


def answer(watched: Watched, others: Sequence[Answer] = ()) -> Answer:
    """Whether it is time to retrain.

    Args:
        watched: The nights and the sources.
        others: The answers to the other questions.
    """
    ahead = _read(watched)
    reasons = tuple(_reasons(watched, ahead, others))
    verdict = _verdict(ahead, reasons)
    words = watched.words("retrain")
    key = {"act": "yes", "look": "soon", "unknown": "unknown"}.get(verdict, "no")
    if [reason.code for reason in reasons] == ["fresh"]:
        key = "not seen"
    return Answer(
        "retrain",
        verdict,
        words.say(key, since=ahead.since, quarters=f"{ahead.quarters:.1f}"),
        (_figures(watched, ahead),),
        reasons,
        (
            Metric(
                "closes_since",
                monday(watched.as_of),
                float(ahead.closes),
                ahead.closes,
            ),
        ),
    )


def _read(watched: Watched) -> Ahead:
    own = [night for night in watched.nights if night.model_version == watched.pair[0]]
    since = own[0].as_of
    quarters = (watched.as_of - since) / _QUARTER
    report = read(watched.config.review.backtest)
    return Ahead(
        since=since,
        quarters=quarters,
        auc_lost=_lost(report, "roc_auc", quarters),
        level_lost=_lost(report, "calibration", quarters),
        closes=_closes(watched, since),
        auc_of_twice=gain_of_twice(watched.config.monitor.audit),
        review_by=watched.definition.review_by,
        has_backtest=report is not None,
        has_audit=Path(watched.config.monitor.audit).is_file(),
    )


def gain_of_twice(path: Path | str) -> float | None:
    """AUC that twice as many closes would bring, as an audit stored it; None without one, or
    without a learning curve.

    Raises:
        ConfigError: The file is no audit.
    """
    try:
        curve = json.loads(Path(path).read_text(encoding="utf-8"))["curves"].get("learning_curve")
        return None if curve is None else float(curve["twice"]["auc"] - curve["today"]["auc"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"monitor.audit: {path}: expected what `propensity audit --json` writes, got something"
            f" else ({type(error).__name__}). Run it again, or take the file away."
        ) from None


def _lost(report: BacktestReport | None, figure: str, quarters: float) -> Estimate | None:
    """What a model loses by an age, in proportion to it; None where no backtest can say."""
    if report is None or report.ageing is None:
        return None
    per_quarter: BacktestFigure | None = report.ageing.per_quarter.get(figure)
    if per_quarter is None or None in (per_quarter.value, per_quarter.low, per_quarter.high):
        return None
    ends = (per_quarter.value, per_quarter.low, per_quarter.high)
    return Estimate(*(quarters * float(end or 0.0) for end in ends))


def _closes(watched: Watched, since: date) -> int:
    goal = watched.config.goal
    day = day_reached(watched.store, goal.stage if goal else "won")
    found = watched.store.query(
        f"SELECT count(*) AS n FROM episodes e WHERE {day} >= $since AND {day} < $until",
        {"since": day_number(since), "until": watched.until},
    )
    return int(found["n"][0].as_py())


def _reasons(watched: Watched, ahead: Ahead, others: Sequence[Answer]) -> Iterator[Alarm]:
    words = watched.words("retrain")
    codes = [alarm.code for other in others for alarm in other.alarms]
    if any(code.startswith("level-") for code in codes):
        yield Alarm("level", words.say("because: level"))
    if ahead.costs and ahead.auc_lost is not None:
        yield Alarm("ageing", words.say("because: ageing", lost=f"{ahead.auc_lost.value:.3f}"))
    moved = {alarm.code for other in others if other.key == "moved" for alarm in other.alarms}
    if moved & UNSEEN:
        yield Alarm("fresh", words.say("because: fresh"))
    if moved - UNSEEN - (_OF_AN_OLD_EXTRACT if "stale" in moved else frozenset()):
        yield Alarm("moved", words.say("because: moved"))
    if ahead.review_by < watched.as_of:
        days = (watched.as_of - ahead.review_by).days
        yield Alarm("review", words.say("because: review", day=ahead.review_by, days=days))


def _verdict(ahead: Ahead, reasons: Sequence[Alarm]) -> Verdict:
    codes = {reason.code for reason in reasons}
    if codes & {"level", "ageing"}:
        return "act"
    if codes - {"fresh"}:
        return "look"
    if codes:
        return "unknown"
    return "fine" if ahead.has_backtest else "unknown"


def _figures(watched: Watched, ahead: Ahead) -> Figures:
    words = watched.words("retrain")
    columns: tuple[tuple[str, Form], ...] = (
        ("since", "day"),
        ("quarters", "number"),
        ("auc_lost", "number"),
        ("level_lost", "number"),
        ("closes", "count"),
        ("twice", "number"),
        ("review_by", "day"),
    )
    notes = [words.say("note: lost") if ahead.has_backtest else words.say("note: no backtest")]
    notes.append(words.say("note: twice") if ahead.has_audit else words.say("note: no audit"))
    notes.append(words.say("note: gate"))
    return Figures(
        "ahead",
        words.say("ahead"),
        figure_columns(words, columns),
        (
            (
                ahead.since,
                ahead.quarters,
                ahead.auc_lost,
                ahead.level_lost,
                ahead.closes,
                ahead.auc_of_twice,
                ahead.review_by,
            ),
        ),
        tuple(notes),
    )
