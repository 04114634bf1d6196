"""The code of own features that a configuration names."""

from features.own.code import loaded
from features.store import Store
from propensity.config.config import Config


def with_own_code(store: Store, config: Config) -> Store:
    """The store, with the code that features.own names; it is closed where that cannot be loaded.

    Args:
        store: A store that was opened for this configuration.
        config: What a person wrote, never what a stored model brings: this runs code.

    Raises:
        ConfigError: A function is not to be found, or reads what it cannot be given.
    """
    try:
        store.own = loaded(config.features.own, config.folder)
    except BaseException:
        store.close()
        raise
    return store
