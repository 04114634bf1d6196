"""Where the MQL line lies: every candidate by its consequences, counted at first crossings in a
replayed scoring.
"""
