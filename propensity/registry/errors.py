"""What is raised where a registry does not do what is asked."""

from features.errors import PropensityError


class RegistryError(PropensityError, RuntimeError):
    """The registry cannot be reached, or does not hold what was asked for."""
