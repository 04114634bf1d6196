"""What people read of the closed loop, one catalogue per language, with the same keys in each."""

from collections.abc import Mapping

import numpy as np

from propensity.language import full_width
from propensity.language.numerals import numbers

ENGLISH: Mapping[str, str] = {
    "heading": "Close rates of actions",
    "population": (
        "{rows} looks at {leads} leads, on {days} days from {first} to {last}. On average {rate} %"
        " closed within {horizon} days."
    ),
    "population flat": "{leads} leads. On average {rate} % closed.",
    "action": "action",
    "leads": "leads",
    "won": "won",
    "rate": "close rate",
    "range": "range",
    "alike": "alike",
    "times": "x average",
    "usual": "usual",
    "how": (
        "Close rate: of the leads that did it in the {window} days before they were looked at,"
        " those that closed within {horizon} days after. Alike: the close rate of leads open on the"
        " same day and of the same age; x average compares with it. Usual: ever did it and ever"
        " won, over all decided leads; leads that live longer do more of everything. Ranges allow"
        " for scatter (95 %), for all {n} actions at once."
    ),
    "how flat": (
        "Alike: the close rate of leads of the same time, where the table has one; x average"
        " compares with it. Ranges allow for scatter (95 %), for all {n} actions at once."
    ),
    "rare": "Not shown: {n} actions that fewer than 20 leads did, or fewer than 20 did not do.",
    "todays": "Today's value, used in the past: {columns}.",
    "percent": "{n} %",
    "span": "{low}-{high} %",
    "multiple": "{n}x",
    "all of": "{label}, all",
    "window days": "in {n} days",
    "ever": "so far",
    "propose heading": "Proposed as evidence for an MQL",
    "propose action": (
        "{action}: of the leads that did this in the {window} days before, {rate} % closed within "
        "{horizon} days. That is {times} times the average of leads alike ({alike} %)."
    ),
    "propose value": (
        "{action}: of these leads {rate} % closed within {horizon} days. That is {times} times the "
        "average of leads alike ({alike} %)."
    ),
    "propose flat": (
        "{action}: {rate} % of these leads closed. That is {times} times the average of leads alike"
        " ({alike} %)."
    ),
    "propose none": "No action clearly stands at {multiple} times the average or more.",
    "steps heading": "Actions in two steps",
    "steps": (
        "{then}, of those with {first}: {began} leads took the first step, {went} of them the"
        " second. {share} % of those that took the first step took the second and closed. Of those"
        " that went on {rate} % closed."
    ),
    "steps stayed": "Of those that have not gone on {rate} %.",
    "jumps heading": "From how many times on",
    "jump": (
        "{action}: from {at} times {span} on leads close more often, {above} % against {below} % of"
        " those with fewer. Found on the earlier part of the history, confirmed on the later."
    ),
    "no jump": (
        "{action}: a jump at {at} times {span} showed on the earlier part of the history, but not"
        " on the later. No ground for a rule."
    ),
    "jump amount": (
        "{action}: from {at} on leads close more often, {above} % against {below} % of those with"
        " less. Found on one part of the leads, confirmed on the other."
    ),
    "no jump amount": (
        "{action}: a jump at {at} showed on one part of the leads, but not on the other. No ground"
        " for a rule."
    ),
    "jumps none": "No number of times stands out ({n} looked at).",
    "before heading": "What the {n} customers of the last 12 months did before their close",
    "before heading flat": "What the {n} customers had done",
    "before none": (
        "Customers of the last 12 months: {n}, too few to say what they did before their close."
    ),
    "did it": "did it",
    "how often": "how often",
    "amount": "value",
    "first to close": "days, first to close",
    "last to close": "days, last to close",
    "quartiles": "{median} ({low}-{high})",
    "how before": (
        "Median, and in brackets where the middle half lies; how often counts all customers."
    ),
    "points heading": "Points table",
    "points": "points",
    "condition": "condition",
    "at most": "at most",
    "lapses": "lapse after",
    "days": "{n} days",
    "never": "never",
    "each time": "{label}, each time",
    "once": "{label}",
    "silent": "no activity for {n} days",
    "from": "{label} from {low}",
    "from to": "{label} from {low}, below {high}",
    "compare heading": "Choosing the best {share} % of the same {n} test rows",
    "way": "chosen by",
    "captured": "of the wins",
    "its rate": "close rate",
    "decided": "like the model",
    "model": "model",
    "points table": "points table",
    "present score": "present score",
    "compare": (
        "With as many leads above the line, the points table decides {alike} % of all leads like"
        " the model; of 100 leads that the model chooses, it chooses {shared}."
    ),
    "unknown present": (
        "{share} % of the test rows have no present score; they count as the lowest."
    ),
    "todays present": "The present score is today's: of leads long decided it may know the end.",
    "no points": (
        "No points table: the history is too short, or has too few wins, to learn one and to"
        " try it."
    ),
}

