"""What stands in the cells of a file: every value as text that its system reads.

Beside columns of the scored file, a field can be made of these sources: ``key`` (how the system
knows the lead), ``always`` (one text), ``status`` (``open``; ``held`` where people decided that the
lead is not handed over; ``gone`` once it is scored no more), ``chance`` (percent as a number,
``12.3``), ``score`` (the same in whole percent), ``grade_step`` (A to D), ``trend`` (how the chance
moved since the last export), ``reason_1`` to ``reason_3`` (sentences), ``reasons`` (all sentences
for and against).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.files.cells import harmless, harmless_cells
from features.zone import zone
from propensity.config.crm import Encoding
from propensity.crm.encoding import holds, written
from propensity.crm.profile import CrmProfile
from propensity.crm.system import CrmField
from propensity.language import CATALOGUES
from propensity.scoring.scored_file import joined_reasons, nth_reason

#: Words of a lead that is scored tonight, of one that people keep from sales, and of one that was
#: at the last export and is no more.
OPEN, HELD, GONE = "open", "held", "gone"
#: Words of the trend.
IMPROVING, STEADY, DECLINING, UNKNOWN = "improving", "steady", "declining", "unknown"
_STEPS = {**{letter: letter for letter in "ABCD"}, **dict(zip("1234", "ABCD", strict=True))}
#: Source to the place of its reason.
_PLACES: Mapping[str, int] = {"reason_1": 0, "reason_2": 1, "reason_3": 2}
#: Numbers from here on are written with an exponent.
_HUGE = 1e15
#: What ends a sentence.
_SENTENCE_END = r"[.。．｡]+\s*$"
#: What no cell holds: controls, line ends, and half a surrogate pair.
_CONTROL = "[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029]+"


def key_of(scored: pa.Table, profile: CrmProfile) -> pa.StringArray:
    """(n,) how the system knows each lead, as the file has it; null where it cannot."""
    values = scored[profile.settings.key].combine_chunks().cast(pa.string())
    trimmed = pc.utf8_trim_whitespace(_written(values, profile.encoding))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def texts_of(scored: pa.Table, profile: CrmProfile) -> dict[str, pa.StringArray]:
    """The cells of leads that are scored, but for the trend, which is not known of them alone.

    Args:
        scored: Columns ``profile.reads`` of n leads.
        profile: The file.

    Returns:
        Name of the field to (n,) texts; null where the field is to be emptied.
    """
    return {
        field.name: _text(_value(scored, field, profile), field, profile)
        for field in profile.fields
        if field.source != "trend"
    }


def compared_of(scored: pa.Table, profile: CrmProfile) -> dict[str, pa.StringArray]:
    """What is compared in place of a sentence, which changes by the day alone ("18 days ago"): what
    the reasons are about.

    Returns:
        Name of the field to (n,) texts.
    """

    def all_of(way: str) -> pa.StringArray:
        return joined_reasons(scored[way].combine_chunks(), "concept")

    found = {}
    for field in profile.fields:
        if field.source in _PLACES:
            found[field.name] = _nth(scored, _PLACES[field.source], "concept")
        elif field.source == "reasons":
            ways = [all_of("reasons_for"), all_of("reasons_against")]
            found[field.name] = pc.binary_join_element_wise(*ways, " | ")
        elif field.source in ("reasons_for", "reasons_against"):
            found[field.name] = all_of(field.source)
    return found


def texts_of_gone(key: pa.StringArray, profile: CrmProfile, night: date) -> dict[str, pa.Array]:
    """The cells of leads that are scored no more: who, since when, and nothing else."""
    n = len(key)
    told: Mapping[str, pa.Array] = {
        "key": key,
        "status": _constant(GONE, n),
        "trend": _constant(UNKNOWN, n),
        "as_of": pa.array([night] * n, pa.date32()),
    }
    found = {}
    for field in profile.fields:
        values = told.get(field.source, pa.nulls(n, pa.string()))
        if field.source == "always":
            values = _constant(field.value or "", n)
        found[field.name] = _text(values, field, profile)
    return found


def trend_texts(
    now: pa.Array, before: pa.Array, field: CrmField, profile: CrmProfile
) -> pa.StringArray:
    """(n,) how chances moved since the last export, in whole percent; unknown without one.

    Args:
        now: (n,) chances, 0..1.
        before: (n,) chances at the last export; null where there is none.
        field: The field that is filled.
        profile: The file.
    """
    new, old = _percent(now, 0), _percent(before, 0)
    moved = pc.case_when(
        pc.make_struct(pc.greater(new, old), pc.less(new, old), pc.equal(new, old)),
        IMPROVING,
        DECLINING,
        STEADY,
        UNKNOWN,
    )
    return _text(moved, field, profile)


def _nth(scored: pa.Table, place: int, part: str = "sentence") -> pa.StringArray:
    return nth_reason(scored["reasons_for"].combine_chunks(), place, part)


def _value(scored: pa.Table, field: CrmField, profile: CrmProfile) -> pa.Array:
    n = scored.num_rows
    makers: Mapping[str, Callable[[], pa.Array]] = {
        "key": lambda: key_of(scored, profile),
        "always": lambda: _constant(field.value or "", n),
        "status": lambda: _status(scored),
        "chance": lambda: _percent(scored["probability"].combine_chunks(), field.decimals),
        "score": lambda: _percent(scored["probability"].combine_chunks(), 0),
        "grade_step": lambda: _grade_step(scored["grade"].combine_chunks()),
        "reasons": lambda: _reasons(scored, profile.language),
        **{name: partial(_nth, scored, place) for name, place in _PLACES.items()},
    }
    if field.source in makers:
        return makers[field.source]()
    values = scored[field.source].combine_chunks()
    if field.source in ("reasons_for", "reasons_against"):
        return joined_reasons(values)
    return pc.binary_join(values, "; ") if pa.types.is_list(values.type) else values


def _text(values: pa.Array, field: CrmField, profile: CrmProfile) -> pa.StringArray:
    system = profile.system
    match field.kind:
        case "number":
            return _number(values)
        case "truth":
            return pc.if_else(values.cast(pa.bool_()), system.yes, system.no).cast(pa.string())
        case "date" | "moment":
            return _distinct(values, lambda value: _when(value, profile))
        case "choice":
            names = {
                word: name or CATALOGUES[profile.language][f"{field.source}: {word}"]
                for word, name in field.choices.items()
            }
            return _distinct(values, lambda word: names.get(str(word)))
        case "text":
            texts = values.cast(pa.string())
            if field.source == "key":  # stays as it is
                return texts
            return _plain(texts, field.longest or system.longest, profile.encoding)


def _plain(texts: pa.StringArray, longest: int, encoding: Encoding) -> pa.StringArray:
    """One line that no spreadsheet runs as it is written, cut where the field ends."""
    texts = pc.replace_substring_regex(_written(texts, encoding), _CONTROL, " ")
    texts = harmless_cells(pc.utf8_trim_whitespace(texts))
    is_long = pc.greater(pc.utf8_length(texts), longest)
    if pc.any(is_long).as_py():
        cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, longest - 1), "…", "")
        texts = pc.if_else(is_long, cut, texts)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _written(texts: pa.StringArray, encoding: Encoding) -> pa.StringArray:
    """The same as the file has them: what the encoding drops may hide a formula."""
    if encoding != "cp932":
        return texts
    return pa.array([text and written(text, encoding) for text in texts.to_pylist()], pa.string())


def runs_or_breaks(key: pa.StringArray, longest: int, encoding: Encoding) -> pa.BooleanArray:
    """(n,) whether a spreadsheet would run a key, or the file or the system could not hold it.

    A key is never made harmless: the system would take it for another lead.

    Args:
        key: (n,) keys as the file has them, see ``key_of``.
        longest: Characters of a key, at most.
        encoding: Encoding of the file.
    """
    changed = pc.not_equal(harmless_cells(key), key)
    if encoding == "cp932":
        lost = [text is not None and not holds(text, encoding) for text in key.to_pylist()]
        changed = pc.or_(changed, pa.array(lost, pa.bool_()))
    broken = pc.match_substring_regex(key, _CONTROL)
    return pc.or_(pc.or_(changed, broken), pc.greater(pc.utf8_length(key), longest))


def heading(name: str, encoding: Encoding) -> str:
    """The name of a field as a cell."""
    return harmless(written(name, encoding))


def _number(values: pa.Array) -> pa.StringArray:
    if pa.types.is_floating(values.type):
        finite = pc.is_finite(values)
        values = pc.if_else(finite, values, pa.scalar(None, values.type))
        whole = pc.cast(pc.fill_null(values, 0.0), pa.int64(), safe=False)
        is_whole = pc.and_(
            pc.equal(whole.cast(pa.float64()), values), pc.less(pc.abs(values), 1e15)
        )
        return pc.if_else(is_whole, whole.cast(pa.string()), values.cast(pa.string()))
    return values.cast(pa.string())


def _percent(chance: pa.Array, decimals: int) -> pa.Array:
    return pc.round(pc.multiply(chance.cast(pa.float64()), 100.0), decimals)


def _status(scored: pa.Table) -> pa.StringArray:
    """Whether people decided that the lead is not handed over; it may have been before."""
    is_held = pc.fill_null(pc.equal(scored["override"].combine_chunks(), "hold"), False)
    return pc.if_else(is_held, HELD, OPEN)


def _grade_step(grade: pa.Array) -> pa.StringArray:
    """A to D of the fit; of the interest, where there is no fit."""
    return _distinct(grade, lambda value: _STEPS[str(value)[0]])


def _reasons(scored: pa.Table, language: str) -> pa.StringArray:
    words = CATALOGUES[language]
    told = {
        # the texts around them end the sentences
        way: pc.coalesce(_joined_open(scored[way].combine_chunks()), "")
        for way in ("reasons_for", "reasons_against")
    }
    both = words.column(
        "reasons for and against", plus=told["reasons_for"], minus=told["reasons_against"]
    )
    alone = words.column("only reasons for", plus=told["reasons_for"])
    has = [pc.not_equal(texts, "") for texts in told.values()]
    only_against = words.column("only reasons against", minus=told["reasons_against"])
    return pc.case_when(
        pc.make_struct(pc.and_(*has), *has), both, alone, only_against, pa.scalar(None, pa.string())
    )


def _joined_open(lists: pa.ListArray) -> pa.StringArray:
    """(n,) the sentences of each lead, one after the other, without the marks that end them."""
    sentences = pc.struct_field(lists.values, "sentence")
    bare = pc.replace_substring_regex(sentences, _SENTENCE_END, "")
    return pc.binary_join(pa.ListArray.from_arrays(lists.offsets, bare), " / ")


def _when(value: object, profile: CrmProfile) -> str:
    """A day or a moment as the system reads it."""
    if isinstance(value, datetime):
        there = zone(profile.timezone) if profile.system.is_local else UTC
        return value.astimezone(there).strftime(profile.system.moment)
    if isinstance(value, date):
        return value.strftime(profile.system.date)
    raise TypeError(f"expected a day or a moment, got {type(value)}")


def _distinct(values: pa.Array, said: Callable[[object], str | None]) -> pa.StringArray:
    """(n,) what ``said`` makes of each different value; null stays null."""
    encoded = pc.dictionary_encode(values)
    texts = pa.array([said(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return texts.take(encoded.indices)


def _constant(text: str, n: int) -> pa.StringArray:
    return pa.array([text], pa.string()).take(pa.array(np.zeros(n, dtype=np.int64)))
