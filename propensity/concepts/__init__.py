"""What features are called together: concepts, their values in words, and their evidence."""
