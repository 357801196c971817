"""The tables that papers need, laid out as text: `analysis.paper_tables` in words, after disclosure control."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd

from analysis.measure import identified
from analysis.reporting.wording import MISSING, Wording, width

INDENT = "\u2003"
"""Before a category, below the name of its column."""
STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
"""Below which p an estimate has how many stars."""
CONSTANT = "constant"


class Cell(str):
    """A cell that shows a row of the measure table: its text, the row's id, and how many that rests on (n)."""

    id = n = ""


class Sheet(NamedTuple):
    """A table of text with its title and notes, and of each cell the id of the row that it shows and how many that rests on."""

    title: str
    grid: pd.DataFrame
    notes: list[str]
    ids: list[list[str]]
    counts: list[list[str]]


def sheets(kind: str, table: pd.DataFrame, words: Wording) -> list[Sheet]:
    """A released measure table of a kind of `paper_tables.KINDS` as tables of text."""
    return LAYOUTS[kind](table.assign(id=identified(table)), words)


def characteristics(table: pd.DataFrame, words: Wording) -> list[Sheet]:
    """Columns below each other with their categories; counts and estimates of each group beside each other."""
    has_groups = _has(table, "by_category")
    groups = list(table["by_category"].dropna().unique()) if has_groups else [None]
    headings = [_group_heading(table, group, words) for group in groups]
    lines: list[tuple[str, list[str]]] = []
    for variable, rows in table.dropna(subset="variable").groupby("variable", sort=False):
        p = _only(rows, measure="test_p")
        blank = [""] * (2 * len(groups))
        lines.append((_titled(variable, rows, words), [*blank, *([_p(p, words)] if has_groups else [])]))
        shown = rows[rows["measure"] != "test_p"]
        categories = shown["category"] if _has(shown, "category") else pd.Series(pd.NA, shown.index)
        for (measure, category), part in shown.groupby([shown["measure"], categories], sort=False, dropna=False):
            label = words.measure(str(measure)) if pd.isna(category) else words.label("category", category)
            cells = [cell for group in groups for cell in _counted(part, group, words)]
            lines.append((INDENT + label, [*cells, *([""] if has_groups else [])]))
    columns = [text for heading in headings for text in heading] + ([words.text("sheet_p")] if has_groups else [])
    tested = [words.text("sheet_p_tests")] if has_groups else []
    title = words.text("sheet_characteristics")
    if has_groups:
        group = words.label("grouped_by", table["grouped_by"].dropna().iloc[0])
        title = words.text("sheet_characteristics_by", group=group)
    notes = [words.text("sheet_weighted"), *tested, *_notes(table, words)]
    return [_sheet(title, lines, columns, words.heading("variable"), notes)]


def crosstab(table: pd.DataFrame, words: Wording) -> list[Sheet]:
    """Categories against categories, with the number of rows in each cell, and the test below."""
    shares = table[table["measure"] == "conditional_share"]
    tests = table[table["measure"].str.startswith("test_")]
    first, second = tests[["variable", "grouped_by"]].iloc[0]
    by_row = shares["grouped_by"].iloc[0] == first
    down, across = ("by_category", "category") if by_row else ("category", "by_category")
    columns = list(shares[across].unique())
    lines = []
    for name, rows in shares.groupby(down, sort=False):
        cells = [_share(_only(rows, **{across: column}), words) for column in columns]
        lines.append((words.label(down, name), [*cells, *([_base(rows, words)] if by_row else [])]))
    if not by_row:
        bases = [_base(shares[shares[across] == column], words) for column in columns]
        lines.append((words.text("sheet_base"), bases))
    headings = [*words.labels(across, columns), *([words.text("sheet_base")] if by_row else [])]
    names = [words.label("variable", name) for name in (first, second)]
    title = words.text("sheet_crosstab", rows=names[0], columns=names[1])
    percent = words.text("sheet_percent_row" if by_row else "sheet_percent_column")
    return [_sheet(title, lines, headings, names[0], [_test(tests, words), percent, *_notes(table, words)])]


