"""scikit-learn's logistic regression, as every learner here that is one asks for it."""

from sklearn.linear_model import LogisticRegression


def logistic_regression() -> LogisticRegression:
    """With the default penalty (L2, C = 1), by Newton's method and closer than by default."""
    return LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-6, max_iter=200)
