"""The zones of a pack drawn on its blank, for the eyes of whoever makes the pack."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2

from extractors.files import render
from extractors.images import Grey
from extractors.symbols import marks_on
from forms.schema import FieldSpec, FormPack, Revision

Colour = tuple[int, int, int]

#: By layout, as blue, green, red.
_COLOURS: dict[str, Colour] = {
    "comb": (180, 90, 0),
    "line": (0, 130, 0),
    "checkbox": (0, 60, 210),
    "choice": (160, 0, 160),
    "signature": (120, 120, 0),
}


def blank_pages(pack: FormPack, revision: Revision) -> list[Grey]:
    """The pages of the revision's blank at 300 dpi; none when it has no blank."""
    path = pack.blank_path(revision)
    if path is None or not path.is_file():
        return []
    with pypdfium2.PdfDocument(path) as document:
        return [render(page) for page in document]


def marks_of(pages: list[Grey]) -> list[set[str]]:
    """What the symbols on each page say."""
    return [set(marks_on(page)) for page in pages]


def draw_zones(pack: FormPack, revision: Revision, pages: list[Grey]) -> Iterator[bytes]:
    """Each page with its zones outlined and named, combs parted into their cells, as PNG."""
    for number, page in enumerate(pages, start=1):
        picture = cv2.cvtColor(page, cv2.COLOR_GRAY2BGR)
        for spec in pack.fields:
            for name in spec.zone_names:
                zone = revision.zones.get(name)
                if zone and zone.page == number:
                    _draw(picture, spec, name, zone.box)
        small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        yield cv2.imencode(".png", small)[1].tobytes()


def _draw(
    picture: npt.NDArray[np.uint8] | cv2.typing.MatLike,
    spec: FieldSpec,
    name: str,
    box: tuple[int, int, int, int],
) -> None:
    x0, y0, x1, y1 = box
    colour = _COLOURS[spec.layout]
    tint = picture[max(0, y0) : y1, max(0, x0) : x1]
    if tint.size:
        tint[:] = np.minimum(tint, 0.75 * tint + 0.25 * np.array(colour)).astype(np.uint8)
    cv2.rectangle(picture, (x0, y0), (x1, y1), colour, 4)
    for cell in range(1, spec.cells or 1):
        x = round(x0 + (x1 - x0) * cell / (spec.cells or 1))
        cv2.line(picture, (x, y0), (x, y1), colour, 2)
    cv2.putText(picture, name, (x0, y1 + 26), cv2.FONT_HERSHEY_SIMPLEX, 0.8, colour, 2, cv2.LINE_AA)
