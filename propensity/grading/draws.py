"""Who is drawn by lot: for the random slice below the line, and for the hold-out above it."""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from propensity.definition.draw import Draw
from propensity.definition.recycle import RecycleControl
from propensity.definition.schema import Definition

#: Characters of the key of a hash.
_KEY = 16


def lots(definition: Definition, lead_id: pa.Array) -> NDArray[np.float64] | None:
    """(n,) each lead's place in the draw for the random slice, 0 <= lot < 1: it depends on the lead
    and seed alone. None where the definition has no slice.
    """
    slice_ = definition.mql.random_slice
    return None if slice_ is None else _drawn(lead_id, slice_)


def held_out(
    definition: Definition, lead_id: pa.Array, was_handed: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_] | None:
    """(n,) whether a lead is drawn for the hold-out; it depends on the lead and seed alone, and not
    on the draw for the random slice, whatever their seeds. None where the definition has none.

    Args:
        definition: What was agreed on.
        lead_id: (n,) strings.
        was_handed: (n,) whether the lead was handed over before: who has been with sales already
            shows no more what is without them, and is not drawn. None where that is not known.
    """
    hold_out = definition.mql.hold_out
    if hold_out is None:
        return None
    held: NDArray[np.bool_] = _drawn(lead_id, hold_out, apart="h") < hold_out.share
    return held if was_handed is None else held & ~was_handed


def left_alone(control: RecycleControl | None, episode: pa.Array) -> NDArray[np.bool_]:
    """(n,) whether a lost lead is left alone although it is due; it depends on its episode and the
    seed alone.

    Args:
        control: What is agreed on; None: nobody is left alone.
        episode: (n,) texts that name a lead's episode; see ``overrides.episode_key``.
    """
    if control is None:
        return np.zeros(len(episode), dtype=np.bool_)
    drawn: NDArray[np.bool_] = _drawn(episode, control, apart="r") < control.share
    return drawn


def _drawn(lead_id: pa.Array, draw: Draw, apart: str = "") -> NDArray[np.float64]:
    """(n,) place of each in a draw; draws with another letter know nothing of each other."""
    digits = _KEY - len(apart)
    key = apart + f"{draw.seed:0{digits}d}"[-digits:]
    hashed = pd.util.hash_array(lead_id.to_numpy(zero_copy_only=False), hash_key=key)
    drawn: NDArray[np.float64] = (hashed >> np.uint64(11)).astype(np.float64) / float(1 << 53)
    return drawn
