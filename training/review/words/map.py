"""The map."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "The map",
        "headline": (
            "Fit times interest: {hot} of 100 leads are {name}, and of 100 of these {rate} {close}."
        ),
        "headline few": "Fit times interest: {hot} of 100 leads are {name}.",
        "how": (
            "Each cell counts leads; to the right interest grows, upwards fit. Both middle lines"
            " stand where leads {close} as often as the average. The MQL line runs across, because"
            " it looks at fit and interest together."
        ),
        "no line": "There is no MQL line yet.",
        "map": "Leads by fit and interest",
        "alternative": "{parts}",
        "alternative part": "{name}: {n} leads, {rate} {closed}",
        "blank": "Cells of fewer than five leads are left blank ({n} leads).",
        "told": "{rate} {closed}",
        "owner hot": "Sales",
        "owner nurture": "Marketing",
        "owner keen": "Marketing",
        "owner leave": "Nobody",
        "instruction hot": "{who}: follow up at once, within 24 hours.",
        "instruction nurture": "{who}: nurture.",
        "instruction keen": "{who}: keep in touch at low cost; look for a hidden need.",
        "instruction leave": "No follow-up by sales.",
        "keen beats nurture": (
            "Interest counts for more than fit: of leads of low fit and strong interest {keen}"
            " {closed}, of those of high fit and weak interest {nurture}. A definition that gives"
            " interest more weight is worth a look."
        ),
        "pair": "{better} is not above {worse}",
        "order broken": (
            "By their {rate_name}, {pairs}. Chance alone does not explain that: look at the cuts."
        ),
        "order within noise": "By their {rate_name}, {pairs}. That is within chance.",
        "outside hot": "{n} leads are over the line but not {hot}: {rate} of them {closed}.",
        "below line": (
            "{n} leads are {hot} but below the line or kept back by a rule: {rate} of them"
            " {closed}."
        ),
        "outside hot few": "{n} leads are over the line but not {hot}.",
        "below line few": "{n} leads are {hot} but below the line or kept back by a rule.",
        "instead": (
            "Each lead has one instruction all the same: the line counts before the quadrant."
        ),
        "grades": "The sixteen grades",
        "grade": "grade",
        "leads": "leads",
        "expected": "expected by the model",
        "low": "from",
        "high": "to",
        "note: 1": "Begin with the four quadrants and what each team does there.",
        "note: 2": (
            "Then the line: it is a diagonal, so a little less fit can be made up for by more"
            " interest."
        ),
        "note: 3": (
            "Name the corners before somebody else finds them: over the line but not hot, hot but"
            " below it."
        ),
    },
    "ja": {
        "title": "リードの地図",
        "headline": (
            "適合度と関心度で見ると、リード100件のうち{hot}件が「{name}」で、"
            "その100件中{rate}件が{close}しています。"
        ),
        "headline few": "適合度と関心度で見ると、リード100件のうち{hot}件が「{name}」です。",
        "how": (
            "マスの濃さはリードの件数です。右へ行くほど関心が強く、"
            "上へ行くほど適合度が高くなります。中央の線は、"
            "平均と同じ割合で{close}する位置です。MQLラインは適合度と関心度を合わせて見るため、"
            "斜めの線になります。"
        ),
        "no line": "MQLラインはまだありません。",
        "map": "適合度と関心度で見たリード",
        "alternative": "{parts}",
        "alternative part": "{name}:{n}件、{closed}{rate}",
        "blank": "5件に満たないマスは空白にしています(計{n}件)。",
        "told": "{rate_name}{rate}",
        "owner hot": "営業",
        "owner nurture": "マーケティング",
        "owner keen": "マーケティング",
        "owner leave": "–",
        "instruction hot": "{who}が24時間以内に連絡",
        "instruction nurture": "{who}がナーチャリング",
        "instruction keen": "{who}がコストを抑えて接点を保ち、隠れたニーズを確認",
        "instruction leave": "営業はフォローしない",
        "keen beats nurture": (
            "適合度は低くても関心の強いリードのほうが、"
            "{rate_name}が高くなっています({keen}対{nurture})。"
            "関心を重視した定義もご検討ください。"
        ),
        "pair": "{better}が{worse}",
        "order broken": (
            "{rate_name}で{pairs}を下回っています。ばらつきでは説明できない差です。"
            "区切りの見直しをご検討ください。"
        ),
        "order within noise": "{rate_name}で{pairs}を上回っていません。差はばらつきの範囲内です。",
        "outside hot": (
            "ラインを超えているのに「{hot}」ではないリードは{n}件で、うち{rate}が{closed}しています。"
        ),
        "below line": (
            "「{hot}」なのにラインに届かない、または条件で保留のリードは{n}件で、"
            "うち{rate}が{closed}しています。"
        ),
        "outside hot few": "ラインを超えているのに「{hot}」ではないリードは{n}件です。",
        "below line few": "「{hot}」なのにラインに届かない、または条件で保留のリードは{n}件です。",
        "instead": "それでも対応はリードごとに1つです。区分よりもラインを優先します。",
        "grades": "16のグレード",
        "grade": "グレード",
        "leads": "リード件数",
        "expected": "モデルの見込み",
        "low": "幅の下限",
        "high": "幅の上限",
        "note: 1": "4つの区分と、それぞれで各担当が何をするかから始めます。",
        "note: 2": "次にラインです。斜めの線なので、適合度が少し低くても関心が強ければ補えます。",
        "note: 3": (
            "「ラインを超えているのにホットでない」「ホットなのにラインに届かない」リードは、"
            "先にこちらから説明します。"
        ),
    },
}
