from __future__ import annotations

import subprocess
import sys

ASK = """
import numpy as np
from extractors import hand
tiny = np.full(8, 1e-39, np.float32)
print((tiny * np.float32(0.5) > 0).any())
hand.load()
print((tiny * np.float32(0.5) > 0).any())
"""


def test_loading_the_readers_takes_denormals_for_zero_in_the_process_that_reads() -> None:
    asked = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert asked.stdout.split() == ["True", "False"]
