"""What columns probably mean, by their names and counts; every guess carries its reason."""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from features.errors import ConfigError
from features.settings import Actor
from training.init.table_profile import ColumnProfile, TableProfile

TableName = Literal["leads", "events", "outcomes", "attribute_changes"]
Place = Literal["fit", "interest", "hearing", "carry", "ignore"]


@dataclass(frozen=True)
class Guess:
    """A value that somebody should confirm, and why it was proposed."""

    value: str
    why: str


#: Words in the names of columns with a fixed meaning. English and Japanese.
_WORDS: Mapping[str, str] = {
    "created_at": r"creat|regist|sign.?up|first.?seen|inquir|作成|登録|問い合わせ日",
    "occurred_at": (
        r"occur|event.?(time|date|at)|timestamp|happened|^(time|date|datetime|at)$|日時|発生"
    ),
    "closed_at": r"clos|won.?(at|date)|decid|成約日|受注日|失注日|クローズ|完了日",
    "changed_at": r"chang|valid.?from|modified|updated|変更日|更新日",
    "recorded_at": r"record|entered|loaded|synced|inserted|記録|取込",
    "reopened_at": r"reopen|再開",
    "won": (
        r"^(is_?)?won$|convert|conversion|(^|[^a-z])outcome|^result|purchas|bought|^y$|^target$|^label$|^revenue$"
        r"|受注|成約|結果"
    ),
    "event_type": r"event.?(type|name)?$|^type$|activity|action|種別|行動|イベント",
    "attribute": r"^(attribute|field|property|column)|項目|属性",
    "value": r"value|amount|score|値",
    "detail": r"detail|url|page|path|asset|content|詳細|ページ",
    "channel": r"channel|medium|チャネル|経路|媒体",
    "amount": r"amount|revenue|price|deal.?value|金額|売上",
    "lost_reason": r"reason|理由",
    "account_id": (
        r"(account|company|organi[sz]ation|client).?(id|no|number|key)|(会社|企業|法人|取引先).?(id|番号|コード)"
    ),
    "id": r"(^|[^a-z])(id|uuid|guid|number|no|key|code)$|^(row|index)|番号|コード|id$",
}

_LATER = (
    r"\btags?\b|lost|stage|status|last"
    r" notable|lead.?(quality|profile|score|grade)|asymmetri|ステータス|失注|進捗"
)
_ASKED = r"budget|timing|timeline|\bneeds?\b|authority|予算|導入時期|ニーズ|決裁"
_ADDRESS = r"e.?mail|phone|mobile|\bfax\b|\btel\b|メール|電話"
_OWNER = r"owner|assigned|sales.?(agent|rep|person)|担当"
_NAME = r"^(first|last|full)?.?name$|company|氏名|会社名|企業名|お名前"
_CAME = (
    r"source|origin|campaign|channel|medium|utm|refer|recommend|\bads?\b|advertis|how did you hear"
    r"|流入|経路|チャネル|キャンペーン|媒体|広告|紹介"
)
_DID = (
    r"visit|(?<!inter)views?\b|click|open(s|ed)\b|session|page|download|duration|time"
    r" spent|(?<!ac)count\b|\bnum|total"
    r"|times\b|activity|do not (email|call)|search|newspaper|magazine|forum|receive|updates"
    r"|回数|訪問|閲覧|滞在|クリック|開封|ダウンロード"
)

#: Where lead columns of few and of many values go by their names; the first that matches counts.
_PLACES: Sequence[tuple[Place, str, str]] = (
    ("ignore", _LATER, "may be written after the contact, and then tells the outcome; check"),
    ("hearing", _ASKED, "sales learns it by asking"),
    ("carry", _OWNER, "who looks after the lead"),
    ("interest", _CAME, "how the lead came"),
    ("interest", _DID, "what the lead did"),
)
_PERSONAL: Sequence[tuple[Place, str, str]] = (
    ("ignore", _ADDRESS, "names a person; in `fit`, an e-mail counts by its domain alone"),
    ("carry", _NAME, "names the lead for those who call"),
)

_ACTORS: Sequence[tuple[Actor, str]] = (
    (
        "marketing",
        r"(mail|newsletter|sms|message).?(sent|send|delivered|bounced)|campaign.?(sent|added)|send|配信|送信",
    ),
    (
        "sales",
        r"call|meeting.?(held|set)|offer|quote|proposal.?sent|visit.?by|\brep\b|task|note|架電|商談|提案|見積",
    ),
    (
        "lead",
        r"visit|view|click|open|download|submit|form|sign.?up|regist|demo|trial|webinar|attend|search|chat|reply"
        r"|request|inquir|閲覧|訪問|開封|クリック|資料|申込|参加|問い合わせ",
    ),
)

#: Values of an outcome column that say "won".
_WON = re.compile(
    r"^(1|1\.0|true|yes|y|won|win|converted|approved|success|closed.?won|bought|受注|成約|成立)$",
    re.IGNORECASE,
)


def named(
    table: TableProfile, what: str, *, among: Iterable[ColumnProfile] | None = None
) -> ColumnProfile | None:
    """The first column whose name tells this, preferring a name that is the very word."""
    columns = list(table.columns if among is None else among)
    exact = [column for column in columns if column.name.casefold() == what]
    fitting = [column for column in columns if _says(_WORDS[what], column.name)]
    return next(iter([*exact, *fitting]), None)


