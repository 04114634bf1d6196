"""Numbers of the closed loop as people write them."""

import numpy as np

from propensity.language.numerals import numbers


def percent(share: float) -> str:
    """A share as a percentage without its sign, with a decimal below 10 %.

    >>> percent(0.042), percent(0.104), percent(0.0)
    ('4.2', '10', '0')
    """
    if share >= 0.0995:
        return f"{100 * share:.0f}"
    return f"{100 * share:.1f}" if share >= 0.0005 else "<0.1" if share > 0 else "0"


def number(value: float) -> str:
    """A number as people write it.

    >>> number(1204.0), number(2.51)
    ('1,204', '2.51')
    """
    return str(numbers(np.array([value]))[0])


def times(value: float) -> str:
    """A multiple with as many digits as it deserves.

    >>> times(0.87), times(7.87), times(12.3)
    ('0.87', '7.87', '12')
    """
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
