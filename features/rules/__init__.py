"""The language of rules that marketing and sales sign, and what a rule says of a lead at an as-of."""

from features.rules.fault import RuleError
from features.rules.parser import parse
from features.rules.syntax import Rule, conditions

__all__ = ["Rule", "RuleError", "conditions", "parse"]
