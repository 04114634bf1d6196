"""The catalogues: every topic says the same things in both languages, and no key stands in two."""

from collections import Counter
from string import Formatter

import pytest

from propensity import language as messages
from propensity.language import ENGLISH, JAPANESE, audit, definition, lead, moved, reason, row

TOPICS = (reason, row, definition, moved, lead, audit)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.__name__)
def test_a_topic_has_the_same_keys_in_both_languages(topic):
    assert list(topic.ENGLISH) == list(topic.JAPANESE)


def test_no_key_stands_in_two_topics_and_none_is_left_out():
    keys = Counter(key for topic in TOPICS for key in topic.ENGLISH)

    assert keys.most_common(1)[0][1] == 1
    assert set(keys) == set(ENGLISH) == set(JAPANESE)
    assert set(messages._TOPICS) == set(TOPICS)


def test_japanese_never_has_a_gap_that_english_does_not_fill():
    def gaps(text):
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert [key for key, text in JAPANESE.items() if not gaps(text) <= gaps(ENGLISH[key])] == []
