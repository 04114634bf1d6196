"""`propensity train`: learns, judges, registers, and writes the model card."""
