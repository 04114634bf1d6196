"""The tournament: models that add up in log-odds, tried on later leads; the simplest good one
wins.
"""
