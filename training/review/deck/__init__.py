"""``review.pptx``: the pack as slides, with charts and tables that people can edit."""
