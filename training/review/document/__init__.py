"""What the pack's media share: blocks, numbers, visible text, tables as CSV, the archive of a
pack.
"""
