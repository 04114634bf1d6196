"""What every page shares: its frame, its style, and templates in which every text is escaped."""
