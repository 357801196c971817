"""The same study twice: its tables in memory, and on an engine over Parquet as the door leaves them."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from analysis import on_engine
from analysis.reading.engine import opened
from analysis.settings import Engine
from analysis.study import Study


def laid_on_engine(study: Study, folder: Path, most: int = 0, group: int = 100_000, engine: str = "duckdb") -> Study:
    """The study with every table of more than `most` rows on an engine."""
    people = study.table("respondents").drop_duplicates("respondent_id").set_index("respondent_id")["community_id"]
    folders = {name: folder / name for name in study.reading.tables}
    for name, frame in study.reading.tables.items():
        of_respondent = frame["respondent_id"].map(people) if "respondent_id" in frame else None
        community = frame.get("community_id", of_respondent)
        rows = frame if community is None else frame.loc[community.sort_values(kind="stable").index]
        folders[name].mkdir(parents=True)
        table = pa.Table.from_pandas(rows, preserve_index=False)
        pq.write_table(table, folders[name] / "part-0000.parquet", row_group_size=group)
    named = Engine(name=engine, threads=2, spill=folder)
    tables = opened(named, duckdb.connect(), folder, folders)
    settings = study.settings.model_copy(update={"engine": named})
    return replace(study, settings=settings, reading=study.reading._replace(tables=on_engine.kept(tables, most)))
