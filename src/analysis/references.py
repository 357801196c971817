"""Whether what a study's settings name exists: tables, columns, levels, terms, languages.

A name that nothing bears would be ignored, and the study would run on a default that nobody chose.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from analysis.catalogue import Catalogue, base
from analysis.errors import StudyError, listing, nearest
from analysis.reading import PLACES, reshape
from analysis.settings import (
    AttentionCheck,
    Condition,
    Correction,
    Duplicate,
    Duration,
    FileSource,
    Origin,
    OutOfPopulation,
    Settings,
    StraightLining,
    Written,
)
from analysis.survey import careless, skips
from analysis.survey.conditions import NUMBERS

CUT_OFFS = ("ageing", "just_under", "just_over", "large_majority", "participation_floor", "core_share", "speeder")
"""What a study may decide in `cut_offs`."""

Reference = tuple[str, str, Iterable[str]]
"""Where a name stands, the name, and the names that could stand there."""


def require_known(settings: Settings, catalogue: Catalogue, corrections: Iterable[Correction], folder: Path) -> None:
    """Refuse a name in study.yml or corrections.yml that nothing bears.

    Raises
    ------
    StudyError
        `settings_key`, with the place and the nearest name.
    """
    in_study = (("study.yml", one) for one in _named_in(settings, catalogue))
    in_corrections = (("corrections.yml", one) for one in _corrected(settings, corrections))
    for file, (place, name, known) in chain(in_study, in_corrections):
        possible = list(known)
        if name not in possible:
            where = f"{folder / file}: {place}"
            raise StudyError(
                "settings_key", where, key=name, nearest=nearest(name, possible), known=listing(possible, 30)
            )


def require_languages(settings: Settings, origin: Origin, folder: Path) -> None:
    """Refuse a text that a page would need in a language that the study asks for.

    Raises
    ------
    StudyError
        `language_missing`.
    """
    texts = {"study.yml: title": settings.title, "study.yml: summary": settings.summary}
    if settings.index and settings.index.pairwise:
        texts["study.yml: index.pairwise.source"] = settings.index.pairwise.source
    if settings.margins:
        texts["study.yml: margins.source"] = settings.margins.source
        texts |= {f"study.yml: margins.margins.{one.group}": one.near for one in settings.margins.margins if one.near}
    texts |= {f"study.yml: exclusions.{one.id}.reason": one.reason for one in settings.exclusions}
    texts |= {f"origin.yml: {name}": getattr(origin, name) for name in ("title", "owner", "sampling", "obtained")}
    for language in settings.languages:
        for what, words in texts.items():
            if language not in words:
                raise StudyError("language_missing", folder, what=what, language=language)


def _named_in(settings: Settings, catalogue: Catalogue) -> Iterator[Reference]:
    tables, terms = list(settings.tables), list(settings.terms)
    places = ["community_id", *PLACES]
    for name in settings.tables:
        yield "tables", name, catalogue.tables()
    for key, names, known in (
        ("sensitivity", settings.sensitivity, catalogue.tables()),
        ("design", settings.design, tables),
        ("calibrate", settings.calibrate, tables),
        ("cut_offs", settings.cut_offs, CUT_OFFS),
        ("levels", settings.levels, base().levels),
        ("waves", settings.waves, catalogue.level_set("wave")),
        ("wave_years", settings.wave_years, catalogue.level_set("wave")),
        ("groups", settings.groups, catalogue.level_set("group")),
        ("model_groups", settings.model_groups, catalogue.level_set("group")),
        ("scale_items", settings.scale_items, catalogue.level_set("item")),
        (
            "index.wave",
            [settings.index.wave] if settings.index and settings.index.wave else [],
            catalogue.level_set("wave"),
        ),
        ("stay_within", [settings.stay_within], places),
        ("report_by", [settings.report_by] if settings.report_by else [], places),
        ("linkage.table", [settings.linkage.table] if settings.linkage else [], tables),
        ("absent.term", [absent.term for absent in settings.absent], terms),
    ):
        for name in names:
            yield key, name, known
    for margin in settings.margins.margins if settings.margins else []:
        yield "margins.margins.group", margin.group, catalogue.level_set("group")
    if settings.frequency_midpoints:
        for level in settings.frequency_midpoints.levels:
            yield "frequency_midpoints.levels", level, catalogue.level_set("frequency")
    if settings.years_of_schooling:
        for level in settings.years_of_schooling.years:
            yield "years_of_schooling.years", level, catalogue.level_set("education")
    yield from _named_in_exclusions(settings, catalogue)
    yield from _named_in_skips(settings, catalogue)
    for table, design in settings.design.items():
        if table in tables:
            for key, columns in design.columns.items():
                for column in columns:
                    yield f"design.{table}.{key}", column, [*catalogue.columns_of(table), *PLACES]
    for column, decision in settings.identifiers.items():
        of_tables = {name for table in settings.tables for name in [*catalogue.columns_of(table), *PLACES]}
        # Only an id can be a pseudonym; any other column would become one that says nothing.
        ids = {name for name in of_tables if catalogue.column(name)["type"] == "id"}
        yield "identifiers", column, sorted(ids if decision == "hash" else of_tables)
    yield from _named_in_tables(settings, catalogue)


def _named_in_exclusions(settings: Settings, catalogue: Catalogue) -> Iterator[Reference]:
    """Only tables with files have rows to leave out; of a table of answers, the respondents are left out."""
    read = [name for name, source in settings.tables.items() if source.files]
    answers = [name for name in careless.ANSWERS if name in read]
    for rule in settings.exclusions:
        place = f"exclusions.{rule.id}"
        possible = [name for name in read if name not in answers]
        if isinstance(rule, StraightLining):
            possible = answers
        elif isinstance(rule, Duration):
            possible = ["respondents"]
        elif isinstance(rule, AttentionCheck | OutOfPopulation):
            possible = read
        yield f"{place}.table", rule.table, possible
        if rule.table in answers:
            yield f"{place}.table: {rule.table}", "respondents", read
        known = [*catalogue.columns_of(rule.table), *PLACES]
        if isinstance(rule, Duplicate):
            questions = [f"{name}.{column}" for name in answers for column in catalogue.columns_of(name)]
            for column in rule.columns:
                yield f"{place}.columns", column, [*known, *(questions if rule.table == "respondents" else [])]
        if isinstance(rule, StraightLining):
            yield f"{place}.column", rule.column, known
            for item in rule.items:
                yield f"{place}.items", item, catalogue.levels_of(careless.ANSWERS[rule.table])
        if isinstance(rule, AttentionCheck):
            equals = {rule.column: Condition(values=rule.equals)}
            yield from _named_in_conditions(f"{place}.column", equals, known, catalogue)
            if rule.table in answers:
                yield f"{place}.item", rule.item or "–", catalogue.levels_of(careless.ANSWERS[rule.table])
        if isinstance(rule, OutOfPopulation):
            yield from _named_in_conditions(f"{place}.where", rule.where, known, catalogue)


def _named_in_skips(settings: Settings, catalogue: Catalogue) -> Iterator[Reference]:
    read = [name for name, source in settings.tables.items() if source.files]
    tables = [name for name in ("respondents", *careless.ANSWERS) if name in read]
    for rule in settings.skips:
        place = f"skips.{rule.question}"
        asked = skips.question(rule.question)
        for text in (rule.question, *rule.asked_where):
            table, column, item = skips.question(text)
            yield place, table, tables
            yield place, column, catalogue.columns_of(table)
            if item:
                yield place, item, catalogue.levels_of(careless.ANSWERS[table]) if table in careless.ANSWERS else []
            elif table in careless.ANSWERS and table != asked.table:  # of which item is not said
                yield place, text, [f"{text}.{name}" for name in catalogue.levels_of(careless.ANSWERS[table])]
        for text, condition in rule.asked_where.items():
            column = skips.question(text).column
            yield from _named_in_conditions(place, {column: condition}, [column], catalogue)


def _named_in_conditions(
    place: str, conditions: Mapping[str, Condition], known: Iterable[str], catalogue: Catalogue
) -> Iterator[Reference]:
    """Columns, and their levels; only numbers have bounds, and of several levels in one cell none is the column's value."""
    for column, condition in conditions.items():
        yield place, column, known
        kind = catalogue.column(column)["type"]
        levels = catalogue.levels_of(column) if kind not in ("id", "text") else {}
        if condition.values and kind == "level_set":
            yield f"{place}.{column}", condition.values[0], []
        for value in condition.values:
            if levels:
                yield f"{place}.{column}", value, levels
            elif kind == "boolean":
                yield f"{place}.{column}", value, ("true", "false")
            elif kind in NUMBERS and not value.replace(".", "", 1).removeprefix("-").isdecimal():
                yield f"{place}.{column}", value, ["0", "1"]
        if not condition.values and kind not in NUMBERS:
            yield f"{place}.{column}", "below" if condition.below is not None else "above", levels or ("true", "false")


