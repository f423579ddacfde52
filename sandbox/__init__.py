"""Practice targets and the printer of practice paper: for tests and the demo alone."""
