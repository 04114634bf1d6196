"""How a model comes to be: audit, snapshots, split, learn, calibrate, evaluate, review."""
