"""What stands beside a caption, read by two readers.

A strip around the caption goes to the reader that finds lines of writing by itself and reads hand
(rapidocr). What it finds below the caption or right of it, up to whatever the form prints next, may
be the value; it is cut out and read again by Tesseract, and the two are weighed as witnesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extractors import hand, printed
from extractors.captioned import Recognised
from extractors.images import Grey
from extractors.phrases import Row, Sighting, Word, around, folded, sightings
from extractors.trust import Verdict, weigh
from forms.schema import FieldSpec, FormPack
from forms.types import parse
from greffier.words import Box, Reading

#: A caption misread more than this beyond the best one is another thing.
_WORSE = 0.15
_MISREAD = 0.3
#: The strip around a caption, in heights of its letters: left, above, below, and right for a number.
_LEFT, _ABOVE, _BELOW, _RIGHT = 2.5, 1.6, 5.5, 14.0
#: Pixels around what is read again.
_PAD = 8


@dataclass(frozen=True)
class _Seen:
    """A line found near a caption, on the page."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True)
class _Guess:
    """Lines that may be a value, how far from the caption (in its heights), and their words."""

    lines: tuple[_Seen, ...]
    far: float

    @property
    def box(self) -> Box:
        return around(line.box for line in self.lines)


def read_beside(image: Grey, found: Recognised, pack: FormPack, page: int) -> list[Reading]:
    """One reading for every field of ``pack`` that has captions; ``image`` is the upright page.

    A field whose caption is not found is read as nothing: it has the problem ``no-caption``.
    """
    return [_read(image, found, pack, spec, page) for spec in pack.fields if spec.captions]


def _read(image: Grey, found: Recognised, pack: FormPack, spec: FieldSpec, page: int) -> Reading:
    captions = _captions(found.rows, spec)
    for caption in captions:
        strip = _strip(caption, found, spec, image)
        seen = _lines(image, strip)
        for guess in _guesses(seen, caption, found, pack, spec):
            if reading := _weighed(image, guess, found, pack, spec, page):
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
    order = sorted(best.values(), key=lambda seen: (round(_doubt(seen), 1), seen.box.y0))
    return [seen for seen in order if _doubt(seen) <= _doubt(order[0]) + _WORSE][:3]


def _doubt(seen: Sighting) -> float:
    """How little a place looks like a caption: misread, or in the middle of a sentence."""
    before = sum(len(folded(word.text)) for word in seen.row.words[: seen.first])
    after = sum(word.text[:1].islower() for word in seen.row.words[seen.last + 1 :])
    return seen.misread + 0.05 * max(0, before - 1) + 0.1 * after


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


def _lines(image: Grey, strip: Box) -> list[_Seen]:
    part = image[strip.y0 : strip.y1, strip.x0 : strip.x1]
    return [
        _Seen(line.text, _moved(line.box, strip), line.confidence)
        for line in hand.read_block(part)
    ]


def _moved(box: Box, strip: Box) -> Box:
    x0, y0, x1, y1 = box
    return Box(x0 + strip.x0, y0 + strip.y0, x1 + strip.x0, y1 + strip.y0)


def _guesses(
    seen: Sequence[_Seen], caption: Sighting, found: Recognised, pack: FormPack, spec: FieldSpec
) -> list[_Guess]:
    """What may be the value, the likeliest first."""
    free = list(_unprinted(seen, caption, found, pack, spec))
    tall = _height(caption)
    below_all = caption.box.y1
    stops = [
        other.box.y0
        for other in found.printed
        if other.box.y0 > below_all + 0.5 * tall and other.box.x0 < caption.box.x1
    ]
    end = min(stops, default=10**6)
    guesses = []
    for side in spec.place.sides:
        near = [line for line in free if _is_on(side, line, caption, tall, end)]
        near.sort(key=lambda line: _distance(line, caption, side))
        if spec.place.pattern:
            fitting = [line for line in near if _match(line.text, spec)]
            guesses += [_Guess((line,), _distance(line, caption, side) / tall) for line in fitting]
        elif near:
            lines = tuple(_name_lines(near, spec.place.lines))
            guesses.append(_Guess(lines, _distance(lines[0], caption, side) / tall))
    return sorted(guesses, key=lambda guess: guess.far)


