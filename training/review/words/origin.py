"""Where figures come from, and what the goal is called."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "unseen": (
            "{n} leads open between {first} and {last}, each counted once, whose {horizon} days are"
            " over; the model had not seen them"
        ),
        "unseen flat": "{n} leads that were kept aside; the model had not seen them",
        "over flat": (
            "{judged} leads over the line, of {n} that were kept aside; the model had not seen them"
        ),
        "replay": (
            "{judged} leads that newly came over the line between {first} and {last} and whose"
            " {horizon} days are over; every scoring of these {weeks} weeks was replayed by a model"
            " that had not seen them"
        ),
        "replayed": (
            "scorings from {first} to {last} ({weeks} weeks) replayed by a model that had not seen"
            " them; {n} open leads on the last day"
        ),
        "flat lines": (
            "{n} leads that were kept aside; without times, nobody can be seen to cross a line"
        ),
        "open": "{n} leads open on {day}, by the model as it would be used",
        "best": (
            "the best {n} of the same leads by today's score, as large a share as the line takes; a"
            " lead without that score counts as the lowest"
        ),
        "resampled": (
            "{source}; ranges, and how many agree, from {times} models learned from leads drawn"
            " anew"
        ),
        "part": "{source}; a random part of all {n} leads",
        "drawn": "{source}; drawn at random, and counts scaled to {n} leads",
        "closed: won": "closed",
        "closed: stage": "reached “{stage}”",
        "close: won": "close",
        "close: stage": "reach “{stage}”",
        "closes: won": "closes",
        "closes: stage": "leads that reached “{stage}”",
        "rate: won": "close rate",
        "rate: stage": "share that reached “{stage}”",
    },
    "ja": {
        "unseen": (
            "{first}から{last}までに未決着だったリード{n}件(1件につき1回だけ数え、"
            "{horizon}日後の結果が分かっている"
            "もの。モデルの学習には使っていません)"
        ),
        "unseen flat": "モデルの学習に使わず取り分けておいたリード{n}件",
        "over flat": (
            "モデルの学習に使わず取り分けておいたリード{n}件のうち、ラインを超えた{judged}件"
        ),
        "replay": (
            "{first}から{last}までに初めてラインを超え、"
            "{horizon}日後の結果が分かっているリード{judged}件(学習に"
            "使っていない{weeks}週間をさかのぼって採点)"
        ),
        "replayed": (
            "学習に使っていない{first}から{last}までの{weeks}週間をさかのぼって採点(最終日の未決着リード{n}件)"
        ),
        "flat lines": (
            "学習に使わず取り分けておいたリード{n}件(日時がないため、いつラインを超えたかは分かりません)"
        ),
        "open": "{day}時点で未決着のリード{n}件を、運用する形のモデルで採点",
        "best": (
            "同じリードのうち、これまでの点数の上位{n}件(ラインを超える割合と同じ件数。"
            "点数のないリードは最下位)"
        ),
        "resampled": (
            "{source}。幅と一致の数は、リードを選び直して学習した{times}個のモデルによるもの"
        ),
        "part": "{source}。全リード{n}件から無作為に抽出",
        "drawn": "{source}。無作為に抽出し、件数はリード{n}件分に換算",
        "closed: won": "受注",
        "closed: stage": "「{stage}」に到達",
        "close: won": "受注",
        "close: stage": "「{stage}」に到達",
        "closes: won": "受注",
        "closes: stage": "「{stage}」到達",
        "rate: won": "受注率",
        "rate: stage": "「{stage}」到達率",
    },
}
