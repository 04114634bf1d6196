"""The closed loop: which actions of leads end in a win, and the points table that follows from
it.
"""
