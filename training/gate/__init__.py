"""Champion against challenger: whether a new model may take the place of the one in use, and what
would change.
"""
