"""A survey of a million respondents that nobody gave: one CSV of 60 columns, and the study.yml that maps it.

Ids, levels in Chinese words, numbers, years, codes for missing answers (-8, 99), and a few cells at fault.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import yaml

RESPONDENTS = {
    "respondent_id": "编号", "community_id": "社区编号", "community_name": "社区", "subdistrict": "街道", "district": "区县",
    "city": "城市", "weight": "权数", "stratum": "层", "cluster": "单元", "population_size": "单元总数",
    "duration_seconds": "用时", "sex": "性别", "birth_year": "出生年份", "age_years": "年龄", "age_group": "年龄组",
    "education": "学历", "income": "月收入", "income_band": "收入档次", "social_class": "社会阶层", "ethnic_group": "民族",
    "housing_tenure": "住房", "is_party_member": "党员", "is_retired_cadre": "老干部", "is_hardship": "困难",
    "is_migrant": "外来", "wave": "轮次",
}  # fmt: skip
"""The 26 columns of the respondents' table."""
ITEMS = 10
"""Items of satisfaction: an answer in words and a mark each, 20 columns."""
ACTIVITIES = 7
"""Kinds of activity: whether, and how often, 14 columns."""
COMMUNITIES = 2000
LEVELS = {
    "age_group": ["18—29岁", "30—44岁", "45—59岁", "60岁及以上"],
    "income_band": ["三千以下", "三千至六千", "六千至一万", "一万以上"],
    "social_class": ["下层", "中下层", "中层", "中上层", "上层"],
    "ethnic_group": ["汉族", "回族", "壮族", "其他民族"],
    "housing_tenure": ["自有", "租住", "单位住房"],
    "item": [f"题项{number}" for number in range(1, ITEMS + 1)],
    "activity": [f"活动{number}" for number in range(1, ACTIVITIES + 1)],
}
"""Levels that the study adds to the catalogue."""
AT_FAULT = 5
"""Cells of the column of sex that say what no level is called."""


def write(folder: Path, rows: int) -> Path:
    """Write the CSV, study.yml and origin.yml; the rows of the items are `rows` × 17 more."""
    from analysis.catalogue import base

    def words(column: str) -> list[str]:
        levels = base().levels_of(column).values()
        return LEVELS.get(column) or [str(entry.get("words", entry)["zh"]) for entry in levels]

    random = np.random.default_rng(20260101)
    community = random.integers(COMMUNITIES, size=rows)

    def of(choices: list[str]) -> np.ndarray:
        return np.array(choices, dtype=object)[random.integers(len(choices), size=rows)]

    def named(prefix: str, parts: int) -> np.ndarray:
        return np.array([f"{prefix}{number:04d}" for number in range(COMMUNITIES)], dtype=object)[community // parts]

    age = random.integers(18, 91, size=rows)
    sex = of(["男", "女"])
    sex[random.choice(rows, AT_FAULT, replace=False)] = "?"
    cells = {
        "编号": [f"R{number:08d}" for number in range(rows)],
        "社区编号": named("C", 1), "社区": named("和平社区", 1), "街道": named("街道", 20), "区县": named("区", 200),
        "城市": named("市", 1000), "权数": random.gamma(4, 0.25, rows).round(4), "层": named("S", 100),
        "单元": named("U", 2), "单元总数": 10 + community // 2 % 40, "用时": random.gamma(9, 60, rows).round(1),
        "性别": sex, "出生年份": 2025 - age, "年龄": np.where(random.random(rows) < 0.02, 999, age),
        "年龄组": of(words("age_group")), "学历": of(words("education")),
        "月收入": np.where(random.random(rows) < 0.1, -8, random.lognormal(8.3, 0.7, rows).round(2)),
        "收入档次": of(words("income_band")), "社会阶层": of(words("social_class")), "民族": of(words("ethnic_group")),
        "住房": of(words("housing_tenure")), "党员": of(["是", "否"]), "老干部": of(["是", "否"]),
        "困难": of(["是", "否", ""]), "外来": of(["是", "否"]), "轮次": of(["第一次"]),
    }  # fmt: skip
    for number in range(1, ITEMS + 1):
        cells[f"满意{number}"] = of([*words("score"), "99"])
        cells[f"打分{number}"] = random.integers(101, size=rows)
    for number in range(1, ACTIVITIES + 1):
        cells[f"参与{number}"] = of(["是", "否"])
        cells[f"频率{number}"] = of(words("frequency"))
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.table({name: pa.array(column) for name, column in cells.items()})
    with (folder / "survey.csv").open("wb") as file:
        file.write((",".join(table.column_names) + "\n").encode())
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
        pyarrow.csv.write_csv(table, file, options)
    _describe(folder)
    return folder / "survey.csv"


def _describe(folder: Path) -> None:
    keys = {"respondent_id": "编号", "wave": "轮次"}
    missing = {"age_years": {"999": "unknown"}, "income": {"-8": "refused"}}
    respondents = {
        column: {"column": name, "missing": missing[column]} if column in missing else name
        for column, name in RESPONDENTS.items()
    }
    levels = {
        column: {f"{column}_{place}": {"zh": word} for place, word in enumerate(words, 1)}
        for column, words in LEVELS.items()
    }
    satisfaction = {
        "column": "item",
        "cells": {"score": {"missing": {"99": "dont_know"}}},
        "levels": {item: {"score": f"满意{n}", "mark": f"打分{n}"} for n, item in enumerate(levels["item"], 1)},
    }
    participation = {
        "column": "activity",
        "levels": {
            item: {"took_part": f"参与{n}", "frequency": f"频率{n}"} for n, item in enumerate(levels["activity"], 1)
        },
    }
    words = {"zh": "虚构", "en": "Made up"}
    study = {
        "title": words, "summary": words, "languages": ["zh"], "chapters": ["1_data_quality"], "data_dir": str(folder),
        "waves": ["first"], "levels": levels,
        "tables": {
            "respondents": {"files": [{"file": "survey.csv", "columns": respondents}], "set_aside": str(AT_FAULT)},
            "satisfaction": {"files": [{"file": "survey.csv", "columns": keys, "items": satisfaction}]},
            "participation": {"files": [{"file": "survey.csv", "columns": keys, "items": participation}]},
        },
    }  # fmt: skip
    origin = {
        "title": words, "owner": words, "licence": "CC0", "date": "2026", "sampling": words, "is_synthetic": "true",
        "obtained": words,
    }  # fmt: skip
    for name, content in {"study": study, "origin": origin}.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
