"""The words of a column's name, as people read them."""

import re

_WORDS = re.compile(
    r"[A-Z]+(?![a-z])|[A-Z]?[a-zß-öø-ÿ]+|[À-ÖØ-Þ]+|\d+|[ぁ-ゖ]+|[ァ-ヺー]+|[一-龯々]+|[^\W\d_]+"
)


def words_of(name: str) -> list[str]:
    """The words of a name in small letters, cut where case, script or signs change.

    >>> words_of("Stage2_Duration (days)"), words_of("firstVisitURL"), words_of("商談日数")
    (['stage', '2', 'duration', 'days'], ['first', 'visit', 'url'], ['商談日数'])
    """
    return [word.casefold() for word in _WORDS.findall(name)]
