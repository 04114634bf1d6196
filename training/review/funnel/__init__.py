"""The funnel as sales and marketing count it: leads by the month they came, and how far they
got.
"""
