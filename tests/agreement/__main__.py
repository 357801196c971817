"""Print how many reference rows agree, and how closely, as a table in Markdown: `cd tests && python -m agreement`."""

from importlib import import_module

import pandas as pd

from agreement import FILES, answered


def summary() -> pd.DataFrame:
    """One row a reference file: its rows, those that are ours, and how far the farthest of these is off."""
    every = pd.concat([answered(module).assign(file=module.FILE) for module in map(_module, FILES)])
    made = every.groupby("file").agg(
        rows=("case", "size"),
        ours=("is_answered", "sum"),
        at_tolerance=("tolerance", lambda t: int((t > 1e-9).sum())),
    )
    ours = every[every["is_answered"]]
    made["median difference"] = ours.groupby("file")["difference"].median()
    made["largest at 1e-9"] = ours[ours["tolerance"] <= 1e-9].groupby("file")["difference"].max()
    made["largest elsewhere"] = ours[ours["tolerance"] > 1e-9].groupby("file")["difference"].max()
    return made.reset_index()


def _module(name: str):
    return import_module(f"agreement.{name}")


if __name__ == "__main__":
    table = summary()
    print("| " + " | ".join(table.columns) + " |\n|" + "---|" * len(table.columns))
    for row in table.itertuples(index=False):
        print("| " + " | ".join(f"{cell:.1e}" if isinstance(cell, float) else str(cell) for cell in row) + " |")
    print(f"\n{table['ours'].sum():,} of {table['rows'].sum():,} rows are ours.")
