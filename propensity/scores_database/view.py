"""The view of the newest night."""

#: What is added to the name of the table.
_ENDING = "_newest"


def newest(table: str) -> str:
    """The name of the view that shows the newest night of each model.

    >>> newest("sales.propensity_scores")
    'sales.propensity_scores_newest'
    """
    return table + _ENDING
