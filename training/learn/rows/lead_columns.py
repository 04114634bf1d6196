"""One attribute as the leads of the rows have it."""

from features.store import Store


def attribute_column(store: Store, name: str | None) -> str | None:
    """The store's column of a lead column, None where it has none."""
    at = [i for i, attribute in enumerate(store.attributes) if attribute.name == name]
    return f"a{at[0]}" if at else None
