"""The pack's ``decisions.yaml``: a row per proposal, to be filled in by the meeting and read by
`propensity decide`.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from features.errors import ConfigError
from propensity.concepts.wording import plain
from training.decide.form_row import read
from training.decide.yaml_edit import scalar
from training.review.findings.material import Material
from training.review.findings.proposals import Proposal, proposals
from training.review.sections.decide import proposal_texts
from training.review.sections.form_rows import Value, row_keys
from training.review.sections.sources_told import FigureSources
from training.review.words import Words

FILE = "decisions.yaml"
_STEM = "decisions"
#: Longest text of a comment.
_LONGEST = 400
_OWN = """\
#  - {do: drop, column: COLUMN, decision: keep, who: NAME, because: WHY}
#  - {do: monotone, column: COLUMN, to: up, decision: keep, who: NAME, because: WHY}
#  - {do: delay, event_type: EVENT, to: 14, decision: keep, who: NAME, because: WHY}
#  - {do: label, event_type: EVENT, to: NEW NAME, decision: keep, who: NAME, because: WHY}
#  - {do: cut, between: A|B, to: 0.7, decision: keep, who: NAME, because: WHY}
#  - {do: line, to: 0.08, decision: keep, who: NAME, because: WHY}
#  - {do: leave, to: 0.06, decision: keep, who: NAME, because: WHY}
#  - {do: owner, name: keen, to: inside_sales, decision: keep, who: NAME, because: WHY}
#  - {do: promise, name: all, what: calls, to: 4, decision: keep, who: NAME, because: WHY}
#  - {do: rule, name: NAME OF RULE, to: employees >= 50, decision: keep, who: NAME, because: WHY}
"""


def form(material: Material, words: Words) -> str:
    """The file.

    Args:
        material: Material of the review.
        words: Words of the form.
    """
    found = proposals(material)
    named = {"name": plain(material.config.name), "version": str(material.reviewed.version.number)}
    title = words.say("title", **named, file=FILE)
    head = [
        title,
        "",
        words.say("how"),
        *(f"  {words.say(key)}" for key in ("decision", "who", "because")),
        words.say("undecided"),
        *([] if found else [words.say("no proposals")]),
    ]
    rows = "\n".join(
        _row(number, proposal, material, words) for number, proposal in enumerate(found, start=1)
    )
    return (
        f"{_comments(head)}model: {scalar(material.config.model_name)}\n"
        f"version: {material.reviewed.version.number}\n\nproposals:{rows and f'{chr(10)}{rows}'}\n"
        f"{_comments([words.say('own')], '  ')}{_OWN}"
    )


def filled_before(folder: Path) -> dict[str, bytes]:
    """What people filled in in an earlier pack: it goes into the next one, under a name of its own.

    Args:
        folder: Folder of the pack; may be absent.

    Returns:
        File name to content.
    """
    kept = {path.name: path.read_bytes() for path in sorted(folder.glob(f"{_STEM}-*.yaml"))}
    path = folder / FILE
    if path.is_file() and _is_filled(path):
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        names = (f"{_STEM}-{day}{f'-{n}' if n > 1 else ''}.yaml" for n in count(1))
        kept[next(name for name in names if name not in kept)] = path.read_bytes()
    return kept


def _is_filled(path: Path) -> bool:
    """Whether anybody decided anything; a file that cannot be read was changed by people."""
    try:
        return any(row.decision is not None for row in read(path).proposals)
    except ConfigError:
        return True


def _row(number: int, proposal: Proposal, material: Material, words: Words) -> str:
    what, because, then = proposal_texts(
        proposal, words.of("decide"), FigureSources(material, words)
    )
    keys, effect = row_keys(proposal, material, words)
    comments = [
        words.say("number", n=str(number), proposal=what),
        words.say("reason", because=because),
        words.say("then", then=then),
        words.say("effect", effect=effect),
        *([words.say("reject")] if proposal.kind == "keep out" else []),
    ]
    lines = [f"{key}: {_written(value)}".rstrip() for key, value in keys.items()]
    # there is nothing yet that `instead` could take the place of
    is_open = keys.get("to", "") is None
    empty = [
        "decision:",
        *([] if is_open else ["instead:"]),
        "who:",
        "because:",
    ]
    body = "\n    ".join([*lines, *empty])
    return f"{_comments(comments, '  ')}  - {body}\n"


def _comments(lines: Sequence[str], indent: str = "") -> str:
    return "".join(_commented(lines, indent))


def _commented(lines: Sequence[str], indent: str) -> Iterator[str]:
    """Each on a line of its own: nothing in a text ends the comment."""
    for line in lines:
        yield f"{indent}# {plain(line, longest=_LONGEST)}".rstrip() + "\n"


def _written(value: Value) -> str:
    return "" if value is None else scalar(value)
