"""From data to a definition: cuts that are proposed, and what the grades of a definition are
worth.
"""
