"""The leakage firewall: which columns and event types know what nobody knew at the as-of."""
