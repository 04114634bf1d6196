"""A registered model on leads later than anything it learned from."""
