"""The whole configuration: one YAML file, typed; an unknown key is an error that suggests the
nearest.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from features.databases.address import database_at
from features.errors import ConfigError
from features.event_filter import EventFilter
from features.files.problems import explained
from features.files.yaml_file import read_yaml
from features.settings import (
    BehaviourSettings,
    ColumnSettings,
    FeatureSettings,
    InputSettings,
    PopulationSettings,
    StrictModel,
)
from propensity.config.decisions import DEFAULT_NAME, Decisions, read
from propensity.config.personas import ReviewSettings
from propensity.config.sections import (
    AuditSettings,
    BacktestSettings,
    CalibrationSettings,
    ClosedLoopSettings,
    GateSettings,
    GoalSettings,
    InputCheckSettings,
    LearnerSettings,
    LedgerSettings,
    MonitorSettings,
    NightlySettings,
    OutputSettings,
    RegistrySettings,
    SnapshotsSettings,
    SplitSettings,
)
from propensity.definition.business_hours import BusinessHours
from propensity.language.audience import Audience

Language = Literal["en", "ja"]
Label = Annotated[str, Field(min_length=1, max_length=80)]


class Config(StrictModel):
    """Everything a run is told.

    Attributes:
        name: Name of the model in the registry.
        language: Language of everything a salesperson reads.
        labels: What people call columns, kinds of behaviour and quadrants, where it is not what the
            data calls them; ``column: value`` renames a value. A label is of every language, or a
            mapping of languages to labels.
        review: What the definition review shows: channels, personas, prices.
        compare_with: Lead column with the company's present score (higher is better): compared
            with, never learned from; carried to the output.
        decisions: File of what was decided about columns and event types, which training obeys;
            default ``decisions.yaml`` beside the configuration.
        definition: File of the MQL definition; `propensity promote` registers it with the model.
        business_hours: When somebody answers; deadlines are counted in it.
    """

    name: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9_.\-]+$")]
    language: Language = "en"
    labels: dict[str, Label | Annotated[dict[Language, Label], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    input: InputSettings
    columns: ColumnSettings = ColumnSettings()
    behaviour: BehaviourSettings = BehaviourSettings()
    population: PopulationSettings | None = None
    goal: GoalSettings | None = None
    snapshots: SnapshotsSettings | None = None
    split: SplitSettings | None = None
    features: FeatureSettings = FeatureSettings()
    learner: LearnerSettings = LearnerSettings()
    registry: RegistrySettings = RegistrySettings()
    input_check: InputCheckSettings = InputCheckSettings()
    output: OutputSettings = OutputSettings()
    ledger: LedgerSettings = LedgerSettings()
    nightly: NightlySettings = NightlySettings()
    monitor: MonitorSettings = MonitorSettings()
    closed_loop: ClosedLoopSettings = ClosedLoopSettings()
    audit: AuditSettings = AuditSettings()
    gate: GateSettings = GateSettings()
    backtest: BacktestSettings = BacktestSettings()
    calibrating: CalibrationSettings = CalibrationSettings()
    review: ReviewSettings = ReviewSettings()
    compare_with: Annotated[str, Field(min_length=1)] | None = None
    decisions: Decisions = Decisions()
    definition: str | None = None
    business_hours: BusinessHours | None = None

    @model_validator(mode="before")
    @classmethod
    def _carry_the_present_score(cls, raw: Any) -> Any:  # noqa: ANN401 — whatever the file holds
        """The column that is compared with is read like one that is carried."""
        name = raw.get("compare_with") if isinstance(raw, Mapping) else None
        columns = (raw.get("columns") or {}) if isinstance(raw, Mapping) else None
        if not isinstance(name, str) or not isinstance(columns, Mapping):
            return raw
        carry = columns.get("carry") or ()
        if not isinstance(carry, list | tuple) or name in carry:
            return raw
        return {**raw, "columns": {**columns, "carry": [*carry, name]}}

    @model_validator(mode="after")
    def _present_score_is_no_feature(self) -> Self:
        listed = [
            role
            for role in ("fit", "interest", "hearing")
            if self.compare_with in getattr(self.columns, role)
        ]
        if listed:
            raise ValueError(
                f"compare_with: {self.compare_with!r} is also listed in columns.{listed[0]}; the"
                " present score is compared with the model and cannot be part of it: take it out"
                " of that list"
            )
        return self

    @model_validator(mode="after")
    def _audited_columns_are_listed(self) -> Self:
        names = [
            *self.audit.segments,
            *([self.audit.salesperson] if self.audit.salesperson else []),
        ]
        read = {
            *self.columns.fit,
            *self.columns.interest,
            *self.columns.hearing,
            *self.columns.carry,
        }
        unread = [name for name in names if name not in read]
        if unread:
            raise ValueError(
                f"audit: {unread} (segments, salesperson) stand in none of columns.fit, interest,"
                " hearing and carry, so they are not read; list them under columns.carry"
            )
        return self

    @model_validator(mode="after")
    def _people_are_carried(self) -> Self:
        person = self.nightly.person
        if person is not None and person not in self.columns.carry:
            raise ValueError(
                f"nightly.person: {person!r:.80} is not in columns.carry; expected one of"
                f" {list(self.columns.carry)}"
            )
        return self

    @model_validator(mode="after")
    def _decided_columns_are_listed(self) -> Self:
        roles = ("fit", "interest", "hearing", "carry", "ignore")
        listed = {name for role in roles for name in getattr(self.columns, role)}
        listed |= {*self.input.has_columns}
        decided = (*self.decisions.in_force, *self.decisions.directions)
        unknown = [e.column for e in decided if e.column is not None and e.column not in listed]
        if unknown:
            raise ValueError(
                f"{self.decisions.path}: decided about columns that stand in no list of `columns`:"
                f" {unknown}"
            )
        histories = self.input.attribute_changes.attributes if self.input.attribute_changes else ()
        timeless = [name for name in self.decisions.column_delays if name not in histories]
        if timeless:
            raise ValueError(
                f"{self.decisions.path}: delay of {timeless}: only a column with a history of"
                " changes can be delayed; drop it, or give its history (input.attribute_changes)"
            )
        return self

    @model_validator(mode="after")
    def _filters_can_be_told(self) -> Self:
        quick = [e for e in self.decisions.in_force if e.seconds is not None]
        if quick and not self.behaviour.sends:
            raise ValueError(
                f"{self.decisions.path}: filter of {quick[0].event_type!r}: `seconds` count from a"
                " message to the lead, and behaviour.sends names no event types of messages"
            )
        return self

    @property
    def event_filters(self) -> tuple[EventFilter, ...]:
        """Events of machines that were decided away."""
        return self.decisions.filters(self.behaviour.sends)

    @model_validator(mode="after")
    def _sections_of_the_shape(self) -> Self:
        needed = {"split"} if self.input.is_flat else {"population", "goal", "snapshots"}
        other = {"split", "population", "goal", "snapshots"} - needed
        shape = "a flat table" if self.input.is_flat else "leads, events and outcomes"
        missing = sorted(name for name in needed if getattr(self, name) is None)
        unused = sorted(name for name in other if getattr(self, name) is not None)
        if missing:
            raise ValueError(
                f"with {shape}, expected the section{'s' * (len(missing) > 1)} {', '.join(missing)}"
            )
        if unused:
            raise ValueError(f"with {shape}, {', '.join(unused)} means nothing; remove it")
        if (
            self.split
            and self.split.order == "time"
            and self.input.flat
            and self.input.flat.columns.time is None
        ):
            raise ValueError("split.order is 'time', but input.flat.columns.time names no column")
        self._check_stages()
        return self

    def _check_stages(self) -> None:
        stages = list(self.input.stages)
        if self.population and self.population.until not in ("closed", *stages):
            raise ValueError(
                f"population.until: expected 'closed' or one of {stages}, got"
                f" {self.population.until!r}"
            )
        if self.goal and self.goal.stage not in ("won", *stages):
            raise ValueError(
                f"goal.stage: expected 'won' or one of {stages}, got {self.goal.stage!r}"
            )
        unknown = [
            name for name in self.review.stages.model_dump().values() if name not in (None, *stages)
        ]
        if unknown:
            raise ValueError(f"review.stages: expected stages out of {stages}, got {unknown}")

    @property
    def audience(self) -> Audience:
        """Whom reasons, reports and reviews are for."""
        return Audience(self.language, self.labels_in(self.language))

    def labels_in(self, language: str) -> dict[str, str]:
        """The labels of a language; those without one are of every language."""
        told = {
            name: label
            if isinstance(label, str)
            else next((text for spoken, text in label.items() if spoken == language), None)
            for name, label in self.labels.items()
        }
        return {name: label for name, label in told.items() if label is not None}

    @property
    def folder(self) -> Path:
        """The folder of the configuration."""
        return Path(self.decisions.path or self.output.path).parent

    @property
    def model_name(self) -> str:
        """Name of the registered model."""
        return self.registry.model or self.name


#: Files that the review looks for beside the configuration.
_REVIEW_FILES = {"hypotheses": "hypotheses.yaml", "backtest": "backtest.json"}
#: Keys of a section whose value is a path, which starts at the configuration's folder.
PATH_KEYS = (
    "path",
    "quarantine",
    "cache",
    "folder",
    "overrides",
    "hypotheses",
    "backtest",
    "threshold",
    "audit",
)
#: Sections that may name databases, and the keys by which they do.
_HOLD_URLS = ("input", "output", "ledger", "registry")
_URL_KEYS = ("database", "url", "uri")
#: Files that the monitor looks for beside the configuration.
_MONITOR_FILES = {"threshold": "threshold.json", "audit": "audit.json"}


def load(path: Path | str) -> Config:
    """Read a configuration file.

    Relative paths in it start at the file's folder; ``${NAME}`` in a database URL or registry URI
    is taken from the environment when it is used, and stored unresolved.

    Raises:
        ConfigError: The file cannot be read, or holds unknown keys, wrong types or values; all are
            listed.
    """
    path = Path(path)
    try:
        raw = read_yaml(path)
    except FileNotFoundError:
        raise ConfigError(
            f"No configuration at {path}. `propensity init DATA…` writes one from your files."
        ) from None
    return parse(raw, base=path.parent.resolve(), name=str(path))


def parse(raw: object, *, base: Path, name: str = "config") -> Config:
    """Check a configuration and resolve its relative paths against ``base``.

    Raises:
        ConfigError: Everything wrong with it, one line each.
    """
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{name}: expected a mapping of sections, got {type(raw).__name__}.")
    try:
        config = Config.model_validate(_absolute(dict(raw), base))
    except ValidationError as error:
        lines = "\n".join(f"  - {line}" for line in explained(error, Config))
        raise ConfigError(
            f"{name} cannot be used: {error.error_count()} problem(s).\n{lines}"
        ) from None
    return config


def _absolute(raw: dict[str, Any], base: Path) -> dict[str, Any]:
    """The raw configuration with every path of the sections that have any made absolute."""

    def joined(section: object) -> object:
        if isinstance(section, list | tuple):
            return [joined(part) for part in section]
        if not isinstance(section, Mapping):
            return section
        return {
            k: str(base / v) if k in PATH_KEYS and isinstance(v, str) else v
            for k, v in section.items()
        }

    raw = {
        key: _databases_at(base, value) if key in _HOLD_URLS else value
        for key, value in raw.items()
    }
    if isinstance(raw.get("input"), Mapping):
        raw["input"] = {key: joined(value) for key, value in raw["input"].items()}
        raw["input"] = joined({"cache": "cache", **raw["input"]})
    raw["output"] = joined(
        {"path": "scored.parquet", "quarantine": "quarantine", **(raw.get("output") or {})}
        if isinstance(raw.get("output") or {}, Mapping)
        else raw["output"]
    )
    nightly = raw.get("nightly") or {}
    if isinstance(nightly, Mapping):
        raw["nightly"] = joined({"folder": "nights", **nightly})
    monitor = raw.get("monitor") or {}
    if isinstance(monitor, Mapping):
        raw["monitor"] = joined({**_MONITOR_FILES, **monitor})
    if raw.get("decisions") is None or isinstance(raw["decisions"], str):
        raw["decisions"] = read(base / (raw.get("decisions") or DEFAULT_NAME))
        labels = raw.get("labels") or {}
        if isinstance(labels, Mapping):  # what was decided is newer than what the file says
            raw["labels"] = {**labels, **raw["decisions"].labels}
        if "columns" in raw:
            raw["columns"] = _heard(raw["columns"], raw["decisions"])
    if isinstance(raw.get("definition"), str):
        raw["definition"] = str(base / raw["definition"])
    review = raw.get("review") or {}
    if isinstance(review, Mapping):
        raw["review"] = joined({**_REVIEW_FILES, **review})
    registry = raw.get("registry") or {}
    if isinstance(registry, Mapping) and registry.get("uri") is None:
        raw["registry"] = {**registry, "uri": f"sqlite:///{base / 'propensity.db'}"}
    return raw


def _databases_at(base: Path, value: object) -> object:
    """A section in which the files of databases start at the configuration's folder."""
    match value:
        case list() | tuple():
            return [_databases_at(base, part) for part in value]
        case Mapping():
            return {
                key: database_at(base, part)
                if key in _URL_KEYS and isinstance(part, str)
                else _databases_at(base, part)
                for key, part in value.items()
            }
        case _:
            return value


def _heard(columns: object, decided: Decisions) -> object:
    """The lists of columns, in which what sales learns at the contact is a hearing item."""
    at_contact = [name for name, known in decided.known.items() if known == "at_contact"]
    if not isinstance(columns, Mapping) or not at_contact:
        return columns
    lists = {role: columns.get(role) for role in ("fit", "interest")}
    moved = [
        name
        for listed in lists.values()
        if isinstance(listed, list | tuple)
        for name in listed
        if name in at_contact
    ]
    kept = {
        role: [name for name in listed if name not in moved]
        for role, listed in lists.items()
        if isinstance(listed, list | tuple)
    }
    return (
        {**columns, **kept, "hearing": [*(columns.get("hearing") or ()), *moved]}
        if moved
        else columns
    )
