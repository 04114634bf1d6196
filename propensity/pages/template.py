"""Pages made of templates, which stand beside their users and escape every text they are given."""

import base64
import hashlib
from collections.abc import Callable
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

#: Colours, fonts and tables of every page.
_SHARED = "propensity/pages/shared.css"


def environment(clean: Callable[[str], str]) -> Environment:
    """The templates of the house, called by their path, such as ``propensity/pages/frame.html``.

    Args:
        clean: Makes a text fit to be shown. Every text that a template writes goes through it, and
            is escaped after that; only ``Markup`` stays as it is.
    """
    made = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: clean(value) if _is_text(value) else value,
    )
    made.filters["digest"] = digest
    made.policies["json.dumps_kwargs"] = {
        "ensure_ascii": False,
        "allow_nan": False,
        "separators": (",", ":"),
    }
    return made


def style(*names: str) -> Markup:
    """The shared style, followed by style sheets of a page's own.

    Args:
        names: Paths of the style sheets.
    """
    return Markup("").join(map(bundled, (_SHARED, *names)))


def bundled(name: str) -> Markup:
    """A style sheet or a script of ours, by its path."""
    return Markup(_text(name))  # noqa: S704 — ours


def digest(text: str) -> str:
    """The SHA-256 by which a page's policy knows its own style and script.

    >>> digest("")
    '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(name: str) -> str:
    package, _, path = name.partition("/")
    return files(package).joinpath(path).read_text(encoding="utf-8")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, Markup)
