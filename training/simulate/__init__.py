"""`propensity simulate`: a B2B company whose true probabilities are known."""
