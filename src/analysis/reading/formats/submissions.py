"""Exports of KoboToolbox and ODK read by their XLSForm: questions by their names, and who was asked each of them.

An export has names (XML values) or labels in one language, and a question of several answers in one column (`a b`), in a
column of 0 and 1 for each option (`q/a`), or in both. Read, it has names and both. Whether an empty cell was asked follows from
the form's conditions. docs/formats.md says what was taken from which source.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis.errors import StudyError, listing, nearest
from analysis.reading.formats.raw import Raw
from analysis.reading.formats.relevance import NotUnderstood, holds
from analysis.reading.formats.wjx import Nothing
from analysis.reading.formats.xlsform import Form, Named, Question

NOT_ASKED, NO_ANSWER = "(not asked)", "(no answer)"
"""What stands in an empty cell whose question was not put, or was put and not answered."""
SEPARATORS = ("/", "-", ":", ".")
"""What may stand between groups, questions and options in a heading: `/` in KoboToolbox unless chosen, `-` in ODK Central."""
NO_VALUE = "n/a"
"""What some servers write in an empty cell."""
TICKED = {"1": "1", "0": "0", "true": "1", "false": "0", "": ""}
"""How an option's column says whether it was chosen; empty where the question has no answer."""


class Place(NamedTuple):
    """Where a question stands: the column of its whole answer, empty where there is none, and that of each option."""

    whole: str
    options: Mapping[str, str]


def decoded(raw: Raw, form: Form, path: Path, nothing: Nothing = "none", language: str | None = None) -> Raw:
    """An export with its form's questions.

    Parameters
    ----------
    raw
        The export as it stands.
    nothing
        What it means that somebody was asked a question of several answers and ticked nothing: `none` of them, or
        `no_answer`.
    language
        Of the wordings and labels; without it that in which the form opens.

    Returns
    -------
    Raw
        The same rows; columns that are no question's as they stand. A choice is the option's name. A question of several
        answers has the names joined by blanks, and `<question>/<option>` for each option: 1 and 0, and the reason where it was
        not asked. What the form can't tell stays empty, and `notes` names the condition.

    Raises
    ------
    StudyError
        `xlsform_no_match` where no column is a question's, `xlsform_heading_twice`, `xlsform_repeat`, `xlsform_language`,
        `xlsform_columns_differ` where the two layouts of a question contradict each other.
    """
    shown = _language(form, language, path)
    _require_no_repeat(raw.rows, form, path)
    coding, places = _places(raw.rows, form, path)
    at = {name: raw.positions.get(name, place) for place, name in enumerate(raw.rows, 1)}
    taken = {heading for place in places.values() for heading in [place.whole, *place.options.values()]}
    rows = {heading: raw.rows[heading] for heading in raw.rows if heading not in taken}
    sets, labels, questions = {}, {}, {}
    positions = {heading: at[heading] for heading in rows}
    for number, place in places.items():
        question = form.questions[number]
        options = {option.name: option.labels.get(shown) or option.name for option in question.options}
        labels[question.name] = options
        questions[question.name] = question.labels.get(shown, "")
        positions[question.name] = at[place.whole or next(iter(place.options.values()))]
        if not question.is_several:
            rows[question.name] = _names(_cells(raw.rows, place.whole, question), question.options, coding)
            continue
        rows[question.name], parts = _several(raw.rows, question, place, coding, path)
        sets[question.name] = [f"{question.name}/{option}" for option in parts]
        for option, ticked in parts.items():
            rows[f"{question.name}/{option}"] = ticked
            positions[f"{question.name}/{option}"] = at[place.options.get(option) or place.whole]
            questions[f"{question.name}/{option}"] = f"{questions[question.name]} — {options.get(option, option)}"
    asked, notes = _asked(pd.DataFrame(rows), [form.questions[number] for number in places])
    made, missing, blank = _with_reasons(rows, asked, sets, nothing)
    strange = [f"{name}: {option}" for name, parts in sets.items() for option in _unknown(name, parts, labels[name])]
    notes |= {"note_option_unknown": strange, "note_nothing_ticked": blank}
    return raw._replace(
        rows=pd.DataFrame(made),
        missing={**raw.missing, **missing},
        notes={**raw.notes, **{note: texts for note, texts in notes.items() if texts}},
        questions={name: wording for name, wording in questions.items() if wording},
        labels={name: options for name, options in labels.items() if options},
        sets=sets,
        positions=positions,
    )


def _language(form: Form, language: str | None, path: Path) -> str:
    if language is None:
        return next(iter(form.languages), "")
    if language not in form.languages:
        facts = {"nearest": nearest(language, form.languages), "known": listing(form.languages)}
        raise StudyError("xlsform_language", path, language=language, **facts)
    return language


