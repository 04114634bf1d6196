"""What the recipe decided on: everything that is needed to carry it out again on other rows."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, ValidationError

from features.settings import StrictModel
from propensity.config.lightgbm_parameters import OWN_KEYS, Value
from propensity.config.sections import FOLDS, LearnerSettings

Unit = Literal["days", "rows"]
AxesMode = Literal["apart", "shared"]

#: LightGBM's name of what trees are like, to the attribute here.
_ATTRIBUTE = {
    **OWN_KEYS,
    "feature_fraction": "feature_fraction",
    "lambda_l2": "l2",
    "max_cat_to_onehot": "levels_apart",
}


def _named(params: Mapping[str, Value]) -> dict[str, Any]:
    """What stands in LightGBM's parameters, by the attributes of ``Trees``."""
    return {attribute: params[name] for name, attribute in _ATTRIBUTE.items() if name in params}


class Trees(StrictModel):
    """A LightGBM model, or a bag of such models.

    Attributes:
        kind: ``extra trees`` draws the border of every split at random (Geurts et al. 2006).
        weight: Share in the raw score.
        bags: 0 for one model of all rows; else the models of the cross-fit are averaged, each fold
            with so many seeds.
        trees: Number of trees of each model.
        depth: Depth of the trees, at most.
        leaves: Leaves of a tree, at most.
        learning_rate: Shrinkage per tree.
        min_leaf_rows: Rows a leaf needs.
        feature_fraction: Share of the features drawn for a tree.
        l2: Ridge penalty on the leaves' values.
        levels_apart: A split on a category of up to so many levels sets one level apart from the
            rest; on one of more, a group of levels.
        params: LightGBM's parameters as somebody wrote them; they hold, whatever else is tried.
    """

    kind: Literal["lightgbm", "extra trees"] = "lightgbm"
    weight: float = 1.0
    bags: Annotated[int, Field(ge=0)] = 0
    trees: Annotated[int, Field(ge=1)] = 1
    depth: int
    leaves: int
    learning_rate: float
    min_leaf_rows: int
    feature_fraction: float = 0.5
    l2: float = 10.0
    levels_apart: int = 64
    params: dict[str, Value] = Field(default_factory=dict)

    @classmethod
    def of(cls, learner: LearnerSettings, **changes: Any) -> Self:  # noqa: ANN401 — any attribute
        """The parameters as written in the configuration."""
        written = {
            name: getattr(learner, name)
            for name in ("depth", "leaves", "learning_rate", "min_leaf_rows")
        }
        return cls(**{**written, **changes, **_named(learner.params), "params": learner.params})

    @classmethod
    def with_params(cls, params: Mapping[str, Value], *, trees: int) -> Self:
        """So many trees with LightGBM's own parameters, among them all that trees are like here."""
        return cls(trees=trees, params=dict(params), **_named(params))

    @property
    def fixed(self) -> frozenset[str]:
        """The attributes that stand in ``params``, which nothing that is tried may change."""
        return frozenset(_ATTRIBUTE[name] for name in self.params if name in _ATTRIBUTE)

    def trying(self, changes: Mapping[str, Any]) -> Self:
        """The same with other attributes, as far as they are not fixed."""
        return self.model_copy(
            update={name: value for name, value in changes.items() if name not in self.fixed}
        )

    @property
    def models(self) -> int:
        """LightGBM models that are served."""
        return max(1, FOLDS * self.bags)

    @property
    def most_leaves(self) -> int:
        """Leaves of all served trees together, at most."""
        return self.models * self.trees * min(self.leaves, 1 << self.depth)

    def with_trees(self, trees: int) -> Self:
        """The same with another number of trees."""
        return self.model_copy(update={"trees": trees})

    def in_bags(self, bags: int) -> Self:
        """The same as a bag with so many models per fold."""
        return self.model_copy(update={"bags": bags})

    def weighing(self, weight: float) -> Self:
        """The same with another share in the raw score."""
        return self.model_copy(update={"weight": weight})


class Spline(StrictModel):
    """A spline logistic regression.

    Attributes:
        kind: Always ``spline``.
        weight: Share in the raw score.
        strength: Strength of its ridge penalty.
    """

    kind: Literal["spline"] = "spline"
    weight: float = 1.0
    strength: Annotated[float, Field(gt=0)] = 1.0

    @property
    def most_leaves(self) -> int:
        """None: its terms are read off a line."""
        return 0

    def weighing(self, weight: float) -> Self:
        """The same with another share in the raw score."""
        return self.model_copy(update={"weight": weight})


class Linear(StrictModel):
    """A plain logistic regression.

    Attributes:
        kind: Always ``linear``.
        weight: Share in the raw score.
    """

    kind: Literal["linear"] = "linear"
    weight: float = 1.0

    @property
    def most_leaves(self) -> int:
        """None: its terms are lines."""
        return 0

    def weighing(self, weight: float) -> Self:
        """The same with another share in the raw score."""
        return self.model_copy(update={"weight": weight})


