"""Exact contributions: models compiled into look-up tables. The one room that knows numba."""
