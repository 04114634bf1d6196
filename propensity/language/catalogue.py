"""The texts of a room in a language, read from the files that a translator edits, and the filling
of their gaps.

A room keeps a file per topic and language beside its code, such as ``words.en.toml``: keys and
texts, in which ``{n}`` is a gap named ``n``.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from string import Formatter

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from propensity.language.coded import Coded, woven
from propensity.language.numerals import joined

#: The languages there are texts in.
LANGUAGES = ("en", "ja")


@dataclass(frozen=True, eq=False)
class Catalogue(Mapping[str, str]):
    """Texts in a language, by key.

    Attributes:
        name: The room, its topics and the language, for errors.
        language: Language of the texts.
        texts: Texts with their gaps, by key.
        standing: What fills the gaps that nobody fills, by their name.
    """

    name: str
    language: str
    texts: Mapping[str, str]
    standing: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        if key not in self.texts:
            raise KeyError(f"{self.name}: expected a text with the key {key!r}, found none")
        return self.texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def say(self, key: str, /, **gaps: object) -> str:
        """A text with its gaps filled.

        >>> Catalogue("a room", "en", {"so far": "{a} of {b}"}).say("so far", a=1, b="3")
        '1 of 3'
        """
        return "".join(f"{piece}" for piece in self._pieces(key, gaps))

    def column(self, key: str, /, **gaps: pa.StringArray | str) -> pa.StringArray:
        """A text as a column, its gaps filled by columns or by texts; null where a column is.

        >>> a_room = Catalogue("a room", "en", {"so far": "{a} of {b}"})
        >>> a_room.column("so far", a=pa.array(["1", None]), b="3").to_pylist()
        ['1 of 3', None]
        """
        return joined(*self._pieces(key, gaps))

    def coded(self, key: str, /, **gaps: Coded) -> pa.StringArray:
        """The same as ``column`` where few texts are different: gaps beside each other whose codes
        are the same array are filled once for each different pair.

        >>> a_room = Catalogue("a room", "en", {"so far": "{a} of {b}"})
        >>> a = Coded(pa.array(["1", "2"]), np.array([1, 0, 1]))
        >>> a_room.coded("so far", a=a, b=replace(a, texts=pa.array(["5", "7"]))).to_pylist()
        ['2 of 7', '1 of 5', '2 of 7']
        """
        runs: list[tuple[list[object], NDArray[np.int64] | None]] = [([], None)]
        for piece in self._pieces(key, gaps):
            pieces, codes = runs[-1]
            if not isinstance(piece, Coded):
                pieces.append(piece)
            elif codes is None or codes is piece.codes:
                runs[-1] = ([*pieces, piece.texts], piece.codes)
            else:
                runs.append(([piece.texts], piece.codes))
        return woven([Coded(joined(*pieces), codes) for pieces, codes in runs if codes is not None])

    def of_goal(self, stage: str | None) -> "Catalogue":
        """The same texts, whose gaps for the goal are filled without being asked for.

        Args:
            stage: What the goal is called; None where it is an order.
        """
        return replace(self, standing=_goal(self.language, stage))

    def _pieces(self, key: str, gaps: Mapping[str, object]) -> Iterator[object]:
        """What the filled text is made of: the one place where gaps are filled."""
        for text, gap, _, _ in Formatter().parse(self[key]):
            if text:
                yield text
            if gap is not None:
                yield self._value(key, gap, gaps)

    def _value(self, key: str, gap: str, gaps: Mapping[str, object]) -> object:
        if gap in gaps:
            return gaps[gap]
        if gap in self.standing:
            return self.standing[gap]
        raise KeyError(
            f"{self.name}: the text {key!r} has a gap {{{gap}}}; expected a value for it, got"
            f" values for {', '.join(gaps) or 'none'}"
        )


@cache
def catalogue(room: str, language: str, *topics: str) -> Catalogue:
    """The texts of a room.

    Args:
        room: Package that holds the files, such as ``training.audit``.
        language: One of ``LANGUAGES``.
        topics: Names of the files; ``words`` where none is given.
    """
    if language not in LANGUAGES:
        raise KeyError(f"expected a language of {', '.join(LANGUAGES)}, got {language!r}")
    names = topics or ("words",)
    texts: dict[str, str] = {}
    for name in names:
        texts |= tomllib.loads(
            files(room).joinpath(f"{name}.{language}.toml").read_text(encoding="utf-8")
        )
    return Catalogue(f"{room} ({', '.join(names)}; {language})", language, texts)


@cache
def _goal(language: str, stage: str | None) -> Mapping[str, str]:
    """What the goal is called, by the name of the gap."""
    texts = catalogue("propensity.language", language, "goal")
    which = "won" if stage is None else "stage"
    forms = dict.fromkeys(key.partition(": ")[0] for key in texts)
    return {form: texts.say(f"{form}: {which}", stage=stage) for form in forms}
