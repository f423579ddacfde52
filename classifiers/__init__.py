"""What is this? The kind of form or letter, by spaCy, with a confidence."""
