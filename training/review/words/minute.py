"""In one minute."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "In one minute",
        "headline": "Of 100 leads handed over, {n} {closed} ({range}).",
        "headline best": "Of 100 leads in the best tenth by the model, {n} {closed} ({range}).",
        "headline few": "Too few leads were handed over and judged to say how many of 100 {close}.",
        "of all": "Of 100 leads in all, {n}.",
        "called": "Called first: {order}.",
        "called one": "{case} {n}{span}",
        "within": " (within {span})",
        "then": ", then ",
        "why them": "What moves chances most: {names}.",
        "to agree": "To be agreed on today: this definition.",
        "to agree line": (
            "To be agreed on today: this definition, with the MQL line at a chance of {line}."
        ),
        "to decide": "To be decided today: {n} proposals, listed under “{decide}”.",
        "nothing to decide": "The figures speak for no change today.",
        "on file": "Who would be called first",
        "on file why": (
            "The table has no days and no teams: what changes on Monday, and for whom, cannot be"
            " said. What can be said is how many of the leads lie where."
        ),
        "over line": "at or above the line of {line}",
        "under line": "below it, {quadrant}",
        "leads": "leads",
        "of 100": "of all leads",
        "do": "what is done",
        "call": "call first",
        "by present": "Of as many picked by today's score, {n} of 100.",
        "handed over": "of the leads handed over {closed}",
        "best tenth": "of the best tenth by the model {closed}",
        "all leads": "of all leads {closed}",
        "present": "of as many by today's score {closed}",
        "monday": "What changes on Monday",
        "monday first": "What the teams get on the first day",
        "team": "team",
        "before": "leads so far",
        "now": "leads from Monday",
        "first day": "leads on the first day",
        "more": "more or fewer",
        "what": "which",
        "part": "{case} {n}",
        "nobody": "nobody has to act",
        "a week": "After that, about {n} leads newly become MQLs every week.",
        "a week, capacity": (
            "After that, about {n} leads newly become MQLs every week ({capacity} can be worked)."
        ),
        "changed": (
            "Of 100 open leads, {case} get another instruction and {quadrant} stand in another"
            " quadrant."
        ),
        "new model": "The model is new: version {version} instead of {old}.",
        "same model": "The model stays: version {version}.",
        "first model": "This is the first model: version {version}. None is in use yet.",
        "line moved": "The MQL line moves from a chance of {old} to {new}.",
        "line stays": "The MQL line stays at a chance of {new}.",
        "new concepts": "New in the model: {names}.",
        "gone concepts": "No longer in the model: {names}.",
        "audit: green": "The audit of the data found nothing that stands against using it.",
        "audit: amber": "The audit of the data allows it, with remarks.",
        "audit: red": (
            "The audit of the data advises against using them. They were used all the same,"
            " because: “{why}”."
        ),
        "gate: passed": "Compared with the model in use, it passed every check.",
        "gate: passed first": (
            "Compared with the simple rules it has to beat, it passed every check."
        ),
        "gate: failed n": "It did not pass {n} of the checks that a new model has to pass.",
        "gate: failed": "Not passed, of the checks that a new model has to pass: {names}.",
        "gate: never": "It was not compared with the model in use.",
        "note: 1": (
            "Say the three figures slowly, in this order: handed over, all leads, today's score."
            " Then stop."
        ),
        "note: 2": "The first question is what changes on Monday. Read the table team by team.",
        "note: 3": "The figures come from leads that the model had not seen.",
    },
    "ja": {
        "title": "1分でわかるまとめ",
        "headline": "MQLとした100件のうち{n}件が{closed}しました(幅{range}件)。",
        "headline best": (
            "モデルが選ぶ上位1割のリードでは、100件のうち{n}件が{closed}しました(幅{range}件)。"
        ),
        "headline few": (
            "MQLになり結果の分かるリードがまだ少なく、100件のうち何件が{close}するかは示せません。"
        ),
        "of all": "全リードでは100件中{n}件です。",
        "called": "連絡の順番:{order}。",
        "called one": "{case}{n}件{span}",
        "within": "({span}以内)",
        "then": "→",
        "why them": "受注見込みを最も左右するのは{names}です。",
        "to agree": "今日合意すること:この定義。",
        "to agree line": "今日合意すること:この定義(MQLラインは受注見込み{line})。",
        "to decide": "今日決めること:提案{n}件(「{decide}」に一覧)。",
        "nothing to decide": "数字から見て、今日変更が必要な点はありません。",
        "on file": "最初に連絡する対象",
        "on file why": (
            "日付も担当もない表のため、「月曜日から何が誰に変わるか」は示せません。"
            "代わりに、リードがどこに何件あるかを示します。"
        ),
        "over line": "ライン({line})以上",
        "under line": "ライン未満の「{quadrant}」",
        "leads": "リード件数",
        "of 100": "全リードに占める割合",
        "do": "対応",
        "call": "最初に連絡",
        "by present": "これまでの点数で同じ件数を選んだ場合は100件中{n}件です。",
        "handed over": "MQLとしたリードのうち{closed}した割合",
        "best tenth": "モデルが選ぶ上位1割のうち{closed}した割合",
        "all leads": "全リードのうち{closed}した割合",
        "present": "これまでの点数で同じ件数を選んだ場合に{closed}した割合",
        "monday": "月曜日から変わること",
        "monday first": "初日に各担当が受け取るリード",
        "team": "担当",
        "before": "これまでの件数",
        "now": "月曜日からの件数",
        "first day": "初日の件数",
        "more": "増減",
        "what": "内訳",
        "part": "{case} {n}件",
        "nobody": "対応不要",
        "a week": "その後は、毎週およそ{n}件が新たにMQLになります。",
        "a week, capacity": (
            "その後は、毎週およそ{n}件が新たにMQLになります(対応可能件数は週{capacity}件)。"
        ),
        "changed": "未決着リード100件のうち、{case}件で対応が、{quadrant}件で区分が変わります。",
        "new model": "モデルが変わります(バージョン{old}から{version}へ)。",
        "same model": "モデルは変わりません(バージョン{version})。",
        "first model": "最初のモデルです(バージョン{version})。運用中のモデルはまだありません。",
        "line moved": "MQLラインは受注見込み{old}から{new}に変わります。",
        "line stays": "MQLラインは受注見込み{new}のままです。",
        "new concepts": "モデルに加わった項目:{names}。",
        "gone concepts": "モデルから外れた項目:{names}。",
        "audit: green": "データの点検では、利用の妨げになる点は見つかりませんでした。",
        "audit: amber": "データの点検では、注意点はあるものの利用できると判断しました。",
        "audit: red": (
            "データの点検では利用を勧めない結果でしたが、次の理由で利用しています:「{why}」。"
        ),
        "gate: passed": "運用中モデルと比べ、すべての確認項目を満たしました。",
        "gate: passed first": "単純な目安と比べ、すべての確認項目を満たしました。",
        "gate: failed n": "新しいモデルが満たすべき確認項目のうち{n}項目を満たしていません。",
        "gate: failed": "新しいモデルが満たすべき確認項目のうち、満たしていないもの:{names}。",
        "gate: never": "運用中モデルとの比較は行っていません。",
        "note: 1": (
            "3つの数字を、MQL、全リード、これまでの点数の順にゆっくり読み上げ、そこで一度止まります。"
        ),
        "note: 2": "最初に聞かれるのは「月曜日から何が変わるか」です。担当ごとに表を読み上げます。",
        "note: 3": "数字はすべて、モデルの学習に使っていないリードのものです。",
    },
}
