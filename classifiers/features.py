"""What the classifier sees of a text: pieces of words that survive a bad fax.

The pieces are hashed into a sparse, normalised vector under a linear layer: it is small, reads a
letter in a millisecond, and a word it half recognises still counts for half. Because the vector's
length is one however long the text, words never seen in training pull every score towards "no".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from spacy.strings import get_string_id
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Model, chain
from thinc.layers.sparselinear import SparseLinear_v2
from thinc.types import Floats2d

#: What readers mistake for one another is made the same before anything is looked at.
_LOOKALIKES = str.maketrans("015|!8ij", "olsllbll")
_STEM = 6
_PAIRED = 5
_RUN = 5
#: How much a stem, a pair of stems and a run of letters count, after cross-validation over the
#: hand-written examples. Runs carry what a bad fax leaves of a word; stems carry the rest.
_STEM_WEIGHT, _PAIR_WEIGHT, _RUN_WEIGHT = 1.0, 0.5, 0.3

Pieces = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


def words(text: str) -> list[str]:
    """The words of ``text``: small letters, no accents, look-alikes made one; no numbers."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    found = (w for w in re.findall(r"[a-z0-9|!]+", plain) if sum(map(str.isalpha, w)) * 2 > len(w))
    return [w.translate(_LOOKALIKES).replace("rn", "m") for w in found]


def pieces(text: str) -> dict[str, float]:
    """Stems of words, pairs of neighbouring stems, runs of letters within words; their weights."""
    found = {}
    previous = ""
    for word in words(text):
        edged = f"^{word}$"
        for start in range(max(1, len(edged) - _RUN + 1)):
            found[edged[start : start + _RUN]] = _RUN_WEIGHT
        found[f"{word[:_STEM]}-"] = _STEM_WEIGHT
        found[f"{previous} {word[:_PAIRED]}"] = _PAIR_WEIGHT
        previous = word[:_PAIRED]
    return found


@registry.architectures("greffier.WordPieces.v1")
def word_pieces(length: int, nO: int | None = None) -> Model[list[Doc], Floats2d]:  # noqa: N803
    """A linear classifier over ``pieces``, hashed into ``length`` rows; labels exclude each other.

    ``training.dropout`` is the share of pieces hidden at each step: it keeps a few words from
    deciding alone.
    """
    linear = SparseLinear_v2(nO=nO, length=length)
    hashed: Model[list[Doc], Pieces] = Model("pieces", _hashed, attrs={"dropout_rate": 0.0})
    model: Model[list[Doc], Floats2d] = chain(hashed, linear, Model("softmax", _softmax))
    model.init = _sized_by_labels(linear)
    model.attrs["multi_label"] = False
    model.set_ref("output_layer", linear)
    return model


def _hashed(
    model: Model[list[Doc], Pieces], docs: list[Doc], is_train: bool
) -> tuple[Pieces, Callable[[Any], list[Doc]]]:
    keys, values = [], []
    for doc in docs:
        found = pieces(doc.text)
        ids = np.fromiter(map(get_string_id, found), dtype="uint64", count=len(found))
        weights = np.fromiter(found.values(), dtype="f", count=len(found))
        if is_train:
            kept = np.random.random(len(ids)) >= model.attrs["dropout_rate"]
            ids, weights = ids[kept], weights[kept]
        keys.append(ids)
        values.append(weights / max(1.0, float(np.linalg.norm(weights))))
    lengths = np.asarray([len(ids) for ids in keys], dtype="int32")
    return (np.concatenate(keys), np.concatenate(values), lengths), lambda _: docs


def _softmax(
    model: Model[Floats2d, Floats2d], scores: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    # spaCy's text categorizer gives back `scores - truth`, which is the gradient of the
    # cross-entropy before the softmax: thinc's own layer would take it for one after it.
    return model.ops.softmax(scores), lambda gradient: gradient


def _sized_by_labels(linear: Model[Any, Any]) -> Callable[..., None]:
    def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:  # noqa: N803
        if Y is not None and linear.has_dim("nO") is None:
            linear.set_dim("nO", Y.shape[1])
        for layer in model.layers:
            layer.initialize()

    return init
