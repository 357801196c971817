"""A survey shaped as Nanchang's, of which the same answers are written out as each platform exports them.

450 respondents of the first wave. Whoever did not answer every question on participation there was, here, not asked any:
so a question of several answers has a base that is smaller than the sample. Whether they took part in an activity is one
question of several answers; how often, and how satisfied they are, have one answer for each activity and item.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pandas as pd

from analysis import participation, satisfaction, study
from analysis.measure import combined
from analysis.participation.frequencies import frequencies_of
from analysis.satisfaction.questionnaire import questionnaire_of

RAW = study.ROOT / "data" / "raw" / "nanchang"
ACTIVITIES = {
    "文体活动": "culture_sport",
    "政治参与": "political",
    "公益参与": "public_benefit",
    "议事协商": "deliberation",
}
ITEMS = {
    "物业服务态度": "property_attitude", "物业服务效率": "property_efficiency", "环境卫生": "environment",
    "社区治安": "safety", "文化活动": "culture", "一站式服务": "one_stop_service", "总体满意度": "overall",
}  # fmt: skip
EDUCATION = ["小学", "初中", "高中（中专、职高）", "大专", "本科", "研究生"]
FREQUENCY = ["从不", "偶尔", "有时", "经常"]
SCORES = ["非常不满意", "不满意", "一般", "满意", "非常满意"]
DESIGN = {"respondents": {"weights": "weight", "strata": "stratum", "clusters": "cluster"}}
SETTINGS = {
    "terms": None,
    "waves": ["first"],
    "wave_years": {"first": "2018"},
    "chapters": ["5_participation", "6_satisfaction"],
    "design": DESIGN,
    "groups": ["women", "men", "party_members"],
}
ABOUT = ["受访者编号", "社区编号", "抽样权数", "层", "初级抽样单元", "性别", "出生年份", "学历", "中共党员"]
"""What is known of a respondent, as nanchang's respondents.csv calls it."""
COLUMNS = [
    "respondent_id", "community_id", "weight", "stratum", "cluster", "sex", "birth_year", "education", "is_party_member",
]  # fmt: skip
"""The same, as the catalogue calls it."""


def people() -> pd.DataFrame:
    """One row a respondent: about them, `took <activity>` (yes or no), `often <activity>` and `rated <item>`; or empty."""
    about, told, rated = (_wave(f"{name}.csv") for name in ("respondents", "participation", "satisfaction"))
    often = told.pivot(index="受访者编号", columns="活动类型", values="参与频率")
    asked = often.isin(FREQUENCY).all(axis=1)
    frame = about.iloc[::3].set_index("受访者编号", drop=False)
    asked = asked.loc[frame.index]
    for activity in ACTIVITIES:
        often_one = often.loc[frame.index, activity].where(asked, "")
        frame[f"often {activity}"] = often_one
        frame[f"took {activity}"] = often_one.map(lambda text: "" if text == "" else "no" if text == "从不" else "yes")
    marks = rated.pivot(index="受访者编号", columns="题项", values="评分").reindex(frame.index)
    for item in ITEMS:
        frame[f"rated {item}"] = marks[item].where(marks[item].isin(SCORES), "")
    return frame.reset_index(drop=True)


def _wave(file: str) -> pd.DataFrame:
    rows = pd.read_csv(RAW / file, dtype=str, keep_default_na=False)
    return rows[rows["调查轮次"] == "第一次"]


def original(make_study: Callable[..., Path], frame: pd.DataFrame) -> Path:
    """The study of the survey as three CSV files, one row an answer."""
    took, rated = (
        frame.melt(["受访者编号"], [f"{kind} {one}" for one in of], "what")
        for kind, of in (("took", ACTIVITIES), ("rated", ITEMS))
    )
    often = frame.melt(["受访者编号"], [f"often {one}" for one in ACTIVITIES], "what")
    took = took.assign(frequency=often["value"].replace("", "-8"), value=took["value"].replace("", "-8"))
    files = {"respondents.csv": frame[ABOUT], "participation.csv": took, "satisfaction.csv": rated}
    not_asked, no_answer = {"missing": {"-8": "not_asked"}}, {"missing": {"": "no_answer"}}
    names = {
        kind: {f"{kind} {word}": level for word, level in of.items()}
        for kind, of in (("took", ACTIVITIES), ("rated", ITEMS))
    }
    about = dict(zip(COLUMNS, ABOUT, strict=True))
    columns = {
        "respondents": about | {"education": {"column": "学历", **no_answer}},
        "participation": {
            "respondent_id": "受访者编号",
            "activity": {"column": "what", "values": names["took"]},
            "took_part": {"column": "value", **not_asked},
            "frequency": {"column": "frequency", **not_asked},
        },
        "satisfaction": {
            "respondent_id": "受访者编号",
            "item": {"column": "what", "values": names["rated"]},
            "score": {"column": "value", **no_answer},
        },
    }
    folder = written(
        make_study, "original", {table: {"file": f"{table}.csv", "columns": own} for table, own in columns.items()}
    )
    for file, rows in files.items():
        rows.to_csv(folder / "data" / file, index=False)
    return folder


def written(make_study: Callable[..., Path], name: str, sources: dict[str, dict]) -> Path:
    """A study whose tables come from the given files, one a table."""
    tables = {table: {"files": [{"set": {"wave": "first"}} | source]} for table, source in sources.items()}
    return make_study(name=name, settings=SETTINGS | {"tables": tables})


def wide(
    file: dict, about: dict, took: dict[str, str], often: dict[str, str], rated: dict[str, str], values: dict
) -> dict:
    """The sources of the three tables that stand side by side in one file.

    `about` is catalogue column → heading; `took`, `often` and `rated` are activity or item → heading; `values` is the
    catalogue's column → what is written there → what is meant.
    """
    cells = {
        column: {"values": values[column]} if column in values else {} for column in ("took_part", "frequency", "score")
    }
    acts = {level: {"took_part": took[word], "frequency": often[word]} for word, level in ACTIVITIES.items()}
    scores = {level: {"score": rated[word]} for word, level in ITEMS.items()}
    known = {
        column: {"column": heading} | ({"values": values[column]} if column in values else {})
        for column, heading in about.items()
    }
    by = {"respondent_id": about["respondent_id"]}
    own = {column: cells[column] for column in ("took_part", "frequency")}
    return {
        "respondents": file | {"columns": known},
        "participation": file | {"columns": by, "items": {"column": "activity", "cells": own, "levels": acts}},
        "satisfaction": file
        | {"columns": by, "items": {"column": "item", "cells": {"score": cells["score"]}, "levels": scores}},
    }


def workbook(path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    """Rows of each sheet as an .xlsx file."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def measured(folder: Path) -> pd.DataFrame:
    """Measures of chapters 5 and 6: who takes part, how often, what they answered on each item and who did not answer."""
    opened = study.open(str(folder))
    activities, asked = participation.prepared(opened), questionnaire_of(opened)
    tables = [made(asked).table for made in (satisfaction.shares, satisfaction.mean_score, satisfaction.nonresponse)]
    return combined([participation.rates(activities), frequencies_of(opened, activities), *tables])