def times(table: TableProfile) -> list[ColumnProfile]:
    """The columns of times."""
    return [column for column in table.columns if column.kind == "date"]


def won_column(table: TableProfile) -> ColumnProfile | None:
    """The column that says how it ended: by its name, and because it has few values."""
    few = [
        column for column in table.columns if 1 < column.distinct <= 20 and column.kind != "date"
    ]
    return named(table, "won", among=few)


def won_values(column: ColumnProfile) -> list[str]:
    """Its values that say "won"; none when no value does."""
    return [value for value in column.values if _WON.match(value)]


def shared_id(tables: Sequence[TableProfile]) -> str:
    """The column by which the tables belong together: in all of them, and unique in one.

    Raises:
        ConfigError: There is none.
    """
    names = [
        name for name in (c.name for c in tables[0].columns) if all(t.column(name) for t in tables)
    ]
    unique = [n for n in names if any((c := t.column(n)) and c.is_unique for t in tables)]
    by_name = sorted(unique, key=lambda name: not _says(_WORDS["id"], name))
    if not by_name:
        raise ConfigError(
            "No column joins these tables: expected one name that all of them have, with a value"
            " of its own for every row of the leads. In all of them:"
            f" {', '.join(map(repr, names)) or 'nothing'}."
        )
    return by_name[0]


def shape(tables: Sequence[TableProfile], lead_id: str) -> dict[TableName, TableProfile]:
    """Which table is which.

    Raises:
        ConfigError: There are more tables than a configuration has places for, or several of the
            same columns.
    """
    places: tuple[TableName, ...] = ("leads", "events", "outcomes", "attribute_changes")
    alike = {tuple(column.name for column in table.columns) for table in tables}
    if len(tables) > len(places) or len(alike) < len(tables):
        raise ConfigError(
            "Expected at most four tables (leads, events, outcomes, attribute changes), got"
            f" {len(tables)} with "
            f"{len(alike)} kinds of columns; write files of one table as one pattern in quotes,"
            ' such as "events_*.csv".'
        )
    choices = (
        dict(zip(chosen, tables, strict=True))
        for chosen in itertools.permutations(places, len(tables))
    )
    return max(
        (choice for choice in choices if "leads" in choice),
        key=lambda choice: sum(_likeness(table, place, lead_id) for place, table in choice.items()),
    )


def _likeness(table: TableProfile, place: TableName, lead_id: str) -> int:
    """How much a table looks like one of the four."""
    key = table.column(lead_id)
    unique = bool(key and key.is_unique)
    has_time = bool(times(table))
    match place:
        case "leads":
            return 4 * unique + 2 * bool(named(table, "created_at")) + (won_column(table) is None)
        case "events":
            return 3 * (not unique) + 2 * bool(named(table, "event_type")) + has_time
        case "outcomes":
            return 4 * bool(won_column(table)) + 2 * bool(
                named(table, "closed_at", among=times(table))
            )
        case "attribute_changes":
            return 6 * bool(named(table, "attribute") and named(table, "value") and has_time)


def place(column: ColumnProfile) -> tuple[Place, str]:
    """The list of ``columns`` for a lead column, and why."""
    unusable = _unusable(column)
    if unusable:
        return "ignore", unusable
    many = column.distinct > 20
    named_places = [*(_PERSONAL if many and column.kind == "text" else ()), *_PLACES]
    for where, words, why in named_places:
        if _says(words, column.name):
            return where, why
    if many and column.kind == "text" and column.distinct > 0.9 * column.present:
        return "ignore", "nearly every lead has its own value"
    return "fit", "nothing says that the lead did it"


def _unusable(column: ColumnProfile) -> str:
    """Why a column can say nothing, or an empty text."""
    if not column.present:
        return "it is empty"
    if column.distinct == 1 and column.present == column.rows:
        return "it has one value only"
    if column.is_unique and column.rows > 20 and _says(_WORDS["id"], column.name):
        return "it only numbers the leads"
    return "free text" if column.kind == "text" and column.length > 60 else ""


def actors(types: Sequence[str]) -> dict[str, Guess]:
    """Pattern of event types to who acts; an empty value where no word tells.

    Types without a telling word that share a beginning (``W_…``) become one pattern.
    """
    found: dict[str, Guess] = {}
    unknown = []
    for name in types:
        actor = next((actor for actor, words in _ACTORS if _says(words, name)), None)
        if actor:
            found[_literally(name)] = Guess(actor, "by its name")
        else:
            unknown.append(name)
    starts = [
        match.group(0) if (match := re.match(r"^[^_:./ -]+[_:./ -]", name)) else name
        for name in unknown
    ]
    for name, start in zip(unknown, starts, strict=True):
        pattern = _literally(start) + "*" if starts.count(start) > 1 else _literally(name)
        found.setdefault(pattern, Guess("", "lead, sales or marketing"))
    return found


def _literally(name: str) -> str:
    """A pattern that matches this text and no other."""
    return re.sub(r"([*?[])", r"[\1]", name)


def _says(words: str, name: str) -> bool:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
    return bool(re.search(words, name, re.IGNORECASE) or re.search(words, spaced, re.IGNORECASE))
