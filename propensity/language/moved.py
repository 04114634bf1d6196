"""What moved a lead between two scorings."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "moved: title": "{lead}: chance {before} % on {since}, {after} % on {now}",
    "moved: not kept": "facts of then that were overwritten",
    "moved: ageing": "older behaviour aged",
    "moved: new behaviour": "new behaviour",
    "moved: changed attributes": "changed attributes",
    "moved: new model": "new model",
    "moved: sum": "together",
    "moved: grade": "Grade {before} then, {after} now.",
    "moved: definition": (
        "The new definition moved it from {before} to {after}; it cannot move the chance."
    ),
    "moved: instruction": "Instruction then: {before} Now: {after}",
    "moved: same instruction": "Instruction, then as now: {after}",
    "moved: without history": (
        "Only today's value is known of: {columns}. Changes of these do not show."
    ),
}

JAPANESE: Mapping[str, str] = {
    "moved: title": "{lead}:受注見込み {since}時点{before}% → {now}時点{after}%",
    "moved: not kept": "上書きされて残っていない当時の情報",
    "moved: ageing": "以前の行動からの時間経過",
    "moved: new behaviour": "新しい行動",
    "moved: changed attributes": "属性の変化",
    "moved: new model": "モデルの切り替え",
    "moved: sum": "合計",
    "moved: grade": "グレードは{before}から{after}になりました。",
    "moved: definition": (
        "新しい定義により{before}から{after}に変わりました(受注見込みは定義では変わりません)。"
    ),
    "moved: instruction": "前回の対応:{before} 今回の対応:{after}",
    "moved: same instruction": "対応は前回と同じです:{after}",
    "moved: without history": "次の項目は現在の値しか分からないため、変化は表れません:{columns}",
}
