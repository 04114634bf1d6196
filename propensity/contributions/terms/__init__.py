"""Additive terms: a curve per number and a value per category level, which add up in log-odds."""

from propensity.contributions.terms.compiled import CompiledTerms, terms_scores
from propensity.contributions.terms.parts import CategoryTerm, NumberTerm, Term, Terms

__all__ = ["CategoryTerm", "CompiledTerms", "NumberTerm", "Term", "Terms", "terms_scores"]
