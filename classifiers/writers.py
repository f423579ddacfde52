"""Who a letter is from: the name at its head, at its foot or after « De : », and the address there.

A name is told by its shape and its place: spaCy's French entities find fewer of them
(docs/decisions/classifier.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from classifiers.lines import PHONE, POSTAL_CODE, Line, flat

_PARTICLES = {
    "de",
    "du",
    "des",
    "la",
    "le",
    "les",
    "et",
    "van",
    "von",
    "der",
    "ben",
    "el",
    "d",
    "l",
}
_PARTICLES |= {"aux", "au", "a", "en", "pour", "sur", "&"}
_TITLES = re.compile(
    r"^(?:m|mr|mme|mlle|me|dr|dre|docteur|maitre|soeur|abbe)\b\.?\s", re.IGNORECASE
)
#: A body rather than a person: it may sign on its letterhead alone.
_BODY = re.compile(
    r"\b(?:inc|ltee|limitee|senc|sencrl|s\.e\.n\.c|enr|cie|cooperative|coop|groupe|comite|garage"
    r"|association|regroupement|federation|societe|fondation|ferme|etude|notaires|avocats|cabinet"
    r"|centre|residence|manoir|syndicat|club|municipalite|ville|clinique|pharmacie|ecole|college"
    r"|transports?|gestion|constructions?|entreprises?|boulangerie|restaurant|magasin|maison"
    r"|corporation|succession|conseil|union|institut|chambre|table|coalition|journal|caisse"
    r"|atelier|cpe|residents|office|fiducie|ordre|studio|agence|firme|services)\b"
)
#: Whom letters are written to: never a writer.
_MINISTRY = re.compile(
    r"\b(?:ministere|ministre|regie|commission|direction|revenu|retraite quebec|curateur|directeur"
    r"|registraire|protecteur|bureau|service de|service des|service a|case postale|saaq|ramq|cnesst"
    r"|cnesst|tribunal|assemblee nationale|hydro|responsable|secretariat|gouvernement|commissaire"
    r"|societe de l'assurance|societe d'habitation|emploi|aide financiere|attention|percepteur)\b"
)
#: Words of no name: how letters open, close and speak.
_SPEECH = re.compile(
    r"\b(?:bonjour|bonsoir|madame|monsieur|mesdames|messieurs|merci|salutations?|cordialement"
    r"|veuillez|agreer|objet|sujet|sincerement|bien a|recevez|respectueusement|amicalement|svp"
    r"|reponse|copie|cher|chere|chers|le tout|soumis|signature|date|page|fax|telecopie|p\.?j"
    r"|c\.?c|p\.?s|piece|tel|nas|nam|neq|dossier|ref|quebec\)|je|vous|nous|qui|est|sont|mon|ma"
    r"|mes|votre|vos|pas|avec|dans|suis|ai|a l'|qui de droit|plainte|demande|urgent"
    r"|confidentiel|recommande|pour suite|avis)\b"
)
_ROLE = re.compile(
    r"^(?:le|la|l'|par|p\.?\s?p|pour)?\s?(?:president|presidente|secretaire|tresorier|tresoriere|directeur"
    r"|directrice|avocat|avocate|notaire|comptable|gerante?|proprietaire|ing|cpa|inf|mandataire|tutrice"
    r"|tuteur|liquidatrice|liquidateur|conseiller|conseillere|administrat\w+|representante?|mere|pere"
    r"|son|sa|coordonnat\w+|responsable)\b"
)
#: What stands under a signature.
_UNDER = re.compile(r"^(?:c\.?\s?c\b|p\.?\s?j\b|p\.?\s?s\b|piece|annexe|copie|tel|cell|courriel)")
_FROM = re.compile(
    r"^(?:de(?: la part de)?|from|exp[eé]diteur|nom|signature)\s?:\s?(?P<name>.+)$", re.I
)
_STREET = re.compile(
    r"^(?:\d+[A-Za-z]?(?:[-/]\d+)?\s?,?\s|c\.?\s?p\.?\s?\d|case postale|r\.?\s?r\.?\s?\d|app"
    r"|casier)|\b(?:rue|avenue|av\.|boul|chemin|rang|route|place|montee|app\.|(?:quebec|qc)\)?)\b"
)
_ABBREVIATED = re.compile(r"\b(?:inc|enr|s\.e\.n\.c)$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
#: A word inside a name: it ends no sentence, unless it is an initial or a title.
_PART = r"(?:\S*[^\s.!?:,;]|(?:[A-Z]\.-?)+|Mme\.?|M\.|Dr\.)"
#: How many lines from the end a signature may stand, and how long a name is, in letters.
_FOOT, _LONG = 9, 60
#: Lines of an address at most.
_BLOCK = 4


class Found(NamedTuple):
    """Characters ``start`` to ``end`` of the text, what they say, and how sure that is."""

    start: int
    end: int
    text: str
    confidence: float


def sender(found: Sequence[Line]) -> Found | None:
    """Who wrote the letter whose lines are ``found``.

    Head and foot that agree leave little doubt. A body's letterhead goes before whoever signs for
    it; a person who signs goes before another named at the head.
    """
    head, foot = _head(found), _foot(found)
    said = _labelled(found)
    for one in (said, foot):
        for other in (head, foot):
            if one and other and one is not other and _agree(one.text, other.text):
                return one._replace(confidence=0.98)
    if said:
        return said
    if head and _BODY.search(flat(head.text)):
        return head
    return foot or head


def address(found: Sequence[Line], writer: Found | None) -> Found | None:
    """The address under the writer's name, at the head of the letter or at its foot."""
    if writer is None:
        return None
    for number, line in enumerate(found):
        head = number < 3
        if not (head or number >= len(found) - _FOOT) or not _agree(line.text, writer.text):
            continue
        block = _block(found[number + 1 : number + 1 + _BLOCK])
        if block:
            sure = 0.95 if POSTAL_CODE.search(block[-1].text) else 0.6
            text = ", ".join(part.text.rstrip(",") for part in block)
            return Found(block[0].start, block[-1].end, text, sure)
    return None


