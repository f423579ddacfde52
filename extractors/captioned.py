"""Forms of which no blank is known, told by what they print.

Titles and captions outlive revisions, and enough of them outlives a bad fax. ``beside`` then reads
the fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from extractors.phrases import Row, Sighting, Word, rows, sightings
from extractors.pieces import Pieces
from extractors.text import read_quickly
from forms.schema import FormPack
from greffier.words import Box

#: The share of a phrase that may be misread; half of a title must be all of its line.
_MISREAD, _ALONE = 0.25, 0.7
#: What a title counts beside a sign, what the caption of a required field does (other forms may
#: have it too), and how much evidence makes a form.
_TITLE, _CAPTION, _ENOUGH = 2.0, 0.5, 2.5
#: Letters of a phrase that count in full: a short one may be met by chance.
_LONG = 14
#: A glance is at this part of a page, from its top (of later pages, for their title), and at
#: pieces no wider than this, in pixels, and so much wider than high: titles and captions are short.
_TOP, _TOP_LATER, SHORT, LONGISH = 0.4, 0.28, 1000, 2.5
#: What a glance is less sure of is looked at more closely. Of 151 first pages of filings, all told
#: rightly, one was at 0.65, the others at 0.78 and more.
_SURE = 0.75


@dataclass(frozen=True)
class Recognised:
    """A form's first page, with what it prints and where. ``confidence`` is a probability."""

    form: str
    confidence: float
    rows: tuple[Row, ...]
    printed: tuple[Sighting, ...]


class Glance(NamedTuple):
    """What the short pieces at the top of a page say: the form it begins, if it can be told from
    them, and whether there is any phrase of a form at all. ``words`` are those that were read."""

    told: Recognised | None
    hints: bool
    words: tuple[Word, ...]


def glance(pieces: Pieces, packs: Mapping[str, FormPack], *, later: bool = False) -> Glance:
    """Look at a page for a title and captions: enough for most forms' first pages, and to see that
    a later page, of which less is looked at, is none."""
    height, width = pieces.image.shape
    top = Box(0, 0, width, round((_TOP_LATER if later else _TOP) * height))
    short = [box for box in pieces.within(top, SHORT) if box.width > LONGISH * box.height]
    words = pieces.words(short)
    told, hints = _told(rows(words), packs)
    if hints and not _is_sure(told):
        words = pieces.words(pieces.within(top))
        told, hints = _told(rows(words), packs)
    if hints and not _is_sure(told):
        # What strokes run together or break hide from one reader, another may see.
        others = read_quickly(pieces.image[: top.y1], _language(packs)).words
        told, hints = _told([*rows(words), *rows(others)], packs)
    return Glance(told if _is_sure(told) else None, hints, tuple(words))


def _language(packs: Mapping[str, FormPack]) -> str:
    """The language of most of the forms that are told by what they print."""
    return Counter(pack.language for pack in packs.values() if pack.titles).most_common(1)[0][0]


def _is_sure(told: Recognised | None) -> bool:
    return told is not None and told.confidence >= _SURE


def recognise(words: Iterable[Word], packs: Mapping[str, FormPack]) -> Recognised | None:
    """The form whose first page prints ``words``; ``None`` when it is none of ``packs``.

    Only packs with titles take part.
    """
    return _told(rows(words), packs)[0]


def _told(found: Sequence[Row], packs: Mapping[str, FormPack]) -> tuple[Recognised | None, bool]:
    """The form, and whether any title or caption was seen."""
    candidates = [pack for pack in packs.values() if pack.titles]
    phrases = {phrase for pack in candidates for phrase in _phrases(pack)}
    seen = _best(sightings(found, phrases, _MISREAD))
    weights = {pack.id: _evidence(pack, seen) for pack in candidates}
    if not weights:
        return None, False
    form = max(weights, key=weights.__getitem__)
    rival = max((weight for name, weight in weights.items() if name != form), default=0.0)
    hints = any(_begins(pack, seen) for pack in candidates)
    if weights[form] < _ENOUGH or weights[form] < 1.5 * rival or not _begins(packs[form], seen):
        return None, hints
    printed = tuple(seen[p] for p in _phrases(packs[form]) if p in seen)
    return Recognised(form, _confidence(weights[form], rival), tuple(found), printed), True


def _phrases(pack: FormPack) -> list[str]:
    captions = [caption for field in pack.fields for caption in field.captions]
    return [*pack.titles, *pack.signs, *captions]


def _best(seen: Sequence[Sighting]) -> dict[str, Sighting]:
    """Each phrase where it is read best; of two places the one where it stands alone."""
    best: dict[str, Sighting] = {}
    for one in sorted(seen, key=lambda s: s.misread - 0.3 * s.fills_row, reverse=True):
        best[one.phrase] = one
    return best


def _evidence(pack: FormPack, seen: Mapping[str, Sighting]) -> float:
    titles = [
        _TITLE * (1 - title.misread)
        for phrase in pack.titles
        if (title := seen.get(phrase)) and title.fills_row > _ALONE
    ]
    signs = [
        (1 - sign.misread) * min(1.0, len(phrase) / _LONG)
        for phrase in pack.signs
        if (sign := seen.get(phrase))
    ]
    captions = [
        max((1 - seen[c].misread for c in field.captions if _stands(seen.get(c))), default=0.0)
        for field in pack.fields
        if field.required
    ]
    return max(titles, default=0.0) + sum(signs) + _CAPTION * sum(captions)


def _stands(caption: Sighting | None) -> bool:
    """Whether a caption stands before its value, and not in a sentence."""
    return caption is not None and caption.first == 0 and caption.fills_row > 0.5


def _begins(pack: FormPack, seen: Mapping[str, Sighting]) -> bool:
    """Whether a page is the form's first: later ones have no title, and none of the captions
    of what is required."""
    captions = [caption for field in pack.fields if field.required for caption in field.captions]
    return any(
        (place := seen.get(phrase)) and place.fills_row > _ALONE
        for phrase in (*pack.titles, *captions)
    )


def _confidence(weight: float, rival: float) -> float:
    """More evidence than any other form has; see ``docs/decisions/captions.md``."""
    return float(1.0 - 0.5 ** (1.5 * (weight - rival)))
