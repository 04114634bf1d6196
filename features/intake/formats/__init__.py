"""How files and values are written: found by content, so that nobody has to say it."""
