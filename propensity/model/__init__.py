"""A trained model: its parts, the bundle that stores them, and the frame it scores."""
