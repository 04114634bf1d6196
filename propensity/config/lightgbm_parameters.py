"""LightGBM's parameters by their own names: which may be written, and why the others may not.

What may be written leaves three promises whole: the score is one sum in log-odds, its contributions
are exact, and the same data give the same bits. LightGBM itself says which names there are, and
which are aliases of others.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf, isfinite
from types import MappingProxyType
from typing import Literal

Value = bool | int | float


@dataclass(frozen=True)
class AllowedParameter:
    """What a parameter may be.

    Attributes:
        kind: ``whole`` number, ``number``, or ``truth`` value.
        least: The smallest value.
        most: The greatest value.
        above: Whether the smallest value itself is too small.
        why: Why not more; empty where LightGBM itself sets the limits.
    """

    kind: Literal["whole", "number", "truth"]
    least: float = 0.0
    most: float = inf
    above: bool = False
    why: str = ""

    @property
    def expected(self) -> str:
        """What is expected, in words."""
        if self.kind == "truth":
            return "true or false"
        named = "a whole number" if self.kind == "whole" else "a number"
        start = f"above {self.least:g}" if self.above else f"of at least {self.least:g}"
        end = f" and at most {self.most:g}" if self.most < inf else ""
        return f"{named} {start}{end}"

    def value(self, written: object) -> Value | None:
        """The value as it is handed on; None where it is not what is expected."""
        if self.kind == "truth" or isinstance(written, bool):
            return written if self.kind == "truth" and isinstance(written, bool) else None
        if not isinstance(written, int | float) or not isfinite(written):
            return None
        if self.kind == "whole" and written != int(written):
            return None
        small = written <= self.least if self.above else written < self.least
        if small or written > self.most:
            return None
        return int(written) if self.kind == "whole" else float(written)


_SHARE = AllowedParameter("number", 0.0, 1.0, above=True)
_FROM_ZERO = AllowedParameter("number")
_FROM_ONE = AllowedParameter("whole", 1)
_TABLES = "the tables of exact contributions double with every decision on a lead's way"

ALLOWED: Mapping[str, AllowedParameter] = MappingProxyType(
    {
        "num_leaves": AllowedParameter("whole", 2, 64, why=_TABLES),
        "max_depth": AllowedParameter("whole", 1, 6, why=_TABLES),
        "learning_rate": _SHARE,
        "min_data_in_leaf": _FROM_ONE,
        "min_sum_hessian_in_leaf": _FROM_ZERO,
        "min_gain_to_split": _FROM_ZERO,
        "max_delta_step": _FROM_ZERO,
        "lambda_l1": _FROM_ZERO,
        "lambda_l2": _FROM_ZERO,
        "path_smooth": _FROM_ZERO,
        "feature_fraction": _SHARE,
        "feature_fraction_bynode": _SHARE,
        "bagging_fraction": _SHARE,
        "bagging_freq": AllowedParameter("whole"),
        "scale_pos_weight": AllowedParameter("number", above=True),
        "boost_from_average": AllowedParameter("truth"),
        "cat_smooth": _FROM_ZERO,
        "cat_l2": _FROM_ZERO,
        "max_cat_threshold": _FROM_ONE,
        "max_cat_to_onehot": _FROM_ONE,
        "min_data_per_group": _FROM_ONE,
        "max_bin": AllowedParameter(
            "whole", 2, 4095, why="all borders of a feature together have to fit into 16 bits"
        ),
        "min_data_in_bin": _FROM_ONE,
        "bin_construct_sample_cnt": _FROM_ONE,
    }
)

#: Of those that ``learner:`` has under a name of its own.
OWN_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "num_leaves": "leaves",
        "max_depth": "depth",
        "learning_rate": "learning_rate",
        "min_data_in_leaf": "min_leaf_rows",
    }
)

#: Names that are refused, with the reason.
_REFUSED: tuple[tuple[str, str], ...] = (
    ("objective", "it is always binary: its raw score is the log-odds of which everything is told"),
    (
        "num_class objective_seed reg_sqrt alpha fair_c poisson_max_delta_step"
        " tweedie_variance_power lambdarank_truncation_level lambdarank_norm label_gain"
        " lambdarank_position_bias_regularization",
        "it belongs to another objective; here it is always binary",
    ),
    ("sigmoid", "with another slope the raw score would be no log-odds"),
    (
        "is_unbalance",
        "it weighs wins by a number that nobody sees; write that number as scale_pos_weight",
    ),
    (
        "boosting drop_rate max_drop skip_drop xgboost_dart_mode uniform_drop drop_seed",
        "it is always gbdt: rf averages its trees, and dart weighs earlier ones anew, so that the"
        " number of trees could not be found on later leads",
    ),
    (
        "data_sample_strategy top_rate other_rate pos_bagging_fraction neg_bagging_fraction"
        " bagging_by_query",
        "contributions are shared out by how many rows went which way, and such a sample holds"
        " other rows than the population; bagging_fraction draws evenly",
    ),
    (
        "linear_tree linear_lambda",
        "exact contributions are looked up, which needs one value for each leaf",
    ),
    (
        "interaction_constraints",
        "the axes stay apart by it; `learner: {axes: shared}` lets trees mix them",
    ),
    (
        "monotone_constraints monotone_constraints_method monotone_penalty",
        "ways are decided by column or event type, in decisions.yaml (`action: monotone`)",
    ),
    (
        "num_iterations early_stopping_round early_stopping_min_delta first_metric_only",
        "the number of trees is found on later leads, up to learner.max_trees",
    ),
    (
        "extra_trees extra_seed",
        "it is a contestant of its own: `learner: {contestants: [extra trees]}`",
    ),
    (
        "seed bagging_seed feature_fraction_seed data_random_seed",
        "learner.seed is the seed of everything random",
    ),
    (
        "deterministic force_col_wise force_row_wise histogram_pool_size num_threads tree_learner"
        " top_k device_type num_gpu gpu_platform_id gpu_device_id gpu_device_id_list gpu_use_dp"
        " num_machines local_listen_port time_out machine_list_filename machines",
        "the same data have to give the same bits on every machine and any number of threads",
    ),
    (
        "use_quantized_grad num_grad_quant_bins quant_train_renew_leaf stochastic_rounding",
        "gradients that are rounded at random sum up to other bits",
    ),
    (
        "metric metric_freq is_provide_training_metric eval_at multi_error_top_k auc_mu_weights",
        "later leads judge, by log loss after calibration",
    ),
    ("use_missing", "a missing value would be read as a zero that somebody counted"),
    ("zero_as_missing", "a zero that somebody counted would be read as a missing value"),
    (
        "categorical_feature ignore_column max_bin_by_feature feature_contri"
        " cegb_penalty_feature_lazy cegb_penalty_feature_coupled",
        "it names features by their number, which changes with the data; columns are left out in"
        " decisions.yaml (`action: drop`)",
    ),
    (
        "cegb_tradeoff cegb_penalty_split",
        "it weighs what a feature costs to fetch, and here all are built in one go",
    ),
    (
        "forcedsplits_filename forcedbins_filename parser_config_file",
        "it is a file, which the model in the registry would not hold",
    ),
    ("refit_decay_rate", "old history counts by learner.recency"),
    (
        "config task data valid header label_column weight_column group_column pre_partition"
        " two_round save_binary precise_float_parser is_enable_sparse enable_bundle"
        " feature_pre_filter input_model output_model saved_feature_importance_type snapshot_freq"
        " start_iteration_predict num_iteration_predict predict_raw_score predict_leaf_index"
        " predict_contrib predict_disable_shape_check pred_early_stop pred_early_stop_freq"
        " pred_early_stop_margin output_result convert_model convert_model_language verbosity",
        "it tells LightGBM how to read, write or talk, which is settled here",
    ),
)
REASONS: Mapping[str, str] = MappingProxyType(
    {name: reason for names, reason in _REFUSED for name in names.split()}
)


def checked(written: object) -> dict[str, Value]:
    """Parameters under LightGBM's first name of each, with values of their kind.

    Raises:
        ValueError: A name is unknown, refused or there twice, or a value is out of range; the
            message lists all that is wrong.
    """
    if not isinstance(written, Mapping):
        raise ValueError(  # noqa: TRY004 — pydantic tells a ValueError to whoever wrote it
            "expected LightGBM's parameters, such as {num_leaves: 15, lambda_l1: 1}, got"
            f" {type(written).__name__}"
        )
    found: dict[str, Value] = {}
    problems = list(_taken(written, found))
    if problems:
        raise ValueError("; ".join(problems))
    return {name: found[name] for name in ALLOWED if name in found}


def _taken(written: Mapping[object, object], found: dict[str, Value]) -> Iterator[str]:
    """Put what may be taken into ``found``, and tell what is wrong."""
    first: dict[str, str] = {}
    for key, value in written.items():
        name = str(key)
        canonical = canonical_name(name)
        if canonical is None:
            yield f"{name}: LightGBM knows no such parameter{_nearest(name)}"
            continue
        also = f" ({canonical})" if canonical != name else ""
        allowed = ALLOWED.get(canonical)
        if allowed is None:
            reason = REASONS.get(canonical, "nobody has shown that the sum stays exact with it")
            yield f"{name}{also}: cannot be set: {reason}"
            continue
        if canonical in first:
            yield f"{name}{also}: the same as {first[canonical]}; write one of them"
            continue
        first[canonical] = name
        fitting = allowed.value(value)
        if fitting is None:
            why = f": {allowed.why}" if allowed.why else ""
            yield f"{name}{also}: expected {allowed.expected}, got {value!r:.40}{why}"
        else:
            found[canonical] = fitting


def canonical_name(name: str) -> str | None:
    """LightGBM's first name of a parameter, of which it may be an alias; None where there is
    none.
    """
    if name in ALLOWED:  # what is stored is under this name, and needs no LightGBM to be read
        return name
    aliases = _aliases()
    if name in aliases:
        return name
    return next((first for first, others in aliases.items() if name in others), None)


def _aliases() -> dict[str, list[str]]:
    """LightGBM's names, each with its aliases, as its own library tells them."""
    from lightgbm.basic import _ConfigAliases  # noqa: PLC0415 — slow, and of use to few

    found: dict[str, list[str]] = _ConfigAliases._get_all_param_aliases()
    return found


def _nearest(name: str) -> str:
    aliases = _aliases()
    known = [one for first in ALLOWED for one in (first, *aliases.get(first, ()))]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""
