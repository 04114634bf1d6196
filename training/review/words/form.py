"""What stands in the file to be filled in."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": (
            "Definition review: {name}, version {version}. To be filled in, then: propensity decide"
            " {file} CONFIG"
        ),
        "how": "For each proposal write three things:",
        "decision": (
            "decision: keep (do it as proposed), change (do it with the value under instead:) or"
            " reject"
        ),
        "who": "who: the name of the person who decided",
        "because": "because: why, in one sentence",
        "undecided": "What stays empty is undecided and changes nothing.",
        "number": "{n}. {proposal}",
        "reason": "Why: {because}",
        "effect": "What it does: {effect}",
        "drop": "the next training leaves the column out",
        "impute": "the next training cannot see where it is empty",
        "delay": "it counts so many days later (to:)",
        "monotone": "the next training holds to this direction",
        "label": "every list calls it so; write the name under to:",
        "cut": (
            "a new definition file with this border, to be signed anew; the present value is {now}"
        ),
        "cut open": (
            "a new definition file with another border; write it under to: (present value {now})"
        ),
        "line": "a new definition file with this line, to be signed anew",
        "no definition": (
            "a new definition file with this line; first there has to be one: propensity definition"
            " write CONFIG"
        ),
        "rule": (
            "a new definition file with another rule; write it under to:, or remove (present rule:"
            " {now})"
        ),
        "note": "no file holds this; the command lists it as something for people to do",
        "reject": "it is kept out now; with reject it comes back into the model",
        "own": "Proposals of your own: take the # away and fill in.",
        "no proposals": (
            "The figures speak for no change. Proposals of your own can be added below."
        ),
    },
    "ja": {
        "title": (
            "有望リードの定義見直し会:{name}(バージョン{version})。記入後に実行:propensity decide"
            " {file} CONFIG"
        ),
        "how": "提案ごとに次の3つを記入してください。",
        "decision": (
            "decision には keep(採用)、change(修正。instead に値を記入)、reject(不採用)のいずれか"
        ),
        "who": "who には決めた人の名前",
        "because": "because には理由を一文で",
        "undecided": "空欄のままの提案は未決定として扱い、何も変わりません。",
        "number": "{n}. {proposal}",
        "reason": "理由:{because}",
        "effect": "採用した場合:{effect}",
        "drop": "次の学習からこの項目を外します",
        "impute": "次の学習では、空欄かどうかがモデルから見えなくなります",
        "delay": "to に書いた日数だけ遅れて数えます",
        "monotone": "次の学習でこの向きを守ります",
        "label": "すべての一覧でこの名前になります。to に名前を記入してください",
        "cut": "この区切りで新しい定義ファイルを作ります(改めて署名が必要)。現在の値は{now}です",
        "cut open": (
            "区切りを変えた新しい定義ファイルを作ります。to に値を記入してください(現在の値は{now})"
        ),
        "line": "このラインで新しい定義ファイルを作ります(改めて署名が必要)",
        "no definition": (
            "このラインで定義ファイルを作ります。先に propensity definition write CONFIG で"
            "定義を用意してください"
        ),
        "rule": (
            "条件を変えた新しい定義ファイルを作ります。to に新しい条件、または remove(削除)を"
            "記入してください(現在の条件:{now})"
        ),
        "note": "ファイルには書き込みません。担当者が行う作業として一覧に表示します",
        "reject": "現在はモデルに使っていません。reject にするとモデルに戻します",
        "own": "独自の提案:行頭の # を外して記入してください。",
        "no proposals": "数字から見て変更が必要な点はありません。独自の提案は下に追加できます。",
    },
}
