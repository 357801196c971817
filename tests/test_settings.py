"""What a study's own files may say, and that every word a reader can meet stands in the catalogue in both languages."""

import ast
import inspect
import re
from pathlib import Path
from string import Formatter

import pytest
import yaml

from analysis import catalogue, study
from analysis import settings as parts
from analysis.errors import StudyError
from analysis.plain_yaml import load_yaml
from analysis.settings import Corrections, Origin, Settings, Strict, checked, load

SOURCE = Path(catalogue.__file__).parent.parent
CATALOGUE = sorted(Path(catalogue.__file__).parent.glob("*.yml"))
SHOWN = [path for path in CATALOGUE if path.stem != "recognised"]
"""All but the words by which other people's files are recognised, which nobody sees."""


def refusal(folder):
    with pytest.raises(StudyError) as caught:
        study.open(str(folder))
    return caught.value


def models():
    """The parts that a settings file is made of."""
    found = vars(parts).values()
    return [one for one in found if inspect.isclass(one) and issubclass(one, Strict) and one is not Strict]


KEYS = [(model, key) for model in models() for key in model.model_fields]


@pytest.mark.parametrize(("model", "key"), KEYS, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_every_key_misspelt_is_refused_with_the_nearest(model, key):
    with pytest.raises(StudyError) as caught:
        checked({f"{key}_": "x"}, model, "study.yml")
    assert (caught.value.key, caught.value.place, caught.value.facts["nearest"]) == ("settings_key", "study.yml", key)


COLUMN = {"column": "性别", "vaules": {"1": "male"}}
TERM = {"start": "2015-07-01", "ends": "2018-07-01"}


@pytest.mark.parametrize(
    ("change", "place", "nearest"),
    [
        ({"settings": {"regsiters": "census"}}, "study.yml", "registers"),
        ({"settings": {"terms": {"2015": TERM}}}, "study.yml: terms.2015", "end"),
        ({"table": {"set_asid": "3"}}, "study.yml: tables.roster", "set_aside"),
        ({"file": {"encodng": "utf-8"}}, "study.yml: tables.roster.files.0", "encoding"),
        ({"columns": {"sex": COLUMN}}, "study.yml: tables.roster.files.0.columns.sex", "values"),
        ({"settings": {"cut_offs": {"ageing": {"valu": "50", "source": "x"}}}}, "study.yml: cut_offs.ageing", "value"),
        ({"settings": {"absent": [{"term": "2015", "unit": ["C1"]}]}}, "study.yml: absent.0", "units"),
        ({"settings": {"levels": {"role": {"chief": {"zn": "长"}}}}}, "study.yml: levels.role.chief", "zh"),
        ({"origin": {"synthetic": "true"}}, "origin.yml", "is_synthetic"),
    ],
)  # fmt: skip
def test_a_misspelt_key_is_refused_with_place_consequence_and_way_out(make_study, change, place, nearest):
    error = refusal(make_study(**change))
    assert error.key == "settings_key"
    assert error.place.endswith(f"small_study/{place}")
    assert f"Did you mean '{nearest}'?" in str(error)
    assert "It would have been ignored, and the study would have run without it." in str(error)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"settings": {"registers": "sample"}}, "registers"),
        ({"settings": {"languages": ["zh", "fr"]}}, "languages.1"),
        ({"settings": {"languages": "zh"}}, "languages"),
        ({"settings": {"title": "A roster"}}, "title"),
        ({"settings": {"observed_until": "2021"}}, "observed_until"),
        ({"settings": {"terms": {"2015": {"start": "July", "end": "2018-07-01"}}}}, "terms.2015.start"),
        ({"settings": {"terms": {"2015": {"start": "2015-07-01"}}}}, "terms.2015.end"),
        ({"settings": {"sensitivity": {"roster": "secret"}}}, "sensitivity.roster"),
        ({"settings": {"cut_offs": {"ageing": {"value": "fifty", "source": "x"}}}}, "cut_offs.ageing.value"),
        ({"settings": {"chapters": None}}, "chapters"),
        ({"table": {"set_aside": "some"}}, "tables.roster.set_aside"),
        ({"file": {"header": "perhaps"}}, "tables.roster.files.0.header"),
        ({"columns": {"sex": {"column": "性别", "format": "us"}}}, "tables.roster.files.0.columns.sex.format"),
        ({"columns": {"sex": {"column": "性别", "columns": ["性别"]}}}, "tables.roster.files.0.columns.sex"),
        ({"columns": {"sex": {"values": {}}}}, "tables.roster.files.0.columns.sex"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_refused_with_its_place(make_study, change, place):
    error = refusal(make_study(**change))
    assert error.key == "settings_value"
    assert f"study.yml: {place}" in error.place


def test_a_term_that_ends_before_it_starts_is_refused(make_study):
    terms = {"2015": {"start": "2018-07-01", "end": "2015-07-01"}}
    error = refusal(make_study(settings={"terms": terms}))
    assert error.key == "settings_value"
    assert error.place.endswith("study.yml: terms.2015")
    assert "this one starts 2018-07-01 and ends 2015-07-01" in str(error)


def test_a_table_with_both_files_and_another_table_as_its_source_is_refused(make_study):
    error = refusal(make_study(table={"derived_from": "candidacies"}))
    assert (error.key, error.place.split(": ")[-1]) == ("settings_value", "tables.roster")
    assert "either `files` or `derived_from`" in str(error)


def test_a_table_with_no_source_is_refused(make_study):
    assert refusal(make_study(table={"files": None})).key == "settings_value"


def test_what_is_not_yaml_is_refused_with_the_line(make_study):
    folder = make_study()
    (folder / "study.yml").write_text("title: {zh: 甲, en: A}\n\tsummary: x\n", encoding="utf-8")
    error = refusal(folder)
    assert error.key == "settings_syntax"
    assert error.place.endswith("study.yml, line 2, column 1")


def test_a_settings_file_that_is_not_utf_8_is_refused(make_study):
    folder = make_study()
    (folder / "study.yml").write_bytes("title: {zh: 名册}\n".encode("gbk"))
    assert refusal(folder).key == "encoding_declared"


@pytest.mark.parametrize("text", ["", "- title\n", "a title"])
def test_a_settings_file_that_is_no_mapping_is_refused(make_study, text):
    folder = make_study()
    (folder / "study.yml").write_text(text, encoding="utf-8")
    assert refusal(folder).key == "settings_value"


@pytest.mark.parametrize("file", ["study.yml", "origin.yml"])
def test_a_study_without_one_of_its_files_is_refused(make_study, file):
    folder = make_study()
    (folder / file).unlink()
    error = refusal(folder)
    assert (error.key, error.place.endswith(f"small_study/{file}")) == ("settings_file_missing", True)


def test_codes_and_words_stay_the_text_that_stands_there(tmp_path):
    path = tmp_path / "any.yml"
    path.write_text("{01: no, 1e3: yes, day: 2012-07-01, list: [007, ~, null, 0x1F]}", encoding="utf-8")
    assert load_yaml(path) == {"01": "no", "1e3": "yes", "day": "2012-07-01", "list": ["007", "~", "null", "0x1F"]}


def test_a_code_with_a_leading_zero_is_mapped_as_it_is_written(make_study, roster_text):
    folder = make_study(
        roster_text.replace(",女,", ",01,").replace(",男,", ",no,"),
        columns={"sex": {"column": "性别", "values": {"01": "female", "no": "male"}}},
    )
    text = (folder / "study.yml").read_text("utf-8").replace("'01'", "01").replace("'no'", "no")
    (folder / "study.yml").write_text(text, encoding="utf-8")
    assert study.open(str(folder)).table("roster")["sex"].value_counts().to_dict() == {"female": 11, "male": 6}


def test_a_key_that_stands_twice_is_refused(make_study):
    folder = make_study()
    text = (folder / "study.yml").read_text("utf-8")
    (folder / "study.yml").write_text(text + "registers: census\nregisters: superpopulation\n", encoding="utf-8")
    refusal(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"cut_offs": {"agein": {"value": ["45"], "source": "x"}}},
        {"sensitivity": {"rosters": "staff"}},
        {"design": {"respondent": {"weights": "weight"}}},
        {"design": {"roster": {"clusters": "comunity_id"}}},
        {"design": {"roster": {"clusters": ["community_id", "persn_id"]}}},
        {"years_of_schooling": {"years": {"bachelors": "16"}, "source": "x"}},
        {"levels": {"roles": {"chief": {"zh": "长", "en": "Chief"}}}},
        {"absent": [{"term": "1999", "units": ["C1"], "reason": "x"}]},
        {"linkage": {"table": "rosters", "rules": [["name", "birth_date"]]}},
        {"report_by": "subdistrct"},
        {"stay_within": "comunity_id"},
        {"waves": ["frist"]},
        {"languages": []},
        {"title": {"zh": "小名册"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_name_that_refers_to_nothing_is_refused(make_study, change):
    refusal(make_study(settings=change))


def test_a_reason_that_the_catalogue_has_not_is_refused(make_study):
    refusal(make_study(columns={"end": {"column": "离岗日期", "missing": {"": "not_aplicable"}}}))


@pytest.mark.parametrize("change", [{"tables": {}}, {"terms": {}}], ids=["tables", "terms"])
def test_a_study_without_tables_or_terms_is_refused(make_study, change):
    refusal(make_study(settings=change))


def test_a_heading_of_a_column_that_no_table_has_is_refused(make_study):
    error = refusal(make_study(settings={"headings": {"roll": {"zh": "岗", "en": "Post"}}}))
    assert (error.key, error.facts["nearest"]) == ("unknown_key", "role")


SHIPPED = ["cdc_yrbs2015_design", "hansard_audit11_2013", "juarez_aej_2021", "nanchang", "tw_village_chiefs"]


def test_the_shipped_studies_are_these():
    assert set(SHIPPED) <= set(study.names())


@pytest.mark.parametrize("name", SHIPPED)
def test_the_settings_of_a_shipped_study_load_with_all_words_in_both_languages(name):
    folder = study.folder_of(name)
    settings, origin = load(folder / "study.yml", Settings), load(folder / "origin.yml", Origin)
    if (folder / "corrections.yml").is_file():
        load(folder / "corrections.yml", Corrections)
    words = [settings.title, settings.summary, origin.title, origin.owner, origin.sampling, origin.obtained]
    words += [term.label for term in settings.terms.values() if term.label] + [*settings.headings.values()]
    assert all(set(one) == {"zh", "en"} for one in words)
    assert all(level.zh and level.en for levels in settings.levels.values() for level in levels.values())


def entries_with_words(content, place):
    """Every entry that has a text in one of the languages, with its place."""
    if isinstance(content, list):
        content = dict(enumerate(content))
    if isinstance(content, dict):
        if {"zh", "en"} & {*content}:
            yield place, content
        for key, value in content.items():
            yield from entries_with_words(value, f"{place}.{key}")


def placeholders(text):
    """The facts that a sentence, or a list of sentences, names."""
    sentences = text if isinstance(text, list) else [str(text)]
    return {name for sentence in sentences for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_every_entry_of_the_catalogue_has_both_languages(path):
    found = dict(entries_with_words(yaml.safe_load(path.read_text(encoding="utf-8")), path.stem))
    assert found
    assert [place for place, entry in found.items() if not (entry.get("zh") and entry.get("en"))] == []


@pytest.mark.parametrize("path", CATALOGUE, ids=lambda path: path.stem)
def test_both_languages_name_the_same_facts(path):
    found = dict(entries_with_words(yaml.safe_load(path.read_text(encoding="utf-8")), path.stem))
    assert [place for place, entry in found.items() if placeholders(entry["zh"]) != placeholders(entry["en"])] == []


def test_every_error_says_finding_consequence_and_way_out():
    entries = catalogue.entries("errors")
    assert [key for key, entry in entries.items() if not len(entry["zh"]) == len(entry["en"]) == 3] == []


REFUSING = ("refuse", "_refuse", "_require", "_errors_told")
"""Functions that are given the name of the error that they raise."""


def raised():
    """Every call of an error by name in the source: file and line, key, and facts (None: not all written out)."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name in REFUSING:
                for given in node.args:
                    if isinstance(given, ast.Constant) and given.value in catalogue.entries("errors"):
                        yield f"{path.name}:{node.lineno}", given.value, None
            if name not in ("StudyError", "RunError", "MachineError"):
                continue
            if node.args and isinstance(node.args[0], ast.Constant):
                facts = [keyword.arg for keyword in node.keywords]
                yield f"{path.name}:{node.lineno}", node.args[0].value, None if None in facts else set(facts)


def test_every_error_that_is_raised_has_its_sentences():
    assert {key for _, key, _ in raised()} - {*catalogue.entries("errors")} == set()


def test_every_error_of_the_catalogue_is_raised_somewhere():
    assert {*catalogue.entries("errors")} - {key for _, key, _ in raised()} == set()


def test_every_error_is_given_the_facts_that_its_sentences_name():
    lacking = [
        (where, key, needed - facts)
        for where, key, facts in raised()
        if facts is not None and (needed := placeholders(catalogue.entries("errors")[key]["en"])) - facts
    ]
    assert lacking == []


def rules_in_use():
    """The rules that the reading gives to faults."""
    text = "".join(path.read_text(encoding="utf-8") for path in (SOURCE / "reading").rglob("*.py"))
    return {
        *re.findall(r'_Broken\("(\w+)"\)', text),
        *re.findall(r'yield (?:"\w+"|column|key\[0\]), "(\w+)"', text),
        *re.findall(r'Fault\(.*"(\w+)"\)', text),
    }


def test_every_rule_has_a_word_and_every_word_of_a_rule_is_used():
    words = {key.removeprefix("rule_") for key in catalogue.entries("words") if key.startswith("rule_")}
    assert {"field_count", "level", "duplicate", "missing", "end_before_start"} <= rules_in_use()
    assert rules_in_use() == words


def test_tables_and_columns_refer_to_what_the_catalogue_has():
    tables, columns = catalogue.entries("tables")["tables"], catalogue.entries("tables")["columns"]
    units, levels = catalogue.entries("measures")["units"], catalogue.entries("levels")
    for name, entry in tables.items():
        assert {*entry["required"], *entry["optional"]} <= {*columns}, name
        assert {*entry["key"]} <= {*entry["required"]}, name
    assert {entry["levels"] for entry in columns.values() if "levels" in entry} <= {*levels}
    assert {entry["unit"] for entry in columns.values() if "unit" in entry} <= {*units}
    assert {entry["unit"] for entry in catalogue.entries("measures")["measures"].values()} <= {*units}


def test_a_word_that_the_catalogue_has_not_is_an_error_with_the_nearest():
    with pytest.raises(StudyError, match="Did you mean 'renewal_rate'"):
        catalogue.base().measure("renewal_rat")
    with pytest.raises(StudyError) as caught:
        catalogue.extended({"role": {"chief": {"zh": "长"}}}, {}).label("role", "chief", "en")
    assert caught.value.key == "language_missing"
