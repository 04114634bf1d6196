"""One lead drawn: its quadrant, its axes, and the sum behind its chance."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
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
    "little evidence": (
        "Little evidence: hardly any lead like this one has been seen. Unusual: {what}."
    ),
    "list": ", ",
    "no reasons": "none",
}

JAPANESE: Mapping[str, str] = {
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
    "little evidence": "参考値(似た実績が少ない):ほかのリードと大きく異なる項目は{what}です。",
    "list": "、",
    "no reasons": "なし",
}
