"""What identifies a person: recognised by its pattern and by the name of its column, before it can pass the door.

A pattern that hardly anything else fits (an e-mail address, a mobile number, an 18-digit identity number with its check
character) is recognised wherever it stands. Others (a name, an address, a bank card) need a heading that says so, or most of a
column's values.
"""

import datetime
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from analysis.catalogue import Catalogue

Evidence = Literal["heading", "values", "both"]

MOST = 0.5
"""Share of a column's values from which on they say by themselves what the column is."""
SOME = 0.2
"""Share of a column's values from which on they bear out what its heading says."""
SAMPLE = 2000
"""How many different values of a column are looked at to say what it is; a single number in a text is sought in all of them."""
FEW = 10
"""A column with fewer different values holds levels, however long their words, and no texts of the respondents' own."""

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
    "韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤欧赖温殷阎康施洪倪"
)
"""Common surnames, which begin most Chinese names (Ministry of Public Security, reports on names of 2018 and 2019)."""
PROVINCES = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
"""How an identity number begins: the provinces of GB/T 2260, and the codes of residents of Taiwan, Hong Kong and Macau."""
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
"""Weights and check characters of GB 11643-1999."""

MOBILE = r"(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}"
INTERNATIONAL = r"\+\d{1,3}[- ]?(?:\(\d{1,4}\)[- ]?)?\d(?:[- ]?\d){5,11}"
LANDLINE = r"(?:\(0\d{2,3}\)|0\d{2,3}[- ])[- ]?[2-9]\d{6,7}(?:[-转]\d{1,5})?|[48]00-\d{3}-?\d{4}|[48]00\d-\d{3}-\d{3}"
EMAIL = r"[\w.%+-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
IDENTITY = r"[1-8]\d{16}[\dXx]"
IPV4 = r"(?:\d{1,3}\.){3}\d{1,3}"
WITHIN = re.compile(
    rf"(?P<email>(?<![\w.%+-]){EMAIL})|(?<![\d.])(?:(?P<national_id>{IDENTITY})|(?P<phone>{MOBILE}|{INTERNATIONAL}|{LANDLINE})"
    rf"|(?P<ip_address>{IPV4}))(?!\d|\.\d)"
)
"""What is sought inside a longer text."""
PLATE = re.compile(
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·・ -]?"
    "[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"
)
STREET = re.compile(r"[路街道巷弄里村胡同].{0,12}\d+\s*号|\d+\s*(?:栋|幢|座|号楼|单元|室)|\d+号.{0,6}\d+室")
PLACE = re.compile(
    "[省市区县乡镇村路街巷弄号栋幢室组]|\\d+ .*\\b(?:street|st|road|rd|avenue|ave|lane)\\b", re.IGNORECASE
)
HAN_NAME = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0003134f]{2,4}")
LATIN_NAME = re.compile(r"[A-ZÀ-Þ][\w'’.-]*(?:,? [A-ZÀ-Þ][\w'’.-]*){1,4}")
PAIR = re.compile(r"[(（]?(-?\d{1,3}\.\d{3,})\s*[,， ]\s*(-?\d{1,3}\.\d{3,})[)）]?")
SENTENCE = re.compile(r"[。！？；]|[.!?;](?:\s|$)")
LONG = 40
"""Characters from which on an answer is taken for a text of the respondent's own."""


class Finding(NamedTuple):
    """What a column seems to hold.

    Attributes
    ----------
    kind
        A level of `identifier`: name, phone, national_id, passport, address, email, ip_address, coordinates, account,
        bank_card, licence_plate or free_text.
    share
        The share of its different values that look like it, from 0 to 1.
    evidence
        Whether the values say so, the heading, or both.
    """

    kind: str
    share: float
    evidence: Evidence

    def reason(self, catalogue: Catalogue, language: str) -> str:
        """Why it is taken for that, in words."""
        kind = catalogue.level_set("identifier")[self.kind][language]
        return catalogue.text(f"identified_by_{self.evidence}", language, kind=kind, share=f"{self.share:.0%}")


class _Kind(NamedTuple):
    """How one kind is told: by a heading whose values may be so, and by values that can hardly be anything else."""

    heading: re.Pattern[str]
    may_be: Callable[[str], bool]
    is_surely: Callable[[str], bool] | None = None


