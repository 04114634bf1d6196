import io
import re
from dataclasses import replace

import pyarrow as pa
import pytest
from rich.console import Console

from features.errors import LeadNotFoundError
from propensity.explanation.explanation import explain
from propensity.explanation.waterfall import draw
from propensity.language.audience import Audience
from propensity.scoring.scorer import Telling, score
from tests.propensity import worlds

TELLING = Telling("company", "1")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return worlds.company(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def store(company):
    with company.store() as store:
        yield store


@pytest.fixture(scope="module")
def scored(company, store):
    return pa.concat_tables(score(company.model, store, worlds.AS_OF_DAY, telling=TELLING))


def drawn(explanation, *, language="en", width=80):
    console = Console(file=io.StringIO(), width=width)
    console.print(draw(explanation, Audience(language), width=width))
    return console.file.getvalue()


@pytest.mark.parametrize("row", [0, 17, 101])
def test_an_explanation_is_the_scored_row(company, store, scored, row):
    (wanted,) = scored.slice(row, 1).to_pylist()

    found = explain(company.model, store, wanted["lead_id"], worlds.AS_OF_DAY, telling=TELLING)

    assert (found.as_of, found.quadrant) == (wanted["as_of"], wanted["quadrant"])
    for number in ("base", "fit", "interest", "log_odds", "probability"):
        assert getattr(found, number) == wanted[number]
    assert found.reasons_for == tuple(reason["sentence"] for reason in wanted["reasons_for"])
    assert found.reasons_against == tuple(
        reason["sentence"] for reason in wanted["reasons_against"]
    )


def test_the_parts_add_up_to_the_axes(company, store, scored):
    found = explain(
        company.model, store, scored["lead_id"][3].as_py(), worlds.AS_OF_DAY, telling=TELLING
    )

    for axis, total in (("fit", found.fit), ("interest", found.interest)):
        assert sum(part.contribution for part in found.parts if part.axis == axis) == pytest.approx(
            total, abs=1e-9
        )
    assert found.base + found.fit + found.interest == found.log_odds


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [40, 50, 60, 80, 100, 140])
def test_the_waterfall_fits_the_terminal_and_holds_every_concept(
    company, store, scored, language, width
):
    telling = replace(TELLING, language=language)
    found = explain(
        company.model, store, scored["lead_id"][5].as_py(), worlds.AS_OF_DAY, telling=telling
    )

    text = drawn(found, language=language, width=width)

    from rich.cells import cell_len

    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert len(re.findall(r"[+−]\d\.\d\d ", text)) == len(found.parts) + 4
    for sentence in (*found.reasons_for, *found.reasons_against):
        assert re.sub(r"\s", "", sentence) in re.sub(r"\s", "", text)
    assert "nan" not in text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_narrow_screen_shows_what_a_wide_one_does(company, store, scored, language):
    telling = replace(TELLING, language=language)
    lead = scored["lead_id"][5].as_py()
    found = explain(company.model, store, lead, worlds.AS_OF_DAY, telling=telling)

    narrow, wide = (drawn(found, language=language, width=width) for width in (80, 140))

    def signs(text):
        return sorted(re.sub(r"[\s▏▎▍▌▋▊▉█▒]", "", text))

    assert signs(narrow) == signs(wide)
    assert max(map(len, wide.splitlines())) > 100


def test_every_step_ends_where_the_next_begins(company, store, scored):
    found = explain(
        company.model, store, scored["lead_id"][5].as_py(), worlds.AS_OF_DAY, telling=TELLING
    )

    chances = [
        float(c) for c in re.findall(r"([\d.]+) %$", drawn(found).split("\n\n")[1], re.MULTILINE)
    ]

    assert chances[-1] == chances[-2] == round(100 * found.probability, 1)


@pytest.mark.parametrize(
    ("lead_id", "day", "words"),
    [
        ("nobody\x1b", worlds.AS_OF_DAY, "There is no lead 'nobody' among the 400 leads"),
        ("' OR 1=1 --", worlds.AS_OF_DAY, "There is no lead"),
        (
            "L00001",
            worlds.AS_OF_DAY - 1000,
            "was not known before 2022-08-05; ask for a later --as-of",
        ),
        ("L00001", worlds.AS_OF_DAY + 1000, "closed or been silent for more than 60 days"),
    ],
)
def test_a_lead_that_is_not_scored_is_said_with_the_reason(company, store, lead_id, day, words):
    with pytest.raises(LeadNotFoundError, match=words):
        explain(company.model, store, lead_id, day, telling=TELLING)


def test_a_row_of_a_flat_table_is_explained(tmp_path):
    flat = worlds.flat(tmp_path)
    with flat.store() as store:
        found = explain(flat.model, store, "17", 0, telling=replace(TELLING, language="ja"))

    assert found.as_of is None
    assert "17: 受注見込み" in drawn(found, language="ja")
