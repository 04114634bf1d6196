"""From tables to scored leads: probabilities, reasons, questions and warnings, in blocks of
rows.
"""
