"""A test of several quantities as rows of a measure table."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.measure import arranged


def rows_of_test(test: Mapping[str, Any], name: str, n: int, variable: str, grouped_by: str) -> pd.DataFrame:
    """`test_statistic` (F), `test_df`, `test_denominator_df` and `test_p`, by the name of the `test`."""
    values = {
        "test_statistic": ("value", test["statistic"]),
        "test_df": ("value", test["df"]),
        "test_denominator_df": ("value", test["denominator_df"]),
        "test_p": ("p", test["p"]),
    }
    rows = pd.DataFrame([{"measure": key, "unit": unit, "estimate": value} for key, (unit, value) in values.items()])
    reason = np.where(rows["estimate"].isna(), "untestable", "")
    facts = {"test": name, "variable": variable, "grouped_by": grouped_by, "table": "respondents"}
    return arranged(rows.assign(n=float(n), reason=reason, **facts))
