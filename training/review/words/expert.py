"""For the expert."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "For the expert",
        "how": (
            "Contributions are exact SHAP values of the served sum, added up by concept, in"
            " log-odds. Instead of a dot per lead the picture shows where half of them, and nine of"
            " ten, lie; the points of low and high values are the medians of the third of the leads"
            " with the smallest and the largest values."
        ),
        "swarm": "Contributions by concept (SHAP)",
        "swarm alternative": "The concept whose contributions are largest on average is {concept}.",
        "concept": "concept",
        "log-odds": "contribution in log-odds",
        "nine of ten": "nine of ten leads",
        "half": "half of the leads",
        "low values": "low values",
        "high values": "high values",
        "swarm table": "Contributions, in figures",
        "size": "mean absolute contribution",
        "quantile": "{n} % quantile",
        "on axis": "{concept} ({axis})",
        "axis fit": "fit",
        "axis interest": "interest",
        "figures": "Metrics on leads not seen",
        "figure": "metric",
        "value": "value",
        "low": "from",
        "high": "to",
        "better": "better is",
        "roc_auc": "ROC AUC",
        "average_precision": "average precision",
        "lift_at_10": "lift in the best tenth",
        "captured_in_top_20": "share of wins in the best fifth",
        "top_to_bottom_decile_ratio": "best tenth over worst tenth",
        "log_loss": "log loss (nats)",
        "brier": "Brier score",
        "expected_calibration_error": "expected calibration error",
        "calibration_slope": "calibration slope",
        "calibration_intercept": "calibration intercept",
        "calibration_in_the_large": "calibration in the large",
        "better: roc_auc": "higher",
        "better: average_precision": "higher",
        "better: lift_at_10": "higher",
        "better: captured_in_top_20": "higher",
        "better: top_to_bottom_decile_ratio": "higher",
        "better: log_loss": "lower",
        "better: brier": "lower",
        "better: expected_calibration_error": "lower",
        "better: calibration_slope": "1",
        "better: calibration_intercept": "0 where the slope is 1",
        "better: calibration_in_the_large": "0",
        "pooled": (
            "Every lead counts once here, at the first as-of of the test part, all as-ofs together."
            " The card and the registry hold the figures of all looks at all leads, ranked as-of by"
            " as-of, so they differ a little."
        ),
        "error range": (
            "The calibration error is an absolute value, which resampling raises: its range may lie"
            " above it."
        ),
        "in short": "The model card in short",
        "short purpose": (
            "What it is for: the chance that an open lead will {close} within {n} days; marketing"
            " and sales order open leads by it."
        ),
        "short purpose flat": (
            "What it is for: the chance that a lead will {close}; marketing and sales order leads"
            " by it."
        ),
        "short not": (
            "What it is not for: decisions about people (employment, credit, prices), leads of"
            " another kind or time than it learned from, what would happen if something were done,"
            " judging salespeople, and handing leads over by a definition that is still a DRAFT."
        ),
        "short learned": "What the sources hold: {n} leads, complete up to {day}.",
        "short learned flat": "What the sources hold: {n} leads with an outcome, without times.",
        "short judged": "What it was judged by: {source}.",
        "card": "Model card",
        "card source": "the model card, as stored with the version",
        "no card": "No model card is stored with this version.",
    },
    "ja": {
        "title": "専門家向け",
        "how": (
            "寄与度は、実際に使う対数オッズの合計に対する厳密なSHAP値を、項目ごとに足し合わせたものです。"
            "リード1件ごとの点の代わりに、半数のリードと9割のリードが含まれる範囲を示しています。"
            "「小さい値」「大きい値」"
            "の点は、"
            "値が下位・上位3分の1のリードの中央値です。"
        ),
        "swarm": "項目別の寄与度(SHAP)",
        "swarm alternative": "寄与度の平均的な大きさが最も大きい項目は{concept}です。",
        "concept": "項目",
        "log-odds": "寄与度(対数オッズ)",
        "nine of ten": "9割のリード",
        "half": "半数のリード",
        "low values": "小さい値",
        "high values": "大きい値",
        "swarm table": "寄与度(数値)",
        "size": "寄与度の絶対値の平均",
        "quantile": "{n}%点",
        "on axis": "{concept}({axis})",
        "axis fit": "適合度",
        "axis interest": "関心度",
        "figures": "学習に使っていないリードでの評価指標",
        "figure": "指標",
        "value": "値",
        "low": "幅の下限",
        "high": "幅の上限",
        "better": "望ましい値",
        "roc_auc": "ROC AUC",
        "average_precision": "average precision",
        "lift_at_10": "上位1割の受注率は平均の何倍か",
        "captured_in_top_20": "上位2割に含まれる受注の割合",
        "top_to_bottom_decile_ratio": "上位1割と下位1割の受注件数の比",
        "log_loss": "対数損失(nat)",
        "brier": "Brierスコア",
        "expected_calibration_error": "予測と実績のずれの平均(ECE)",
        "calibration_slope": "予測と実績の傾き(calibration slope)",
        "calibration_intercept": "予測と実績の切片(calibration intercept)",
        "calibration_in_the_large": "全体の水準のずれ(calibration in the large)",
        "better: roc_auc": "高い",
        "better: average_precision": "高い",
        "better: lift_at_10": "高い",
        "better: captured_in_top_20": "高い",
        "better: top_to_bottom_decile_ratio": "高い",
        "better: log_loss": "低い",
        "better: brier": "低い",
        "better: expected_calibration_error": "低い",
        "better: calibration_slope": "1",
        "better: calibration_intercept": "傾きが1のとき0",
        "better: calibration_in_the_large": "0",
        "pooled": (
            "ここでは各リードを、検証期間で最初に未決着だった時点で1回だけ数え、"
            "全時点をまとめて計算しています。"
            "モデルカードとレジストリの値は、すべての時点の集計を時点ごとに順位付けしたものなので、"
            "少し異なります。"
        ),
        "error range": (
            "予測と実績のずれの平均(ECE)は絶対値の平均なので、選び直すと大きめになり、"
            "値が幅より小さくなることがあります。"
        ),
        "in short": "モデルカードの要点",
        "short purpose": (
            "用途:未決着のリードが{n}日以内に{close}する見込みを求め、営業とマーケティングが対応の"
            "順番を決めるためのものです。"
        ),
        "short purpose flat": (
            "用途:リードが{close}する見込みを求め、営業とマーケティングが対応の順番を決めるためのものです。"
        ),
        "short not": (
            "使ってはいけないこと:人に関する判断(採用・与信・価格など)、学習したものと種類や時期が異な"
            "るリード、"
            "「何かをした場合にどうなるか」の予測、営業担当者の評価、合意前の定義による引き渡し。"
        ),
        "short learned": "元のデータ:リード{n}件({day}まで)。",
        "short learned flat": "元のデータ:結果の分かっているリード{n}件(日時なし)。",
        "short judged": "評価に使ったデータ:{source}。",
        "card": "モデルカード全文(英語)",
        "card source": "バージョンと一緒に保存されているモデルカード",
        "no card": "このバージョンにはモデルカードが保存されていません。",
    },
}