def means(table: pd.DataFrame, words: Wording) -> list[Sheet]:
    """Means of the groups beside each other with their test, and below the differences of all pairs."""
    rows = table[table["measure"] == "column_mean"]
    groups = list(rows["by_category"].unique())
    lines, pairs = [], []
    for variable, part in table.dropna(subset="variable").groupby("variable", sort=False):
        own = part[part["measure"] == "column_mean"]
        cells = [_cell(_only(own, by_category=group), words) for group in groups]
        lines.append(
            (_titled(variable, own, words), [*cells, *_f(part, words), _p(_only(part, measure="test_p"), words)])
        )
        for contrast, pair in part.dropna(subset="contrast").groupby("contrast", sort=False):
            label = f"{words.label('variable', variable)}{words.text('sheet_colon')}{words.label('contrast', contrast)}"
            tests = [_p(_only(pair, measure=name), words) for name in ("difference_p", "difference_p_holm")]
            pairs.append((label, [_cell(_only(pair, measure="mean_difference"), words), *tests]))
    group = words.label("grouped_by", rows["grouped_by"].iloc[0])
    f = [words.text("sheet_f"), words.text("sheet_p")]
    named = [words.measure(name) for name in ("mean_difference", "difference_p", "difference_p_holm")]
    compared = table[table["measure"].isin(["mean_difference", "difference_p", "difference_p_holm"])]
    return [
        _sheet(
            words.text("sheet_means", group=group),
            lines,
            [*words.labels("by_category", groups), *f],
            words.heading("variable"),
            [words.text("sheet_wald"), *_notes(table.drop(compared.index), words)],
        ),
        _sheet(
            words.text("sheet_pairs", group=group),
            pairs,
            named,
            words.heading("contrast"),
            [words.text("sheet_holm"), *_notes(compared, words)],
        ),
    ]


def correlations(table: pd.DataFrame, words: Wording) -> list[Sheet]:
    """A triangle of correlations with stars."""
    pairs = table[table["measure"] == "column_correlation"]
    names = list(dict.fromkeys([*pairs["with_variable"], *pairs["variable"]]))
    lines, stars = [], False
    for place, name in enumerate(names):
        cells = [""] * len(names)
        cells[place] = "1"
        for other in range(place):
            where = {"variable": name, "with_variable": names[other]}
            p = _only(table, measure="correlation_p", **where)
            mark = _stars(p)
            stars |= bool(mark)
            own = _only(pairs, **where)
            cells[other] = _of(own, _value(own, words) + mark, words)
        lines.append((f"{place + 1}. {words.label('variable', name)}", cells))
    columns = [str(place + 1) for place in range(len(names))]
    base = words.text("sheet_complete", count=words.count(pairs["n"].max()))
    notes = [base, *_legend(stars, words), *_notes(table.assign(interval="none"), words)]
    return [_sheet(words.text("sheet_correlations"), lines, columns, words.heading("variable"), notes)]


def regression(table: pd.DataFrame, words: Wording) -> list[Sheet]:
    """Models side by side: coefficients with stars and standard errors, odds ratios with intervals, rows and df."""
    rows = table.dropna(subset="model")
    columns, headings, stars = [], [], False
    order = _predictors(rows)
    for model, own in rows.groupby("model", sort=False):
        is_logistic = (own["measure"] == "regression_odds_ratio").any()
        outcome = words.label("explained", own["explained"].iloc[0])
        kind = words.text("sheet_logistic" if is_logistic else "sheet_linear")
        headings.append(words.text("sheet_model", model=model, outcome=outcome, kind=kind))
        column = []
        for predictor in order:
            estimate = _only(own, measure="regression_coefficient", predictor=predictor)
            mark = _stars(_only(own, measure="regression_p", predictor=predictor))
            stars |= bool(mark)
            column.append(_coefficient(estimate, mark, words))
        sizes = [_value(_only(own, measure=name), words) for name in ("model_rows", "model_df")]
        columns.append([*column, *sizes])
        if is_logistic:
            headings.append(words.text("sheet_odds_ratio", model=model))
            ratios = [_only(own, measure="regression_odds_ratio", predictor=predictor) for predictor in order]
            columns.append([*("" if one is None else _cell(one, words) for one in ratios), "", ""])
    labels = [*words.labels("predictor", order), *(words.measure(name) for name in ("model_rows", "model_df"))]
    lines = [(label, [column[place] for column in columns]) for place, label in enumerate(labels)]
    is_coefficient = rows["measure"] == "regression_coefficient"
    told = rows.assign(
        interval=rows["interval"].mask(is_coefficient, "none"), coverage=rows["coverage"].mask(is_coefficient)
    )
    notes = [words.text("sheet_standard_errors"), *_legend(stars, words), *_notes(told, words)]
    return [_sheet(words.text("sheet_regression"), lines, headings, words.heading("predictor"), notes)]


