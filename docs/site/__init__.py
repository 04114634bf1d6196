"""The pages as a site: put together, with those that are generated, and built."""
