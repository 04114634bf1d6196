"""Headings and labels of the audit, one catalogue per language, with the same keys; its sentences are English."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "title": "Audit of the data",
    "green": "green", "amber": "amber", "red": "red",
    "green means": "Nothing to do.",
    "amber means": "Training goes ahead. Look at what is amber before you trust the model.",
    "red means": "Training refuses, unless somebody says why not (--accept-audit REASON).",
    "findings": "Findings, the worst first",
    "columns": "Columns and event types, the worst first",
    "sufficiency": "enough data", "skill": "skill", "labels": "outcomes", "leaks": "leaks", "tables": "tables",
    "fine": "fine", "suspect": "suspect", "leak": "leak",
    "none": "nothing", "drop": "drop", "impute": "impute", "delay": "delay {n} days", "keep": "keep",
    "column": "column", "event type": "event type",
    "light": "light", "area": "area", "finding": "finding", "verdict": "verdict", "name": "name", "AUC": "AUC",
    "do": "do", "why": "why", "advice": "What to do", "evidence": "Evidence",
    "fine count": "{n} more are fine.",
    "more": "--verbose shows the evidence.",
    "months title": "Close rate by month of creation", "months x": "created in", "months y": "close rate",
    "maturity title": "When wins come", "maturity x": "days since creation", "maturity y": "won by then",
    "horizon": "horizon",
    "curve title": "Learning curve", "curve x": "wins learned from", "curve y": "AUC on later leads",
    "measured": "measured", "forecast": "forecast",
    "verdicts title": "What each column alone tells", "verdicts x": "AUC alone (0.5: nothing)",
}  # fmt: skip

JAPANESE: Mapping[str, str] = {
    "title": "データの点検",
    "green": "問題なし", "amber": "要確認", "red": "要対応",
    "green means": "対応は不要です。",
    "amber means": "学習は可能です。モデルを使う前に「要確認」の項目をご確認ください。",
    "red means": "このままでは学習できません。理由を明記した場合のみ実行できます(--accept-audit REASON)。",
    "findings": "点検結果(重要な順)",
    "columns": "項目と行動(重要な順)",
    "sufficiency": "データ量", "skill": "予測力", "labels": "受注・失注の記録", "leaks": "結果の後に入る項目",
    "tables": "表の状態",
    "fine": "問題なし", "suspect": "疑いあり", "leak": "結果の後に入る",
    "none": "対応不要", "drop": "使わない", "impute": "空欄を補う", "delay": "{n}日遅らせる", "keep": "そのまま使う",
    "column": "項目", "event type": "行動",
    "light": "判定", "area": "分野", "finding": "内容", "verdict": "判定", "name": "名前", "AUC": "AUC",
    "do": "対応", "why": "理由", "advice": "対応", "evidence": "根拠",
    "fine count": "ほか{n}件は問題ありません。",
    "more": "根拠は --verbose で表示されます。",
    "months title": "作成月別の受注率", "months x": "作成月", "months y": "受注率",
    "maturity title": "受注までの日数", "maturity x": "作成からの日数", "maturity y": "受注済みの割合",
    "horizon": "予測期間",
    "curve title": "学習曲線", "curve x": "学習に使った受注件数", "curve y": "後のリードでのAUC",
    "measured": "実績", "forecast": "見込み",
    "verdicts title": "各項目だけで分かること", "verdicts x": "単独のAUC(0.5は判別できない)",
}  # fmt: skip

CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "ja": JAPANESE}
