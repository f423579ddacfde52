"""Forms of which no blank is known, told by what they print.

Titles and captions outlive revisions, and enough of them outlives a bad fax. ``beside`` then reads
the fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from extractors.phrases import Row, Sighting, Word, rows, sightings
from forms.schema import FormPack

#: The share of a phrase that may be misread; half of a title must be all of its line.
_MISREAD, _ALONE = 0.25, 0.7
#: What a title counts beside a sign, and how much evidence makes a form.
_TITLE, _ENOUGH = 2.0, 2.5
#: Letters of a phrase that count in full: a short one may be met by chance.
_LONG = 14


@dataclass(frozen=True)
class Recognised:
    """A form's first page, with what it prints and where. ``confidence`` is a probability."""

    form: str
    confidence: float
    rows: tuple[Row, ...]
    printed: tuple[Sighting, ...]


def recognise(words: Iterable[Word], packs: Mapping[str, FormPack]) -> Recognised | None:
    """The form whose first page prints ``words``; ``None`` when it is none of ``packs``.

    Only packs with titles take part.
    """
    candidates = [pack for pack in packs.values() if pack.titles]
    found = tuple(rows(words))
    phrases = {phrase for pack in candidates for phrase in _phrases(pack)}
    seen = _best(sightings(found, phrases, _MISREAD))
    weights = {pack.id: _evidence(pack, seen) for pack in candidates}
    if not weights:
        return None
    form = max(weights, key=weights.__getitem__)
    rival = max((weight for name, weight in weights.items() if name != form), default=0.0)
    if weights[form] < _ENOUGH or weights[form] < 1.5 * rival or not _begins(packs[form], seen):
        return None
    printed = tuple(seen[p] for p in _phrases(packs[form]) if p in seen)
    return Recognised(form, _confidence(weights[form], rival), found, printed)


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
    return max(titles, default=0.0) + sum(signs)


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
