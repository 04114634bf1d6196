"""A LightGBM model that somebody trained over the frame of features, rewritten for the spec.

Its features are found by name, and its categories by level: pandas numbers the levels of a frame, a
spec numbers its own. Nothing else of the model changes, so it says what it said. What no exact
contributions could be had for is refused, with what to do.
"""

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.errors import RefusedError
from features.spec import FIRST_LEVEL, OTHER, FeatureSpec
from propensity.concepts.wording import plain
from propensity.contributions.forest.compiled import MAX_FEATURES_ON_PATH, CompiledForest
from propensity.contributions.forest.model_text import (
    CATEGORICAL_BIT,
    ModelText,
    ModelTextError,
    Tree,
    parse_model_text,
)
from propensity.model.data_frames import other_level
from training.learn.learners.chosen import AxesMode
from training.learn.learners.dropped_features import NarrowedSpec, drop_features
from training.learn.learners.trees import FREE, Monotone

#: What LightGBM takes in no name.
_NOT_IN_A_NAME = re.compile(r'[\s",:\[\]{}]')
#: Features on the way to a leaf, at most: for a lead with a state that was not seen, a table asks
#: twice as much of each.
MOST_FEATURES = MAX_FEATURES_ON_PATH // 2
#: Why a feature is not read.
_UNREAD = "your own model does not read it"
#: So many names are told.
_NAMED = 10
_TAIL = (
    "end of trees\n\nfeature_importances:\n\nparameters:\nend of parameters\n\n"
    "pandas_categorical:null\n"
)

Levels = tuple[str, ...]


@dataclass(frozen=True)
class OwnBooster:
    """A booster as it was read.

    Attributes:
        model: Its trees, in its own numbers.
        levels: Levels of its categorical columns, in the order of the columns.
        ways: Per column the way in which it was held to act; empty where it was free.
    """

    model: ModelText
    levels: tuple[Levels, ...]
    ways: tuple[int, ...] = ()

    @property
    def leaves(self) -> int:
        """Leaves of all trees."""
        return sum(len(tree.leaf_value) for tree in self.model.trees)


def names_for_lightgbm(spec: FeatureSpec) -> list[str]:
    """The names of the features as LightGBM takes them: what it takes in no name is ``_``.

    Names that become alike get a mark of their own, which depends on nothing but the name.
    """
    plain = [_NOT_IN_A_NAME.sub("_", name) for name in spec.names]
    counts = Counter(plain)
    return [
        name if counts[name] == 1 else f"{name}_{zlib.crc32(whole.encode()):08x}"
        for name, whole in zip(plain, spec.names, strict=True)
    ]


def read_booster(text: str) -> OwnBooster:
    """Read the text of a booster.

    Raises:
        RefusedError: It is damaged, or its score is no sum of trees in log-odds.
    """
    if not text.startswith("tree\n"):  # no word of it is repeated: it may be a table of people
        raise RefusedError(
            "Your own model: expected the text that `booster.save_model` writes, whose first line"
            " is `tree`, got another text."
        )
    try:
        model = parse_model_text(text)
    except ModelTextError as error:
        raise RefusedError(f"Your own model cannot be served. {error}") from None
    header = _header_of(text)
    objective = header.get("objective", "none").strip()
    if objective != "binary sigmoid:1":
        raise RefusedError(
            "Your own model: expected the objective `binary`, whose raw score is the log-odds, got"
            f" {objective!r:.60}. Train it with objective=binary and without `sigmoid`."
        )
    if not model.trees:
        raise RefusedError("Your own model: expected at least one tree, got none.")
    ways = re.findall(r"-?\d+", header.get("monotone_constraints", ""))
    return OwnBooster(model, _pandas_levels(text), tuple(map(int, ways)))


