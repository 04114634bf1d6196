"""Ten leads, your bet."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Ten leads, your bet",
        "absent": (
            "Too few leads with both ends are there to choose ten without telling who they are."
        ),
        "headline": "{n} past leads: which of them {close}?",
        "how": (
            "Write down your bet for each, then open what became of it. About half of them"
            " {closed}; they were chosen so, from low chances to high ones."
        ),
        "table": "What was known of them",
        "lead": "lead",
        "number": "Lead {place}",
        "open": "Lead {place}: what became of it?",
        "won": "It {closed}.",
        "not won": "It has not {closed} in the time that was looked at.",
        "not won flat": "It did not {close}.",
        "said": "The model had said {chance}.",
        "over": "It would have been handed over.",
        "below": "It would not have been handed over.",
        "room": "The room against the model",
        "right": (
            "At the line, the model was right about {right} of {n}: it would have handed over"
            " {over}, of which {won} {closed}. How many did you have right?"
        ),
        "half": (
            "Ten leads chosen so that half of them {close} say nothing about how good the model is;"
            " that stands under “Can we believe it?”. They show what can be known from a list, and"
            " what cannot."
        ),
        "source": (
            "chosen from {source}; a value is left out where fewer than five leads would fit all"
            " that is told"
        ),
        "note": "Two minutes for the bets, by show of hands; then open one after the other.",
    },
    "ja": {
        "title": "10件のリードで予想対決",
        "absent": (
            "結果の分かるリードが少なく、どのリードかを特定されずに10件を選ぶことができません。"
        ),
        "headline": "過去のリード{n}件のうち、{close}したのはどれでしょうか。",
        "how": (
            "1件ずつ予想を書いてから、結果を開いてください。見込みの低いものから高いものまで、"
            "約半数が{closed}したものになるように選んでいます。"
        ),
        "table": "当時分かっていたこと",
        "lead": "リード",
        "number": "リード{place}",
        "open": "リード{place}の結果を見る",
        "won": "{closed}しました。",
        "not won": "確認した期間内には{closed}していません。",
        "not won flat": "{closed}しませんでした。",
        "said": "モデルの受注見込みは{chance}でした。",
        "over": "MQLとして引き渡すリードでした。",
        "below": "引き渡さないリードでした。",
        "room": "参加者とモデルの対決結果",
        "right": (
            "MQLラインで判断した場合、モデルは{n}件中{right}件が正解でした"
            "(引き渡しは{over}件、うち{closed}は{won}件)。"
            "皆さんは何件正解でしたか。"
        ),
        "half": (
            "半数が受注になるように選んだ10件なので、モデルの良し悪しはここでは判断できません"
            "(「どこまで信じられるか」をご覧ください)。一覧から何が分かり、"
            "何が分からないかを体験するためのものです。"
        ),
        "source": (
            "選んだ元:{source}。すべての値が一致するリードが5件未満になる場合、その値は表示していません"
        ),
        "note": "挙手で2分間予想してもらい、その後1件ずつ結果を開きます。",
    },
}
