"""The five sections that make a meeting of 45 minutes."""
