"""The sections of the configuration that speak of learning, judging and serving."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from features.settings import Days, StrictModel
from propensity.config.crm import CrmSettings, refuse_equal_names
from propensity.config.leak_limits import LeakLimits
from propensity.config.lightgbm_parameters import (
    ALLOWED,
    OWN_KEYS,
    REASONS,
    Value,
    canonical_name,
    checked,
)
from propensity.config.registry_tags import RegistryTags

Order = Literal["time", "rows", "rows_newest_first", "random"]


class GoalSettings(StrictModel):
    """What is learned.

    Attributes:
        stage: ``won``, or a stage named in ``outcomes.stages``.
        horizon_days: Days after the as-of within which the goal counts as reached.
    """

    stage: str = "won"
    horizon_days: Days


class SnapshotsSettings(StrictModel):
    """The past as-ofs that training learns from.

    Attributes:
        every_days: Days from one look at a lead to the next, counted back from the newest mature
            day. Each lead (account) has days of its own, so that every day of this many is looked
            at with as many leads.
        test_days: Newest mature days kept for the test, lengthened to whole rounds of
            ``every_days`` where that leaves enough to learn from; default two horizons, at most a
            fifth of the mature days.
        max_rows: Rows trained on; beyond it all wins are kept and the rest is sampled, with
            weights.
    """

    every_days: Days
    test_days: Days | None = None
    max_rows: Annotated[int, Field(ge=1000)] = 1_000_000


#: What may stand in the tournament, the simplest first.
ContestantName = Literal["linear", "spline", "lightgbm", "extra trees", "bag", "blend"]


class Recency(StrictModel):
    """How old history counts; one of the two.

    Attributes:
        window_days: Rows older than this, counted back from the newest, are left out of what the
            learner sees.
        half_life_days: A row so many days older than the newest counts half.
    """

    window_days: Days | None = None
    half_life_days: Days | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.window_days is None) == (self.half_life_days is None):
            raise ValueError(
                "expected either window_days or half_life_days, as in `recency: {window_days: 365}`"
            )
        return self


#: Folds of the cross-fit, on whose scores calibration is fitted, and whose models a bag averages.
FOLDS = 5


#: Trees of one model that can be asked for: more is slow to explain.
MOST_TREES = 2000


class LearnerSettings(StrictModel):
    """The learner: what stands in the tournament, and how.

    Attributes:
        axes: ``apart`` keeps every tree on one axis; ``shared`` lets trees mix fit and interest.
        contestants: What may win.
        trials: Parameters tried beside those written here; 0 takes them as written.
        bags: Seeds of a bag: each adds one model per fold of the cross-fit.
        most_leaves: Number of leaves of the served model, all its trees together.
        budget_minutes: Time after which no more is tried; the model is then marked as not
            reproducible.
        recency: How old history counts; ``auto`` finds it on later leads.
        selection: ``reweight`` learns from leads that were handed over, each weighed by the chance
            that it was; ``as_is`` from all, whoever was called.
        clocks: Columns whose values tell the time: ``auto`` drops them where later leads are then
            judged better.
        depth: Depth of the trees, at most.
        leaves: Leaves of a tree, at most.
        learning_rate: Shrinkage per tree.
        max_trees: Trees of one model, at most; the count is chosen on later folds of the training
            part.
        min_leaf_rows: Rows a leaf needs.
        params: LightGBM's parameters by its own names, for all trees; what stands here is not
            tuned.
        seed: Seed of everything random.
    """

    axes: Literal["apart", "shared"] = "apart"
    contestants: Annotated[tuple[ContestantName, ...], Field(min_length=1)] = (
        "linear",
        "spline",
        "lightgbm",
        "extra trees",
        "bag",
        "blend",
    )
    trials: Annotated[int, Field(ge=0, le=1000)] = 8
    bags: Annotated[int, Field(ge=1, le=20)] = 1
    most_leaves: Annotated[int, Field(ge=64)] = 100_000
    budget_minutes: Annotated[float, Field(gt=0)] | None = None
    recency: Literal["auto", "all"] | Recency = "auto"
    selection: Literal["as_is", "reweight"] = "as_is"
    clocks: Literal["auto", "keep", "drop"] = "auto"
    depth: Annotated[int, Field(ge=1, le=6)] = 4
    leaves: Annotated[int, Field(ge=2, le=64)] = 16
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.05
    max_trees: Annotated[int, Field(ge=1, le=MOST_TREES)] = 1500
    min_leaf_rows: Annotated[int, Field(ge=1)] = 50
    params: dict[str, Value] = Field(default_factory=dict)
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="before")
    @classmethod
    def _under_params(cls, written: object) -> object:
        """A parameter of LightGBM directly under ``learner:`` is told its place."""
        strange = (
            [str(key) for key in written if key not in cls.model_fields]
            if isinstance(written, Mapping)
            else []
        )
        known = [key for key in strange if canonical_name(key) in {*ALLOWED, *REASONS}]
        if known:
            raise ValueError(
                f"{', '.join(known)}: LightGBM's own parameters go under params:, as in `learner:"
                f" {{params: {{{known[0]}: …}}}}`"
            )
        return written

    @field_validator("params", mode="before")
    @classmethod
    def _known_to_lightgbm(cls, written: object) -> dict[str, Value]:
        return checked(written)

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        for name, key in OWN_KEYS.items():
            own, default = getattr(self, key), type(self).model_fields[key].default
            if name in self.params and own not in (default, self.params[name]):
                raise ValueError(
                    f"{key}: {own} and params: {{{name}: {self.params[name]}}} say the same thing"
                    " twice; write one of them"
                )
        return self

    @model_validator(mode="after")
    def _room_for_a_bag(self) -> Self:
        leaves = int(self.params.get("num_leaves", 2))  # a tree has two leaves at least
        least = leaves * FOLDS * self.bags
        if self.most_leaves < least:
            each = "two" if leaves == 2 else str(leaves)
            raise ValueError(
                f"expected most_leaves of at least {least}, {each} for every model of a bag with"
                f" bags: {self.bags}, got {self.most_leaves}"
            )
        return self


class GateSettings(StrictModel):
    """What a challenger has to show before it may take the champion's place.

    Attributes:
        confidence: Confidence of the one-sided intervals, over all looks at the same closes
            together: that the log loss gains (or is no worse), and that captured wins do not
            suffer.
        noninferiority_margin: A new model of the champion's own recipe may lose this share of what
            the champion gains in log loss over the close rate.
        past_quarters: Past quarters (``backtest.every_days``) at which such a recipe retrained
            meets the one kept, beside the newest rows; each takes one or two fits more.
        captured_margin: Wins captured at capacity may be lower by this share of all wins at most.
        capacity_share: Share of the leads that sales can work, where no definition draws a line.
        alarm: Chance, at most, that one of the checks which fail only beyond noise fails although
            nothing is broken: the order of the tenths, calibration, segments.
        calibration_tolerance: Calibration is broken beyond this: log-odds of the level, and of the
            slope around 1.
        resamples: Draws of the bootstrap.
        same_recipe: Whether the recipe is fitted once more with another seed, to tell which grades
            change although nothing changed; takes one more refit.
    """

    confidence: Annotated[float, Field(ge=0.8, lt=1)] = 0.95
    noninferiority_margin: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    past_quarters: Annotated[int, Field(ge=0, le=12)] = 2
    captured_margin: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    capacity_share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    alarm: Annotated[float, Field(gt=0, le=0.2)] = 0.01
    calibration_tolerance: Annotated[float, Field(ge=0)] = 0.2
    resamples: Annotated[int, Field(ge=200, le=100_000)] = 1000
    same_recipe: bool = False


class SplitSettings(StrictModel):
    """How a flat table is split.

    Attributes:
        order: ``time`` (needs ``columns.time``), ``rows`` (oldest row first),
            ``rows_newest_first``, or ``random`` where there is no time at all.
        test_share: Share of the newest rows (or random leads) kept for the test.
    """

    order: Order
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.2


class RegistrySettings(StrictModel):
    """Where models are kept.

    Attributes:
        uri: MLflow tracking URI; an SQLite file beside the config by default.
        model: Registered model name; default the config's ``name``.
        tags: Tags of every run and version that is registered, as MLflow's page shows them.
    """

    uri: str | None = None
    model: str | None = None
    tags: RegistryTags = Field(default_factory=dict)


class InputCheckSettings(StrictModel):
    """Beyond what the input of a scoring is told to differ from that of the training.

    Attributes:
        stale_days: Days that the newest fact may lie before the as-of.
        unmatched: Share of a table's rows that may belong to no lead.
        stability: Population stability index of a column's or an event type's values; 0.25 is
            where practice speaks of a shift.
        skill: Share of the model that a column or event type has to carry for its loss to stop the
            scoring; less is told.
        appeared: Share of the active leads that may have an event type that training did not know.
        volume: Share by which the events per lead may lie below those of training; above, the same
            factor.
    """

    stale_days: Annotated[int, Field(ge=0, le=3660)] = 7
    unmatched: Annotated[float, Field(gt=0, le=1)] = 0.5
    stability: Annotated[float, Field(gt=0)] = 0.25
    skill: Annotated[float, Field(gt=0, le=1)] = 0.1
    appeared: Annotated[float, Field(ge=0, le=1)] = 0.05
    volume: Annotated[float, Field(gt=0, lt=1)] = 0.3


class DatabaseOutput(StrictModel):
    """A table of a database that takes the scores too.

    Attributes:
        url: SQLAlchemy URL, or ``duckdb:///FILE``; ``${NAME}`` is taken from the environment.
        table: Name of the table, with its schema as ``schema.table``; it is created if need be. The
            view of the same name with ``_newest`` shows the newest night.
        keep_days: Days before the newest night whose nights are kept; default all.
    """

    url: Annotated[str, Field(min_length=1)]
    table: Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)?$")] = "propensity_scores"
    keep_days: Annotated[int, Field(ge=1, le=36_600)] | None = None


class OutputSettings(StrictModel):
    """Where scores go.

    Attributes:
        path: Scored file, ``.parquet`` or ``.csv``.
        quarantine: Folder for rows that could not be used, with their reasons.
        reasons: Reasons for, and reasons against, at most.
        readable_by: Who on the machine may read what holds leads: scored files and quarantine.
        database: A table that takes the scores too.
    """

    path: str = "scored.parquet"
    quarantine: str = "quarantine"
    reasons: Annotated[int, Field(ge=1, le=5)] = 5
    readable_by: Literal["owner", "group", "everyone"] = "owner"
    database: DatabaseOutput | None = None

    @property
    def mode(self) -> int:
        """Rights of a file that holds leads."""
        return {"owner": 0o600, "group": 0o640, "everyone": 0o644}[self.readable_by]


class LedgerSettings(StrictModel):
    """Where hand-overs are remembered.

    Attributes:
        url: SQLAlchemy URL of an SQLite file or a PostgreSQL database; ``${NAME}`` is taken from
            the environment. Default an SQLite file beside the registry's.
    """

    url: Annotated[str, Field(min_length=1)] | None = None


class NightlySettings(StrictModel):
    """What a night writes.

    Attributes:
        folder: Folder with a folder for each night: the scored file, and the lists people work
            from.
        overrides: File of what people decided of single leads: lead_id, decision (hand over or
            hold), because, by, and optionally episode and until.
        crm: Files that other systems import.
        person: Carried column that names the salesperson; the page of a team is grouped by it.
            Default ``audit.salesperson``, where that is carried.
    """

    folder: Annotated[str, Field(min_length=1)] = "nights"
    overrides: Annotated[str, Field(min_length=1)] | None = None
    crm: tuple[CrmSettings, ...] = ()
    person: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        refuse_equal_names(self.crm)
        return self


class MonitorSettings(StrictModel):
    """What `propensity monitor` reads beside the nights.

    Attributes:
        threshold: What `propensity threshold --json` wrote: what the line promised.
        audit: What `propensity audit --json` wrote: how many more closes would help.
        kept: Share of the promises of sales that has to be kept; below it somebody should look.
    """

    threshold: Annotated[str, Field(min_length=1)] = "threshold.json"
    audit: Annotated[str, Field(min_length=1)] = "audit.json"
    kept: Annotated[float, Field(gt=0, lt=1)] = 0.8


class TwoStep(StrictModel):
    """An action in two steps, judged on those who took the first.

    Attributes:
        first: Kind of behaviour that comes first, such as ``webinar registered``.
        then: Kind of behaviour that may follow, such as ``webinar attended``.
    """

    first: Annotated[str, Field(min_length=1)]
    then: Annotated[str, Field(min_length=1)]


class ClosedLoopSettings(StrictModel):
    """The close rates of actions.

    Attributes:
        window_days: Days before an as-of in which an action counts as done.
        multiple: An action is proposed as evidence for an MQL from this many times the average.
        two_step: Actions with a denominator of their own.
        top_share: Share of the leads above the line at which the points table is compared with the
            model.
    """

    window_days: Days = 30
    multiple: Annotated[float, Field(gt=1)] = 3.0
    two_step: tuple[TwoStep, ...] = ()
    top_share: Annotated[float, Field(gt=0, lt=1)] = 0.2


class BacktestSettings(StrictModel):
    """Past quarters replayed, each as if it were today.

    Attributes:
        every_days: Local days of a quarter; also of the quarters in which close rates are compared.
        blocks: Parts of equally many rows that stand for quarters where a flat table has no days.
        least_wins: Wins, and others, that a quarter needs to judge, and its model to learn from.
        follow: Quarters that a model is followed for, its first one included; 1 for none after
            that.
    """

    every_days: Days = 91
    blocks: Annotated[int, Field(ge=3, le=100)] = 10
    least_wins: Annotated[int, Field(ge=10)] = 20
    follow: Annotated[int, Field(ge=1, le=12)] = 4


class CalibrationSettings(StrictModel):
    """How chances are brought to the close rate.

    Attributes:
        expected_close_rate: Share of the open leads that somebody expects to reach the goal from
            now on, 0..1: the mean chance of the newest mature quarter is moved there. Default: the
            chances stay as the outcomes taught them.
        level: ``newest`` moves all chances where the newest outcomes lie beyond noise from what the
            model expects, looks whose horizon is not over counting by the wins due by now;
            ``mature`` leaves the level to the rows that teach. Without a horizon nothing moves, nor
            where a close rate is expected or rows are reweighted.
    """

    expected_close_rate: Annotated[float, Field(gt=0, lt=1)] | None = None
    level: Literal["newest", "mature"] = "newest"


class AuditSettings(StrictModel):
    """From where on the audit of the data speaks up.

    The limits on wins follow from how well so few can judge. An AUC of .75 has, on W wins and many
    more losses, a standard error of .19 / sqrt(W) (Hanley and McNeil 1982), and about a fifth of
    the wins judges: with 40 wins the AUC is known to within .13 (95 %), with 120 to within .08,
    with 500 to within .04.

    Attributes:
        least_wins: Red below. Such a test cannot tell a good model (.75) from a poor one (.62).
        weak_wins: Strongly amber below. A model can be told from chance, but hardly from a better
            or worse one.
        good_wins: Amber below, green from here. What is left unknown is less than what models
            differ by.
        least_losses: Red below: leads that had the time to be won and were not. As the wins, by
            symmetry.
        months: Amber below: mature months that saw less than a year do not know how the seasons
            differ.
        seen_wins: Amber below: share of the wins that some snapshot saw coming.
        useful_gain: Gain in ROC AUC from which on a model is of use: .05 above chance puts 25 of
            100 wins into the best fifth of the leads instead of 20. A gain whose interval ends
            below it is none, and red; one whose interval holds both it and 0 is not shown yet, and
            amber.
        segments: Lead columns for whose values wins and losses are counted apart.
        salesperson: Lead column that says who works the lead.
        people: Who work the leads; default the different values of ``salesperson`` in the last
            quarter.
        by_eye: New leads per person and week up to which each one can be looked at by eye.
        mql_events: Patterns of event types by which marketing itself declares a lead an MQL.
        bulk_share: Amber from here: share of all closes that were booked on one day.
        carried_share: Amber from here: share of the wins that one account or salesperson carries.
        leaks: Limits of the leakage firewall.
    """

    least_wins: Annotated[int, Field(ge=10)] = 40
    weak_wins: Annotated[int, Field(ge=10)] = 120
    good_wins: Annotated[int, Field(ge=10)] = 500
    least_losses: Annotated[int, Field(ge=10)] = 40
    months: Annotated[int, Field(ge=0, le=120)] = 12
    seen_wins: Annotated[float, Field(ge=0, le=1)] = 0.8
    useful_gain: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    segments: tuple[str, ...] = ()
    salesperson: Annotated[str, Field(min_length=1)] | None = None
    people: Annotated[int, Field(ge=1)] | None = None
    by_eye: Annotated[float, Field(gt=0)] = 10.0
    mql_events: tuple[str, ...] = ()
    bulk_share: Annotated[float, Field(gt=0, le=1)] = 0.1
    carried_share: Annotated[float, Field(gt=0, le=1)] = 0.3
    leaks: LeakLimits = LeakLimits()

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if not self.least_wins <= self.weak_wins <= self.good_wins:
            raise ValueError(
                "expected least_wins <= weak_wins <= good_wins, got "
                f"{self.least_wins}, {self.weak_wins} and {self.good_wins}"
            )
        return self
