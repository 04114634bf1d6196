"""The models that add up in log-odds, their calibration, and the baselines they must beat."""
