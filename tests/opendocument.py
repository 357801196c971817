"""Spreadsheets of OpenDocument written by hand, after OASIS OpenDocument 1.3, part 3, sections 9.1 and 19.385."""

import zipfile
from pathlib import Path


def packed(path: Path, parts: dict[str, bytes | str]) -> Path:
    """A zip file with these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def ods(path: Path) -> Path:
    """A sheet of three columns: a row that stands twice, a blank one, a row with an error, and blank rows to the end."""
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'.format
    rows = [
        "<table:table-row>" + "".join(map(text, ("编号", "出生日期", "人数"))) + "</table:table-row>",
        '<table:table-row table:number-rows-repeated="2">'
        + text("001")
        + '<table:table-cell office:value-type="date" office:date-value="1970-01-05"><text:p>5.1.70</text:p></table:table-cell>'
        + '<table:table-cell office:value-type="float" office:value="12"><text:p>12,00</text:p></table:table-cell>'
        + "</table:table-row>",
        '<table:table-row><table:table-cell table:number-columns-repeated="3"/></table:table-row>',
        "<table:table-row>"
        + text("𠮷䶮")
        + '<table:table-cell/><table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value=""'
        + ' calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell></table:table-row>',
        '<table:table-row table:number-rows-repeated="1048571"><table:table-cell table:number-columns-repeated="16384"/>'
        + "</table:table-row>",
    ]
    spaces = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")}
    spaces["calcext"] = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
    declared = " ".join(f'xmlns:{name}="{space}"' for name, space in spaces.items())
    content = (
        f'<office:document-content {declared} office:version="1.3"><office:body><office:spreadsheet>'
        f'<table:table table:name="名册">{"".join(rows)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return packed(path, {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})
