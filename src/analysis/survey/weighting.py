"""Weights of the respondents that meet what a census counts, wave by wave, and the report that goes with them.

The respondents gain `calibrated_weight` and `calibration_cell`, the cells whose totals it meets, from which errors know of the
calibration (`analysis.inference.CalibratedOn`). Formulas and sources: docs/methods.md#calibration.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.ages import age_bands, with_age
from analysis.catalogue import Catalogue
from analysis.errors import StudyError, listing, nearest
from analysis.inference import SurveyDesign, calibrate, rake, weight_summary
from analysis.inference.calibration import CalibratedDesign
from analysis.inference.design import BETWEEN_CELLS, CalibratedOn
from analysis.on_engine import ASKED, RESPONDENT
from analysis.settings import Calibrate, Design, Settings
from analysis.survey import population
from analysis.survey.population import CROSSED

WEIGHT, CELL = "calibrated_weight", "calibration_cell"
"""Columns that the respondents gain."""
BAND = "age_band"
JOINED = "+"
"""Between the levels of a cell that was joined of several."""
KINDS = ("level", "boolean", "id", "text")
"""Types of columns that can be a margin."""


class Weighting(NamedTuple):
    """What calibration did.

    Attributes
    ----------
    column
        The column of the weights.
    made_from
        What errors must know of them.
    margins
        One row a wave and level of a margin: `wave`, `margin`, `level`, `cell` (the level, or those that were joined), `n`,
        `count`, the shares `unweighted`, `start`, `calibrated`, `population`, and `source` and `year` of the count.
    waves
        One row a wave: `wave`, `n`, `steps` of the search, `trimmed` (weights at a limit), `joined` (levels that stand in a
        joined cell), `least` and `greatest` factor of a weight over the mean factor, and Kish's `design_effect` and
        `effective_n` of the weights before.
    """

    column: str
    made_from: CalibratedOn
    margins: pd.DataFrame
    waves: pd.DataFrame


def weigh(
    people: pd.DataFrame, settings: Settings, catalogue: Catalogue, folder: Path
) -> tuple[pd.DataFrame, Weighting]:
    """The respondents with calibrated weights, as study.yml declares them.

    Parameters
    ----------
    people
        Everybody who is in the study. Rows that the design sets aside have no calibrated weight.
    folder
        The study's, where the population's numbers lie.

    Raises
    ------
    StudyError
        `margin_column_absent`, `margin_missing`, `start_without_weights`, `level_without_population`,
        `cell_without_respondents`; what `population.read` raises; and what the kernel says of totals
        that contradict each other or can't be met.
    """
    declared, design = settings.calibrate["respondents"], settings.design.get(ASKED, Design())
    place = f"{folder / 'study.yml'}: calibrate.{ASKED}"
    if declared.start == "weight" and not design.weights:
        raise StudyError("start_without_weights", place)
    drawn = people[_is_drawn(people, design)]
    columns = list(dict.fromkeys(name for margin in declared.margins for name in margin.split(CROSSED)))
    keys = _keys(drawn, columns, settings, catalogue, place)
    waves = list(drawn["wave"].unique())
    counts = population.read(folder, declared.population, declared.margins, waves, catalogue)
    weights, cells, told, did = [], [], [], []
    for wave, rows in drawn.groupby("wave", sort=False):
        at = f"{place}, {wave}" if len(waves) > 1 else place
        of_wave = counts[counts["wave"] == wave]
        levels = {margin: _level(keys.loc[rows.index], margin) for margin in declared.margins}
        own = pd.concat(_joined(levels[margin], part, declared, at) for margin, part in _by_margin(of_wave, levels, at))
        in_cells = pd.DataFrame({margin: level.map(own.set_index("level")["cell"]) for margin, level in levels.items()})
        made, trimmed = _calibrated(rows, in_cells, own, declared, design, at)
        weights.append(made.weights)
        cells.append(_together([f"wave={wave}{CROSSED}" + of for _, of in in_cells.items()], BETWEEN_CELLS))
        told.append(_shares(own, levels, rows, made, declared, design))
        joined = int(own["cell"].str.contains(JOINED, regex=False).sum())
        before = weight_summary(made.weights / made.g)
        facts = {"wave": wave, "n": len(rows), "steps": made.steps, "trimmed": trimmed, "joined": joined}
        factors = made.g * (made.weights / made.g).sum() / made.weights.sum()
        uneven = {"least": factors.min(), "greatest": factors.max(), **before[["design_effect", "effective_n"]]}
        did.append(facts | uneven)
    gained = {WEIGHT: pd.concat(weights).astype("Float64"), CELL: pd.concat(cells).astype("str")}
    made_from = CalibratedOn(CELL, design.weights if declared.start == "weight" else None, tuple(RESPONDENT))
    return people.assign(**gained), Weighting(WEIGHT, made_from, pd.concat(told, ignore_index=True), pd.DataFrame(did))


def _is_drawn(people: pd.DataFrame, design: Design) -> pd.Series:
    """Who is in the sample of the design: not those without a stratum, where it sets them aside."""
    first = design.strata if isinstance(design.strata, str) else next(iter(design.strata or []), None)
    if first is None or design.missing_strata == "refuse" or first not in people:
        return pd.Series(True, index=people.index)
    return people[first].notna()


def _keys(
    people: pd.DataFrame, columns: Sequence[str], settings: Settings, catalogue: Catalogue, place: str
) -> pd.DataFrame:
    """The columns of the margins as text, without missing values."""
    frame = with_age(people, settings.wave_years) if BAND in columns else people
    if "age_years" in frame and BAND not in frame:
        frame = frame.assign(**{BAND: age_bands(frame["age_years"], catalogue.level_set(BAND))})
    known = [str(name) for name in frame if not str(name).endswith("_missing") and _can_be_margin(str(name), catalogue)]
    for column in columns:
        if column not in known:
            facts = {"column": column, "nearest": nearest(column, known), "known": listing(known, 40)}
            raise StudyError("margin_column_absent", f"{place}.margins", **facts)
        missing = int(frame[column].isna().sum())
        if missing:
            raise StudyError("margin_missing", f"{place}.margins", column=column, count=missing, total=len(frame))
    return frame[list(columns)].astype("str")


def _can_be_margin(column: str, catalogue: Catalogue) -> bool:
    entry = catalogue.column(column)
    return entry["type"] in KINDS and not entry.get("identifying")


def _level(keys: pd.DataFrame, margin: str) -> pd.Series:
    """The level of each respondent, as `population.cell` names it."""
    return _together([f"{column}=" + keys[column] for column in margin.split(CROSSED)], CROSSED)


def _together(texts: Sequence[pd.Series], between: str) -> pd.Series:
    first, *others = texts
    return first.str.cat(others, sep=between) if others else first


def _by_margin(counts: pd.DataFrame, levels: dict[str, pd.Series], place: str) -> list[tuple[str, pd.DataFrame]]:
    """The population's numbers of each margin, with a number for every level that somebody has."""
    parts = []
    for margin, level in levels.items():
        part = counts[counts["margin"] == margin]
        bare = level[~level.isin(part["level"])]
        if len(bare):
            facts = {"list": listing(bare.unique(), 5), "count": len(bare), "margin": margin}
            raise StudyError("level_without_population", place, **facts)
        parts.append((margin, part))
    return parts


