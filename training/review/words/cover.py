"""Of the pack as a whole."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Definition review",
        "subtitle": "{name}, {day}",
        "draft": (
            "DRAFT: sales and marketing have not agreed on this yet. Do not hand leads over by it."
        ),
        "no definition": (
            "There is no definition of an MQL yet: what follows is what one could be made of."
        ),
        "signed": "Agreed: {who}.",
        "model": "Model {name}, version {version}",
        "definition": "Definition {version}",
        "review by": "To be looked at again by {day}",
        "observed": "The data are complete up to {day}",
        "leads": "{n} leads in the data",
    },
    "ja": {
        "title": "有望リードの定義見直し会",
        "subtitle": "{name}({day})",
        "draft": "未合意(案)— 営業とマーケティングの合意前です。引き渡しには使わないでください。",
        "no definition": "有望リードの定義はまだありません。以下は定義を決めるための材料です。",
        "signed": "合意済み({who})",
        "model": "モデル{name}、バージョン{version}",
        "definition": "定義{version}",
        "review by": "次回の見直し期限:{day}",
        "observed": "データは{day}までのものです",
        "leads": "データ全体のリード{n}件",
    },
}
