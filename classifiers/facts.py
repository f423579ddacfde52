"""What a letter says of itself: who wrote it, when, about what, and the numbers it names.

Every fact keeps the characters of the text it was read from, and how sure its place and its check
digits make it. Nothing is repaired and no order of day and month is guessed: what is odd has a
problem's code (``reason.<code>``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from classifiers import dates, numbers, writers  # noqa: F401  (they register the components)
from classifiers.entities import Found, blank, heading, keep, kept, lines
from forms.types import Parsed, plain_text
from greffier.settings import Settings

#: A line shorter than this, in letters, did not go on because it was full.
_FULL = 60
#: What a subject's next line begins with when it is no part of the subject.
_NEXT = ("SALUTATION", "SENDER_FILE_LABEL", "FILE_LABEL", "NAS_LABEL", "NEQ_LABEL")
#: The components, in the order a person would look for what they find.
_COMPONENTS = ("sender", "date", "subject", "numbers")


class Fact(NamedTuple):
    """``name`` is ``sender``, ``address``, ``date``, ``subject``, ``nas``, ``nam``, ``neq``,
    ``sender_file`` (the writer's own) or ``file``.

    A second number of a name is called ``<name>_2``. ``value`` is canonical where the fact has a
    type (ISO dates, numbers without spaces), ``None`` when it breaks the type's rules. The text's
    characters ``start`` to ``end`` are ``raw``.
    """

    name: str
    value: str | None
    raw: str
    start: int
    end: int
    confidence: float
    problems: tuple[str, ...] = ()


def facts(text: str) -> list[Fact]:
    """The facts of one letter, in the order a person would look for them.

    Raises ``UsageError`` when the ministry's own patterns cannot be read.
    """
    nlp = pipeline()
    with nlp.memory_zone():
        return list(_numbered(kept(nlp(text))))


@cache
def pipeline() -> Language:
    """The pipeline whose documents have the facts in ``doc.spans["facts"]``; built once."""
    nlp = blank(Settings.load().patterns)
    for name in _COMPONENTS:
        nlp.add_pipe(f"letter_{name}")
    return nlp


def _numbered(found: Iterable[Found]) -> Iterator[Fact]:
    """Each value once; a name that comes again gets a number."""
    seen: Counter[str] = Counter()
    values: set[tuple[str, str | None]] = set()
    for span, parsed, confidence in found:
        name = span.label_.lower()
        if (name, parsed.value) in values and parsed.value is not None:
            continue
        values.add((name, parsed.value))
        seen[name] += 1
        yield Fact(
            f"{name}_{seen[name]}" if seen[name] > 1 else name,
            parsed.value,
            span.text,
            span.start_char,
            span.end_char,
            confidence,
            parsed.problems,
        )


@Language.component("letter_subject")
def subject(doc: Doc) -> Doc:
    """Keep what follows « Objet : », with the lines it goes on in."""
    found = lines(doc)
    for number, line in enumerate(found):
        label = heading(line, "SUBJECT_LABEL")
        if label is None or label.end == line.end:
            continue
        last = line
        for following in found[number + 1 : number + 3]:
            if len(last.text) < _FULL or heading(following, *_NEXT):
                break
            last = following
        said = doc[label.end : last.end]
        keep("SUBJECT", said, Parsed(plain_text(said.text)), 0.95)
        break
    return doc
