"""What is said about a line, one catalogue per language, with the same keys in each."""

from collections.abc import Mapping

from propensity.language import full_width

ENGLISH: Mapping[str, str] = {
    # The goal.
    "goal: won": "close",
    "goal: stage": "reach “{stage}”",
    "reached: won": "closed",
    "reached: stage": "reached “{stage}”",
    "goals: won": "wins",
    "goals: stage": "leads that reached “{stage}”",
    "to: stage": "“{stage}”",
    "to: won": "the close",
    # How it was counted.
    "replay": (
        "Replayed from {first} to {last}, {often}: {weeks} weeks; {leads} open leads on the last"
        " day. The model had seen none of it."
    ),
    "every night": "every night",
    "every days": "every {n} days (nightly scoring will find more)",
    "judged": (
        "Whether a new MQL {reached} within {horizon} days can be told for {judged} of these weeks."
    ),
    "short": "That is less than a quarter: seasons it does not contain are not in these figures.",
    "no definition": (
        "There is no definition yet: the chance alone decides, and no rule keeps anybody back."
    ),
    "first crossings": (
        "Every lead counts once, at its first crossing of the line. Ranges hold 95 times in 100, "
        "for weekly volume and closes together, over the next {weeks} weeks."
    ),
    # The table.
    "column: line": "from",
    "column: per week": "new a week",
    "column: backlog": "on day one",
    "column: precision": "of 100, {goal}",
    "column: captured": "covered",
    "column: wins": "{goals} a week",
    "column: value": "value a week",
    "mark: chosen": "chosen",
    "mark: signed": "agreed",
    "mark: rule": "the rule",
    "mark: like": "same volume",
    # One line.
    "line": "From a chance of {line} on, about {n} leads newly become MQLs every week.",
    "line, capacity": (
        "From a chance of {line} on, about {n} leads newly become MQLs every week ({capacity} can"
        " be worked)."
    ),
    "rule": "By the rule, about {n} leads newly become MQLs every week.",
    "rule, capacity": (
        "By the rule, about {n} leads newly become MQLs every week ({capacity} can be worked)."
    ),
    "cover": "They cover {share} of the {goals}.",
    "cover, days": (
        "They cover {share} of the {goals}, and leave {days} days from hand-over to {to} (median;"
        " half of them {low}–{high})."
    ),
    "backlog": "On day one, {n} open leads lie over the line at once.",
    "promise": (
        "Promise for the next {weeks} weeks: of 100 new MQLs, {low}–{high} {goal} within {horizon}"
        " days, and {week_low}–{week_high} come per week."
    ),
    "basis": "Read off {judged} first crossings, {won} of which {reached}.",
    "rows": (
        "Counted over days instead of leads it would look like {rows} of 100: who stays over the"
        " line is counted again every day. The promise is about the {first} of 100 at the first"
        " crossing."
    ),
    "at stage": "{share} of them had reached {to} before they crossed.",
    "leave": (
        "Leave line: {leave}. An MQL stays one until its chance falls below; {returns} of those who"
        " left were back within {horizon} days."
    ),
    "signed leave": (
        "With the agreed leave line, {returns} of those who left were back within {horizon} days."
    ),
    "trend": (
        "Activity has been {direction} by about {change} per quarter; the range allows for it, the"
        " expected figure does not."
    ),
    "rising": "rising",
    "falling": "falling",
    "swing assumed": (
        "The history is too short to see how much weeks differ; a quarter up or down is assumed."
    ),
    # Groups.
    "group": "{name}: {crossed} newly crossed, {told}",
    "group: told": "{won} of {judged} {reached} ({share})",
    "group: few": "{judged} of them can be judged: too few for a rate",
    "by quadrant": "By quadrant at the crossing:",
    "by segment": "By segment at the crossing:",
    "hand-raisers": (
        "Asked to be contacted, handed over at any chance, not counted above: {n} a week, {told}."
    ),
    "house list": (
        "Of 100 in the house list {fit} fit, {followed} are to be followed ({leads} open leads)."
    ),
    "rules take": (
        "What the rules take away (open leads; leads newly over the line; wins that costs):"
    ),
    "rule takes": (
        "{kind} “{name}”: {open} of 100 open leads; {over} newly over the line, {won} of {judged}"
        " {reached}"
    ),
    "kind: disqualifier": "disqualifier",
    "kind: missing information": "required information",
    "kind: qualifier": "qualifier",
    "slice": (
        "Random slice of {share} below the line: {backlog} contacts on day one, then {n} a week;"
        " about {wins} of the first ones will {goal}."
    ),
    "rule and model": (
        "The rule is the line. A line on the chance with as many new MQLs a week would start at"
        " {line}."
    ),
    "amounts": "Value: {known} won deals with an amount, mean {mean}.",
    "amounts, unknown": "{unknown} won deals have no amount and count with the mean.",
    "no amounts": "No amounts of won deals are known: there is no value.",
    # The choice.
    "no policy": (
        "No line is proposed: nobody said what it is for (capacity, minimum share of closes,"
        " minimum volume or cost)."
    ),
    "too few": "No line can be proposed: at none can {n} new MQLs be judged yet.",
    "conflict: precision and volume": (
        "At least {precision} closes and at least {volume} a week do not go together. With"
        " {possible_precision} closes it would be {volume} a week; as things stand it is"
        " {possible_volume}."
    ),
    "conflict": (
        "“{first}” and “{second}” do not go together. Holding the first, {second_possible}; holding"
        " the second, {first_possible}."
    ),
    "conflict: alone": (
        "“{first}” cannot be met at any line that enough judged leads speak for: at best "
        "{first_possible}."
    ),
    "asked: minimum_precision": "at least {n} closes",
    "asked: capacity_per_week": "at most {n} a week",
    "asked: minimum_per_week": "at least {n} a week",
    "possible: minimum_precision": "{n} closes",
    "possible: capacity_per_week": "{n} a week",
    "possible: minimum_per_week": "{n} a week",
    # Afterwards.
    "kept": (
        "The promise was kept: of 100 new MQLs {n} {reached} (promised {low}–{high}), {per_week}"
        " came per week (promised {week_low}–{week_high})."
    ),
    "broken": "The promise is broken: {parts} The line should be looked at again.",
    "precision below": "of 100 new MQLs only {n} {reached} (promised {low}–{high}).",
    "precision above": "of 100 new MQLs {n} {reached}, more than promised ({low}–{high}).",
    "volume below": "only {n} new MQLs came per week (promised {low}–{high}).",
    "volume above": "{n} new MQLs came per week, more than promised ({low}–{high}).",
    "too early": (
        "{per_week} new MQLs came per week, as promised ({week_low}–{week_high}). How many {goal}"
        " cannot be told yet: {judged} can be judged."
    ),
}

