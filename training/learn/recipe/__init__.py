"""A model from rows, start to end: fit, judge on later leads, refit on everything, and what is
stored with it.
"""
