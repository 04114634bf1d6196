"""The walk-through page: leads by name, found, explained and compared; it stays on this machine."""
