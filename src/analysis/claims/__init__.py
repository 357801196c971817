"""Published claims, checked by machine: each figure against the data, and the figures against each other.

A study's claims.yml (or any file of that form) holds published figures with the sentences they stand in. `check` holds
each against the measure table of a study. `examine` needs no data: it finds what the figures imply and where they
contradict each other.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

import pandas as pd

from analysis import compute
from analysis.catalogue import entries
from analysis.claims import arithmetic, verdicts
from analysis.claims.ranges import Widths
from analysis.claims.records import Claim, Claims
from analysis.claims.verdicts import Computed
from analysis.claims.wording import Published, Quantity, Sentence, in_language, number_of, shown, text, width_of, word
from analysis.errors import StudyError
from analysis.measure import COLUMNS
from analysis.settings import load as load_settings
from analysis.study import Study

__all__ = ["CHECKED", "EXAMINED", "Claim", "Claims", "Widths", "check", "examine", "load", "load_of", "word"]

CHECKED = [
    "id", "figure", "sentence", "place", "year", "source", "published", "published_zh", "published_en", "relation",
    "unit", "computed", "synthetic_value", "verdict", "why", "why_zh", "why_en", "base_zh", "base_en", "n",
]  # fmt: skip
"""The columns of `check`."""
EXAMINED = [
    "finding", "claims", "figures", "quantity_zh", "quantity_en", "values", "unit", "low", "high", "why", "why_zh",
    "why_en",
]  # fmt: skip
"""The columns of `examine`."""
Tables = Callable[[str, tuple[str, ...]], "pd.DataFrame | None"]


def load(path: str | Path) -> Claims:
    """A claims file, checked key by key.

    Raises
    ------
    StudyError
        `claims_unreadable` where there is no such file, `claims_empty` where nothing stands in it; `settings_syntax`,
        `settings_key` and `settings_value` as for every settings file; `claim_reference` where a claim names a source,
        group, base, quantity, unit or claim that the file does not declare; `claim_field` where its relation lacks
        what it needs.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise StudyError("claims_unreadable", path, problem=problem.strerror) from None
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise StudyError("claims_empty", path)
    return load_settings(path, Claims)


def load_of(study: Study) -> Claims | None:
    """The claims of a study; None where its folder has no claims.yml."""
    path = study.folder / "claims.yml"
    return load(path) if path.is_file() else None


def check(study: Study) -> pd.DataFrame:
    """Every claim of a study against what its data give.

    Returns
    -------
    pandas.DataFrame
        One row per claim, the columns of `CHECKED`. `computed` is in the published unit (for an order, the least lead
        of one tier over the next); on synthetic data it stands in `synthetic_value` instead, and the verdict is
        `cannot_be_checked`, since the data were made to the figure. `why` is the key of the reason, `why_zh` and
        `why_en` are the sentences.

    Raises
    ------
    StudyError
        What `load` raises; `claim_field` where `computed_by` names no row of the measure table or several;
        `unknown_measure`, `unknown_group`.
    """
    file, widths = load_of(study), Widths.of(study)

    @cache
    def chapter(name: str, by: tuple[str, ...]) -> pd.DataFrame:
        measured: pd.DataFrame = import_module(f"analysis.{name}").measures(study, by)
        return measured

    def table(measure: str, by: tuple[str, ...]) -> pd.DataFrame | None:
        return _measured(study, measure, by, chapter)

    rows = [_checked(study, file, claim, widths, table) for claim in file.claims] if file else []
    numbers = dict.fromkeys(["computed", "synthetic_value", "n"], "float64")
    return pd.DataFrame(rows, columns=CHECKED).astype(numbers)


def _measured(study: Study, measure: str, by: tuple[str, ...], chapter: Tables) -> pd.DataFrame | None:
    """The rows of a measure, or None where the study's tables do not allow it."""
    known = entries("measures")["measures"]
    if measure in known:
        # A chapter computes all its measures at once, so claims share it.
        table = chapter(known[measure]["chapter"], by)
        rows = table[table["measure"] == measure] if table is not None else pd.DataFrame()
        if len(rows):
            return rows[[column for column in rows if column in COLUMNS or rows[column].notna().any()]]
    try:
        return compute.measures(study, measure, by)
    except StudyError as problem:
        if problem.key == "unknown_measure" and measure in known:
            return None
        raise StudyError(problem.key, study.folder / "claims.yml", **problem.facts) from None


