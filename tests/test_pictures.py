"""Figures as pictures: the size and resolution of print, and the same bytes twice."""

import io

import numpy as np
import pytest
import reported
from PIL import Image

from analysis.reporting.documents import pictures, png


def test_each_figure_is_a_picture_of_300_dpi_and_a_page(tmp_path):
    made = pictures.files(reported.small("en"), tmp_path)
    assert [*made] == ["figures/point.en.png", "figures/point.en.pdf"]
    picture = Image.open(io.BytesIO(made["figures/point.en.png"]))
    assert picture.size == (6 * 300, 2 * 300)  # the figure of `reported` is 6 × 2 inches
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    assert len(picture.convert("L").getcolors()) > 1  # something is drawn
    assert made["figures/point.en.pdf"].startswith(b"%PDF-")
    assert made == pictures.files(reported.small("en"), tmp_path)


def test_a_picture_has_the_pixels_that_it_is_given():
    pixels = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [1, 2, 3]]], np.uint8)
    picture = Image.open(io.BytesIO(png.encoded(pixels, 300)))
    picture.load()
    assert picture.size == (2, 2)
    assert picture.tobytes() == pixels.tobytes()


def test_a_report_without_figures_has_no_pictures(tmp_path):
    assert pictures.files(reported.report([]), tmp_path) == {}