JAPANESE: Mapping[str, str] = {
    "heading": "行動別の受注率",
    "population": (
        "{first}から{last}までの{days}時点で、リード{leads}件を延べ{rows}回集計しました。"
        "平均の受注率({horizon}日以内)は{rate}%です。"
    ),
    "population flat": "リード{leads}件を集計しました。平均の受注率は{rate}%です。",
    "action": "行動",
    "leads": "リード",
    "won": "受注",
    "rate": "受注率",
    "range": "幅",
    "alike": "同条件",
    "times": "平均の何倍",
    "usual": "従来",
    "how": (
        "受注率:集計時点の直近{window}日間に行動したリードのうち、"
        "その後{horizon}日以内に受注した割合です。"
        "同条件:同じ時点で未決着の、経過日数が同じリードの受注率で、「平均の何倍」はこれと比べた値です。"
        "従来:決着したリード全体について「一度でも行動」「一度でも受注」で数えた値です。"
        "長く残るリードほどどの行動も多くなるため、参考にとどめてください。"
        "幅:データのばらつきを見込んだ95%の幅で、{n}個の行動を同時に見ることを見込んでいます。"
    ),
    "how flat": (
        "同条件:時期のある表では同じ時期のリードの受注率で、「平均の何倍」はこれと比べた値です。"
        "幅:データのばらつきを見込んだ95%の幅で、{n}個の行動を同時に見ることを見込んでいます。"
    ),
    "rare": "行ったリード、または行っていないリードが20件に満たない行動{n}個は表示していません。",
    "todays": "過去の時点にも今日の値を使っている項目:{columns}",
    "percent": "{n}%",
    "span": "{low}〜{high}%",
    "multiple": "{n}倍",
    "all of": "{label}(合計)",
    "window days": "直近{n}日間に",
    "ever": "これまでに",
    "propose heading": "MQL(有望リード)の根拠として提案する行動",
    "propose action": (
        "{action}:直近{window}日間に行動したリードは、{horizon}日以内に{rate}%が受注しています。"
        "同条件のリードの平均({alike}%)の{times}倍です。"
    ),
    "propose value": (
        "{action}:該当するリードは、{horizon}日以内に{rate}%が受注しています。"
        "同条件のリードの平均({alike}%)の{times}倍です。"
    ),
    "propose flat": (
        "{action}:該当するリードの{rate}%が受注しています。"
        "同条件のリードの平均({alike}%)の{times}倍です。"
    ),
    "propose none": "平均の{multiple}倍以上とはっきり言える行動はありません。",
    "steps heading": "2段階の行動",
    "steps": (
        "{first}→{then}:最初の行動があったリードは{began}件、うち{went}件が次の行動に進みました。"
        "最初の行動があったリードのうち、次に進んで受注した割合は{share}%です。"
        "次に進んだリードの受注率は{rate}%です。"
    ),
    "steps stayed": "まだ進んでいないリードの受注率は{rate}%です。",
    "jumps heading": "受注率が上がる回数",
    "jump": (
        "{action}:{span}{at}回以上のリードは、"
        "それ未満のリードより受注率が高くなっています({above}%対{below}%)。"
        "前半の期間で見つかり、後半の期間でも確認できました。"
    ),
    "no jump": (
        "{action}:{span}{at}回以上で受注率が上がる傾向が前半の期間に見られましたが、"
        "後半の期間では確認できませんでした。条件の根拠にはなりません。"
    ),
    "jump amount": (
        "{action}:{at}以上のリードは、"
        "それ未満のリードより受注率が高くなっています({above}%対{below}%)。"
        "一方のデータで見つかり、もう一方でも確認できました。"
    ),
    "no jump amount": (
        "{action}:{at}以上で受注率が上がる傾向が一方のデータに見られましたが、"
        "もう一方では確認できませんでした。条件の根拠にはなりません。"
    ),
    "jumps none": "受注率がはっきり上がる回数は見つかりませんでした({n}通りを確認)。",
    "before heading": "直近12か月の顧客{n}件が受注前に行ったこと",
    "before heading flat": "顧客{n}件が行ったこと",
    "before none": "直近12か月の顧客は{n}件です。受注前の行動をまとめるには少なすぎます。",
    "did it": "行った割合",
    "how often": "回数",
    "amount": "値",
    "first to close": "最初から受注まで(日)",
    "last to close": "最後から受注まで(日)",
    "quartiles": "{median}({low}〜{high})",
    "how before": (
        "中央値と、かっこ内は中央の半数が収まる範囲です。回数は顧客全員について数えています。"
    ),
    "points heading": "点数表",
    "points": "点数",
    "condition": "条件",
    "at most": "上限",
    "lapses": "失効",
    "days": "{n}日後",
    "never": "なし",
    "each time": "{label}(1回ごと)",
    "once": "{label}",
    "silent": "{n}日間行動なし",
    "from": "{label}:{low}以上",
    "from to": "{label}:{low}以上{high}未満",
    "compare heading": "同じ検証データ{n}件で、上位{share}%の選び方を比べた結果",
    "way": "選び方",
    "captured": "カバー率",
    "its rate": "受注率",
    "decided": "モデルと一致",
    "model": "モデル",
    "points table": "点数表",
    "present score": "現在のスコア",
    "compare": (
        "同じ件数を選ぶと、点数表はリードの{alike}%でモデルと同じ判断になります。"
        "モデルが選ぶ100件のうち{shared}件を点数表も選びます。"
    ),
    "unknown present": (
        "検証データの{share}%には現在のスコアがありません。最も低いものとして扱っています。"
    ),
    "todays present": (
        "現在のスコアは今日の値です。決着したリードでは、結果を反映している可能性があります。"
    ),
    "no points": "履歴が短いか受注が少ないため、点数表を作って検証することはできません。",
}

CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "ja": full_width(JAPANESE)}


def percent(share: float) -> str:
    """A share as a percentage without its sign, with a decimal below 10 %.

    >>> percent(0.042), percent(0.104), percent(0.0)
    ('4.2', '10', '0')
    """
    if share >= 0.0995:
        return f"{100 * share:.0f}"
    return f"{100 * share:.1f}" if share >= 0.0005 else "<0.1" if share > 0 else "0"


def number(value: float) -> str:
    """A number as people write it.

    >>> number(1204.0), number(2.51)
    ('1,204', '2.51')
    """
    return str(numbers(np.array([value]))[0])


def times(value: float) -> str:
    """A multiple with as many digits as it deserves.

    >>> times(0.87), times(7.87), times(12.3)
    ('0.87', '7.87', '12')
    """
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
