"""The model card: what a model is for, what it was made of, how good it is, and what it must not be
used for.
"""

from training.train.card.contents import Card, CardTable, card
from training.train.card.written import as_html, as_markdown

__all__ = ["Card", "CardTable", "as_html", "as_markdown", "card"]
