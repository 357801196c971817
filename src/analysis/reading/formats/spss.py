"""SPSS files (.sav, .zsav, .por): a labelled code is read as its label, any other cell as it stands.

What the file declares missing stays as it is written, and is named, so that no code for a refusal is ever a number. A
multiple response set is read as a column beside those of its options.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyreadstat

from analysis.errors import StudyError, listing
from analysis.reading.formats.crashes import require_survived
from analysis.reading.formats.encoding import mended
from analysis.reading.formats.labelled import Written, distinct, plain, require_names, table, written
from analysis.reading.formats.raw import DECLARED_MISSING, Raw
from analysis.reading.formats.wjx import EMPTY
from analysis.settings import FileSource

SET = "$"
"""Before the name of a multiple response set, as SPSS itself writes it."""
SEVERAL = ";"
"""Between the options that were chosen."""


def read(path: Path, source: FileSource) -> Raw:
    """The cases of an SPSS file as text, numbered from 1 as SPSS does.

    Where two codes of a variable have the same label, each is read as `label [code]`. Labels and texts that were encoded
    twice are mended. The set `$name` is a column of its options that were chosen, joined by `;`: of a dichotomous set those
    whose cell has the counted value, called by the variable's label, else by its name; of a set of categories the labels in
    its variables. A .por file does not tell what it declares missing: it is blank there.

    Raises
    ------
    StudyError
        `sav_unreadable` where it is no such file, is cut off, or is in another encoding; `file_empty`; `set_ambiguous`.
    """
    cases, meta = _cases(path, source)
    if not len(cases):
        raise StudyError("file_empty", path)
    variables = {name: written(cases[name], meta.variable_value_labels.get(name, {})) for name in cases}
    missing = {name: _declared(variables[name], ranges) for name, ranges in meta.missing_ranges.items()}
    missing = {name: declared for name, declared in missing.items() if declared}
    questions = {name: mended(label) for name, label in meta.column_names_to_labels.items() if label}
    rows = {name: one.cells for name, one in variables.items()}
    sets, nothing = {}, []
    for name, given in meta.mr_sets.items():
        column = f"{SET}{name}"
        members = [one for one in given["variable_list"] if one in variables]
        options = _options(members, questions, path, column) if given["is_dichotomy"] else None
        answered = {one: _answered(variables[one], missing.get(one, {})) for one in members}
        rows[column] = _chosen(variables, answered, options, given["counted_value"])
        sets[column] = members
        if given["label"]:
            questions[column] = mended(given["label"])
        if source.nothing_ticked == "no_answer":
            missing[column] = {EMPTY: "no_answer"}
        else:
            nothing += [
                f"{column} ({case + 1})"
                for case in np.flatnonzero(rows[column].to_numpy(zero_copy_only=False) == EMPTY)
            ]
    notes = {
        "note_encoded_twice": list(dict.fromkeys(text for one in variables.values() for text in one.mended)),
        "note_nothing_ticked": nothing,
    }
    labels = {
        name: {plain(code): mended(label) for code, label in distinct(own).items()}
        for name, own in meta.variable_value_labels.items()
    }
    return Raw(
        table(rows),
        [],
        missing,
        {note: texts for note, texts in notes.items() if texts},
        questions,
        labels,
        sets,
    )


def _cases(path: Path, source: FileSource) -> tuple[pd.DataFrame, Any]:
    with path.open("rb") as file:
        is_system_file = file.read(3) == b"$FL"
    try:
        if is_system_file or path.suffix.lower() != ".por":
            require_survived(pyreadstat.read_sav, path)
            cases, meta = pyreadstat.read_sav(path, encoding=source.encoding, user_missing=True)
        else:
            require_survived(pyreadstat.read_por, path)
            cases, meta = pyreadstat.read_por(path)
        require_names(cases)
        return cases, meta
    except Exception as problem:
        # A damaged file ends in whatever error reading it happens to meet.
        raise StudyError("sav_unreadable", path, problem=problem) from None


def _declared(variable: Written, ranges: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What is written in the cells that the file declares missing, each with its reason."""
    return {
        text: DECLARED_MISSING
        for value, text in zip(variable.values, variable.texts, strict=True)
        if any(one["lo"] <= value <= one["hi"] for one in ranges)
    }


def _answered(variable: Written, missing: Mapping[str, str]) -> np.ndarray:
    """Whether each case says something that is not missing."""
    is_answer = np.array([text not in missing and text != "" for text in variable.texts] + [False])
    return is_answer[variable.codes]


def _options(members: Sequence[str], questions: Mapping[str, str], path: Path, column: str) -> dict[str, str]:
    """How the option of each variable of a dichotomous set is called."""
    options = {name: questions.get(name, name) for name in members}
    called = list(options.values())
    unclear = {text for text in called if called.count(text) > 1 or SEVERAL in text}
    if unclear:
        raise StudyError("set_ambiguous", path, set=column, list=listing(sorted(unclear)), separator=SEVERAL)
    return options


def _chosen(
    variables: Mapping[str, Written],
    answered: Mapping[str, np.ndarray],
    options: Mapping[str, str] | None,
    counted: float | str | None,
) -> pa.LargeStringArray:
    """The chosen options of each case; EMPTY where every answer is another than the counted one, blank where there is none."""
    chosen = np.full(len(next(iter(answered.values()))), "", dtype=object)
    for name, has_answer in answered.items():
        variable, is_chosen = variables[name], has_answer
        if options is None:
            texts = variable.cells.to_numpy(zero_copy_only=False)
        else:
            is_counted = [plain(value).strip() == plain(counted).strip() for value in variable.values]
            is_chosen = has_answer & np.array([*is_counted, False])[variable.codes]
            texts = np.full(len(chosen), options[name], dtype=object)
        chosen = np.where(is_chosen, np.where(chosen == "", texts, chosen + SEVERAL + texts), chosen)
    anything = np.logical_or.reduce(list(answered.values()))
    return pa.array(np.where((chosen == "") & anything, EMPTY, chosen), pa.large_string())
