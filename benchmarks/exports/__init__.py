"""Invented exports: the simulated company as real systems would write it.

Each system has the files, column names, ids, values, formats and encodings of its own exports, for
the configuration of the same name under ``configs/``.  Nothing in them is real.

    python -m benchmarks.exports salesforce FOLDER
"""
