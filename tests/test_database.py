"""Tables of databases: read as text exactly, in an order that stays, with nothing written and no credential told.

SQLite comes with Python; the tests of PostgreSQL need a server, which `.ci/run` starts and names in STUDY_TEST_POSTGRES.
"""

import datetime
import os
import sqlite3
import traceback
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy
import yaml
from pandas.testing import assert_frame_equal

from analysis import compute, provenance, study
from analysis.errors import StudyError
from analysis.reading.formats import database
from analysis.settings import FileSource, Settings, checked, load

SECRET = "s3cret/p@ss:word"
PLACE = "people"
TYPES = {
    "count": sqlalchemy.BigInteger,
    "year": sqlalchemy.BigInteger,
    "number": sqlalchemy.Numeric,
    "date": sqlalchemy.Date,
    "boolean": sqlalchemy.Boolean,
}


def source(columns: dict | None = None, **settings: object) -> FileSource:
    given = {"order_by": "id", **settings}
    return checked({"file": PLACE, "database": given, "columns": columns or {}}, FileSource, "study.yml")


def read(folder: Path, columns: dict | None = None, **settings: object) -> pd.DataFrame:
    return database.read(source(columns, **settings), folder / PLACE).rows


def refused(folder: Path, columns: dict | None = None, **settings: object) -> StudyError:
    with pytest.raises(StudyError) as caught:
        read(folder, columns, **settings)
    for language in ("en", "zh"):
        assert caught.value.text(language)
    return caught.value


@pytest.fixture
def lite(tmp_path: Path) -> Callable[..., str]:
    """A function that fills a SQLite file with statements, and gives its URL from the data folder."""

    def make(*statements: str) -> str:
        with sqlite3.connect(tmp_path / "bureau.db") as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return "sqlite:///bureau.db"

    return make


@pytest.fixture(scope="session")
def server() -> str:
    """The URL of a PostgreSQL server's own account."""
    url = os.environ.get("STUDY_TEST_POSTGRES", "")
    if not url:
        pytest.skip("STUDY_TEST_POSTGRES names no PostgreSQL server")
    return url


@pytest.fixture
def postgres(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Callable[..., None]]]:
    """The URL of a new database, with credentials of the environment, and a function that executes statements in it."""
    name, role = f"bureau_{uuid.uuid4().hex}", f"clerk_{uuid.uuid4().hex}"
    url = sqlalchemy.make_url(server)
    admin = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    own = sqlalchemy.create_engine(url.set(database=name), poolclass=sqlalchemy.NullPool)

    def execute(*statements: str) -> None:
        with own.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    execute(
        f"CREATE ROLE {role} LOGIN PASSWORD '{SECRET}'",
        f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {role}",
        f"ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO {role}",
    )
    monkeypatch.setenv("DB_USER", role)
    monkeypatch.setenv("DB_PASSWORD", SECRET)
    yield f"postgresql+psycopg://${{DB_USER}}:${{DB_PASSWORD}}@/{name}?host={url.query['host']}", execute
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        connection.exec_driver_sql(f"DROP ROLE {role}")


