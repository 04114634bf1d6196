"""The systems whose exports are invented, by the name of their configuration."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.exports.canonical import Canonical
from benchmarks.exports.company import Invented
from benchmarks.exports.dynamics import dynamics
from benchmarks.exports.hubspot import hubspot
from benchmarks.exports.japan import japan
from benchmarks.exports.marketo import marketo
from benchmarks.exports.salesforce import salesforce
from benchmarks.exports.zoho import zoho

#: Writes the files of a system into a folder; gives the same company in canonical shape.
System = Callable[[Invented, Path], Canonical]

CONFIGS = Path(__file__).parents[2] / "configs"
SYSTEMS: dict[str, System] = {
    "salesforce": salesforce,
    "hubspot": hubspot,
    "dynamics": dynamics,
    "marketo": marketo,
    "zoho": zoho,
    "japan-sfa-ma": japan,
}
