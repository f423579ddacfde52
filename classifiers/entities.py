"""spaCy's pipeline for letters: pieces, lines, and what ``patterns.jsonl`` names.

The patterns are spaCy's own (``SpanRuler``, https://spacy.io/api/spanruler). A ministry adds its
own in a further file (``GREFFIER_PATTERNS``); docs/04-lettres.md shows how.
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import spacy
from spacy.attrs import NORM, SENT_START
from spacy.lang.fr import French
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import filter_spans
from spacy.vocab import create_vocab

from forms.types import Parsed
from greffier.errors import UsageError

PATTERNS = Path(__file__).with_name("patterns.jsonl")
#: Where a document keeps what patterns matched, and what was made of it.
MARKS, FACTS = "ruler", "facts"
#: Signs stand alone, but those inside a number: « 402-117-88 », « GU-24/7 », « 25/12/2023 ».
_PIECES = re.compile(r"(?<!\w)(?=[A-Z/.-]*\d)[A-Z0-9]+(?:[/.-][A-Z0-9]+)+(?!\w)|[^\w\s]|_")
#: What stands on the line a fax machine adds.
_FAX_HEADER = re.compile(r"\b(?:DE|FROM|FAX)\s?:.{0,200}\b(?:P|PAGE)S?\.?\s?\d+/\d+")


def flat(text: str) -> str:
    """``text`` in small letters without accents, letter for letter: positions stay the same."""
    return "".join(_bare(sign) for sign in text)


def _bare(sign: str) -> str:
    bare = unicodedata.normalize("NFD", sign)[0].lower()
    return bare if len(bare) == 1 else sign


def blank(patterns: Path | None = None) -> Language:
    """French pieces, each line a sentence, and the spans of the patterns in ``doc.spans[MARKS]``.

    ``patterns`` is a file of further patterns. Raises ``UsageError`` when spaCy cannot use it.
    """
    vocab: Any = create_vocab("fr", French.Defaults)
    vocab.lex_attr_getters[NORM] = flat
    nlp = spacy.blank("fr", vocab=vocab)
    nlp.tokenizer = Tokenizer(nlp.vocab, infix_finditer=_PIECES.finditer)
    nlp.add_pipe("letter_lines")
    settings = {"spans_key": MARKS, "phrase_matcher_attr": "NORM", "validate": True}
    ruler: Any = nlp.add_pipe("span_ruler", config=settings)
    ruler.add_patterns(_listed(PATTERNS))
    if patterns:
        try:
            ruler.add_patterns(_listed(patterns))
        except (OSError, ValueError, KeyError, TypeError, re.error) as error:
            raise UsageError("letter-patterns", path=patterns) from error
    nlp.add_pipe("letter_marks")
    return nlp


def _listed(path: Path) -> list[dict[str, Any]]:
    written = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in written if line.strip()]


@Language.component("letter_lines", assigns=["token.is_sent_start"])
def _begin_lines(doc: Doc) -> Doc:
    ended, begins = True, []
    for token in doc:
        broken = token.is_space and len(f"{token.text}.".splitlines()) > 1
        begins.append(1 if ended and not token.is_space else -1)
        ended = (ended and token.is_space) or broken
    # One by one, each would look through the whole document.
    starts: Any = np.array(begins, dtype="int64").astype("uint64")
    return doc.from_array([SENT_START], starts)


def lines(doc: Doc) -> list[Span]:
    """The lines that say something, without the spaces around; a fax machine's own left out."""
    found = (_trimmed(line) for line in doc.sents)
    return [line for line in found if line.text and not _FAX_HEADER.search(line.text)]


def _trimmed(line: Span) -> Span:
    said = [token.i for token in line if not token.is_space]
    return line.doc[said[0] : said[-1] + 1] if said else line.doc[line.start : line.start]


@Language.component("letter_marks", requires=["doc.spans"])
def _index_marks(doc: Doc) -> Doc:
    """Sort the marks by label: of each the longest, none inside another."""
    found: dict[str, list[Span]] = defaultdict(list)
    for mark in doc.spans[MARKS]:
        found[mark.label_].append(mark)
    doc.user_data[MARKS] = {
        label: [(mark.start, mark.end) for mark in filter_spans(spans)]
        for label, spans in found.items()
    }
    return doc


def marks(within: Doc | Span, *labels: str) -> list[Span]:
    """What patterns of these labels matched in ``within``, in order for each label."""
    tokens = within[:]
    found = []
    for label in labels:
        places = tokens.doc.user_data[MARKS].get(label, ())
        for start, end in places[bisect_left(places, (tokens.start, 0)) :]:
            if start >= tokens.end:
                break
            if end <= tokens.end:
                found.append(tokens.doc[start:end])
    return found


def heading(line: Span, *labels: str) -> Span | None:
    """The mark of these labels that ``line`` begins with, signs before it aside."""
    first = next((t.i for t in line if any(map(str.isalnum, t.text))), None)
    return next((mark for mark in marks(line, *labels) if mark.start == first), None)


def before(span: Span, most: int, within: Doc | Span) -> str:
    """What stands right before ``span``: at most ``most`` pieces, none before ``within``.

    ``doc.text`` is put together anew, from all the pieces there are, each time it is asked for.
    """
    return "".join(
        token.text_with_ws
        for token in span.doc[max(within[:].start, span.start - most) : span.start]
    )


def after(span: Span, most: int, within: Doc | Span) -> str:
    """What stands right after ``span``: at most ``most`` pieces, none after ``within``."""
    end = min(within[:].end, span.end + most)
    if end <= span.end:
        return ""
    return f"{span[-1].whitespace_}{span.doc[span.end : end].text}"


class Found(NamedTuple):
    """``span`` has the fact's label; ``parsed`` is what its text says, by the rules of its type."""

    span: Span
    parsed: Parsed
    confidence: float


def keep(label: str, span: Span, parsed: Parsed, confidence: float) -> None:
    """Add a fact to ``doc.spans[FACTS]``; what it says is in the group's ``attrs``, in order."""
    spans = span.doc.spans
    if FACTS not in spans:
        spans[FACTS] = SpanGroup(span.doc, name=FACTS, attrs={"says": []})
    group = spans[FACTS]
    group.append(Span(span.doc, span.start, span.end, label=label))
    group.attrs["says"].append((parsed, confidence))


def kept(doc: Doc) -> list[Found]:
    """The facts that the components of the pipeline found so far."""
    group = doc.spans.get(FACTS)
    says = group.attrs["says"] if group else ()
    return [Found(span, *said) for span, said in zip(group or (), says, strict=True)]
