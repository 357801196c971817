"""Tricks of YAML: what would make objects, fill the memory or overrun the stack is refused, at once and with its place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import study
from analysis.errors import StudyError
from analysis.plain_yaml import DEEPEST, load_yaml


@pytest.fixture
def written(tmp_path):
    """A function that writes a file and gives what reading it ends with."""

    def write(text):
        path = tmp_path / "study.yml"
        path.write_text(text, encoding="utf-8")
        try:
            return load_yaml(path)
        except StudyError as error:
            str(error)
            return error.key, error.place.removeprefix(f"{path}, ")

    return write


def test_anchors_that_explode_are_refused(written):
    # Nine levels of nine: 9⁹ values, 387 million, from ten lines (the "billion laughs").
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert written("\n".join(lines))[0] == "settings_too_large"


def test_an_anchor_that_holds_itself_is_refused(written):
    assert written("a: &a [1, *a]") == ("settings_too_deep", "line 1, column 11")
    assert written("a: &a {b: {c: *a}}")[0] == "settings_too_deep"


def test_an_anchor_that_is_repeated_a_few_times_is_as_if_written_out(written):
    assert written("a: &a {b: [1, 2]}\nc: *a\nd: [*a]") == {
        "a": {"b": ["1", "2"]},
        "c": {"b": ["1", "2"]},
        "d": [{"b": ["1", "2"]}],
    }


@pytest.mark.parametrize("bracket", ["[", "{a: "])
def test_what_is_nested_without_end_is_refused(written, bracket):
    assert written(bracket * 100_000)[0] == "settings_too_deep"


def test_what_anchors_nest_is_counted_as_if_written_out(written):
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 2 * DEEPEST)]
    assert written("\n".join(lines))[0] == "settings_too_deep"


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!!binary", "!mine"])
def test_a_tag_is_refused_by_its_name(tmp_path, tag):
    path = tmp_path / "study.yml"
    path.write_text(f"title: {tag} [ls]\n", encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_yaml(path)
    assert (caught.value.key, caught.value.facts["tag"]) == ("settings_tag", tag)


def test_text_may_be_tagged_as_text(written):
    assert written("a: !!str 01") == {"a": "01"}


def test_a_study_that_tries_is_refused_as_a_whole(make_study):
    folder = make_study()
    text = (folder / "study.yml").read_text("utf-8")
    (folder / "study.yml").write_text(text + "registers: !!python/object/apply:os.getcwd []\n", encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        study.read(str(folder))
    assert caught.value.key == "settings_tag"


@settings(max_examples=300)
@given(st.text(st.sampled_from("ab:&*!-[]{}, \n\"'|>?#%@\t\0\x85是"), max_size=40))
def test_whatever_stands_there_is_text_or_an_error_of_ours(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_text(text, encoding="utf-8", newline="")
    try:
        load_yaml(path)
    except StudyError as error:
        assert error.text("zh") and error.text("en")
