"""Everything a salesperson reads, one catalogue per language, with the same keys in each."""

from collections.abc import Mapping
from string import Formatter

import pyarrow as pa

from features.mail import COMPANY_MAIL, FREE_MAIL
from features.spec import ANY_KIND, COLLEAGUES, OTHER_KIND
from propensity.numerals import joined

ENGLISH: Mapping[str, str] = {
    # A reason: what is known, and what it does to the lead's chance.
    "reason for": "{label}: {value}. Lifts the chance from {before} % to {after} %.",
    "reason against": "{label}: {value}. Lowers the chance from {before} % to {after} %.",
    "slight reason for": "{label}: {value}. Lifts the chance of {after} % slightly.",
    "slight reason against": "{label}: {value}. Lowers the chance of {after} % slightly.",
    # What became of leads alike.
    "evidence": "{who}, {closed}; from everything else about them {expected} would have.",
    "leads did": "{n} leads did this",
    "leads alike": "{n} leads did much the same",
    "leads not": "{n} leads did not do it either",
    "leads such": "{n} such leads",
    "leads near": "{n} leads with a similar value",
    "closed": "{n} closed",
    "none closed": "none closed",
    "leads expected": "{n}",
    "hardly any expected": "fewer than 1",
    # What a lead did.
    "count in days": "{times} in {window} days",
    "count in days, last": "{times} in {window} days, last {ago}",
    "count ever": "{times} so far",
    "count ever, last": "{times} so far, last {ago}",
    "none in days": "not in the last {window} days",
    "none in days, last": "not in the last {window} days, the last time {ago}",
    "active in days": "on {times} of the last {window} days",
    "active in days, last": "on {times} of the last {window} days, last {ago}",
    "active ever": "on {times} so far",
    "active ever, last": "on {times} so far, last {ago}",
    "silent, last": "{ago}, and nothing since",
    "silent": "the last time {ago}, and nothing since",
    "never": "not once so far",
    "last": "last {ago}",
    "once": "once",
    "times": "{n} times",
    "a day ago": "1 day ago",
    "days ago": "{n} days ago",
    "years ago": "{n} years ago",
    "active_days": "active on {n} days",
    "decayed": "recent activity {n}",
    "momentum": "change of {n} a week",
    "sum": "{n} in total",
    "latest": "latest {n}",
    # What a lead is.
    "unknown": "unknown",
    "rare level": "a rare or new value",
    "a day": "1 day",
    "days": "{n} days",
    "messages": "{n}",
    # What to ask.
    "question": "{label} is unknown: ask. The answer may move the fit to anything from {best} to {worst}.",
    # Concepts that no column and no event names.
    ANY_KIND: "Any activity",
    OTHER_KIND: "Other activity",
    COLLEAGUES: "Activity of colleagues",
    "age of the lead": "Age of the lead",
    "lost before": "Lost before",
    "unanswered messages": "Unanswered messages",
    FREE_MAIL: "free mail",
    COMPANY_MAIL: "company mail",
    # The row.
    "percentile": "top {n} %",
    "warn: level": "{column}: a value the model does not know",
    "warn: column": "{column}: column missing in the input",
    "warn: event type": "{column}: event type the model does not know",
    "warn: more event types": "further event types the model does not know",
    # The definition: what is done with a lead, and what keeps it from being handed over.
    "do: disqualified": "Do not contact.",
    "do: hand-raiser": "Contact now: asked to be contacted.",
    "do: incomplete": "Before handing over, find out: {name}.",
    "do: MQL": "Hand over; contact within the deadline.",
    "do: random slice": "Work like an MQL (drawn at random from below the line).",
    "do: hot": "Next in line: contact within 24 hours as far as there is time.",
    "do: nurture": "Marketing nurtures.",
    "do: keen": "Keep in touch at low cost; find out whether there is a hidden need.",
    "do: leave": "No follow-up.",
    "blocked: missing": "missing: {name}",
    "blocked: unknown": "{name} (unknown: ask)",
    "blocked: threshold": "below the MQL line",
    # Quadrants, and one lead's sum.
    "hot": "hot",
    "nurture": "nurture",
    "keen": "keen",
    "leave": "leave",
    "fit": "fit",
    "interest": "interest",
    "high": "high",
    "low": "low",
    "strong": "strong",
    "weak": "weak",
    "chance": "chance",
    "start": "starting point",
    "this lead": "this lead",
    "other concepts": "{n} more, each too small to draw",
    "reasons for": "Reasons for",
    "reasons against": "Reasons against",
    "ask": "Unknown, worth asking",
    "no reasons": "none",
}

