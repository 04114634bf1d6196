"""The engines of a sum: its trees compiled into look-up tables, its terms into curves."""

from collections.abc import Iterable

from propensity.contributions.engine import Engine
from propensity.contributions.forest import CompiledForest
from propensity.contributions.terms import CompiledTerms, Terms
from propensity.model.model_parts import Member


def engines_of(members: Iterable[Member | Terms], n_features: int) -> tuple[Engine, ...]:
    """Compile the members of a sum; their contributions add up.

    Args:
        members: LightGBM models and additive terms.
        n_features: Columns of the matrix.
    """
    members = tuple(members)
    trees = [(member.text, member.weight) for member in members if isinstance(member, Member)]
    terms = [member for member in members if isinstance(member, Terms)]
    found: list[Engine] = [CompiledForest.compile(trees)] if trees or not terms else []
    return (*found, CompiledTerms(terms, n_features)) if terms else tuple(found)
