"""HTML from pieces: what is text stays text, wherever it is put."""

import pytest
from markupsafe import Markup

from components.drawing.markup import element, joined, row, table
from components.words.text import text

TYPED = "<i>\"'&"
SHOWN = "&lt;i&gt;&#34;&#39;&amp;"


def test_text_is_escaped_and_elements_are_not():
    inner = element("b", TYPED, title=TYPED)
    assert inner == f'<b title="{SHOWN}">{SHOWN}</b>'
    assert element("p", inner, TYPED) == f"<p>{inner}{SHOWN}</p>"
    assert joined([inner, TYPED], TYPED) == f"{inner}{SHOWN}{SHOWN}"
    assert table([TYPED, ""], [row(TYPED, [inner])]) == (
        f'<table><thead><tr><th scope="col">{SHOWN}</th><td></td></tr></thead>'
        f'<tbody><tr><th scope="row">{SHOWN}</th><td>{inner}</td></tr></tbody></table>'
    )


def test_attributes_are_named_as_python_can():
    drawn = element("text", 1, class_="a", font_size=2.50, x=None, for_=3)
    assert drawn == '<text class="a" font-size="2.5" for="3">1</text>'
    assert element("img", alt="") == '<img alt="">'


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_sentence_is_html_where_one_of_its_values_is(language):
    values = {"task": TYPED, "solved": 1, "count": 2}
    name = element("b", "ReLU")
    said = text(language)("verdict.so_far", name=name, **values)
    assert isinstance(said, Markup)
    assert name in said
    assert SHOWN in said
    plain = text(language)("verdict.so_far", name="ReLU", **values)
    assert not isinstance(plain, Markup)
    assert TYPED in plain
