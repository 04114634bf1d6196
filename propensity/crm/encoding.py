"""Text in the encoding that a system reads; what CP932 cannot hold is replaced, and counted.

CP932 is what Japanese systems mean by Shift_JIS: it holds ① and 髙, which Shift_JIS does not.
"""

import codecs
import unicodedata

from propensity.config.crm import Encoding

#: Stands for a character that the encoding does not have, as Japanese printers have always done.
REPLACED = "〓"
#: Characters that look like one of CP932, which has them under another number.
_TWINS = str.maketrans(
    {
        "\u301c": "\uff5e",  # wave dash
        "\u2212": "\uff0d",  # minus
        "\u2016": "\u2225",  # double bar
        "\u2014": "\u2015",  # dash
        "\u2013": "-",
        "\u00a0": " ",
        "\u00a2": "\uffe0",
        "\u00a3": "\uffe1",
        "\u00ac": "\uffe2",
        "\u00a6": "\uffe4",
        "\u00a5": "\uffe5",
        **dict.fromkeys(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))), ""),
        "\u200b": "",
        "\u200d": "",
        "\ufeff": "",
    }
)
_HANDLER = "propensity-replaced"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return REPLACED * (error.end - error.start), error.end


codecs.register_error(_HANDLER, _replaced)


def written(text: str, encoding: Encoding) -> str:
    r"""A text as a file in the encoding has it, but for what the encoding does not have at all.

    A cell has to be made harmless after this: a formula may hide behind what is dropped here.

    >>> written("\u200b=1+1 \u301c", "cp932") == "=1+1 \uff5e"
    True
    """
    if encoding != "cp932" or text.isascii():
        return text
    return unicodedata.normalize("NFC", text).translate(_TWINS)


def holds(text: str, encoding: Encoding) -> bool:
    """Whether an encoding has every character of a text."""
    return encoded(text, encoding)[1] == 0


def encoded(text: str, encoding: Encoding) -> tuple[bytes, int]:
    r"""A text as bytes, and how many of its characters had to be replaced.

    >>> encoded("① 髙 〜", "cp932")
    (b'\x87@ \xee\xe0 \x81`', 0)
    >>> encoded("🍣", "cp932")[0].decode("cp932"), encoded("🍣", "cp932")[1]
    ('〓', 1)
    """
    if encoding != "cp932":
        name = "utf-8-sig" if encoding == "utf-8-bom" else "utf-8"
        return text.encode(name, "replace"), 0
    composed = written(text, encoding)
    content = composed.encode("cp932", _HANDLER)
    found = content.decode("cp932").count(REPLACED)
    return content, found - composed.count(REPLACED)
