"""Leads, told."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Leads, told",
        "absent": (
            "There are too few leads with an outcome to tell of one without telling who it is."
        ),
        "headline": "Five leads, from what everybody starts with to their own chance.",
        "how": (
            "Everybody starts with the chance of a lead of which nothing is known. Each bar moves"
            " it, up or down, by so many points; what a lead is comes first, then what it does. The"
            " last step arrives at its own chance."
        ),
        "typical": "A typical lead: {quadrant}",
        "surprise": "The biggest surprise ({quadrant})",
        "path": "From {start} to {fit} by what it is, to {end} by what it did.",
        "end won": "It {closed}.",
        "end not": "It has not {closed} in the time that was looked at.",
        "end not flat": "It did not {close}.",
        "with value": "{concept}: {value}",
        "others fit": "all else about it",
        "others interest": "all else it did",
        "within": "{concept}, {n} days",
        "in days": "{concept}, in days",
        "or more": "{low} or more",
        "or less": "{high} or less",
        "concept": "what is known",
        "value": "value",
        "points": "points of the chance",
        "axis": "side",
        "axis fit": "fit",
        "axis interest": "interest",
        "lead": "lead",
        "start": "nothing known yet",
        "chance then": "chance then",
        "table": "Every step, in figures",
        "source": "one of the {source}",
        "anonymous": (
            "Values stand here only where at least 20 leads share each and at least five share them"
            " all; a bar without a value is one that is not told, or whose value alone would"
            " mislead."
        ),
        "note": "Let somebody guess how it ended before you read the sentence.",
    },
    "ja": {
        "title": "リードの例",
        "absent": (
            "結果の分かるリードが少なく、どのリードかを特定されずに紹介することができません。"
        ),
        "headline": "5件のリードについて、受注見込みがどう決まったかをたどります。",
        "how": (
            "何も分かっていないリードの見込みから始め、棒の分だけ受注見込みが上下します(単位はポイント)。"
            "先に「どんなリードか」、次に「何をしたか」を加え、最後がそのリードの受注見込みです。"
        ),
        "typical": "典型的な例:{quadrant}",
        "surprise": "最も意外だった例({quadrant})",
        "path": "{start}から、属性を加えて{fit}、行動を加えて{end}になりました。",
        "end won": "結果:{closed}しました。",
        "end not": "結果:確認した期間内には{closed}していません。",
        "end not flat": "結果:{closed}しませんでした。",
        "with value": "{concept}:{value}",
        "others fit": "その他の属性",
        "others interest": "その他の行動",
        "within": "{concept}(直近{n}日)",
        "in days": "{concept}(日)",
        "or more": "{low}以上",
        "or less": "{high}以下",
        "concept": "項目",
        "value": "値",
        "points": "受注見込みへの影響(ポイント)",
        "axis": "種類",
        "axis fit": "適合度",
        "axis interest": "関心度",
        "lead": "リード",
        "start": "何も分かっていない状態",
        "chance then": "その時点の見込み",
        "table": "すべての段階(数値)",
        "source": "次のリードのうちの1件:{source}",
        "anonymous": (
            "値は、それぞれ20件以上のリードに共通し、かつ全部が一致するリードが5件以上ある場合だけ表示します。"
            "値のない棒は、表示を控えたものか、値だけでは誤解を招くものです。"
        ),
        "note": "結果を読み上げる前に、どうなったと思うかを参加者に聞いてみます。",
    },
}
