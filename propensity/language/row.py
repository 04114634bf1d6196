"""The scored row: where a lead stands among the others, and what it is warned of."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "percentile": "top {n} %",
    "warn: little evidence": "little evidence: hardly any lead like this one has been seen",
    "warn: level": "{column}: a value the model does not know",
    "warn: column": "{column}: column missing in the input",
    "warn: event type": "{column}: event type the model does not know",
    "warn: more event types": "further event types the model does not know",
}

JAPANESE: Mapping[str, str] = {
    "percentile": "上位{n}%",
    "warn: little evidence": "参考値(似た実績が少ない)",
    "warn: level": "{column}:モデルが知らない値",
    "warn: column": "{column}:入力にない列",
    "warn: event type": "{column}:モデルが知らない行動の種類",
    "warn: more event types": "ほかにもモデルが知らない行動の種類",
}
