"""The figures of the review: what is computed from model, registry and tables before anything is
said.
"""
