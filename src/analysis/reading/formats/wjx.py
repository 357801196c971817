"""Exports of 问卷星 (wjx.cn), by option text (按选项文本) and by option number (按选项序号): two codings of the same answers.

A question of several answers stands in one column by text (`运动┋阅读`), and in a column of 0 and 1 for each option by number
(`第6题(运动)`). Read, it has both in either coding: the joined answers, and a column for each option, in which whoever was
not asked is no 0. docs/formats.md says which layouts were seen in a real file.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from analysis.errors import StudyError, listing
from analysis.reading.formats.raw import Raw

NUMBER, SUBMITTED, DURATION = "序号", "提交答卷时间", "所用时间"
"""The columns by which an export is known: the number of the answer sheet, when it was handed in, how long it took."""
SEVERAL, ORDER = "┋", "→"
"""What stands between several chosen options, and between options put in order."""
SKIPPED, EMPTY = "(跳过)", "(空)"
"""By text: not asked, because of an earlier answer; asked and not answered."""
REASONS_BY_TEXT = {SKIPPED: "not_asked", "（跳过）": "not_asked", EMPTY: "no_answer", "（空）": "no_answer"}
REASONS_BY_NUMBER = {"-3": "not_asked", "-2": "no_answer"}
AS_NUMBERS = {text: {"not_asked": "-3", "no_answer": "-2"}[reason] for text, reason in REASONS_BY_TEXT.items()}
REASONS_OF_RANKS = {"-3": "not_asked", "-2": "not_applicable", SKIPPED: "not_asked", EMPTY: "no_answer"}
"""An option that was not put in order has no rank; by number it is −2."""
NOT_RANKED = "-2"
FILLED_IN = re.compile(r"\s*〖(.*)〗$", re.DOTALL)
"""What a respondent wrote beside an option: 其他〖军事国防〗."""
SPLIT = {sign: re.compile(rf"{sign}(?![^〖]*〗)") for sign in (SEVERAL, ORDER)}
"""A sign that a respondent wrote inside 〖〗 parts no options."""
WHOLE = re.compile(r"-?\d{1,9}")
QUESTION = re.compile(r"(\d{1,4})\s*[、.．:：]\s*(.*)", re.DOTALL)
PART = re.compile(r"第?(\d{1,4})题?\s*[(（](.*)[)）]", re.DOTALL)
BREAKS = "(（—–-:：_、"
"""What stands between the wording of a question and that of its part."""
MOST_OPTIONS = 200
"""No question has more options: a text with so many different parts is prose."""
SECONDS = re.compile(r"(?:(\d{1,9})\s*(?:小时|时))?\s*(?:(\d{1,9})\s*(?:分钟|分))?\s*(?:(\d{1,9})\s*秒)?")
WHEN = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2}) (\d{1,2}):(\d\d)(?::(\d\d))?")

Nothing = Literal["none", "no_answer"]
Kind = Literal["plain", "several", "order"]


class Header(NamedTuple):
    """A column of a question: its name in the file, the question's number, its wording, and which part it is of it."""

    name: str
    number: int
    wording: str
    part: str


class Block(NamedTuple):
    """The columns of one question, and what they hold."""

    columns: Sequence[Header]
    kind: Kind

    @property
    def number(self) -> int:
        """The number of the question."""
        return self.columns[0].number


def is_export(columns: Iterable[str]) -> bool:
    """Whether a file's columns are those of an export: its first ones, and one at least of a numbered question."""
    names = list(columns)
    is_known = {NUMBER, SUBMITTED, DURATION} <= {*names}
    return is_known and any(QUESTION.fullmatch(name) or PART.fullmatch(name) for name in names)