def on_spec(
    own: OwnBooster, spec: FeatureSpec, *, axes: AxesMode, monotone: Monotone = FREE
) -> tuple[NarrowedSpec, str]:
    """The features that the booster reads, and its text for these.

    Args:
        own: The booster.
        spec: Features of the rows.
        axes: ``apart`` refuses trees that ask for features of both axes.
        monotone: Features that may act in one way only; it has to have been held to it.

    Raises:
        RefusedError: It reads what is no feature, reads a feature in another way, or no exact
            contributions can be had of it; the message says what to do.
    """
    places = _places(own, spec)
    _check_ways(own, spec, places, monotone)
    kept = {spec.names[place] for place in places}
    unread = tuple(name for name in spec.names if name not in kept)
    read = drop_features(spec, unread, reason=_UNREAD)
    number = {int(place): new for new, place in enumerate(read.kept)}
    column = [number[place] for place in places]
    _check_axes(own, read.spec, column, axes)
    _check_size(own)
    codes = _codes(own, read.spec, column)
    header = _written_header(own, column)
    blocks = [
        _written_tree(block, tree, column, codes)
        for block, tree in zip(own.model.blocks, own.model.trees, strict=True)
    ]
    sizes = " ".join(str(len(block)) for block in blocks)
    text = f"{header}\ntree_sizes={sizes}\n\n{''.join(blocks)}{_TAIL}"
    try:
        left_out = CompiledForest.compile([(text, 1.0)]).without_tables
    except ModelTextError as error:
        raise RefusedError(f"Your own model cannot be served. {error}") from None
    if left_out:
        raise RefusedError(
            f"Your own model: {left_out} of {len(own.model.trees)} trees are too large for the"
            " tables of exact contributions. Train it with a smaller max_depth or num_leaves."
        )
    return read, text


def _places(own: OwnBooster, spec: FeatureSpec) -> list[int]:
    """The place in the spec of each column of the booster."""
    known = {name: place for place, name in enumerate(names_for_lightgbm(spec))}
    known |= {name: place for place, name in enumerate(spec.names)}
    names = own.model.feature_names
    strange = [name for name in names if name not in known]
    if strange:
        more = f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else ""
        absent = [
            name
            for place, name in enumerate(names_for_lightgbm(spec))
            if place not in {known.get(each) for each in names}
        ]
        beside = (
            f" Features that it does not read: {', '.join(map(plain, absent[:_NAMED]))}"
            f"{f' and {len(absent) - _NAMED} more' if len(absent) > _NAMED else ''}."
            if absent
            else ""
        )
        raise RefusedError(
            f"Your own model reads {len(strange)} columns that are no features of this"
            f" configuration: {', '.join(map(plain, strange[:_NAMED]))}{more}.{beside} Train it on"
            " `propensity.features(config).X_for_lightgbm`, whose columns have the names to keep."
        )
    return [known[name] for name in names]


def _check_ways(
    own: OwnBooster, spec: FeatureSpec, places: Sequence[int], monotone: Monotone
) -> None:
    held = dict(zip(places, own.ways, strict=False))
    used = {places[column] for tree in own.model.trees for column in tree.split_feature.tolist()}
    free = [
        spec.names[place]
        for place in sorted(used)
        if monotone.get(place, 0) != 0 and held.get(place, 0) != monotone[place]
    ]
    if free:
        raise RefusedError(
            f"Your own model was not held to the way that was decided (action: monotone) of"
            f" {len(free)} features: {', '.join(map(plain, free[:_NAMED]))}. Train it with"
            " monotone_constraints for these, or take the decision back."
        )


def _check_axes(own: OwnBooster, spec: FeatureSpec, column: list[int], axes: AxesMode) -> None:
    if axes == "shared":
        return
    on = {place: feature.axis for place, feature in enumerate(spec.features)}
    mixed = sum(
        len({on[column[feature]] for feature in tree.split_feature.tolist()}) > 1
        for tree in own.model.trees
    )
    if mixed:
        raise RefusedError(
            f"Your own model: {mixed} of {len(own.model.trees)} trees ask for features of both"
            " axes, so that fit and interest could not be told apart. Train it with"
            " `interaction_constraints=found.interaction_constraints`, or say `learner: {axes:"
            " shared}`."
        )


def _check_size(own: OwnBooster) -> None:
    longest = max(_most_features(tree) for tree in own.model.trees)
    if longest > MOST_FEATURES:
        raise RefusedError(
            f"Your own model: a tree asks for {longest} different features on the way to a leaf;"
            f" the tables of exact contributions hold {MOST_FEATURES}. Train it with max_depth of"
            f" at most {MOST_FEATURES}."
        )


def _most_features(tree: Tree) -> int:
    """Different features on the way to a leaf, at most."""
    most, stack = 0, [(0, frozenset[int]())] if len(tree.split_feature) else []
    while stack:
        node, above = stack.pop()
        asked = above | {int(tree.split_feature[node])}
        most = max(most, len(asked))
        children = (int(tree.left_child[node]), int(tree.right_child[node]))
        stack += [(child, asked) for child in children if child >= 0]
    return most


