"""Small whole files of every format, and the same files broken: bytes flipped, cut, put in, swapped, at the top or in a zip."""

import io
import random
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pyreadstat
from opendocument import ods

from analysis import study
from analysis.errors import StudyError
from analysis.reading import formats
from analysis.reading.formats.raw import Raw
from analysis.settings import Corrections, FileSource, Origin, Settings, load

WORKBOOKS = Path(__file__).with_name("reference") / "workbooks"
NANCHANG = study.ROOT / "studies" / "nanchang"
FRAME = pd.DataFrame(
    {"id": ["001", "002", "𠮷3"], "sex": [1.0, 2.0, 9.0], "day": pd.to_datetime(["2015-07-01", None, "2018-02-28"]),
     "note": ['a, "b"', "是\n否", ""], "score": [1.5, None, -8.0]}
)  # fmt: skip
FORM = {
    "survey": [["type", "name", "label::中文 (zh)", "relevant"], ["integer", "age", "年龄", ""],
               ["select_one yn", "member", "党员", ""], ["select_multiple did", "took", "参与", "${age} >= 18"]],
    "choices": [["list_name", "name", "label::中文 (zh)"], ["yn", "yes", "是"], ["yn", "no", "否"],
                ["did", "sport", "文体"], ["did", "help", "公益"]],
    "settings": [["form_title", "default_language"], ["问卷", "中文 (zh)"]],
}  # fmt: skip

SIGNS = [b'"', b"\n", b",", b"\0", b"&a ", b"*a", b"[", b"{", b": ", b"<", b"!!python/name:x "]
"""What means something to a reader of text."""


def _sheets(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _written(folder: Path, name: str, write: Callable[[Path], object]) -> bytes:
    write(folder / name)
    return (folder / name).read_bytes()


def whole(folder: Path) -> dict[str, bytes]:
    """A whole file of each format, by its name."""
    text = FRAME.assign(day=FRAME["day"].dt.strftime("%Y-%m-%d")).astype("str").fillna("")
    labels = {"sex": {1.0: "男", 2.0: "女", 9.0: "拒答"}}
    missing = {"sex": [{"lo": 9.0, "hi": 9.0}]}
    arrow = pa.Table.from_pandas(FRAME.astype({"note": "category"}))
    table = [[*text], *text.to_numpy().tolist()]
    return {
        "a.csv": text.to_csv(index=False).encode(),
        "gbk.csv": text.to_csv(index=False, sep="\t").encode("gb18030"),
        "utf16.csv": text.to_csv(index=False).encode("utf-16"),
        "a.xlsx": _sheets(名册=table, 空=[]),
        "a.xls": (WORKBOOKS / "roster.xls").read_bytes(),
        "a.ods": _written(folder, "a.ods", ods),
        "a.sav": _written(folder, "a.sav", lambda path: pyreadstat.write_sav(
            FRAME, path, variable_value_labels=labels, missing_ranges=missing)),
        "a.zsav": _written(folder, "a.zsav", lambda path: pyreadstat.write_sav(FRAME, path, compress=True)),
        "a.por": _written(folder, "a.por", lambda path: pyreadstat.write_por(FRAME[["sex", "score"]], path)),
        "a.dta": _written(folder, "a.dta", lambda path: pyreadstat.write_dta(FRAME, path, variable_value_labels=labels)),
        "old.dta": _written(folder, "old.dta", lambda path: pyreadstat.write_dta(FRAME[["sex", "score"]], path, version=10)),
        "a.parquet": _written(folder, "a.parquet", lambda path: pyarrow.parquet.write_table(arrow, path)),
        "a.feather": _written(folder, "a.feather", lambda path: pyarrow.feather.write_feather(arrow, path)),
        "form.xlsx": _sheets(**FORM),
        "wjx.csv": "序号,提交答卷时间,所用时间,来源,1、您的性别,2、参加过(文体),2、参加过(公益)\n"
                   "1,2024/1/2 8:00:00,63秒,微信,1,1,0\n2,2024/1/2 8:10:00,70秒,链接,-3,-3,-3\n".encode(),
        "study.yml": (NANCHANG / "study.yml").read_bytes(),
        "origin.yml": (NANCHANG / "origin.yml").read_bytes(),
        "corrections.yml": b"corrections:\n- {id: a, table: roster, file: r.csv, where: {name: x}, column: sex, "
                           b"expect: '1', to: male, reason: y, source: z}\n",
    }  # fmt: skip


def broken(content: bytes, seed: int) -> bytes:
    """The same file with one to four things done to it; of a zip, every other time to a part of it, packed again."""
    chance = random.Random(seed)
    if content.startswith(b"PK") and chance.random() < 0.5:
        return _packed_again(content, chance)
    for _ in range(chance.randint(1, 4)):
        content = _changed(content, chance)
    return content


def _packed_again(content: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice([*parts])
    if chance.random() < 0.1:
        del parts[name]
    else:
        parts[name] = _changed(parts[name], chance)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    return out.getvalue()


def _changed(content: bytes, chance: random.Random) -> bytes:
    size = len(content)
    start = chance.randrange(size + 1)
    end = min(size, start + chance.choice([1, 1, 2, 4, 16, 256]))
    before, part, after = content[:start], content[start:end], content[end:]
    other = chance.randrange(size + 1)
    return {
        "flip": lambda: before + bytes(byte ^ (1 << chance.randrange(8)) for byte in part) + after,
        "set": lambda: before + bytes([chance.choice([0, 1, 0x7F, 0x80, 0xFF])]) * len(part) + after,
        "insert": lambda: before + chance.randbytes(chance.choice([1, 2, 8, 64])) + content[start:],
        "text": lambda: before + chance.choice(SIGNS) + content[start:],
        "leave out": lambda: before + after,
        "cut": lambda: before,
        "twice": lambda: before + part + part + after,
        "copy": lambda: before + content[other : other + len(part)] + after,
    }[chance.choice(["flip", "flip", "set", "insert", "text", "leave out", "cut", "twice", "copy"])]()  # fmt: skip


def outcome(name: str, content: bytes, folder: Path) -> str:
    """What reading a file ends with: `read`, the key of an error of ours, or what went wrong."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    part = {"study.yml": Settings, "origin.yml": Origin, "corrections.yml": Corrections}.get(name)
    settings = {"form.xlsx": {"form": {"file": name}}, "a.xls": {"skip_rows": 1}}.get(name, {})
    if name == "form.xlsx":
        (folder / "export.csv").write_text("age,member,took\n17,是,\n18,no,sport help\n", encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            if part:
                load(path, part)
                return "read"
            read = "export.csv" if "form" in settings else name
            raw = formats.read(folder / read, FileSource(file=read, columns={}, **settings), folder)
        except StudyError as error:
            return f"error {error.key}" if error.text("zh") and error.text("en") else "an error that says nothing"
        except BaseException as problem:
            return f"FAULT {type(problem).__name__}: {problem}"[:300]
    is_whole = isinstance(raw, Raw) and raw.rows.index.is_unique and not raw.rows.isna().any(axis=None)
    return "read" if is_whole else "FAULT cells are missing, or rows are numbered twice"
