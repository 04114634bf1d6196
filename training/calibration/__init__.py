"""Calibration in the open: promised and observed close rates, by chance, by segment and by quarter."""
