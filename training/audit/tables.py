"""Is every lead in the tables once, does every column say something, and can its texts be read?"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from features.kinds import Attribute
from features.sql import quote_literal
from features.store import Store
from propensity.concepts.wording import plain
from training.audit.findings import Finding, Light
from training.audit.shifts import shifts
from training.audit.times import times
from training.learn.rows.run import Run

#: Amber from here: share of the leads that are somebody who is there already.
_DOUBLES = 0.01
#: A text column holds addresses when this share of its values looks like one.
_MAIL_SHARE = 0.8
#: Two leads of a random pair share the value of a naming column in fewer than one of so many cases.
_NAMING = 100
#: Naming columns looked at, those first that name best; values a column must have.
_MOST_NAMING, _FEWEST_VALUES = 4, 100
#: A second naming column tells people apart where leads that share the first one's value differ in
#: it this often.
_TELLS_APART = 0.5
#: A column with so many different values per lead names one person or company each: who shares one
#: is the same.
_UNIQUE = 0.9
#: Amber from here: share of a column's leads whose text is damaged. Below, it is told.
_DAMAGED = 0.001
#: Columns told in a sentence.
_MOST = 6
#: UTF-8 taken for Latin-1 or CP1252, CP932 or UTF-8 taken for each other, and what a decoder puts
#: where it gives up.
_DAMAGE = (
    r"\x{FFFD}|\?{4,}|[\x{C2}\x{C3}][\x{80}-\x{BF}\x{152}-\x{192}\x{2018}-\x{203A}\x{20AC}\x{2122}]"
    r"|\x{E2}\x{20AC}|\x{E3}[\x{80}-\x{BF}\x{192}\x{201A}]"
    r"|[縺繧繝].?[縺繧繝]|\p{Han}[\x{FF61}-\x{FF9F}](?:\p{Han}|$)"
)
#: Check of this module and its neighbours, by what it is called where it found nothing.
Check = Callable[[Run], Iterator[Finding]]


def table_health(run: Run) -> list[Finding]:
    """What is odd about the tables, whatever is learned from them; the last finding tells what was
    looked for in vain.

    Args:
        run: The configuration, and the canonical tables.
    """
    found: list[Finding] = []
    silent: list[str] = []
    for name, check in {**_CHECKS, **times(run.store), **shifts(run)}.items():
        here = list(check(run))
        found += here
        silent += [] if here else [name]
    if silent:
        found.append(
            Finding("tables", "tables", "green", f"Looked for and not found: {', '.join(silent)}")
        )
    return found


def listed(names: Sequence[str], most: int = _MOST) -> str:
    """Names of the user's data in a sentence.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(plain, names[:most])) + more


def _texts(store: Store) -> list[tuple[str, Attribute]]:
    return [
        (f"a{i}", attribute)
        for i, attribute in enumerate(store.attributes)
        if attribute.kind == "text"
    ]


# --- the same person twice ------------------------------------------------------------------------


def _same_mail(run: Run) -> Iterator[Finding]:
    """Leads that share an e-mail address, whatever its case."""
    for column, attribute in _texts(run.store):
        if not _is_mail(run.store, column):
            continue
        filled, different = run.store.connection.execute(
            f"SELECT count({column}), count(DISTINCT lower(trim({column}))) FROM leads"
        ).fetchall()[0]
        yield from _doubles(filled - different, filled, f"the same {plain(attribute.name)}")


def _is_mail(store: Store, column: str) -> bool:
    share = store.value(
        f"SELECT avg(({column} LIKE '%_@_%._%')::INTEGER) FROM leads WHERE {column} IS NOT NULL"
    )
    return share is not None and share >= _MAIL_SHARE


def _same_names(run: Run) -> Iterator[Finding]:
    """Leads that share the values of two columns that each name people or companies well.

    No list of names of such columns is needed: in a naming column two random leads hardly ever
    share a value, and of two such columns the second must tell apart leads that share the first
    one's value, and the other way round; an owner who follows from the company does not.
    """
    naming = []
    for column, attribute in _texts(run.store):
        filled, different, shared = run.store.connection.execute(
            "SELECT coalesce(sum(n), 0)::BIGINT, count(*), coalesce(sum(n * (n - 1.0)), 0)::DOUBLE"
            f" FROM (SELECT count({column}) AS n FROM leads WHERE {column} IS NOT NULL GROUP BY"
            f" lower(trim({column})))"
        ).fetchall()[0]
        chance = shared / max(filled * (filled - 1.0), 1.0)
        if (
            different >= _FEWEST_VALUES
            and chance * _NAMING <= 1
            and not _is_mail(run.store, column)
        ):
            naming.append((chance, column, attribute.name))
    for (_, one, first), (_, two, second) in combinations(sorted(naming)[:_MOST_NAMING], 2):
        if _tells_apart(run.store, one, two) and _tells_apart(run.store, two, one):
            filled, different = run.store.connection.execute(
                f"SELECT sum(n), count(*) FROM (SELECT count(*) AS n FROM leads WHERE {one} IS NOT"
                f" NULL AND {two} IS NOT NULL GROUP BY lower(trim({one})), lower(trim({two})))"
            ).fetchall()[0]
            yield from _doubles(
                int((filled or 0) - different),
                int(filled or 0),
                f"the same {plain(first)} and {plain(second)}",
            )


