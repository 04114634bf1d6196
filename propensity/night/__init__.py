"""The nightly run: score, hand over once, remember, and list what people work from."""
