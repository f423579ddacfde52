"""The texts the classifier learns from: some written by hand, most made of sentences anew.

``corpus/training/<kind>.yaml`` holds what makes a kind of letter: ``subjects`` and ``core``
sentences, ``detail`` that goes with them, and ``turns`` of phrase; ``corpus/common.yaml``, what
letters of all kinds share. The ``autres-*.yaml`` files are what must be refused; ``themes.yaml``
holds what answers to a consultation are about. ``corpus/examples/<kind>.txt`` are whole texts.
Every form pack adds a kind of its own, learnt from the text of its blanks and the labels of its
fields. ``corpus/dev`` is for choosing settings, the other folders (``evaluate.FOLDERS``) for
measuring: nothing here learns from them.

A letter is of a kind for what it asks of a public body, whatever else it speaks of. A complaint is
one whoever it is about; one to a shop, a landlord or a bank is ``inconnu``, and so is all that a
ministry writes to a citizen, though it has the words of a kind.

In the sentences ``[a|b|]`` is a choice and ``{slot}`` something invented.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pdfplumber
import yaml
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from classifiers.kinds import CONSULTATION, UNKNOWN
from classifiers.noise import comb_junk, damaged
from forms.schema import FormPack, load_packs

CORPUS = Path(__file__).parent / "corpus"
Sentences = dict[str, list[str]]


def letter_kinds() -> list[str]:
    """The kinds of letters that have a training file."""
    return sorted(p.stem for p in (CORPUS / "training").glob("*.yaml") if "autres" not in p.stem)


@cache
def kinds() -> tuple[str, ...]:
    """All the labels: packs, kinds of letters, and ``inconnu``."""
    return (*sorted(load_packs()), *letter_kinds(), UNKNOWN)


@cache
def themes() -> Sentences:
    """What answers to a consultation are about, ``autre`` too, and sentences of each."""
    return yaml.safe_load((CORPUS / "themes.yaml").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


class Written(NamedTuple):
    """A hand-written text, its kind, and what is said of it in ``#: name = value`` lines above."""

    kind: str
    text: str
    notes: dict[str, str]


def hand_written(folder: str) -> Iterator[Written]:
    """The texts of ``corpus/<folder>/<kind>.txt``, which ``===`` lines part."""
    for path in sorted((CORPUS / folder).glob("*.txt")):
        for part in path.read_text(encoding="utf-8").split("\n===\n"):
            notes = dict(_NOTE.findall(part))
            yield Written(path.stem, _NOTE.sub("", part).strip("\n"), notes)


_NOTE = re.compile(r"^#: (\w+) = ?(.*)\n", re.MULTILINE)


def texts(folder: str) -> Iterator[tuple[str, str]]:
    """The same, without the notes."""
    return ((written.kind, written.text) for written in hand_written(folder))


Reader = Callable[[Language], Iterator[Example]]


@registry.readers("greffier.written.v1")
def written(
    seed: int,
    per_kind: int,
    others: int,
    examples: int,
    damage: Sequence[float],
    unknown: int = 0,
) -> Reader:
    """A spaCy corpus of damaged texts, always the same for one ``seed``.

    ``per_kind`` texts made of sentences for each kind, ``others`` of none; then ``examples``
    written by hand for each kind of letter and ``unknown`` for none: a kind of which fewer were
    written is not the less likely for it. Each text has one of the shares ``damage`` of its signs
    misread.
    """

    def read(nlp: Language) -> Iterator[Example]:
        rng = random.Random(seed)
        by_hand = _by_hand(rng, examples, unknown)
        for kind, text in [*_written(rng, per_kind, others), *by_hand]:
            yield _example(nlp, kinds(), kind, damaged(text, rng.choice(damage), rng))

    return read


