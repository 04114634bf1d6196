"""The scores in a database: a row per lead and night, for those who read tables and not files."""
