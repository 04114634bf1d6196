"""What is known about a lead at an as-of: input, time, population and point-in-time features."""
