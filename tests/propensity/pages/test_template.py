"""Templates: what anybody writes stays text, what is missing is an error, and policies fit."""

import base64
import hashlib
import re

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from propensity.pages.template import environment, style

HOSTILE = "</style><script>alert(1)</script>\"' onload=x & {{ 7 * 7 }}"


def written(source, **values):
    return environment(str.strip).from_string(source).render(values)


def framed(**values):
    shown = {"language": "en", "title": "A page", "style": style()} | values
    return environment(str.strip).get_template("propensity/pages/frame.html").render(shown)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>{{ text }}</p>", "<p>&lt;b&gt;&#34;&amp;</p>"),
        ('<p title="{{ text }}"></p>', '<p title="&lt;b&gt;&#34;&amp;"></p>'),
        ("{% macro a(x) %}<i>{{ x }}</i>{% endmacro %}{{ a(text) }}", "<i>&lt;b&gt;&#34;&amp;</i>"),
        ("{{ text ~ text }}", "&lt;b&gt;&#34;&amp;&lt;b&gt;&#34;&amp;"),
    ],
    ids=["content", "attribute", "in a macro", "joined"],
)
def test_a_text_is_escaped_wherever_it_stands(source, expected):
    assert written(source, text='<b>"&') == expected


def test_a_text_goes_through_the_cleaner_and_markup_does_not():
    assert written("[{{ text }}][{{ ours }}]", text=" a ", ours=Markup(" <b> ")) == "[a][ <b> ]"


def test_what_a_template_asks_for_and_nobody_gives_is_an_error():
    with pytest.raises(UndefinedError, match="'text' is undefined"):
        written("{{ text }}")


def test_data_for_a_script_cannot_end_the_script():
    found = written("{{ data|tojson }}", data={"a": "</script><!--"})

    assert "<" not in found


def test_a_hostile_title_stays_text():
    page = framed(title=HOSTILE)

    assert "<script" not in page
    assert "{{ 7 * 7 }}" in page


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_no_other():
    page = framed(script=Markup("let a = 1 < 2;"))

    policy = re.search('content="(default-src[^"]*)"', page)[1]
    for tag in ("style", "script"):
        inside = re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1]
        hashed = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{hashed}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_a_page_without_a_script_may_run_none():
    assert "script-src 'none'" in framed()
