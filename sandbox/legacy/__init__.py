"""Real old programs, installed from Debian and started for practice: nobody here wrote them."""

#: Targets that are such a program, and have no practice page.
PROGRAMS = frozenset({"sql-ledger"})
