"""What every picture shares: fonts, labels that can be drawn, and SVG settings."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

#: Fonts and lines of every SVG.
SETTINGS = {
    "font.family": ["DejaVu Sans", "IPAexGothic"],
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "audit",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


#: Nothing of the drawing program, and no address of a vocabulary.
METADATA = dict.fromkeys(["Creator", "Date", "Format", "Type"])


_LATIN, _JAPANESE = "DejaVu Sans", "IPAexGothic"


@cache
def fonts() -> tuple[FT2Font, ...]:
    """The fonts, registered with Matplotlib.

    The package of the Japanese one is not imported: it changes settings.
    """
    package = find_spec("matplotlib_fontja")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("No module named 'matplotlib_fontja'", name="matplotlib_fontja")
    japanese = Path(package.origin).parent / "fonts" / "ipaexg.ttf"
    font_manager.fontManager.addfont(str(japanese))
    return FT2Font(font_manager.findfont(_LATIN)), FT2Font(str(japanese))


def drawable(text: str, *, longest: int = 40) -> str:
    """The text with what no font can draw replaced by a box, on one line, cut to a readable
    length.
    """
    one_line = " ".join(text.split())
    cut = one_line if len(one_line) <= longest else one_line[: longest - 1] + "…"
    return "".join(c if any(font.get_char_index(ord(c)) for font in fonts()) else "□" for c in cut)
