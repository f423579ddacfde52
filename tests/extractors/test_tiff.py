"""The walk along a TIFF's directories."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from extractors.tiff import count_pages
from greffier.errors import BadInput


def tiff(count: int, **options: object) -> bytes:
    images = [Image.new("L", (64, 64), shade) for shade in range(count)]
    file = io.BytesIO()
    images[0].save(file, "TIFF", save_all=True, append_images=images[1:], **options)
    return file.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        count_pages(io.BytesIO(data))
    return caught.value.code


@pytest.mark.parametrize("big", [False, True])
def test_pages_are_counted_in_either_size_of_tiff(big: bool) -> None:
    assert count_pages(io.BytesIO(tiff(5, big_tiff=big))) == 5


def test_a_single_missing_byte_of_the_last_strip_is_noticed() -> None:
    data = tiff(2)
    with Image.open(io.BytesIO(data)) as image:
        image.seek(1)
        end = image.tag_v2[273][-1] + image.tag_v2[279][-1]
    assert count_pages(io.BytesIO(data[:end])) == 2
    assert refusal(data[: end - 1]) == "truncated"


def test_a_tiff_without_a_page_is_empty() -> None:
    assert refusal(b"II*\0\0\0\0\0") == "empty"


def test_a_directory_that_claims_a_billion_strips_costs_nothing() -> None:
    entries = [(273, 4, 1 << 30, 8), (279, 4, 1 << 30, 8)]
    parts = [b"II*\0", (8).to_bytes(4, "little"), len(entries).to_bytes(2, "little")]
    for tag, kind, count, value in entries:
        parts += [tag.to_bytes(2, "little"), kind.to_bytes(2, "little")]
        parts += [count.to_bytes(4, "little"), value.to_bytes(4, "little")]
    assert refusal(b"".join([*parts, bytes(4)])) == "damaged"
