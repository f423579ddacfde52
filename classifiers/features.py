"""What the classifier sees of a text: pieces of words that survive a bad fax, and a few signs.

The pieces are hashed into a sparse, normalised vector under a linear layer: it is small, reads a
letter in two milliseconds, and a word it half recognises still counts for half. A piece weighs more
the fewer texts have it: inverse document frequency, K. Spärck Jones, "A statistical interpretation
of term specificity and its application in retrieval", Journal of Documentation 28 (1972); and more
the further the kinds of the texts that have it are from those of all texts: F. Debole and
F. Sebastiani, "Supervised term weighting for automated text categorization", SAC (2003). So what a
letter asks weighs more than what it happens to speak of. Words are mended first (``lexicon.py``);
who writes to whom is told apart (``correspondents.py``).
The vector's length is one however long the text, and what was never seen in training takes its
share of it: it pulls every score towards "no", but no further than a fax would.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from spacy.strings import get_string_id
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Model, chain
from thinc.layers.sparselinear import SparseLinear_v2
from thinc.types import Floats1d, Floats2d

from classifiers import correspondents
from classifiers.lexicon import Lexicon, words

_STEM = 6
_PAIRED = 5
_RUN = 5
#: How much a stem, a pair of stems and a run of letters count, after cross-validation over the
#: hand-written examples. Runs carry what a bad fax leaves of a word; stems carry the rest.
_STEM_WEIGHT, _PAIR_WEIGHT, _RUN_WEIGHT = 1.0, 0.5, 0.3
#: How much each sign of who writes to whom counts, after the same.
_CORRESPONDENTS_WEIGHT = 2.0
#: How many rarities are kept, in one byte each; pieces that share one count together.
_RARITIES = 1 << 18
#: How many texts of the usual kinds each piece is taken to have been in besides: what few texts
#: have may be of one kind by chance.
_USUAL = 5
#: From this quantile of what pieces tell upwards, all tell everything.
_MOST_TELLING = 0.995
#: Pieces of fewer training texts say nothing themselves. ``_RARE`` is their rarity, the greatest.
_LEAST_TEXTS, _RARE = 3, 255
#: How much rarity counts beside what a piece tells of the kind, after cross-validation.
_STEEPNESS = 0.7
#: How much of the known pieces' weight (squared) those never seen may take at most. Of a letter
#: on a bad fax they are most; without a bound it would be refused for them alone.
_STRANGE = 0.3

_MONEY = re.compile(r"\d\s?\$|dollars", re.IGNORECASE)
_POSTAL_CODE = re.compile(r"\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b")
_WRITER = re.compile(
    r"\b(?:je|j['’]|me|m['’]|mon|ma|mes|nous|notre|nos|on|moi)(?!\w)", re.IGNORECASE
)
_READER = re.compile(r"\b(?:vous|votre|vos)\b", re.IGNORECASE)

#: Where a document keeps its pieces.
_SEEN = "pieces"

Pieces = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


def pieces(text: str, lexicon: Lexicon) -> dict[str, float]:
    """Stems of words, pairs of neighbouring stems, runs of letters within words; their weights.

    Words are mended by ``lexicon`` first.
    """
    found = {}
    previous = ""
    read = lexicon.mended(words(text))
    for word in read:
        edged = f"^{word}$"
        for start in range(max(1, len(edged) - _RUN + 1)):
            found[edged[start : start + _RUN]] = _RUN_WEIGHT
        found[f"{word[:_STEM]}-"] = _STEM_WEIGHT
        found[f"{previous} {word[:_PAIRED]}"] = _PAIR_WEIGHT
        previous = word[:_PAIRED]
    if read:
        found |= dict.fromkeys(_signs(text, len(read)), 1.0)
        found |= dict.fromkeys(correspondents.signs(read), _CORRESPONDENTS_WEIGHT)
    return found


def _signs(text: str, count: int) -> Iterator[str]:
    """What else tells a letter that asks from one that tells, a form or a page of print."""
    asked = text.count("?")
    yield f"#asks {min(asked, 2)}"
    yield f"#exclaims {'!' in text}"
    yield f"#money {bool(_MONEY.search(text))}"
    yield f"#postal code {bool(_POSTAL_CODE.search(text))}"
    yield f"#length {min(7, count.bit_length())}"
    yield f"#figures {_share(sum(map(str.isdigit, text)), len(text), 10, 5)}"
    yield f"#writer {_share(len(_WRITER.findall(text)), count, 40, 4)}"
    yield f"#reader {_share(len(_READER.findall(text)), count, 60, 4)}"
    yield f"#lines {_share(text.count(chr(10)), count, 8, 4)}"


def _share(part: int, whole: int, steps: int, most: int) -> int:
    return min(most, part * steps // max(1, whole))


@registry.architectures("greffier.WordPieces.v1")
def word_pieces(length: int, nO: int | None = None) -> Model[list[Doc], Floats2d]:  # noqa: N803
    """A linear classifier over ``pieces``, hashed into ``length`` rows; labels exclude each other.

    ``training.dropout`` is the share of pieces hidden at each step: it keeps a few words from
    deciding alone. Before ``learn_words`` and ``count_pieces`` no word is known, and all pieces are
    as rare as can be.
    """
    linear = SparseLinear_v2(nO=nO, length=length)
    hashed: Model[list[Doc], Pieces] = Model(
        "pieces",
        _hashed,
        params={"rarity": cast(Floats1d, np.full(_RARITIES, _RARE - 1, dtype="uint8"))},
        attrs={"dropout_rate": 0.0, "words": ""},
    )
    model: Model[list[Doc], Floats2d] = chain(hashed, linear, Model("softmax", _softmax))
    model.init = _sized_by_labels(linear)
    model.attrs["multi_label"] = False
    model.set_ref("output_layer", linear)
    model.set_ref("pieces", hashed)
    return model


def learn_words(model: Model[list[Doc], Floats2d], texts: Iterable[str]) -> None:
    """Learn the words of ``texts``, which are not damaged: those that several of them have."""
    having = Counter(word for text in texts for word in set(words(text)))
    known = [word for word, count in having.items() if count >= _LEAST_TEXTS]
    by_count = sorted(known, key=lambda word: (-having[word], word))
    model.get_ref("pieces").attrs["words"] = " ".join(by_count)


def count_pieces(model: Model[list[Doc], Floats2d], texts: Iterable[str]) -> None:
    """Learn how rare each piece is in the training ``texts``, after ``learn_words``."""
    having, count = _having(model, texts)
    rarity = np.log((1 + count) / (1 + having)) / np.log(1 + count)
    scaled = np.rint(np.clip(rarity, 0, 1) ** _STEEPNESS * (_RARE - 1))
    scaled[having < _LEAST_TEXTS] = _RARE
    model.get_ref("pieces").set_param("rarity", scaled.astype("uint8"))


def learn_telling(model: Model[list[Doc], Floats2d], by_kind: Mapping[str, Sequence[str]]) -> None:
    """Let each piece weigh more the more it tells of the kind, after ``count_pieces``.

    ``by_kind`` holds training texts of each kind. It tells as much as the kinds of the texts that
    have it are other than those of all texts: the root of their divergence (Kullback, Leibler).
    """
    counted = [_having(model, texts) for texts in by_kind.values()]
    every = sum(count for _, count in counted)
    having = np.sum([of_kind for of_kind, _ in counted], axis=0) + _USUAL
    divergence = np.zeros(_RARITIES)
    for of_kind, count in counted:
        usual = count / every
        here = (of_kind + _USUAL * usual) / having
        divergence += here * np.log(here / usual)
    most = np.quantile(divergence[having >= _LEAST_TEXTS + _USUAL], _MOST_TELLING)
    telling = np.sqrt(np.clip(divergence / max(most, 1e-9), 0, 1))
    hashed = model.get_ref("pieces")
    rarity = np.asarray(hashed.get_param("rarity"))
    scaled = np.rint(rarity * telling).clip(max=_RARE - 1)
    scaled[rarity == _RARE] = _RARE
    hashed.set_param("rarity", cast(Floats1d, scaled.astype("uint8")))


def _having(
    model: Model[list[Doc], Floats2d], texts: Iterable[str]
) -> tuple[npt.NDArray[np.int64], int]:
    """How many of ``texts`` have each piece, and how many texts there are."""
    lexicon = _lexicon(model.get_ref("pieces").attrs["words"])
    having = np.zeros(_RARITIES, dtype="int64")
    count = 0
    for text in texts:
        count += 1
        having[np.unique(_ids(pieces(text, lexicon)) % _RARITIES)] += 1
    return having, count


def share_words(source: Model[list[Doc], Floats2d], target: Model[list[Doc], Floats2d]) -> None:
    """Give ``target`` the words that ``source`` knows, and how rare each piece is."""
    mine, other = source.get_ref("pieces"), target.get_ref("pieces")
    other.attrs["words"] = mine.attrs["words"]
    other.set_param("rarity", mine.get_param("rarity"))


def average(models: Sequence[Model[list[Doc], Floats2d]]) -> None:
    """Give the first of ``models``, which saw the same words, the mean of all their weights.

    What each learnt by chance, of the damage and the order of its texts, mostly goes.
    """
    layers = [model.get_ref("output_layer") for model in models]
    for name in layers[0].param_names:
        learnt = [np.asarray(layer.get_param(name)) for layer in layers]
        mean = np.mean(learnt, axis=0, dtype="float32")
        layers[0].set_param(name, cast(Floats1d, mean))


@cache
def _lexicon(known: str) -> Lexicon:
    return Lexicon(known.split())


def _ids(found: Iterable[str]) -> npt.NDArray[np.uint64]:
    return np.fromiter(map(get_string_id, found), dtype="uint64")


def _hashed(
    model: Model[list[Doc], Pieces], docs: list[Doc], is_train: bool
) -> tuple[Pieces, Callable[[Any], list[Doc]]]:
    keys, values = [], []
    rarities = model.get_param("rarity")
    lexicon = _lexicon(model.attrs["words"])
    for doc in docs:
        if _SEEN not in doc.user_data:  # In training, texts come again at each epoch.
            found = pieces(doc.text, lexicon)
            doc.user_data[_SEEN] = _ids(found), np.fromiter(found.values(), dtype="f")
        ids, weights = doc.user_data[_SEEN]
        rarity = rarities[ids % _RARITIES]
        weights = weights * rarity / np.float32(_RARE)
        if is_train:
            kept = np.random.random(len(ids)) >= model.attrs["dropout_rate"]
            ids, weights, rarity = ids[kept], weights[kept], rarity[kept]
        seen = rarity < _RARE
        known, strange = (float(np.square(weights[of]).sum()) for of in (seen, ~seen))
        weights /= max(1.0, known + min(strange, _STRANGE * known)) ** 0.5
        keys.append(ids[seen])
        values.append(weights[seen])
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
