"""The learner of tests that are not about the tournament: one LightGBM model as written, of all
history and columns.
"""

PLAIN = {"contestants": ["lightgbm"], "trials": 0, "recency": "all", "clocks": "keep"}
