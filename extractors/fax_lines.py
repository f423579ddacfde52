"""Lines that a fax lost, put right: rows decoded shifted sideways, and rows left white.

A telephone line that crackles costs a fax a row of dots, or two or three that follow one another.
A receiver that does not ask again prints what it made of them: nothing, or the same dots too far to
one side. The rows above and below still say how it was: print changes little in three rows. They
are looked for as the machine made them, one row of pixels a line, before anything is stretched.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from extractors.images import Grey

#: So many rows may be lost at once.
_MOST_ROWS = 3
#: Ink that goes on for so many dots is a printed line. Where the page lies askew it climbs a row
#: every so often, which looks like a row that slipped: it is left out.
_LINE = 24
#: A row is white that has no more dots than this: dust. Rows around it share at least this part of
#: their ink if it was lost, and not between two lines of text.
_DUST, _SHARED = 3, 0.5
#: A row that slipped lacks at least so many of the dots that the rows around it share, and this
#: part of them, which are at least that part of its own; and it has this part of its dots where
#: they have none.
_FEWEST, _LACKING, _ALIKE, _STRANGE = 12, 0.5, 0.4, 0.4
#: Moved back, it leaves no more of what did not fit than this. On 64 pages of practice faxes the
#: rows that had slipped left 0 to 0.12, what looked like them left 0.25 and more.
_LEFT, _MISFITS = 0.15, 40

Dots = npt.NDArray[np.bool_]


def mended(image: Grey) -> Grey:
    """``image`` ((H, W) grey, a row of pixels a line of the fax) with lost lines put right."""
    full = image < 128
    lines = cv2.morphologyEx(full.astype(np.uint8), cv2.MORPH_OPEN, np.ones((1, _LINE), np.uint8))
    strokes = full & (lines == 0)
    changed: Grey | None = None
    for rows in range(1, min(_MOST_ROWS, len(image) - 2) + 1):
        for first in _suspects(strokes, rows):
            run = slice(first, first + rows)
            above, below = first - 1, first + rows
            if full[run].sum(axis=1).max() <= _DUST:
                put = _between(full[above], full[below])
            else:
                put = _moved_back(full[run], strokes[run], strokes[above], strokes[below])
            if put is None:
                continue
            changed = image.copy() if changed is None else changed
            changed[run] = np.where(put, 0, 255)
            full[run] = put
            strokes[run] = put & (lines[above] == 0)
    return image if changed is None else changed


def _suspects(strokes: Dots, rows: int) -> Iterator[int]:
    """The first of each ``rows`` rows that lack what those above and below share."""
    both = strokes[: -rows - 1] & strokes[rows + 1 :]
    shared = cv2.reduce(both.view(np.uint8), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    likely = np.flatnonzero(shared >= _FEWEST)
    lacking = (both[likely] & ~_grown(strokes[likely + 1])).sum(axis=1)
    enough = (lacking >= _FEWEST) & (lacking >= _LACKING * shared[likely])
    yield from (likely[enough] + 1).tolist()


def _between(above: Dots, below: Dots) -> Dots | None:
    """What a white row between two others lost; ``None``: nothing."""
    shared = int((above & below).sum())
    if shared <= _SHARED * min(above.sum(), below.sum()):
        return None
    return (_grown(above) & below) | (above & _grown(below))


def _moved_back(full: Dots, run: Dots, above: Dots, below: Dots) -> Dots | None:
    """The rows ``full`` (``run``: their strokes) moved to where the rows around them say they were;
    ``None``: they had not slipped."""
    both, either = above & below, _grown(above) | _grown(below)
    strange = int((run[0] & ~either).sum())
    if both.sum() < _ALIKE * run[0].sum() or strange < _STRANGE * run[0].sum():
        return None
    misfits = strange + int((both & ~_grown(run[0])).sum())
    if misfits < _MISFITS:
        return None
    wanted = np.fft.rfft(either.astype(np.float32) + both)
    fit = np.fft.irfft(wanted * np.conj(np.fft.rfft(run.mean(axis=0))), run.shape[1])
    shift = int(fit.argmax())
    back = np.roll(run, shift, axis=1)
    left = (back & ~either).sum(axis=1) + (both & ~_grown(back)).sum(axis=1)
    return np.roll(full, shift, axis=1) if left.max() <= _LEFT * misfits else None


def _grown(rows: Dots) -> Dots:
    """The dots and those beside them."""
    grown = rows.copy()
    grown[..., 1:] |= rows[..., :-1]
    grown[..., :-1] |= rows[..., 1:]
    return grown
