"""What stands beside a caption, read by two readers.

A strip around the caption goes to the reader that finds lines of writing by itself and reads hand
(rapidocr). What it finds below the caption or right of it, up to whatever the form prints next, may
be the value; it is cut out and read again by Tesseract, and the two are weighed as witnesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from extractors import hand, printed
from extractors.captioned import Recognised
from extractors.comb import spread
from extractors.images import Grey
from extractors.phrases import Row, Sighting, Word, around, folded, sightings
from extractors.trust import Verdict, distance, weigh
from forms.schema import FieldSpec, FormPack
from forms.types import parse
from greffier.words import Box, Reading

#: A caption misread more than this beyond the best one is another thing.
_WORSE = 0.15
_MISREAD = 0.3
#: More doubt than this, and a place is no caption.
_UNLIKELY = 0.4
#: Height of the bands a whole page is read in, and what they share, in pixels.
_BAND, _BAND_OVERLAP = 800, 80
#: The strip around a caption, in heights of its letters: left, above, below; right for a number.
_LEFT, _ABOVE, _BELOW, _RIGHT = 2.5, 3.0, 5.5, 14.0
#: How far a value on the caption's own line seems, against one below it.
_NEARER = 0.5
#: A value is this share of the letters and digits of its line, and a text has so many letters.
_SHARE, _LETTERS = 0.4, 2
#: Pixels around what is read again.
_PAD = 8
#: Strokes as long as this share of what is cut out are the form's; ink is darker than this.
_RULE, _INK = 0.9, 160
#: The most one reader is trusted when the other saw something else, whatever that was.
_CONTESTED = 0.8


@dataclass(frozen=True)
class _Seen:
    """A line found near a caption, on the page."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True)
class _Surroundings:
    """What nobody printed around a caption: lines on the page, ``tall`` the caption's height,
    ``end`` where the form goes on printing below."""

    lines: tuple[_Seen, ...]
    caption: Box
    tall: float
    end: int

    def has_on(self, side: str, line: _Seen) -> bool:
        """Whether ``line`` is ``right`` of the caption, or ``below`` it."""
        middle = (line.box.y0 + line.box.y1) / 2
        if side == "right":
            level = self.caption.y0 - 1.3 * self.tall < middle < self.caption.y1 + 0.6 * self.tall
            return level and line.box.x0 > self.caption.x1 - self.tall
        return self.caption.y1 - 0.2 * self.tall < middle < self.end + 0.3 * self.tall

    def distance(self, side: str, line: _Seen) -> float:
        """Pixels from the caption; what is below is farther than beside, and aside farther yet."""
        aside = max(0.0, line.box.x0 - self.caption.x1)
        if side == "right":
            return _NEARER * aside
        return max(0.0, (line.box.y0 + line.box.y1) / 2 - self.caption.y1) + 0.2 * aside


def read_beside(image: Grey, found: Recognised, pack: FormPack, page: int) -> list[Reading]:
    """One reading for every field of ``pack`` that has captions; ``image`` is the upright page.

    Where Tesseract lost captions (it takes cells for pictures, and writing over print for neither)
    the other reader looks for them too, which costs seconds. A field whose caption nobody finds is
    read as nothing: it has the problem ``no-caption``.
    """
    specs = [spec for spec in pack.fields if spec.captions]
    readings = {spec.name: _read(image, found, pack, spec, page) for spec in specs}
    lost = [spec for spec in specs if spec.required and readings[spec.name].value is None]
    if lost:
        seen = replace(found, rows=tuple(_rows_by_hand_reader(image)))
        again = [_read(image, seen, pack, spec, page) for spec in lost]
        readings |= {reading.name: reading for reading in again if reading.value is not None}
    return list(readings.values())


def _rows_by_hand_reader(image: Grey) -> Iterator[Row]:
    """The whole page by the reader that finds lines by itself, band by band."""
    for top in range(0, image.shape[0], _BAND):
        strip = Box(0, top, image.shape[1], min(top + _BAND + _BAND_OVERLAP, image.shape[0]))
        for line in hand.read_block(image[strip.y0 : strip.y1]):
            yield _as_row(_Seen(line.text, _moved(line.box, strip), line.confidence))


def _read(image: Grey, found: Recognised, pack: FormPack, spec: FieldSpec, page: int) -> Reading:
    captions = _captions(found.rows, spec)
    for caption in captions:
        around_it = _surroundings(image, caption, found, pack, spec)
        for lines in _guesses(around_it, spec):
            if reading := _weighed(image, lines, found, pack, spec, page):
                return reading
    problem = "nothing-beside-caption" if captions else "no-caption"
    return Reading(
        name=spec.name, value=None, confidence=0.0, page=page, reader="captions",
        box=captions[0].box if captions else None, problems=(problem,),
    )  # fmt: skip


def _captions(found: Sequence[Row], spec: FieldSpec) -> list[Sighting]:
    """Where the field's caption may stand, the likeliest first."""
    best: dict[tuple[Box, int], Sighting] = {}
    for seen in sightings(found, spec.captions, _MISREAD):
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


