"""Files that the company's own systems import as they are: what changed since the last export."""
