"""What reading a study gives."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from analysis.inference.relations.relation import Frame


class Reading(NamedTuple):
    """What reading a study gave.

    Attributes
    ----------
    tables
        Validated tables, in the catalogue's columns and types; `<column>_missing` says why a value is missing. Frames, or
        relations of an engine.
    quarantine
        One row per fault: `table`, `file`, `row`, `column`, `value`, `rule`, `item`, `id`.
    counts
        One row per table and file: rows `read`, `accepted`, `excluded` and `set_aside`.
    links
        What each linking rule did; empty where persons have ids.
    notes
        What reading changed in a file: `file`, `note` (a word of words.yml), `count` and `examples`.
    columns
        The columns of each file in their order: `file`, `sheet`, `position`, `column`, `question`.
    fates
        What became of the rows of each table, file and wave (`analysis.reading.fates`).
    exclusions
        One row per respondent, or row of a register, that the study's decisions left out (`analysis.reading.exclude`).
    rules
        One row per exclusion rule: how many it left out, and how many it would have by itself.
    skips
        One row per answer that breaks a skip rule (`analysis.survey.skips`).
    digests
        The SHA-256 of the rows that each database gave.
    """

    tables: "Mapping[str, Frame]"
    quarantine: pd.DataFrame
    counts: pd.DataFrame
    links: pd.DataFrame
    notes: pd.DataFrame
    columns: pd.DataFrame
    fates: pd.DataFrame
    exclusions: pd.DataFrame
    rules: pd.DataFrame
    skips: pd.DataFrame
    digests: Mapping[str, str]