def _block(following: Sequence[Line]) -> list[Line]:
    block: list[Line] = []
    for line in following:
        if not _STREET.search(flat(line.text)) and not POSTAL_CODE.search(line.text):
            break
        block.append(line)
        if POSTAL_CODE.search(line.text):
            break
    return block if block and _STREET.search(flat(block[0].text)) else []


def _labelled(found: Sequence[Line]) -> Found | None:
    for line in found:
        match = _FROM.match(line.text)
        name = _name(match["name"]) if match else None
        if match and name:
            return _at(line, name, 0.9)
    return None


def _head(found: Sequence[Line]) -> Found | None:
    if not found:
        return None
    name = _name(found[0].text)
    if not name:
        return None
    addressed = bool(_block(found[1 : 1 + _BLOCK]))
    body = bool(_BODY.search(flat(name)))
    return _at(found[0], name, 0.9 if addressed else 0.8 if body else 0.4)


def _foot(found: Sequence[Line]) -> Found | None:
    """The last line that is a name; the roles, telephones and postscripts under it aside."""
    for depth, line in enumerate(reversed(found[1:][-_FOOT:])):
        if len(line.text) > _LONG:
            return _last_words(line) if depth == 0 else None
        plain = flat(line.text)
        if _ROLE.search(plain) or _UNDER.search(plain) or not plain.strip(" .-_*"):
            continue
        if name := _name(line.text):
            # A body over the name of who signs for it.
            return _at(line, name, 0.85)
        if depth == 0 and (name := _plain_name(line.text)):
            return _at(line, name, 0.6)
        if depth == 0 and (last := _last_words(line)):
            return last
    return None


def _last_words(line: Line) -> Found | None:
    """A name that ends a paragraph: « … merci. Jeanne Roy »."""
    match = re.search(rf"[.!?:,)»]\s+((?:{_PART}\s){{0,4}}\S+)$", line.text)
    name = _name(match[1]) if match else None
    return _at(line, name, 0.6) if name else None


def _at(line: Line, name: str, confidence: float) -> Found:
    offset = line.text.find(name)
    start = line.start + max(0, offset)
    return Found(start, start + len(name), name, confidence)


def _name(text: str) -> str | None:
    """The name that a line is, without the town, age or trade after it; ``None`` when none."""
    cut = re.split(r"\s*(?:,|\(|\s[-–—]\s|;)", PHONE.split(text)[0])[0]
    name = re.sub(r"\b(?:NAS|NAM|T[EÉ]L)\b.*$", "", cut).strip(" .:*_-–—'\"")
    if _ABBREVIATED.search(name) and f"{name}." in text:
        name = f"{name}."
    plain = flat(name)
    words = _WORD.findall(name)
    if not name or re.search(r"\d", name) or not 2 <= len(words) <= 8 or len(name) > _LONG:
        return None
    if _MINISTRY.search(plain) or _SPEECH.search(plain) or _STREET.search(plain):
        return None
    body = bool(_BODY.search(plain))
    kept = [w for w in words if flat(w).split("'")[0].rstrip(".") not in _PARTICLES]
    capital = [w for w in kept if w[0].isupper()]
    if body:
        return name if capital and words[0][0].isupper() else None
    people = len(words) <= (6 if _TITLES.match(name) else 5)
    return name if people and kept and len(capital) == len(kept) and words[0][0].isupper() else None


def _plain_name(text: str) -> str | None:
    """A name in small letters, alone on the last line: « kevin boily »."""
    name = text.strip(" .")
    if not 2 <= len(name.split()) <= 3 or not all(map(_WORD.fullmatch, name.split())):
        return None
    plain = flat(name)
    odd = (_SPEECH, _MINISTRY, _STREET)
    return None if any(words.search(plain) for words in odd) else name


def _agree(one: str, other: str) -> bool:
    """Whether the words of one name are among the other's, titles aside."""
    first, second = _bare(one), _bare(other)
    return bool(first and second) and (first <= second or second <= first)


def _bare(name: str) -> frozenset[str]:
    words = re.findall(r"[a-z]{2,}", flat(_TITLES.sub("", name)))
    return frozenset(words) - _PARTICLES
