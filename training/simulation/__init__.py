"""The parts of the simulated company; `training.simulate` puts them together."""
