"""Verdicts on published figures and what the figures imply, in words, for pages and for the terminal."""

import math
import re

import pandas as pd

from analysis.catalogue import entries
from analysis.reporting.disclosure import LEAST, is_protected
from analysis.reporting.wording import MISSING, Wording, rounded
from analysis.study import Study

SHOWN = ["id", "published", "computed", "verdict", "why"]
"""The columns of the table of verdicts; what is saved has the sentence and its place too."""
LEAST_DECIMALS = 2


def released(checked: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Verdicts as they may leave the project: what was computed from few residents or staff is hidden, and so is why."""
    if not any(is_protected(study, table) for table in study.reading.tables):
        return checked
    counted = checked["computed"].where(checked["unit"] == "percent") / 100 * checked["n"]
    small = [part.round(6).between(1e-6, LEAST - 1e-6) for part in (counted, checked["n"] - counted, checked["n"])]
    hidden = small[0] | small[1] | small[2]
    said = entries("words")["hidden"]
    why = {column: checked[column].mask(hidden, said[column[-2:]]) for column in ("why_zh", "why_en")}
    return checked.assign(computed=checked["computed"].mask(hidden), n=checked["n"].mask(hidden), **why)


def checked_words(checked: pd.DataFrame, words: Wording, is_synthetic: bool) -> pd.DataFrame:
    """The verdicts of `claims.check` with headings in words; one row per claim."""
    language = words.language
    value = "synthetic_value" if is_synthetic else "computed"
    quantities = zip(checked[value], checked["unit"], map(_decimals, checked["published"]), strict=True)
    named = {
        "id": checked["id"],
        "sentence": checked["sentence"],
        "place": checked["place"],
        "published": checked[f"published_{language}"],
        value: [_quantity(*row, language) for row in quantities],
        "base": checked[f"base_{language}"],
        "n": [words.count(n) for n in checked["n"]],
        "verdict": [entries("claims")["verdicts"][verdict][language] for verdict in checked["verdict"]],
        "why": checked[f"why_{language}"],
    }
    return pd.DataFrame(named).rename(columns={key: words.text(f"claims_{key}") for key in named})


def examined_words(findings: pd.DataFrame, words: Wording) -> pd.DataFrame:
    """The findings of `claims.examine` with headings in words."""
    language = words.language
    named = {
        "figures": findings["figures"],
        "finding": [entries("claims")["findings"][finding][language] for finding in findings["finding"]],
        "why": findings[f"why_{language}"],
    }
    return pd.DataFrame(named).rename(columns={key: words.text(f"claims_{key}") for key in named})


def shown_columns(words: Wording, is_synthetic: bool) -> list[str]:
    """The headings of the columns that the table of verdicts shows."""
    names = ["synthetic_value" if is_synthetic and name == "computed" else name for name in SHOWN]
    return [words.text(f"claims_{name}") for name in names]


def _decimals(published: str) -> int:
    """With how many decimals a number is shown beside a published one: as many as that has, and two at least."""
    return max(LEAST_DECIMALS, *(len(part) for part in re.findall(r"\.(\d+)", published)), 0)


def _quantity(value: float, unit: str, decimals: int, language: str) -> str:
    if not math.isfinite(value):
        return MISSING
    number = format(rounded(value, decimals).normalize(), ",f")
    entry = entries("claims")["units"][unit]
    return str(entry.get(f"{language}_one", entry[language]) if number == "1" else entry[language]).format(n=number)
