"""A backtest that was run before the review: ``propensity backtest CONFIG --json FILE`` wrote
it.
"""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from features.errors import ConfigError


class BacktestFigure(BaseModel):
    """A figure with its 95 % interval; None where it could not be formed."""

    value: float | None
    low: float | None
    high: float | None


class BacktestQuarter(BaseModel):
    """The model that would have been in use, on the quarter it would have scored; see
    ``training.backtest``.
    """

    quarter: str
    leads: int
    wins: int
    promised: float
    closed: float
    figures: dict[str, BacktestFigure]


class BacktestAgeing(BaseModel):
    """What a model loses per quarter without retraining; see ``training.backtest.ageing``."""

    per_quarter: dict[str, BacktestFigure]
    quarters: int


class BacktestReport(BaseModel):
    """What a backtest found."""

    quarters: tuple[BacktestQuarter, ...]
    left_out: dict[str, str]
    flat: bool
    ageing: BacktestAgeing | None = None


def read(path: Path | str) -> BacktestReport | None:
    """Read what a backtest wrote; None where there is no such file.

    Raises:
        ConfigError: The file is none that a backtest wrote.
    """
    path = Path(path)
    try:
        return BacktestReport.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        told = (
            error.strerror
            if isinstance(error, OSError)
            else f"{error.error_count()} thing(s) are not as expected"
        )
        raise ConfigError(
            f"{path}: expected what `propensity backtest CONFIG --json FILE` writes; {told}. Run it"
            " again, or take the file away."
        ) from None
