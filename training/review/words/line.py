"""Where to draw the line."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Where to draw the line",
        "headline": (
            "At a chance of {line}, about {n} leads a week newly become MQLs; of 100 of them {rate}"
            " {close}."
        ),
        "headline few": "At a chance of {line}, about {n} leads a week newly become MQLs.",
        "headline flat": (
            "At a chance of {line}, {n} of 100 leads are MQLs; of 100 of them {rate} {close}."
        ),
        "headline flat few": "At a chance of {line}, {n} of 100 leads are MQLs.",
        "is signed": "This is the line that was agreed on.",
        "is draft": "This is the line in the definition that is on the table.",
        "is proposed": "This is the line that does what was asked for.",
        "is best": "Nobody has drawn a line yet; shown is the one with the best tenth above it.",
        "by rules": (
            "In this definition the rule in words is the line; the chance only orders the leads"
            " that it hands over. A line on the chance is shown to compare."
        ),
        "rule": (
            "By the rule, about {n} leads a week newly become MQLs; of 100 of them {rate} {close}."
        ),
        "no time": (
            "The data hold one row per lead and no times. So it cannot be said how many leads come"
            " per week, how many wait on day one, and what sales can work."
        ),
        "per week": "new MQLs a week",
        "backlog": "waiting on day one",
        "of 100": "MQLs that {close}",
        "low": "… at least",
        "high": "… at most",
        "captured": "share of all {closes}",
        "wins": "{closes} a week",
        "value": "value a week",
        "quadrant": "of the MQLs, {name}",
        "followed": "leads to be followed",
        "a week": "About {n} leads newly become MQLs every week.",
        "a week, capacity": (
            "About {n} leads newly become MQLs every week ({capacity} can be worked)."
        ),
        "too many": "That is {n} more than can be worked.",
        "too few": "That is {n} fewer than promised.",
        "below": "Fewer of them {close} than was asked for ({asked} of 100 at least).",
        "of 100 leads": "Of 100 leads, {n} are MQLs.",
        "cover": "They cover {share} of all {closes}.",
        "day one": "On day one, {n} open leads lie over the line at once.",
        "house": "Of 100 leads in the house list, {fit} fit and {followed} are to be followed.",
        "promise": (
            "For the next {weeks} weeks this can be promised: of 100 new MQLs {range} {close}"
            " within {horizon} days, and {week_low}–{week_high} come per week."
        ),
        "days": (
            "From hand-over to {to} there are {days} days (median; half of the leads have"
            " {low}–{high})."
        ),
        "to: stage": "“{stage}”",
        "to: won": "the close",
        "raised": (
            "Leads that asked to be contacted are handed over at any chance and come on top: {n} a"
            " week."
        ),
        "rest": "Once in, a lead stays an MQL until its chance falls below {leave}.",
        "two models": (
            "The figures of a line come from a model that had not seen these leads, the list for"
            " Monday from the model as it would be used; so the two counts of waiting leads may"
            " differ a little."
        ),
        "lines": "All lines, with their ranges",
        "line": "line",
        "week low": "at least a week",
        "week high": "at most a week",
        "judged": "leads judged",
        "note: 1": "Ask first how many leads can be worked per week. Then move the line there.",
        "note: 2": "Read the sentence under the line aloud each time it moves.",
        "note: 3": "Say what is lost too: the {closes} that the line does not cover.",
        "note: 4": "When the room agrees, copy the line into the definition and note who agreed.",
    },
    "ja": {
        "title": "ラインをどこに引くか",
        "headline": (
            "受注見込み{line}のラインでは、毎週およそ{n}件が新たにMQLになり、"
            "その100件のうち{rate}件が{close}します。"
        ),
        "headline few": "受注見込み{line}のラインでは、毎週およそ{n}件が新たにMQLになります。",
        "headline flat": (
            "受注見込み{line}のラインでは、リード100件のうち{n}件がMQLになり、"
            "その100件のうち{rate}件が{close}します。"
        ),
        "headline flat few": (
            "受注見込み{line}のラインでは、リード100件のうち{n}件がMQLになります。"
        ),
        "is signed": "合意済みのラインです。",
        "is draft": "今回の定義(案)のラインです。",
        "is proposed": "求められた条件を満たすラインです。",
        "is best": "ラインはまだ決まっていません。上位1割が超えるラインを示しています。",
        "by rules": (
            "この定義では条件がラインです。受注見込みは、引き渡すリードの順番を決めるためだけに使います。"
            "比較のため、"
            "受注見込みのラインも示します。"
        ),
        "rule": (
            "この条件では、毎週およそ{n}件が新たにMQLになり、その100件のうち{rate}件が{close}します。"
        ),
        "no time": (
            "データはリード1件につき1行で、日時がありません。そのため、週あたりの件数、初日の件数、"
            "対応できるかどうかは"
            "示せません。"
        ),
        "per week": "新たなMQL(週)",
        "backlog": "初日の件数",
        "of 100": "MQLのうち{close}した割合(的中率)",
        "low": "的中率の下限",
        "high": "的中率の上限",
        "captured": "{closes}のうちカバーする割合",
        "wins": "{closes}(週)",
        "value": "金額(週)",
        "quadrant": "MQLのうち{name}",
        "followed": "フォロー対象の割合",
        "a week": "このラインでは毎週およそ{n}件が新たにMQLになります。",
        "a week, capacity": (
            "このラインでは毎週およそ{n}件が新たにMQLになります(対応可能件数は週{capacity}件)。"
        ),
        "too many": "対応可能件数を{n}件上回ります。",
        "too few": "約束した件数に{n}件届きません。",
        "below": "{close}する割合が求められた水準(100件中{asked}件以上)に届きません。",
        "of 100 leads": "リード100件のうち{n}件がMQLになります。",
        "cover": "{closes}の{share}をカバーします。",
        "day one": "初日には未対応の{n}件が一度に対象になります。",
        "house": (
            "ハウスリスト100件のうち、顧客像に合うのは{fit}件、フォローすべきは{followed}件です。"
        ),
        "promise": (
            "今後{weeks}週間の約束:新たなMQL100件のうち{range}件が{horizon}日以内に{close}し、"
            "週{week_low}〜"
            "{week_high}件が新たにMQLになります。"
        ),
        "days": "引き渡しから{to}まで中央値{days}日の余裕があります(半数は{low}〜{high}日)。",
        "to: stage": "「{stage}」",
        "to: won": "受注",
        "raised": (
            "連絡を希望したリードは受注見込みによらず引き渡します。上の件数とは別に週{n}件です。"
        ),
        "rest": "一度MQLになったリードは、受注見込みが{leave}を下回るまでMQLのままです。",
        "two models": (
            "ラインの数値は対象のリードを学習に使っていないモデル、月曜日の件数は"
            "実際に運用する形のモデルによるものです。そのため、初日の件数は少し異なることがあります。"
        ),
        "lines": "すべてのライン(幅つき)",
        "line": "ライン",
        "week low": "週の下限",
        "week high": "週の上限",
        "judged": "結果の分かるリード",
        "note: 1": "最初に、週に何件まで対応できるかを聞きます。そこへラインを動かします。",
        "note: 2": "ラインを動かすたびに、下の文章を読み上げます。",
        "note: 3": "失うものも伝えます。ラインがカバーしない受注です。",
        "note: 4": "合意できたら、ラインを定義に写し、誰が合意したかを記録します。",
    },
}
