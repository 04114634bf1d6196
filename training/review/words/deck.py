"""What the slides say around the sections."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "mark": "DRAFT",
        "minutes": "{n} min",
        "whole": "{n} minutes in all.",
        "agenda": "The meeting",
        "section": "{n} · {title}",
        "in appendix": "To look up · {title}",
        "again": "{title} ({n})",
        "source": "From: {source}",
        "table": "{shown} of {all} rows; the others are in the file {file}.",
        "columns": "{shown} of {all} columns; the others are in the file {file}.",
        "curves": "What moves chances most, one by one ({n} of {all})",
        "noticed": "What stands out on the map",
        "promised": "What can be said about this line for the next weeks",
        "lines": "The figures at other lines; ● is the line as it stands",
        "line": "MQL line",
        "quadrant": "quadrant",
        "leads": "leads",
        "instruction": "what is done",
        "slider": "On the page review.html this line can be moved.",
        "of": "{what}. {told}",
        "first bars": "{source}; the first {n} of {all}",
        "some told": "What made their chance: {n} of {all} leads",
        "rest": "More: review.html, “{title}”.",
        "where": "Everything else is on the page",
        "everything": (
            "review.html holds all of this with every curve, every table and where each figure"
            " comes from. It works offline and prints."
        ),
        "only there": "Only there: {titles}.",
        "tables": (
            "Every table is a file too: tables/*.csv. What is decided goes into decisions.yaml."
        ),
    },
    "ja": {
        "mark": "未合意(案)",
        "minutes": "{n}分",
        "whole": "全体で{n}分です。",
        "agenda": "見直し会の流れ",
        "section": "議題{n}:{title}",
        "in appendix": "参考資料:{title}",
        "again": "{title}({n})",
        "source": "データ:{source}",
        "table": "全{all}行のうち{shown}行。残りは{file}にあります。",
        "columns": "全{all}列のうち{shown}列。残りは{file}にあります。",
        "curves": "影響の大きい項目({n}/{all})",
        "noticed": "地図から気づくこと",
        "promised": "このラインで今後見込めること",
        "lines": "ほかのラインでの数値(●は現在のライン)",
        "line": "MQLライン(しきい値)",
        "quadrant": "区分(4象限)",
        "leads": "リード",
        "instruction": "対応",
        "slider": "review.htmlでは、このラインを動かせます。",
        "of": "{what}:{told}",
        "first bars": "{source}(全{all}項目のうち上位{n}項目)",
        "some told": "受注見込みの内訳({all}件のうち{n}件)",
        "rest": "詳しくは review.html の「{title}」をご覧ください。",
        "where": "そのほかの内容は review.html にあります",
        "everything": (
            "review.html には、すべての図と表、それぞれの数字の出どころを載せています。"
            "インターネットに接続せずに開くことができ、印刷もできます。"
        ),
        "only there": "review.html だけにある項目:{titles}",
        "tables": (
            "表はすべて tables フォルダーにCSVファイルとしても入っています。"
            "決めたことは decisions.yaml に記入します。"
        ),
    },
}
