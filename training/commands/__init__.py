"""The commands of training, as the command line has them."""
