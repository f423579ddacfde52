"""Whether a TIFF file is all there.

A scanner or a fax server that dies while writing leaves a file whose first pages open well. So the
chain of directories is walked before a page is read: every strip must lie within the file, and
there must be strips for all rows.
Layout: TIFF 6.0, section 2; BigTIFF has the same parts with wider numbers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

from greffier.errors import BadInput

_STRIPS, _HEIGHT, _ROWS_A_STRIP = 273, 257, 278
#: StripOffsets and TileOffsets, each with the tag that holds the matching byte counts.
_DATA = {_STRIPS: 279, 324: 325}
#: Type of a value → how ``struct`` reads it; offsets and counts have no other type.
_NUMBERS = {3: "H", 4: "I", 16: "Q"}
#: More directory entries, or more strips a page, than any real file has.
_MOST = 1_000_000


@dataclass(frozen=True)
class _Widths:
    """How wide the numbers of this file are: ``struct`` formats."""

    order: str
    count: str
    entry: str
    offset: str


def count_pages(file: BinaryIO) -> int:
    """How many pages the TIFF has, once it is known to be whole.

    Raises ``BadInput``: ``truncated`` when a directory or a strip lies beyond the end of the file,
    ``damaged`` when the directories make no sense or ask for more strips than there are,
    ``empty`` when there is none.
    """
    size = file.seek(0, 2)
    widths, offset = _header(file)
    seen: set[int] = set()
    while offset:
        if offset in seen:
            raise BadInput("damaged")
        seen.add(offset)
        offset = _directory(file, widths, offset, size)
    if not seen:
        raise BadInput("empty")
    return len(seen)


def _header(file: BinaryIO) -> tuple[_Widths, int]:
    file.seek(0)
    order = "<" if _read(file, "2s")[0] == b"II" else ">"
    big = _read(file, order + "H")[0] == 43
    if big:
        _read(file, order + "HH")
    widths = _Widths(order, "Q", "HHQ8s", "Q") if big else _Widths(order, "H", "HHI4s", "I")
    return widths, _read(file, order + widths.offset)[0]


def _directory(file: BinaryIO, widths: _Widths, offset: int, size: int) -> int:
    """Check the directory at ``offset``; return where the next one is (0: none)."""
    file.seek(offset)
    entries: dict[int, tuple[int, int, bytes]] = {}
    count = _read(file, widths.order + widths.count)[0]
    if count > _MOST:
        raise BadInput("damaged")
    for _ in range(count):
        tag, kind, length, value = _read(file, widths.order + widths.entry)
        entries[tag] = (kind, length, value)
    following = int(_read(file, widths.order + widths.offset)[0])
    for offsets, counts in _DATA.items():
        if offsets in entries and counts in entries:
            starts = _numbers(file, widths, *entries[offsets])
            lengths = _numbers(file, widths, *entries[counts])
            ends = (start + length for start, length in zip(starts, lengths, strict=False))
            if max(ends, default=0) > size:
                raise BadInput("truncated")
            if offsets == _STRIPS and len(starts) < _strips_needed(file, widths, entries):
                raise BadInput("damaged")  # the rest of the page would be read as ink or as paper
    return following


def _strips_needed(
    file: BinaryIO, widths: _Widths, entries: dict[int, tuple[int, int, bytes]]
) -> int:
    """How many strips the page's height asks for; 0 when the directory does not say."""
    if _HEIGHT not in entries or _ROWS_A_STRIP not in entries:
        return 0
    (height,) = _numbers(file, widths, *entries[_HEIGHT])[:1] or (0,)
    (rows,) = _numbers(file, widths, *entries[_ROWS_A_STRIP])[:1] or (0,)
    if not rows:
        raise BadInput("damaged")
    return -(-height // rows)


def _numbers(
    file: BinaryIO, widths: _Widths, kind: int, length: int, value: bytes
) -> tuple[int, ...]:
    if kind not in _NUMBERS or length > _MOST:
        raise BadInput("damaged")
    layout = f"{widths.order}{length}{_NUMBERS[kind]}"
    if struct.calcsize(layout) <= len(value):
        return struct.unpack_from(layout, value)
    file.seek(struct.unpack(widths.order + widths.offset, value)[0])
    return _read(file, layout)


def _read(file: BinaryIO, layout: str) -> tuple[Any, ...]:
    data = file.read(struct.calcsize(layout))
    if len(data) < struct.calcsize(layout):
        raise BadInput("truncated")
    return struct.unpack(layout, data)
