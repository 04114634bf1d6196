"""The ledger: what was handed over, when, by which pair, until when, and what became of it."""