def is_by_number(raw: Raw) -> bool:
    """Whether an export has numbers of options: no answers that are joined, and mostly whole numbers."""
    cells = [raw.rows[header.name].str.strip() for block in _numbered(raw.rows) for header in block]
    if any(len(SPLIT[SEVERAL].split(text)) > 1 for column in cells for text in column.unique()):
        return False
    answers = [column[~column.isin(["", *REASONS_BY_TEXT])] for column in cells]
    filled = [column for column in answers if len(column)]
    return 2 * sum(bool(column.str.fullmatch(WHOLE).all()) for column in filled) > len(filled)


def decoded(raw: Raw, path: Path, nothing: Nothing = "none", other: Raw | None = None) -> Raw:
    """An export with its questions told apart.

    Parameters
    ----------
    raw
        The file as it stands, of which `is_export` holds.
    nothing
        What it means that somebody saw a question of several answers and ticked nothing: `none` of them, or `no_answer`.
    other
        The same export in the other coding. Options then have their texts and their numbers, those that nobody chose too.

    Returns
    -------
    Raw
        The same rows. A question of several answers has the answers joined by ┋, and `第<n>题(<option>)` for each option:
        1 and 0, and the reason where it was not asked. One of an order has them joined by →, and the rank of each option.
        What was written beside an option stands in `<column>〖〗`. Times are 2018-06-03 12:33:44 and seconds.

    Raises
    ------
    StudyError
        `wjx_pair_coding`, `wjx_pair_rows`, `wjx_pair_questions` and `wjx_pair_cell`, where `other` is not the same export in
        the other coding.
    """
    if other is None:
        return _by_number(raw, nothing) if is_by_number(raw) else _by_text(raw, nothing, {})
    if is_by_number(raw) == is_by_number(other):
        coding = "按选项序号" if is_by_number(raw) else "按选项文本"
        raise StudyError("wjx_pair_coding", path, coding=coding)
    aligned = _aligned(raw, other, path)
    texts, numbers = (aligned, raw) if is_by_number(raw) else (raw, aligned)
    made, places = _paired(texts, numbers, nothing, path)
    told = {note: of for note, of in made.notes.items() if note not in texts.notes}
    positions = places if numbers is raw else made.positions
    return made._replace(faults=raw.faults, notes={**raw.notes, **told}, positions=positions, sheet=raw.sheet)


def _numbered(rows: pd.DataFrame) -> list[list[Header]]:
    """The columns of each numbered question."""
    found: dict[int, list[Header]] = {}
    for name in rows:
        if match := QUESTION.fullmatch(name) or PART.fullmatch(name):
            found.setdefault(int(match[1]), []).append(Header(name, int(match[1]), match[2].strip(), ""))
    return [_with_parts(headers) for headers in found.values()]


def _with_parts(headers: list[Header]) -> list[Header]:
    """The columns of a question, its wording told apart from that of its parts."""
    if len(headers) == 1 and not PART.fullmatch(headers[0].name):
        return headers
    if all(PART.fullmatch(header.name) for header in headers):
        return [header._replace(wording="", part=header.wording) for header in headers]
    common = _beginning([header.wording for header in headers])
    at = max((common.rfind(sign) for sign in BREAKS), default=-1) + 1
    return [
        header._replace(wording=header.wording[:at].rstrip(BREAKS), part=_unbracketed(header.wording, at))
        for header in headers
    ]


