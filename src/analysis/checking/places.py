"""Where a cell of a table stands in its file, as a spreadsheet calls it."""

from collections.abc import Iterator, Mapping

from openpyxl.utils import get_column_letter

from analysis.reading import reshape
from analysis.study import Study

NO_SHEETS = (".sav", ".zsav", ".por", ".dta", ".parquet", ".feather", ".arrow")
"""How the names of files end whose cells have no names: there a row and a column say it."""
COMPLETED_FROM = {"birth_year": "birth_date"}
"""Columns that reading completes from another one."""


class Places:
    """The places of a study's cells: which columns of which file each column of a table is read from, and where they stand."""

    def __init__(self, study: Study) -> None:
        known = study.reading.columns
        files, columns = known["file"], known["column"]
        self._positions = dict(zip(zip(files, columns, strict=True), known["position"], strict=True))
        self._questions = dict(zip(zip(files, columns, strict=True), known["question"], strict=True))
        self._sources: dict[tuple[str, str, str, str], list[str]] = {}
        self._sheets = dict(zip(files, known["sheet"], strict=True))
        self._files: dict[str, str] = {}
        for table, source in study.settings.tables.items():
            for file in source.files:
                self._files[file.name] = file.file
                for item, part in reshape.parts(file).items():
                    for field, spec in part.columns.items():
                        self._sources.setdefault((table, file.name, item, field), []).extend(spec.sources)

    def of(self, table: str, file: str, item: str = "", field: str = "", row: int = 0) -> dict[str, object]:
        """The place of a cell, or of a whole row (without a column) or column (without a row).

        Parameters
        ----------
        file
            What the file is called where something is said of it: with its sheet where the study names one.
        """
        field_read = field if (table, file, item, field) in self._sources else COMPLETED_FROM.get(field, field)
        columns = [name for name in self._sources.get((table, file, item, field_read), []) if name != reshape.ROW]
        asked = (self._questions.get((file, name), "") for name in columns)
        return {
            "table": table,
            "file": self._files.get(file, file),
            "sheet": self._sheets.get(file, ""),
            "cell": self._cells(file, columns, row),
            "row": row,
            "column": ", ".join(columns),
            "field": field,
            "item": item,
            "id": "",
            "question": next(filter(None, asked), ""),
        }

    def files_of(self, table: str, item: str, field: str) -> list[str]:
        """The files that a column of a table is read from."""
        names = (field, COMPLETED_FROM.get(field, field))
        return [file for (of, file, part, name) in self._sources if (of, part) == (table, item) and name in names]

    def fields_of(self, table: str, file: str, item: str = "") -> list[str]:
        """The columns of a table that are read from a file."""
        return [field for (of, name, part, field) in self._sources if (of, name, part) == (table, file, item)]

    def unused(self) -> Iterator[Mapping[str, object]]:
        """The columns of the files that no table is read from."""
        used = {(file, name) for (_, file, _, _), names in self._sources.items() for name in names}
        for file, name in self._positions:
            if (file, name) not in used and name:
                place = self.of("", file)
                yield {
                    **place,
                    "column": name,
                    "cell": self._cells(file, [name], 0),
                    "question": self._questions[file, name],
                }

    def _cells(self, file: str, columns: list[str], row: int) -> str:
        if file.lower().endswith(NO_SHEETS):
            return ""
        letters = [
            get_column_letter(self._positions[file, name]) for name in columns if (file, name) in self._positions
        ]
        if not letters:
            return f"{row}:{row}" if row else ""
        return ", ".join(f"{letter}{row}" if row else f"{letter}:{letter}" for letter in letters)
