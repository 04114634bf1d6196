"""The sheet both sides know: close rates, the value of a lead, leads against goals, and what
revenue asks for.
"""
