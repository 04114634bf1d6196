"""How the values of a column are written: separators, units, the order of a date, the words for
yes and no.
"""

from pydantic import Field

from features.settings import Decimal, StrictModel


class Writing(StrictModel):
    """How a column was found, or said, to be written.

    Stored with a model. When scoring, values are read by what they show; what they do not show
    (01/02/2025 throughout) is read as it was in training.

    Attributes:
        decimal: The decimal sign of its numbers; None where they are plain, as ``1200.5``.
        thousands: What parts groups of three digits; None for whatever is usual beside ``decimal``.
        unit: ``%``, or the currency; a percentage is a share: ``12 %`` is 0.12.
        dates: How its dates are written, as ``dd/mm/yyyy``; none where they are plain, as
            ``2024-05-31``.
        truth: How yes and no are spelled, in this order; none where the column is no yes or no.
    """

    decimal: Decimal | None = None
    thousands: str | None = None
    unit: str = ""
    dates: tuple[str, ...] = ()
    truth: tuple[str, ...] = Field(default=(), max_length=2)


#: Numbers as ``1200.5``, dates as ``2024-05-31``, words as they are.
PLAIN = Writing()
