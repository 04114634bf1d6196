"""Files and folders written whole or not at all, canonical JSON and strict YAML."""
