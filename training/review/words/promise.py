"""The promises of both sides."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "The promise",
        "absent": "There is no definition yet, so nobody has promised anything.",
        "absent flat": (
            "The table has no days on which leads were handed over, so nothing can be said of"
            " promises."
        ),
        "forecast": (
            "At this line about {n} new MQLs per week are to be expected in the next {weeks} weeks"
            " ({range})."
        ),
        "forecast closes": "Of 100 of them {n} will have closed within {days} days ({low}–{high}).",
        "forecast stage": (
            "Of 100 of them {n} will have reached “{stage}” within {days} days ({low}–{high})."
        ),
        "no forecast": "No line is chosen yet, so there is no forecast.",
        "promised": "Marketing promised {n} per week.",
        "not promised": "Marketing has promised no number of MQLs.",
        "kept": "Of 100 leads handed over, {n} got the first contact in time.",
        "kept range": (
            "Of 100 leads handed over, {low} to {high} got the first contact in time; for the"
            " others only the day is recorded."
        ),
        "agreed": "What both sides promised",
        "side": "side",
        "for": "for",
        "what": "promise",
        "marketing": "Marketing",
        "sales": "Sales",
        "everybody": "all leads",
        "mqls per week": "{n} new MQLs per week",
        "mqls per quarter": "{n} new MQLs per quarter",
        "first contact": "first contact within {span}",
        "attempts": "{what} within {span}",
        "calls": "{n} calls",
        "mails": "{n} e-mails",
        "and": " and ",
        "span minutes": "{n} minutes",
        "span hours": "{n} hours",
        "span hour": "1 hour",
        "span days": "{n} business days",
        "span day": "1 business day",
        "by month": "Both sides, month by month",
        "by segment": "Both sides, by segment",
        "month": "month",
        "segment": "segment",
        "mqls promised": "MQLs promised",
        "mqls handed": "MQLs handed over",
        "a month": "{what}, a month",
        "contact judged": "first contacts due",
        "contact kept": "in time",
        "attempts judged": "attempts due",
        "attempts kept": "made in time",
        "contact unknown": "contact: cannot be known",
        "attempts unknown": "attempts: cannot be known",
        "source": (
            "{n} leads that reached the stage “{stage}” {first} to {last}; a share is told from 20"
            " leads on, whose time is over"
        ),
        "source drawn": "{source}; {looked} of them, drawn at random, were timed",
        "source agreed": "the definition under review",
        "source forecast": "{weeks} weeks of past scorings, replayed",
        "no definition": "There is no definition, so nothing was promised.",
        "no stage": "No stage tells when a lead was handed over; name it in review.stages.mql.",
        "no hours": (
            "There are no business hours in the configuration (business_hours), so no deadline can"
            " be told."
        ),
        "no sales": "No event is by sales (behaviour.actors), so contacts cannot be known.",
        "days only": (
            "Of some hand-overs or contacts only the day is recorded: what depends on the hour is"
            " told as not known."
        ),
        "no calls": (
            "No event type is sales calling (review.calls), so the promised calls cannot be"
            " counted."
        ),
        "no mails": (
            "No event type is sales writing (review.mails), so the promised e-mails cannot be"
            " counted."
        ),
        "ended": (
            "Attempts are not asked for where the lead became an opportunity or was closed before."
        ),
        "business": "Time counts in business hours.",
        "note": "Who keeps what: both sides, the same table.",
    },
    "ja": {
        "title": "約束(SLA)",
        "absent": "有望リードの定義がまだないため、約束もありません。",
        "absent flat": "引き渡しの日がない表のため、約束が守られたかは分かりません。",
        "forecast": (
            "このラインでは、今後{weeks}週間に毎週およそ{n}件が新たにMQLになる見込みです(幅{range})。"
        ),
        "forecast closes": (
            "そのうち100件中{n}件が{days}日以内に受注する見込みです(幅{low}〜{high}件)。"
        ),
        "forecast stage": (
            "そのうち100件中{n}件が{days}日以内に「{stage}」に到達する見込みです(幅{low}〜{high}件)。"
        ),
        "no forecast": "ラインがまだ決まっていないため、見込みはありません。",
        "promised": "マーケティングの約束は週{n}件です。",
        "not promised": "マーケティングは件数を約束していません。",
        "kept": "引き渡した100件のうち{n}件で、初回連絡が期限内でした。",
        "kept range": (
            "引き渡した100件のうち{low}〜{high}件で、初回連絡が期限内でした。差は、日付しか記録がない分です。"
        ),
        "agreed": "部門間の約束",
        "side": "約束する側",
        "for": "対象",
        "what": "約束の内容",
        "marketing": "マーケティング",
        "sales": "営業",
        "everybody": "全リード",
        "mqls per week": "新しいMQLを週{n}件",
        "mqls per quarter": "新しいMQLを四半期{n}件",
        "first contact": "{span}以内に初回連絡",
        "attempts": "{span}以内に{what}",
        "calls": "電話{n}回",
        "mails": "メール{n}通",
        "and": "・",
        "span minutes": "{n}分",
        "span hours": "{n}時間",
        "span hour": "1時間",
        "span days": "{n}営業日",
        "span day": "1営業日",
        "by month": "両部門の実績(月別)",
        "by segment": "両部門の実績(セグメント別)",
        "month": "月",
        "segment": "セグメント",
        "mqls promised": "約束したMQL",
        "mqls handed": "引き渡したMQL",
        "a month": "{what}(月あたり)",
        "contact judged": "初回連絡の対象",
        "contact kept": "期限内の割合",
        "attempts judged": "連絡回数の対象",
        "attempts kept": "守られた割合",
        "contact unknown": "初回連絡:確認できない割合",
        "attempts unknown": "連絡回数:確認できない割合",
        "source": (
            "{first}〜{last}に「{stage}」に到達したリード{n}件。"
            "割合は、期限を過ぎたものが20件以上あるときだけ載せています"
        ),
        "source drawn": "{source}。期限の確認は、無作為に抽出した{looked}件",
        "source agreed": "見直し中の定義",
        "source forecast": "過去{weeks}週間の採点をさかのぼって計算",
        "no definition": "有望リードの定義がないため、約束もありません。",
        "no stage": "引き渡しの時期の記録がありません(設定のreview.stages.mqlで指定できます)。",
        "no hours": "営業時間が決まっていないため、期限が分かりません(設定のbusiness_hours)。",
        "no sales": (
            "営業が行ったことの記録がないため、連絡の有無が分かりません(設定のbehaviour.actors)。"
        ),
        "days only": (
            "引き渡しや連絡の一部は日付しか記録がなく、時刻によるものは「確認できない」としています。"
        ),
        "no calls": (
            "営業の電話にあたる記録がないため、電話の回数は数えられません(設定のreview.calls)。"
        ),
        "no mails": (
            "営業のメールにあたる記録がないため、メールの数は数えられません(設定のreview.mails)。"
        ),
        "ended": "期限の前に商談になったリード、決着したリードは、連絡回数の対象にしていません。",
        "business": "時間は営業時間で数えています。",
        "note": "どちらの部門の約束も、同じ表で確認します。",
    },
}
