"""The audit as one HTML page: no script, no request, everything escaped, fit for print."""

from collections.abc import Iterator, Mapping
from html import escape

from propensity.concepts.wording import plain
from propensity.config.config import Config
from training.audit.findings import Audit, ColumnVerdict, Finding
from training.audit.pictures import pictures
from training.audit.show import action, evidence
from training.audit.words import CATALOGUES

#: Nothing may be loaded or run or sent, whatever a name in the data says; pictures bring their own
#: styles.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
body{font:15px/1.5 system-ui,"Hiragino Sans","Noto Sans JP","Yu Gothic",sans-serif;max-width:60rem;
margin:2rem auto;
padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem;margin-bottom:.3rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;
padding:.35rem .6rem;
border-bottom:1px solid #ddd;overflow-wrap:break-word}th{font-weight:600;
border-bottom:2px solid #999}
td.text{overflow-wrap:anywhere}td.word,th{white-space:nowrap}
td.number{text-align:right;white-space:nowrap}
.mark{display:inline-block;padding:0 .5rem;border-radius:.6rem;border:1px solid;white-space:nowrap}
.green,.fine{color:#005a3c;background:#e6f4ee}.amber,.suspect{color:#6b4a00;background:#fff4d6}
.red,.leak{color:#8a1c00;background:#fde8e2;font-weight:600}
.advice{color:#333;margin:.2rem 0 0}details{color:#555;font-size:.85rem}figure{margin:1rem 0;
break-inside:avoid}
figcaption{font-weight:600}svg{max-width:100%;height:auto}tr{break-inside:avoid}
@media print{body{margin:0;max-width:none}details{display:none}}
""".replace("\n", "")
#: Longest text of a cell.
_LONGEST = 2000


def page(found: Audit, config: Config) -> str:
    """The page, in the language of the configuration; sentences are English."""
    words = CATALOGUES[config.language]
    return "".join(_parts(found, config, words))


def _parts(found: Audit, config: Config, words: Mapping[str, str]) -> Iterator[str]:
    title = f"{words['title']}: {_safe(config.name)}"
    yield f'<!DOCTYPE html>\n<html lang="{config.language}">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    yield f"<h1>{title}</h1>\n<p>{_mark(found.light, words)} {words[f'{found.light} means']}</p>\n"
    yield f"<h2>{words['findings']}</h2>\n"
    yield from _table(
        [words[name] for name in ("light", "area", "finding")],
        (_finding(finding, words) for finding in found.findings),
    )
    horizon = config.goal.horizon_days if config.goal else None
    for key, svg in pictures(found, words, horizon=horizon):
        yield f"<figure>\n<figcaption>{words[key]}</figcaption>\n"
        yield f"{_told(svg, words[key])}\n</figure>\n"
    yield f"<h2>{words['columns']}</h2>\n"
    yield from _table(
        [words[name] for name in ("verdict", "name", "AUC", "do", "why")],
        (_column(column, words) for column in found.columns),
    )
    yield "</body>\n</html>\n"


def _told(svg: str, alternative: str) -> str:
    """The picture with words for those who do not see it."""
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(alternative)}" ', 1)


def _table(headings: list[str], rows: Iterator[str]) -> Iterator[str]:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    yield f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
    yield from rows
    yield "</tbody>\n</table>\n"


def _finding(finding: Finding, words: Mapping[str, str]) -> str:
    advice = (
        f'<p class="advice">{words["advice"]}: {_safe(finding.advice)}</p>'
        if finding.advice
        else ""
    )
    figures = ""
    if finding.evidence:
        figures = (
            f"<details><summary>{words['evidence']}</summary>{_safe(evidence(finding))}</details>"
        )
    return (
        f'<tr><td>{_mark(finding.light, words)}</td><td class="word">{words[finding.area]}</td>'
        f'<td class="text">{_safe(finding.sentence)}{advice}{figures}</td></tr>\n'
    )


def _column(column: ColumnVerdict, words: Mapping[str, str]) -> str:
    auc = "–" if column.auc is None else f"{column.auc:.2f}"
    why = "<br>".join(_safe(f"{hit.rule}: {hit.sentence}") for hit in column.hits)
    return (
        f'<tr><td>{_mark(column.verdict, words)}</td><td class="text">{_safe(column.name)}'
        f' ({words[column.kind]})</td><td class="number">{auc}</td><td'
        f' class="word">{action(column, words)}</td><td class="text">{why}</td></tr>\n'
    )


def _mark(name: str, words: Mapping[str, str]) -> str:
    return f'<span class="mark {name}">{words[name]}</span>'


def _safe(text: str) -> str:
    """Any text as harmless HTML on one line."""
    return escape(plain(text.replace("\n", " "), longest=_LONGEST))
