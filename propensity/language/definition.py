"""The definition: what is done with a lead, what keeps it from being handed over, and what a
definition is worth.
"""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    # The definition: what is done with a lead, and what keeps it from being handed over.
    "do: disqualified": "Do not contact.",
    "do: hand-raiser": "Contact now: asked to be contacted.",
    "do: incomplete": "Before handing over, find out: {name}.",
    "do: MQL": "Hand over; contact within the deadline.",
    "do: random slice": "Work like an MQL (drawn at random from below the line).",
    "do: hot": "Next in line: contact within 24 hours as far as there is time.",
    "do: nurture": "Marketing nurtures.",
    "do: keen": "Keep in touch at low cost; find out whether there is a hidden need.",
    "do: leave": "No follow-up.",
    "blocked: missing": "missing: {name}",
    "blocked: unknown": "{name} (unknown: ask)",
    "blocked: threshold": "below the MQL line",
    # What a definition is worth.
    "worth: of": (
        "{leads} leads the model had not seen, {rate} of them closed. Close rates with their range"
        " (95 %)."
    ),
    "column: leads": "leads",
    "column: share": "share",
    "column: close rate": "close rate",
    "column: closed": "closed",
    "column: expected": "expected",
    "order broken": (
        "{better} closes less often than {worse}, by more than chance explains: the cuts need a"
        " look."
    ),
    "order within noise": (
        "{better} did not close more often than {worse}; the difference is within chance."
    ),
    "keen beats nurture": (
        "Interested leads of low fit close more often than well-fitting quiet ones ({keen} against "
        "{nurture}): a definition that gives interest more weight is worth a look."
    ),
    "corner: mql outside hot": "MQLs outside hot: {told}.",
    "corner: hot below line": "Hot, but not handed over: {told}.",
    "in words": (
        "In words: {n} rules hold for {covered} of the {mqls} MQLs; rules and line disagree on"
        " {disagree} of {leads} leads."
    ),
    "in words: rule": "{leads} leads, {share} of them MQLs; {covered} of all MQLs; {closed} closed",
    "leads and closed": "{leads} leads, {closed} closed ({rate})",
    "few leads": "{leads} leads, too few for a rate",
    "case: disqualified": "Disqualified",
    "case: hand-raiser": "Hand-raisers",
    "case: incomplete": "Waiting for missing information",
    "case: MQL": "MQLs",
    "case: random slice": "Random slice below the line",
    "case: hot": "Hot, not handed over",
    "case: nurture": "Nurture",
    "case: keen": "Keen",
    "case: leave": "Leave",
    "draft": (
        "DRAFT: sales and marketing have not agreed on this yet. Do not hand leads over by it."
    ),
    "respond by": "by {when}",
    "blocked": "kept back: {by}",
    "between": " | ",
}

JAPANESE: Mapping[str, str] = {
    "do: disqualified": "連絡しない(除外条件に該当)",
    "do: hand-raiser": "すぐに連絡(お客様が連絡を希望)",
    "do: incomplete": "引き渡しの前に確認:{name}",
    "do: MQL": "営業へ引き渡し、期限内に連絡",
    "do: random slice": "MQLと同じように対応(ライン未満から無作為に抽出)",
    "do: hot": "次の候補:余力に応じて24時間以内に連絡",
    "do: nurture": "マーケティングがナーチャリング",
    "do: keen": "コストを抑えて接点を保ち、隠れたニーズを確認",
    "do: leave": "営業はフォローしない",
    "blocked: missing": "不足:{name}",
    "blocked: unknown": "{name}(不明:確認をおすすめ)",
    "blocked: threshold": "MQLライン未満",
    "worth: of": "モデルが見ていないリード{leads}件、うち受注{rate}。受注率の括弧内は95%の幅です。",
    "column: leads": "リード",
    "column: share": "割合",
    "column: close rate": "受注率",
    "column: closed": "受注",
    "column: expected": "見込み",
    "order broken": (
        "{better}の受注率が{worse}を下回っています。ばらつきでは説明できない差です。"
        "区切りの見直しをご検討ください。"
    ),
    "order within noise": "{better}の受注率が{worse}を上回っていません。差はばらつきの範囲内です。",
    "keen beats nurture": (
        "適合度は低くても関心の強いリードのほうが、受注率が高くなっています({keen}対{nurture})。"
        "関心を重視した定義もご検討ください。"
    ),
    "corner: mql outside hot": "ホット以外のMQL:{told}",
    "corner: hot below line": "ホットでも引き渡さないリード:{told}",
    "in words": (
        "言葉で表すと:{n}つの条件がMQL{mqls}件の{covered}に当てはまります。"
        "ラインと食い違うのは{leads}件中{disagree}件です。"
    ),
    "in words: rule": "{leads}件、うちMQL{share}、MQL全体の{covered}、受注{closed}件",
    "leads and closed": "{leads}件、受注{closed}件({rate})",
    "few leads": "{leads}件(受注率を出すには少なすぎます)",
    "case: disqualified": "除外条件に該当",
    "case: hand-raiser": "連絡を希望したリード",
    "case: incomplete": "情報待ち",
    "case: MQL": "MQL",
    "case: random slice": "ライン未満からの無作為抽出",
    "case: hot": "ホット(引き渡し前)",
    "case: nurture": "育成",
    "case: keen": "関心先行",
    "case: leave": "見送り",
    "draft": "未合意(案)— 営業とマーケティングの合意前です。引き渡しには使わないでください。",
    "respond by": "{when}まで",
    "blocked": "保留の理由:{by}",
    "between": "|",
}
