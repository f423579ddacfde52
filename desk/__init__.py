"""Where people meet Greffier: the command line."""
