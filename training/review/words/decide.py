"""Decide."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Decide",
        "headline": "{n} proposals: keep, change or reject each, and say who.",
        "headline none": (
            "The figures speak for no change: agree on the definition as it is, or say what you"
            " would change."
        ),
        "how": (
            "The same rows stand in decisions.yaml, beside this page. Fill it in; “propensity"
            " decide decisions.yaml” carries it over, and the next training follows it."
        ),
        "table": "Proposals",
        "number": "no.",
        "proposal": "proposal",
        "because": "because",
        "answer": "keep / change / reject",
        "who": "who",
        "box": "□\u00a0keep □\u00a0change □\u00a0reject",
        "source": "worked out from the figures of this review",
        "line": "Draw the MQL line at a chance of {to}.",
        "line because": "It does what was asked for: about {per_week} new MQLs a week.",
        "line because best": "Nobody has drawn one yet; the best tenth of the leads lies above it.",
        "interest": "Give interest more weight than fit.",
        "interest because": (
            "Leads of low fit and strong interest: {keen} {closed}; of high fit and weak interest: "
            "{nurture}."
        ),
        "cut": "Move the border of {grades} to {to}.",
        "cut because": (
            "It stands at {now}. By the data, twice (half) the average is reached elsewhere."
        ),
        "fit best": "A and B (fit)",
        "fit middle": "B and C (fit)",
        "fit worst": "C and D (fit)",
        "interest best": "1 and 2 (interest)",
        "interest middle": "2 and 3 (interest)",
        "interest worst": "3 and 4 (interest)",
        "order": "Look at the border between {about} and {worse}.",
        "order because": (
            "The {rate_name} of {about} is below that of {worse}, by more than chance."
        ),
        "rule": "Loosen the rule “{about}”.",
        "rule because": (
            "Of the leads it holds back {rate} {closed}; of those handed over {handed}."
        ),
        "keep out": "Keep “{about}” out of the model.",
        "keep out impute": "Do not let the model see where “{about}” is empty.",
        "keep out delay": "Count “{about}” only some days later.",
        "keep out because": (
            "The audit of the data suspects that it is filled in when the outcome is known already."
        ),
        "direction up": "Hold that more of “{about}” is never worse.",
        "direction down": "Hold that more of “{about}” is never better.",
        "direction because": (
            "On the whole it goes that way; where it does not, chance alone explains it. It moves "
            "chances by {points} points."
        ),
        "drop": "Leave out “{about}”.",
        "drop because": (
            "It moves chances by only {points} points, and models from leads drawn anew do not"
            " agree on it."
        ),
        "rename": "Find a name for “{about}” that everybody understands.",
        "rename because": (
            "It is one of the things that matter most, and stands in every list under this name."
        ),
        "decided": "Decided so far, and in force",
        "decided source": "the files of decisions and of the definition",
        "decision": "decision",
        "when": "when",
        "kept": "Keep “{about}” in the model.",
        "called": "Call “{about}” “{to}”.",
        "delayed": "Count “{about}” {n} days later.",
        "ruled": "Change the rule “{about}” to: {to}",
        "ruled out": "Take out the rule “{about}”.",
        "note: 1": "One row at a time: read it, ask for objections, tick, write the name.",
        "note: 2": "What nobody wants to own is rejected.",
        "note: 3": "End with the date of the next review, and who signs.",
    },
    "ja": {
        "title": "決めること",
        "headline": "提案は{n}件です。1件ずつ「採用・修正・不採用」と担当者を決めてください。",
        "headline none": (
            "数字から見て変更が必要な点はありません。現在の定義に合意するか、変えたい点を挙げてください。"
        ),
        "how": (
            "同じ内容が、このページと一緒にある decisions.yaml に入っています。記入して propensity"
            " decide を実行"
            "すると、次の学習に反映されます。"
        ),
        "table": "提案",
        "number": "番号",
        "proposal": "提案",
        "because": "理由",
        "answer": "採用・修正・不採用",
        "who": "担当者",
        "box": "□\u00a0採用 □\u00a0修正 □\u00a0不採用",
        "source": "この資料の数字から作成",
        "line": "MQLラインを受注見込み{to}に引く",
        "line because": "求められた条件を満たします。新たなMQLは週およそ{per_week}件です。",
        "line because best": (
            "ラインはまだ決まっていません。リードの上位1割がこのラインを超えます。"
        ),
        "interest": "適合度よりも関心度を重視する",
        "interest because": (
            "適合度が低く関心の強いリードは{keen}、"
            "適合度が高く関心の弱いリードは{nurture}が{closed}しています。"
        ),
        "cut": "{grades}の区切りを{to}に移す",
        "cut because": "現在は{now}です。データでは、平均の2倍(半分)になる位置が異なります。",
        "fit best": "AとB(適合度)",
        "fit middle": "BとC(適合度)",
        "fit worst": "CとD(適合度)",
        "interest best": "1と2(関心度)",
        "interest middle": "2と3(関心度)",
        "interest worst": "3と4(関心度)",
        "order": "{about}と{worse}の区切りを見直す",
        "order because": (
            "{about}の{rate_name}が{worse}を下回っています。ばらつきでは説明できない差です。"
        ),
        "rule": "条件「{about}」を緩める",
        "rule because": (
            "この条件で保留したリードの{rate}が{closed}しています。引き渡したリードでは{handed}です。"
        ),
        "keep out": "「{about}」をモデルに使わない",
        "keep out impute": "「{about}」が空欄かどうかをモデルに見せない",
        "keep out delay": "「{about}」を数日後から数える",
        "keep out because": "データの点検で、結果が分かった後に入る項目の疑いがあります。",
        "direction up": "「{about}」が多いほど受注見込みが下がらないようにする",
        "direction down": "「{about}」が多いほど受注見込みが上がらないようにする",
        "direction because": (
            "全体としてその傾向があり、一部の逆の動きはばらつきの範囲内です。影響は{points}ポイントです。"
        ),
        "drop": "「{about}」を外す",
        "drop because": "影響は{points}ポイントとわずかで、リードを選び直すと結果が一致しません。",
        "rename": "「{about}」に誰にでも分かる名前を付ける",
        "rename because": "特に影響の大きい項目で、この名前のまま各リードの一覧に表示されます。",
        "decided": "これまでに決まり、有効なこと",
        "decided source": "決定事項のファイルと定義ファイル",
        "decision": "決めたこと",
        "when": "決めた日",
        "kept": "「{about}」をモデルに残す",
        "called": "「{about}」を「{to}」と呼ぶ",
        "delayed": "「{about}」を{n}日後から数える",
        "ruled": "条件「{about}」を次に変える:{to}",
        "ruled out": "条件「{about}」を削除する",
        "note: 1": "1行ずつ読み上げ、異議を聞き、印を付け、担当者の名前を書きます。",
        "note: 2": "担当者が決まらないものは不採用とします。",
        "note: 3": "最後に、次回の見直し会の日と署名する人を決めます。",
    },
}