@registry.readers("greffier.answers.v1")
def answers(seed: int, per_theme: int, examples: int, damage: Sequence[float]) -> Reader:
    """Damaged answers to a consultation with their theme; ``examples`` times those by hand."""

    def read(nlp: Language) -> Iterator[Example]:
        rng = random.Random(seed)
        made = [(theme, _answer(theme, rng)) for theme in themes() for _ in range(per_theme)]
        for theme, text in [*made, *[*answers_of("examples")] * examples]:
            yield _example(nlp, tuple(themes()), theme, damaged(text, rng.choice(damage), rng))

    return read


@registry.readers("greffier.examples.v1")
def by_hand() -> Reader:
    """The hand-written examples as they are."""
    return lambda nlp: (_example(nlp, kinds(), kind, text) for kind, text in texts("examples"))


@registry.readers("greffier.answers-by-hand.v1")
def answers_by_hand() -> Reader:
    """The hand-written answers to a consultation as they are."""
    return lambda nlp: (
        _example(nlp, tuple(themes()), theme, text) for theme, text in answers_of("examples")
    )


def answers_of(folder: str) -> Iterator[tuple[str, str]]:
    """The hand-written answers to a consultation of ``corpus/<folder>``, each with its theme."""
    for written in hand_written(folder):
        if written.kind == CONSULTATION:
            yield written.notes["theme"], written.text


def _example(nlp: Language, labels: tuple[str, ...], label: str, text: str) -> Example:
    scores = {name: float(name == label) for name in labels}
    # The classifiers look at the text alone: all of it is one word, which takes no time to find.
    said = Doc(nlp.vocab, [text], [False]) if text else Doc(nlp.vocab)
    return Example.from_dict(said, {"cats": scores})


def _written(rng: random.Random, per_kind: int, others: int) -> Iterator[tuple[str, str]]:
    for pack in load_packs().values():
        for _ in range(per_kind):
            yield pack.id, _filled_form(pack, rng)
    for kind in letter_kinds():
        for _ in range(per_kind):
            answer = kind == CONSULTATION
            about = rng.choice([*themes()])
            yield kind, _answer(about, rng) if answer else _letter(_sentences(kind), rng)
    for _ in range(others):
        yield UNKNOWN, _other(rng)


def _by_hand(rng: random.Random, each: int, unknown: int) -> Iterator[tuple[str, str]]:
    """``each`` examples of every kind of letter, all as often as one another or once more."""
    by_kind: dict[str, list[str]] = {}
    for kind, text in texts("examples"):
        by_kind.setdefault(kind, []).append(text)
    for kind, there in by_kind.items():
        times, more = divmod(unknown if kind == UNKNOWN else each, len(there))
        for text in [*there * times, *rng.sample(there, more)]:
            yield kind, text


def _other(rng: random.Random) -> str:
    """Something of no known kind: a letter, a text, an empty frame, or no text at all."""
    sort = rng.random()
    if sort < 0.4:
        sentences = rng.choice(list(_sentences("autres-lettres").values()))
        return _letter({"core": sentences, "subjects": sentences}, rng)
    if sort < 0.45:
        return _letter({"core": [""]}, rng)
    if sort < 0.5:
        return "\n".join(comb_junk(rng) for _ in range(rng.randint(1, 30)))
    source = "autres-textes" if sort < 0.8 else "autres-formulaires"
    sentences = rng.choice(list(_sentences(source).values()))
    some = [_spoken(rng.choice(sentences), rng) for _ in range(rng.choice((2, 4, 8, 15, 30)))]
    return rng.choice([" ", "\n"]).join(some)


def _answer(theme: str, rng: random.Random) -> str:
    """An answer to a consultation about ``theme``, which a few of its sentences speak of."""
    about = rng.sample(themes()[theme], rng.randint(1, 5))
    return _letter(_sentences(CONSULTATION), rng, [_spoken(sentence, rng) for sentence in about])


