"""Who acted, by the words of an event type: the lead, sales or marketing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from features.settings import Actor
from training.init.name_words import says

#: The first whose words fit counts.
_ACTORS: Sequence[tuple[Actor, tuple[str, ...]]] = (
    (
        "marketing",
        (
            *("mail sent", "email sent", "newsletter sent", "sms sent", "message sent", "sent"),
            *("send", "delivered", "mql", "bounced", "bounce", "campaign sent", "campaign added"),
            *("added to campaign", "配信", "送信"),
        ),
    ),
    (
        "lead",
        (
            *("inbound call", "call me", "demo request", "requested", "request", "reply"),
            *("replied", "web visit", "visited", "問い合わせ", "問合せ", "資料請求", "返信"),
        ),
    ),
    (
        "sales",
        (
            *("call", "called", "meeting", "meeting held", "meeting set", "offer", "quote"),
            *(
                "sql",
                "sal",
                "accepted",
                "opportunity",
                "proposal",
                "visit by",
                "rep",
                "task",
                "note",
                "contacted",
                "follow up",
                "follow",
            ),
            *("架電", "電話", "商談", "提案", "見積", "面談", "訪問営業"),
        ),
    ),
    (
        "lead",
        (
            *("visit", "view", "viewed", "click", "clicked", "open", "opened", "download"),
            *("downloaded", "submit", "submitted", "submission", "form", "sign up", "signup"),
            *("register", "registered", "registration", "demo", "trial", "webinar", "attend"),
            *("attended", "search", "chat", "inquiry", "enquiry", "login", "logged in", "order"),
            *("ordered", "page", "pageview", "pageviewed", "installed", "subscribed", "session"),
            *("unsubscribe", "unsubscribed", "閲覧", "訪問", "開封", "クリック", "資料", "申込"),
            *("参加", "来場", "セミナー", "登録", "ダウンロード", "体験"),
        ),
    ),
    ("marketing", ("mail", "email", "newsletter", "sms", "campaign", "メール")),
)
#: Patterns that are asked about one by one; more of them are asked about together.
_ASKED = 6


@dataclass(frozen=True)
class ActorGuess:
    """Who acts, where a word tells.

    Attributes:
        pattern: Pattern of event types.
        actor: Who acts; None where no word tells.
        told: The types that the pattern stands for, for a question.
    """

    pattern: str
    actor: Actor | None
    told: str = ""


def actor_of(name: str) -> Actor | None:
    """Who acts, by the words of an event type.

    >>> actor_of("email_sent"), actor_of("Call"), actor_of("page_view"), actor_of("X1")
    ('marketing', 'sales', 'lead', None)
    """
    return next((actor for actor, terms in _ACTORS if says(name, terms)), None)


def is_act_of_lead(name: str) -> bool:
    """Whether a name speaks of what a lead does."""
    return actor_of(name) == "lead"


def actors(types: Sequence[str]) -> list[ActorGuess]:
    """Patterns of event types with who acts.

    Types without a telling word that share a beginning (``W_…``) become one pattern; where still
    many are left, one pattern stands for all of them.
    """
    known = [(name, actor_of(name)) for name in types]
    found = [ActorGuess(literal(name), actor) for name, actor in known if actor]
    unknown = [name for name, actor in known if not actor]
    groups: dict[str, list[str]] = {}
    starts = {name: _start(name) for name in unknown}
    for name, start in starts.items():
        shared = list(starts.values()).count(start) > 1
        pattern = literal(start) + "*" if shared else literal(name)
        groups.setdefault(pattern, []).append(name)
    if len(groups) > _ASKED:
        return [*found, ActorGuess("*", None, _listed(unknown))]
    return [*found, *(ActorGuess(pattern, None, _listed(n)) for pattern, n in groups.items())]


def literal(name: str) -> str:
    """A pattern that matches this text and no other."""
    return re.sub(r"([*?[])", r"[\1]", name)


def _start(name: str) -> str:
    match = re.match(r"^[^_:./ -]+[_:./ -]", name)
    return match.group(0) if match else name


def _listed(names: Sequence[str]) -> str:
    more = ", …" if len(names) > 5 else ""
    return ", ".join(name[:40] for name in names[:5]) + more
