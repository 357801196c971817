"""What a study's own files may say: origin.yml, study.yml and corrections.yml, each key of them once.

A misspelt key is refused by name, with the nearest that could stand there: an ignored setting is a wrong number.
"""

from analysis.settings.corrections import Correction, Corrections
from analysis.settings.engine import Engine
from analysis.settings.exclusions import (
    AttentionCheck,
    Condition,
    Duplicate,
    Duration,
    Exclusion,
    OutOfPopulation,
    Skip,
    StraightLining,
)
from analysis.settings.files import FORMATS, VARIABLE, ColumnSource, DatabaseSource, FileSource, TableSource, Written
from analysis.settings.index import Index, Indicator, Pairwise
from analysis.settings.loading import checked, load
from analysis.settings.origin import Origin
from analysis.settings.parts import Strict, Words
from analysis.settings.persons import Absent, Term
from analysis.settings.study import Settings
from analysis.settings.survey import Calibrate, CutOff, Design, Margin, Margins, Midpoint, Midpoints

__all__ = [
    "FORMATS",
    "VARIABLE",
    "Absent",
    "AttentionCheck",
    "Calibrate",
    "ColumnSource",
    "Condition",
    "Correction",
    "Corrections",
    "CutOff",
    "DatabaseSource",
    "Design",
    "Duplicate",
    "Duration",
    "Engine",
    "Exclusion",
    "FileSource",
    "Index",
    "Indicator",
    "Margin",
    "Margins",
    "Midpoint",
    "Midpoints",
    "Origin",
    "OutOfPopulation",
    "Pairwise",
    "Settings",
    "Skip",
    "StraightLining",
    "Strict",
    "TableSource",
    "Term",
    "Words",
    "Written",
    "checked",
    "load",
]
