"""Each lead's phase of a cadence, by hashlib."""

import hashlib


def phase_of(lead_id, every):
    """Days before the end of a round on which a lead is looked at; of an account, that of its first
    lead.
    """
    text = f"propensity phase:{lead_id}"
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8], 16) % every


def phases_of(leads, every):
    """Phase by lead_id, of a data frame with ``lead_id``, ``account_id`` and ``created_at``."""
    ordered = leads.sort_values(["created_at", "lead_id"])
    first = ordered["lead_id"].groupby(ordered["account_id"]).transform("first")
    first = first.where(ordered["account_id"].notna(), ordered["lead_id"])
    phase = [phase_of(lead_id, every) for lead_id in first]
    return dict(zip(ordered["lead_id"], phase, strict=True))
