"""A report small enough to read, with the names that a user's data may have."""

from decimal import ROUND_HALF_UP, Decimal

import matplotlib.pyplot as plt

from analysis.catalogue import base
from analysis.reporting import blocks, figures
from analysis.reporting.blocks import Figure, Table, Text
from analysis.reporting.documents.model import Chapter, Report
from analysis.reporting.figures import svg
from analysis.reporting.wording import Wording

LONG = "社区" * 60 + "x" * 80
"""200 characters, 80 of them a word without a break."""
NAMES = [
    'C1 "引号" <b>&amp;</b>',
    "#panic() $x$ @ref *强调* _a_",
    r"\input{/etc/passwd} {%} ~ ^ [1]",
    "../../etc/passwd",
    '=HYPERLINK("http://x")',
    "C7\u202egnorts",
    "C8 \U0010fffd\x07",
    "同名社区",
    "同名社区",
    LONG,
]
CELLS = [["62.5% (60.1%–64.9%)", "−3", "1,234"], ["〔已隐去〕", "–", "<5"]]


def table(name: str = "named", rows: int = 10, columns: int = 3, title: str = "表 1-1 各社区 <b>#x</b>") -> Table:
    """A table whose first column has the names."""
    return Table(
        name,
        title,
        "社区",
        [f"指标{place}" for place in range(1, columns + 1)],
        [[NAMES[row % 10], *(CELLS[row % 2][place % 3] for place in range(columns))] for row in range(rows)],
        ["人数：1,234", "来源：=某处 #1"],
    )


def figure() -> Figure:
    """A figure of one point."""
    with figures.house_style():
        drawn, axes = plt.subplots(figsize=(6, 2))
        axes.plot([1], [1], "o")
        drawn.suptitle("一个点", gid=svg.TITLE)
        return Figure(
            "point", "一个点", ["人数：1"], "第一次 62.5%", svg.drawn(drawn, "point", "一个点", "第一次 62.5%")
        )


def report(*chapters: list[blocks.Block], language: str = "zh") -> Report:
    """A report of these chapters on synthetic data."""
    words = Wording(base(), language)
    return Report(
        name="small",
        community="C1 <b>\"'&",
        language=language,
        languages=["zh", "en"],
        title="小研究 #title <script>",
        summary="摘要 $1$ & <i>",
        chapters=[Chapter(f"{place}_c", f"第{place}章", shown) for place, shown in enumerate(chapters, 1)],
        origin=[("所有者", "本项目 #x")],
        counts=Table("counts", "读取的数据行", "数据表", ["读取"], [["roster.csv", "17"]], []),
        warnings=[words.text("note_synthetic")],
        words=words,
    )


def small(language: str = "zh") -> Report:
    """Text, tables and a figure; an empty chapter; a table of 300 rows, and one of 40 columns."""
    text = Text("### 小标题\n\n**强调** `code` \\#panic() [链](https://example.org)\n\n- 一\n- 二 <script>\n")
    tables = [table(), table("long", rows=300, title="长表"), table("broad", columns=40, title="宽表")]
    return report([text, *tables, figure()], [], language=language)


def shown(value, pattern):
    """What Excel shows of a number: the sections of a format for positive and negative, rounded half away from zero."""
    positive, _, negative = pattern.replace("_)", "").partition(";")  # room beside a number is not seen
    section = negative if value < 0 and negative else positive
    if section.startswith('"'):
        return section.strip('"')
    minus, percent = section.startswith("−"), section.endswith("%")
    decimals = len(section.strip("−%").partition(".")[2])
    number = abs(Decimal(repr(float(value)))) * (100 if percent else 1)
    digits = f"{number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP):,}"
    return "−" * minus + digits + "%" * percent