def _beginning(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    first, last = min(texts), max(texts)
    same = [one == other for one, other in zip(first, last, strict=False)]
    return first[: same.index(False)] if False in same else first[: len(same)]


def _unbracketed(wording: str, at: int) -> str:
    """What follows a place, without the bracket that closes what was opened there."""
    is_open = at > 0 and wording[at - 1] in "(（"
    return wording[at:-1] if is_open and wording.endswith((")", "）")) else wording[at:]


class _Read:
    """The columns of an export as they are read, and what there is to say of each."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.rows: dict[str, pd.Series] = {}
        self.missing: dict[str, Mapping[str, str]] = {}
        self.sets: dict[str, Sequence[str]] = {}
        self.questions: dict[str, str] = {}
        self.positions: dict[str, int] = {}

    def add(self, name: str, cells: pd.Series, source: str, wording: str, missing: Mapping[str, str]) -> None:
        """Take a column that is read from a column of the file."""
        self.rows[name] = cells
        self.missing[name] = missing
        self.questions[name] = wording
        self.positions[name] = self.raw.positions.get(source, self.raw.rows.columns.get_loc(source) + 1)

    def done(self) -> Raw:
        """The file read, with what a person should know of it."""
        frame = pd.DataFrame(self.rows, index=self.raw.rows.index)
        blank = [
            f"{name} ({row})"
            for name in self.sets
            if EMPTY not in self.missing[name]
            for row in frame.index[frame[name] == EMPTY]
        ]
        numbers = self.raw.rows.isin([*REASONS_BY_NUMBER]).any()
        coded = [name for name in self.raw.rows if numbers[name] and "-3" in self.missing.get(name, ())]
        told = {"note_nothing_ticked": blank, "note_by_number": coded}
        return self.raw._replace(
            rows=frame,
            missing={name: reasons for name, reasons in self.missing.items() if reasons},
            notes={**self.raw.notes, **{note: texts for note, texts in told.items() if texts}},
            questions={name: wording for name, wording in self.questions.items() if wording},
            sets=self.sets,
            positions=self.positions,
        )


def _by_number(raw: Raw, nothing: Nothing) -> Raw:
    """An export by number alone: a question of one answer keeps its numbers, of which the file has no texts."""
    read = _Read(raw)
    blocks = {
        header.name: Block(block, _kind_by_number(raw.rows, block)) for block in _numbered(raw.rows) for header in block
    }
    for name in raw.rows:
        if name not in blocks:
            read.add(name, _metadata(name, raw.rows[name]), name, "", {})
            continue
        block = blocks[name]
        header = next(one for one in block.columns if one.name == name)
        if block.kind == "plain":
            read.add(name, raw.rows[name].str.strip(), name, _said(header), REASONS_BY_TEXT | REASONS_BY_NUMBER)
        elif header is block.columns[0]:
            joined = f"第{block.number}题"
            parts, whole = _options_by_number(raw.rows, block, nothing)
            reasons = _reasons(block.kind, nothing)
            read.add(joined, whole, name, header.wording, reasons.whole)
            for (option, cells), one in zip(parts.items(), block.columns, strict=True):
                read.add(option, cells, one.name, _said(one), reasons.option)
            read.sets[joined] = list(parts)
    return read.done()


def _kind_by_number(rows: pd.DataFrame, block: Sequence[Header]) -> Kind:
    """Whether the columns of a question are its options, ticked or ranked; else they are rows of a matrix or the like."""
    cells = pd.DataFrame({header.name: _coded(rows[header.name]) for header in block}).drop_duplicates()
    values = {*cells.to_numpy().ravel()} - {""}
    is_told_apart = len({header.part for header in block} - {""}) == len(block)
    if not is_told_apart or not values or not all(WHOLE.fullmatch(value) for value in values):
        return "plain"
    if "0" in values:
        # Who ticked nothing did so in all options; a −2 beside a 0 is an empty blank among others.
        is_partly_empty = (cells == NOT_RANKED).any(axis=1) & cells.isin(["0", "1"]).any(axis=1)
        is_ticked = values <= {"0", "1", *REASONS_BY_NUMBER} and not is_partly_empty.any()
        return "several" if is_ticked else "plain"
    ranks = [sorted(int(cell) for cell in row if cell and int(cell) > 0) for row in cells.to_numpy()]
    is_order = all(row == [*range(1, len(row) + 1)] for row in ranks) and any(len(row) > 1 for row in ranks)
    return "order" if is_order else "plain"


def _options_by_number(rows: pd.DataFrame, block: Block, nothing: Nothing) -> tuple[dict[str, pd.Series], pd.Series]:
    """A column for each option, and the chosen ones joined."""
    cells = pd.DataFrame({f"第{block.number}题({h.part})": _coded(rows[h.name]) for h in block.columns})
    options = [header.part for header in block.columns]
    joined = [_joined(row, options, block.kind) for row in cells.to_numpy()]
    made = pd.Series(joined, index=rows.index, dtype="str")
    if block.kind == "several":
        is_nothing = cells.isin(["0", NOT_RANKED]).mul(made == EMPTY, axis=0)
        cells = cells.mask(is_nothing, "0" if nothing == "none" else EMPTY)
    return dict(cells.items()), made


def _coded(cells: pd.Series) -> pd.Series:
    """Cells of an option, the words for what was not asked or not answered as numbers too."""
    cells = cells.str.strip()
    return cells.map(AS_NUMBERS).fillna(cells)


def _joined(row: Sequence[str], options: Sequence[str], kind: Kind) -> str:
    """The options that somebody chose, as the coding by text writes them."""
    if all(cell == "" for cell in row):
        return ""
    if all(cell in ("-3", "") for cell in row):
        return SKIPPED
    if kind == "several":
        return SEVERAL.join(option for option, cell in zip(options, row, strict=True) if cell == "1") or EMPTY
    ranked = sorted((int(cell), option) for option, cell in zip(options, row, strict=True) if cell and int(cell) > 0)
    return ORDER.join(option for _, option in ranked) or EMPTY


def _by_text(raw: Raw, nothing: Nothing, known: Mapping[str, Block]) -> Raw:
    """An export by text; `known` are questions of several answers, or of an order, with all of their options."""
    read = _Read(raw)
    headers = {header.name: (header, len(block)) for block in _numbered(raw.rows) for header in block}
    for name in raw.rows:
        if name not in headers:
            read.add(name, _metadata(name, raw.rows[name]), name, "", {})
            continue
        header, size = headers[name]
        cells = raw.rows[name].str.strip()
        kind = known[name].kind if name in known else _kind_by_text(cells)
        if kind == "plain":
            chosen, written = _without_filled_in(cells)
            read.add(name, chosen, name, _said(header), REASONS_BY_TEXT)
            if written is not None:
                read.add(f"{name}〖〗", written, name, "", {})
            continue
        stem = f"第{header.number}题" if size == 1 else name
        options = [option.part for option in known[name].columns] if name in known else []
        parts, whole = _options_by_text(cells, stem, kind, nothing, options)
        reasons = _reasons(kind, nothing)
        read.add(name, whole, name, _said(header), reasons.whole)
        for part, column in parts.items():
            is_text = part.endswith("〖〗")
            wording = "" if is_text else f"{_said(header)} — {part.removeprefix(stem)[1:-1]}"
            read.add(part, column, name, wording, {} if is_text else reasons.option)
        read.sets[name] = [part for part in parts if not part.endswith("〖〗")]
    return read.done()


def _kind_by_text(cells: pd.Series) -> Kind:
    """Whether cells of a question list options; a text in which a sign stands by chance does not repeat its parts."""
    texts = [text for text in cells.unique() if text and text not in REASONS_BY_TEXT]
    kinds: dict[str, Kind] = {SEVERAL: "several", ORDER: "order"}
    for sign, kind in kinds.items():
        parts = [_parts(text, sign) for text in texts]
        is_list = any(len(one) > 1 for one in parts) and all(len({*one}) == len(one) for one in parts)
        if is_list and len({option for one in parts for option in one}) <= MOST_OPTIONS:
            return kind
    return "plain"


def _parts(text: str, sign: str) -> list[str]:
    """The options in a cell, without what was written beside them."""
    return [FILLED_IN.sub("", part.strip()) for part in SPLIT[sign].split(text)]


def _without_filled_in(cells: pd.Series) -> tuple[pd.Series, pd.Series | None]:
    """The chosen options, and apart what was written beside them; nothing apart where nobody wrote anything."""
    written = cells.str.extract(FILLED_IN, expand=False)
    if written.isna().all():
        return cells, None
    return cells.str.replace(FILLED_IN, "", regex=True), written.fillna("")


def _options_by_text(
    cells: pd.Series, stem: str, kind: Kind, nothing: Nothing, known: Sequence[str]
) -> tuple[dict[str, pd.Series], pd.Series]:
    """A column for each option, what was written beside it, and the chosen ones joined."""
    sign = SEVERAL if kind == "several" else ORDER
    codes, texts = pd.factorize(cells)
    chosen = [[] if text in REASONS_BY_TEXT or not text else _parts(text, sign) for text in texts]
    options = list(dict.fromkeys([*known, *(option for one in chosen for option in one)]))

    def spread(values: Sequence[str]) -> pd.Series:
        return pd.Series(pd.Series(values, dtype="str").array.take(codes), index=cells.index)

    def told(text: str, one: Sequence[str], option: str) -> str:
        reason = REASONS_BY_TEXT.get(text)
        if not text or reason == "not_asked":
            return SKIPPED if text else ""
        if reason == "no_answer":
            return "0" if kind == "several" and nothing == "none" else EMPTY
        if kind == "several":
            return "1" if option in one else "0"
        return str(one.index(option) + 1) if option in one else NOT_RANKED

    parts = {}
    for option in options:
        parts[f"{stem}({option})"] = spread([told(text, one, option) for text, one in zip(texts, chosen, strict=True)])
        written = [_beside(text, option, sign) for text in texts]
        if any(written):
            parts[f"{stem}({option})〖〗"] = spread(written)
    names = {"not_asked": SKIPPED, "no_answer": EMPTY}
    joined = [
        names[REASONS_BY_TEXT[text]] if text in REASONS_BY_TEXT else sign.join(one)
        for text, one in zip(texts, chosen, strict=True)
    ]
    return parts, spread(joined)


def _beside(text: str, option: str, sign: str) -> str:
    for part in SPLIT[sign].split(text):
        if FILLED_IN.sub("", part.strip()) == option and (found := FILLED_IN.search(part.strip())):
            return found[1]
    return ""


class _Reasons(NamedTuple):
    """Why the whole answer, and an option, are missing: what is written there → the reason."""

    whole: Mapping[str, str]
    option: Mapping[str, str]


def _reasons(kind: Kind, nothing: Nothing) -> _Reasons:
    """Why cells of a question of several answers, or of an order, are missing."""
    if kind == "order":
        return _Reasons(REASONS_BY_TEXT, REASONS_OF_RANKS)
    asked = REASONS_BY_TEXT | REASONS_BY_NUMBER
    if nothing == "none":
        asked = {text: reason for text, reason in asked.items() if reason == "not_asked"}
    return _Reasons(asked, asked)


def _metadata(name: str, cells: pd.Series) -> pd.Series:
    """When a sheet was handed in, as 2018-06-03 12:33:44, and how long it took, in seconds; any other column as it stands."""
    if name == DURATION:
        return cells.map(_seconds).astype("str")
    return cells.map(_time).astype("str") if name == SUBMITTED else cells


def _seconds(text: str) -> str:
    found = SECONDS.fullmatch(text.strip())
    if not found or not any(found.groups()):
        return text
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return str(3600 * hours + 60 * minutes + seconds)


def _time(text: str) -> str:
    found = WHEN.fullmatch(text.strip())
    if not found:
        return text
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    return f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"


def _said(header: Header) -> str:
    """The wording of a column's question, with that of its part."""
    return " — ".join(text for text in (header.wording, header.part) if text)


def _aligned(raw: Raw, other: Raw, path: Path) -> Raw:
    """The other file with its rows in the order, and under the row numbers, of this one: by the number of the answer sheet."""
    for one in (raw, other):
        if NUMBER not in one.rows or one.rows[NUMBER].duplicated().any():
            raise StudyError("wjx_pair_rows", path, list=NUMBER)
    here, there = raw.rows[NUMBER].str.strip(), other.rows[NUMBER].str.strip()
    only = sorted({*here} ^ {*there}, key=lambda number: (len(number), number))
    if only:
        raise StudyError("wjx_pair_rows", path, list=listing(only))
    rows = other.rows.set_index(there).loc[here].set_axis(raw.rows.index)
    return other._replace(rows=rows)


def _paired(texts: Raw, numbers: Raw, nothing: Nothing, path: Path) -> tuple[Raw, dict[str, int]]:
    """The answers as texts, with the number of each option, and the options that nobody chose.

    And where each column stands in the file by number; in that by text it is said anyway.
    """
    by_text = {block[0].number: block for block in _numbered(texts.rows)}
    by_number = {block[0].number: block for block in _numbered(numbers.rows)}
    if by_text.keys() != by_number.keys():
        only = [f"第{number}题" for number in sorted(by_text.keys() ^ by_number.keys())]
        raise StudyError("wjx_pair_questions", path, list=listing(only))
    known = {}
    for number, block in by_number.items():
        kind = _kind_by_number(numbers.rows, block)
        if len(by_text[number]) == 1 and kind != "plain":
            known[by_text[number][0].name] = Block(block, kind)
    read, by_numbers = _by_text(texts, nothing, known), _by_number(numbers, nothing)
    coded, places = by_numbers.rows, dict(by_numbers.positions)
    labels = {}
    for number, block in by_text.items():
        options = [name for header in block for name in read.sets.get(header.name, ())]
        others = by_number[number]
        if {*options} - {*coded} or (not options and len(block) != len(others)):
            raise StudyError("wjx_pair_questions", path, list=f"第{number}题")
        for header in block:
            places.setdefault(
                header.name, places[next(one for one in (f"第{number}题", others[0].name) if one in places)]
            )
        for name in options:
            _require_same(read.rows, name, coded[name], path)
        for here, there in zip(block, others, strict=True) if not options else ():
            labels[here.name] = _labels(read.rows, here.name, numbers.rows[there.name].str.strip(), path)
    made = read._replace(labels={name: found for name, found in labels.items() if found})
    return made, {name: places[name.removesuffix("〖〗")] for name in made.rows if name.removesuffix("〖〗") in places}


def _require_same(rows: pd.DataFrame, name: str, numbers: pd.Series, path: Path) -> None:
    """Refuse two files of which one says that an option was chosen and the other that it was not."""
    texts = rows[name]
    differs = (texts != numbers) & ~(texts.isin([*REASONS_BY_TEXT]) & numbers.isin([*REASONS_BY_NUMBER]))
    if differs.any():
        row = differs.idxmax()
        facts = {"number": rows.at[row, NUMBER], "column": name, "text": texts[row], "code": numbers[row]}
        raise StudyError("wjx_pair_cell", path, row=row, **facts)


def _labels(rows: pd.DataFrame, name: str, numbers: pd.Series, path: Path) -> dict[str, str]:
    """The text of each number of a question; empty where the two files say the same, as of a blank that was filled in."""
    texts = rows[name]
    pairs = pd.DataFrame({"code": numbers, "text": texts})
    pairs = pairs[
        ~(numbers.isin([*REASONS_BY_NUMBER]) | texts.isin([*REASONS_BY_TEXT])) & (numbers != "") & (texts != "")
    ]
    pairs = pairs.drop_duplicates()
    if (pairs["code"] == pairs["text"]).all():
        return {}
    twice = pairs.duplicated("code", keep="first")
    if twice.any():
        row = twice.idxmax()
        facts = {"number": rows.at[row, NUMBER], "column": name, "text": texts[row], "code": numbers[row]}
        raise StudyError("wjx_pair_cell", path, row=row, **facts)
    ordered = pairs.assign(place=pairs["code"].map(lambda code: (len(code), code))).sort_values("place")
    return dict(zip(ordered["code"], ordered["text"], strict=True))
