"""Where scoring is not warranted, and what is offered instead."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "audit: wins": "wins",
    "audit: not warranted": "Scoring is not warranted yet.",
    "audit: few wins and leads": (
        "There are only {n} {goal}, and {per_person} leads per person and week."
    ),
    "audit: few wins": "There are only {n} {goal}.",
    "audit: few leads": "There are {per_person} leads per person and week.",
    "audit: no skill": "No pattern was found that predicts.",
    "audit: instead": "Look at each lead by eye, and use the table of close rates by action.",
    "audit: nearer goal": (
        "{n} {goal} are too few to judge by; with {stage} ({m}) as the goal, a model can be"
        " learned."
    ),
}

JAPANESE: Mapping[str, str] = {
    "audit: wins": "受注",
    "audit: not warranted": "スコアリングはまだ必要ありません。",
    "audit: few wins and leads": (
        "{goal}実績が{n}件と少なく、リードは1人あたり週{per_person}件です。"
    ),
    "audit: few wins": "{goal}実績が{n}件と少ないためです。",
    "audit: few leads": "リードは1人あたり週{per_person}件です。",
    "audit: no skill": "予測に使える傾向が見つかりません。",
    "audit: instead": "目視での見極めと、行動別受注率の表をご利用ください。",
    "audit: nearer goal": (
        "{goal}{n}件では判断できませんが、{stage}({m}件)を目標にすれば予測できます。"
    ),
}