def _tells_apart(store: Store, first: str, second: str) -> bool:
    """Whether leads that share the first column's value mostly differ in the second, or hardly any
    share one.
    """
    unique = store.value(
        f"SELECT count(DISTINCT lower(trim({first}))) >= {_UNIQUE} * count({first}) FROM leads"
    )
    if unique:
        return True
    share = store.value(f"""
        SELECT sum(different - 1) / sum(n - 1) FROM (
            SELECT count(*) AS n, count(DISTINCT lower(trim({second}))) AS different FROM leads
            WHERE {first} IS NOT NULL AND {second} IS NOT NULL
                GROUP BY lower(trim({first})) HAVING n > 1)
    """)
    return share is not None and share >= _TELLS_APART


def _doubles(doubles: int, leads: int, by: str) -> Iterator[Finding]:
    if not doubles:
        return
    light: Light = "amber" if doubles >= _DOUBLES * leads else "green"
    advice = (
        "Merge them before training: one person in two rows teaches twice, and may stand in"
        " training and test at once. Or group them with account_id."
        if light == "amber"
        else ""
    )
    yield Finding(
        "tables",
        "duplicates",
        light,
        f"{doubles:,} of {leads:,} leads ({doubles / leads:.1%}) have {by} as an earlier one",
        advice,
        {"by": by, "doubles": doubles, "leads": leads},
    )


# --- columns that say nothing ---------------------------------------------------------------------


def _idle_columns(run: Run) -> Iterator[Finding]:
    """Columns without any value, and with one only."""
    columns = [
        (i, attribute)
        for i, attribute in enumerate(run.store.attributes)
        if attribute.role != "carry"
    ]
    leads = run.store.rows("leads")
    if not columns or not leads:
        return
    ends = ", ".join(f"count(a{i}), min(a{i}) IS NOT DISTINCT FROM max(a{i})" for i, _ in columns)
    row = run.store.connection.execute(f"SELECT {ends} FROM leads").fetchall()[0]
    found = list(zip([attribute for _, attribute in columns], row[::2], row[1::2], strict=True))
    empty = [attribute.name for attribute, filled, _ in found if not filled]
    constant = [attribute.name for attribute, filled, same in found if filled == leads and same]
    mark = [attribute.name for attribute, filled, same in found if 0 < filled < leads and same]
    if empty:
        yield Finding(
            "tables",
            "empty columns",
            "amber",
            f"{len(empty)} columns hold no value at all: {listed(empty)}",
            "Was the export cut? If nobody fills them in, list them under columns.ignore.",
            {"columns": empty},
        )
    if constant:
        yield Finding(
            "tables",
            "constant columns",
            "green",
            f"{len(constant)} columns hold the same value for every "
            f"lead and tell nothing: {listed(constant)}",
            "",
            {"columns": constant},
        )
    if mark:
        yield Finding(
            "tables",
            "columns of one value",
            "green",
            f"{len(mark)} columns hold one value or nothing, so "
            f"that only being filled tells something: {listed(mark)}",
            "",
            {"columns": mark},
        )


# --- texts that cannot be read --------------------------------------------------------------------


def _damaged_texts(run: Run) -> Iterator[Finding]:
    """Mojibake: texts that were written in one encoding and read in another."""
    places = [("leads", column, attribute.name) for column, attribute in _texts(run.store)]
    if not run.store.is_flat:
        places += [
            ("events", "event_type", "event_type"),
            ("events", "detail", "detail"),
            ("episodes", "lost_reason", "lost_reason"),
        ]
    counts = {}
    for table, column, name in places:
        filled, damaged = run.store.connection.execute(f"""
            SELECT sum(n), sum(n) FILTER (regexp_matches(text, {quote_literal(_DAMAGE)})) FROM (
                SELECT {column} AS text, count(*) AS n FROM {table} WHERE {column} IS NOT NULL
                    GROUP BY {column})
        """).fetchall()[0]
        if damaged:
            counts[name] = (int(damaged), int(filled))
    if not counts:
        return
    told = ", ".join(
        f"{plain(name)} ({n:,} of {of:,})" for name, (n, of) in list(counts.items())[:_MOST]
    )
    light: Light = "amber" if any(n >= _DAMAGED * of for n, of in counts.values()) else "green"
    yield Finding(
        "tables",
        "damaged texts",
        light,
        f"Texts were read in another encoding than written: {told}",
        (
            "Say the right `encoding` of the file (utf-8, cp932), or export it anew: one word in"
            " two spellings is two levels."
            if light == "amber"
            else ""
        ),
        {name: {"damaged": n, "filled": of} for name, (n, of) in counts.items()},
    )


_CHECKS: dict[str, Check] = {
    "the same address twice": _same_mail,
    "the same names twice": _same_names,
    "empty or constant columns": _idle_columns,
    "damaged texts": _damaged_texts,
}
