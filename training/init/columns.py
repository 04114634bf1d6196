"""In which list of the configuration a lead column belongs, and why: values before names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from training.init.funnel import is_todays
from training.init.level_words import OutcomeLevel, is_yes_or_no, levels_of
from training.init.name_words import NAMES, QUANTITIES, is_name_of, says
from training.init.table_profile import ColumnProfile
from training.learn.rows.late_names import tells_the_end

List = Literal["fit", "interest", "hearing", "carry", "ignore"]

_ASKED = (
    *("budget", "timing", "timeline", "need", "authority", "予算", "導入時期", "ニーズ", "決裁"),
)
_OWNER = (
    *("owner", "assigned to", "assignee", "sales agent", "sales rep", "salesperson", "rep"),
    *("account manager", "担当", "担当者"),
)
_PERSON = (
    *("name", "first name", "last name", "full name", "surname", "company", "company name"),
    *("account name", "lead name", "deal name", "氏名", "会社名", "企業名", "お名前", "顧客名"),
)
_CAME = (
    *("source", "origin", "campaign", "channel", "medium", "utm", "referrer", "referral"),
    *("recommendation", "ad", "advertisement", "advertising", "how did you hear", "lead source"),
    *("流入", "経路", "チャネル", "キャンペーン", "媒体", "広告", "紹介", "きっかけ"),
)
_DID = (
    *("visit", "view", "pageview", "click", "clicked", "open", "opened", "opens", "session"),
    *("page", "download", "downloaded", "duration", "time spent", "activity", "search"),
    *("newspaper", "magazine", "forum", "receive", "update", "times", "do not email"),
    *("do not call", "webinar", "login", "last activity", "bounce", "email opened"),
    *("訪問", "閲覧", "滞在", "クリック", "開封", "ダウンロード", "参加", "来場"),
)
_COUNTS = ("count", "total", "num", "number of", "回数", "件数")
#: What is counted of a company, and is no behaviour.
_SIZE = (
    *("employee", "staff", "headcount", "people", "office", "location", "seat", "user"),
    *("child", "children", "dependent", "従業員", "社員", "人数", "拠点", "店舗"),
)
_LOOKS = {
    "e-mail": "holds e-mail addresses: names a person; in `fit`, an e-mail counts by its domain"
    " alone",
    "phone number": "holds phone numbers: names a person",
    "web address": "holds web addresses, nearly all different",
    "Salesforce id": "holds record ids",
}
#: Mean characters from which on texts are remarks.
_REMARK = 60
_FEW = 20


@dataclass(frozen=True)
class Placed:
    """A lead column in a list of the configuration.

    Attributes:
        column: The column.
        where: The list.
        why: Why it is there.
    """

    column: ColumnProfile
    where: List
    why: str


def placed(column: ColumnProfile, *, refers_to: str = "", later: float = 0.0) -> Placed:
    """The list of ``columns`` for a lead column, and why.

    Args:
        column: The column.
        refers_to: Name of a table whose rows its values name.
        later: Share of its dates that lie after the lead's creation.
    """
    for where, why in (_by_values(column, refers_to, later), _by_name(column)):
        if where:
            return Placed(column, where, why)
    if _is_many_texts(column) and column.distinct > 0.9 * column.present:
        return Placed(column, "ignore", "nearly every lead has its own value")
    return Placed(column, "fit", "nothing says that the lead did it")


def _by_values(column: ColumnProfile, refers_to: str, later: float) -> tuple[List | None, str]:
    unusable = _unusable(column)
    if unusable:
        return "ignore", unusable
    if refers_to and column.distinct > _FEW:
        owned = says(column.name, _OWNER)
        return ("carry" if owned else "ignore"), f"holds ids of {refers_to}"
    if column.kind == "date" and (later > 0.5 or is_todays(column) or _is_close(column)):
        shown = f"{later:.0%} of its dates lie after the creation" if later > 0.5 else "by its name"
        return "ignore", f"written later ({shown}), and may tell the outcome"
    if _is_end(column):
        return "ignore", "its values say how leads ended; check"
    if _names_the_lead(column):
        return "ignore", "it only numbers the leads"
    return None, ""


def _is_close(column: ColumnProfile) -> bool:
    """Whether a date's name says that it is the one of the end."""
    return says(column.name, (*NAMES["closed_at"], *NAMES["converted_at"]))


def _unusable(column: ColumnProfile) -> str:
    """Why a column can say nothing, or an empty text."""
    if not column.present:
        return "it is empty"
    if column.distinct == 1 and column.present == column.rows:
        return "it has one value only"
    if column.kind == "text" and column.length > _REMARK:
        return f"free text, {column.length:.0f} characters on average"
    if column.look in _LOOKS and column.distinct > _FEW:
        return _LOOKS[column.look]
    return ""


def _is_end(column: ColumnProfile) -> bool:
    """Whether the levels say won or lost plainly, beside others that say open, lost or won."""
    levels: Sequence[OutcomeLevel] = levels_of(column.counted)
    if len(levels) < 2 or is_yes_or_no(column.values):
        return False
    plain = {level.meaning for level in levels if level.plainly}
    known = sum(level.meaning is not None for level in levels)
    return bool(plain & {"won", "lost"}) and known >= 0.5 * len(levels)


def _names_the_lead(column: ColumnProfile) -> bool:
    """Whether a column is a number or code of its own for every lead."""
    if column.kind == "date" or column.rows <= _FEW or _is_quantity(column):
        return False
    is_id = says(column.name, NAMES["id"])
    if column.kind == "number":
        many = column.distinct > 0.5 * column.present and column.distinct > 5 * _FEW
        return column.counts_rows or column.is_oddly_unique or (is_id and column.whole and many)
    return column.is_nearly_unique and column.look == "id" and column.length < 41


def _is_quantity(column: ColumnProfile) -> bool:
    return says(column.name, QUANTITIES) and not is_name_of(column.name[-3:].strip("_ "), ("id",))


def _by_name(column: ColumnProfile) -> tuple[List | None, str]:
    name = column.name
    later = tells_the_end(name)
    did = says(name, _DID) or (says(name, _COUNTS) and not says(name, _SIZE))
    places: Sequence[tuple[bool, List, str]] = (
        (later, "ignore", "may be written after the contact, and then tells the outcome; check"),
        (says(name, _ASKED), "hearing", "sales learns it by asking"),
        (says(name, _OWNER), "carry", "who looks after the lead"),
        (_is_id(column), "ignore", "holds ids"),
        (
            _is_many_texts(column) and says(name, _PERSON),
            "carry",
            "names the lead for those who call",
        ),
        (says(name, _CAME), "interest", "how the lead came"),
        (did, "interest", "what the lead did"),
    )
    return next(((where, why) for holds, where, why in places if holds), (None, ""))


def _is_id(column: ColumnProfile) -> bool:
    """Whether the last word says id, and many values bear it out."""
    ends = ("id", "uuid", "guid", "番号")
    spoken = any(says(column.name[-len(end) - 1 :], [end]) for end in ends)
    return spoken and column.distinct > _FEW and column.kind != "date"


def _is_many_texts(column: ColumnProfile) -> bool:
    return column.kind == "text" and column.distinct > _FEW
