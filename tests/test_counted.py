"""What the sentences count: looks, leads, episodes or first crossings, and that their words say so.

`counted.toml` holds an entry for every text of the catalogues that speaks of leads, wins or closes.
A *look* is one lead on one day; a *lead* counts once however often it was looked at; an *episode*
is a win, and a lead may be won again; a *crossing* is a lead that newly comes over the line. Texts
that count nothing of these, such as headings, are *none*.
"""

import re
import tomllib
from pathlib import Path

import pytest

from propensity.language import LANGUAGES, catalogue
from tests.test_catalogues import NAMES

TABLE = tomllib.loads((Path(__file__).parent / "counted.toml").read_text(encoding="utf-8"))
#: A text may count leads and look at them in the same breath.
UNITS = (
    "looks",
    "leads",
    "leads and looks",
    "leads and crossings",
    "episodes",
    "crossings",
    "none",
)

#: Texts that speak of what can be counted.
SPEAKS = {
    "en": re.compile(
        r"\b(leads?|wins?|won|clos(e|es|ed|ing)|customers?|looks?)\b|\{(clos(e|es|ed|ing)|wins)\}",
        re.IGNORECASE,
    ),
    "ja": re.compile(r"リード|見込み客|受注|顧客|延べ|\{(clos(e|es|ed|ing)|wins)\}"),
}
#: Words of which a text that counts so has one at least.
NEEDED = {
    "looks": {
        "en": re.compile(
            r"\blooks?\b|looked at|leads alike|Look by look|each period",
            re.IGNORECASE,
        ),
        "ja": re.compile(r"延べ|集計|時点|同条件|期間ごと"),
    },
    "leads": {
        "en": re.compile(
            r"\bleads?\b|customer|MQL|house list|hand-raiser|such|of 100|\{(lead|MQL|won|mql)\}"
            r"|they|them|who\b|\{(wins|closed?)\}|\{name\}|as they stand|contact|of the best tenth"
            r"|as many|\{better\}|\{n\} closed",
            re.IGNORECASE,
        ),
        "ja": re.compile(
            r"リード|顧客|MQL|ハウスリスト|件|人|割合|率|\{(lead|MQL|won|mql|closing)\}"
        ),
    },
    "episodes": {
        "en": re.compile(
            r"\bwins?\b|\bwon\b|clos|customer|contract|deals?|\{(closes|wins)\}", re.I
        ),
        "ja": re.compile(r"受注|顧客|成約|契約|\{(closing|closes|wins)\}"),
    },
    "crossings": {
        "en": re.compile(
            r"newly|crossing|new MQL|per week|a week|hand(ed)?.over|of 100|left|line|\{n\} closes"
            r"|them",
            re.I,
        ),
        "ja": re.compile(r"新た|初めて|新規|新しい|週|引き渡|ライン|100件|外れた"),
    },
}
#: Words of which a text that counts so has none.
FORBIDDEN = {
    "leads": {
        "en": re.compile(r"of the looks|per look|\{\w+\} looks|looks at leads", re.IGNORECASE),
        "ja": re.compile(r"延べ"),
    },
    "none": {
        "en": re.compile(
            r"\{\w+\}( %)? (of (the |all |these )?)?(\w+ ){0,2}(leads|looks|wins|customers|MQLs)\b"
            r"|of 100 (\w+ )?(leads|MQLs)|\{\w+\} (%? ?of them )?\{?closed\b",
            re.IGNORECASE,
        ),
        "ja": re.compile(r"(リード|受注|顧客|\{closing\})\{\w+\}件|延べ\{\w+\}"),
    },
}
FORBIDDEN["episodes"] = FORBIDDEN["crossings"] = FORBIDDEN["leads"]


def spoken(room, topic):
    """The keys of a catalogue's texts that speak of leads, wins or closes, in either language."""
    texts = {language: catalogue(room, language, topic) for language in LANGUAGES}
    return {
        key for key in texts["en"] if any(SPEAKS[name].search(texts[name][key]) for name in texts)
    }


def entries(room, topic):
    """Key to unit; a key that stands under two units is listed twice."""
    return [(key, unit) for unit, keys in TABLE.get(f"{room}.{topic}", {}).items() for key in keys]


@pytest.mark.parametrize(("room", "topic"), NAMES)
def test_every_text_that_speaks_of_leads_or_wins_says_what_it_counts(room, topic):
    listed = [key for key, _ in entries(room, topic)]

    assert set(TABLE.get(f"{room}.{topic}", {})) <= set(UNITS)
    assert sorted(listed) == sorted(spoken(room, topic))


def contradicted(text, language, unit):
    """Why words do not fit what is counted; empty where they do."""
    for part in unit.split(" and "):
        if part in NEEDED and not NEEDED[part][language].search(text):
            return f"counts {part}, and no word says so: {text}"
    forbidden = FORBIDDEN.get(unit)
    if forbidden and (found := forbidden[language].search(text)):
        return f"counts {unit}, and says “{found[0]}”: {text}"
    return ""


@pytest.mark.parametrize(("room", "topic"), NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_fit_what_is_counted(room, topic, language):
    texts = catalogue(room, language, topic)

    wrong = [
        f"{key}: {why}"
        for key, unit in entries(room, topic)
        if SPEAKS[language].search(texts[key]) and (why := contradicted(texts[key], language, unit))
    ]

    assert wrong == []


def test_every_catalogue_of_the_table_is_one():
    assert set(TABLE) <= {f"{room}.{topic}" for room, topic in NAMES}


@pytest.mark.parametrize(
    ("unit", "language", "text"),
    [
        ("leads", "en", "{rate} % of the looks at leads that did it"),
        ("leads", "ja", "延べ{rate}%が受注しました"),
        ("looks", "en", "of the leads that did it, those that closed"),
        ("looks", "ja", "行動したリードの受注率は{rate}%です"),
        ("crossings", "en", "{n} leads are MQLs"),
        ("none", "en", "{n} leads, {rate} of them closed"),
        ("none", "ja", "リード{leads}件のうち"),
    ],
)
def test_words_that_contradict_are_found(unit, language, text):
    assert contradicted(text, language, unit)
