"""What a column's name says: by its whole words, never by a part of one."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

#: Names of what is counted or measured, which is no id, however different its values.
QUANTITIES = (
    *("count", "total", "number of", "employee", "staff", "headcount", "amount", "revenue"),
    *("price", "income", "salary", "sale", "turnover", "cost", "budget", "value", "balance"),
    *("visit", "view", "click", "session", "duration", "second", "minute", "age", "score"),
    *("charge", "spent", "quantity", "weight", "size", "回数", "件数", "人数", "従業員", "社員"),
    *("金額", "売上", "年商", "資本金", "予算", "年収", "時間"),
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
#: Endings of words whose last s makes no plural.
_SINGULAR = ("ss", "us", "is", "ws")

#: Words in the names of columns with a fixed meaning: English first, then other languages.
NAMES: Mapping[str, tuple[str, ...]] = {
    "created_at": (
        *("created", "create", "creation", "registered", "registration", "sign up", "signup"),
        *("first seen", "inquiry", "enquiry", "begin", "engage", "engaged", "received", "joined"),
        *("erstellt", "angelegt", "eingang", "création", "créé", "creado", "criado"),
        *("作成", "登録", "問い合わせ日", "問合せ日", "発生日", "受付", "獲得日", "创建", "생성"),
    ),
    "occurred_at": (
        *("occurred", "event time", "event date", "event at", "timestamp", "happened", "at"),
        *("time", "date", "datetime", "activity date", "日時", "発生", "活動日", "実施日"),
    ),
    "closed_at": (
        *(
            "close",
            "closed",
            "closing",
            "won date",
            "won at",
            "decided",
            "decision",
            "end",
            "ended",
        ),
        *("left", "abgeschlossen", "成約日", "受注日", "失注日", "クローズ", "完了日", "決着"),
    ),
    "converted_at": (
        *("converted", "conversion", "won", "churn", "churned", "sold", "subscribed"),
        *("成約日", "受注日", "解約日"),
    ),
    "changed_at": (
        *("changed", "change", "valid from", "modified", "updated", "since"),
        *("変更日", "更新日"),
    ),
    "entered_at": ("entered", "since", "changed", "from", "created", "移行日", "変更日", "更新日"),
    "recorded_at": ("recorded", "loaded", "synced", "inserted", "ingested", "記録", "取込"),
    "reopened_at": ("reopened", "reopen", "再開"),
    "opened_at": ("opened", "created", "create", "creation", "start", "作成", "登録", "発生日"),
    "won": (
        *("won", "win", "converted", "conversion", "outcome", "result", "purchased", "purchase"),
        *("bought", "y", "target", "label", "churn", "churned", "exited", "left", "subscribed"),
        *("response", "responded", "revenue", "sold", "deal", "closed won", "gewonnen", "ergebnis"),
        *("abschluss", "gagné", "ganado", "受注", "成約", "結果", "成否", "赢单", "成交"),
    ),
    "stage": (
        *("stage", "status", "phase", "lifecycle", "lifecyclestage", "pipeline", "dealstage"),
        *("ステージ", "ステータス", "フェーズ", "進捗", "段階", "状態", "状況"),
    ),
    "closed": ("closed", "is closed", "完了", "クローズ"),
    "event_type": (
        *("event", "event type", "event name", "type", "activity", "action", "activity type"),
        *("種別", "行動", "イベント", "活動", "アクション"),
    ),
    "attribute": ("attribute", "field", "property", "column", "項目", "属性"),
    "value": ("value", "amount", "score", "new", "new value", "値"),
    "detail": ("detail", "url", "page", "path", "asset", "content", "subject", "詳細", "ページ"),
    "channel": ("channel", "medium", "チャネル", "経路", "媒体"),
    "amount": ("amount", "revenue", "price", "deal value", "close value", "金額", "売上"),
    "lost_reason": ("reason", "lost reason", "理由"),
    "account_id": (
        *("account id", "account", "company id", "company", "organisation id", "organization id"),
        *("client id", "customer id", "会社id", "会社番号", "企業コード", "取引先", "法人番号"),
    ),
    "id": (
        *("id", "uuid", "guid", "number", "no", "key", "code", "nr", "num", "nummer", "row"),
        *("index", "row order", "番号", "コード", "管理番号"),
    ),
}


@lru_cache(maxsize=10_000)
def words(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters and the singular.

    >>> words("TotalVisits (all)"), words("hs_lead_status"), words("OwnerID")
    (('total', 'visit', 'all'), ('hs', 'lead', 'status'), ('owner', 'id'))
    """
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFKC", name))
    return tuple(_singular(word) for word in _TOKEN.findall(spaced.casefold()))


#: What sales says of a lead that it was given, to words for it.
STATUS_WORDS: Mapping[str, tuple[str, ...]] = {
    "accepted": ("accepted", "working", "in progress", "受領", "受入", "引受", "対応中"),
    "sent back": (
        "sent back",
        "returned",
        "rejected",
        "declined",
        "差し戻し",
        "差戻",
        "返却",
        "却下",
    ),
    "toss-up": ("toss up", "tossup", "passed on", "handed to sales", "トスアップ"),
}


def says(name: str, terms: Iterable[str]) -> bool:
    """Whether a name holds one of the terms, as whole words.

    Scripts that part no words, such as Japanese, are looked through for the term.

    >>> says("Employee Count", ["count"]), says("Discount code", ["count"])
    (True, False)
    >>> says("最終訪問回数", ["訪問"])
    True
    """
    spaced = f" {' '.join(words(name))} "
    plain = unicodedata.normalize("NFKC", name).casefold()
    return any(_holds(spaced, plain, term) for term in terms)


def is_name_of(name: str, terms: Iterable[str]) -> bool:
    """Whether a name is one of the terms and nothing else, but for "is"."""
    own = tuple(word for word in words(name) if word != "is")
    return any(own == words(term) for term in terms)


def kin(one: str, other: str) -> bool:
    """Whether two names share a word that is no mere "id"."""
    bare = {"id", "no", "number", "key", "code", "the", "of", "c", "name"}
    return bool((set(words(one)) & set(words(other))) - bare)


def _holds(spaced: str, plain: str, term: str) -> bool:
    if _parts_words(term):
        return f" {' '.join(words(term))} " in spaced
    return term in plain


def _parts_words(term: str) -> bool:
    return all(ord(letter) < 0x2E80 for letter in term)


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(_SINGULAR):
        return word[:-1]
    return word
