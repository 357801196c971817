"""Persons protected: what identifies them is recognised, and does not pass the door, or passes as a keyed hash.

Numbers that look real are published ones: the examples of GB 11643-1999 (annex A), documentation addresses of RFC 5737,
RFC 3849 and RFC 2606, Ofcom's numbers for drama, and the test number of card schemes.
"""

import csv
import string
from collections import namedtuple
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analysis import cli, compute, locations, study
from analysis.catalogue import LANGUAGES, base
from analysis.errors import StudyError
from analysis.reading.persons import identifiers, protection, pseudonyms
from analysis.reporting import processed
from analysis.settings import FileSource, checked

BEIJING, SHANTOU = "11010519491231002X", "440524188001010014"
BEIJING_OLD = "110105491231002"
CARD = "4111111111111111"
COLUMNS = [
    "community_id", "person_id", "term", "name", "role", "sex", "birth_date", "education", "is_party_member", "start", "end",
    "posts_held",
]  # fmt: skip
"""Of the small study's roster, in their order."""
KEY = "0123456789abcdef0123456789abcdef"
Ended = namedtuple("Ended", "status out err")


class TestPatterns:
    @pytest.mark.parametrize("number", [BEIJING, SHANTOU, BEIJING.lower()])
    def test_the_standard_s_own_identity_numbers_are_valid(self, number):
        assert identifiers.is_national_id(number)

    @given(st.sampled_from([BEIJING, SHANTOU]), st.integers(0, 17), st.sampled_from(string.digits))
    def test_a_wrong_character_is_found(self, number, place, digit):
        changed = number[:place] + digit + number[place + 1 :]
        assert identifiers.is_national_id(changed) == (changed == number)

    def test_no_other_number_of_18_digits_is_one(self):
        # the first has no such province; the others no such date, and no check character that fits
        for number in ("010105194912310025", "110105194913310021", "123456789012345678"):
            assert not identifiers.is_national_id(number)

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("13800138000", "phone"),
            ("138 0013 8000", "phone"),
            ("+86 138-0013-8000", "phone"),
            ("请打１３８００１３８０００找我", "phone"),
            ("(0791)85551234", "phone"),
            ("0791-85551234转12", "phone"),
            ("+44 20 7946 0958", "phone"),
            (f"身份证{BEIJING}", "national_id"),
            ("写给 wang.li@example.com。", "email"),
            ("来自192.0.2.1", "ip_address"),
        ],
    )
    def test_a_number_is_found_within_a_text(self, text, kind):
        assert identifiers.within(text) == kind
        assert pd.Series([text], dtype="str").str.contains(protection.ROUGHLY).all()

    @pytest.mark.parametrize(
        "text",
        [
            "360102001001",  # a community of the statistical office
            "2018-06-03 12:33:44",
            "20141129",
            "138001380001",
            "0.13800138000",
            "国务院令第501号",
            "1.2.3",
            "300.1.1.1",
            "12345678901234567",
            "123456789012345678",
            "user@",
            "",
        ],
    )
    def test_other_numbers_and_texts_are_let_be(self, text):
        assert identifiers.within(text) is None

    @given(st.text(alphabet=st.sampled_from("0139+86@.- aX（)"), max_size=24))
    def test_the_rough_look_never_misses_what_the_exact_one_finds(self, text):
        if identifiers.within(text):
            assert pd.Series([text], dtype="str").str.contains(protection.ROUGHLY).all()


