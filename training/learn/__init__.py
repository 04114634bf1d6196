"""What the commands share of learning, in the order of the data: rows, metrics, learners,
tournament, recipe.
"""
