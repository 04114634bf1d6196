"""The definition-review pack: what sales and marketing look at together, once a quarter."""
