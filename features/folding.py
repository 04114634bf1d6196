"""How texts are compared: without regard to case, width and spacing; and patterns of texts with
``*`` and ``?``.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from fnmatch import translate


def fold(text: str, *, case_matters: bool = False) -> str:
    r"""The text that stands for all its spellings.

    Half-width and full-width, upper and lower case are the same (Unicode NFKC and case folding);
    runs of spaces are one space; invisible formatting characters do not count.

    >>> fold(" Ｓａｌｅｓ\u3000 Manager\u200b"), fold("ﾌﾞﾁｮｳ") == fold("ブチョウ"), fold("㈱ABC")
    ('sales manager', True, '(株)abc')
    >>> fold(" Ｓａｌｅｓ\u3000 Manager\u200b", case_matters=True)
    'Sales Manager'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if not case_matters:
            text = unicodedata.normalize("NFKC", text.casefold())
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join((text if case_matters else text.lower()).split())


def matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a folded text matches one of several patterns.

    ``*`` any text, ``?`` one character, all else itself.

    The time is at most proportional to the length of the text times that of the pattern.

    >>> [matcher(["*部長*", "v?"])(fold(title)) for title in ("営業部長", "VP", "[VP]")]
    [True, True, False]
    """
    folded = [fold(pattern) for pattern in patterns]
    exact = frozenset(pattern for pattern in folded if not ("*" in pattern or "?" in pattern))
    globs = [
        re.compile(translate(pattern.replace("[", "[[]"))).match
        for pattern in folded
        if pattern not in exact
    ]
    if len(globs) == 1 and not exact:
        return lambda text: globs[0](text) is not None
    return lambda text: text in exact or any(match(text) is not None for match in globs)
