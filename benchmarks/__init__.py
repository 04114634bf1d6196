"""Speed and quality against peers, runnable by anyone."""
