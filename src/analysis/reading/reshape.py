"""Wide to long: items that stand side by side in a file become one row each."""

from analysis.settings import ColumnSource, FileSource, Written

ROW = "#"
"""Names the row itself in study.yml: what tells respondents apart in a file without ids."""


def parts(source: FileSource) -> dict[str, FileSource]:
    """For each item, the file as if it held that item only; the file itself, under an empty name, where it has no items."""
    items = source.items
    if items is None:
        return {"": source}
    return {
        level: source.model_copy(
            update={
                "columns": source.columns
                | {name: _complete(own, items.cells.get(name)) for name, own in cells.items()},
                "set": source.set | {items.column: level},
                "items": None,
            }
        )
        for level, cells in items.levels.items()
    }


def _complete(own: ColumnSource, common: Written | None) -> ColumnSource:
    """How an item's cells are written: as those of all items, but for what the item says itself."""
    if common is None:
        return own
    shared, said = common.model_dump(exclude_unset=True), own.model_dump(exclude_unset=True)
    codes = {key: shared.get(key, {}) | said.get(key, {}) for key in ("values", "missing")}
    return ColumnSource(**(shared | said | codes))
