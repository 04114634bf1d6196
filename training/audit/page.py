"""The audit as one HTML page: no script, no request, everything escaped, fit for print."""

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from propensity.concepts.wording import plain
from propensity.config.config import Config
from propensity.language import catalogue
from propensity.pages.template import environment, style
from training.audit.findings import Audit
from training.audit.pictures import pictures
from training.audit.show import action, evidence

#: Longest text of a cell.
_LONGEST = 2000


def page(found: Audit, config: Config) -> str:
    """The page, in the language of the configuration; sentences are English."""
    words = catalogue("training.audit", config.language)
    horizon = config.goal.horizon_days if config.goal else None
    return _TEMPLATES.get_template("training/audit/page.html").render(
        language=config.language,
        title=f"{words['title']}: {config.name}",
        style=style("propensity/pages/report.css", "training/audit/page.css"),
        words=words,
        light=found.light,
        findings=[(each, evidence(each) if each.evidence else "") for each in found.findings],
        pictures=_pictures(found, words, horizon),
        columns=[(column, action(column, words)) for column in found.columns],
    )


def _pictures(
    found: Audit, words: Mapping[str, str], horizon: int | None
) -> Iterator[tuple[str, Markup]]:
    """Each picture with its title, which is told to those who do not see it too."""
    for key, svg in pictures(found, words, horizon=horizon):
        opening = Markup('<svg role="img" aria-label="{}" ').format(words[key])
        yield words[key], Markup(svg.replace("<svg ", opening, 1))  # noqa: S704 — drawn by ourselves


def _shown(text: str) -> str:
    """Any text on one line."""
    return plain(text.replace("\n", " "), longest=_LONGEST)


_TEMPLATES = environment(_shown)
