"""A staged table held against the catalogue: what needs all of its rows is asked of the engine, the rest is as at once."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from analysis import on_engine
from analysis.catalogue import UNKNOWN, Catalogue
from analysis.inference.relations.relation import Relation
from analysis.reading import fates
from analysis.reading.accept import accepted
from analysis.reading.engine import written_parquet
from analysis.reading.faults import Fault
from analysis.reading.in_pieces.staging import NUMBER, SUSPECT
from analysis.settings import Settings

AT_A_TIME = 500_000
"""Rows that may be at fault are looked at so many at a time."""
ROWS_OF_GROUP = 100_000
"""Rows of a row group of Parquet: what is read at least for one community."""


class HeldTable:
    """The staged rows of one table, on a connection of the engine.

    Parameters
    ----------
    folder
        Where the rows are.
    columns
        The table's columns, in their order.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, folder: Path, columns: Sequence[str]) -> None:
        self.connection, self.table, self.columns = connection, table, columns
        self._rows, self._left = f"rows_of_{table}", f"left_of_{table}"
        connection.read_parquet(f"{folder}/*.parquet", union_by_name=True).create_view(self._rows)
        connection.execute(f"create temp table {self._left} ({NUMBER} bigint)")

    @property
    def _stay(self) -> str:
        """The rows that are still in the table."""
        return f"(from {self._rows} anti join {self._left} using ({NUMBER}))"

    def leave_out_answers_of(self, excluded: pd.DataFrame, people: "HeldTable") -> pd.DataFrame:
        """Leave out the answers of excluded respondents, and tell how many.

        In a file of respondents an answer is of whoever stands in the same row, elsewhere of who has its id: there it leaves
        when nobody with that id stays.

        Parameters
        ----------
        excluded
            Who is excluded, with where they stood, the rule in `exclusion`, and whether a correction did it (`by_hand`): before
            any rule, so that of several with one id the rule has the last word.
        people
            The respondents who stay.
        """
        self.connection.register("excluded", pa.Table.from_pandas(excluded, preserve_index=False))
        self.connection.execute(f"""
            create or replace temp table answers_left as
            with files as (select _file from excluded union select _file from {people._rows}),
            persons as (
                select respondent_id, wave, first(exclusion order by by_hand, {NUMBER}) as exclusion
                from excluded anti join {people._stay} using (respondent_id, wave) group by all
            )
            select answers.{NUMBER}, _file, wave, exclusion
            from {self._stay} as answers semi join files using (_file) join excluded using (_file, _row, wave)
            union all
            select answers.{NUMBER}, _file, wave, exclusion
            from {self._stay} as answers anti join files using (_file) join persons using (respondent_id, wave)
        """)
        self.connection.execute(f"insert into {self._left} select {NUMBER} from answers_left")
        return self._fates("answers_left", fates.EXCLUDED, "exclusion")

    def set_aside(self, settings: Settings, catalogue: Catalogue) -> Iterator[tuple[list[Fault], pd.DataFrame]]:
        """Set aside the rows that break a rule: their faults, and how many they are, some at a time.

        Two rows of one key may stand anywhere in the table, so that the engine looks for them; what becomes of all rows that
        may be at fault is then decided as it is for a table in memory.
        """
        key = [*catalogue.table(self.table)["key"]]
        is_whole = " and ".join(f"{_named(name)} is not null" for name in key)
        same = f"hash({_named(*key)})"
        self.connection.execute(f"""
            create or replace temp table suspects as
            with twins as (select {same} as twin from {self._stay} where {is_whole} group by all having count(*) > 1)
            select * from {self._stay}
            where {SUSPECT} or ({is_whole} and {same} in (from twins))
        """)
        found = self.connection.table("suspects")
        parts = -(-_count(found) // AT_A_TIME)
        for part in range(parts):  # rows of one key are in one part
            rows = found.filter(f"{same} % {parts} = {part}").order(NUMBER)
            suspects = frame_of(rows)
            kept, faults, aside = accepted(
                suspects[["_file", "_item", "_row", *self.columns]], self.table, settings, catalogue
            )
            left = suspects.loc[suspects.index.difference(kept.index), [NUMBER]]
            self.connection.register("left_now", pa.Table.from_pandas(left, preserve_index=False))
            self.connection.execute(f"insert into {self._left} from left_now")
            yield faults, aside

    def accepted(self) -> pd.DataFrame:
        """How many rows are accepted (`analysis.reading.fates`)."""
        return self._fates(self._stay, fates.ANALYSED, "''")

    def rows(self, columns: Sequence[str]) -> pd.DataFrame:
        """The accepted rows of a table that is small."""
        return frame_of(self.connection.sql(f"select {_named(*columns)} from {self._stay} order by {NUMBER}"))

    def write(
        self, into: Path, columns: Sequence[str], where: str = "true", places: pd.DataFrame | None = None
    ) -> None:
        """Write the accepted rows, those of a community beside each other, in the order of the files.

        Parameters
        ----------
        columns
            Which of the table's columns.
        where
            Which rows.
        places
            Where communities are: columns that the table has not itself, by `community_id`.
        """
        rows = f"(select {_named(*columns, NUMBER)} from {self._stay} where {where})"
        shown, joined = _named(*columns), ""
        if places is not None:
            self.connection.register("places", pa.Table.from_pandas(places, preserve_index=False))
            shown = _named(*columns, *(name for name in places if name != "community_id"))
            joined = "left join places using (community_id)"
        order = f"community_id, {NUMBER}" if "community_id" in columns else NUMBER
        selected = f"select {shown} from {rows} {joined} order by {order}"
        written_parquet(self.connection, selected, into, f", row_group_size {ROWS_OF_GROUP}")

    def _fates(self, rows: str, fate: str, why: str) -> pd.DataFrame:
        """How many of some rows there are in each file and wave, by the rule that decided it."""
        wave = "wave" if "wave" in self.columns else "''"
        counted = self.connection.sql(f"""
            select '{self.table}' as "table", _file as file, coalesce({wave}, '{UNKNOWN}') as wave, '{fate}' as fate,
                {why} as why, count(*) as rows
            from {rows} group by all order by min({NUMBER})
        """)
        return counted.to_arrow_table().to_pandas()


def frame_of(rows: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """Rows on an engine as the frame that rows in memory are."""
    return on_engine.in_memory(Relation.of(rows))


def _named(*columns: str) -> str:
    """Columns in SQL, of which some are called as words of it are."""
    return ", ".join(f'"{column}"' for column in columns)


def _count(rows: duckdb.DuckDBPyRelation) -> int:
    return int(rows.aggregate("count(*)").fetchall()[0][0])
