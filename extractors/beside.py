"""What stands beside a caption, read by several readers.

First what costs little: the page's pieces, as found without reading. Only where these give no
sure answer does the reader that finds lines of writing by itself, and reads hand, look at the
strip around the caption; and only where a caption is lost, at the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from extractors import hand
from extractors.captioned import LONGISH, SHORT, Recognised
from extractors.cutting import read_value
from extractors.edits import distance
from extractors.phrases import Row, Sighting, Word, folded, rows, sightings
from extractors.pieces import Pieces, cut
from extractors.stamps import stamped
from extractors.surroundings import MISREAD, guesses, strip, surroundings
from forms.schema import FieldSpec, FormPack
from greffier.words import Box, Reading

#: A caption misread more than this beyond the best one is another thing.
_WORSE = 0.15
#: More doubt than this, and a place is no caption.
_UNLIKELY = 0.4
#: Height of the bands a whole page is read in, and what they share, in pixels.
_BAND, _BAND_OVERLAP = 800, 80
#: Surer than this, and nobody looks closer.
_SURE = 0.95
#: Pieces whose gap is less than this share of their height belong to one value.
_SPACE = 1.6
#: What is read less surely than this is no value: the next place is looked at.
_HOPELESS = 0.1
#: A piece with a word less sure than this is read again before its page is given up.
_UNREAD = 0.8

#: Finds the lines in a part of the page.
_Finder = Callable[[Box], Sequence[Row]]


def read_beside(pieces: Pieces, found: Recognised, pack: FormPack, page: int) -> list[Reading]:
    """One reading for every field of ``pack`` that has captions; ``pieces`` are of the upright
    page.

    A field whose caption nobody finds is read as nothing: it has the problem ``no-caption``.
    """
    looks = _Looks(pieces, found, pack, page)
    return [looks.read(spec) for spec in pack.fields if spec.captions]


class _Looks:
    """The ways to look for a value on one page, each dearer than the one before."""

    def __init__(self, pieces: Pieces, found: Recognised, pack: FormPack, page: int) -> None:
        self._pieces, self._found, self._pack, self._page = pieces, found, pack, page
        self._everywhere: Recognised | None = None

    def read(self, spec: FieldSpec) -> Reading:
        """The surest reading of the field, or the first that is sure enough."""
        best = _nothing(spec, self._page, ())
        for reading in self._readings(spec):
            best = _better(best, reading)
            if best.value is not None and best.confidence >= _SURE:
                return best
        if spec.required and best.value is None:
            best = _better(best, self._beside(self._by_hand_reader(), spec, self._by_detector))
        return best

    def _readings(self, spec: FieldSpec) -> Iterator[Reading]:
        yield self._beside(self._found, spec, self._piecewise)
        if spec.required:
            for read_on in (self._read_on, self._read_again):
                if not _captions(self._found.rows, spec):
                    read_on(spec)
                    yield self._beside(self._found, spec, self._piecewise)
            yield self._beside(self._found, spec, self._by_detector)
        if spec.place.stamp and (seen := stamped(self._pieces.image)):
            yield Reading(
                name=spec.name, value=seen.day.isoformat(), raw=seen.raw, box=seen.box,
                confidence=seen.confidence, page=self._page, reader="stamps",
            )  # fmt: skip

    def _read_on(self, spec: FieldSpec) -> None:
        """Read what the glance left unread, from the top, until the field's caption is met."""
        height, width = self._pieces.image.shape
        for bottom in range(_BAND, height + _BAND, _BAND):
            part = self._pieces.within(Box(0, bottom - _BAND, width, bottom))
            if self._adds(rows(self._pieces.words(part)), spec):
                return

    def _read_again(self, spec: FieldSpec) -> None:
        """Have the reader of hands read what ours could not, until the caption is met."""
        for box in self._pieces.boxes:
            unread = LONGISH * box.height < box.width < SHORT and not self._is_read(box)
            if unread and self._adds([self._by_hand(box)], spec):
                return

    def _adds(self, more: Sequence[Row], spec: FieldSpec) -> bool:
        """Keep more rows; whether the field's caption is among them."""
        self._found = replace(self._found, rows=(*self._found.rows, *more))
        return bool(_captions(more, spec))

    def _beside(self, found: Recognised, spec: FieldSpec, finder: _Finder) -> Reading:
        captions = _captions(found.rows, spec)
        hopeless: Reading | None = None
        for caption in captions:
            lines = finder(strip(caption, found, spec, self._pieces.image))
            near = surroundings(lines, caption, found, self._pack, spec)
            for guess in guesses(near, spec):
                reading = read_value(self._pieces.image, guess, self._pack, spec, self._page)
                if reading and reading.confidence > _HOPELESS:
                    return reading
                hopeless = hopeless or reading
        return hopeless or _nothing(spec, self._page, captions)

    def _piecewise(self, part: Box) -> Sequence[Row]:
        """The lines of one page piece by piece; those without text hold something, too."""
        boxes = self._pieces.within(part)
        lines = [Row(tuple(self._pieces.words([box]) or [Word("", box)])) for box in boxes]
        return _joined(lines)

    def _by_detector(self, part: Box) -> Sequence[Row]:
        x0, y0, x1, y1 = part
        found = hand.find_lines(self._pieces.image[y0:y1, x0:x1])
        boxes = [Box(x0 + b.x0, y0 + b.y0, x0 + b.x1, y0 + b.y1) for b in found]
        return [
            Row(tuple(self._pieces.words([box]))) if self._is_read(box) else self._by_hand(box)
            for box in boxes
        ]

    def _is_read(self, box: Box) -> bool:
        """Whether our own reader is sure of every word there."""
        words = self._pieces.words([box])
        return min((word.confidence for word in words), default=0.0) >= _UNREAD

    def _by_hand(self, box: Box) -> Row:
        """What the reader of hands says of a line: its words, each with its share of the line."""
        line = hand.read_line(cut(self._pieces.image, box)[0], self._pack.language)
        total, at, words = max(len(line.text), 1), 0, []
        for text in line.text.split() or [""]:
            ends = (at, at + max(len(text), 1))
            x0, x1 = (box.x0 + box.width * place // total for place in ends)
            words.append(Word(text, Box(x0, box.y0, x1, box.y1), line.confidence))
            at += len(text) + 1
        return Row(tuple(words))

    def _by_hand_reader(self) -> Recognised:
        """The whole page by the reader that finds lines by itself, band by band: seconds."""
        if self._everywhere is None:
            height, width = self._pieces.image.shape
            bands = (
                Box(0, top, width, min(top + _BAND + _BAND_OVERLAP, height))
                for top in range(0, height, _BAND)
            )
            lines = (row for band in bands for row in self._by_detector(band))
            self._everywhere = replace(self._found, rows=tuple(lines))
        return self._everywhere


def _joined(lines: Iterable[Row]) -> list[Row]:
    """The lines, those one that follow one another with no more than a wide space between."""
    found: list[Row] = []
    for line in sorted(lines, key=lambda line: line.box.x0):
        for place, before in enumerate(found):
            level = before.box.y0 < (line.box.y0 + line.box.y1) / 2 < before.box.y1
            gap = line.box.x0 - before.box.x1
            if level and 0 <= gap < _SPACE * before.box.height and before.text and line.text:
                found[place] = Row((*before.words, *line.words))
                break
        else:
            found.append(line)
    return found


def _better(one: Reading, other: Reading) -> Reading:
    """The surer of two readings, with what the other one saw among its alternatives."""
    if other.value is None and (one.value is not None or one.box is not None):
        return one
    best, rest = (other, one) if other.confidence >= one.confidence else (one, other)
    seen = (*best.alternatives, *([rest.raw] if rest.raw else ()), *rest.alternatives)
    others = tuple(dict.fromkeys(text for text in seen if text != best.raw))
    return best.model_copy(update={"alternatives": others})


def _nothing(spec: FieldSpec, page: int, captions: Sequence[Sighting]) -> Reading:
    problem = "nothing-beside-caption" if captions else "no-caption"
    return Reading(
        name=spec.name, value=None, confidence=0.0, page=page, reader="captions",
        box=captions[0].box if captions else None, problems=(problem,),
    )  # fmt: skip


def _captions(found: Iterable[Row], spec: FieldSpec) -> list[Sighting]:
    """Where the field's caption may stand, the likeliest first."""
    best: dict[tuple[Box, int], Sighting] = {}
    for seen in sightings(tuple(found), spec.captions, MISREAD):
        key = (seen.row.box, seen.last)
        if key not in best or _doubt(seen) < _doubt(best[key]):
            best[key] = seen
    likely = [seen for seen in best.values() if _doubt(seen) < _UNLIKELY]
    order = sorted(likely, key=lambda seen: (round(_doubt(seen), 1), seen.box.y0))
    return [seen for seen in order if _doubt(seen) <= _doubt(order[0]) + _WORSE][:3]


def _doubt(seen: Sighting) -> float:
    """How little a place looks like a caption: misread, or in the middle of a sentence."""
    before = sum(len(folded(word.text)) for word in seen.row.words[: seen.first])
    after = sum(word.text[:1].islower() for word in seen.row.words[seen.last + 1 :])
    last, wanted = (folded(w) for w in (seen.row.words[seen.last].text, seen.phrase.split()[-1]))
    ends = distance(last[-len(wanted) :], wanted)
    cut_short = len(last) > len(wanted) + 1 and 2 * ends > len(wanted)
    return seen.misread + 0.05 * max(0, before - 1) + 0.1 * after + 0.3 * cut_short