class TestColumns:
    @pytest.mark.parametrize(
        ("heading", "values", "kind", "evidence"),
        [
            ("您的身份证号码", [BEIJING, SHANTOU], "national_id", "both"),
            ("x", [BEIJING, SHANTOU], "national_id", "values"),
            ("id card", [BEIJING_OLD], "national_id", "both"),
            ("手机", ["13800138000.0", ""], "phone", "both"),
            ("mobile", ["555-0100", "555-0199"], "phone", "heading"),
            ("E-mail", ["a@example.com", "–"], "email", "both"),
            ("来自IP", ["192.0.2.1(江西-南昌)", "198.51.100.7(北京)"], "ip_address", "both"),
            ("v6", ["2001:db8::1"], "ip_address", "values"),
            ("姓名", ["张伟", "王芳", "欧阳娜娜", "阿依古丽·买买提"], "name", "heading"),
            ("Respondent name", ["Anna Smith", "José Pérez"], "name", "heading"),
            ("家庭住址", ["八一大道100号3栋502室"], "address", "both"),
            ("address", ["12 High Street"], "address", "heading"),
            ("经纬度", ["28.682,115.857"], "coordinates", "both"),
            ("latitude", ["28.6820", "28.7001"], "coordinates", "heading"),
            ("护照", ["E00000000"], "passport", "heading"),
            ("微信号", ["wxid_example"], "account", "heading"),
            ("银行卡号", [CARD], "bank_card", "heading"),
            ("车牌", ["赣A·12345"], "licence_plate", "both"),
            (
                "您的意见",
                [f"我觉得第{number}件事情还不够好，希望改进。" for number in range(12)],
                "free_text",
                "values",
            ),
        ],
    )
    def test_what_identifies_a_person_is_recognised_and_said(self, heading, values, kind, evidence):
        found = identifiers.recognised(heading, values)
        assert found is not None
        assert (found.kind, found.evidence) == (kind, evidence)
        for language in LANGUAGES:
            assert base().level_set("identifier")[kind][language] in found.reason(base(), language)

    @pytest.mark.parametrize(
        ("heading", "values"),
        [
            ("您是否有手机？", ["是", "否"]),
            ("您知道居委会主任的姓名吗", ["知道", "不知道"]),
            ("您有护照吗", ["有", "没有"]),
            ("您每天使用微信的时间", ["1小时以下", "1–3小时", "3小时以上"]),
            ("community_name", ["Green Park", "West End"]),
            ("社区名称", ["王府社区", "李家巷社区"]),
            ("社区", ["王府井", "李家巷"]),
            ("organisation name", ["Wang Li Choir"]),
            ("开始时间", ["12:30:45"]),
            ("weight", ["1.3812345678", "0.913812345678"]),
            ("编号", ["R001", "R002"]),
            ("社区编号", ["360102001001", "360102001002"]),
            ("How long have you lived here?", ["12.5", "3"]),
            ("法律依据", ["《城市居民委员会组织法》第三条", "国务院令第501号"]),
            ("满意度", ["非常满意，各项服务都做得很好，没有需要改进的地方。", "比较满意。", "一般。"]),
            ("姓名", []),
            ("姓名", ["", " "]),
        ],
    )
    def test_other_columns_are_let_be(self, heading, values):
        assert identifiers.recognised(heading, values) is None

    def test_the_share_is_that_of_different_values(self):
        found = identifiers.recognised("x", ["13800138000", "13800138000", "13900139000", "none"])
        assert found is not None
        assert found.share == pytest.approx(2 / 3)

    def test_a_card_s_check_digit_counts(self):
        assert identifiers.recognised("卡号", [CARD]) is not None
        assert identifiers.recognised("卡号", [CARD[:-1] + "2"]) is None

    def test_the_commonest_names_are_names(self):
        # the ten commonest of China: Ministry of Public Security, report on names of 2019
        names = ["张伟", "王伟", "李娜", "王芳", "李伟", "王静", "李静", "张敏", "刘伟", "张静"]
        found = identifiers.recognised("姓名", names)
        assert found == identifiers.Finding("name", 1.0, "heading")


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv(pseudonyms.KEY, KEY)
    monkeypatch.delenv(pseudonyms.KEY_FILE, raising=False)


def letters(hexadecimal: str) -> str:
    return "".join("abcdefghijklmnop"[int(digit, 16)] for digit in hexadecimal)