def stored(url: sqlalchemy.URL | str, opened: study.Study) -> None:
    """Write Nanchang's files into a database, each value in its own type, with the number of its row beside it."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    meta = sqlalchemy.MetaData()
    for name, table in opened.settings.tables.items():
        written = pd.read_csv(opened.data / table.files[0].file, dtype=str, keep_default_na=False)
        types = {
            spec.sources[0]: opened.catalogue.column(column)["type"] for column, spec in table.files[0].columns.items()
        }
        columns = [
            sqlalchemy.Column(heading, TYPES.get(types.get(heading, ""), sqlalchemy.Text)()) for heading in written
        ]
        made = sqlalchemy.Table(name, meta, sqlalchemy.Column("行号", sqlalchemy.Integer), *columns)
        records = [
            {"行号": number, **{heading: typed(row[heading], types.get(heading, "")) for heading in written}}
            for number, row in enumerate(written.to_dict("records"), 2)
        ]
        with engine.begin() as connection:
            meta.create_all(connection, [made])
            connection.execute(made.insert(), records[::-1])


def typed(text: str, kind: str) -> object:
    if text == "":
        return None
    if kind in ("count", "year"):
        return int(text)
    if kind == "number":
        return Decimal(text)
    if kind == "date":
        return datetime.date.fromisoformat(text)
    return text == "是" if kind == "boolean" else text


def from_database(folder: Path, opened: study.Study, url: str) -> Path:
    """Nanchang's study with every file taken from a database."""
    given = yaml.safe_load((opened.folder / "study.yml").read_text(encoding="utf-8"))
    for name, table in given["tables"].items():
        (file,) = table["files"]
        file.pop("encoding")
        file |= {"file": name, "database": {"url": url, "table": name, "order_by": "行号"}}
    folder.mkdir(parents=True)
    (folder / "study.yml").write_text(yaml.safe_dump(given, allow_unicode=True, sort_keys=False), encoding="utf-8")
    origin = yaml.safe_load((opened.folder / "origin.yml").read_text(encoding="utf-8"))
    (folder / "origin.yml").write_text(
        yaml.safe_dump(origin | {"files": {}}, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return folder


def require_same(folder: Path, opened: study.Study, data: Path) -> None:
    """The same tables as from the files, of which all measures are made; two chapters are computed."""
    again = study.open(str(folder), str(data))
    assert [*again.reading.tables] == [*opened.reading.tables]
    for name, table in opened.reading.tables.items():
        assert_frame_equal(again.table(name), table, obj=name)
    for chapter in ("turnover", "workload"):
        found, expected = (compute.chapter_of(chapter).measures(one, []) for one in (again, opened))
        assert_frame_equal(found, expected)


class TestNanchang:
    def test_sqlite_gives_the_same_tables_and_measures_as_the_files(self, nanchang, tmp_path):
        stored(f"sqlite:///{tmp_path / 'bureau.db'}", nanchang)
        require_same(
            from_database(tmp_path / "studies" / "nanchang", nanchang, "sqlite:///bureau.db"), nanchang, tmp_path
        )

    def test_postgresql_gives_the_same_tables_and_measures_as_the_files(self, nanchang, postgres, server, tmp_path):
        url, _ = postgres
        stored(sqlalchemy.make_url(server).set(database=sqlalchemy.make_url(url).database), nanchang)
        require_same(from_database(tmp_path / "studies" / "nanchang", nanchang, url), nanchang, tmp_path)


class TestText:
    def test_sqlite_values_are_written_as_a_file_would_have_them(self, lite, tmp_path):
        url = lite(
            "CREATE TABLE people (id TEXT, whole INTEGER, part REAL, five REAL, said TEXT, absent TEXT)",
            "INSERT INTO people VALUES ('007', 9007199254740993, 0.1, 5.0, ' 䶮𠮷', NULL)",
        )
        (row,) = read(tmp_path, url=url, query="SELECT * FROM people").to_dict("records")
        assert row == {
            "id": "007",
            "whole": "9007199254740993",
            "part": "0.1",
            "five": "5",
            "said": " 䶮𠮷",
            "absent": "",
        }

    def test_postgresql_values_are_written_as_a_file_would_have_them(self, postgres, tmp_path):
        url, execute = postgres
        execute(
            "CREATE TABLE people (id int, price numeric, born date, at timestamptz, is_new boolean, key uuid, name text)",
            "INSERT INTO people VALUES (1, 1.50, '1970-01-05', '2020-01-01 08:00+08', true,"
            " '00000000-0000-0000-0000-000000000001', '王丽')",
            "INSERT INTO people VALUES (2, 1e20, NULL, NULL, false, NULL, '')",
        )
        first, second = read(tmp_path, url=url, query="SELECT * FROM people").to_dict("records")
        assert first == {
            "id": "1",
            "price": "1.50",
            "born": "1970-01-05",
            "at": "2020-01-01 00:00:00+00:00",
            "is_new": "true",
            "key": "00000000-0000-0000-0000-000000000001",
            "name": "王丽",
        }
        assert (second["price"], second["born"], second["is_new"]) == ("100000000000000000000", "", "false")

    def test_bytes_are_refused_where_they_are_read_and_left_out_where_not(self, lite, tmp_path):
        url = lite("CREATE TABLE people (id INTEGER, photo BLOB)", "INSERT INTO people VALUES (1, x'00ff')")
        problem = refused(tmp_path, {"name": "photo"}, url=url, query="SELECT * FROM people")
        assert (problem.key, problem.facts["column"]) == ("database_type", "photo")
        assert [*read(tmp_path, url=url, query="SELECT * FROM people")] == ["id"]

    def test_arrays_and_infinite_dates_are_refused(self, postgres, tmp_path):
        url, execute = postgres
        execute(
            "CREATE TABLE people (id int, skills text[], gone date)", "INSERT INTO people VALUES (1, '{a}', 'infinity')"
        )
        query = "SELECT id, skills FROM people"
        assert refused(tmp_path, {"name": "skills"}, url=url, query=query).key == "database_type"
        assert refused(tmp_path, url=url, query="SELECT id, gone FROM people").key == "database_query_failed"

    def test_of_a_table_only_the_columns_of_study_yml_are_read(self, lite, tmp_path):
        url = lite("CREATE TABLE people (id INTEGER, name TEXT, phone TEXT)", "INSERT INTO people VALUES (1, 'a', 'b')")
        assert [*read(tmp_path, {"name": "name"}, url=url, table="people")] == ["name", "id"]

    def test_percent_signs_colons_and_casts_mean_what_they_mean_in_sql(self, lite, tmp_path):
        url = lite("CREATE TABLE people (id INTEGER, said TEXT)", "INSERT INTO people VALUES (1, '10:30 100%')")
        query = "SELECT id, said FROM people WHERE said LIKE '10:30%' AND said LIKE '%100\\%' ESCAPE '\\'"
        assert read(tmp_path, url=url, query=query)["said"].tolist() == ["10:30 100%"]

    def test_a_cast_of_postgresql_is_no_parameter(self, postgres, tmp_path):
        url, _ = postgres
        assert read(tmp_path, url=url, query="SELECT 1 AS id, '5'::int AS five, 7 % 4 AS rest").loc[1].tolist() == [
            "1", "5", "3",
        ]  # fmt: skip


class TestOrder:
    def test_rows_are_numbered_in_the_order_of_the_columns_whatever_the_database_gives(self, lite, tmp_path):
        url = lite(
            "CREATE TABLE people (id, name TEXT)",
            "INSERT INTO people VALUES (10, 'c'), (NULL, 'e'), ('x', 'd'), (9, 'b'), (8.5, 'a')",
        )
        rows = read(tmp_path, url=url, query="SELECT * FROM people ORDER BY name DESC")
        assert rows["name"].to_dict() == {1: "a", 2: "b", 3: "c", 4: "d", 5: "e"}

    def test_two_readings_are_the_same_and_have_one_checksum(self, lite, tmp_path):
        url = lite("CREATE TABLE people (id INTEGER, name TEXT)", "INSERT INTO people VALUES (2, 'b'), (1, 'a')")
        first = read(tmp_path, url=url, query="SELECT * FROM people")
        lite("DELETE FROM people", "INSERT INTO people VALUES (1, 'a'), (2, 'b')")
        again = read(tmp_path, url=url, query="SELECT * FROM people")
        assert_frame_equal(first, again)
        # printf 'id,name\n1,a\n2,b\n' | sha256sum
        assert (
            database.digest(first)
            == database.digest(again)
            == "3f8a135153d78d528143f8a854e4f310bff7deebe597939344b0c1747d0bb987"
        )

    def test_rows_that_order_by_can_not_tell_apart_are_refused_and_not_shown(self, lite, tmp_path):
        url = lite("CREATE TABLE people (id TEXT, name TEXT)", "INSERT INTO people VALUES ('x', 'a'), ('x', 'b')")
        problem = refused(tmp_path, url=url, query="SELECT * FROM people")
        assert (problem.key, problem.facts["count"], "x" in problem.facts.values()) == ("database_order_ties", 1, False)

    def test_a_column_of_order_by_that_is_not_there_is_named(self, lite, tmp_path):
        url = lite("CREATE TABLE people (no INTEGER)", "INSERT INTO people VALUES (1)")
        for how in ({"query": "SELECT * FROM people"}, {"table": "people"}):
            problem = refused(tmp_path, url=url, **how)
            assert (problem.key, problem.facts["target"], problem.facts["nearest"]) == (
                "column_missing",
                "order_by",
                "no",
            )


class TestReadOnly:
    @pytest.mark.parametrize(
        "query",
        [
            "DELETE FROM people",
            "SELECT 1 AS id; DROP TABLE people",
            "/* SELECT */ UPDATE people SET id = 1",
            "WITH gone AS (DELETE FROM people RETURNING id) SELECT * FROM gone",
            "SELECT * INTO other FROM people",
            "",
        ],
    )
    def test_a_query_that_is_no_single_select_is_refused(self, lite, tmp_path, query):
        url = lite("CREATE TABLE people (id INTEGER)", "INSERT INTO people VALUES (1)")
        assert refused(tmp_path, url=url, query=query).key == "database_query_writes"

    def test_words_in_quotes_and_comments_are_no_statements(self, lite, tmp_path):
        url = lite('CREATE TABLE people (id INTEGER, "update" TEXT)', "INSERT INTO people VALUES (1, 'x')")
        query = "SELECT id, \"update\", 'drop; delete' AS said FROM people -- insert\n;"
        assert read(tmp_path, url=url, query=query).loc[1].tolist() == ["1", "x", "drop; delete"]

    def test_postgresql_itself_refuses_what_a_function_would_write(self, postgres, tmp_path):
        url, execute = postgres
        execute("CREATE SEQUENCE numbers")
        problem = refused(tmp_path, url=url, query="SELECT nextval('numbers') AS id")
        assert problem.key == "database_query_failed"
        assert "read-only" in problem.facts["problem"]

    def test_a_sqlite_file_that_is_not_there_is_not_made(self, tmp_path):
        assert refused(tmp_path, url="sqlite:///none.db", table="people").key == "file_missing"
        assert not (tmp_path / "none.db").exists()


class TestErrors:
    def test_a_table_that_is_not_there_is_named_with_the_nearest(self, lite, tmp_path):
        url = lite("CREATE TABLE people (id INTEGER)")
        problem = refused(tmp_path, url=url, table="peple")
        assert (problem.key, problem.facts["nearest"]) == ("database_table_missing", "people")

    def test_a_column_that_is_not_there_is_named_with_the_nearest(self, lite, tmp_path):
        url = lite("CREATE TABLE people (id INTEGER, name TEXT)", "INSERT INTO people VALUES (1, 'a')")
        problem = refused(tmp_path, {"name": "nmae"}, url=url, table="people")
        assert (problem.key, problem.facts["nearest"], problem.facts["target"]) == ("column_missing", "name", "name")

    def test_a_wrong_query_is_said_in_the_database_s_words(self, lite, tmp_path):
        problem = refused(tmp_path, url=lite("CREATE TABLE people (id INTEGER)"), query="SELECT x FROM people")
        assert (problem.key, problem.facts["problem"]) == ("database_query_failed", "no such column: x")

    def test_no_rows_and_two_columns_of_one_name_are_refused(self, lite, tmp_path):
        url = lite("CREATE TABLE people (id INTEGER)")
        assert refused(tmp_path, url=url, table="people").key == "file_empty"
        assert refused(tmp_path, url=url, query="SELECT 1 AS id, 2 AS id").key == "column_twice"

    def test_a_file_that_is_no_database_is_said(self, tmp_path):
        (tmp_path / "bureau.db").write_text("not a database, but a text that is long enough to be looked at" * 20)
        assert (
            refused(tmp_path, url="sqlite:///bureau.db", query="SELECT 1 AS id FROM x").key == "database_query_failed"
        )

    @pytest.mark.parametrize("url", ["mysql+pymysql://host/db", "nosuch://host/db"])
    def test_a_driver_that_is_not_installed_is_named(self, tmp_path, url):
        problem = refused(tmp_path, url=url, table="people")
        assert problem.key == "database_driver_missing"
        assert problem.facts["driver"] in ("pymysql", "nosuch")

    def test_what_is_no_url_is_refused(self, tmp_path):
        assert refused(tmp_path, url="bureau", table="people").key == "database_url"

    def test_a_server_that_is_down_is_said_without_credentials(self, tmp_path, monkeypatch):
        monkeypatch.setenv("DB_USER", "clerk_of_bureau")
        monkeypatch.setenv("DB_PASSWORD", SECRET)
        url = "postgresql+psycopg://${DB_USER}:${DB_PASSWORD}@127.0.0.1:1/bureau"
        problem = refused(tmp_path, url=url, table="people")
        assert problem.key == "database_unreachable"
        require_untold(problem, SECRET, "clerk_of_bureau")

    def test_a_query_without_end_is_ended(self, lite, tmp_path):
        url = lite("CREATE TABLE people (id INTEGER)")
        query = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT max(id) AS id FROM n"
        assert refused(tmp_path, url=url, query=query, timeout_seconds=1).key == "database_timeout"

    def test_postgresql_ends_a_query_without_end(self, postgres, tmp_path):
        url, _ = postgres
        problem = refused(tmp_path, url=url, query="SELECT 1 AS id, pg_sleep(60)", timeout_seconds=1)
        assert problem.key == "database_timeout"

    def test_a_table_that_the_account_may_not_read_is_said(self, postgres, tmp_path):
        url, execute = postgres
        execute("CREATE TABLE hidden (id int)", f"REVOKE ALL ON hidden FROM {os.environ['DB_USER']}")
        problem = refused(tmp_path, url=url, table="hidden")
        assert (problem.key, "permission denied" in problem.facts["problem"]) == ("database_query_failed", True)


def require_untold(problem: StudyError, *secrets: str) -> None:
    """Neither the error in any language nor its traceback holds a credential."""
    told = "".join([*traceback.format_exception(problem), repr(problem), problem.text("zh"), problem.text("en")])
    assert [secret for secret in secrets if secret in told] == []


class TestCredentials:
    def test_a_password_in_study_yml_is_refused_and_not_repeated(self):
        for url in (
            "postgresql+psycopg://clerk:hunter2hunter2@host/db",
            "postgresql+psycopg://host/db?user=clerk&password=hunter2hunter2",
            "postgresql+psycopg://${DB_USER}:${DB_PASSWORD}hunter2hunter2@host/db",
        ):
            with pytest.raises(StudyError) as caught:
                source(url=url, table="people")
            assert caught.value.key == "database_password_written"
            require_untold(caught.value, "hunter2hunter2")

    def test_a_variable_that_is_not_set_is_named(self, tmp_path, monkeypatch):
        monkeypatch.delenv("DB_USER", raising=False)
        problem = refused(tmp_path, url="postgresql+psycopg://${DB_USER}@host/db", table="people")
        assert (problem.key, problem.facts["variable"]) == ("database_variable_missing", "DB_USER")

    def test_a_wrong_password_is_said_without_it(self, postgres, tmp_path, monkeypatch):
        url, _ = postgres
        monkeypatch.setenv("DB_PASSWORD", "wrong-password-of-somebody")
        problem = refused(tmp_path, url=url, table="people")
        assert problem.key == "database_unreachable"
        assert "password authentication failed" in problem.facts["problem"]
        require_untold(problem, "wrong-password-of-somebody", os.environ["DB_USER"])

    def test_a_password_with_signs_of_urls_in_it_is_passed_on_as_it_is(self, postgres, tmp_path):
        url, _ = postgres
        assert read(tmp_path, url=url, query="SELECT current_user AS id")["id"].tolist() == [os.environ["DB_USER"]]

    def test_a_whole_url_can_come_from_the_environment(self, lite, tmp_path, monkeypatch):
        monkeypatch.setenv("BUREAU", lite("CREATE TABLE people (id INTEGER)", "INSERT INTO people VALUES (1)"))
        assert len(read(tmp_path, url="${BUREAU}", table="people")) == 1


class TestSettings:
    @pytest.mark.parametrize(
        "given",
        [
            {"url": "sqlite:///x", "order_by": "id"},
            {"url": "sqlite:///x", "order_by": "id", "table": "t", "query": "SELECT 1"},
            {"url": "sqlite:///x", "table": "t"},
            {"url": "sqlite:///x", "table": "t", "order_by": "id", "timeout_seconds": "0"},
        ],
    )
    def test_what_can_not_be_followed_is_refused(self, given):
        with pytest.raises(StudyError) as caught:
            checked({"file": PLACE, "database": given, "columns": {}}, FileSource, "study.yml")
        assert caught.value.key == "settings_value"

    def test_keys_of_text_files_are_refused(self):
        given = {"url": "sqlite:///x", "table": "t", "order_by": "id"}
        with pytest.raises(StudyError, match="`encoding` is for"):
            checked({"file": PLACE, "database": given, "encoding": "utf-8", "columns": {}}, FileSource, "study.yml")


class TestStudy:
    @pytest.fixture
    def bureau(self, make_study, roster_text, tmp_path) -> Path:
        """The small study from a database in its data folder."""
        given = {"url": "sqlite:///bureau.db", "table": "roster", "order_by": "行号"}
        folder = make_study(file={"file": "roster", "database": given})
        header, *lines = (line.split(",") for line in roster_text.splitlines())
        with sqlite3.connect(folder / "data" / "bureau.db") as connection:
            connection.execute(f"CREATE TABLE roster (行号 INTEGER, {', '.join(f'{name} TEXT' for name in header)})")
            places = ", ".join("?" * (len(header) + 1))
            connection.executemany(
                f"INSERT INTO roster VALUES ({places})", [(number, *line) for number, line in enumerate(lines, 2)]
            )
        connection.close()
        return folder

    def test_it_reads_as_from_its_file(self, bureau, make_study):
        expected = study.open(str(make_study(name="from_file"))).table("roster")
        assert_frame_equal(study.open(str(bureau)).table("roster"), expected)

    def test_a_checksum_in_origin_yml_is_that_of_the_rows(self, bureau):
        opened = study.open(str(bureau))
        given = yaml.safe_load((bureau / "origin.yml").read_text(encoding="utf-8"))
        for digest, is_accepted in ((opened.reading.digests["roster"], True), ("0" * 64, False)):
            (bureau / "origin.yml").write_text(yaml.safe_dump(given | {"files": {"roster": digest}}), encoding="utf-8")
            if is_accepted:
                study.open(str(bureau))
                continue
            with pytest.raises(StudyError) as caught:
                study.open(str(bureau))
            assert caught.value.key == "file_changed"

    def test_rows_that_change_while_a_report_is_made_stop_it(self, bureau):
        opened = study.open(str(bureau))
        recorded = provenance.record(opened, [], {})["data"]
        assert recorded == {"roster": opened.reading.digests["roster"]}
        with sqlite3.connect(bureau / "data" / "bureau.db") as connection:
            connection.execute("UPDATE roster SET 姓名 = '王莉' WHERE 行号 = 2")
        connection.close()
        with pytest.raises(StudyError) as caught:
            provenance.record(opened, [], {})
        assert caught.value.key == "database_changed"

    def test_two_databases_of_one_name_are_refused(self, bureau):
        given = yaml.safe_load((bureau / "study.yml").read_text(encoding="utf-8"))
        given["tables"]["roster"]["files"] *= 2
        (bureau / "study.yml").write_text(yaml.safe_dump(given, allow_unicode=True, sort_keys=False), encoding="utf-8")
        with pytest.raises(StudyError, match="stands twice"):
            load(bureau / "study.yml", Settings)
