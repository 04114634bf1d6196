"""The page that a team works from in the morning."""
