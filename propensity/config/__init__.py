"""The configuration: one typed model per section, and the decisions that go with it."""