class TestPseudonyms:
    def test_a_pseudonym_is_the_hmac_s_first_64_bits_in_letters(self):
        # printf 11010519491231002X | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
        made = pseudonyms.pseudonyms(pd.Series([BEIJING, "13800138000", None], dtype="str"), KEY.encode())
        assert made.tolist()[:2] == [letters("7b2b7323b75750d6"), letters("2aff2a1ede191cf2")]
        assert made.isna().tolist() == [False, False, True]

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (BEIJING, BEIJING.lower()),
            (BEIJING, BEIJING_OLD),
            (BEIJING, "１１０１０５１９４９１２３１００２Ｘ"),
            (BEIJING, "110105 19491231 002X"),
            ("13800138000", "+86 138-0013-8000"),
            ("13800138000", "13800138000.0"),
        ],
    )
    def test_one_number_written_in_two_ways_is_one_person(self, one, other):
        made = pseudonyms.pseudonyms(pd.Series([one, other]), KEY.encode())
        assert made[0] == made[1]

    @given(st.lists(st.text(min_size=1), unique_by=pseudonyms.same_for_all, min_size=2))
    def test_two_persons_are_two_and_no_pseudonym_identifies(self, ids):
        made = pseudonyms.pseudonyms(pd.Series(ids, dtype="str"), KEY.encode())
        assert made.is_unique
        assert identifiers.recognised("手机", made) is None

    def test_another_key_gives_other_pseudonyms(self):
        one, other = (pseudonyms.pseudonyms(pd.Series([BEIJING]), secret) for secret in (KEY.encode(), b"x" * 32))
        assert one[0] != other[0]

    def test_two_ids_with_one_pseudonym_are_refused(self, monkeypatch):
        monkeypatch.setattr(pseudonyms, "LENGTH", 0)
        with pytest.raises(StudyError) as caught:
            pseudonyms.pseudonyms(pd.Series(["a", "b"]), KEY.encode())
        assert caught.value.key == "hash_collision"

    def test_the_key_is_the_environment_s_or_that_of_a_file_outside(self, monkeypatch, tmp_path):
        monkeypatch.delenv(pseudonyms.KEY, raising=False)
        (tmp_path / "key").write_text(KEY + "\n")
        monkeypatch.setenv(pseudonyms.KEY_FILE, str(tmp_path / "key"))
        assert pseudonyms.key() == KEY.encode()
        monkeypatch.setenv(pseudonyms.KEY, "f" * 64)
        assert pseudonyms.key() == b"f" * 64

    def test_a_key_that_is_missing_short_or_in_the_repository_is_refused_and_not_told(self, monkeypatch, tmp_path):
        def refused(written: str, file: str) -> str:
            monkeypatch.setenv(pseudonyms.KEY, written)
            monkeypatch.setenv(pseudonyms.KEY_FILE, file)
            with pytest.raises(StudyError) as caught:
                pseudonyms.key()
            for language in LANGUAGES:
                assert "tiny" not in caught.value.text(language)
            return caught.value.key

        (tmp_path / "empty").write_text("\n")
        assert refused("", "") == "hash_key_missing"
        assert refused("", str(tmp_path / "none")) == "hash_key_missing"
        assert refused("", str(tmp_path / "empty")) == "hash_key_missing"
        assert refused("tiny", "") == "hash_key_short"
        assert refused("", str(study.ROOT / "README.md")) == "hash_key_inside"


def refused(folder: Path) -> StudyError:
    with pytest.raises(StudyError) as caught:
        study.open(str(folder))
    return caught.value


def with_column(roster: str, heading: str, values: list[str]) -> str:
    """The small study's roster with one more column, its values in turn."""
    header, *lines = roster.splitlines()
    more = [f"{line},{values[number % len(values)]}" for number, line in enumerate(lines)]
    return "\n".join([f"{header},{heading}", *more]) + "\n"


def with_numbers(roster: str) -> str:
    """The small study's roster with identity numbers for two who serve twice, written in two ways."""
    early, late = (roster.replace("P01", one).replace("P03", SHANTOU) for one in (BEIJING, BEIJING_OLD))
    return "\n".join(
        line if ",2018," not in line else other
        for line, other in zip(early.splitlines(), late.splitlines(), strict=True)
    )