def reliability(table: pd.DataFrame, words: Wording) -> list[Sheet]:
    """Items of a scale with their loadings, and the scale as a whole."""
    of_items = table.dropna(subset="item")
    columns = ["factor_loading", "item_rest_correlation", "alpha_without_item"]
    lines = [
        (words.label("item", item), [_cell(_only(rows, measure=name), words) for name in columns])
        for item, rows in of_items.groupby("item", sort=False)
    ]
    whole = table[table["item"].isna()]
    scale = [(words.measure(row["measure"]), [_cell(row, words)]) for _, row in whole.iterrows()]
    df = whole.loc[whole["measure"] == "bartlett_chi_square", "df"]
    bartlett = [words.text("sheet_bartlett", df=words.count(df.iloc[0]))] if len(df) else []
    headings = [words.measure(name) for name in columns]
    notes = [*bartlett, *_notes(whole, words)]
    return [
        _sheet(words.text("sheet_items"), lines, headings, words.heading("item"), _notes(of_items, words)),
        _sheet(words.text("sheet_reliability"), scale, [words.text("column_estimate")], words.text("measure"), notes),
    ]


LAYOUTS: dict[str, Callable[[pd.DataFrame, Wording], list[Sheet]]] = {
    "characteristics": characteristics,
    "crosstab": crosstab,
    "means": means,
    "correlations": correlations,
    "regression": regression,
    "reliability": reliability,
}


def three_lines(sheet: Sheet, notes: Sequence[str]) -> str:
    """A sheet for the terminal: rules above, below the headings and below the table; Chinese characters are two wide."""
    rows = [[sheet.grid.index.name or "", *sheet.grid.columns]]
    rows += [[str(name), *cells] for name, cells in zip(sheet.grid.index, sheet.grid.to_numpy(), strict=True)]
    widths = [max(width(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join(_padded(cell, most) for cell, most in zip(row, widths, strict=True)).rstrip() for row in rows]
    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([sheet.title, rule, lines[0], rule, *lines[1:], rule, *notes]) + "\n"


def _padded(text: str, most: int) -> str:
    return text + " " * (most - width(text))


def _sheet(
    title: str, lines: Sequence[tuple[str, list[str]]], columns: Sequence[str], heading: str, notes: list[str]
) -> Sheet:
    index = pd.Index([label for label, _ in lines], name=heading)
    grid = pd.DataFrame([cells for _, cells in lines], index=index, columns=list(columns), dtype="str")
    shown = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in cells] for _, cells in lines]
    ids, counts = ([[getattr(cell, part) for cell in cells] for cells in shown] for part in ("id", "n"))
    return Sheet(title, grid, notes, ids, counts)


def _of(row: pd.Series | None, text: str, words: Wording) -> str:
    """A text as a cell that shows a row."""
    cell = Cell(text)
    if row is not None:
        cell.id, cell.n = row["id"], "" if pd.isna(row["n"]) else words.count(row["n"])
    return cell


def _has(table: pd.DataFrame, column: str) -> bool:
    return column in table and bool(table[column].notna().any())


def _only(table: pd.DataFrame, **where: object) -> pd.Series | None:
    """The one row where columns have these values; None where there is none."""
    rows = table
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows.iloc[0] if len(rows) else None


def _cell(row: pd.Series | None, words: Wording) -> str:
    """An estimate with its interval."""
    return MISSING if row is None else _of(row, words.cell(row), words)


def _value(row: pd.Series | None, words: Wording) -> str:
    """An estimate without its interval."""
    if row is None or row["reason"]:
        return _cell(row, words)
    return _of(row, words.number(row["estimate"], row["unit"]), words)


def _p(row: pd.Series | None, words: Wording) -> str:
    return _value(row, words) if row is not None else ""


def _stars(p: pd.Series | None) -> str:
    """The stars of a p-value that is shown."""
    if p is None or p["reason"]:
        return ""
    return next((mark for bound, mark in STARS if p["estimate"] < bound), "")


