"""A table of a database, or what a query gives, as text: read in one read-only transaction, in an order that stays.

Credentials come from the environment, never from study.yml, and no message repeats them. Any database that SQLAlchemy knows
can be read; PostgreSQL and SQLite are tried, and told themselves that nothing may be written.
"""

import datetime
import hashlib
import math
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pandas as pd
import sqlalchemy
from sqlalchemy import exc

from analysis.errors import StudyError, listing, nearest
from analysis.reading import reshape
from analysis.reading.formats.raw import Raw
from analysis.settings import VARIABLE, DatabaseSource, FileSource

CONNECT_SECONDS = 10
"""How long a server may take to answer at all."""
WRITES = re.compile(
    r"\b(insert|update|delete|merge|replace\s+into|into|create|alter|drop|truncate|grant|revoke|call|do|copy|attach|vacuum)\b",
    re.IGNORECASE,
)
"""Words of statements that change something, of which PostgreSQL takes some inside a WITH."""
QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)
"""Texts, names in quotes, and comments of a query."""
CANCELLED = ("57014", "interrupted")
"""How PostgreSQL (SQLSTATE) and SQLite say that a statement was ended."""


def read(source: FileSource, path: Path) -> Raw:
    """The rows of a table or a query as text, numbered from 1 in the order of `order_by`.

    NULL is an empty cell. Numbers are written in full, a date as 2014-11-29, yes and no as true and false. Of a table only the
    columns that study.yml names are read.

    Parameters
    ----------
    path
        The file's name in the data folder, where no file need be: the database's name in messages. A path of SQLite is taken
        from that folder.

    Raises
    ------
    StudyError
        `database_*`: a variable of the environment, the driver, the server, the table or its rights are missing, the query is
        no single SELECT, it took too long, a column holds what is no text, or two rows can't be told apart by `order_by`;
        `column_missing`, `column_twice`, `file_empty`.
    """
    database = source.database
    assert database is not None
    place = f"{path.name} ({database.url})"
    url, secrets = _url(database.url, path, place)
    with (
        _errors_told("database_query_failed", place, database, secrets),
        _connected(url, place, database, secrets) as connection,
    ):
        result = connection.execute(_statement(database, source, connection, place))
        header, records = list(map(str, result.keys())), [tuple(record) for record in result]
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise StudyError("column_twice", place, list=listing(twice))
    if not records:
        raise StudyError("file_empty", place)
    records = _ordered(records, header, database.order_by, place)
    wanted = {*_wanted(source), *database.order_by}
    cells = {}
    for name, values in zip(header, zip(*records, strict=True), strict=True):
        kinds = {type(value) for value in values}
        if unwritten := next((kind for kind in kinds if not issubclass(kind, WRITTEN)), None):
            if name in wanted:
                raise StudyError("database_type", place, column=name, kind=unwritten.__name__)
            continue
        cells[name] = [_text(value) for value in values]
    return Raw(pd.DataFrame(cells, index=range(1, len(records) + 1), dtype="str"), [])


def digest(rows: pd.DataFrame) -> str:
    """SHA-256 of rows as they were read: what a checksum in origin.yml means where there is no file."""
    rows = rows.drop(columns=reshape.ROW, errors="ignore")
    return hashlib.sha256(rows.to_csv(index=False, lineterminator="\n").encode(errors="surrogatepass")).hexdigest()


def _wanted(source: FileSource) -> list[str]:
    """The columns that study.yml reads, each once."""
    specs = [spec for part in reshape.parts(source).values() for spec in part.columns.values()]
    return list(dict.fromkeys(name for spec in specs for name in spec.sources if name != reshape.ROW))


def _url(written: str, path: Path, place: str) -> tuple[sqlalchemy.URL, list[str]]:
    """The URL with the environment's values in it, and those values, which no message may repeat."""
    secrets: list[str] = []

    def filled(text: str, write: Callable[[str], str]) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1] not in os.environ:
                raise StudyError("database_variable_missing", place, variable=found[1])
            secrets.append(os.environ[found[1]])
            return write(secrets[-1])

        return VARIABLE.sub(value, text)

    user, at, rest = written.rpartition("@")
    scheme, slashes, user = user.rpartition("://")
    try:
        url = sqlalchemy.make_url(
            filled(scheme, str) + slashes + filled(user, lambda text: quote(text, safe="")) + at + filled(rest, str)
        )
    except exc.ArgumentError:
        raise StudyError("database_url", place) from None
    if url.password:
        secrets.append(str(url.password))
    if url.get_backend_name() == "sqlite" and url.database:
        file = (path.parent / url.database).resolve()
        if not file.is_file():
            raise StudyError("file_missing", place, file=file.name, folder=file.parent)
        url = url.set(database=f"file:{quote(str(file))}", query={"mode": "ro", "uri": "true"})
    return url, secrets


