"""You said, the data says."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "You said, the data says",
        "absent": (
            "Nobody wrote anything down: list sentences with a rule each in “hypotheses.yaml”"
            " beside the configuration, and they are held against the data here."
        ),
        "headline": "Sentences held against the data ({n}): {counts}.",
        "count holds": "{n} × holds",
        "count fails": "{n} × does not hold",
        "count few": "{n} × too few leads to say",
        "table": "What was said, and what the data says",
        "sentence": "you said",
        "rule": "as a rule",
        "leads": "leads",
        "expected": "expected from everything else",
        "low": "from",
        "high": "to",
        "verdict": "the data says",
        "holds": "holds",
        "fails": "does not hold",
        "few": "too few to say",
        "how": (
            "What one would expect comes from everything else about the same leads, without what"
            " the sentence speaks of: so that a sentence is not right only because of something"
            " that goes along with it."
        ),
        "verdicts": (
            "It holds where the range of the rate lies wholly on the side of what was said. It does"
            " not hold where a difference of a quarter ({worth}) of what is expected can be ruled"
            " out: then everything else about these leads explains their rate, however high it is."
            " Else, and below {few} leads, there are too few to say. The ranges hold for all {n}"
            " sentences together."
        ),
        "note": "Read the sentence as it was said, ask who still thinks so, then read the verdict.",
    },
    "ja": {
        "title": "皆さんの声とデータ",
        "absent": (
            "確かめたい仮説が登録されていません。設定ファイルと同じフォルダーの「hypotheses.yaml」に"
            "文と条件を書くと、ここでデータと照らし合わせます。"
        ),
        "headline": "寄せられた声{n}件をデータと照らし合わせた結果:{counts}。",
        "count holds": "当てはまる{n}件",
        "count fails": "当てはまらない{n}件",
        "count few": "件数が少なく判断できない{n}件",
        "table": "寄せられた声と、データが示すこと",
        "sentence": "寄せられた声",
        "rule": "条件",
        "leads": "リード件数",
        "expected": "ほかの条件だけでの見込み",
        "low": "幅の下限",
        "high": "幅の上限",
        "verdict": "データが示すこと",
        "holds": "当てはまる",
        "fails": "当てはまらない",
        "few": "判断できない(件数不足)",
        "how": (
            "見込みは、その声が取り上げている項目を除き、同じリードのほかの条件だけから計算しています。"
            "一緒に現れるほかの要因のせいで当てはまって見えることを防ぐためです。"
        ),
        "verdicts": (
            "幅の全体が声のとおりの側にあれば「当てはまる」、見込みの4分の1({worth})の差もないといえる場合は"
            "「当てはまらない」(受注率が高くても、ほかの条件で説明できる)、それ以外と{few}件未満の場合は"
            "「判断できない」としています。幅は{n}件全部を同時に見たときのばらつきを含みます。"
        ),
        "note": "声をそのまま読み上げ、今もそう思う人に手を挙げてもらってから、結果を読みます。",
    },
}
