"""The watch over the nights: what was promised, what was kept, and when to retrain."""