def _require_no_repeat(rows: pd.DataFrame, form: Form, path: Path) -> None:
    """Refuse an export that has the answers of a repeated group side by side."""
    for repeat in {question.repeat for question in form.questions if question.repeat}:
        beside = [name for name in rows if re.search(rf"(?:^|\W){re.escape(repeat)}\[\d+\]", name)]
        if beside:
            raise StudyError("xlsform_repeat", path, repeat=repeat, list=listing(beside, 3))


def _places(rows: pd.DataFrame, form: Form, path: Path) -> tuple[str | None, dict[int, Place]]:
    """The coding of an export, None for names or else the language of its labels, and where its questions stand.

    The coding is the one that makes the most of the headings.
    """
    headings = {" ".join(name.split()): name for name in rows}
    tried = [(coding, _matched(headings, form, coding)) for coding in (None, *form.languages)]
    coding, matched = max(tried, key=lambda one: len({heading for heading, _, _ in one[1]}))
    if not matched:
        names = listing(question.bare for question in form.questions)
        raise StudyError("xlsform_no_match", path, columns=listing(rows.columns), names=names)
    times = Counter(heading for heading, _, _ in matched)
    for heading, _, _ in matched:
        if times[heading] > 1:
            both = [form.questions[other].name for same, other, _ in matched if same == heading]
            raise StudyError("xlsform_heading_twice", path, heading=heading, list=listing(both))
    places: dict[int, Place] = {}
    for heading, number, option in matched:
        place = places.get(number, Place("", {}))
        if option is None:
            places[number] = place._replace(whole=headings[heading])
        else:
            places[number] = place._replace(options={**place.options, option: headings[heading]})
    return coding, places


def _matched(headings: Iterable[str], form: Form, coding: str | None) -> list[tuple[str, int, str | None]]:
    """Headings that are a question's, or an option's, in one coding: the heading, the question's number, the option."""
    found: dict[tuple[str, int, str | None], None] = {}
    for number, question in enumerate(form.questions):
        name = _word(question.bare, question.labels, coding)
        groups = [_word(group.name, group.labels, coding) for group in question.groups]
        for separator in SEPARATORS:
            for whole in (name, separator.join([*groups, name])):
                if whole in headings:
                    found[whole, number, None] = None
                for option in question.options if question.is_several else ():
                    part = whole + separator + _word(option.name, option.labels, coding)
                    if part in headings:
                        found[part, number, option.name] = None
    return list(found)


def _word(name: str, labels: Mapping[str, str], coding: str | None) -> str:
    """How a question, group or option is called in a coding: by its name where it has no label."""
    return name if coding is None else labels.get(coding) or name


def _cells(rows: pd.DataFrame, heading: str, question: Question) -> pd.Series:
    """The cells of a question; of a choice without an option of that name, `n/a` is an empty one."""
    cells = rows[heading].str.strip()
    is_choice = bool(question.options) and all(option.name.lower() != NO_VALUE for option in question.options)
    return cells.mask(cells.str.lower() == NO_VALUE, "") if is_choice else cells


def _names(cells: pd.Series, options: Sequence[Named], coding: str | None) -> pd.Series:
    """The names of chosen options; what is no option's label, or the label of two, stays as it stands."""
    words = [_word(option.name, option.labels, coding) for option in options]
    names = {
        word: option.name
        for word, option in zip(words, options, strict=True)
        if words.count(word) == 1 and coding is not None
    }
    return cells.map(names).fillna(cells) if names else cells


def _several(
    rows: pd.DataFrame, question: Question, place: Place, coding: str | None, path: Path
) -> tuple[pd.Series, dict[str, pd.Series]]:
    """The chosen options joined by blanks, and for each option 1 or 0; both empty where nothing was chosen."""
    words = {_word(option.name, option.labels, coding): option.name for option in question.options}
    whole = _cells(rows, place.whole, question) if place.whole else None
    if place.options:
        cells = {option: _cells(rows, heading, question) for option, heading in place.options.items()}
        ticked = {option: column.str.lower().map(TICKED).fillna(column) for option, column in cells.items()}
        chosen = pd.DataFrame({option: column == "1" for option, column in ticked.items()})
        joined = pd.Series([" ".join(chosen.columns[row]) for row in chosen.to_numpy()], index=rows.index, dtype="str")
        if whole is not None and coding is None:
            _require_same(whole, chosen, question, path)
        is_blank = pd.DataFrame(ticked).isin(["", "0"]).all(axis=1)
        return joined, {option: column.mask(is_blank, "") for option, column in ticked.items()}
    assert whole is not None
    codes, texts = pd.factorize(whole)
    read = [_split(text, words) for text in texts]
    options = list(dict.fromkeys([*words.values(), *(name for names in read if names for name in names)]))

    def spread(values: Sequence[str]) -> pd.Series:
        return pd.Series(pd.Series(values, dtype="str").array.take(codes), index=rows.index)

    joined = spread([text if names is None else " ".join(names) for text, names in zip(texts, read, strict=True)])
    return joined, {
        option: spread(
            [
                text if names is None else "" if not names else "1" if option in names else "0"
                for text, names in zip(texts, read, strict=True)
            ]
        )
        for option in options
    }


