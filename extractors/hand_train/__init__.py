"""Training of the reader of hand-printed characters; nothing here is imported at run time."""
