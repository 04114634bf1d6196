"""Databases as sources: the rows of a table or query as Parquet, with the types they have there."""