def _split(text: str, words: Mapping[str, str]) -> list[str] | None:
    """The names in a cell of words joined by blanks; None where labels with blanks can be told apart in no way, or in two."""
    if not any(" " in word for word in words):
        return [words.get(word, word) for word in text.split()]
    ways = list(_ways(text.split(), {tuple(word.split()): name for word, name in words.items()}))
    return ways[0] if len(ways) == 1 else None


def _ways(rest: Sequence[str], words: Mapping[tuple[str, ...], str]) -> Iterable[list[str]]:
    """The ways to read words as labels, none of them twice; two at most."""
    found: list[list[str]] = [] if rest else [[]]
    for word, name in words.items():
        if rest and tuple(rest[: len(word)]) == word:
            others = {other: called for other, called in words.items() if other != word}
            found += [[name, *way] for way in _ways(rest[len(word) :], others)]
        if len(found) > 1:
            break
    return found[:2]


def _require_same(whole: pd.Series, chosen: pd.DataFrame, question: Question, path: Path) -> None:
    """Refuse an export whose two layouts of a question say different things."""
    for row, text, ticked in zip(whole.index, whole, chosen.to_numpy(), strict=True):
        if {*text.split()} & {*chosen} != {*chosen.columns[ticked]}:
            facts = {"question": question.name, "text": text, "ticked": " ".join(chosen.columns[ticked]) or "–"}
            raise StudyError("xlsform_columns_differ", path, row=row, **facts)


def _unknown(name: str, parts: Iterable[str], options: Iterable[str]) -> list[str]:
    """Options of a question that its form has not, as of an earlier version."""
    return [option for option in (part.removeprefix(f"{name}/") for part in parts) if option not in options]


def _asked(answers: pd.DataFrame, questions: Iterable[Question]) -> tuple[dict[str, pd.Series], dict[str, list[str]]]:
    """Whether each question was put to each respondent, unknown where a condition is not understood; and what to tell."""
    asked, unclear, unasked = {}, [], []
    for question in questions:
        was_asked = pd.Series(True, index=answers.index, dtype="boolean")
        for condition in question.conditions:
            try:
                was_asked &= holds(condition, answers).astype("boolean")
            except NotUnderstood:
                was_asked &= pd.Series(pd.NA, index=answers.index, dtype="boolean")
                unclear.append(f"{question.name}: {condition}")
        asked[question.name] = was_asked
        answered = ~was_asked.fillna(value=True) & (answers[question.name] != "")
        unasked += [f"{question.name} ({row})" for row in answers.index[answered]]
    return asked, {"note_condition_unclear": unclear, "note_answered_unasked": unasked}


def _with_reasons(
    rows: Mapping[str, pd.Series], asked: Mapping[str, pd.Series], sets: Mapping[str, Sequence[str]], nothing: Nothing
) -> tuple[dict[str, pd.Series], dict[str, dict[str, str]], list[str]]:
    """The columns with a word in each empty cell that was asked, or was not; the reason that each word stands for.

    And where somebody was asked a question of several answers and ticked nothing, which was read as none of them.
    """
    made, missing, blank = dict(rows), {}, []
    for name, was_asked in asked.items():
        parts = sets.get(name, ())
        is_answer = bool(parts) and nothing == "none"
        for column in (name, *parts):
            is_empty = made[column] == ""
            told = "0" if is_answer and column != name else NO_ANSWER
            made[column] = (
                made[column]
                .mask(is_empty & was_asked.fillna(value=False), told)
                .mask(is_empty & ~was_asked.fillna(value=True), NOT_ASKED)
            )
            missing[column] = {NOT_ASKED: "not_asked"} | ({} if is_answer else {NO_ANSWER: "no_answer"})
        if is_answer:
            blank += [f"{name} ({row})" for row in made[name].index[made[name] == NO_ANSWER]]
    return made, missing, blank