JAPANESE: Mapping[str, str] = {
    "goal: won": "受注",
    "goal: stage": "「{stage}」に到達",
    "reached: won": "受注",
    "reached: stage": "「{stage}」に到達",
    "goals: won": "受注",
    "goals: stage": "「{stage}」到達",
    "to: stage": "「{stage}」",
    "to: won": "受注",
    "replay": (
        "{first}から{last}まで{often}さかのぼって採点しました({weeks}週間、"
        "最終日の未決着リード{leads}件)。モ"
        "デルはこの期間のデータを一切見ていません。"
    ),
    "every night": "毎晩",
    "every days": "{n}日ごとに(毎晩採点すると件数はもう少し増えます)",
    "judged": (
        "MQLになってから{horizon}日以内に{goal}したかどうかは、"
        "このうち{judged}週間分について分かっています。"
    ),
    "short": "四半期に満たない期間です。この期間に含まれない季節の動きは反映されていません。",
    "no definition": "定義はまだありません。受注見込みだけで判断し、条件による除外はありません。",
    "first crossings": (
        "1件のリードは、初めてラインを超えた時点で1回だけ数えます。幅は、週の件数と的中率の両方が今"
        "後{weeks}週間に95%の割合で収まる範囲です。"
    ),
    "column: line": "受注見込み",
    "column: per week": "新規/週",
    "column: backlog": "初日",
    "column: precision": "100件中の{goal}",
    "column: captured": "カバー率",
    "column: wins": "{goals}/週",
    "column: value": "金額/週",
    "mark: chosen": "提案",
    "mark: signed": "合意済み",
    "mark: rule": "条件による線",
    "mark: like": "同じ件数",
    "line": "受注見込み{line}以上のこのラインでは、毎週およそ{n}件が新たにMQLになります。",
    "line, capacity": (
        "受注見込み{line}以上のこのラインでは、毎週およそ{n}件が新たにMQLになります(対応可能件数は週"
        "{capacity}件)。"
    ),
    "rule": "この条件では、毎週およそ{n}件が新たにMQLになります。",
    "rule, capacity": (
        "この条件では、毎週およそ{n}件が新たにMQLになります(対応可能件数は週{capacity}件)。"
    ),
    "cover": "{goals}の{share}をカバーします。",
    "cover, days": (
        "{goals}の{share}をカバーし、引き渡しから{to}まで中央値{days}日の余裕があります(半数は{low}〜"
        "{high}日)。"
    ),
    "backlog": "初日には未対応の{n}件が一度に対象になります。",
    "promise": (
        "今後{weeks}週間の約束:新たなMQL100件のうち{low}〜{high}件が{horizon}日以内に{goal}し、"
        "週{week_low}"
        "〜{week_high}件が新たにMQLになります。"
    ),
    "basis": "根拠:初めてラインを超えた{judged}件のうち{won}件が{goal}しました。",
    "rows": (
        "リードではなく日ごとに数えると100件中{rows}件に見えますが、"
        "ラインの上にとどまるリードを毎日数え直した"
        "値です。約束は、初めて超えた時点の100件中{first}件を基にしています。"
    ),
    "at stage": "そのうち{share}は、ラインを超える前にすでに{to}に達していました。",
    "leave": (
        "解除ライン:受注見込み{leave}。これを下回るまではMQLのままです。"
        "外れたリードのうち{horizon}日以内に戻"
        "ったのは{returns}でした。"
    ),
    "signed leave": (
        "合意済みの解除ラインでは、外れたリードのうち{horizon}日以内に戻ったのは{returns}でした。"
    ),
    "trend": (
        "リードの活動量は四半期あたり約{change}の{direction}傾向です。幅には見込んでいますが、"
        "中心の値には反映"
        "していません。"
    ),
    "rising": "増加",
    "falling": "減少",
    "swing assumed": "期間が短く週ごとの変動が分からないため、上下25%の変動を仮定しています。",
    "group": "{name}:新たに{crossed}件、{told}",
    "group: told": "結果の分かる{judged}件のうち{won}件が{goal}({share})",
    "group: few": "結果の分かるのは{judged}件で、割合を示すには少なすぎます",
    "by quadrant": "ラインを超えた時点の区分別:",
    "by segment": "ラインを超えた時点のセグメント別:",
    "hand-raisers": (
        "連絡を希望したリード(受注見込みによらず引き渡し、上の件数には含みません):週{n}件、{told}。"
    ),
    "house list": (
        "ハウスリスト100件のうち、顧客像に合うのは{fit}件、フォローすべきは{followed}件です(未決着リード"
        "{leads}件)。"
    ),
    "rules take": (
        "条件ごとに対象から外れるリード(未決着リード、ラインを超えたリード、逃す{goals}):"
    ),
    "rule takes": (
        "{kind}「{name}」:未決着リード100件のうち{open}件、"
        "ラインを超えた{over}件(結果の分かる{judged}件"
        "のうち{won}件が{goal})"
    ),
    "kind: disqualifier": "除外条件",
    "kind: missing information": "引き渡しに必要な情報",
    "kind: qualifier": "必須条件",
    "slice": (
        "ライン未満から無作為に{share}を選んで対応する場合:初日に{backlog}件、その後は週{n}件。"
        "初日の分からは"
        "およそ{wins}件の{goal}が見込まれます。"
    ),
    "rule and model": (
        "この定義では条件がラインです。毎週同じ件数になる受注見込みのラインは{line}です。"
    ),
    "amounts": "金額:受注額の分かる{known}件の平均は{mean}です。",
    "amounts, unknown": "受注額のない{unknown}件は平均額とみなしました。",
    "no amounts": "受注額のデータがないため、金額は示せません。",
    "no policy": (
        "ラインは提案しません。何のためのラインか(週あたりの対応可能件数、最低限の的中率、最低限の件数、費"
        "用)が指定されていません。"
    ),
    "too few": "ラインを提案できません。結果の分かる新たなMQLが{n}件に達するラインがありません。",
    "conflict: precision and volume": (
        "的中率{precision}以上と週{volume}件以上は両立しません。的中率を"
        "{possible_precision}にすれば週{volume}件、現在の条件のままなら週{possible_volume}件です。"
    ),
    "conflict": (
        "「{first}」と「{second}」は両立しません。「{first}」を守れば{second_possible}、"
        "「{second}」を守れ"
        "ば{first_possible}です。"
    ),
    "conflict: alone": (
        "結果の分かるリードが十分にあるラインの中に、「{first}」を満たすものはありません。最も近くて"
        "{first_possible}です。"
    ),
    "asked: minimum_precision": "的中率{n}以上",
    "asked: capacity_per_week": "週{n}件以内",
    "asked: minimum_per_week": "週{n}件以上",
    "possible: minimum_precision": "的中率{n}",
    "possible: capacity_per_week": "週{n}件",
    "possible: minimum_per_week": "週{n}件",
    "kept": (
        "約束は守られました。新たなMQL100件のうち{n}件が{goal}し(約束は{low}〜{high}件)、新たなMQLは週"
        "{per_week}件でした(約束は{week_low}〜{week_high}件)。"
    ),
    "broken": "約束は守られませんでした。{parts}MQLラインの見直しをおすすめします。",
    "precision below": (
        "新たなMQL100件のうち{goal}したのは{n}件にとどまりました(約束は{low}〜{high}件)。"
    ),
    "precision above": "新たなMQL100件のうち{n}件が{goal}し、約束の{low}〜{high}件を上回りました。",
    "volume below": "新たなMQLは週{n}件にとどまりました(約束は{low}〜{high}件)。",
    "volume above": "新たなMQLは週{n}件で、約束の{low}〜{high}件を上回りました。",
    "too early": (
        "新たなMQLは週{per_week}件で、約束({week_low}〜{week_high}件)どおりです。的中率を判断するにはまだ"
        "早い段階です(結果の分かるMQLは{judged}件)。"
    ),
}

CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "ja": full_width(JAPANESE)}
