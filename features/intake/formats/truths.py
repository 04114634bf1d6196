"""Yes and no, in the words and signs people use for them."""

from collections.abc import Iterable, Mapping

from features.sql import quote_literal

#: Every pair is yes and no. No word stands for yes in one pair and for no in another.
PAIRS = (
    ("True", "False"),
    ("Yes", "No"),
    ("1", "0"),
    ("1.0", "0.0"),
    ("T", "F"),
    ("Y", "N"),
    ("On", "Off"),
    ("○", "×"),
    ("〇", "✕"),
    ("◯", "✖"),
    ("✓", "✗"),
    ("✔", "✘"),
    ("☑", "☐"),
    ("はい", "いいえ"),
    ("有", "無"),
    ("有り", "無し"),
    ("あり", "なし"),
    ("可", "不可"),
    ("要", "不要"),
    ("済", "未"),
    ("真", "偽"),
    ("是", "否"),
    ("Ja", "Nein"),
    ("Wahr", "Falsch"),
    ("Oui", "Non"),
    ("Vrai", "Faux"),
    ("Sí", "No"),
    ("Si", "No"),
    ("Sim", "Não"),
)
_YES = {yes.casefold(): (yes, no) for yes, no in reversed(PAIRS)}
_NO = {no.casefold(): (yes, no) for yes, no in reversed(PAIRS)}
#: Every word as people type it.
SPELLINGS = tuple(
    sorted({s for pair in PAIRS for w in pair for s in (w, w.upper(), w.lower(), w.capitalize())})
)
#: Longest word, and most spellings that a column of yes and no has.
LONGEST, MOST = 6, 12


def meaning(text: str) -> bool | None:
    """Whether a text says yes or no; None where it says neither.

    >>> [meaning(text) for text in ("YES", "いいえ", "×", "perhaps")]
    [True, False, False, None]
    """
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None


def spelling(counts: Mapping[str, int]) -> tuple[str, str] | None:
    """How a column spells yes and no; None where it says something else too.

    Args:
        counts: Different values of the column, and how often each occurs.

    >>> spelling({"Yes": 5, "no": 3, "No": 9, "YES": 1}), spelling({"はい": 2})
    (('Yes', 'No'), ('はい', 'いいえ'))
    >>> spelling({"Yes": 5, "perhaps": 1}), spelling({})
    (None, None)
    """
    said = {text: meaning(text) for text in counts}
    if not counts or None in said.values():
        return None
    yes, no = (_most_frequent(counts, said, what) for what in (True, False))
    if not yes:
        yes = _like(_NO[no.casefold()][0], no)
    if not no:
        no = _like(_YES[yes.casefold()][1], yes)
    return _as_pandas_spells(yes), _as_pandas_spells(no)


def _most_frequent(counts: Mapping[str, int], said: Mapping[str, bool | None], what: bool) -> str:
    words = (text for text in counts if said[text] is what)
    return max(words, key=lambda text: (counts[text], text), default="")


def _like(text: str, other: str) -> str:
    """A word in the letter case of another one."""
    return text.upper() if other.isupper() else text.lower() if other.islower() else text


def _as_pandas_spells(text: str) -> str:
    """``true`` and ``TRUE`` as ``True``; other words as they are."""
    return text.capitalize() if text.casefold() in ("true", "false") else text


def respelled(cell: str, found: Iterable[str], truth: tuple[str, ...]) -> str:
    """VARCHAR: a text in the words of a model.

    Args:
        cell: VARCHAR.
        found: The words the column holds.
        truth: How yes and no are to be spelled.
    """
    yes, no = truth
    words = {text: yes if meaning(text) else no for text in found if meaning(text) is not None}
    cases = "".join(
        f" WHEN {quote_literal(text)} THEN {quote_literal(word)}"
        for text, word in sorted(words.items())
        if text != word
    )
    return f"CASE {cell}{cases} ELSE {cell} END" if cases else cell


def as_number(cell: str, found: Iterable[str]) -> str:
    """DOUBLE: 1 for yes and 0 for no."""
    cases = "".join(
        f" WHEN {quote_literal(text)} THEN {int(bool(meaning(text)))}"
        for text in sorted(found)
        if meaning(text) is not None
    )
    return f"CAST(CASE {cell}{cases} END AS DOUBLE)"