def _legend(has_stars: bool, words: Wording) -> list[str]:
    return [words.text("sheet_stars")] if has_stars else []


def _coefficient(row: pd.Series | None, mark: str, words: Wording) -> str:
    if row is None:
        return ""
    if row["reason"] == "reference":
        return words.text("sheet_reference")
    value = _value(row, words)
    return value if row["reason"] else _of(row, f"{value}{mark} ({words.number(row['se'], row['unit'])})", words)


def _share(row: pd.Series | None, words: Wording) -> str:
    """A share with the number of rows that it counts."""
    if row is None or row["reason"]:
        return _cell(row, words)
    return _of(row, words.text("sheet_share", cell=words.cell(row), count=words.count(row["numerator"])), words)


def _base(rows: pd.DataFrame, words: Wording) -> str:
    """The number of rows that shares are of, where one of them is shown."""
    return words.count(rows["denominator"].max()) if rows["denominator"].notna().any() else words.text("hidden")


def _counted(rows: pd.DataFrame, group: str | None, words: Wording) -> list[str]:
    """Number of rows and estimate of a group; of a share the rows that it counts."""
    row = _only(rows) if group is None else _only(rows, by_category=group)
    if row is None:
        return ["", ""]
    if row["reason"] == "hidden":
        return [words.text("hidden"), _cell(row, words)]
    count = row["numerator"] if row["unit"] == "proportion" else row["n"]
    return [words.count(count), _cell(row, words)]


def _group_heading(table: pd.DataFrame, group: str | None, words: Wording) -> list[str]:
    if group is None:
        return [words.text("sheet_n"), words.text("sheet_estimate")]
    size = _only(table, measure="group_size", by_category=group)
    label = words.label("by_category", group)
    return [
        words.text("sheet_group_n", group=label),
        words.text("sheet_group_estimate", group=label, count=_value(size, words)),
    ]


def _titled(variable: object, rows: pd.DataFrame, words: Wording) -> str:
    """A column's name with the unit of its numbers."""
    units = set(rows["unit"]) - {"value", "proportion", "p"}
    name = words.label("variable", variable)
    return words.text("sheet_of_unit", column=name, unit=words.unit(units.pop())) if units else name


def _f(rows: pd.DataFrame, words: Wording) -> list[str]:
    """F with its degrees of freedom."""
    statistic, df, below = (_only(rows, measure=f"test_{part}") for part in ("statistic", "df", "denominator_df"))
    if statistic is None or statistic["reason"]:
        return [_cell(statistic, words)]
    return [_of(statistic, f"{_value(statistic, words)} ({_df(df)}, {_df(below)})", words)]


def _df(row: pd.Series | None) -> str:
    """Degrees of freedom, whole where they are."""
    return MISSING if row is None or pd.isna(row["estimate"]) else f"{row['estimate']:.2f}".rstrip("0").rstrip(".")


def _test(tests: pd.DataFrame, words: Wording) -> str:
    """A test in one sentence."""
    statistic, df, below, p = (
        _only(tests, measure=f"test_{part}") for part in ("statistic", "df", "denominator_df", "p")
    )
    assert statistic is not None
    printed = _value(p, words)
    return words.text(
        "sheet_test",
        test=words.label("test", statistic["test"]),
        statistic=_value(statistic, words),
        df=_df(df),
        below=_df(below),
        p=f"p {printed}" if printed.startswith("<") else f"p = {printed}",
    )


def _predictors(rows: pd.DataFrame) -> list[str]:
    """The predictors in the order of the models, a reference before the categories compared with it, the constant last."""
    known = rows[rows["measure"] == "regression_coefficient"]
    order = list(dict.fromkeys(known.loc[known["reason"] != "reference", "predictor"]))
    for reference in known.loc[known["reason"] == "reference", "predictor"].unique():
        column = reference.partition("=")[0] + "="
        first = next((place for place, name in enumerate(order) if name.startswith(column)), len(order))
        if reference not in order:
            order.insert(first, reference)
    return sorted(order, key=lambda name: name == CONSTANT)


def _notes(table: pd.DataFrame, words: Wording) -> list[str]:
    """What the reader must know; that p-values have no interval is no news."""
    return [note for note in words.notes(table) if note != words.text("interval_none")]
