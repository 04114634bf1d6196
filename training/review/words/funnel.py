"""The funnel."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "The funnel",
        "headline": (
            "Of 100 leads created {first} to {last}, {n} became customers within {days} days."
        ),
        "headline few": (
            "No whole month is judged yet: of none are the {days} days of all its leads over."
        ),
        "why two": (
            "Judged are leads whose {days} days are over, by what came within these days. As it"
            " stands counts every lead and everything until today, as any sheet of running numbers"
            " does: of the newest leads too little, because they had no time to close yet, and of"
            " old leads also what came after their {days} days."
        ),
        "absent flat": (
            "The table has no days on which leads came or moved on, so there is no funnel to count."
        ),
        "metric": "metric",
        "what": "what it is",
        "judged": "judged",
        "as it stands": "as it stands",
        "month": "month",
        "leads": "leads",
        "judged leads": "leads, judged",
        "segment": "segment",
        "average amount": "average amount",
        "step: lead": "lead",
        "step: MQL": "MQL",
        "step: SAL": "SAL",
        "step: opportunity": "opportunity",
        "step: won": "customer",
        "visitor to lead": "visitor to {lead}",
        "lead to MQL": "{lead} to {MQL}",
        "SAL": "{SAL} %",
        "active": "lead active rate",
        "MQL to opportunity": "{MQL} to {opportunity}",
        "opportunity to customer": "{opportunity} to {won}",
        "lead to customer": "{lead} to {won}",
        "cycle": "length of the sales cycle",
        "cost per contract": "average cost per contract",
        "short: visitor to lead": "visitor to {lead}",
        "short: lead to MQL": "{lead} to {MQL}",
        "short: SAL": "{SAL} %",
        "short: active": "active",
        "short: MQL to opportunity": "{MQL} to {opportunity}",
        "short: opportunity to customer": "{opportunity} to {won}",
        "short: lead to customer": "{lead} to {won}",
        "short: cycle": "days to win",
        "short: cost per contract": "cost per win",
        "raw rate": "as it stands",
        "is: visitor to lead": "leads created / visits of the website in the same months",
        "is: lead to MQL": "leads that became an MQL (stage “{mql}”) / leads created",
        "is: SAL": "MQLs that sales took as worth following up (stage “{sal}”) / MQLs",
        "is: active": "open leads with an action of their own in the last 30 days / open leads",
        "is: MQL to opportunity": "MQLs that became an opportunity (stage “{opportunity}”) / MQLs",
        "is: opportunity to customer": "opportunities that were won / opportunities",
        "is: lead to customer": "leads that were won / leads created",
        "is: cycle": "median days from creation to the win",
        "is: cost per contract": (
            "cost of the visits / customers among the leads of the same months"
        ),
        "nine": "The nine metrics",
        "by month judged": "By month of creation, judged",
        "by month raw": "By month of creation, as it stands",
        "by month": "The nine metrics month by month",
        "chart": "Leads that became customers, by month of creation",
        "chart alternative": (
            "Share of leads that became customers, by the month they were created: {judged} judged "
            "on average, and as it stands, which falls towards the newest months."
        ),
        "chart y": "of the leads",
        "by": "By {by}",
        "channel": "channel",
        "persona": "persona",
        "leaks": "Where it loses most",
        "segment of": "{segment} ({by})",
        "leak": (
            "{segment} ({by}): {step} {rate}, on average {average}. At the average, {n} more of"
            " {whole} would have gone on."
        ),
        "leak customers": "That is about {n} customers.",
        "no leaks": "At no step does a segment lose more than chance explains.",
        "step": "step",
        "could": "could take it",
        "rate": "took it",
        "average": "on average",
        "lost": "missing at the average",
        "lost customers": "customers missing",
        "earning": "Segments that earn more than expected",
        "no earning": "No segment won more, or more money, than expected beyond chance.",
        "won": "won",
        "expected": "expected",
        "amount": "amount",
        "expected amount": "expected",
        "more wins": "more wins",
        "more amount": "more money",
        "yes": "yes",
        "expected how": (
            "Expected is what the model, which had not seen these leads, made of everything it"
            " knows about them. Told is only what lies beyond chance, for all segments looked at"
            " together."
        ),
        "lost by persona": "Why leads were lost, by kind of customer",
        "lost by quadrant": "Why leads were lost, by quadrant",
        "reason": "reason",
        "no reason": "(no reason recorded)",
        "other reasons": "(other reasons)",
        "everybody": "all leads",
        "unmapped": "Leads that no channel or persona takes",
        "by column": "for",
        "column": "column",
        "value": "value",
        "unknown": "(unknown)",
        "other values": "(other values)",
        "unlisted": "In the table of visits, but in no channel: {names}.",
        "missing": "Not shown, because the sources do not tell it: {metrics}.",
        "missing how": "Stages are named in review.stages, visits and cost in input.traffic.",
        "source judged": "{n} leads created {first} to {last}, whose {days} days are over",
        "source raw": "{n} leads created {first} to {last}, until {day}",
        "source both": "judged: {judged}; as it stands: {raw}",
        "source active": "lead active rate: leads open on {day}",
        "source lost": "{n} leads lost in the year before {day}",
        "source lost unseen": (
            "{n} leads lost in the year before {day}, by the quadrant in which the model first saw "
            "them"
        ),
        "source unseen": "{n} leads that the model had not seen, each counted once",
        "source unmapped": "all leads; values of fewer than five are one line",
        "source visits": "visits and cost: input.traffic",
    },
    "ja": {
        "title": "ファネル",
        "headline": (
            "{first}〜{last}に作成されたリード100件のうち、{days}日以内に受注したのは{n}件です。"
        ),
        "headline few": (
            "判定できる月がまだありません(すべてのリードが作成から{days}日を過ぎた月がありません)。"
        ),
        "why two": (
            "「判定済み」は、作成から{days}日を過ぎたリードだけを、その{days}日以内の結果で数えたものです。"
            "「現時点」は、すべてのリードを今日までの結果で数えたもので、"
            "新しいリードは受注までの時間がまだ足りないぶん低く、"
            "古いリードは{days}日より後の受注も含むぶん高くなります。"
        ),
        "absent flat": "リードの作成日や進んだ日がない表のため、ファネルは集計できません。",
        "metric": "指標",
        "what": "計算方法",
        "judged": "判定済み",
        "as it stands": "現時点",
        "month": "月",
        "leads": "リード",
        "judged leads": "リード(判定済み)",
        "segment": "セグメント",
        "average amount": "平均受注額",
        "step: lead": "リード",
        "step: MQL": "MQL",
        "step: SAL": "SAL",
        "step: opportunity": "商談",
        "step: won": "受注",
        "visitor to lead": "訪問→{lead}",
        "lead to MQL": "{lead}→{MQL}(有望リード)",
        "SAL": "{SAL}率(営業が受け入れた割合)",
        "active": "リードアクティブ率",
        "MQL to opportunity": "{MQL}→{opportunity}",
        "opportunity to customer": "{opportunity}→{won}",
        "lead to customer": "{lead}→{won}",
        "cycle": "受注までの日数",
        "cost per contract": "受注1件あたりの費用",
        "short: visitor to lead": "訪問→{lead}",
        "short: lead to MQL": "{lead}→{MQL}",
        "short: SAL": "{SAL}率",
        "short: active": "アクティブ率",
        "short: MQL to opportunity": "{MQL}→{opportunity}",
        "short: opportunity to customer": "{opportunity}→{won}",
        "short: lead to customer": "{lead}→{won}",
        "short: cycle": "受注までの日数",
        "short: cost per contract": "受注1件の費用",
        "raw rate": "現時点の受注率",
        "is: visitor to lead": "作成されたリード÷同じ月の訪問数",
        "is: lead to MQL": "MQL(「{mql}」)になったリード÷作成されたリード",
        "is: SAL": "営業がフォローする価値があると評価したMQL(「{sal}」)÷MQL",
        "is: active": "直近30日に自ら行動した未決着のリード÷未決着のリード",
        "is: MQL to opportunity": "商談(「{opportunity}」)になったMQL÷MQL",
        "is: opportunity to customer": "受注した商談÷商談",
        "is: lead to customer": "受注したリード÷作成されたリード",
        "is: cycle": "作成から受注までの日数の中央値",
        "is: cost per contract": "訪問にかかった費用÷同じ月に作成されたリードからの受注",
        "nine": "9つの指標",
        "by month judged": "作成月別(判定済み)",
        "by month raw": "作成月別(現時点)",
        "by month": "9つの指標の月別推移",
        "chart": "作成月別の受注率",
        "chart alternative": (
            "作成月別の受注率です。判定済みの平均は{judged}で、現時点の数字は新しい月ほど低くなります。"
        ),
        "chart y": "リードに占める割合",
        "by": "{by}別",
        "channel": "チャネル(流入経路)",
        "persona": "ペルソナ",
        "leaks": "最も取りこぼしている段階",
        "segment of": "{by}:{segment}",
        "leak": (
            "{by}「{segment}」:{step}が{rate}(平均{average})。"
            "平均並みなら、{whole}件のうちあと{n}件が進んでいました。"
        ),
        "leak customers": "受注にすると約{n}件です。",
        "no leaks": "ばらつきの範囲を超えて取りこぼしているセグメントはありません。",
        "step": "段階",
        "could": "対象",
        "rate": "進んだ割合",
        "average": "平均",
        "lost": "平均との差(件)",
        "lost customers": "受注換算(件)",
        "earning": "見込みより成果の大きいセグメント",
        "no earning": (
            "受注数・受注額が、ばらつきの範囲を超えて見込みを上回ったセグメントはありません。"
        ),
        "won": "受注",
        "expected": "見込み",
        "amount": "受注額",
        "expected amount": "見込み額",
        "more wins": "受注数が上回る",
        "more amount": "受注額が上回る",
        "yes": "はい",
        "expected how": (
            "見込みは、学習に使っていないリードについて、"
            "モデルが分かっていることすべてから計算したものです。"
            "調べたすべてのセグメントのばらつきを見込んでも上回"
            "ったものだけを載せています。"
        ),
        "lost by persona": "失注理由(ペルソナ別)",
        "lost by quadrant": "失注理由(区分別)",
        "reason": "失注理由",
        "no reason": "(理由の記録なし)",
        "other reasons": "(その他の理由)",
        "everybody": "全リード",
        "unmapped": "どのチャネル・ペルソナにも当てはまらないリード",
        "by column": "対象",
        "column": "項目",
        "value": "値",
        "unknown": "(不明)",
        "other values": "(その他の値)",
        "unlisted": "訪問数の表にあるのに、どのチャネルにもない名前:{names}。",
        "missing": "記録がないため、次の指標は載せていません:{metrics}。",
        "missing how": "段階は設定のreview.stages、訪問数と費用はinput.trafficで指定できます。",
        "source judged": "{first}〜{last}に作成され、{days}日を過ぎたリード{n}件",
        "source raw": "{first}〜{last}に作成されたリード{n}件({day}の前日まで)",
        "source both": "判定済み:{judged}。現時点:{raw}",
        "source active": "リードアクティブ率:{day}時点で未決着のリード",
        "source lost": "{day}までの1年間に失注したリード{n}件",
        "source lost unseen": (
            "{day}までの1年間に失注したリード{n}件(学習に使っていないもの。区分は初回の採点時)"
        ),
        "source unseen": "学習に使っていないリード{n}件(1件につき1回だけ数えています)",
        "source unmapped": "すべてのリード。5件未満の値は1行にまとめています",
        "source visits": "訪問数と費用:input.traffic",
    },
}
