"""Reasons of real leads: their evidence does not argue with them, and they can be read aloud."""

import re
from functools import cache

import pytest

from benchmarks.aloud import SETS, Room, labels_of
from benchmarks.evidence import SETS as AGREEING
from benchmarks.evidence import agreement

pytestmark = pytest.mark.slow

#: Words that are Latin in Japanese sentences too.
LATIN = {"Google", "Facebook", "Welingak", "SNS", "SMS", "IT", "EC", "e", "A", "B", "C", "D"}
NEGATIONS = re.compile(r"\b(not|no|never|none|nothing|without|unknown)\b", re.IGNORECASE)


@pytest.mark.parametrize("name", AGREEING)
def test_evidence_agrees_with_its_reason_on_leads_no_model_had_seen(shared_data, name):
    found = agreement(name)

    assert found.enough > 10_000
    assert found.agrees >= 0.97
    assert found.raw_agrees < found.agrees - 0.04  # the raw close rate argues much more often
    assert sum(found.verdicts.values()) == pytest.approx(1)
    assert found.verdicts["clearly supports"] + found.verdicts["supports"] > 0.2
    assert found.verdicts["contradicts"] < 0.01


#: A set's model and leads, made once whatever the order of the tests.
room_of = cache(Room.of)


@pytest.fixture(params=SETS)
def room(request, shared_data):
    """Name of a set, its model and leads."""
    return request.param, room_of(request.param)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_ten_leads_can_be_read_aloud(room, language):
    name, place = room
    labels = labels_of(name, language)
    leads = place.read(language, labels, seed=0)

    assert len(leads) == 10
    for lead in leads:
        assert lead.in_favour or lead.against
        for sentence in (
            *lead.in_favour,
            *lead.against,
            *([lead.question] if lead.question else []),
        ):
            assert not re.search(r"\bnan\b|None|null|\{|\}", sentence, re.IGNORECASE), sentence
            assert not re.search(r"\d\.0[ ,。]", sentence.replace(" %", "%")), sentence
            assert not re.search(r"[A-Z]_[A-Z]|\w_\w", sentence), sentence  # a column code
            codes = [
                key
                for key, label in labels.items()
                if ": " not in key and label != key and len(key) > 6
            ]
            assert not [code for code in codes if code in sentence], sentence
            if language == "ja":
                assert sentence.endswith("。"), sentence
                assert not re.search("[\uff10-\uff19]", sentence), sentence  # full-width digits
                assert set(re.findall(r"[A-Za-z]+", sentence)) <= LATIN, sentence
            else:
                claim = sentence.split(" Lifts ")[0].split(" Lowers ")[0]
                assert len(NEGATIONS.findall(claim)) <= 1, sentence


def test_for_and_against_speak_of_different_things(room):
    name, place = room
    for lead in place.read("en", labels_of(name, "en"), seed=1):
        subjects = [sentence.split(":")[0] for sentence in (*lead.in_favour, *lead.against)]
        assert len(subjects) == len(set(subjects))