def _joined(level: pd.Series, counts: pd.DataFrame, declared: Calibrate, place: str) -> pd.DataFrame:
    """The numbers of a margin with `n`, the respondents of each level, and its `cell`.

    A cell with fewer respondents than `merge_below` is joined with the smaller of its neighbours, the smallest cell first;
    in a crossed margin only levels of the last column are neighbours.
    """
    own = counts.assign(n=level.value_counts().reindex(counts["level"], fill_value=0).to_numpy())
    cells = [[name] for name in own["level"]]
    sizes = dict(zip(own["level"], own["n"], strict=True))

    def size(of: list[str]) -> int:
        return int(sum(sizes[name] for name in of))

    def beside(one: list[str], other: list[str]) -> bool:
        return one[0].rpartition(CROSSED)[0] == other[0].rpartition(CROSSED)[0]

    while small := [i for i, of in enumerate(cells) if size(of) < declared.merge_below]:
        pairs = [(size(cells[i]), size(cells[j]), i, j) for i in small for j in (i - 1, i + 1) if 0 <= j < len(cells)]
        pairs = [pair for pair in pairs if beside(cells[pair[2]], cells[pair[3]])]
        if not pairs:
            break
        *_, i, j = min(pairs)
        first = min(i, j)
        cells[first : first + 2] = [cells[first] + cells[first + 1]]
    empty = [JOINED.join(of) for of in cells if size(of) < max(declared.merge_below, 1)]
    if empty:
        facts = {"count": len(empty), "list": listing(empty, 5), "least": max(declared.merge_below, 1)}
        raise StudyError("cell_without_respondents", place, **facts)
    return own.assign(cell=own["level"].map({name: JOINED.join(of) for of in cells for name in of}))


def _calibrated(
    rows: pd.DataFrame, cells: pd.DataFrame, counts: pd.DataFrame, declared: Calibrate, design: Design, place: str
) -> tuple[CalibratedDesign, int]:
    """The weights of one wave, and how many of them were held at a limit."""
    totals = {
        str(margin): part.groupby("cell", sort=False)["count"].sum().to_dict()
        for margin, part in counts.groupby("margin", sort=False)
    }
    frame = cells.assign(_start=rows[design.weights] if declared.start == "weight" else 1.0)
    before = SurveyDesign(weights="_start")
    mean = sum(next(iter(totals.values())).values()) / int((frame["_start"] > 0).sum())
    trim = declared.trim
    limits = (trim.low * mean, trim.high * mean) if trim else None
    try:
        if declared.method == "raking":
            made = rake(frame, before, totals, limits)
        else:
            made = calibrate(frame, before, totals, "linear", limits=limits)
    except StudyError as error:
        named = {"name": str(error.facts["name"]).partition("=")[2]} if "name" in error.facts else {}
        raise StudyError(error.key, place, **error.facts | named) from None
    if limits is None:
        return made, 0
    used = made.weights[frame["_start"] > 0]
    return made, int((~used.between(*limits, inclusive="neither")).sum())


def _shares(
    counts: pd.DataFrame,
    levels: dict[str, pd.Series],
    rows: pd.DataFrame,
    made: CalibratedDesign,
    declared: Calibrate,
    design: Design,
) -> pd.DataFrame:
    """The share of each level in the sample, unweighted and by both weights, and in the population."""
    weights = {"unweighted": pd.Series(1.0, index=rows.index), "calibrated": made.weights}
    if declared.start == "weight":
        weights["start"] = rows[design.weights].astype(float)
    parts = []
    for margin, part in counts.groupby("margin", sort=False):
        shares = {
            name: (of.groupby(levels[str(margin)]).sum() / of.sum()).reindex(part["level"], fill_value=0).to_numpy()
            for name, of in weights.items()
        }
        parts.append(part.assign(**shares, population=part["count"] / part["count"].sum()))
    told = pd.concat(parts, ignore_index=True)
    return told if "start" in told else told.assign(start=np.nan)
