"""Trains the reader of lines (``extractors/lines.py``): ``python -m extractors.line_train``."""
