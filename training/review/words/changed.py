"""What changed since last time."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "What changed since last time",
        "absent": (
            "With this version nothing about an earlier one is stored: it was registered without"
            " being compared. “propensity compare CONFIG” compares it with the model in use."
        ),
        "headline new passed": (
            "Version {version} was compared with version {against} and passed every check."
        ),
        "headline new failed": (
            "Version {version} was compared with version {against} and did not pass {n} of the "
            "checks."
        ),
        "headline first passed": (
            "Version {version} is the first model; it passed every check against simple rules."
        ),
        "headline first failed": (
            "Version {version} is the first model; against simple rules it did not pass {n} of "
            "the checks."
        ),
        "first": "There was no model in use before, so nobody moves.",
        "check": "check",
        "verdict": "passed?",
        "found": "what was found",
        "checks": "What a new model has to show",
        "passed": "passed",
        "failed": "not passed",
        "check: log loss": "Foresees better what comes",
        "check: captured wins": "Finds at least as many {closes} among the best",
        "check: decile order": "More of the better leads {close}",
        "check: calibration": "What is expected comes",
        "check: segments": "Nobody fares worse",
        "check: audit": "The data may be used",
        "check: meeting": "Could be compared",
        "rival: champion": "the model in use",
        "rival: base_rate": "the same chance for everybody",
        "rival: lead_age": "the age of the lead alone",
        "rival: points_table": "the points table",
        "surely better": "Beyond chance better than {name}.",
        "perhaps better": "Better than {name}, but that may be chance.",
        "not better": "Not better than {name}.",
        "captured": "Among the best {best} of the leads: {ours} of all {closes}; {others}.",
        "captured by": "by {name} {share}",
        "order": (
            "From tenth to tenth, at least as many of the better leads {close}, as far as can be"
            " told."
        ),
        "no order": "Of some leads that should be better fewer {close}, beyond chance:",
        "pair": "tenth {better} {rate}, tenth {worse} {other}.",
        "level right": "What was expected and what came agree.",
        "level no worse": (
            "What was expected and what came differ, no more than by the model in use."
        ),
        "level too low": "More leads {close} than was expected.",
        "level too high": "Fewer leads {close} than was expected.",
        "too extreme": "High chances are too high and low ones too low.",
        "too timid": "High chances are too low and low ones too high.",
        "worse": "Worse, beyond chance, for {names}.",
        "nobody looked": "“audit.segments” names no groups, so nobody looked.",
        "nobody worse": "For none of the groups in “audit.segments” is it worse beyond chance.",
        "audit passed": "The audit of the data allows it.",
        "audit failed": "The audit of the data advises against it.",
        "meeting passed": "It could be compared.",
        "meeting failed": (
            "The two could not be compared on the same leads; the gate's report says why."
        ),
        "source models": (
            "{rows} looks at {leads} leads later than anything either model learned from; {wins} "
            "of the looks were at leads that then {closed}"
        ),
        "source recipes": (
            "{rows} looks at {leads} of the newest leads; {wins} of the looks were at leads that"
            " then {closed}; both models were learned anew without these"
        ),
        "source champion and recipe": (
            "{rows} looks at {leads} of the newest leads; {wins} of the looks were at leads "
            "that then "
            "{closed}; "
            "the new model was learned anew without these"
        ),
        "source baselines": (
            "{rows} looks at {leads} leads that nothing was learned from; {wins} of the "
            "looks were at leads that then {closed}"
        ),
        "source nobody": "no leads could be judged by both",
        "source moved": (
            "{n} leads open on {day}, by version {against} and by the new one under the same"
            " definition"
        ),
        "source moved flat": (
            "{n} leads, by version {against} and by the new one under the same definition"
        ),
        "nobody moves": (
            "The two models see the leads alike: no lead moves to another quadrant or gets another "
            "instruction by the model. What changes on Monday comes from the definition alone."
        ),
        "moved": "Of {n} leads, another quadrant: {quadrant}; another instruction: {instruction}.",
        "mqls": "MQLs so far: {now}; becoming one: {enter}; ceasing to be one: {leave}.",
        "weekly": (
            "Over the line and not a week before: {before} leads a week so far, then {after}; who"
            " comes back counts again."
        ),
        "few": "fewer than five leads",
        "leads n": "{n} leads",
        "quadrants": "Who moves where",
        "before": "so far",
        "after": "then",
        "leads": "leads",
        "movers": "What moves them",
        "with value": "{concept}: {value}",
        "concept": "what is known",
        "axis": "side",
        "axis fit": "fit",
        "axis interest": "interest",
        "way": "on average, now",
        "raises": "speaks more for them",
        "lowers": "speaks less for them",
        "most of all for": "leads it moves most",
        "ranks": "What matters more or less than before",
        "place before": "place so far",
        "place now": "place then",
        "new concept": "new",
        "gone concept": "gone",
        "grades": "From grade to grade",
        "grade before": "grade so far (rows), then (columns)",
        "note": "Say first who gets more leads and who fewer; then, if asked, what moves them.",
    },
    "ja": {
        "title": "前回からの変化",
        "absent": (
            "このバージョンには、以前のバージョンと比較した記録がありません。"
            "「propensity compare CONFIG」を実行すると、運用中モデルと比較できます。"
        ),
        "headline new passed": (
            "候補モデル(バージョン{version})は、バージョン{against}との比較ですべての確認項目を満たしました。"
        ),
        "headline new failed": (
            "候補モデル(バージョン{version})は、バージョン{against}との比較で{n}項目を満たしていません。"
        ),
        "headline first passed": (
            "バージョン{version}は最初のモデルです。単純な方法との比較ですべての確認項目を満たしました。"
        ),
        "headline first failed": (
            "バージョン{version}は最初のモデルです。単純な方法との比較で{n}項目を満たしていません。"
        ),
        "first": "これまで運用中のモデルはなかったため、区分が変わるリードはありません。",
        "check": "確認項目",
        "verdict": "判定",
        "found": "確認結果",
        "checks": "候補モデルの確認項目",
        "passed": "満たす",
        "failed": "満たさない",
        "check: log loss": "見込みの正確さが上回る",
        "check: captured wins": "上位のリードに含まれる受注が減らない",
        "check: decile order": "上位のリードほど受注率が高い",
        "check: calibration": "見込みどおりの実績になる",
        "check: segments": "特定のリードで悪くならない",
        "check: audit": "データが学習に使える",
        "check: meeting": "比較できる",
        "rival: champion": "運用中モデル",
        "rival: base_rate": "全リード一律の見込み",
        "rival: lead_age": "経過日数だけの方法",
        "rival: points_table": "点数表",
        "surely better": "{name}を、ばらつきの範囲を超えて上回ります。",
        "perhaps better": "{name}を上回りますが、差はばらつきの範囲内です。",
        "not better": "{name}を上回っていません。",
        "captured": "上位{best}のリードに含まれる受注の割合は{ours}({others})。",
        "captured by": "{name}は{share}",
        "order": (
            "受注見込みで10等分したグループの順に、受注率も高くなっています(判断できる範囲で)。"
        ),
        "no order": "順序の逆転がばらつきの範囲を超えています:",
        "pair": "上から{better}番目のグループは{rate}、{worse}番目は{other}。",
        "level right": "見込みと実績は一致しています。",
        "level no worse": "見込みと実績にずれがありますが、運用中モデルより大きくはありません。",
        "level too low": "見込みより多く{close}しています。",
        "level too high": "見込みほど{close}していません。",
        "too extreme": "高い見込みは高すぎ、低い見込みは低すぎます。",
        "too timid": "高い見込みは低すぎ、低い見込みは高すぎます。",
        "worse": "次のリードでは、ばらつきの範囲を超えて悪くなっています:{names}。",
        "nobody looked": "「audit.segments」にグループの指定がないため、確認していません。",
        "nobody worse": (
            "「audit.segments」のグループの中に、ばらつきの範囲を超えて悪くなったものはありません。"
        ),
        "audit passed": "データの点検では、利用の妨げになる点は見つかりませんでした。",
        "audit failed": "データの点検では、利用を勧めない結果でした。",
        "meeting passed": "比較できました。",
        "meeting failed": (
            "2つのモデルを同じリードで比較できませんでした。理由は切り替え判定の報告に記載しています。"
        ),
        "source models": (
            "どちらのモデルの学習期間よりも後のリード{leads}件を延べ{rows}回集計"
            "(うち{wins}回は受注につながったもの)"
        ),
        "source recipes": (
            "直近のリード{leads}件を延べ{rows}回集計(うち{wins}回は受注につながったもの)。"
            "どちらのモデルも、これらを除いて学習し直しています"
        ),
        "source champion and recipe": (
            "直近のリード{leads}件を延べ{rows}回集計(うち{wins}回は受注につながったもの)。"
            "候補モデルは、これらを除いて学習し直しています"
        ),
        "source baselines": (
            "学習に使っていないリード{leads}件を延べ{rows}回集計(うち{wins}回は受注につながったもの)"
        ),
        "source nobody": "両方で採点できるリードがありません",
        "source moved": (
            "{day}時点で未決着のリード{n}件を、同じ定義のもとでバージョン{against}と候補モデルで採点"
        ),
        "source moved flat": "リード{n}件を、同じ定義のもとでバージョン{against}と候補モデルで採点",
        "nobody moves": (
            "2つのモデルの見方は同じです。モデルによって区分や対応が変わるリードはありません。"
            "月曜日からの変化は、定義の変更によるものだけです。"
        ),
        "moved": (
            "リード{n}件のうち、区分が変わるのは{quadrant}、対応が変わるのは{instruction}です。"
        ),
        "mqls": "これまでのMQLは{now}、新たにMQLになるのは{enter}、MQLでなくなるのは{leave}です。",
        "weekly": (
            "前の週にはラインに届かず、その週に超えたリードは、"
            "これまでの週{before}件から週{after}件になります"
            "(一度下回って再び超えたリードも数えます)。"
        ),
        "few": "5件未満",
        "leads n": "{n}件",
        "quadrants": "区分の移動",
        "before": "これまで",
        "after": "今後",
        "leads": "リード件数",
        "movers": "移動の要因",
        "with value": "{concept}:{value}",
        "concept": "項目",
        "axis": "種類",
        "axis fit": "適合度",
        "axis interest": "関心度",
        "way": "影響の平均的な変化",
        "raises": "これまでよりプラス",
        "lowers": "これまでよりマイナス",
        "most of all for": "最も影響したリード件数",
        "ranks": "影響の大きさの順位の変化",
        "place before": "これまでの順位",
        "place now": "今後の順位",
        "new concept": "新規",
        "gone concept": "使われなくなった",
        "grades": "グレードの移動",
        "grade before": "これまでのグレード(行)→今後(列)",
        "note": (
            "どの担当のリードが増え、どの担当が減るかを先に説明します。要因は質問があれば補足します。"
        ),
    },
}
