"""Grades, quadrants and instructions of leads under an agreed definition."""
