"""Features that a company writes itself: what the configuration says of them, and their code."""
