"""A study small enough to read, of which each test changes one thing; and the data that lie outside the repository."""

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
import synthetic
import yaml
from hypothesis import settings

from analysis import study

settings.register_profile("any machine", deadline=None)  # however slow, no test is about time
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: no collection of garbage need go through it again."""
    gc.freeze()


# Three communities over two terms, twelve persons, 17 rows. Of the eight of 2015, five stay (P01, P03, P05, P09, P12)
# and three leave (P02, P06, P10); four come (P04, P07, P08, P11), so that 2018 has nine.
ROSTER = """\
社区编号,人员编号,届次,姓名,岗位,性别,出生日期,学历,党员,到岗日期,离岗日期,兼任岗位数
C1,P01,2015,王丽,党组织书记,女,1970-01-05,本科,是,2015-07-01,,2
C1,P02,2015,李强,居委会主任,男,1962-11-30,大专,是,2015-07-01,2018-07-01,1
C1,P03,2015,张敏,网格员,女,1985-02-28,大专,否,2015-07-01,,1
C2,P05,2015,刘洋,党组织书记,男,1971-06-13,本科,是,2015-07-01,,1
C2,P06,2015,陈静,居委会主任,女,1964-09-09,初中,否,2015-07-01,2017-03-31,1
C3,P09,2015,杨帆,党组织书记,女,1968-12-24,研究生,是,2015-07-01,,3
C3,P10,2015,赵军,网格员,男,1959-04-17,小学,否,2015-07-01,2018-07-01,1
C3,P12,2015,黄梅,居委会主任,女,1980-10-10,大专,否,2015-07-01,,1
C1,P01,2018,王丽,党组织书记,女,1970-01-05,本科,是,2015-07-01,,1
C1,P03,2018,张敏,居委会主任,女,1985-02-28,大专,是,2015-07-01,,1
C1,P04,2018,周杰,网格员,男,1991-03-08,本科,否,2018-07-01,,1
C2,P05,2018,刘洋,党组织书记,男,1971-06-13,本科,是,2015-07-01,,1
C2,P07,2018,吴霞,居委会主任,女,1977-08-19,大专,是,2018-07-01,,1
C2,P08,2018,徐磊,网格员,男,1988-05-02,本科,否,2018-07-01,,1
C3,P09,2018,杨帆,党组织书记,女,1968-12-24,研究生,是,2015-07-01,,2
C3,P11,2018,孙悦,网格员,女,1993-07-07,本科,否,2018-07-01,,1
C3,P12,2018,黄梅,居委会主任,女,1980-10-10,本科,否,2015-07-01,,1
"""
COLUMNS = {
    "community_id": "社区编号",
    "person_id": "人员编号",
    "term": "届次",
    "name": "姓名",
    "role": "岗位",
    "sex": "性别",
    "birth_date": "出生日期",
    "education": "学历",
    "is_party_member": "党员",
    "start": "到岗日期",
    "end": {"column": "离岗日期", "missing": {"": "not_applicable"}},
    "posts_held": "兼任岗位数",
}


@pytest.fixture
def roster_text() -> str:
    """The roster of the small study, 17 rows below a header."""
    return ROSTER


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes the small study, one thing changed, and returns its folder."""

    def make(
        roster: str | bytes = ROSTER,
        *,
        name: str = "small_study",
        columns: dict | None = None,
        file: dict | None = None,
        table: dict | None = None,
        settings: dict | None = None,
        origin: dict | None = None,
        corrections: list[dict] | None = None,
        files: dict[str, str] | None = None,
    ) -> Path:
        """Write origin.yml, study.yml and data/roster.csv.

        Parameters
        ----------
        roster
            The CSV, as text (written in UTF-8) or as bytes.
        columns, file, table, settings, origin
            What to add to, or to replace in, the roster's columns, its file, its table, study.yml and origin.yml; a key
            with None is left out.
        corrections
            The entries of corrections.yml.
        files
            Other files of the study's folder, by path.
        """
        folder = tmp_path / name
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "roster.csv").write_bytes(roster if isinstance(roster, bytes) else roster.encode())
        source = _with({"file": "roster.csv", "columns": _with(COLUMNS, columns)}, file)
        written = {
            "title": {"zh": "小名册", "en": "A small roster"},
            "summary": {"zh": "三个社区，两届。", "en": "Three communities, two terms."},
            "languages": ["zh", "en"],
            "chapters": ["2_turnover"],
            "data_dir": str(folder / "data"),
            "terms": {
                "2015": {"start": "2015-07-01", "end": "2018-07-01"},
                "2018": {"start": "2018-07-01", "end": "2021-07-01"},
            },
            "observed_until": "2021-07-01",
            "tables": {"roster": _with({"files": [source]}, table)},
        }
        described = {
            "title": {"zh": "小名册", "en": "A small roster"},
            "owner": {"zh": "测试", "en": "The tests"},
            "licence": "CC0",
            "date": "2018-07-01",
            "sampling": {"zh": "全部", "en": "All"},
            "is_synthetic": "true",
            "obtained": {"zh": "手写", "en": "Written by hand"},
        }
        _write(folder / "study.yml", _with(written, settings))
        _write(folder / "origin.yml", _with(described, origin))
        if corrections is not None:
            _write(folder / "corrections.yml", {"corrections": corrections})
        for path, text in (files or {}).items():
            (folder / path).write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def nanchang() -> study.Study:
    """The synthetic study, read once for all tests; what a test changes is a copy."""
    return synthetic.nanchang()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The data beside the repository."""
    folder = study.ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("../shared/data is not here")
    return folder


def _with(base: dict, changes: dict | None) -> dict:
    return {key: value for key, value in {**base, **(changes or {})}.items() if value is not None}


def _write(path: Path, content: dict) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
