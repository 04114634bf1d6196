"""A simulated company as text, kept beside its truth, so that it can go on living."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from features.errors import ConfigError
from training.simulate.company import Company, LateRows
from training.simulate.faults import Faults
from training.simulate.sales_team import SalesTeam

TRUTH = "truth.parquet"
_KEY = b"propensity company"


def as_metadata(company: Company) -> dict[bytes, bytes]:
    """The company, for the schema of its truth."""
    return {_KEY: json.dumps(asdict(company), default=str).encode()}


def company_in(folder: Path) -> Company:
    """The company whose tables a folder holds.

    Raises:
        ConfigError: It holds none, or one of an older Propensity.
    """
    path = folder / TRUTH
    if not path.is_file():
        raise ConfigError(
            f"FOLDER: expected a simulated company, got {folder}, which holds no {TRUTH}. Make one"
            f" with `propensity simulate {folder}`."
        )
    told = (pq.read_schema(path).metadata or {}).get(_KEY)
    if told is None:
        raise ConfigError(
            f"{path} does not say which company it is, so it cannot go on living: an older"
            " Propensity wrote it. Simulate it anew."
        )
    return _company(json.loads(told))


def _company(raw: dict[str, Any]) -> Company:
    raw["observed_until"] = dt.date.fromisoformat(raw["observed_until"])
    raw["late"] = LateRows(**raw["late"])
    if raw["sales"] is not None:
        raw["sales"] = SalesTeam(**{**raw["sales"], "hours": tuple(raw["sales"]["hours"])})
    if raw["faults"] is not None:
        since = dt.date.fromisoformat(raw["faults"]["since"])
        raw["faults"] = Faults(**{**raw["faults"], "since": since})
    return Company(**raw)
