"""Can we believe it."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Can we believe it?",
        "headline": (
            "Of {n} leads that the model had not seen, {won} {closed}; it had expected {expected}."
        ),
        "promised": "What was expected, and what came",
        "promised alternative": (
            "Ten groups of leads from low chances to high ones. Of the best group the model "
            "expected {promised}, and {observed} {closed}."
        ),
        "bin": "{place} ({n})",
        "tenths": "groups of leads, low chances first (leads in brackets)",
        "observed": "came",
        "expected": "expected",
        "no gains": "Too few leads {closed} to say how many of them would have been found first.",
        "fifth": "In the best fifth of the leads lie {share} of all {closes} ({range}).",
        "fifth present": "By today's score it is {share}.",
        "gains": "Who is found first",
        "worked": "of 100 leads so many are worked, the best first",
        "found": "share of all {closes} among them",
        "by model": "by the model",
        "by present": "by today's score",
        "by chance": "in any order",
        "no segments": (
            "Whether it is wrong for a part of the leads is not shown: name columns such as"
            " industry in “audit.segments”."
        ),
        "broken": (
            "For {n} of {of} groups of leads what was expected is off by more than chance: {names}."
        ),
        "none broken": (
            "For none of {of} groups of leads is what was expected off by more than chance."
        ),
        "segments": "Group by group, in figures",
        "with value": "{concept}: {value}",
        "column": "by",
        "value": "group",
        "unknown": "unknown",
        "leads": "leads",
        "verdict": "difference",
        "too little": "more came than expected",
        "too much": "fewer came than expected",
        "within chance": "within chance",
        "parts": "Leads known before, and new ones",
        "part": "leads",
        "seen": "known before",
        "new": "new",
        "in fifth": "of their {closes}, in their best fifth",
        "low": "from",
        "high": "to",
        "parts how": (
            "The model learned from earlier looks at the first kind, never from the second. If only"
            " the first kind were right, it would have learned names, not patterns."
        ),
        "no backtest": (
            "Past quarters are not shown: “propensity backtest CONFIG --json backtest.json” replays"
            " them, beside the configuration."
        ),
        "backtest": (
            "{n} past periods were replayed, each with a model that knew only what was known by"
            " then. In the newest {promised} were expected, and {closed} came."
        ),
        "source backtest": (
            "a replay of past periods, run before this review; {n} leads, each period counted by"
            " itself"
        ),
        "backtest chart": "Past periods replayed",
        "backtest alternative": "For each of {n} past periods, what was expected beside what came.",
        "backtest table": "Past periods, in figures",
        "quarter": "quarter",
        "block": "rows",
        "from": "from {day}",
        "won": "{closed}",
        "note": "When somebody doubts, go to the newest period: the model had seen nothing of it.",
    },
    "ja": {
        "title": "どこまで信じられるか",
        "headline": (
            "モデルの学習に使っていないリード{n}件のうち、{won}件が{closed}しました。"
            "モデルの見込みは{expected}件でした。"
        ),
        "promised": "モデルの見込みと実績",
        "promised alternative": (
            "リードを見込みの低い順に10のグループに分けています。"
            "最も高いグループの見込みは{promised}、実際に{closed}したのは{observed}です。"
        ),
        "bin": "{place}({n}件)",
        "tenths": "見込みの低い順のグループ(かっこ内はリード件数)",
        "observed": "実績",
        "expected": "モデルの見込み",
        "no gains": "受注が少ないため、上位のリードに受注がどれだけ含まれるかは示せません。",
        "fifth": "上位2割のリードに、受注全体の{share}が含まれます(幅{range})。",
        "fifth present": "これまでの点数では{share}です。",
        "gains": "上位から対応した場合に含まれる受注",
        "worked": "100件のうち上位から対応する件数",
        "found": "受注全体に占める割合",
        "by model": "モデルの順",
        "by present": "これまでの点数の順",
        "by chance": "順不同",
        "no segments": (
            "リードの種類ごとのずれは表示していません。業種などの列を「audit.segments」に指定すると"
            "確認できます。"
        ),
        "broken": (
            "{of}グループのうち{n}グループで、"
            "見込みと実績のずれがばらつきの範囲を超えています:{names}。"
        ),
        "none broken": "{of}グループのいずれでも、見込みと実績のずれはばらつきの範囲内です。",
        "segments": "グループ別の数値",
        "with value": "{concept}:{value}",
        "column": "分け方",
        "value": "グループ",
        "unknown": "不明",
        "leads": "リード件数",
        "verdict": "見込みと実績のずれ",
        "too little": "実績が見込みを上回る",
        "too much": "実績が見込みを下回る",
        "within chance": "ばらつきの範囲内",
        "parts": "以前から知っているリードと新しいリード",
        "part": "リード",
        "seen": "以前から知っているリード",
        "new": "新しいリード",
        "in fifth": "上位2割に含まれる受注の割合",
        "low": "幅の下限",
        "high": "幅の上限",
        "parts how": (
            "「以前から知っているリード」は、過去の時点の状態を学習に使ったものです。"
            "「新しいリード」は一度も使っていません。"
            "新しいリードでも当たっていれば、個々のリードを覚えたのではなく、傾向を学習したといえます。"
        ),
        "no backtest": (
            "過去の四半期での検証は表示していません。設定ファイルのあるフォルダーで"
            "「propensity backtest CONFIG --json backtest.json」を実行すると表示されます。"
        ),
        "backtest": (
            "過去の{n}期間について、その時点で分かっていたことだけで学習し直して検証しました。"
            "直近の期間は、見込み{promised}に対し実績{closed}でした。"
        ),
        "source backtest": (
            "この見直し会の前に実行した過去期間の検証(期間ごとに数えたリード延べ{n}件)"
        ),
        "backtest chart": "過去の期間での見込みと実績",
        "backtest alternative": "過去の{n}期間について、見込みと実績を並べています。",
        "backtest table": "過去の期間(数値)",
        "quarter": "四半期",
        "block": "行",
        "from": "{day}から",
        "won": "受注",
        "note": (
            "疑問の声が出たら、直近の期間を見てもらいます。モデルはその期間のデータを一切見ていません。"
        ),
    },
}
