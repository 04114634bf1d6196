"""The model in use: load, score, explain."""
