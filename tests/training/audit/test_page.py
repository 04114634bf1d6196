"""The page: closed to the world, escaped, small, in both languages; and the same on the screen and
as JSON.
"""

import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from features.files.output import Output
from propensity.config import config
from propensity.language import catalogue
from training.audit.files import brief, to_dict, write_json
from training.audit.findings import Audit, ColumnVerdict, Finding, Hit
from training.audit.page import page
from training.audit.show import show

HOSTILE = "<script>alert(1)</script>\"' onload=x\x1b[31m 受注\u202e😀 \\x & [red]"
CONFIG = {
    "name": "made-up",
    "input": {"leads": {"path": "leads.csv"}, "timezone": "UTC"},
    "population": {"until": "closed", "stale_after_days": 90},
    "goal": {"horizon_days": 30},
    "snapshots": {"every_days": 30},
}
NAN = np.float64("nan")
POINT = {"wins": 100.0, "auc": 0.7, "low": 0.6, "high": 0.8}


def audit(text=HOSTILE, light="red"):
    return Audit(
        findings=(
            Finding(
                "skill",
                "no skill",
                light,
                f"No skill: {text}",
                f"Do not score: {text}",
                {text: NAN},
            ),
            Finding("tables", "tables", "green", "Looked for and not found: doubles"),
        ),
        columns=(
            ColumnVerdict(
                text,
                "column",
                "leak",
                "drop",
                None,
                (Hit("missingness", "leak", text, {"n": 3}),),
                0.91,
            ),
            ColumnVerdict(
                "visits",
                "event type",
                "suspect",
                "delay",
                3,
                (Hit("close", "suspect", "late"),),
                0.6,
            ),
            ColumnVerdict("size", "column", "fine", "none"),
        ),
        curves={
            "close_rate_by_month": [
                {"month": f"2024-{m:02}", "leads": 100, "wins": m, "design": 1.0}
                for m in range(1, 13)
            ],
            "maturity": {
                "age": list(range(100)),
                "incidence": [d / 500 for d in range(100)],
                "p80": 80,
                "p95": 95,
            },
            "learning_curve": {
                "measured": [(50.0, 0.68)],
                "today": POINT,
                "twice": POINT,
                "fitted": [POINT, POINT | {"wins": 200.0}],
            },
        },
    )


def settings(language="en"):
    return config.parse(CONFIG | {"language": language}, base=Path())


@pytest.fixture(scope="module", params=["en", "ja"])
def written(request):
    return request.param, page(audit(), settings(request.param))


def test_the_page_may_load_run_and_send_nothing(written):
    _, html = written

    assert (
        "Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'" in html
    )
    assert "<script" not in html
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", html))
    # names, not requests
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<(img|link|iframe|object|embed|form|base)\b", html)
    assert not re.search(r"url\((?!#)", html)


def test_a_hostile_name_is_text_everywhere(written):
    _, html = written

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_the_four_pictures_are_sound_small_and_hold_their_text_as_text(written):
    language, html = written
    words = catalogue("training.audit", language)

    pictures = re.findall(r"<svg .*?</svg>", html, re.DOTALL)

    assert len(pictures) == 4
    assert len(html.encode()) < 300_000
    for picture, title in zip(pictures, ("months", "maturity", "curve", "verdicts"), strict=True):
        ElementTree.fromstring(picture)  # noqa: S314 — our own
        assert f'role="img" aria-label="{words[f"{title} title"]}"' in picture
        assert words[f"{title} x"] in picture
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_japanese_avoids_what_the_glossary_avoids():
    words = catalogue("training.audit", "ja")

    assert not any(re.search("確度|リーク|適合率|エビデンス", text) for text in words.values())


def test_the_same_audit_gives_the_same_page():
    assert page(audit(), settings()) == page(audit(), settings())


def test_without_curves_there_are_no_pictures():
    html = page(Audit(findings=audit().findings, columns=()), settings())

    assert "<svg" not in html


def printed(found, *, verbose, language="en", width=100):
    out = io.StringIO()
    show(found, language, Console(file=out, width=width, highlight=False), verbose=verbose)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_screen_has_what_needs_a_decision_in_full_and_how_much_is_fine(width):
    text = printed(audit("x" * 300), verbose=False, width=width)

    assert text.startswith("Audit of the data: red\nTraining refuses")
    assert all(cell_len(line) <= width for line in text.splitlines())
    whole = re.sub(r"\s", "", text)
    assert "Noskill:" + "x" * 300 in whole
    assert "Donotscore:" + "x" * 300 in whole
    # what is fine is counted, and --verbose shows it
    assert "Looked for and not found" not in text
    assert "1 findings are fine: tables 1." in text
    assert "1 columns and event types are fine." in text
    assert "Looked for and not found" in printed(audit("x"), verbose=True)
    assert text.index("What needs a decision") < text.index("delay 3 days") < text.index("are fine")
    assert "delay 3 days" in text
    assert "missingness" in text
    assert '"n"' not in text


def test_verbose_shows_advice_evidence_and_fine_columns():
    text = printed(audit("harmless"), verbose=True)

    assert 'Evidence: {"harmless"' in text
    assert "size" in text
    assert "\x1b" not in printed(audit(), verbose=True)


def test_the_json_holds_everything_and_no_number_that_json_cannot(tmp_path):
    write_json(audit(), Output(tmp_path / "audit.json"))

    read = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))

    assert read == {"made_by": "propensity", **to_dict(audit())}
    assert read["light"] == "red"
    assert read["findings"][0]["evidence"] == {HOSTILE: None}
    assert [column["verdict"] for column in read["columns"]] == ["leak", "suspect", "fine"]
    assert brief(audit())["columns"][1] == {
        "name": "visits",
        "kind": "event type",
        "verdict": "suspect",
        "action": "delay",
    }
