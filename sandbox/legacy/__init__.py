"""Real old programs, installed from Debian and started for practice: nobody here wrote them."""