JAPANESE: Mapping[str, str] = {
    "reason for": "{label}:{value}。受注見込みを{before}%→{after}%に押し上げています。",
    "reason against": "{label}:{value}。受注見込みを{before}%→{after}%に押し下げています。",
    "slight reason for": "{label}:{value}。受注見込み({after}%)をわずかに押し上げています。",
    "slight reason against": "{label}:{value}。受注見込み({after}%)をわずかに押し下げています。",
    "evidence": "根拠:{who}のうち{closed}。ほかの条件だけなら{expected}の見込みでした。",
    "leads did": "同じ行動のリード{n}件",
    "leads alike": "同様の行動のリード{n}件",
    "leads not": "同じく行動のなかったリード{n}件",
    "leads such": "条件が同じリード{n}件",
    "leads near": "値の近いリード{n}件",
    "closed": "{n}件が受注",
    "none closed": "受注は0件",
    "leads expected": "{n}件",
    "hardly any expected": "1件未満",
    "count in days": "{window}日間に{times}",
    "count in days, last": "{window}日間に{times}(最終{ago})",
    "count ever": "これまでに{times}",
    "count ever, last": "これまでに{times}(最終{ago})",
    "none in days": "直近{window}日間はなし",
    "none in days, last": "直近{window}日間はなし(最終{ago})",
    "active in days": "直近{window}日間のうち{times}日",
    "active in days, last": "直近{window}日間のうち{times}日(最終{ago})",
    "active ever": "これまでに{times}",
    "active ever, last": "これまでに{times}(最終{ago})",
    "silent, last": "{ago}、その後は反応なし",
    "silent": "{ago}が最後で、その後は反応なし",
    "never": "これまで一度もなし",
    "last": "最終{ago}",
    "once": "1回",
    "times": "{n}回",
    "a day ago": "1日前",
    "days ago": "{n}日前",
    "years ago": "{n}年前",
    "active_days": "活動日数{n}日",
    "decayed": "最近の活動量{n}",
    "momentum": "週あたりの増減{n}",
    "sum": "合計{n}",
    "latest": "直近の値{n}",
    "unknown": "不明(確認をおすすめ)",
    "rare level": "まれな値または新しい値",
    "a day": "1日",
    "days": "{n}日",
    "messages": "{n}件",
    "question": "{label}は不明です。確認すると適合度が{best}〜{worst}に変わる可能性があります。",
    ANY_KIND: "行動全般",
    OTHER_KIND: "その他の行動",
    COLLEAGUES: "同じ会社の方の行動",
    "age of the lead": "リード獲得からの日数",
    "lost before": "過去の失注",
    "unanswered messages": "返信のない連絡",
    FREE_MAIL: "フリーメール",
    COMPANY_MAIL: "会社のメールアドレス",
    "percentile": "上位{n}%",
    "warn: level": "{column}:モデルが知らない値",
    "warn: column": "{column}:入力にない列",
    "warn: event type": "{column}:モデルが知らない行動の種類",
    "warn: more event types": "ほかにもモデルが知らない行動の種類",
    "do: disqualified": "連絡しない(除外条件に該当)",
    "do: hand-raiser": "すぐに連絡(お客様が連絡を希望)",
    "do: incomplete": "引き渡しの前に確認:{name}",
    "do: MQL": "営業へ引き渡し、期限内に連絡",
    "do: random slice": "MQLと同じように対応(ライン未満から無作為に抽出)",
    "do: hot": "次の候補:余力に応じて24時間以内に連絡",
    "do: nurture": "マーケティングがナーチャリング",
    "do: keen": "コストを抑えて接点を保ち、隠れたニーズを確認",
    "do: leave": "営業はフォローしない",
    "blocked: missing": "不足:{name}",
    "blocked: unknown": "{name}(不明:確認をおすすめ)",
    "blocked: threshold": "MQLライン未満",
    "hot": "ホット",
    "nurture": "育成",
    "keen": "関心先行",
    "leave": "見送り",
    "fit": "適合度",
    "interest": "関心度",
    "high": "高",
    "low": "低",
    "strong": "強",
    "weak": "弱",
    "chance": "受注見込み",
    "start": "出発点",
    "this lead": "このリード",
    "other concepts": "ほか{n}項目(影響が小さいため省略)",
    "reasons for": "プラス要因",
    "reasons against": "マイナス要因",
    "ask": "不明(確認をおすすめ)",
    "no reasons": "なし",
}

CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "ja": JAPANESE}

#: Concepts whose name is ours, not the user's.
NAMED_HERE = (ANY_KIND, OTHER_KIND, COLLEAGUES, "age of the lead", "lost before", "unanswered messages")


def filled(template: str, **columns: pa.StringArray | str) -> pa.StringArray:
    """A template with a column for every field.

    >>> filled("{a} of {b}", a=pa.array(["1", "2"]), b="3").to_pylist()
    ['1 of 3', '2 of 3']
    """
    pieces: list[pa.StringArray | str] = []
    for text, field, _, _ in Formatter().parse(template):
        pieces += [text] if text else []
        pieces += [columns[field]] if field else []
    return joined(*pieces)
