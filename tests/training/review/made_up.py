"""A pack of made-up figures: every kind of block, in both languages, with hostile names where names
may stand.
"""

import math

from training.review.document.blocks import (
    Chart,
    Folded,
    KeyFigure,
    Map,
    Section,
    Series,
    Slider,
    Table,
    TableColumn,
    Text,
)
from training.review.document.cover import Cover
from training.review.sections.line import ROW

SCRIPT = "<script>document.title='run'</script>"
#: What columns and categories of real exports hold, and worse.
HOSTILE = (
    SCRIPT,
    "<img src=x onerror=\"document.title='run'\">",
    "\"' onmouseover='document.title=1",
    '=HYPERLINK("http://example.com";"x")',
    "</script><!-- ]]> &amp; {n} %s $\\frac{1}{2}$",
    "long " + "x" * 10_000,
    "長い" * 3_000,
    "right\u202eto left\u2066",
    "עברית العربية",
    "control\x00\x07\x1b[31m\ufffe\ud800",
    "emoji 😀 🏢",
)

EN = {
    "title": "Definition review",
    "of": "Example Ltd · January to March 2025",
    "draft": (
        "DRAFT: sales and marketing have not agreed on this yet. Do not hand leads over by it."
    ),
    "minute": "In one minute",
    "matters": "What matters",
    "map": "The map",
    "line": "Where to draw the line",
    "decide": "Decide",
    "actions": "Actions that close",
    "bet": "Ten leads, your bet",
    "promise": "The promise",
    "source": "3,412 leads created January to March whose 90 days are over",
    "headline": (
        "Of 100 leads it hands over 23 closed; of all leads 4; of the 100 best by today's score 11."
    ),
    "handed": "of 100 leads handed over closed",
    "all": "of 100 leads closed",
    "today": "of the 100 best by today's score",
    "matter1": (
        "Six things decide most of it. How much each moves the chance of a lead, up or down, on"
        " average:"
    ),
    "points": "points of chance",
    "concept": "what is known",
    "model": "the model",
    "observed": "observed",
    "employees": "number of employees",
    "rate": "close rate",
    "quadrants": ("hot", "nurture", "keen", "leave"),
    "do": (
        "Sales follows up within 24 hours",
        "Marketing nurtures",
        "Keep in touch at low cost",
        "No follow-up",
    ),
    "where": "Where the leads stand",
    "per week": "new MQLs a week",
    "backlog": "waiting on the first day",
    "closing": "share of MQLs that close",
    "covered": "share of wins covered",
    "value": "expected value a quarter",
    "days": "days left before the deal",
    "sentence": (
        "At {line} about {n} leads a week newly become MQLs, and you can work 40. Of 100 leads "
        "in the house list 80 fit and 30 are to be followed."
    ),
    "proposals": "What is proposed",
    "columns": ("Proposal", "Why", "keep / change / reject", "Who"),
    "absent": "the configuration names no traffic.",
    "month": "month",
    "months": ("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    "closes": "Leads created, and closed of them",
    "made": "leads",
    "won": "closed",
    "open": "Lead 1: what became of it?",
    "became": "Closed after 34 days. The model said 31 %, the room …",
    "facts": "1,200 employees, manufacturing. Three visits to the prices in the last week.",
    "warn": "Only 312 closes judge this. Read the ranges, not the figures.",
    "fold": "Number of employees: more is better, up to 2,000",
    "alt": "A picture of the figures in the table below it.",
    "action": "action",
    "over": "times the average",
}
JA = {
    "title": "有望リードの定義見直し会",
    "of": "株式会社見本・2025年1–3月（第4四半期）",
    "draft": "未合意（案）— 営業とマーケティングの合意前です。引き渡しには使わないでください。",
    "minute": "1分でわかる要点",
    "matters": "受注を左右するもの",
    "map": "適合度と関心度の分布",
    "line": "MQLラインをどこに引くか",
    "decide": "決めること",
    "actions": "受注につながる行動",
    "bet": "10件のリード、あなたの予想",
    "promise": "部門間の約束",
    "source": "1〜3月に作成され、90日が経過したリード3,412件",
    "headline": (
        "前四半期、MQLとした100件のうち23件が受注しました（幅19〜27件）。全リードでは100件中4件、"
        "これまでの点数表では100件中11件です。"
    ),
    "handed": "引き渡した100件のうち受注",
    "all": "全リード100件のうち受注",
    "today": "これまでの点数表の上位100件のうち受注",
    "matter1": (
        "受注見込みは、主に次の6項目で決まります。"
        "それぞれが受注見込みを平均で何ポイント動かすかを示します。"
    ),
    "points": "受注見込みの変化",
    "concept": "項目",
    "model": "モデル",
    "observed": "実績",
    "employees": "従業員数",
    "rate": "受注率",
    "quadrants": ("ホット", "育成", "関心先行", "見送り"),
    "do": (
        "営業が24時間以内に連絡",
        "マーケティングが育成を続ける",
        "コストを抑えて接点を保ち、隠れたニーズを確認",
        "営業の対応は不要",
    ),
    "where": "リードの分布",
    "per week": "週あたりの新規MQL",
    "backlog": "初日に対象となる未対応リード",
    "closing": "MQLのうち受注した割合",
    "covered": "受注のうちMQLに入っていた割合",
    "value": "四半期の期待額",
    "days": "引き渡しから商談化までの日数",
    "sentence": (
        "このライン（{line}）では毎週およそ{n}件が新たにMQLになります（対応可能件数は週40件）。ハ"
        "ウスリスト100件のうち、顧客像に合うのは80件、フォローすべきは30件です。"
    ),
    "proposals": "提案の一覧",
    "columns": ("提案", "理由", "維持・変更・却下", "決めた人"),
    "absent": "設定に流入数の表がありません。",
    "month": "作成月",
    "months": ("1月", "2月", "3月", "4月", "5月", "6月"),
    "closes": "作成されたリードと、そのうちの受注",
    "made": "リード",
    "won": "受注",
    "open": "リード1：結果は?",
    "became": "34日後に受注。モデルの受注見込みは31%でした。",
    "facts": "従業員1,200人、製造業。直近1週間に料金ページを3回閲覧。",
    "warn": "判断の材料は受注312件です。数値そのものより幅をご覧ください。",
    "fold": "従業員数：多いほど受注しやすく、2,000人で頭打ち",
    "alt": "下の表の数値を図にしたものです。",
    "action": "行動",
    "over": "平均に対する倍率",
}
NAMES = {
    "en": (
        "Pages on prices",
        "Employees",
        "Industry",
        "Webinar attended",
        "Source",
        "Age of the lead",
    ),
    "ja": (
        "料金ページの閲覧",
        "従業員数",
        "業種",
        "ウェビナー参加",
        "流入経路",
        "リード獲得からの日数",
    ),
}
LINES = tuple(round(0.02 + 0.0025 * step, 4) for step in range(61))
CHOSEN = 22


def cover(language="en"):
    words = {"en": EN, "ja": JA}[language]
    return Cover(
        words["title"],
        words["of"],
        language,
        "JPY",
        words["draft"],
        True,
        ("lead-propensity 3", "2025-04-01"),
    )


def sections(language="en", names=None):
    """The pack.

    Args:
        language: Of the texts.
        names: Stand where names of columns and categories stand; by default harmless ones.
    """
    w = {"en": EN, "ja": JA}[language]
    names = names or NAMES[language]
    return [
        _minute(w),
        _matters(w, names),
        *_map_and_line(w, names),
        _decide(w, names),
        _actions(w, names),
        _bet(w),
        Section("funnel", "The funnel" if language == "en" else "ファネル", absent=w["absent"]),
    ]


def _minute(w):
    return Section(
        "minute",
        w["minute"],
        (
            Text(w["headline"], "headline"),
            KeyFigure(0.23, "share", w["handed"], w["source"], 0.19, 0.27),
            KeyFigure(0.042, "share", w["all"], w["source"], 0.038, 0.046),
            KeyFigure(None, "share", w["today"], w["source"]),
            Text(w["warn"], "warning"),
        ),
        part="meeting",
        minutes=5,
        links=("actions", "promise", "funnel"),
    )


def _matters(w, names):
    effects = tuple(0.041 / (1 + place) for place in range(len(names)))
    x = (10.0, 30.0, 100.0, 300.0, 1000.0, 2000.0)
    curve = Chart(
        "employees",
        w["employees"],
        w["alt"],
        x,
        w["employees"],
        w["rate"],
        "share",
        (
            Series(w["model"], (0.02, 0.03, 0.05, 0.07, 0.09, 0.092)),
            Series(
                w["observed"],
                (0.021, 0.026, 0.055, None, 0.085, 0.1),
                (0.01, 0.02, 0.04, None, 0.06, 0.07),
                (0.03, 0.035, 0.07, None, 0.11, 0.14),
                "points",
            ),
        ),
        w["source"],
    )
    return Section(
        "matters",
        w["matters"],
        (
            Text(w["matter1"]),
            Chart(
                "matters",
                w["matters"],
                w["alt"],
                names,
                w["concept"],
                w["points"],
                "chance",
                (Series(w["points"], effects, style="bar"),),
                w["source"],
                horizontal=True,
            ),
            Folded(w["fold"], (curve,)),
            Folded(names[0], (Text(names[0]), Text(names[-1], "small"))),
        ),
        part="meeting",
        minutes=10,
        links=("actions",),
    )


def _map_and_line(w, names):
    edges = tuple(-3 + 0.3 * step for step in range(21))
    counts = tuple(
        tuple(
            _five(900 * math.exp(-((f - 8) ** 2 + (i - 7) ** 2 - 0.8 * (f - 8) * (i - 7)) / 18))
            for i in range(20)
        )
        for f in range(20)
    )
    told = (
        (412, 0.18, 0.15, 0.22),
        (903, 0.06, 0.05, 0.08),
        (688, 0.09, 0.07, 0.11),
        (1409, None, None, None),
    )
    quadrants = tuple(
        (name, *figures, do)
        for name, figures, do in zip(w["quadrants"], told, w["do"], strict=True)
    )
    shown = Map(
        edges,
        edges,
        counts,
        0.0,
        0.1,
        -3.1,
        LINES[CHOSEN],
        quadrants,
        w["where"],
        w["alt"],
        w["source"],
    )
    columns = (
        TableColumn(w["per week"], "count"),
        TableColumn(w["backlog"], "count"),
        TableColumn(w["closing"], "share"),
        TableColumn(w["covered"], "share"),
        TableColumn(w["value"], "money"),
        TableColumn(w["days"], "days"),
    )
    figures = tuple(
        (
            90 * math.exp(-place / 18),
            900 * math.exp(-place / 15),
            0.08 + 0.005 * place,
            0.97 - 0.013 * place,
            None if place < 3 else 9_400_000 - 5_500 * (place - 25) ** 2,
            9 - place / 10,
        )
        for place in range(len(LINES))
    )
    sentences = tuple(
        w["sentence"].format(line=f"{line:.1%}", n=round(row[0]))
        for line, row in zip(LINES, figures, strict=True)
    )
    slider = Slider(LINES, CHOSEN, columns, figures, sentences, w["source"], ROW)
    return (
        Section("map", w["map"], (shown,), part="meeting", minutes=8),
        Section("line", w["line"], (slider,), part="meeting", minutes=12),
    )


def _five(leads):
    return int(leads) if leads >= 5 else 0


def _decide(w, names):
    rows = tuple((name, w["facts"], "", "") for name in names)
    return Section(
        "decide",
        w["decide"],
        (
            Table(
                "decide",
                w["proposals"],
                tuple(TableColumn(title) for title in w["columns"]),
                rows,
                w["source"],
            ),
        ),
        part="meeting",
        minutes=10,
    )


def _actions(w, names):
    leads = tuple(300 - 40 * place % 250 for place in range(6))
    months = Chart(
        "months",
        w["closes"],
        w["alt"],
        w["months"],
        w["month"],
        w["made"],
        "count",
        (
            Series(w["made"], (510, 480, 620, 555, None, 590), style="bar"),
            Series(
                w["won"],
                (21, 18, 30, 22, 25, 28),
                (12, 10, 20, 14, 16, 18),
                (30, 26, 41, 31, 34, 39),
                "bar",
            ),
        ),
        w["source"],
    )
    x = tuple(range(1001))
    curve = tuple(1 - math.exp(-leads / 200) for leads in x)
    low, high = tuple(max(0.0, y - 0.05) for y in curve), tuple(min(1.0, y + 0.05) for y in curve)
    gain = Chart(
        "gain",
        w["covered"],
        w["alt"],
        x,
        w["made"],
        w["covered"],
        "share",
        (
            Series(w["model"], curve, low, high, "band"),
            Series(w["observed"], tuple(leads / 1000 for leads in x), style="steps"),
        ),
        w["source"],
    )
    rows = tuple(
        (name, n, n / 20, n / 2000 if n > 60 else None, 1.5)
        for name, n in zip(names, leads, strict=False)
    )
    columns = (
        TableColumn(w["action"]),
        TableColumn(w["made"], "count"),
        TableColumn(w["won"], "count"),
        TableColumn(w["rate"], "chance"),
        TableColumn(w["over"], "number"),
    )
    return Section(
        "actions",
        w["actions"],
        (Table("actions", w["actions"], columns, rows, w["source"]), months, gain),
    )


def _bet(w):
    return Section(
        "bet", w["bet"], (Text(w["facts"]), Folded(w["open"], (Text(w["became"]),), is_answer=True))
    )