def _checked(study: Study, file: Claims, claim: Claim, widths: Widths, table: Tables) -> dict[str, object]:
    computed, verdict, why = _judged(study, claim, widths, table)
    value = float(computed.value) if computed.value is not None else None
    published, base = Published(file, claim), file.groups[claim.population].words
    said = [*why, *([Sentence("noted", {"note": claim.note})] if claim.note else [])]
    return {
        "id": claim.id,
        "figure": claim.figure,
        "sentence": claim.sentence,
        "place": claim.place,
        "year": claim.year,
        "source": claim.source,
        "published": number_of(claim),
        "published_zh": published.text("zh"),
        "published_en": published.text("en"),
        "relation": claim.relation,
        "unit": claim.unit,
        "computed": None if study.is_synthetic else value,
        "synthetic_value": value if study.is_synthetic else None,
        "verdict": verdict,
        "why": why[0].key,
        "why_zh": text(said, "zh"),
        "why_en": text(said, "en"),
        "base_zh": in_language(base, "zh"),
        "base_en": in_language(base, "en"),
        "n": computed.n,
    }


def _judged(study: Study, claim: Claim, widths: Widths, table: Tables) -> tuple[Computed, str, list[Sentence]]:
    """The computed figure, the verdict on the published one, and why."""
    source, unchecked = claim.computed_by, "cannot_be_checked"
    if source is None:
        return Computed(None), unchecked, [Sentence("no_measure")]
    if study.community:
        return Computed(None), unchecked, [Sentence("restricted", {"community": study.community})]
    rows = table(source.measure, tuple(source.by))
    if rows is None:
        return Computed(None), unchecked, [Sentence("not_in_study", {"measure": _measure_words(source.measure)})]
    try:
        computed = verdicts.compute(rows, claim, source)
    except StudyError as problem:
        raise StudyError(problem.key, study.folder / "claims.yml", **problem.facts) from None
    if computed.value is None:
        return computed, unchecked, [verdicts.why_missing(computed.reason)]
    if study.is_synthetic:
        made = Quantity(shown(computed.value, claim.decimals + 2), claim.unit)
        return computed, unchecked, [Sentence("synthetic", {"value": made})]
    verdict, sentence = verdicts.verdict(claim, computed, widths)
    causes = verdicts.likely_causes(rows, claim, source, computed, widths) if verdict == "disagrees" else []
    return computed, verdict, [sentence, *width_of(claim, widths), *causes]


def _measure_words(measure: str) -> dict[str, str]:
    entry = entries("measures")["measures"][measure]
    return {language: entry[language] for language in ("zh", "en")}


def examine(claims: Claims, widths: Widths | None = None) -> pd.DataFrame:
    """What the figures imply by themselves, without any data.

    Parameters
    ----------
    widths
        How wide "just under", "just over" and "a large majority" are taken; by default five percentage points and two
        thirds.

    Returns
    -------
    pandas.DataFrame
        One row per finding, the columns of `EXAMINED`. `finding` is `possible`, `contradiction` (only between figures
        of the same declared group), `not_the_same_group` or `implies`; `claims` and `figures` name what it rests on;
        `values` is the implied value or range in its `unit`, `low` and `high` are its ends.
    """
    return pd.DataFrame(
        [
            {
                "finding": one.finding,
                "claims": ", ".join(claim.id for claim in one.claims),
                "figures": ", ".join(dict.fromkeys(claim.figure for claim in one.claims)),
                "quantity_zh": in_language(one.quantity, "zh"),
                "quantity_en": in_language(one.quantity, "en"),
                "values": one.values,
                "unit": one.unit,
                "low": None if one.low is None else float(one.low),
                "high": None if one.high is None else float(one.high),
                "why": one.why[0].key,
                "why_zh": text(one.why, "zh"),
                "why_en": text(one.why, "en"),
            }
            for one in arithmetic.findings(claims, widths or Widths())
        ],
        columns=EXAMINED,
    ).astype({"low": "float64", "high": "float64"})