class TestDoor:
    @pytest.mark.parametrize(
        ("heading", "values", "target", "kind"),
        [
            ("备注", ["13800138000", "13900139000"], "community_name", "phone"),
            ("姓名2", ["张伟", "王芳", "李娜"], "district", "name"),
            ("电话", ["13800138000"], "votes", "phone"),
            ("住址", ["八一大道100号3栋502室", "八一大道100号3栋503室"], "subdistrict", "address"),
            ("意见", [f"第{number}件事情还不够好，希望能够改进。" for number in range(12)], "city", "free_text"),
        ],
    )
    def test_a_column_that_identifies_persons_is_refused(
        self, make_study, roster_text, heading, values, target, kind, monkeypatch
    ):
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        problem = refused(make_study(with_column(roster_text, heading, values), columns={target: heading}))
        assert (problem.key, problem.facts["target"]) == ("identifier_mapped", target)
        assert base().level_set("identifier")[kind]["en"] in problem.facts["reason"]
        for language in LANGUAGES:
            assert not any(value in problem.text(language) for value in values)

    def test_a_single_number_in_a_text_is_refused_with_its_row(self, make_study, roster_text):
        values = [*["甲社区"] * 4, "甲社区 电话0791-85551234", *["甲社区"] * 12]
        problem = refused(make_study(with_column(roster_text, "社区", values), columns={"community_name": "社区"}))
        assert (problem.key, problem.facts["row"]) == ("identifier_within", 6)
        assert "0791" not in problem.text("zh")

    def test_what_somebody_decided_to_keep_passes(self, make_study, roster_text):
        roster = with_column(roster_text, "社区", ["甲社区 电话0791-85551234"])
        kept = {"identifiers": {"community_name": {"keep": "居委会公开的办公电话"}}}
        opened = study.open(str(make_study(roster, columns={"community_name": "社区"}, settings=kept)))
        assert opened.table("roster")["community_name"].unique().tolist() == ["甲社区 电话0791-85551234"]

    def test_ids_that_are_identity_numbers_are_refused(self, make_study, roster_text):
        problem = refused(make_study(with_numbers(roster_text)))
        assert (problem.key, problem.facts["target"]) == ("identifier_within", "person_id")
        assert BEIJING not in problem.text("en")

    def test_hashed_ids_follow_the_same_persons(self, make_study, roster_text, key):
        hashed = study.open(str(make_study(with_numbers(roster_text), settings={"identifiers": {"person_id": "hash"}})))
        plain = study.open(str(make_study(name="plain")))
        roster = hashed.table("roster")
        assert roster.loc[roster["name"] == "王丽", "person_id"].tolist() == [letters("7b2b7323b75750d6")] * 2
        assert roster["person_id"].nunique() == plain.table("roster")["person_id"].nunique() == 12
        found, expected = (compute.chapter_of("turnover").measures(one, []) for one in (hashed, plain))
        pd.testing.assert_frame_equal(found, expected)

    def test_without_a_key_nothing_is_read(self, make_study, roster_text, monkeypatch):
        monkeypatch.delenv(pseudonyms.KEY, raising=False)
        monkeypatch.delenv(pseudonyms.KEY_FILE, raising=False)
        folder = make_study(with_numbers(roster_text), settings={"identifiers": {"person_id": "hash"}})
        assert refused(folder).key == "hash_key_missing"

    def test_rows_set_aside_name_nobody(self, make_study, roster_text, key):
        roster = with_numbers(roster_text).replace("网格员", "13800138000", 1).replace("1970-01-05", "1970-13-05")
        read = study.read(str(make_study(roster, settings={"identifiers": {"person_id": "hash"}})))
        aside = read.reading.quarantine
        assert sorted(aside["column"]) == ["birth_date", "birth_date", "role"]
        assert (
            not aside.astype("str")
            .apply(lambda column: column.str.contains(f"{BEIJING}|{BEIJING_OLD}|138"))
            .any(axis=None)
        )
        assert {*aside["id"]} == {protection.HIDDEN}

    def test_only_an_id_can_be_hashed(self, make_study):
        problem = refused(make_study(settings={"identifiers": {"name": "hash"}}))
        assert (problem.key, problem.facts["key"]) == ("settings_key", "name")

    @pytest.mark.parametrize("decision", ["drop", {"keep": ""}, {}])
    def test_another_decision_is_refused(self, make_study, decision):
        assert refused(make_study(settings={"identifiers": {"person_id": decision}})).key == "settings_value"

    def test_a_law_s_long_name_may_pass_where_a_respondent_s_words_may_not(self, nanchang):
        texts = [f"《城市居民委员会组织法》第{number}条规定的事项；由居民会议讨论决定。" for number in range(1, 13)]
        source = checked({"file": "x.csv", "columns": {"department": "依据", "city": "依据"}}, FileSource, "study.yml")

        def passes(table: str, column: str) -> None:
            frame = pd.DataFrame({"_row": range(2, 14), column: texts})
            protection.protected(frame, [], table, source, {}, nanchang.settings, nanchang.catalogue, Path("x.csv"))

        passes("work_items", "department")
        with pytest.raises(StudyError) as caught:
            passes("respondents", "city")
        assert caught.value.key == "identifier_mapped"


PLANTED = ("13800138000", "li.wang@example.com", "八一大道100号3栋502室", BEIJING, SHANTOU, BEIJING_OLD, "王丽", "张敏")
"""What identifies persons of the study below: columns that nobody maps, ids and names."""


