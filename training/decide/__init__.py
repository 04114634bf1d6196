"""``propensity decide``: what a definition review decided goes back into decisions and
definition.
"""
