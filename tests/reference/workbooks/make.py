"""Writes the workbooks that no package of this repository can write.

`uv run --no-project --with xlwt --with openpyxl --with msoffcrypto-tool python make.py`
"""

import datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile

FOLDER = Path(__file__).parent
DATE = xlwt.easyxf(num_format_str="yyyy-mm-dd")


def roster(counts_from_1904: bool) -> xlwt.Workbook:
    """A title over three columns, a header, and three persons, the count of the second an error."""
    book = xlwt.Workbook(encoding="utf-8")
    book.dates_1904 = counts_from_1904
    sheet = book.add_sheet("名册")
    sheet.write_merge(0, 0, 0, 2, "社区工作人员名册")
    for column, text in enumerate(["编号", "出生日期", "人数"]):
        sheet.write(1, column, text)
    for row, (name, born) in enumerate([("001", datetime.date(1970, 1, 5)), ("002", datetime.date(1962, 11, 30))], 2):
        sheet.write(row, 0, name)
        sheet.write(row, 1, born, DATE)
    sheet.write(2, 2, 12)
    sheet.row(3).set_cell_error(2, "#DIV/0!")
    sheet.write(4, 0, "𠮷䶮")
    sheet.write(4, 2, 0.1 + 0.2)
    return book


def locked() -> bytes:
    """A workbook that opens with the password `secret`."""
    plain, content = BytesIO(), BytesIO()
    openpyxl.Workbook().save(plain)
    OOXMLFile(plain).encrypt("secret", content)
    return content.getvalue()


roster(counts_from_1904=False).save(str(FOLDER / "roster.xls"))
roster(counts_from_1904=True).save(str(FOLDER / "roster_1904.xls"))
(FOLDER / "locked.xlsx").write_bytes(locked())