@contextmanager
def _errors_told(key: str, place: str, database: DatabaseSource, secrets: Sequence[str]) -> Iterator[None]:
    """Say what the database or its driver objects to, without anything that came from the environment."""
    try:
        yield
    except (exc.NoSuchModuleError, ModuleNotFoundError) as problem:
        driver = getattr(problem, "name", None) or database.url.partition(":")[0]
        raise StudyError("database_driver_missing", place, driver=driver) from None
    except exc.SQLAlchemyError as problem:
        original = getattr(problem, "orig", None)
        said = " ".join(str(original or problem).split())
        if getattr(original, "sqlstate", None) in CANCELLED or said in CANCELLED:
            raise StudyError("database_timeout", place, seconds=database.timeout_seconds) from None
        for secret in sorted({*secrets}, key=len, reverse=True):
            for form in {secret, quote(secret, safe="")} - {""}:
                said = said.replace(form, "…")
        raise StudyError(key, place, problem=said) from None


@contextmanager
def _connected(
    url: sqlalchemy.URL, place: str, database: DatabaseSource, secrets: Sequence[str]
) -> Iterator[sqlalchemy.Connection]:
    """A connection that reads only, where the database can be told so, and takes no longer than it may."""
    backend = url.get_backend_name()
    options = {"postgresql": {"connect_timeout": CONNECT_SECONDS}}.get(backend, {})
    with _errors_told("database_unreachable", place, database, secrets):
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, connect_args=options)
        opened = engine.connect()
    with opened as connection:
        if backend == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            limit = sqlalchemy.text(f"SET LOCAL statement_timeout = {database.timeout_seconds * 1000}")
            connection.execute(limit)
        elif backend == "sqlite":
            until = time.monotonic() + database.timeout_seconds
            connection.connection.driver_connection.set_progress_handler(  # type: ignore[union-attr]
                lambda: time.monotonic() > until, 100_000
            )
        yield connection
        connection.rollback()


def _statement(
    database: DatabaseSource, source: FileSource, connection: sqlalchemy.Connection, place: str
) -> sqlalchemy.Executable:
    """What is executed: the query as it stands, or a SELECT of the columns that study.yml names."""
    if database.query is not None:
        bare = QUOTED.sub("''", database.query).strip().rstrip(";").strip()
        if not re.match(r"(select|with)\b", bare, re.IGNORECASE) or ";" in bare or WRITES.search(bare):
            raise StudyError("database_query_writes", place)
        # A colon would begin a parameter, of which there are none.
        return sqlalchemy.text(database.query.strip().rstrip(";").replace(":", "\\:"))
    schema, _, name = str(database.table).rpartition(".")
    inspector = sqlalchemy.inspect(connection)
    try:
        known = [column["name"] for column in inspector.get_columns(name, schema or None)]
    except exc.NoSuchTableError:
        tables = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
        facts = {"table": database.table, "nearest": nearest(name, tables), "known": listing(tables, 30)}
        raise StudyError("database_table_missing", place, **facts) from None
    for column in (wanted := list(dict.fromkeys([*_wanted(source), *database.order_by]))):
        if column not in known:
            facts = {"column": column, "nearest": nearest(column, known), "known": listing(known, 40)}
            raise StudyError("column_missing", place, target=_target(column, source), **facts)
    named = sqlalchemy.table(name, *map(sqlalchemy.column, wanted), schema=schema or None)
    return sqlalchemy.select(*named.columns)


def _target(column: str, source: FileSource) -> str:
    """What a column of the database is read for."""
    for part in reshape.parts(source).values():
        for target, spec in part.columns.items():
            if column in spec.sources:
                return target
    return "order_by"


def _ordered(
    records: list[tuple[Any, ...]], header: Sequence[str], by: Iterable[str], place: str
) -> list[tuple[Any, ...]]:
    """The records in an order that no database decides: by these columns, nothing last; each record has a place of its own."""
    for column in by:
        if column not in header:
            facts = {"column": column, "nearest": nearest(column, header), "known": listing(header, 40)}
            raise StudyError("column_missing", place, target="order_by", **facts)
    places = [header.index(column) for column in by]
    keyed = sorted(((*(_rank(record[at]) for at in places),), number) for number, record in enumerate(records))
    if ties := sum(one == other for (one, _), (other, _) in pairwise(keyed)):
        raise StudyError("database_order_ties", place, columns=listing(by), count=ties)
    return [records[number] for _, number in keyed]


def _rank(value: Any) -> tuple[int, Any]:
    """What a value is sorted by: numbers, then dates, then texts, then nothing."""
    if value is None:
        return 3, ""
    if isinstance(value, bool | int | float | Decimal) and not math.isnan(value):
        return 0, value
    return (1, value.isoformat()) if isinstance(value, datetime.date | datetime.time) else (2, _text(value))


WRITTEN = (type(None), bool, int, float, Decimal, str, datetime.date, datetime.time, UUID)
"""What has a text: bytes, arrays and documents have none."""


def _text(value: Any) -> str:
    """A value as a file would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        # A time with a zone is told in UTC, whatever zone the session has.
        return (value.astimezone(datetime.UTC) if value.tzinfo else value).isoformat(sep=" ")
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)
