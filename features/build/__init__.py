"""Point-in-time features: attributes and behaviour of each lead as they were known at the as-of."""
