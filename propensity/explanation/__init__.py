"""One lead's sum taken apart, and what moved it between two days."""