def _codes(own: OwnBooster, spec: FeatureSpec, column: list[int]) -> list[dict[int, int]]:
    """Per column of the booster, the number of each of its levels to the code of the spec; empty of
    numbers.
    """
    categories = [place for place, new in enumerate(column) if spec.features[new].is_category]
    _check_kinds(own, spec, column)
    if len(categories) != len(own.levels):
        raise RefusedError(
            f"Your own model: expected the levels of {len(categories)} categories, got those of"
            f" {len(own.levels)}. Train it on a DataFrame whose categories are categorical, as"
            " `propensity.features(config).X_for_lightgbm` has them."
        )
    codes: list[dict[int, int]] = [{} for _ in column]
    for place, levels in zip(categories, own.levels, strict=True):
        feature = spec.features[column[place]]
        known = {level: FIRST_LEVEL + code for code, level in enumerate(feature.levels)}
        known[other_level(feature)] = OTHER
        codes[place] = {
            number: known[level] for number, level in enumerate(levels) if level in known
        }
        asked = {
            code
            for tree in own.model.trees
            for node in np.flatnonzero(tree.split_feature == place).tolist()
            for code in tree.category_sets[int(tree.threshold[node])]
        }
        strange = len(asked - codes[place].keys())
        if strange:
            raise RefusedError(
                f"Your own model asks whether {plain(feature.name)} is one of {strange} values that"
                " are no levels of this feature today. Train it anew on"
                " `propensity.features(config)`."
            )
    return codes


def _check_kinds(own: OwnBooster, spec: FeatureSpec, column: list[int]) -> None:
    """Refuse a category that is split as a number, and a number that is split by level."""
    for tree in own.model.trees:
        for place, kind in zip(
            tree.split_feature.tolist(), tree.decision_type.tolist(), strict=True
        ):
            feature = spec.features[column[place]]
            if bool(kind & CATEGORICAL_BIT) != feature.is_category:
                here = "a category" if feature.is_category else "a number"
                raise RefusedError(
                    f"Your own model reads {plain(feature.name)} in another way: here it is {here}."
                    " Train it on `propensity.features(config).X_for_lightgbm`, where categories"
                    " are categorical."
                )


def _written_header(own: OwnBooster, column: Sequence[int]) -> str:
    infos = ["none"] * len(column)
    told = _header_of(own.model.header).get("feature_infos", "").split(" ")
    for place, info in zip(column, told, strict=False):
        infos[place] = info if info.startswith("[") else "none"
    changed = {
        "feature_infos": " ".join(infos),
        "feature_names": " ".join(f"f{place}" for place in range(len(column))),
    }
    gone = ("tree_sizes=", "monotone_constraints=")
    lines = [line for line in _lines(own.model.header, changed) if not line.startswith(gone)]
    return "\n".join(lines).rstrip("\n")


def _written_tree(
    block: str, tree: Tree, column: Sequence[int], codes: Sequence[Mapping[int, int]]
) -> str:
    """The block of a tree in the numbers of the spec."""
    changed = {"split_feature": " ".join(str(column[old]) for old in tree.split_feature.tolist())}
    if tree.category_sets:
        asks = {
            int(tree.threshold[node]): int(tree.split_feature[node])
            for node in np.flatnonzero(tree.decision_type & CATEGORICAL_BIT).tolist()
        }
        words = [
            _bits(sorted(codes[asks[number]][code] for code in found) if number in asks else [])
            for number, found in enumerate(tree.category_sets)
        ]
        bounds = np.cumsum([0, *map(len, words)]).tolist()
        changed["cat_boundaries"] = " ".join(map(str, bounds))
        changed["cat_threshold"] = " ".join(str(word) for each in words for word in each)
    return "\n".join(_lines(block, changed))


def _lines(block: str, changed: Mapping[str, str]) -> Iterator[str]:
    for line in block.split("\n"):
        key, equals, _ = line.partition("=")
        yield f"{key}={changed[key]}" if equals and key in changed else line


def _bits(codes: Sequence[int]) -> list[int]:
    """The codes as LightGBM writes a set: a bit for each, in words of 32."""
    words = [0] * (max(codes, default=0) // 32 + 1)
    for code in codes:
        words[code // 32] |= 1 << code % 32
    return words


def _header_of(text: str) -> dict[str, str]:
    head = text.partition("\n\n")[0]
    return dict(line.split("=", 1) for line in head.split("\n") if "=" in line)


def _pandas_levels(text: str) -> tuple[Levels, ...]:
    """The levels that pandas had, as LightGBM notes them in the last line."""
    found = re.search(r"^pandas_categorical:(.*)$", text, re.MULTILINE)
    try:
        told = json.loads(found.group(1)) if found else None
        return tuple(tuple(map(str, levels)) for levels in told or ())
    except (ValueError, TypeError):
        raise RefusedError(
            "Your own model: the line pandas_categorical: of its text cannot be read; the file is"
            " damaged. Save it again with `booster.save_model`."
        ) from None
