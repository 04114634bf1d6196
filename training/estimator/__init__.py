"""Tables of features, and a classifier of scikit-learn on them."""