@pytest.fixture
def planted(make_study, roster_text, key) -> Path:
    """The small study with identity numbers for ids, and columns that are not mapped."""
    roster = with_numbers(roster_text)
    for heading, value in zip(("手机", "邮箱", "住址"), PLANTED, strict=False):
        roster = with_column(roster, heading, [value])
    roster = roster.replace("李强,居委会主任", "李强,楼长")  # one row is set aside
    settings = {"identifiers": {"person_id": "hash"}, "chapters": ["1_data_quality", "2_turnover"]}
    return make_study(roster, settings=settings, table={"set_aside": 1})


@pytest.fixture
def run(monkeypatch, tmp_path):
    """A function that runs a command in this process, its processed data kept below tmp_path."""
    monkeypatch.setattr(locations, "PROCESSED", tmp_path / "root" / "data" / "processed")
    monkeypatch.delenv("STUDY_DATA_DIR", raising=False)

    def call(*arguments: object) -> Ended:
        result = CliRunner().invoke(cli.main, [str(one) for one in arguments], env={"LANG": "zh_CN.UTF-8"})
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return Ended(result.exit_code, result.stdout, result.stderr)

    return call


def written(folder: Path) -> str:
    """Everything that stands in the files of a folder."""
    return "\n".join(
        path.read_bytes().decode("utf-8", errors="replace") for path in folder.rglob("*") if path.is_file()
    )


def test_a_respondent_s_name_that_was_encoded_twice_is_mended_and_not_told(make_study, roster_text, tmp_path):
    folder = make_study(file={"file": "roster.sav"})
    names = pd.DataFrame([line.split(",") for line in roster_text.splitlines()[1:]])
    names = names.set_axis([f"v{number}" for number in range(12)], axis=1)
    pyreadstat.write_sav(names.replace("王丽", "JosÃ©"), folder / "data" / "roster.sav")
    columns = {key: f"v{number}" for number, key in enumerate(COLUMNS)}
    given = yaml.safe_load((folder / "study.yml").read_text(encoding="utf-8"))
    given["tables"]["roster"]["files"][0]["columns"] = columns
    (folder / "study.yml").write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
    opened = study.open(str(folder))
    assert "José" in {*opened.table("roster")["name"]}
    assert opened.reading.notes["examples"].tolist() == [protection.HIDDEN]


class TestNothingLeaves:
    def test_columns_that_nobody_maps_are_in_no_table(self, planted):
        opened = study.open(str(planted))
        cells = pd.concat([frame.astype("str") for frame in opened.reading.tables.values()]).to_numpy().ravel()
        for value in PLANTED[:6]:
            assert not any(value in str(cell) for cell in cells)

    def test_a_report_its_record_and_the_processed_data_name_nobody(self, planted, run, tmp_path):
        ended = run("report", planted, "--out", tmp_path / "report", "--lang", "zh")
        assert ended.status == 0, ended.err
        told = [ended.out, ended.err, written(tmp_path / "report"), written(tmp_path / "root")]
        for value in (*PLANTED, KEY):
            assert not any(value in text for text in told), value
        assert letters("7b2b7323b75750d6") in told[-1]  # the scan looks where the persons are

    def test_checking_names_nobody(self, planted, run, tmp_path):
        ended = run("check", planted)
        told = [ended.out, ended.err, written(tmp_path / "root")]
        for value in (*PLANTED, KEY):
            assert not any(value in text for text in told), value

    def test_the_processed_data_of_nanchang_hold_nothing_that_identifies(self, nanchang, monkeypatch, tmp_path):
        monkeypatch.setattr(locations, "PROCESSED", tmp_path / "data" / "processed")
        folder = processed.write(nanchang)
        scanned = 0
        for path in folder.glob("*.csv"):
            with path.open(encoding="utf-8-sig", newline="") as lines:
                rows = list(csv.DictReader(lines))
            for column in rows[0] if rows else []:
                values = [row[column] for row in rows]
                assert not any(map(identifiers.within, {*values})), (path.name, column)
                found = identifiers.recognised(column, values)
                assert found is None, (path.name, column, found)
                scanned += 1
        assert scanned > 60
        names = pd.read_csv(nanchang.data / "roster.csv", dtype=str)["姓名"].unique()
        roster = (folder / "roster.csv").read_text(encoding="utf-8-sig")
        assert not any(name in roster for name in names)
        assert "birth_year" in roster
        assert "birth_date" not in roster