def _named_in_tables(settings: Settings, catalogue: Catalogue) -> Iterator[Reference]:
    for table, source in settings.tables.items():
        if source.derived_from:
            yield f"tables.{table}.derived_from", source.derived_from, settings.tables
        for column, value in source.where.items():
            yield f"tables.{table}.where", column, [*catalogue.columns_of(str(source.derived_from)), *PLACES]
            levels = catalogue.levels_of(column)
            if levels:
                yield f"tables.{table}.where.{column}", value, levels
            elif catalogue.column(column)["type"] == "boolean":
                yield f"tables.{table}.where.{column}", value, ("true", "false")
        for file in source.files:
            yield from _named_in_file(table, file, catalogue)


def _named_in_file(table: str, file: FileSource, catalogue: Catalogue) -> Iterator[Reference]:
    place = f"tables.{table}.files"
    written: list[tuple[str, Mapping[str, Written]]] = [("columns", file.columns)]
    if file.items:
        yield f"{place}.items.column", file.items.column, catalogue.columns_of(table)
        names = catalogue.levels_of(file.items.column)
        for level in file.items.levels:
            yield f"{place}.items.levels", level, names
        written.append(("items.cells", file.items.cells))
        written += [(f"items.levels.{level}", cells) for level, cells in file.items.levels.items()]
    for key, columns in written:
        for column, spec in columns.items():
            for reason in spec.missing.values():
                yield f"{place}.{key}.{column}.missing", reason, catalogue.level_set("missing_reason")


def _corrected(settings: Settings, corrections: Iterable[Correction]) -> Iterator[Reference]:
    rules = {rule.id for rule in settings.exclusions}
    for one in corrections:
        if one.kind == "exclude" and one.id in rules:  # they are counted by their ids
            yield "corrections", one.id, [f"{one.id}_by_hand"]
        yield f"{one.id}.table", one.table, settings.tables
        files = {name: file for file in settings.tables[one.table].files for name in (file.file, file.name)}
        yield f"{one.id}.file", one.file, files
        parts = reshape.parts(files[one.file]).values()
        columns = {column for part in parts for column in [*part.columns, *part.set]}
        for column in one.columns:
            yield f"{one.id}", column, columns
