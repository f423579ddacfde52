"""Pages that were folded, laid flat again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.folds import flattened, profiles
from extractors.images import Grey
from forms.schema import FormPack
from sandbox.paper.fill import blank_of, fill_paper, rendered
from tests.extractors.conftest import ANSWERS


@pytest.fixture(scope="module")
def blank(pack: FormPack) -> Grey:
    return rendered(blank_of(pack)[1])[0]


@pytest.fixture(scope="module")
def filled(pack: FormPack) -> Grey:
    return fill_paper(pack, ANSWERS, by="type", seed=5)[0]


def folded(page: Grey, at: int, deep: float, wide: int = 330) -> Grey:
    """``page`` with a fold down its column ``at``: what is there lies up to ``deep`` lower."""
    x = np.arange(page.shape[1], dtype=np.float32)
    down = deep * np.clip(1 - np.abs(x - at) / wide, 0, 1)
    rows = np.arange(page.shape[0], dtype=np.float32)[:, None] - down[None, :]
    across = np.broadcast_to(x, page.shape).astype(np.float32)
    bent = cv2.remap(page, across, rows.astype(np.float32), cv2.INTER_LINEAR, borderValue=255)
    return np.asarray(bent, np.uint8)


def apart(one: Grey, other: Grey) -> float:
    """The share of the ink of ``one`` with none of ``other``'s within three pixels."""
    dark, near = (one < 128), cv2.dilate((other < 128).astype(np.uint8), np.ones((7, 7), np.uint8))
    return float((dark & (near == 0)).sum() / dark.sum())


@pytest.mark.parametrize(("at", "deep"), [(500, 30), (1300, -24), (2100, 18)])
def test_print_and_writing_on_a_fold_go_back_to_their_place(
    blank: Grey, filled: Grey, at: int, deep: float
) -> None:
    bent = folded(filled, at, deep)
    assert apart(filled, bent) > 0.03
    assert apart(filled, flattened(bent, profiles(blank))) < 0.01


def test_a_page_without_a_fold_is_left_as_it_is(blank: Grey, filled: Grey) -> None:
    assert flattened(filled, profiles(blank)) is filled
