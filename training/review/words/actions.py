"""Actions that close."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Actions that close",
        "title stage": "Actions that lead there",
        "absent": (
            "No lead was seen to {close} after something it did, so there is no rate to tell of an"
            " action; “propensity closed-loop” says what is missing."
        ),
        "headline": "Of the leads with “{action}” {rate} {closed}; on average {average}.",
        "headline none": (
            "No action stands out: with none do clearly more leads {close} than of leads alike."
        ),
        "how": (
            "For each action: of the leads that did it in the {window} days before they were looked"
            " at, those that {closed} within the {horizon} days after. Beside it leads alike: open"
            " on the same day and of the same age."
        ),
        "how flat": (
            "For each action: of the leads that did it, those that {closed}. Beside it leads alike."
        ),
        "source": (
            "{rows} looks at {leads} leads on {days} days from {first} to {last}, whose {horizon}"
            " days are over"
        ),
        "source flat": "{leads} leads with an outcome",
        "source customers": "{n} leads that {closed} in the last 12 months before the sources end",
        "source customers flat": "{n} leads that {closed}",
        "source points": (
            "learned from the older leads; made so that it can be typed into a marketing tool"
        ),
        "source ways": (
            "{n} looks at leads that neither was learned from; of each day the best {share}"
        ),
        "source ways flat": "{n} leads that neither was learned from; the best {share} of them",
        "chart": "What became of the leads that did it",
        "chart alternative": (
            "Highest against leads alike: {action}, where {rate} {closed}, against {alike} of "
            "leads alike."
        ),
        "with value": "{concept}: {value}",
        "proposed": (
            "Clearly at {multiple} times leads alike or more, and so evidence for an MQL:"
            " {actions}."
        ),
        "proposed one": "{action} ({rate} {closed}, {times} times the {alike} of leads alike)",
        "proposed more": "{action} ({rate}, {times} times {alike})",
        "none so high": (
            "On average {average} {closed}, so no action can stand at {multiple} times that: read"
            " the list from its top."
        ),
        "before": "What the {n} leads that {closed} in the last 12 months did before",
        "before flat": "What the {n} leads that {closed} had done",
        "steps": (
            "{then}, of those with {first}: {began} leads took the first step, {went} of them the"
            " second. {share} % of those that took the first step took the second and {closed}. Of"
            " those that went on {rate} % {closed}."
        ),
        "steps stayed": "Of those that have not gone on {rate} %.",
        "jump": (
            "{action}: from {at} times {span} on more leads {close}, {above} % against {below} % of"
            " those with fewer. Found on the earlier part of the history, confirmed on the later."
        ),
        "no jump": (
            "{action}: a jump at {at} times {span} showed on the earlier part of the history, but"
            " not on the later. No ground for a rule."
        ),
        "jump amount": (
            "{action}: from {at} on more leads {close}, {above} % against {below} % of those with"
            " less. Found on one part of the leads, confirmed on the other."
        ),
        "no jump amount": (
            "{action}: a jump at {at} showed on one part of the leads, but not on the other. No"
            " ground for a rule."
        ),
        "value": "value (median, and the middle half)",
        "how often": "how often",
        "from first": "days since the first",
        "from last": "days since the last",
        "action": "action",
        "did it": "leads that did it",
        "alike": "leads alike",
        "all actions": "All actions, in figures",
        "leads": "leads",
        "low": "from",
        "high": "to",
        "times": "times leads alike",
        "usual": "as usually counted",
        "points": "The points table",
        "ways": "Ways to choose leads",
        "its rate": "of those chosen, {closed}",
        "captured": "of all {closes}, among those chosen",
        "decided": "decides as the model does",
        "beside": (
            "Of 100 leads chosen by the model, {model} {close}; by a points table {points}, where"
            " each chooses the best {share}."
        ),
        "beside present": (
            "Of 100 leads chosen by the model, {model} {close}; by a points table {points}, by"
            " today's score {present}, where each chooses the best {share}."
        ),
        "note": "Ask the room which action they would have put first, before you show the list.",
    },
    "ja": {
        "title": "受注につながる行動",
        "title stage": "目標につながる行動",
        "absent": (
            "行動の後に受注したリードが確認できないため、行動別の受注率は計算できません。"
            "不足しているものは「propensity closed-loop」で確認できます。"
        ),
        "headline": "「{action}」のあったリードのうち{closed}したのは{rate}です(平均は{average})。",
        "headline none": "受注率が同条件のリードをはっきりと上回る行動は見つかりません。",
        "how": (
            "集計時点の直近{window}日間にその行動をしたリードのうち、その後{horizon}日以内に受注した割合です。"
            "同じ時点で未決着の、経過日数が同じリード(同条件のリード)と並べています。"
        ),
        "how flat": "その行動をしたリードのうち受注した割合を、同条件のリードと並べています。",
        "source": (
            "{first}から{last}までの{days}時点で、リード{leads}件を延べ{rows}回集計({horizon}日後の結果が"
            "分かっているもの)"
        ),
        "source flat": "結果の分かっているリード{leads}件",
        "source customers": "データの最終日までの12か月間に受注した{n}件",
        "source customers flat": "顧客{n}件",
        "source points": "古い期間のリードから学習。MAツールにそのまま入力できる形にしています",
        "source ways": (
            "どちらの学習にも使っていないリードを延べ{n}回集計。各時点の上位{share}を選択"
        ),
        "source ways flat": "どちらの学習にも使っていないリード{n}件。上位{share}を選択",
        "chart": "行動したリードの受注率",
        "chart alternative": (
            "同条件のリードとの差が最も大きいのは「{action}」で、{closed}したのは{rate}"
            "(同条件のリードは{alike})です。"
        ),
        "with value": "{concept}:{value}",
        "proposed": (
            "同条件のリードの{multiple}倍以上とはっきり言え、MQLの根拠になる行動:{actions}。"
        ),
        "proposed one": "{action}(受注率{rate}、同条件のリードの{alike}に対して{times}倍)",
        "proposed more": "{action}({rate}、{alike}に対して{times}倍)",
        "none so high": (
            "平均が{average}と高く、その{multiple}倍になる行動はあり得ません。一覧の上から順にご覧ください。"
        ),
        "before": "直近12か月に受注した{n}件が、それまでに行ったこと",
        "before flat": "受注した{n}件が行ったこと",
        "steps": (
            "{first}→{then}:最初の行動があったリードは{began}件、うち{went}件が次の行動に進みました。"
            "最初の行動があったリードのうち、次に進んで受注した割合は{share}%です。"
            "次に進んだリードの受注率は{rate}%です。"
        ),
        "steps stayed": "まだ進んでいないリードの受注率は{rate}%です。",
        "jump": (
            "{action}:{span}{at}回以上のリードは、それ未満のリードより受注率が高くなっています"
            "({above}%対{below}%)。前半の期間で見つかり、後半の期間でも確認できました。"
        ),
        "no jump": (
            "{action}:{span}{at}回以上で受注率が上がる傾向が前半の期間に見られましたが、"
            "後半の期間では確認できませんでした。条件の根拠にはなりません。"
        ),
        "jump amount": (
            "{action}:{at}以上のリードは、それ未満のリードより受注率が高くなっています"
            "({above}%対{below}%)。一方のデータで見つかり、もう一方でも確認できました。"
        ),
        "no jump amount": (
            "{action}:{at}以上で受注率が上がる傾向が一方のデータに見られましたが、"
            "もう一方では確認できませんでした。条件の根拠にはなりません。"
        ),
        "value": "値(中央値と中央の半数の範囲)",
        "how often": "回数",
        "from first": "最初の行動からの日数",
        "from last": "最後の行動からの日数",
        "action": "行動",
        "did it": "行動したリード",
        "alike": "同条件のリード",
        "all actions": "すべての行動(数値)",
        "leads": "リード件数",
        "low": "幅の下限",
        "high": "幅の上限",
        "times": "同条件の何倍",
        "usual": "従来の数え方で何倍",
        "points": "点数表",
        "ways": "リードの選び方の比較",
        "its rate": "選んだリードの受注率",
        "captured": "受注全体のうち選んだ中にいた割合",
        "decided": "モデルと同じ判断の割合",
        "beside": (
            "それぞれが上位{share}を選んだ場合、100件のうち受注するのはモデルで{model}件、"
            "点数表で{points}件です。"
        ),
        "beside present": (
            "それぞれが上位{share}を選んだ場合、100件のうち受注するのはモデルで{model}件、"
            "点数表で{points}件、これまでの点数で{present}件です。"
        ),
        "note": "一覧を見せる前に、どの行動が最も受注につながると思うかを参加者に聞いてみます。",
    },
}