class OwnLinear(StrictModel):
    """A linear model of scikit-learn that somebody brought, as data: it can be fitted again.

    Attributes:
        kind: Always ``own linear``.
        weight: Share in the raw score.
        estimator: Its class and parameters; see ``training.learn.learners.scikit_learn``.
    """

    kind: Literal["own linear"] = "own linear"
    weight: float = 1.0
    estimator: JsonValue

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes that it is made of."""
        return tuple(_classes(self.estimator))

    @property
    def most_leaves(self) -> int:
        """None: its terms are lines."""
        return 0

    def weighing(self, weight: float) -> Self:
        """The same with another share in the raw score."""
        return self.model_copy(update={"weight": weight})


def _classes(described: JsonValue) -> Iterator[str]:
    """The names of the classes in a described model, the outermost first."""
    if isinstance(described, dict):
        if "class" in described:
            yield str(described["class"])
        for value in described.values():
            yield from _classes(value)
    elif isinstance(described, list):
        for value in described:
            yield from _classes(value)


class OwnFitted(StrictModel):
    """A model that somebody fitted elsewhere, which cannot be fitted again.

    Attributes:
        kind: Always ``own fitted``.
        weight: Share in the raw score.
        what: A ``booster`` of LightGBM, or a ``linear`` model of scikit-learn.
        trained_until: The day before which it saw what became of leads.
        sha256: SHA-256 of what it says.
        trees: Number of its trees.
        leaves: Leaves of all its trees.
        model: The text of the booster, or the model itself; stored nowhere: the members are.
    """

    kind: Literal["own fitted"] = "own fitted"
    weight: float = 1.0
    what: Literal["booster", "linear"]
    trained_until: date
    sha256: str
    trees: int = 0
    leaves: int = 0
    model: Any = Field(default=None, exclude=True, repr=False)

    @property
    def most_leaves(self) -> int:
        """Leaves of all its trees."""
        return self.leaves

    def weighing(self, weight: float) -> Self:
        """The same with another share in the raw score."""
        return self.model_copy(update={"weight": weight})


LearnerPart = Annotated[
    Trees | Spline | Linear | OwnLinear | OwnFitted, Field(discriminator="kind")
]

#: The contestant's name of what somebody brought.
OWN_MODEL = "own model"


class HistoryWeighting(StrictModel):
    """How old history counts, in the unit that orders the rows.

    Attributes:
        how: ``all`` alike; a ``window`` of the newest; or half as much for each ``half_life``.
        length: Length of the window or the half-life.
        unit: ``days``, or ``rows`` where only the order of rows is known.
    """

    how: Literal["all", "window", "half_life"] = "all"
    length: Annotated[float, Field(ge=0)] = 0.0
    unit: Unit = "days"


#: All history alike.
EVERYTHING = HistoryWeighting()


class RecipeChoices(StrictModel):
    """The recipe's choices, stored with the model as ``facts["recipe"]``.

    Attributes:
        contestant: Who won.
        axes: ``apart`` or ``shared``.
        parts: Parts of the sum.
        past: How old history counts.
        dropped: Names of features left out because they tell the time.
        trials: Parameters that were tried beside those written.
        cut: Whether the time ran out before everything was tried: another run may choose otherwise.
    """

    contestant: str
    axes: AxesMode = "apart"
    parts: Annotated[tuple[LearnerPart, ...], Field(min_length=1)]
    past: HistoryWeighting = EVERYTHING
    dropped: tuple[str, ...] = ()
    trials: int = 0
    cut: bool = False

    @classmethod
    def plain(cls, learner: LearnerSettings, *, trees: int) -> "RecipeChoices":
        """One LightGBM model as written in the configuration, of all history and all columns."""
        return cls(
            contestant="lightgbm", axes=learner.axes, parts=(Trees.of(learner, trees=trees),)
        )

    @classmethod
    def stored_in(cls, facts: Mapping[str, Any]) -> "RecipeChoices | None":
        """What a model's facts say; None where they say nothing that this version understands."""
        try:
            return cls.model_validate(facts["recipe"]) if "recipe" in facts else None
        except ValidationError:
            return None

    def stored(self) -> dict[str, Any]:
        """JSON-ready."""
        return self.model_dump(mode="json")

    @property
    def trees(self) -> int:
        """Trees of all served models together."""
        own = sum(part.trees for part in self.parts if isinstance(part, OwnFitted))
        return own + sum(part.models * part.trees for part in self.parts if isinstance(part, Trees))

    @property
    def fitted_elsewhere(self) -> OwnFitted | None:
        """The model that somebody fitted elsewhere, if it is that."""
        return next((part for part in self.parts if isinstance(part, OwnFitted)), None)

    @property
    def own(self) -> tuple[dict[str, Any], ...]:
        """What somebody brought, JSON-ready; nothing where the tournament chose."""
        return tuple(self.stored()["parts"]) if self.contestant == OWN_MODEL else ()

    @property
    def most_leaves(self) -> int:
        """Leaves of all served trees together, at most."""
        return sum(part.most_leaves for part in self.parts)

    @property
    def params(self) -> str:
        """LightGBM's parameters as somebody wrote them, for people; empty where there are none."""
        trees = next((part for part in self.parts if isinstance(part, Trees)), None)
        written = trees.params.items() if trees else ()
        return ", ".join(f"{name} {value}" for name, value in written)
