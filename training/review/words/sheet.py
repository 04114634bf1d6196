"""What stands in the sheet both sides know."""

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "The sheet both sides know (SLA)",
        "sheet: read me": "Read me",
        "sheet: rates": "Close rates",
        "sheet: value": "Lead value",
        "sheet: channels": "Channels",
        "sheet: tally": "Tally",
        "other": "(none of these)",
        "everybody": "All leads",
        "all": "All",
        "unknown": "(unknown)",
        "other values": "(other values)",
        "too few": "–",
        "channel": "Channel",
        "persona": "Persona",
        "month": "Month",
        "leads": "Leads",
        "customers": "Customers",
        "close rate": "Close rate",
        "mature leads": "Leads, judged",
        "mature customers": "Customers, judged",
        "mature rate": "Close rate, judged",
        "raw leads": "Leads, as they stand",
        "raw customers": "Customers, as they stand",
        "raw rate": "Close rate, as it stands",
        "average price": "Average price of the won deals",
        "typed price": "Price, typed in (goes first)",
        "price": "Price used",
        "value": "Value of a lead = close rate x price",
        "goal": "Goal",
        "of goal": "Of the goal",
        "visits": "Visits",
        "cost": "Cost",
        "cost per lead": "Cost per lead",
        "lead value": "Value of a lead",
        "value to cost": "Value / cost",
        "needed": "needed",
        "there": "there are",
        "gap": "gap",
        "revenue": "Revenue",
        "mql to customer": "MQL to customer",
        "mqls": "MQLs",
        "lead to customer": "Lead to customer",
        "visitor to lead": "Visitor to lead",
        "target": "Promised close rate",
        "revenue goal": "Revenue goal",
        "missing revenue": "Gap",
        "input": "Yellow cells are to be typed in, grey ones are worked out from the others.",
        "typed": "Yellow",
        "typed means": "To be typed in; everything that depends on it follows.",
        "worked out": "Grey",
        "worked out means": "Worked out by a formula from other cells.",
        "from the data": "White",
        "from the data means": "Counted in the sources.",
        "purpose": (
            "What leads are worth, how many came, what they cost, and how many the revenue goal"
            " asks for. Sales and marketing look at it together once a month."
        ),
        "as of": "The sources are complete up to {day} (not included).",
        "judged": (
            "Judged: {leads} leads created {first} to {last}, whose {days} days are over; customers"
            " are those won within these {days} days."
        ),
        "judged none": (
            "No month is judged yet: of no whole month are the {days} days of all leads over."
        ),
        "as it stands": (
            "As it stands: {leads} leads created {first} to {last}; customers are those won until"
            " now."
        ),
        "why two": (
            "The two differ because young leads had no time to close yet: what stands in your own"
            " sheet today will still rise. The value of a lead is worked out from the judged"
            " figure."
        ),
        "flat": (
            "{leads} leads with an outcome. The table has no months: everything is judged, and the"
            " sheets by month are left out."
        ),
        "few": (
            "No cell of fewer than {count} leads, and no rate from fewer than {rate}: these show –,"
            " and sums are over the cells that show a number."
        ),
        "price from": (
            "Price: as typed in; else the average amount of the judged customers, if there are five"
            " or more."
        ),
        "tally from": (
            "Tally, {first} to {last}: revenue, customers and MQLs are those of these months,"
            " whenever the leads came. Needed: revenue goal / price = customers; / MQL to customer"
            " = MQLs; customers / close rate = leads; / visitor to lead = visits. A gap above zero"
            " is missing."
        ),
        "mql is": "MQL: the stage “{stage}”.",
        "mql unknown": "MQL: no stage tells when a lead became one; name it in review.stages.mql.",
        "sources": "Sources: leads, outcomes{more}.",
        "traffic": ", visits and cost (input.traffic)",
        "goals": ", goals (input.goals)",
        "unmapped": "Leads that no channel or persona takes",
        "unmapped none": "Every lead has a channel and a persona.",
        "not configured": (
            "No channels and personas are named yet: see review.channels and review.personas in the"
            " configuration."
        ),
        "unlisted": "Named in visits or goals, but no channel or persona: {names}.",
        "column": "Column",
        "value of": "Value",
    },
    "ja": {
        "title": "SLA(部門間の約束)共有シート",
        "sheet: read me": "はじめに",
        "sheet: rates": "受注率",
        "sheet: value": "リードの価値",
        "sheet: channels": "チャネル別",
        "sheet: tally": "目標からの逆算",
        "other": "(該当なし)",
        "everybody": "全リード",
        "all": "合計",
        "unknown": "(不明)",
        "other values": "(その他の値)",
        "too few": "–",
        "channel": "チャネル(流入経路)",
        "persona": "ペルソナ",
        "month": "月",
        "leads": "リード",
        "customers": "受注",
        "close rate": "受注率",
        "mature leads": "リード数(判定済み)",
        "mature customers": "受注数(判定済み)",
        "mature rate": "受注率(判定済み)",
        "raw leads": "リード数(現時点)",
        "raw customers": "受注数(現時点)",
        "raw rate": "受注率(現時点)",
        "average price": "受注した案件の平均単価",
        "typed price": "単価(入力値を優先)",
        "price": "使用する単価",
        "value": "リード1件の価値(受注率×平均受注単価)",
        "goal": "目標",
        "of goal": "達成率",
        "visits": "訪問数",
        "cost": "費用",
        "cost per lead": "リード獲得単価(CPL)",
        "lead value": "リード1件の価値",
        "value to cost": "価値÷費用",
        "needed": "必要数",
        "there": "実績",
        "gap": "不足",
        "revenue": "売上",
        "mql to customer": "MQL→受注",
        "mqls": "MQL(有望リード)",
        "lead to customer": "リード→受注",
        "visitor to lead": "訪問→リード",
        "target": "目標の受注率",
        "revenue goal": "売上目標",
        "missing revenue": "不足",
        "input": "黄色のセルは入力欄、灰色のセルは計算式です。",
        "typed": "黄色",
        "typed means": "入力欄です。入力すると、関係する数字がすべて計算し直されます。",
        "worked out": "灰色",
        "worked out means": "ほかのセルから計算式で求めた数字です。",
        "from the data": "白色",
        "from the data means": "データから数えた数字です。",
        "purpose": (
            "リード1件の価値、獲得件数、獲得単価、売上目標に必要な件数をまとめたシートです。"
            "営業とマーケティングが毎月いっしょに確認します。"
        ),
        "as of": "{day}の前日までのデータです。",
        "judged": (
            "判定済み:{first}〜{last}に作成された{leads}件。作成から{days}日を過ぎたリードだけを数え、"
            "その{days}日以内の受注を受注数としています。"
        ),
        "judged none": (
            "判定済みの月はまだありません(すべてのリードが作成から{days}日を過ぎた月がありません)。"
        ),
        "as it stands": (
            "現時点:{first}〜{last}に作成された{leads}件。現時点までの受注を受注数としています。"
        ),
        "why two": (
            "2つの数字が違うのは、新しいリードには受注までの時間がまだ足りないためです。"
            "お手元のシートにある現時点の数字は、これから上がります。"
            "リードの価値は判定済みの受注率で計算しています。"
        ),
        "flat": (
            "結果の分かっているリード{leads}件。"
            "月の情報がない表のため、すべて判定済みとし、月別のシートは省いています。"
        ),
        "few": (
            "{count}件未満のセルと、{rate}件未満から計算した率は「–」とし、"
            "合計は数字のあるセルだけを足しています。"
        ),
        "price from": (
            "単価:入力値。入力がなければ、判定済みの受注が5件以上あるときの平均受注単価です。"
        ),
        "tally from": (
            "目標からの逆算({first}〜{last}):売上・受注・MQLは、"
            "リードの作成時期を問わず、この期間に発生したものです。"
            "必要数は、売上目標÷単価=受注、÷(MQL→受注)=MQL、受注÷受注率=リード、÷(訪問→リード)=訪問数。"
            "不足がプラスのとき、目標に届いていません。"
        ),
        "mql is": "MQL(有望リード):「{stage}」に到達したリードです。",
        "mql unknown": (
            "MQL(有望リード):到達時期の記録がありません(設定のreview.stages.mqlで指定できます)。"
        ),
        "sources": "出典:リード、受注・失注の記録{more}。",
        "traffic": "、訪問数と費用(input.traffic)",
        "goals": "、目標(input.goals)",
        "unmapped": "どのチャネル・ペルソナにも当てはまらないリード",
        "unmapped none": "すべてのリードにチャネルとペルソナがあります。",
        "not configured": (
            "チャネルとペルソナがまだ決まっていません(設定のreview.channelsとreview.personas)。"
        ),
        "unlisted": "訪問数・目標の表にあるのに、チャネルにもペルソナにもない名前:{names}。",
        "column": "項目",
        "value of": "値",
    },
}
