"""What a lived night prints: a line."""

from propensity.concepts.wording import plain
from training.simulate.nights import LivedNight


def line_of(night: LivedNight) -> str:
    """What a night did, in one line."""
    if night.refused is not None:
        return f"{night.day}  refused: {plain(night.refused)}"
    if night.run is None:
        return f"{night.day}  lived before"
    lists = ", ".join(f"{count:,} {name}" for name, count in night.run.lists.items())
    return f"{night.day}  {night.run.summary.leads:,} leads scored: {lists}"