def _strip(caption: Sighting, found: Recognised, spec: FieldSpec, image: Grey) -> Box:
    """The part of the page around ``caption`` where its value may be."""
    box, tall = caption.box, _height(caption)
    height, width = image.shape
    x0, right = box.x0 - _LEFT * tall, box.x1 + _RIGHT * tall
    if spec.place.pattern is None:
        right = min((other.box.x0 for other in _right_of(caption, found)), default=width) - tall / 2
    return Box(
        max(0, round(x0)),
        max(0, round(box.y0 - _ABOVE * tall)),
        min(width, round(right)),
        min(height, round(box.y1 + (_BELOW + spec.place.lines) * tall)),
    )


def _height(caption: Sighting) -> float:
    heights = sorted(word.box.height for word in caption.row.words)
    return float(min(max(heights[len(heights) // 2], 24), 50))


def _right_of(caption: Sighting, found: Recognised) -> Iterator[Sighting]:
    for other in found.printed:
        level = other.box.y0 < caption.box.y1 + 10 and other.box.y1 > caption.box.y0 - 10
        if level and other.box.x0 > caption.box.x1:
            yield other


def _surroundings(
    image: Grey, caption: Sighting, found: Recognised, pack: FormPack, spec: FieldSpec
) -> _Surroundings:
    """Find the lines around ``caption``, and take away what the form printed."""
    strip = _strip(caption, found, spec, image)
    seen = [
        _Seen(line.text, _moved(line.box, strip), line.confidence)
        for line in hand.read_block(image[strip.y0 : strip.y1, strip.x0 : strip.x1])
    ]
    own = {*spec.captions, *spec.place.labels[:1]}
    others = {*pack.signs, *pack.titles, *(c for field in pack.fields for c in field.captions)}
    others |= {*spec.place.labels}
    free: list[_Seen] = []
    at, stops = caption.box, [sign.box for sign in found.printed]
    right = image.shape[1]
    for line in seen:
        row = _as_row(line)
        hits = [hit for hit in sightings([row], own | others, _MISREAD) if hit.first <= 1]
        if not hits:
            free.append(line)
            continue
        mine = [hit for hit in hits if hit.phrase in spec.captions]
        if mine and _overlap(hits[0].box, caption.box):
            at = around(hit.box for hit in mine)
        elif any(hit.phrase in spec.place.labels[1:] for hit in hits):
            right = min(right, line.box.x0)
        elif not any(hit.phrase in spec.place.labels for hit in hits):
            stops.append(line.box)
        rest = row.words[max(hit.last for hit in hits) + 1 :]
        if rest and any(hit.phrase in own for hit in hits):
            text = " ".join(word.text for word in rest)
            free.append(replace(line, text=text, box=around(word.box for word in rest)))
    tall = _height(caption)
    below = [box.y0 for box in stops if box.y0 > at.y1 + 0.5 * tall and box.x0 < at.x1]
    free = [line for line in free if line.box.x0 < right - tall / 4]
    return _Surroundings(tuple(free), at, tall, min(below, default=image.shape[0]))


def _moved(box: Box, strip: Box) -> Box:
    x0, y0, x1, y1 = box
    return Box(x0 + strip.x0, y0 + strip.y0, x1 + strip.x0, y1 + strip.y0)


def _overlap(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def _guesses(near: _Surroundings, spec: FieldSpec) -> list[tuple[_Seen, ...]]:
    """The lines that may be the value, the likeliest first."""
    guesses: list[tuple[float, tuple[_Seen, ...]]] = []
    for side in spec.place.sides:
        lines = sorted(
            (line for line in near.lines if near.has_on(side, line)),
            key=lambda line: near.distance(side, line),
        )
        lines = [line for line in lines if _match(line.text, spec)]
        if spec.place.pattern:
            guesses += [(near.distance(side, line), (line,)) for line in lines]
        elif lines:
            first = near.distance(side, lines[0])
            guesses.append((first, tuple(_name_lines(lines, spec.place.lines))))
    return [lines for _, lines in sorted(guesses, key=lambda guess: guess[0])]


def _as_row(line: _Seen) -> Row:
    """The line's words, with boxes by their share of its letters."""
    texts = line.text.split()
    total = max(len(line.text), 1)
    at, words = 0, []
    for text in texts:
        x0 = line.box.x0 + line.box.width * at // total
        x1 = line.box.x0 + line.box.width * (at + len(text)) // total
        words.append(Word(text, Box(x0, line.box.y0, x1, line.box.y1), line.confidence))
        at += len(text) + 1
    return Row(tuple(words))


def _name_lines(near: Sequence[_Seen], most: int) -> Iterator[_Seen]:
    """The first lines of a name and address: those before the address."""
    last: _Seen | None = None
    for line in sorted(near, key=lambda line: line.box.y0)[:most]:
        if last and (_ADDRESS.match(line.text) or line.box.y0 > last.box.y1 + last.box.height):
            return
        yield line
        last = line


_ADDRESS = re.compile(r"[0-9#(]|suite|p\.? ?o\.? ?box|c/o|attn", re.IGNORECASE)


def _match(text: str, spec: FieldSpec) -> str | None:
    """The value that ``text`` holds, if it looks like one."""
    if spec.type == "digits":
        digits = sum(sign.isdigit() for sign in text)
        if 2 * digits >= len(text.replace(" ", "")):
            text = text.translate(_AS_DIGITS).replace(" ", "")
    if not spec.place.pattern:
        return text if sum(sign.isalpha() for sign in text) >= _LETTERS else None
    match = re.search(spec.place.pattern, text)
    if not match or len(match[0]) < _SHARE * sum(sign.isalnum() for sign in text):
        return None
    if {"y", "m", "d"} <= match.re.groupindex.keys():
        return "{y}-{m}-{d}".format(**match.groupdict())
    return match[1] if match.re.groups else match[0]


#: Letters that are digits among digits.
_AS_DIGITS = str.maketrans("OoQDlI|iZzSsBGbqg", "00001111225586699")


def _weighed(
    image: Grey, lines: Sequence[_Seen], found: Recognised, pack: FormPack, spec: FieldSpec,
    page: int,
) -> Reading | None:  # fmt: skip
    """The reading that the two readers make together, line by line; ``None`` if there is none."""
    verdicts: list[Verdict] = []
    heard: list[list[str]] = []
    for line in lines:
        part = _cut(image, line.box)
        shown = _match(line.text, spec) or ""
        read = [_match(text, spec) or "" for text in _read_again(part, line, found, pack, spec)]
        # Where Tesseract does not agree with itself it is no witness: it reads a hand.
        steady = read[0] if len(set(read)) == 1 else ""
        typed = shown if shown in read else steady
        both = {"rapidocr": shown, "tesseract": typed}
        said = {reader: text for reader, text in both.items() if text}
        if spec.type == "digits" and shown != typed:
            verdict = _with_cells(part, said, spec)
        else:
            verdict = weigh(said.values(), said, spec)
        verdicts.append(verdict if typed or not any(read) else verdict.at_most(_CONTESTED))
        heard.append([shown, *read])
    text = " ".join(verdict.text for verdict in verdicts if verdict.text)
    if not text:
        return None
    value, problems, _ = parse(spec.type, text, spec=spec)
    return Reading(
        name=spec.name, value=value, raw=text, page=page, reader="captions", problems=problems,
        confidence=min(verdict.confidence for verdict in verdicts),
        box=around(line.box for line in lines), alternatives=_others(heard, text),
    )  # fmt: skip


def _with_cells(part: Grey, said: Mapping[str, str], spec: FieldSpec) -> Verdict:
    """Where the readers of words differ, the reader of single characters has a say."""
    comb, count = spread(part)
    if len(said.get("rapidocr", "")) != count:
        return weigh(said.values(), said, spec)
    by_cell = hand.read_comb(comb, count, spec.type)
    cells = [{s: p for s, p in cell.items() if s.isdigit()} for cell in by_cell.cells]
    candidates = [*said.values(), by_cell.text]
    return weigh([text for text in candidates if text.isdigit()], said, spec, cells)


def _cut(image: Grey, box: Box) -> Grey:
    """The box and a little around it, without the lines of the form's frame."""
    x0, y0, x1, y1 = box
    part = image[max(0, y0 - _PAD) : y1 + _PAD, max(0, x0 - _PAD) : x1 + _PAD]
    dark = (part < _INK).astype(np.uint8)
    lines = np.zeros_like(dark)
    for across in ((1, _RULE * part.shape[1]), (_RULE * part.shape[0], 1)):
        side = np.ones((max(1, round(across[0])), max(1, round(across[1]))), np.uint8)
        lines |= cv2.morphologyEx(dark, cv2.MORPH_OPEN, side).astype(np.uint8)
    return np.where(cv2.dilate(lines, np.ones((3, 3), np.uint8)) > 0, np.uint8(255), part)


def _read_again(
    part: Grey, line: _Seen, found: Recognised, pack: FormPack, spec: FieldSpec
) -> list[str]:
    """What Tesseract says: of the line cut out, and of it when it read the whole page."""
    x0, y0, x1, y1 = line.box
    signs = "0123456789" if spec.type == "digits" else ""
    again = printed.read_line(part, pack.language, signs).text if min(part.shape) > 8 else ""
    inside = [
        word.text
        for row in found.rows
        for word in row.words
        if x0 - _PAD < (word.box.x0 + word.box.x1) / 2 < x1 + _PAD
        and y0 < (word.box.y0 + word.box.y1) / 2 < y1
    ]
    return [again, " ".join(inside)]


def _others(alternatives: Sequence[Sequence[str]], text: str) -> tuple[str, ...]:
    """What the readers said besides ``text``, each of them line by line."""
    whole = (" ".join(filter(None, parts)) for parts in zip(*alternatives, strict=True))
    return tuple(dict.fromkeys(other for other in whole if other and other != text))