def recognised(heading: str, values: Iterable[str]) -> Finding | None:
    """What a column holds that identifies a person; nothing where it seems to hold none.

    Parameters
    ----------
    heading
        The column's name, its label or the wording of its question.
    values
        Its cells, or its different values, as text; empty ones do not count. Of very many some are looked at, evenly spread.
    """
    different = list(dict.fromkeys(values))
    texts = [text for text in map(plain, different[:: max(len(different) // SAMPLE, 1)]) if text]
    if not texts:
        return None
    asked = plain(heading).replace("_", " ").casefold()
    for name, kind in KINDS.items():
        if kind.is_surely and (share := _share(texts, kind.is_surely)) >= MOST:
            return Finding(name, share, "both" if kind.heading.search(asked) else "values")
    for name, kind in KINDS.items():
        if kind.heading.search(asked) and (share := _share(texts, kind.may_be)) >= SOME:
            return Finding(name, share, "heading")
    if len(texts) >= FEW and (share := _share(texts, _is_free_text)) >= SOME:
        return Finding("free_text", share, "values")
    return None


def within(text: str) -> str | None:
    """The kind of the first identifier that stands anywhere in a text: e-mail, phone, identity number or IP address."""
    for found in WITHIN.finditer(unicodedata.normalize("NFKC", text)):
        kind = str(found.lastgroup)
        if kind == "national_id" and not is_national_id(found[0]):
            continue
        if kind == "ip_address" and not _is_ip(found[0]):
            continue
        return kind
    return None


def plain(text: str) -> str:
    """A value as it is compared: full-width characters narrowed, `.0` of a number that a spreadsheet wrote taken off."""
    text = unicodedata.normalize("NFKC", text).strip()
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def is_national_id(text: str) -> bool:
    """Whether this is an identity number of 18 places: a province, a date, and the check character of GB 11643-1999."""
    if not re.fullmatch(IDENTITY, text) or not PROVINCES.match(text) or not _is_date(text[6:14]):
        return False
    return (
        CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, text, strict=False)) % 11] == text[17].upper()
    )


def is_old_national_id(text: str) -> bool:
    """Whether this may be an identity number of 15 digits, as until 1999; it has no check character."""
    return bool(re.fullmatch(r"\d{15}", text)) and bool(PROVINCES.match(text)) and _is_date("19" + text[6:12])


def _is_date(text: str) -> bool:
    try:
        return datetime.date(int(text[:4]), int(text[4:6]), int(text[6:])).year >= 1800
    except ValueError:
        return False


def _is_phone(text: str) -> bool:
    return bool(re.fullmatch(f"{MOBILE}|{INTERNATIONAL}|{LANDLINE}", text))


def _is_ip(text: str) -> bool:
    """Whether this is an IPv4 or IPv6 address; a place in brackets may follow, as in exports of online surveys."""
    try:
        ipaddress.ip_address(re.sub(r"\s*[(（].*", "", text))
    except ValueError:
        return False
    return True


def _is_pair(text: str) -> bool:
    found = PAIR.fullmatch(text)
    return found is not None and all(abs(float(number)) <= 180 for number in found.groups())


def _is_degree(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d{1,3}\.\d{3,}", text)) and abs(float(text)) <= 180


def _is_card(text: str) -> bool:
    """Whether this is a card's number: 12 to 19 digits with the check digit of ISO/IEC 7812 (Luhn)."""
    digits = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"\d{12,19}", digits):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _is_name(text: str) -> bool:
    if "·" in text:
        return all(HAN_NAME.fullmatch(part) or part.isalpha() for part in text.split("·"))
    return bool(HAN_NAME.fullmatch(text) and text[0] in SURNAMES) or bool(LATIN_NAME.fullmatch(text))


def _is_free_text(text: str) -> bool:
    return len(text) > LONG or (len(text) > LONG // 4 and bool(SENTENCE.search(text)))


def _share(texts: list[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, texts)) / len(texts)


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


KINDS: dict[str, _Kind] = {
    "national_id": _Kind(
        re.compile(r"身份证|公民身份号码|证件号|\bid ?card|\bnational id|\bidentity (?:card|number)|\bcitizen id"),
        lambda text: is_national_id(text) or bool(re.fullmatch(r"\d{15}|\d{17}[\dXx]", text)),
        lambda text: is_national_id(text) or is_old_national_id(text),
    ),
    "email": _Kind(re.compile(r"邮箱|电子邮件|\be-?mail"), _matches(EMAIL), _matches(EMAIL)),
    "ip_address": _Kind(re.compile(r"\bip\b|来自ip|ip ?地址"), _is_ip, _is_ip),
    "phone": _Kind(
        re.compile(r"电话|手机|联系方式|\b(?:tele)?phone\b|\bmobile\b|\bcell(?:phone)?\b|\btel\b|\bwhatsapp\b"),
        lambda text: _is_phone(text) or bool(re.fullmatch(r"[\d ()-]{7,15}", text)),
        _is_phone,
    ),
    "bank_card": _Kind(
        re.compile(r"银行卡|卡号|银行账号|\bbank (?:card|account)|\bcard (?:no|number)|\biban\b"),
        lambda text: _is_card(text) or bool(re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", text)),
        lambda text: text.startswith("62") and len(text) >= 16 and _is_card(text),
    ),
    "licence_plate": _Kind(
        re.compile(r"车牌|牌照号|\b(?:licen[cs]e|number) plate"), _matches(PLATE.pattern), _matches(PLATE.pattern)
    ),
    "coordinates": _Kind(
        re.compile(r"经度|纬度|经纬度|坐标|\b(?:lat|latitude|lon|lng|long|longitude|gps|geopoint|coordinates?)\b"),
        lambda text: _is_pair(text) or _is_degree(text) or bool(re.fullmatch(r"(?:-?\d+\.\d+ ){2,3}-?\d+(?:\.\d+)?", text)),
        _is_pair,
    ),
    "address": _Kind(
        re.compile(r"地址|住址|门牌|\baddress\b|\bstreet\b"),
        lambda text: bool(PLACE.search(text)) and len(text) > 5,
        lambda text: bool(STREET.search(text)),
    ),
    "passport": _Kind(re.compile(r"护照|\bpassport\b"), _matches(r"[A-Z]{0,2}\d{7,9}")),
    "account": _Kind(
        re.compile(r"微信|qq|用户名|昵称|\b(?:wechat|weixin|openid|unionid|nickname|user ?(?:name|id)|telegram)\b"),
        _matches(r"[1-9]\d{4,11}|[A-Za-z][-\w]{5,31}|(?=.*[A-Z])(?=.*[a-z\d])[-\w]{20,}"),
    ),
    "name": _Kind(
        re.compile(
            r"姓名|(?<!社区)(?<!组织)(?<!单位)名字|联系人|负责人|^称呼|^name$|\bsurname\b"
            r"|\b(?:full|first|last|middle|family|given|your|(?:respondent|person|participant|contact)(?:'s)?) ?name\b"
        ),
        _is_name,
    ),
}  # fmt: skip
"""Each kind of what identifies a person, the plainest first."""
