"""`propensity init`: looks at the files and proposes a configuration."""
