"""Training rows: snapshots of the past with their labels, the time split, blocks and weights of
history.
"""
