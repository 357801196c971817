"""A study proposed from its files: what each column is, which of the catalogue's it may be, and what only a person can say.

`looked_at` reads the files, `drafted` makes the study from them and from the answers given so far; it is called again with
each new answer. Nothing is guessed in silence: what is not sure is asked for, and what stays open stops the study.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from analysis.catalogue import base
from analysis.errors import StudyError
from analysis.proposal import wide
from analysis.proposal.draft import Cell, Draft, Source, Use
from analysis.proposal.matching import levels_of
from analysis.proposal.profile import Column, Reason, profile
from analysis.proposal.questions import NOTHING, Asking, Question
from analysis.proposal.tables import fits, identified, source_of
from analysis.reading import formats
from analysis.reading.formats import excel
from analysis.settings import FileSource

FEWEST = 2
"""A file of which no table has at least so many columns is said by a person to be one."""
PERIOD = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)")
TERM_YEARS = 3
"""How long the last term is taken to last, where nothing else says it and no term before."""
ORIGIN = ("owner", "licence", "date", "sampling", "sampling_kind")
KINDS_OF_SAMPLE = ("probability", "quota", "convenience", "census")
MOST_COMMUNITIES = 2000


class Looked(NamedTuple):
    """A file, or a sheet of a workbook, and its columns."""

    path: Path
    sheet: str
    columns: list[Column]


def looked_at(paths: Iterable[Path]) -> list[Looked]:
    """The columns of files; of a workbook those of each sheet that has data.

    Raises
    ------
    StudyError
        `file_missing`; `init_folders` where files lie in more than one folder; and whatever a format's reader raises.
    """
    files = [Path(path).absolute() for path in paths]
    folders = sorted({file.parent for file in files})
    if len(folders) > 1:
        raise StudyError("init_folders", folders[0], other=folders[1])
    found = []
    for file in files:
        if not file.is_file():
            raise StudyError("file_missing", file.parent, file=file.name, folder=file.parent)
        for sheet in _sheets(file):
            source = FileSource.model_validate({"file": file.name, "columns": {}} | ({"sheet": sheet} if sheet else {}))
            raw = formats.read(file, source, file.parent)
            found.append(Looked(file, sheet, profile(f"{file.name}/{sheet}" if sheet else file.name, raw)))
    return found


def drafted(looked: Sequence[Looked], name: str, answers: Mapping[str, str]) -> Draft:
    """The study that files make, with the answers given so far.

    Parameters
    ----------
    answers
        Id of a question → its answer; `-` leaves out what was asked for.
    """
    asking = Asking(answers)
    draft = Draft(name, _language(looked))
    draft.profiles = {_name(one): one.columns for one in looked}
    draft.checksums = {one.path.name: hashlib.sha256(one.path.read_bytes()).hexdigest() for one in looked}
    for one in looked:
        _read_as_table(one, draft, asking)
    _name_levels(draft)
    _time(draft, asking)
    _sample(draft, asking)
    for part in ORIGIN:
        choices = KINDS_OF_SAMPLE if part == "sampling_kind" else ()
        draft.origin[part] = asking.answer(Question(f"origin.{part}", f"ask_{part}", choices=choices))
    draft.questions = asking.asked
    return draft


def _sheets(file: Path) -> list[str]:
    """The sheets of a workbook that have data; one without a name for any other file and for a workbook with one sheet."""
    if formats.format_of(file)[0] != "excel":
        return [""]
    filled = [sheet for sheet in excel.sheet_names(file) if any(map(any, excel.sheet_grid(file, sheet).cells))]
    return filled if len(filled) > 1 else [""]


def _name(one: Looked) -> str:
    return f"{one.path.name}/{one.sheet}" if one.sheet else one.path.name


def _language(looked: Sequence[Looked]) -> str:
    """The language of the files: Chinese where more headings or answers than not are written so."""
    texts = [text for one in looked for column in one.columns for text in (column.heading, *list(column.given)[:5])]
    worded = [text for text in texts if re.search(r"[^\W\d_]{2}", text)]
    chinese = sum(bool(re.search("[\u4e00-\u9fff]", text)) for text in worded)
    return "zh" if 2 * chinese > len(worded) else "en"


def _read_as_table(one: Looked, draft: Draft, asking: Asking) -> None:
    best = fits(one.columns)[0]
    is_survey = any(column.kind in ("scale", "option") for column in one.columns)
    table = "respondents" if best.found < FEWEST and is_survey else best.table
    sure = 0.9 if best.found >= FEWEST or is_survey else 0.5
    question = Question(f"table.{_name(one)}", "ask_table", {"file": _name(one)}, tuple(base().tables()), table, sure)
    table = asking.answer(question)
    source = source_of(one.path.name, one.sheet, table, one.columns, asking)
    draft.tables.setdefault(table, []).append(source)
    if table in ("roster", "candidacies"):
        _follow_persons(table, source, draft)
    if table == "respondents":
        _survey(one, source, draft, asking)
    elif "wave" in base().table(table)["key"] and "wave" not in source.columns:
        source.set["wave"] = "first"


def _follow_persons(table: str, source: Source, draft: Draft) -> None:
    """How persons are followed where they have no ids: by name and birth."""
    if "person_id" not in source.columns:
        born = next((column for column in ("birth_date", "birth_year") if column in source.columns), None)
        draft.linkage = [["name", born]] if born else [["name"]]
    draft.is_derived_roster = table == "candidacies"


def _survey(one: Looked, source: Source, draft: Draft, asking: Asking) -> None:
    """A file of respondents: who they are, and the items that stand beside that."""
    identified(source, "respondent_id")
    if "wave" not in source.columns:
        before = sum("wave" in other.set for other in draft.tables["respondents"])
        waves = tuple(base().level_set("wave"))
        wave = waves[min(before, len(waves) - 1)]
        sure = 0.9 if not before else 0.6
        question = Question(f"wave.{_name(one)}", "ask_wave", {"file": _name(one)}, waves, wave, sure)
        source.set["wave"] = asking.answer(question)
    if "community_id" not in source.columns:
        _community(one, source, draft, asking)
    items = {
        "satisfaction": wide.satisfaction(one.columns, asking),
        "answers": wide.answers(one.columns),
        "participation": wide.participation(one.columns, asking),
    }
    used = {cell.column for cell in source.columns.values()}
    for table, found in items.items():
        if not found.items.levels:
            continue
        own = Source(
            source.file, source.sheet, {**source.set}, {"respondent_id": source.columns["respondent_id"]}, found.items
        )
        own.set.pop("community_id", None)
        if "wave" in source.columns:
            own.columns["wave"] = source.columns["wave"]
        draft.tables.setdefault(table, []).append(own)
        draft.levels.setdefault(found.items.column, {}).update(found.words)
        used |= {cell.column for cells in found.items.levels.values() for cell in cells.values()}
    source.left_out = [(column, use) for column, use in source.left_out if column.name not in used]


def _community(one: Looked, source: Source, draft: Draft, asking: Asking) -> None:
    """Which column says where a respondent lives, or that all of them live in one community."""
    possible = [
        column
        for column in one.columns
        if column.kind in ("category", "text", "id") and len(column.given) <= MOST_COMMUNITIES
    ]
    choices = ("all", *(column.name for column in possible))
    chosen = asking.answer(Question(f"community.{_name(one)}", "ask_community", {"file": _name(one)}, choices))
    if chosen == "all":
        source.set["community_id"] = "all"
        draft.levels.setdefault("community", {})["all"] = "全部" if draft.language == "zh" else "All"
    elif chosen in choices:
        source.columns["community_id"] = Cell(chosen, use=Use("community_id", 1.0, Reason("match_said")))


def _name_levels(draft: Draft) -> None:
    """The answers that are no levels of the catalogue become levels, called as they are written."""
    for source in draft.sources():
        columns = draft.columns_in(source)
        for target, cell in source.cells():
            if base().column(target)["type"] in ("level", "level_set") and cell.column in columns:
                named = draft.levels.setdefault(base().column(target)["levels"], {})
                for level in _levels_written(cell, target, columns[cell.column]):
                    named.setdefault(level, level)
    draft.levels = {level_set: levels for level_set, levels in draft.levels.items() if levels}


def _levels_written(cell: Cell, target: str, column: Column) -> list[str]:
    """The levels that a cell gives and the catalogue has not."""
    known = base().levels_of(target)
    accepted = {*known, *(str(word) for entry in known.values() for word in entry.values())}
    written = sorted(column.places or column.given, key=lambda answer: _order(answer, column))
    if base().column(target)["type"] == "level_set":
        parts = {part.strip(): None for answer in written for part in answer.split(cell.separator or ";")}
        written = [part for part in parts if part]
    levels = [cell.values.get(answer, answer) for answer in written if answer not in cell.missing]
    return [level for level in dict.fromkeys(levels) if level and level not in accepted]


def _order(answer: str, column: Column) -> float:
    """Where an answer stands among the others: by its degree, by its code where it has a label, or by its first number."""
    if column.places:
        return column.places.get(answer, 0.0)
    found = re.search(r"\d+(?:\.\d+)?", answer.replace(",", ""))
    return float(found[0]) if found else -1.0


def _time(draft: Draft, asking: Asking) -> None:
    """The terms of rosters, with the days on which they began and ended; the waves of surveys."""
    terms: set[str] = set()
    began: Counter[str] = Counter()
    waves: dict[str, None] = {}
    for source in draft.sources():
        columns = draft.columns_in(source)
        if "term" in source.columns:
            terms |= {*columns[source.columns["term"].column].given}
        if "start" in source.columns:
            began += Counter(columns[source.columns["start"].column].given)
        if "wave" in source.columns:
            cell = source.columns["wave"]
            written = [cell.values.get(one, one) for one in columns[cell.column].given]
            waves |= dict.fromkeys(levels_of("wave", [one])[one] or one for one in written)
        elif "wave" in source.set:
            waves[source.set["wave"]] = None
    ordered = sorted(terms)
    for place, term in enumerate(ordered):
        proposed = _period(ordered, place, began)
        question = Question(f"terms.{term}", "ask_term", {"term": term, "proposed": proposed or "–"}, (), proposed, 0.5)
        period = PERIOD.fullmatch(asking.answer(question))
        draft.terms[term] = (period[1], period[2]) if period else ("", "")
    known = [*base().level_set("wave")]
    draft.waves = sorted(waves, key=lambda wave: known.index(wave) if wave in known else len(known))


def _period(terms: Sequence[str], place: int, began: Counter[str]) -> str:
    """A guess of the days of a term that is named by its year: on which most of its staff began, else the year's first."""
    years = [int(found[0]) for term in terms if (found := re.search(r"(?:19|20)\d\d", term))]
    if len(years) < len(terms):
        return ""
    length = years[-1] - years[-2] if len(years) > 1 else TERM_YEARS
    ends = [*years[1:], years[-1] + length]
    first_days = Counter({day[4:]: times for day, times in began.items() if int(day[:4]) in years and "-" in day})
    day = first_days.most_common(1)[0][0] if first_days else "-01-01"
    return f"{years[place]}{day}/{ends[place]}{day}"


def _sample(draft: Draft, asking: Asking) -> None:
    """How respondents were drawn: the columns that say it; whether there are weights is asked where no column has them."""
    for source in draft.tables.get("respondents", [])[:1]:
        columns = draft.profiles[source.place]
        if "weight" not in source.columns:
            used = {cell.column for cell in source.columns.values()}
            numbers = [
                column.name for column in columns if column.kind in ("number", "weight") and column.name not in used
            ]
            question = Question("weights", "ask_weights", {}, ("none", *numbers), "none", 0.5)
            chosen = asking.answer(question)
            if chosen in numbers:
                source.columns["weight"] = Cell(chosen, use=Use("weight", 1.0, Reason("match_said")))
        for key, target in (("weights", "weight"), ("strata", "stratum"), ("clusters", "cluster")):
            if target in source.columns:
                draft.design[key] = target
        draft.design.setdefault("weights", "none")


__all__ = ["NOTHING", "Looked", "drafted", "looked_at"]