def _letter(sentences: Sentences, rng: random.Random, body: Iterable[str] = ()) -> str:
    """A letter made of ``sentences``, of what all letters share, and of ``body``, mixed."""
    common = _sentences("common")

    def some(source: list[str], least: int, most: int) -> list[str]:
        count = min(len(source), rng.randint(least, most))
        return [_spoken(sentence, rng) for sentence in rng.sample(source, count)]

    body = [*body, *some(sentences["core"], 0, 3)]
    body += some(sentences.get("detail", []), 0, 2) + some(common["neutral"], 0, 2)
    body += some(sentences.get("turns", []), 2, 10)
    rng.shuffle(body)
    parts = [
        _spoken("{personne}\n{adresse}\n", rng) if rng.random() < 0.5 else "",
        _spoken("[{ville}, le |]{date}\n", rng) if rng.random() < 0.5 else "",
        _spoken("{organisme}\n[{adresse}|]\n", rng) if rng.random() < 0.5 else "",
        f"Objet : {some(sentences['subjects'], 1, 1)[0]}\n"
        if "subjects" in sentences and rng.random() < 0.6
        else "",
        *some(common["opening"], 1, 1),
        rng.choice([" ", "\n"]).join(body),
        *some(common["closing"], 1, 1),
        _spoken("{personne}", rng),
    ]
    return "\n".join(part for part in parts if part)


def _filled_form(pack: FormPack, rng: random.Random) -> str:
    """One page of the form or all of them, each line perhaps followed by what was filled in."""
    pages = printed(pack.id)
    chosen = pages if rng.random() < 0.4 else [rng.choice(pages)]
    lines = [line for page in chosen for line in page if rng.random() > 0.1]
    lines = [f"{line} {comb_junk(rng)}" if rng.random() < 0.5 else line for line in lines]
    return "\n".join(lines)


@cache
def printed(pack_id: str) -> list[list[str]]:
    """The lines printed on each page of the pack's blanks, then its labels, as one more page.

    Of a form without a blank, in a language of its own, the phrases that it prints.
    """
    pack = load_packs()[pack_id]
    if pack.titles:
        captions = [caption for field in pack.fields for caption in field.captions]
        return [[*pack.titles, *captions, *pack.signs]]
    labels = [pack.title.fr, *(field.label.fr for field in pack.fields)]
    pages = [labels + [caption for field in pack.fields for caption in field.captions]]
    for revision in pack.revisions:
        if path := pack.blank_path(revision):
            with pdfplumber.open(path) as pdf:
                pages += [page.extract_text().split("\n") for page in pdf.pages]
    return pages


@cache
def _sentences(name: str) -> Sentences:
    folder = CORPUS if name == "common" else CORPUS / "training"
    loaded = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    return {k: v.split("; ") if isinstance(v, str) else v for k, v in loaded.items()}


def _spoken(sentence: str, rng: random.Random) -> str:
    """The sentence with its choices made and its slots filled."""
    chosen = re.sub(r"\[([^\[\]]*)\]", lambda m: rng.choice(m[1].split("|")), sentence)
    return re.sub(r"\{(\w+)\}", lambda m: _slot(m[1], rng), chosen)


def _slot(name: str, rng: random.Random) -> str:
    slots = _slots()
    match name:
        case "personne":
            return f"{rng.choice(slots['prenom'])} {rng.choice(slots['nom'])}"
        case "adresse":
            door = rng.choice(["", f", app. {rng.randint(1, 40)}"])
            street, town = rng.choice(slots["rue"]), rng.choice(slots["ville"])
            return f"{rng.randint(1, 9999)}, {street}{door}, {town}"
        case "date":
            return f"{rng.randint(1, 28)} {rng.choice(slots['mois'])} {rng.randint(2015, 2027)}"
        case "montant":
            return f"{rng.randint(5, 4000)},{rng.randint(0, 99):02} $"
        case "numero":
            return " ".join(str(rng.randint(100, 999)) for _ in range(3))
        case "telephone":
            return f"418 555-{rng.randint(0, 9999):04}"
        case _:
            return rng.choice(slots[name])


@cache
def _slots() -> dict[str, list[str]]:
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(
        (CORPUS / "common.yaml").read_text(encoding="utf-8")
    )
    return loaded["slots"]
