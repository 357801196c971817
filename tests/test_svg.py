"""Figures as SVG: small, readable by a screen reader, and many of them on one page."""

import re
from xml.etree import ElementTree

import pytest

from analysis.reporting import figures
from analysis.reporting.figures import svg


def plot(title):
    axes = figures.canvas(2.0)[1][0]
    axes.plot([0, 1 / 3, 2 / 3], [0, 1 / 7, 1])
    axes.set_title(title)
    return axes.figure


@pytest.fixture
def drawings():
    with figures.house_style():
        return [
            svg.drawn(plot(title), name, title, "0.1234") for name, title in (("one", "社区 <1>"), ("two", "社区 2"))
        ]


def test_a_figure_is_whole_xml_with_its_title_and_its_values_as_they_were_given(drawings):
    root = ElementTree.fromstring(drawings[0])
    inside = {child.get("id"): child.text for child in root if child.get("id", "").startswith("one-")}
    assert inside == {"one-title": "社区 <1>", "one-values": "0.1234"}
    assert root.get("aria-labelledby") == "one-title one-values"


def test_lengths_have_two_decimals_and_the_scale_of_a_glyph_has_all(drawings):
    bare = re.sub(r"<desc.*?</desc>|scale\([^)]*\)", "", drawings[0], flags=re.DOTALL)
    assert re.search(r"\.\d\d\b", bare)
    assert not re.search(r"\.\d{3}", bare)
    assert "scale(0.015625)" in drawings[0]  # 1/64 of an em


def test_on_a_page_each_glyph_is_drawn_once_and_every_reference_finds_its_outline(drawings):
    apart = "".join(map(svg.inline, drawings))
    page = svg.with_each_glyph_once(apart)
    drawn = [found[1] for found in svg.GLYPH.finditer(page)]
    assert len(drawn) == len(set(drawn)) < len(svg.GLYPH.findall(apart))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
    assert page.count("<use") == apart.count("<use")


def test_the_ids_of_two_figures_on_a_page_differ(drawings):
    page = svg.with_each_glyph_once("".join(map(svg.inline, drawings)))
    titles = re.findall(r'<title id="([^"]+)"', page)
    assert titles == ["one-title", "two-title"]
    assert "<?xml" not in page
    assert "<!--" not in page
