"""What a level of an outcome means by its words: won, lost, or still open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from training.init.name_words import says, words

Meaning = Literal["won", "lost", "open"]

_WON = (
    *("won", "win", "closedwon", "converted", "受注", "成約", "成立", "契約済", "契約締結"),
    *("gewonnen", "gagné", "gagnée", "ganado", "ganada", "ganho", "vinto", "vinta"),
    *("赢单", "成交", "수주", "성사"),
)
_LOST = (
    *("lost", "loss", "closedlost", "失注", "敗注", "不成立", "verloren", "perdu", "perdue"),
    *("perdido", "perdida", "perso", "persa", "输单", "丢单", "실주"),
)
_MAY_MEAN_WON = (
    *("success", "successful", "approved", "accepted", "purchased", "bought", "sold", "signed"),
    *("subscribed", "契約", "導入決定", "決定", "購入"),
)
_MAY_MEAN_LOST = (
    *("disqualified", "unqualified", "declined", "rejected", "cancelled", "canceled", "dead"),
    *("junk", "failed", "failure", "refused", "churned", "withdrawn", "expired", "abandoned"),
    *("qualified out", "spam", "duplicate", "abgelehnt", "storniert"),
    *("見送り", "見送", "辞退", "キャンセル", "却下", "解約", "対象外", "取消"),
)
_OPEN = (
    *("open", "new", "working", "contacted", "nurturing", "nurture", "in progress", "pending"),
    *("qualified", "qualification", "prospecting", "prospect", "negotiation", "negotiating"),
    *("proposal", "quote", "quoted", "demo", "engaging", "engaged", "assigned", "attempted"),
    *("discovery", "evaluation", "analysis", "review", "active", "ongoing", "on hold", "mql"),
    *("sql", "sal", "opportunity", "lead", "subscriber", "contact", "unread", "commit"),
    *("appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "contractsent"),
    *("decisionmakerboughtin", "id decision maker", "value proposition", "offen", "neu"),
    *("in bearbeitung", "ouvert", "en cours", "abierto", "aberto", "aperto", "商談", "提案"),
    *("見込", "新規", "対応中", "保留", "検討", "交渉", "見積", "進行中", "未対応", "未決"),
    *("アプローチ", "ヒアリング", "初回", "継続", "オープン", "跟进", "진행"),
)
_NOT = ("not", "no", "non", "never", "nicht", "kein", "未受注", "未成約")
YES = frozenset(
    ["1", "1.0", "true", "yes", "y", "t", "はい", "有", "○", "〇", "ja", "oui", "sí", "si", "sim"]
)
NO = frozenset(
    ["0", "0.0", "false", "no", "n", "f", "いいえ", "無", "×", "✕", "nein", "non", "não", "nee"]
)
#: Meanings with their words; the first that fits counts.
_MEANINGS: Sequence[tuple[Meaning, bool, Sequence[str]]] = (
    ("lost", True, _LOST),
    ("won", True, _WON),
    ("lost", False, _MAY_MEAN_LOST),
    ("won", False, _MAY_MEAN_WON),
    ("open", False, _OPEN),
)
#: What a meaning becomes beside a "not": "not lost" and "not contacted" say little.
_DENIED: Mapping[Meaning, Meaning | None] = {"won": "lost", "lost": None, "open": None}
#: A longer value is a remark, whatever words it holds.
_MOST_WORDS, _LONGEST = 5, 40


@dataclass(frozen=True)
class OutcomeLevel:
    """A value of a column that may say how leads ended.

    Attributes:
        value: As the source has it.
        rows: How many rows have it.
        meaning: What it means; None where nothing tells.
        plainly: Whether it says so by a word that is used for nothing else.
        why: What tells its meaning, where that is not its words.
    """

    value: str
    rows: int
    meaning: Meaning | None = None
    plainly: bool = False
    why: str = ""


def levels_of(counted: Iterable[tuple[str, int]]) -> tuple[OutcomeLevel, ...]:
    """The values of a column with what they mean."""
    return tuple(_level(value, rows) for value, rows in counted)


def _level(value: str, rows: int) -> OutcomeLevel:
    meaning, plainly = meaning_of(value)
    return OutcomeLevel(value, rows, meaning, plainly)


@lru_cache(maxsize=10_000)
def meaning_of(value: str) -> tuple[Meaning | None, bool]:
    """What a value means, and whether it says so plainly.

    >>> meaning_of("06 - Closed Won"), meaning_of("Closed - Not Converted"), meaning_of("Yes")
    (('won', True), ('lost', True), ('won', False))
    """
    plain = value.strip().casefold()
    if plain in YES or plain in NO:
        return ("won" if plain in YES else "lost"), False
    if plain == "customer":
        return "won", True
    if not plain or len(words(value)) > _MOST_WORDS or len(value) > _LONGEST:
        return None, False
    is_denied = says(value, _NOT)
    for meaning, plainly, terms in _MEANINGS:
        if says(value, terms):
            return (_DENIED[meaning] if is_denied else meaning), plainly
    return None, False


def is_yes_or_no(values: Iterable[str]) -> bool:
    """Whether a column's values only say yes or no."""
    found = {value.strip().casefold() for value in values}
    return bool(found) and found <= (YES | NO)
