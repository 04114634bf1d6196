"""Names of columns that are often written on the way to the close, or with it.

A name proves nothing: it is a reason to ask when the column is written. Whole words count, never
parts of one, so that ``disclosed budget`` is no ``closed``, and words that mean this only beside
another (``status``: of the lead, not of a marriage) count only there.
"""

import re

from training.learn.rows.name_words import words_of

#: Words that are written late wherever they stand.
_LATE = re.compile(
    r"contract(s|ed)?|clos(e|ed|ing)|invoic(e|es|ed|ing)|won|lost|payments?|paid|sign(ed|ing|ature)"
    r"|renew(al|ed)|churn(ed)?|cancell?(ed|ation)|terminat(ed|ion)|conver(t|ted|sion)|outcome"
    r"|deliver(y|ed)|ship(ped|ping)|onboard(ed|ing)|disbursed|refund(ed)?|lapsed|asymmetrique"
)
#: Words that are written late beside one of ``_WHOSE`` before them, or alone.
_STATE = re.compile(r"status|stage|phase|step|disposition|result|reason|probability|forecast")
_WHOSE = re.compile(
    r"leads?|deals?|opportunity|opp|sales?|order|contract|account|pipeline|funnel|loan|application"
    r"|customer|lifecycle|last|final|current|loss|close|rejection"
)
#: Words beside which those above are no outcome: of the lead before, of how it pays, of a form.
_NOT = re.compile(r"previous|prior|former|e?mail|card|method|terms?|length|type|size")
#: What is measured of a stage: how long it took is known when it is over.
_STAGE = re.compile(r"stage|phase|step")
_MEASURED = re.compile(r"durations?|days|hours|time|date|entered|reached|age|name")
#: What somebody thinks of a lead after speaking to it, beside ``lead``.
_JUDGED = re.compile(r"quality|profile|score|grade|tags")
#: What says by itself how a lead ended or what somebody thinks of it, so that `init` leaves it out.
_TELLING = re.compile(
    r"\b(tags?|lost|converted|closed (lost|won)|(loss|lost|close) reason|last notable|(deal )?stage"
    r"|lead (quality|profile|score|grade|status)|deal status)\b|^status$"
    r"|^(is )?(won|closed|churn(ed)?( (flag|label|value|status|date|reason))?)$"
    r"|ステータス|失注|進捗|受注|成約"
)
_JAPANESE = re.compile(
    r"契約日|契約開始|契約書|成約|受注|失注|請求|入金|納品|解約|発注日|検収|ステータス|商談段階|商談フェーズ|進捗|クローズ|完了日"
)


def written_late(name: str) -> str | None:
    """The word in a column's name for which somebody should say when it is written; None without.

    >>> written_late("Contract Date"), written_late("work_status"), written_late("deal_stage")
    ('contract', None, 'stage')
    """
    if found := _JAPANESE.search(name):
        return found.group(0)
    words = words_of(name)
    if _any(_NOT, words):
        return None
    late = next((word for i, word in enumerate(words) if _is_late(words, i)), None)
    told = _TELLING.search(" ".join(words))
    return late or (told.group(0) if told else None)


def tells_the_end(name: str) -> bool:
    """Whether a column's name says by itself how a lead ended, or how far it came.

    >>> tells_the_end("deal_stage"), tells_the_end("Contract Date")
    (True, False)
    """
    return bool(_TELLING.search(" ".join(words_of(name))))


def _is_late(words: list[str], i: int) -> bool:
    """Whether the word at a place is one that is written late."""
    word, before = words[i], words[:i]
    return bool(
        _LATE.fullmatch(word)
        or (_STATE.fullmatch(word) and (len(words) == 1 or _any(_WHOSE, before)))
        or (_STAGE.fullmatch(word) and _any(_MEASURED, words))
        or (_JUDGED.fullmatch(word) and (words == ["tags"] or "lead" in before))
        or (word == "notable" and "last" in before)
    )


def _any(pattern: re.Pattern[str], words: list[str]) -> bool:
    return any(map(pattern.fullmatch, words))
