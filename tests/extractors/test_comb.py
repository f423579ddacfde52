from __future__ import annotations

import numpy as np
import pytest

from extractors.comb import occupied
from extractors.zones import Cut
from tests.extractors.conftest import paper


@pytest.mark.parametrize("cells", [1, 2, 3, 9])
def test_a_comb_of_any_number_of_boxes_says_which_are_written_in(cells: int) -> None:
    ink = np.zeros((82, 70 * cells + 24), np.uint8)
    written = [0, cells - 1]
    for cell in written:
        ink[30:50, 12 + 70 * cell + 30 : 12 + 70 * cell + 45] = 1
    white = paper(*ink.shape)
    cut = Cut(white, white, ink, np.zeros_like(ink))
    assert occupied(cut, 12, cells) == sorted(set(written))
