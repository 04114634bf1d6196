"""Values that give the outcome away: emptiness that speaks, and levels that nearly determine who
wins.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from propensity.concepts.wording import plain
from propensity.config.leak_limits import LeakLimits
from training.audit.findings import Hit
from training.audit.leaks.units import BINS, FIRST, MISSING, OTHER, AuditedColumn, Units
from training.learn.metrics.wilson import NORMAL_95, wilson

#: Wins and losses that either side of a comparison has to expect.
_LEAST_EXPECTED = 5.0
#: Bins of a number that make its low, and its high values: a quarter of the leads.
_QUARTER = BINS // 4
#: Standard errors that a chance among many columns rarely reaches.
_Z_MANY = 3.5


def missing_hits(column: AuditedColumn, units: Units, limits: LeakLimits) -> Iterator[Hit]:
    """Leads with and without a value that close at very different rates.

    A leak where those with one win: contact writes. Where those without one do, it is at most
    suspect: leads that come by the best ways (referred, entered by hand) often skip the form.

    The odds ratio is Mantel and Haenszel's, over leads of about the same age, with the variance of
    Robins, Breslow and Greenland (1986).
    """
    at = units.teaches & column.has_row
    missing, won = column.is_missing[at], units.won[at]
    share = float(missing.mean()) if len(missing) else 0.0
    fewer = min(share, 1 - share) * len(won)
    if fewer < limits.least_leads or fewer * won.mean() < _LEAST_EXPECTED:
        return
    ratio, error = log_odds_ratio(~missing, won, units.stratum[at])
    bound = abs(ratio) - NORMAL_95 * error
    odds = float(np.exp(abs(ratio)))
    evidence = {
        "missing": round(share, 4),
        "close_rate_missing": round(float(won[missing].mean()), 4),
        "close_rate_filled": round(float(won[~missing].mean()), 4),
        "odds_ratio": round(float(np.exp(ratio)), 3),
        "bound": round(float(np.exp(bound)), 3),
    }
    sentence = (
        f"{share:.0%} of the leads have no value; they close at {won[missing].mean():.1%}, those"
        f" with one at {won[~missing].mean():.1%}, at the same age odds of {odds:.1f} to 1"
    )
    if ratio > 0 and bound >= np.log(limits.missing_odds):
        yield Hit(
            "missingness",
            "leak",
            f"{sentence}: it is filled in on the way to the close, not before",
            evidence,
        )
    elif (
        odds >= limits.suspect_odds
        and bound >= np.log(limits.suspect_odds) / 2
        and abs(ratio) >= 3 * error
    ):
        yield Hit(
            "missingness", "suspect", f"{sentence}: who fills it in, and when, would tell", evidence
        )


def log_odds_ratio(
    exposed: NDArray[np.bool_], won: NDArray[np.bool_], stratum: NDArray[np.int64]
) -> tuple[float, float]:
    """Mantel-Haenszel's log odds ratio over strata, and its standard error.

    Half a lead is spread over each cell, so that an empty one leaves a finite ratio.
    """
    n = int(stratum.max()) + 1
    cells = [
        np.bincount(stratum, mask, minlength=n) + 0.5 / n
        for mask in (exposed & won, exposed & ~won, ~exposed & won, ~exposed & ~won)
    ]
    a, b, c, d = cells
    total = a + b + c + d
    r, s, p, q = a * d / total, b * c / total, (a + d) / total, (b + c) / total
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    return float(np.log(r.sum() / s.sum())), float(np.sqrt(variance))


def level_hits(column: AuditedColumn, units: Units, limits: LeakLimits) -> Iterator[Hit]:
    """Values that nearly determine the outcome: nearly all with them win, or nearly only winners
    have them.
    """
    at = units.teaches
    code, won = column.code[at], units.won[at]
    leads = np.bincount(code, minlength=len(column.words))
    wins = np.asarray(np.bincount(code, won, minlength=len(column.words)), dtype=np.float64)
    enough = (
        (leads >= limits.least_leads)
        & (np.arange(len(leads)) != OTHER)
        & (np.arange(len(leads)) != MISSING)
    )
    if not wins.sum() or not enough.any():
        return
    yield from _nearly_all_win(column, leads, wins, enough, limits)
    yield from _multiplies(column, units, leads, wins, enough)


def _nearly_all_win(
    column: AuditedColumn,
    leads: NDArray[np.int64],
    wins: NDArray[np.float64],
    enough: NDArray[np.bool_],
    limits: LeakLimits,
) -> Iterator[Hit]:
    sure = enough & (wilson(wins, leads)[0] >= limits.determined_rate)
    held = float(wins[sure].sum() / wins.sum())
    if held < limits.suspect_wins:
        return
    names = [
        plain(column.words[i], longest=30)
        for i in np.flatnonzero(sure)[np.argsort(-leads[sure])][:3]
    ]
    rate = wins[sure].sum() / leads[sure].sum()
    sentence = (
        f"{int(leads[sure].sum()):,} leads with {', '.join(map(repr, names))} win at {rate:.1%} and"
        f" are {held:.0%} of all wins: "
    )
    evidence: dict[str, Any] = {
        "levels": names,
        "leads": int(leads[sure].sum()),
        "close_rate": round(float(rate), 4),
        "share_of_wins": round(held, 4),
    }
    if held >= limits.determined_wins:
        yield Hit(
            "near-determination",
            "leak",
            sentence + "as good as the outcome, written with it",
            evidence,
        )
    else:
        yield Hit(
            "near-determination",
            "suspect",
            sentence + "a very good source, or written with the close",
            evidence,
        )


def _multiplies(
    column: AuditedColumn,
    units: Units,
    leads: NDArray[np.int64],
    wins: NDArray[np.float64],
    enough: NDArray[np.bool_],
) -> Iterator[Hit]:
    """One value whose leads have ten times the odds of those with another value, and many of the
    wins.
    """
    if column.kind != "text" and column.n_different > len(column.words):
        return  # bins of a number: a slope is no level
    at = units.teaches & ~column.is_missing
    n, total = leads[OTHER:].sum(), wins[OTHER:].sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = ((wins + 0.5) / (leads - wins + 0.5)) / (
            (total - wins + 0.5) / (n - leads - total + wins + 0.5)
        )
    likely = np.flatnonzero(enough & (lift >= 8) & (wins >= 0.1 * total))
    for code in likely[np.argsort(-lift[likely])][:1]:
        ratio, error = log_odds_ratio(column.code[at] == code, units.won[at], units.stratum[at])
        if ratio - NORMAL_95 * error >= np.log(6):
            name = plain(column.words[code], longest=30)
            yield Hit(
                "level of the wins",
                "suspect",
                f"{name!r} has {np.exp(ratio):.0f} times the odds of winning of all other values,"
                f" and {wins[code] / total:.0%} of the wins; when it is written would tell",
                {
                    "level": name,
                    "odds_ratio": round(float(np.exp(ratio)), 2),
                    "share_of_wins": round(float(wins[code] / total), 4),
                },
            )


# --- closed against open --------------------------------------------------------------------------


def closing_hits(column: AuditedColumn, units: Units, limits: LeakLimits) -> Iterator[Hit]:
    """Shares of a value, or of no value, that wins and losses have alike and open leads of the same
    age have not.

    What leads are and want differs between wins and losses, and open leads lie between them: they
    are future wins and losses. A share that is on the same side for both is written by the closing
    itself.
    """
    found = []
    for has, name in _values(column, limits):
        of = column.has_row if name is None else np.ones(len(has), dtype=bool)
        if (gap := _gap(has, name, units, of)) is not None:
            found.append(gap)
    found = [gap for gap in found if gap["gap"] >= limits.suspect_gap]
    if not found:
        return
    worst = max(found, key=lambda gap: float(gap["gap"]))
    about = "a value" if worst["value"] is None else repr(worst["value"])
    floor = (
        0.01
        if worst["value"] is not None
        else limits.closing_ratio * min(worst["won"], worst["lost"])
    )
    only_closed = worst["more"] and worst["open"] <= floor
    sentence = (
        f"{worst['won']:.0%} of the wins and {worst['lost']:.0%} of the losses have {about}, but"
        f" {worst['open']:.0%} of the leads of the same age that are still open: closing"
        f" {'writes' if worst['more'] else 'removes'} it"
    )
    verdict = "leak" if worst["gap"] >= limits.closing_gap or only_closed else "suspect"
    rule = "closed against open: missingness" if worst["value"] is None else "closed against open"
    yield Hit(rule, "leak" if verdict == "leak" else "suspect", sentence, worst)


def _values(
    column: AuditedColumn, limits: LeakLimits
) -> Iterator[tuple[NDArray[np.bool_], str | None]]:
    """Masks of the leads that have a value (None), and that have each single one."""
    missing = column.is_missing
    yield ~missing, None
    if column.kind != "text" and column.n_different > len(column.words):
        yield (column.code >= FIRST) & (column.code < FIRST + _QUARTER), "a low value"
        yield column.code >= len(column.words) - _QUARTER, "a high value"
        return
    counts = np.bincount(column.code, minlength=len(column.words))
    for code in range(OTHER + 1, len(column.words)):
        if counts[code] >= limits.least_leads:
            yield column.code == code, plain(column.words[code], longest=30)


def _gap(
    has: NDArray[np.bool_], name: str | None, units: Units, of: NDArray[np.bool_]
) -> dict[str, Any] | None:
    """How far wins and losses both are from open leads, of those leads that are meant.

    None where they are not, or could be by chance.
    """
    n = int(units.stratum.max()) + 1
    parts = (units.won & of, ~units.won & ~units.is_open & of, units.is_open & of)
    leads = np.stack([np.bincount(units.stratum, part, minlength=n) for part in parts])
    having = np.stack([np.bincount(units.stratum, part & has, minlength=n) for part in parts])
    usable = (leads >= 5).all(axis=0)
    if not usable.any():
        return None
    weight = leads.min(axis=0) * usable
    weight = weight / weight.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(leads > 0, having / leads, 0.0)
        smooth = (having + 1) / (leads + 2)
        variance = (weight**2 * smooth * (1 - smooth) / np.maximum(leads, 1)).sum(axis=1)
    won, lost, still_open = (weight * rate).sum(axis=1)
    gaps = np.array([won - still_open, lost - still_open])
    errors = np.sqrt(variance[:2] + variance[2])
    if gaps[0] * gaps[1] <= 0 or (np.abs(gaps) < _Z_MANY * errors).any():
        return None
    return {
        "value": name,
        "won": round(float(won), 4),
        "lost": round(float(lost), 4),
        "open": round(float(still_open), 4),
        "gap": round(float(np.abs(gaps).min()), 4),
        "more": bool(gaps[0] > 0),
    }
