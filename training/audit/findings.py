"""What an audit finds: about the data as a whole, and about each column and event type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from propensity.notebook import ResultTable

if TYPE_CHECKING:
    import pandas as pd

#: green: nothing to do; amber: look before you trust; red: training refuses unless somebody says
#: why not.
Light = Literal["green", "amber", "red"]
LIGHTS: tuple[Light, ...] = ("green", "amber", "red")
Area = Literal["sufficiency", "skill", "labels", "leaks", "tables"]
#: not seen: no rule speaks against it, but nobody said when it is written, so that it is not fine.
LeakVerdict = Literal["fine", "not seen", "suspect", "leak"]
VERDICTS: tuple[LeakVerdict, ...] = ("fine", "not seen", "suspect", "leak")
#: What to do with a column: nothing; say when it is written; leave it out; fill what is missing so
#: that it cannot be recognised; count a fact only so many days later; keep it although it is
#: suspicious, for a reason that is written down.
ColumnAction = Literal["none", "date", "drop", "impute", "delay", "keep"]
SubjectKind = Literal["column", "event type"]


@dataclass(frozen=True)
class Finding:
    """Something about the data as a whole.

    Attributes:
        area: Which part of the audit.
        name: Short and stable, for JSON and for people who search the documentation.
        light: How bad it is.
        sentence: What was found, with its figures; one line of the table.
        advice: What to do; empty where there is nothing to do.
        evidence: Figures behind the sentence, JSON-ready, aggregates only.
    """

    area: Area
    name: str
    light: Light
    sentence: str
    advice: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Hit:
    """A rule of the firewall that spoke against a column.

    Attributes:
        rule: Its name.
        verdict: How strongly.
        sentence: Why, with its figures.
        evidence: Figures, JSON-ready, aggregates only.
    """

    rule: str
    verdict: LeakVerdict
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnVerdict:
    """A column or event type.

    Attributes:
        name: Name as in the source.
        kind: Which of the two.
        verdict: The strongest of its hits; fine without one.
        action: What is recommended.
        delay_days: Days for ``delay``.
        hits: The strongest first.
        auc: Out-of-time ROC AUC of the column alone, missing as its own value; None where it cannot
            be formed.
    """

    name: str
    kind: SubjectKind
    verdict: LeakVerdict
    action: ColumnAction
    delay_days: int | None = None
    hits: Sequence[Hit] = ()
    auc: float | None = None


@dataclass(frozen=True)
class GroupVerdict:
    """Columns that belong together, judged as one.

    Attributes:
        columns: Their names, in the order of the source.
        because: What makes them a group, for people.
        verdict: Verdict on the group; each of its columns has it as a hit too.
        sentence: Why, with its figures.
        evidence: Figures, JSON-ready, aggregates only.
    """

    columns: tuple[str, ...]
    because: str
    verdict: LeakVerdict
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Audit(ResultTable):
    """Everything an audit found.

    Attributes:
        findings: About the data as a whole, the worst first.
        columns: The worst first.
        curves: What the pictures are drawn from, by name: aggregates only.
        groups: Columns that were judged together, the worst first.
    """

    findings: tuple[Finding, ...]
    columns: tuple[ColumnVerdict, ...]
    curves: Mapping[str, Any] = field(default_factory=dict)
    groups: tuple[GroupVerdict, ...] = ()

    @property
    def light(self) -> Light:
        """The light of the whole audit: that of its worst finding."""
        return max((finding.light for finding in self.findings), key=LIGHTS.index, default="green")

    def to_pandas(self) -> "pd.DataFrame":
        """A row per finding about the data, and per column or event type, the worst first:
        ``kind``, ``name``, ``verdict`` (a light, or a verdict on the column), ``action``, ``auc``
        of the column alone, ``because``.
        """
        import pandas as pd  # noqa: PLC0415 — only who asks for a table needs it

        found = [
            (finding.area, finding.name, finding.light, finding.advice, None, finding.sentence)
            for finding in self.findings
        ]
        columns = [
            (
                each.kind,
                each.name,
                each.verdict,
                each.action,
                each.auc,
                each.hits[0].sentence if each.hits else "",
            )
            for each in self.columns
        ]
        names = ["kind", "name", "verdict", "action", "auc", "because"]
        return pd.DataFrame([*found, *columns], columns=names)
