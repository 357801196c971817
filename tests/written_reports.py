"""Reports small enough to read, written without a kernel: what a page saves of a measure table, and a record of its making."""

import json

import nbformat
import pandas as pd

from analysis.catalogue import base
from analysis.citing import marks
from analysis.measure import arranged
from analysis.reporting import blocks, tables
from analysis.reporting.wording import Wording

RECORD = {
    "study": "small_study",
    "is_synthetic": False,
    "sampling_kind": "probability",
    "parameters": {},
    "data": {"respondents.csv": "aa", "roster.csv": "bb"},
    "decisions": {"study.yml": "cc"},
    "rows": {"respondents: respondents.csv": "1,203 / 1,350"},
    "code": "dd",
    "lock": "ee",
    "packages": {"pandas": "3.0.0"},
}
# Three rates and an index; the interval of the third is hidden.
ROWS = [
    {"measure": "participation_rate", "wave": "first", "estimate": 0.4874, "se": 0.0156, "low": 0.4508, "high": 0.524,
     "n": 1233},
    {"measure": "participation_rate", "wave": "second", "estimate": 0.4808, "se": 0.02, "low": 0.44, "high": 0.5216,
     "n": 982},
    {"measure": "participation_rate", "wave": "second", "sex": "female", "reason": "hidden"},
    {"measure": "gini", "wave": "first", "estimate": 0.68142, "se": 0.0178, "low": 0.6404, "high": 0.7099, "n": 1203,
     "unit": "index"},
]  # fmt: skip


def written(folder, measured=ROWS, name="participation", texts=("Residents take part.",), with_ids=True, **record):
    """Write a report's folder in both languages, and return it."""
    for part in ("tables", "figures", "notebooks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(measured).assign(coverage=0.95, table="participation")
    for column, nothing in {"unit": "proportion", "reason": "", "window": ""}.items():
        frame[column] = frame[column].fillna(nothing) if column in frame else nothing
    table = arranged(frame)
    told = {**RECORD, **record}
    community = told["parameters"].get("community", "")
    for language in ("zh", "en"):
        words = Wording(base(), language)
        saved = tables.labelled(table, words)
        ids = saved[words.text("column_id")]
        codes = [marks.code_of(told["study"], community, name, one) for one in ids]
        saved[words.text("column_mark")] = [marks.printed(told["study"], code) for code in codes]
        if not with_ids:
            saved = saved.drop(columns=[words.text("column_id"), words.text("column_mark")])
        (folder / "tables" / f"{name}.{language}.csv").write_bytes(tables.as_csv(saved))
        (folder / f"index.{language}.html").write_text("<p>report</p>", encoding="utf-8")
        (folder / "figures" / f"rates.{language}.svg").write_text("<svg/>", encoding="utf-8")
        outputs = [
            nbformat.v4.new_output("display_data", data=blocks.carried(blocks.Text(text)) | {"text/plain": text})
            for text in texts
        ]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs, id="one")])
        nbformat.write(notebook, folder / "notebooks" / f"5_participation.{language}.ipynb")
    (folder / "provenance.json").write_text(json.dumps(told), encoding="utf-8")
    return folder
