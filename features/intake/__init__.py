"""From raw sources to the canonical tables: read, check everything, put aside what cannot be
used.
"""

from features.intake.opening import open_store

__all__ = ["open_store"]
