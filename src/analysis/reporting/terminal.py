"""Measures and verdicts for the command line, through the same disclosure control as a page."""

import pandas as pd

from analysis.reporting import disclosure
from analysis.study import Study


def measures(study: Study, table: pd.DataFrame, raw: bool) -> str:
    """A measure table as CSV, small cells hidden; raw, every row says that it is not for release."""
    if raw:
        return str(table.assign(release="not_for_release").to_csv(index=False))
    parts = [disclosure.released(rows, study.sensitivity(str(name))) for name, rows in table.groupby("table", sort=False)]
    data = "synthetic" if study.is_synthetic else "real"
    return str(pd.concat(parts).sort_index().assign(data=data).to_csv(index=False))
