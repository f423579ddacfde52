"""Kill everything, at every moment, and count what the targets hold: ``python -m bench.chaos``."""
