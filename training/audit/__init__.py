"""May this data carry a model, and which columns lie: checks before training, each with its
evidence.
"""