def _is_on(side: str, line: _Seen, caption: Sighting, tall: float, end: float) -> bool:
    middle = (line.box.y0 + line.box.y1) / 2
    if side == "right":
        level = caption.box.y0 - 1.3 * tall < middle < caption.box.y1 + 0.6 * tall
        return level and line.box.x0 > caption.box.x1 - tall
    return caption.box.y1 - 0.2 * tall < middle < end + 0.3 * tall


def _distance(line: _Seen, caption: Sighting, side: str) -> float:
    if side == "right":
        return max(0.0, line.box.x0 - caption.box.x1)
    down = max(0.0, (line.box.y0 + line.box.y1) / 2 - caption.box.y1)
    return down + 0.2 * max(0.0, line.box.x0 - caption.box.x1)


def _unprinted(
    seen: Sequence[_Seen], caption: Sighting, found: Recognised, pack: FormPack, spec: FieldSpec
) -> Iterator[_Seen]:
    """The lines near the caption that the form did not print, or what is left of them without."""
    printed_there = {*spec.captions, *spec.place.labels, *pack.signs, *pack.titles}
    printed_there |= {text for field in pack.fields for text in field.captions}
    end_right = 10**6
    lines = [(line, _as_row(line)) for line in seen]
    labels = [
        hit
        for _, row in lines
        for hit in sightings([row], spec.place.labels[1:], 0.2)
        if hit.first == 0
    ]
    for label in labels:
        end_right = min(end_right, label.box.x0)
    for line, row in lines:
        if line.box.x0 >= end_right - 10:
            continue
        hits = [hit for hit in sightings([row], printed_there, 0.25) if hit.first <= 1]
        if not hits:
            yield line
            continue
        last = max(hit.last for hit in hits)
        rest = row.words[last + 1 :]
        own = any(hit.phrase in (*spec.captions, *spec.place.labels[:1]) for hit in hits)
        if rest and own and not (rest[0].text[:1] in "(" ):
            yield replace(
                line, text=" ".join(w.text for w in rest), box=around(w.box for w in rest)
            )


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
    match = re.search(spec.place.pattern or "(.+)", text)
    return (match[1] if match.re.groups else match[0]) if match else None


#: Letters that are digits among digits.
_AS_DIGITS = str.maketrans("OoQDlI|iZzSsBGbqg", "00001111225586699")


def _weighed(
    image: Grey, guess: _Guess, found: Recognised, pack: FormPack, spec: FieldSpec, page: int
) -> Reading | None:
    verdicts, alternatives = [], []
    for line in guess.lines:
        shown = _match(line.text, spec) or ""
        read = [_match(text, spec) or "" for text in _read_again(image, line, found, pack, spec)]
        said = {"rapidocr": shown, "tesseract": shown if shown in read else next(filter(None, read), "")}
        said = {reader: text for reader, text in said.items() if text}
        verdicts.append(weigh(said.values(), said, spec))
        alternatives.append([shown, *read])
    text = " ".join(verdict.text for verdict in verdicts if verdict.text)
    if not text:
        return None
    value, problems, _ = parse(spec.type, text, spec=spec)
    others = _others(alternatives, text)
    verdict = Verdict(text, min(verdict.confidence for verdict in verdicts))
    return Reading(
        name=spec.name, value=value, raw=text, confidence=verdict.confidence, page=page,
        box=guess.box, reader="captions", problems=problems, alternatives=others,
    )  # fmt: skip


def _read_again(
    image: Grey, line: _Seen, found: Recognised, pack: FormPack, spec: FieldSpec
) -> list[str]:
    """What Tesseract says: of the line cut out, and of it when it read the whole page."""
    x0, y0, x1, y1 = line.box
    part = image[max(0, y0 - _PAD) : y1 + _PAD, max(0, x0 - _PAD) : x1 + _PAD]
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
