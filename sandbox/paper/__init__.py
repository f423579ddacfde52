"""The printer of practice paper: the blank, invented people, ink, and what scanners do to it."""

from sandbox.paper.batch import DEGRADATIONS, DOCUMENTS, Printed, find_pack, print_batch

__all__ = ["DEGRADATIONS", "DOCUMENTS", "Printed", "find_pack", "print_batch"]
