"""The input of tonight beside what training saw: fine, to look at, or a reason to stop."""

from propensity.input_check.check import check_input

__all__ = ["check_input"]
